from typing import Annotated, Literal

from bot.core.chat import Call, Choice, Reply, Request, Text
from bot.core.command import Group, command
from bot.core.markup import clip, quote
from bot.features import _streak
from bot.learning.board import Board, Leaderboards, Line, Period

Me = Literal["hide", "show"]

_CALLED: dict[Period, str] = {"week": "This week", "month": "This month", "all": "All time"}
_DONE: dict[Me, str] = {
    "hide": "You are on no leaderboard now; your answers and your streak go on as they are.",
    "show": "You are on the leaderboards of the places where you learn.",
}
#: Characters of a name; a line is to stay one line on a telephone.
_NAME = 32

_QUESTION = Choice("A question", Call("quiz"), "primary")
_HIDE = Choice("Take me off", Call.of("leaderboard", me="hide"))
_SHOW = Choice("Put me on", Call.of("leaderboard", me="show"))


@command(examples=["", "month", "hide"], aliases=["board", "ranking", "top"], group=Group.LEARNING)
async def leaderboard(
    request: Request,
    boards: Leaderboards,
    period: Annotated[Period | None, "This week, this month, or all time; this week if left out"] = None,
    me: Annotated[Me | None, "Say hide to be on no leaderboard, show to be back on them"] = None,
) -> Reply:
    """Who has learned most here: this week, this month, or ever."""
    if me:
        await boards.show(request.person, request.at, listed=me == "show")
    done = (Text(_DONE[me]),) if me else ()
    if not request.person.workspace:
        return _elsewhere(done)
    chosen = period or "week"
    board = await boards.board(request.person, chosen, request.at)
    for_all = request.in_the_open
    return Reply(
        f"Leaderboard: {_CALLED[chosen].lower()}",
        (
            *done,
            *_lines(board, for_all=for_all),
            *(() if for_all else _own(board, told=me is not None)),
            Text(_rule(board)),
        ),
        _choices(board, chosen, for_all=for_all),
        again=Call.of("leaderboard", period=chosen),
    )


def _elsewhere(done: tuple[Text, ...]) -> Reply:
    return Reply(
        "No leaderboard here",
        (*done, Text("A leaderboard belongs to a server or a workspace: ask me for it there.")),
        (_QUESTION, Choice("My streak", Call("streak"))),
    )


def _lines(board: Board, *, for_all: bool) -> tuple[Text, ...]:
    if not board.lines:
        return (Text("Nobody is on it yet. One answer makes you the first."),)
    return (Text("\n".join(_line(line, mine=line.mine and not for_all) for line in board.lines)),)


def _line(line: Line, *, mine: bool) -> str:
    name = quote(clip(line.name, _NAME)) or "Somebody"
    return f"**{line.place}.** {f'**{name}** (you)' if mine else name}: {_score(line)}"


def _score(line: Line) -> str:
    streak = f", a streak of {_streak.length(line.standing)}" if line.standing.number else ""
    return f"{_streak.many(line.days)}, {line.right:,} right{streak}"


def _own(board: Board, *, told: bool) -> tuple[Text, ...]:
    """What only the one who asks is told of themselves. told: whether they are listed has been said."""
    own = board.own
    said = []
    if own is not None and own not in board.lines:
        said.append(f"**{own.place}.** **You:** {_score(own)}")
    if not board.listed and not told:
        said.append("You are on no leaderboard: only you see what is yours.")
    if board.listed and own is None and board.lines:
        said.append("You are not on it yet: for that, answer a question here.")
    return tuple(map(Text, said))


def _rule(board: Board) -> str:
    since = f", since {board.first:%A} {board.first.day} {board.first:%B}" if board.first else ""
    return f"By days learned, then by right answers{since}. Who ties shares a place."


def _choices(board: Board, chosen: Period, *, for_all: bool) -> tuple[Choice, ...]:
    others = (Choice(name, Call.of("leaderboard", period=one)) for one, name in _CALLED.items() if one != chosen)
    if for_all:
        return (*others, Choice("Where am I?", Call.of("leaderboard", period=chosen)), _HIDE)
    return (_QUESTION, *others, _HIDE if board.listed else _SHOW)
