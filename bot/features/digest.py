from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal

from bot.core.catalog import Catalog
from bot.core.chat import MAX_TOKEN, Call, Choice, Reply, Request, Text
from bot.core.command import Group, Hidden, command
from bot.core.days import Calendar
from bot.core.errors import BadArgument, MissingArgument
from bot.core.parameters import Channel
from bot.core.ports import Channels, Profiles
from bot.core.times import Until, Weekday
from bot.core.weekly import Weekly, read_week
from bot.core.zones import Zone
from bot.delivery.outbox import Delivery, Target
from bot.digests.compose import compose, question_of
from bot.digests.port import FAILED_WEEKS, Digests, Subscription, Taken, issue_of
from bot.features import _digest
from bot.features._rights import require_manager, require_presence
from bot.learning.port import Learning

Do = Literal["status", "subscribe", "preview", "pause", "resume", "now", "edit", "unsubscribe", "me"]
Section = Literal["trend", "tip", "note", "tool", "quiz", "people"]
#: When nobody says otherwise: the start of a working week.
_DAY, _TIME = Weekday.MONDAY, time(9)
#: Whoever means longer than this means until further notice.
_LONGEST_PAUSE = timedelta(days=3 * 365)
#: What may be done without looking after the workspace.
_FOR_ALL = {"status", "preview"}


@command(
    examples=["", "subscribe monday 9:00 Berlin", "preview", "pause 3 weeks", "me friday 17:00 Berlin"],
    aliases=["digests", "weekly"],
    group=Group.BOT,
    costly=lambda given: given.get("do") in {"now", "preview"},
)
async def digest(
    request: Request,
    catalog: Catalog,
    digests: Digests,
    channels: Channels,
    profiles: Profiles,
    learning: Learning,
    do: Annotated[Do | None, "What to do; left out, it shows how the digest stands"] = None,
    channel: Annotated[Channel | None, "Which channel; left out, the one you are in"] = None,
    day: Annotated[Weekday | None, "On which weekday"] = None,
    time: Annotated[time | None, "At what local time"] = None,
    zone: Annotated[Zone | None, "In which zone: a large city near you"] = None,
    until: Annotated[Until | None, "Paused up to which day: a date, or 3 weeks"] = None,
    section: Annotated[Section | None, "A section to leave out, or to take in again"] = None,
    own: Annotated[Literal["yes"] | None, "Whether the person's own is meant, wherever they are", Hidden()] = None,
) -> Reply:
    """A post each week: a trend, a tip, pay, a tool and a question. Admins set it up."""
    desk = _Desk(request, catalog, digests, channels, learning, channel, personal=do == "me" or own == "yes")
    if not desk.personal:
        require_presence(request)
    # A channel may be closed to those who are not in it, so what stands there is shown there alone.
    if not desk.personal and (do not in {None, *_FOR_ALL} or desk.elsewhere):
        await require_manager(request, profiles)
    known = await digests.of_target(desk.target)
    if known is None and do in {"subscribe", "me"}:
        return await desk.subscribe(day, time, zone)
    if known is None:
        return await desk.nothing(manages=await profiles.manages(request))
    if do == "pause":
        return await desk.pause(known, until)
    if do in {"edit", "subscribe", "me"}:
        return await desk.edit(known, day, time, zone, section)
    return await desk.act(do, known)


async def compose_due(delivery: Delivery, now: datetime, catalog: Catalog, digests: Digests) -> Reply | None:
    """A digest that is due; None where nobody wants it any more."""
    one = await digests.find(delivery.about["subscription"])
    if one is None or one.rests(now) or one.due is None:  # no next slot: the place was left as this was taken up
        return None
    week = read_week(delivery.about["week"])
    issue = replace(issue_of(one, week, delivery.due), asked=delivery.about["asked"])
    question = question_of(catalog, issue.week, issue.place)
    if question is not None and not issue.personal and "quiz" not in issue.off:
        await digests.ask(one, issue, question.id, now)
    return compose(catalog, issue, await digests.people(one, issue, now))


async def compose_paused(delivery: Delivery, channels: Channels) -> Reply:
    """What whoever set it up is told, when it could not be posted for some weeks."""
    target, channel = delivery.target, delivery.about["channel"]
    name = await channels.name(target.platform, target.workspace, channel) or "your channel"
    return Reply(
        "A digest is paused",
        (
            Text(f"I could not post in {name} for {FAILED_WEEKS} weeks in a row: {delivery.about['reason']}."),
            Text("Once that is mended, say **digest resume** in that channel."),
        ),
    )


class _Desk:
    """One request about one digest: of a channel, or the person's own."""

    def __init__(
        self,
        request: Request,
        catalog: Catalog,
        digests: Digests,
        channels: Channels,
        learning: Learning,
        channel: Channel | None,
        *,
        personal: bool,
    ) -> None:
        self._request = request
        self._catalog = catalog
        self._digests = digests
        self._channels = channels
        self._learning = learning
        self._channel = channel
        self.personal = personal or (request.place is None and channel is None)
        person, place = request.person, request.place
        if self.personal:
            platform, workspace, user = person.account
            self.target = Target(platform, workspace, user=user)
        else:
            spot = channel or (place.channel if place else "")
            self.target = Target(person.platform, person.workspace, spot)
        self.elsewhere = self.target.channel != (place.channel if place else "")
        self.here = {"own": "yes"} if self.personal else {"channel": self.target.channel} if self.elsewhere else {}

    # ── set up ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def subscribe(self, day: Weekday | None, at: time | None, zone: Zone | None) -> Reply:
        where = zone or await self._zone()
        if where is None:
            call = self._subscribing(day, at)
            sentence = "**digest** needs one more thing: in which zone? Name a large city near you."
            raise MissingArgument(sentence, [("Tell me", replace(call, fill="zone"))])
        if not self.personal and (problem := await self._problem()):
            again = self._subscribing(day, at, zone)
            return await self._cannot(f"{problem} Nothing was set up.", again)
        when = Weekly(str(where), int(_DAY if day is None else day), at or _TIME)
        person = self._request.person
        try:
            new = await self._digests.subscribe(self.target, when, person.user, person.name, self._request.at)
        except Taken:  # somebody else did so in this very moment
            other = await self._digests.of_target(self.target)
            return await (self.status(other) if other else self.nothing())
        said = "I write to you once a week." if self.personal else f"I post in {await self._name()} once a week."
        return _digest.card("Set up", new, self.here, Text(f"{said} Nothing else comes unasked."))

    async def edit(
        self, known: Subscription, day: Weekday | None, at: time | None, zone: Zone | None, section: Section | None
    ) -> Reply:
        def edited(old: Subscription) -> Subscription:
            when = old.when
            weekday, local = when.weekday if day is None else int(day), when.time if at is None else at
            off = old.off ^ {section} if section else old.off
            return replace(old, when=Weekly(str(zone or when.zone), weekday, local), off=off)

        if day is None and at is None and zone is None and section is None:
            return await self.status(known)
        return await self._change("Changed", known, edited)

    async def pause(self, known: Subscription, until: Until | None) -> Reply:
        today = Calendar(known.when.zone).day(self._request.at)
        last = until.counted_from(today) if until else date.max
        if last < today:
            raise BadArgument(f"{last} is over. Name a day to come, or none, to pause until you resume it.")
        if until and last - today > _LONGEST_PAUSE:
            raise BadArgument(f"{last} is years away. Name a nearer day, or none, to pause until you resume it.")
        return await self._change("Paused", known, lambda old: replace(old, paused=last))

    async def act(self, do: Do | None, known: Subscription) -> Reply:
        """What needs no more words."""
        match do:
            case "preview":
                return await self.preview(known)
            case "resume":
                return await self._change("Resumed", known, lambda old: replace(old, paused=None, failed=0))
            case "now":
                return await self.now(known)
            case "unsubscribe":
                return await self.unsubscribe(known)
            case _:
                return await self.status(known)

    async def unsubscribe(self, known: Subscription) -> Reply:
        await self._digests.unsubscribe(known.id)
        when = known.when
        again = self._subscribing(Weekday(when.weekday), when.time, when.zone)
        return Reply(
            "Ended",
            (Text(f"No more digests {'for you' if self.personal else f'in {await self._name()}'}."),),
            (Choice("Set it up again", again),),
        )

    async def now(self, known: Subscription) -> Reply:
        if known.rests(self._request.at):
            return _digest.card("It is paused", known, self.here, Text("Resume it, and then I can post."))
        if not self.personal and (problem := await self._problem()):
            return await self._cannot(problem, self._call("now"))
        if await self._digests.now(known, self._request.at):
            moved = await self._digests.find(known.id) or known
            return _digest.card("On its way", moved, self.here, Text("This week's digest comes within a minute."))
        return _digest.card("This week's is there already", known, self.here, Text("Each week has one, and no more."))

    # ── look ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def preview(self, known: Subscription) -> Reply:
        """The very next one, and the reason if it would not be sent."""
        problem = "" if self.personal else await self._problem()
        week = known.week or known.when.week_of(self._request.at)
        issue = issue_of(known, week, known.due or self._request.at)
        people = await self._digests.people(known, issue, self._request.at)
        made = compose(self._catalog, issue, people)
        if problem or known.due is None:
            head = f"It would not be sent: {problem or 'it is paused until somebody resumes it.'}"
        else:
            head = f"This is what comes on {_digest.moment(known.due, known.when.zone)}."
        back = Choice("Back", self._call("status"))
        return replace(made, parts=(Text(f"*{head}*"), *made.parts), choices=(back,), private=True, again=None)

    async def status(self, known: Subscription) -> Reply:
        records = await self._digests.deliveries(self.target, _digest.LAST)
        problem = "" if self.personal else await self._problem()
        title = "Your digest" if self.personal else f"The digest of {await self._name()}"
        reply = _digest.card(title, known, self.here)
        warned = (Text(f"**It could not be posted now.** {problem}"),) if problem else ()
        return replace(reply, parts=(*warned, *reply.parts, *_digest.history(records, known.when.zone)))

    async def nothing(self, *, manages: bool = False) -> Reply:
        """There is none here; where there are some, for those who look after the workspace."""
        if self.personal:
            start = Choice("Once a week to me", self._call("me"), "primary")
            return Reply("You get no digest", (Text("I can write to you once a week, in private."),), (start,))
        others = await self._digests.of_workspace(self.target.platform, self.target.workspace) if manages else ()
        lines = [f"- {await self._name(one.target.channel)}: {_digest.when(one)}" for one in others]
        said = "\n".join(["Other channels have one:", "", *lines]) if lines else "An admin can set one up in a minute."
        return Reply(
            f"No digest in {await self._name()} yet",
            (Text(said),),
            (
                Choice("Post here once a week", self._call("subscribe"), "primary"),
                Choice("Only to me", Call.of("digest", do="me")),
            ),
        )

    # ── small things ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def _cannot(self, why: str, again: Call) -> Reply:
        return Reply(
            f"I can't post in {await self._name()} yet", (Text(why),), (Choice("Try again", again, "primary"),)
        )

    async def _change(self, title: str, known: Subscription, how: Callable[[Subscription], Subscription]) -> Reply:
        kept = await self._digests.change(known.id, how, self._request.at)
        return _digest.card(title, kept, self.here) if kept else await self.nothing()

    async def _zone(self) -> str | None:
        """The person's own, if they ever told it, or their platform knows it."""
        habits = await self._learning.habits(self._request.person)
        return habits.zone if habits.zone != "UTC" else self._request.person.zone

    async def _problem(self) -> str:
        return await self._channels.problem(self.target.platform, self.target.workspace, self.target.channel)

    async def _name(self, channel: str | None = None) -> str:
        spot = channel or self.target.channel
        name = await self._channels.name(self.target.platform, self.target.workspace, spot)
        return name or ("this channel" if spot == self.target.channel and not self._channel else "that channel")

    def _subscribing(self, day: Weekday | None, at: time | None, zone: object = None) -> Call:
        """The call that sets it up so; the zone is asked for again where there is no room for it."""
        call = self._call("me" if self.personal else "subscribe", day=day, time=at, zone=zone)
        return call if len(call.token()) <= MAX_TOKEN else self._subscribing(day, at)

    def _call(self, do: Do, **more: object) -> Call:
        given = {name: _typed(value) for name, value in more.items() if value is not None}
        return Call.of("digest", do=do, **self.here, **given)


def _typed(value: object) -> str:
    """An argument as one would type it."""
    if isinstance(value, Weekday):
        return value.name.lower()
    return f"{value:%H:%M}" if isinstance(value, time) else str(value)
