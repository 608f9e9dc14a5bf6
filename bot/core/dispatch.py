"""Request -> command -> Reply; and the one place where an exception becomes a reply."""

import logging
import math
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import Protocol, cast

from bot.core import trace
from bot.core.chat import MAX_TOKEN, Call, Choice, Person, Reply, Request, Text
from bot.core.command import Form, Registry
from bot.core.errors import MissingArgument, Mistake, NotAllowed, NotHere, StorageUnavailable, TooOften, UnknownCommand
from bot.core.kept import Kept
from bot.core.limits import NAME
from bot.core.markup import bare, clip
from bot.core.parameters import World
from bot.core.ports import Greetings
from bot.core.rate_limits import RateLimits
from bot.core.reading import read, values
from bot.core.words import many

_log = logging.getLogger(__name__)
#: Replies that everybody gets alike, and that are kept: those that were asked for last.
_REPLIES = 256
_Alike = tuple[str | Call, bool, bool, bool]


class Ended(StrEnum):
    """How a request ended, for whoever runs the bot. A mistake is a person's, and was explained to
    them; limited means that they asked for so much that they have to wait."""

    OK = "ok"
    MISTAKE = "mistake"
    LIMITED = "limited"
    UNAVAILABLE = "unavailable"
    FAILURE = "failure"


#: Is told of each request as it begins; what it gives back is told how it ended, and under which command ("" for none).
Observer = Callable[[Request], Callable[[str, Ended], None]]


def nobody(request: Request) -> Callable[[str, Ended], None]:
    """Observes nothing."""
    del request
    return lambda _command, _ended: None


class Mind(Protocol):
    """What a platform asks. `Dispatcher` is one; the demo's Discord asks one in another process."""

    @property
    def registry(self) -> Registry: ...

    @property
    def world(self) -> World: ...

    def kept(self, request: Request) -> Reply | None: ...

    def given(self, request: Request) -> bool: ...

    async def answer(self, request: Request) -> Reply: ...

    def form(self, call: Call) -> Form: ...


class Dispatcher:
    """Answers requests with the commands of a registry.

    needs: what commands may ask for, by type. Raises KeyError when made without something that a command needs: better
    at the start than when somebody asks.
    limits: how often a person may ask; without them, as often as they like, as one who is alone with the bot may.
    """

    def __init__(
        self,
        registry: Registry,
        world: World,
        needs: Mapping[type, object],
        limits: RateLimits | None = None,
        observer: Observer = nobody,
    ) -> None:
        self._observer = observer
        self.registry = registry
        self.world = world
        self._limits = limits
        self._needs = {Registry: registry, World: world, **needs}
        self._kept: Kept[_Alike, tuple[Call, Reply]] = Kept(_REPLIES)
        for found in registry:
            for name, needed in found.needs.items():
                if needed is not Request and needed not in self._needs:
                    raise KeyError(f"{found.name}({name}) needs a {needed.__name__}, and there is none.")

    def kept(self, request: Request) -> Reply | None:
        """The reply, if it is kept. Whoever gives it asks `given` first."""
        found = self._kept.get(_alike(request))
        return found[1] if found else None

    def given(self, request: Request) -> bool:
        """Counts a reply that is kept, as it is given; False where it may not be just now, or is no longer kept."""
        found = self._kept.get(_alike(request))
        if found is None or (self._limits and self._limits.take(request)):
            return False
        self._observer(request)(found[0].command, Ended.OK)
        return True

    async def answer(self, request: Request, *, counted: bool = False) -> Reply:
        """The reply, always: a mistake or a failure is answered kindly, and a failure is logged under a short id.

        counted: this is one more reply to what was answered already, and not one more request of the person's.
        """
        if not trace.current():
            trace.begin()
        if not counted and (ready := self.kept(request)) and self.given(request):
            return ready
        observed = nobody(request) if counted else self._observer(request)
        call: Call | None = request.said if isinstance(request.said, Call) else None
        try:
            if self._limits and not counted:
                _enough(self._limits.take(request), "That was a lot at once.", call)
            if (person := _named(request.person)) is not request.person:
                request = replace(request, person=person)
            call = request.said if isinstance(request.said, Call) else read(request.said, self.registry, self.world)
            reply, ended = self._for_place(await self._run(call, request), request, call), Ended.OK
            if self._lasts(call, request):
                self._kept.put(_alike(request), (call, reply))
        except Mistake as mistake:
            reply = self._explain(mistake)
            ended = Ended.LIMITED if isinstance(mistake, TooOften) else Ended.MISTAKE
        except StorageUnavailable as sorry:  # the store has logged why
            reply = Reply("I can't remember anything just now", (Text(str(sorry)),), self._ways_on())
            ended = Ended.UNAVAILABLE
        except Exception:  # noqa: BLE001 # the boundary: a failure in a command is answered and logged, not passed on
            number = secrets.token_hex(3).upper()
            _log.exception("failure %s in %s", number, call.command if call else "reading")
            reply, ended = _failed(number), Ended.FAILURE
        observed(call.command if call else "", ended)
        return reply

    def form(self, call: Call) -> Form:
        """What to ask the person before this call. Raises Mistake for a call that no longer fits."""
        return self.registry.form(call, self.world)

    async def greeting(self, request: Request) -> Reply | None:
        """What is said, once, to who comes for the first time; None to everybody else.

        None, too, while that cannot be known: better no greeting than one at every turn.
        """
        met, greetings = self.registry.when_met, self._needs.get(Greetings)
        if met is None or greetings is None:
            return None
        try:
            first = await cast("Greetings", greetings).first(request.person, request.at)
        except StorageUnavailable:
            return None
        hello = replace(request, said=Call(met.name), public=False)
        return await self.answer(hello, counted=True) if first else None

    async def _run(self, call: Call, request: Request) -> Reply:
        found = self.registry.find(call.command)
        if found is None:
            raise UnknownCommand("That button is from an older version of me. Please ask again.")
        given = values(call, found, self.world)
        if call.public and request.mute:
            raise NotHere
        if self._limits and (call.public or found.costly(given)):
            _enough(self._limits.take_costly(request), "I do that only so often for one person.", call)
        needed = {name: request if kind is Request else self._needs[kind] for name, kind in found.needs.items()}
        return await found.handler(**needed, **given)

    def _lasts(self, call: Call, request: Request) -> bool:
        """Whether everybody who says the same in such a place is given the same. (What is shared is counted anew.)"""
        found = self.registry.find(call.command)
        if found is None or call.public or not found.lasts(call, self.world):
            return False
        said = request.said.token() if isinstance(request.said, Call) else request.said
        return len(said) <= MAX_TOKEN

    def _for_place(self, reply: Reply, request: Request, call: Call) -> Reply:
        """Private or for all, as it was asked; what is private in a channel can be shared there."""
        if request.public or call.public:
            return replace(_by_button(call) if reply.personal else reply, private=False)
        there = request.place is not None and not request.mute
        if there and reply.private and not reply.personal and reply.again is not None:
            share = replace(reply.again, public=True)
            if len(share.token()) <= MAX_TOKEN:
                return replace(reply, choices=(*reply.choices, Choice("Share", share)))
        return reply

    def _explain(self, mistake: Mistake) -> Reply:
        options = [Choice(label, call) for label, call in mistake.suggestions if len(call.token()) <= MAX_TOKEN]
        titles = {MissingArgument: "One more thing", NotAllowed: "For admins", TooOften: "One moment…"}
        ways_on = () if isinstance(mistake, TooOften) else self._ways_on()
        return Reply(titles.get(type(mistake), "Not quite"), (Text(str(mistake)),), (*options, *ways_on))

    def _ways_on(self) -> tuple[Choice, ...]:
        helper = self.registry.when_silent
        return (Choice("What can you do?", Call(helper.name)),) if helper is not None else ()


def _alike(request: Request) -> _Alike:
    """All that a reply which lasts can depend on: what was said, and what `_for_place` looks at."""
    return request.said, request.public, request.place is None, request.mute


def _enough(wait: timedelta, sentence: str, call: Call | None) -> None:
    """Raises TooOften if there is to be a wait. What was clicked can be clicked again then."""
    if wait:
        seconds = math.ceil(wait.total_seconds())
        again = [("Try again", call)] if call else []
        raise TooOften(f"{sentence} Please try again in {many(seconds, 'second')}.", again)


def _named(person: Person) -> Person:
    """The person, with a name that can be kept and shown: platforms let people call themselves what they like."""
    name = clip(bare(person.name), NAME)
    return person if name == person.name else replace(person, name=name)


def _failed(number: str) -> Reply:
    return Reply(
        "Something went wrong on my side",
        (Text(f"It is not your doing, and it is on record as **{number}**. Please try again in a moment."),),
    )


def _by_button(call: Call) -> Reply:
    """What stands before everybody in place of a personal reply."""
    quiet = replace(call, public=False)
    return Reply(
        "That is for you alone",
        (Text("Press the button, and only you see it; or ask me in a direct message."),),
        (Choice("Show me", quiet),) if len(quiet.token()) <= MAX_TOKEN else (),
    )
