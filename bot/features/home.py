from dataclasses import replace

from bot.core.chat import Call, Choice, Choices, Fields, Menu, Part, Reply, Request, Text
from bot.core.command import Group, command
from bot.delivery.outbox import Target
from bot.digests.port import Digests
from bot.features import _digest, _quiz, _settings, _streak, remind
from bot.learning.habits import Habits
from bot.learning.port import Learning
from bot.learning.reminders import Reminders
from bot.learning.streak import Standing


@command(examples=[""], aliases=["today", "dashboard"], group=Group.LEARNING, when_home=True)
async def home(request: Request, learning: Learning, reminders: Reminders, digests: Digests) -> Reply:
    """All of yours on one card: today's question, your streak, the next digest, your settings."""
    standing, habits = await learning.standing(request.person, request.at)
    return Reply(
        f"Your streak: {_streak.length(standing)}",
        (
            *await _question(request, learning, standing, habits),
            *await _calendar(request, learning, standing),
            *await _weekly(request, digests),
            *await _own(request, reminders, habits),
        ),
        (
            Choice("What can you do?", _beside("help")),
            Choice("Leaderboard", _beside("leaderboard")),
            Choice("What you keep about me", _beside("privacy")),
        ),
        personal=True,
    )


def _beside(command: str, **arguments: str) -> Call:
    """A look at something else, after which the card is still there."""
    return Call(command, tuple(arguments.items()), beside=True)


async def _question(request: Request, learning: Learning, standing: Standing, habits: Habits) -> tuple[Part, ...]:
    """Today's question with its answers; once today is kept, the way to more."""
    on = _quiz.following(None, drill=False)
    found = None if standing.kept else await _quiz.next_question(request, learning, None)
    if found is None:
        more = (Choice("One more question", on), Choice("What I missed", _quiz.following(None, drill=True)))
        return Text(f"**Today.** {_streak.today(standing, habits)}"), Choices(more)
    return (
        Text(f"**Today's question.** {_streak.today(standing, habits)}"),
        Text(found.question),
        Choices(_quiz.answers(found, _quiz.asked_now(request), on)),
    )


async def _calendar(request: Request, learning: Learning, standing: Standing) -> tuple[Part, ...]:
    days = await learning.explain(request.person, request.at, _streak.days_shown(standing.today))
    why = Choice("Why?", _beside("streak", show="why"))
    return (
        Text("**Your last weeks**"),
        Text(_streak.calendar(days, standing.today)),
        Text(_streak.LEGEND),
        Choices((Choice("More about my streak", _beside("streak")), why)),
    )


async def _weekly(request: Request, digests: Digests) -> tuple[Part, ...]:
    """The next digest: the person's own, and the first that comes to a channel of the workspace. Which channel that is
    is not told: it may be one that is closed to this person."""
    person, at = request.person, request.at
    platform, workspace, user = person.account
    mine = await digests.of_target(Target(platform, workspace, user=user))
    rows = [("For you", _digest.next_one(mine))] if mine else []
    others = await digests.of_workspace(person.platform, person.workspace) if person.workspace else ()
    coming = [(one.due, number) for number, one in enumerate(others) if one.due and not one.rests(at)]
    if coming:
        first = others[min(coming)[1]]
        rows.append(("In a channel", _digest.next_one(first)))
    told = Fields(tuple(rows)) if rows else Text("None comes yet: to you alone, or to a channel, once a week.")
    label = "My digest" if mine else "One for me, once a week"
    return Text("**The next digest**"), told, Choices((Choice(label, _beside("digest", own="yes")),))


async def _own(request: Request, reminders: Reminders, habits: Habits) -> tuple[Part, ...]:
    """The settings, each with the way to change it."""
    values = _settings.values(habits, habits.calendar.day(request.at))
    before = await reminders.chosen(request.person)
    rows = [(label, values[name]) for name, label in _settings.LABELS.items()]
    reminded = remind.before(before) if before else "never"
    changes = (Choice(f"{label}…", _beside("settings", what=name)) for name, label in _settings.LABELS.items())
    reminding = (replace(choice, call=replace(choice.call, beside=True)) for choice in remind.offers())
    return (
        Text("**Your settings**"),
        Fields((*rows, ("I remind you", reminded))),
        Choices((*changes, Menu("Remind me…", tuple(reminding)))),
    )
