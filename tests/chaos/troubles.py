"""Every trouble of the doubles at every call that a delivery makes: exactly one post, or a row that says why not.

A call that makes the post, or that leads to it, meets the trouble in the first try. One that looks meets it after a
first try whose answer was lost, before the post was made or after, when the bot was started anew.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot.delivery.outbox import Delivery, Record, State, Target, delivery_id
from bot.delivery.publisher import Publisher
from bot.demo.slack import CutAfter, CutBefore, Http500, LocalSlack, Slow
from bot.demo.slack import RateLimited as SlackLimits
from bot.demo.slack import Refused as SlackRefuses
from bot.storage import outbox
from bot.storage.opening import open_store
from bot.storage.outbox import StoredOutbox, records
from bot.storage.store import Store
from tests.chaos.ground import POSTS, Tally, discord_posts, slack_posts, tallied
from tests.chaos.sender import KIND, Address, courier_of, impatient, on_discord, on_slack
from tests.doubles import discord_faults
from tests.doubles.discord_faults import Failed, RateLimited
from tests.doubles.discord_rest import DiscordRest
from tests.doubles.discord_town import Town
from tests.doubles.slack import SlackDouble

#: Seconds that a slow answer takes: more than a try may, and far less than until somebody looks.
_SLOW: Final = 0.8
#: Where something is slow, time passes as it does; elsewhere nothing waits but by a clock that is set on, so that no
#: try breaks off because this machine is slow.
_PATIENCE, _LONG_PATIENCE = impatient(0.6, 2.2), impatient(30.0, 60.0)
#: How many cases run at a time.
_AT_ONCE: Final = 16

#: What passes, by the platform: the post is made in the end. The rest is refused for good.
PASSING: Final[Mapping[str, Mapping[str, Any]]] = {
    "slack": {
        "cut before": CutBefore(),
        "cut after": CutAfter(),
        "429": SlackLimits(1),
        "500 before": Http500(),
        "500 after": Http500(done=True),
        "503": SlackRefuses("service_unavailable"),
        "slow before": Slow(_SLOW),
        "slow after": Slow(_SLOW, done=True),
    },
    "discord": {
        "cut before": CutBefore(),
        "cut after": CutAfter(),
        "429 user": RateLimited(0.3, "user"),
        "429 shared": RateLimited(0.3, "shared"),
        "429 global": RateLimited(0.3, "global"),
        "429 without a scope": RateLimited(0.3, None),
        "429 of Cloudflare": RateLimited(0.3, cloudflare=True),
        "500 before": Failed(500),
        "500 after": Failed(500, done=True),
        "503": Failed(503),
        "slow before": Slow(_SLOW),
        "slow after": Slow(_SLOW, done=True),
    },
}
LASTING: Final[Mapping[str, Mapping[str, Any]]] = {
    "slack": {
        "forbidden": SlackRefuses("restricted_action"),
        "gone": SlackRefuses("channel_not_found"),
        "archived": SlackRefuses("is_archived"),
        "token revoked": SlackRefuses("token_revoked"),
    },
    "discord": {
        "forbidden": discord_faults.MISSING_PERMISSIONS,
        "gone": discord_faults.UNKNOWN_CHANNEL,
        "token revoked": discord_faults.UNAUTHORIZED,
    },
}
#: The calls of a first try, the call that opens direct messages, and those that look.
FIRST: Final = {"slack": ("chat.postMessage",), "discord": ("create_message", "create_dm")}
OPEN: Final = {"slack": "conversations.open", "discord": "create_dm"}
LOOKS: Final = {"slack": ("conversations.history",), "discord": ("list_messages", "get_channel")}


@dataclass(frozen=True, slots=True)
class Case:
    """One trouble at one call. before: the trouble of a first try, after which the bot is started anew."""

    platform: str
    call: str
    name: str
    fault: Any
    lasting: bool
    before: CutBefore | CutAfter | None = None

    def __str__(self) -> str:
        told = "" if self.before is None else f", after a {type(self.before).__name__}"
        return f"{self.platform}: {self.name} at {self.call}{told}"

    @property
    def expected(self) -> tuple[State, int]:
        """How the row ends, and how many posts there are."""
        if not self.lasting:
            return State.DELIVERED, 1
        if self.before is None:
            return State.FAILED, 0
        return State.UNKNOWN, int(isinstance(self.before, CutAfter))


@dataclass(frozen=True, slots=True)
class Ended:
    """How a case ended. posts: how many there are."""

    case: Case
    row: Record
    posts: int
    tally: Tally

    @property
    def as_expected(self) -> bool:
        return (self.row.outcome.state, self.posts) == self.case.expected and not self.tally.flawed


def cases() -> list[Case]:
    made: list[Case] = []
    for platform in POSTS:
        troubles = [(name, fault, False) for name, fault in PASSING[platform].items()]
        troubles += [(name, fault, True) for name, fault in LASTING[platform].items()]
        for name, fault, lasting in troubles:
            made += [Case(platform, call, name, fault, lasting) for call in FIRST[platform]]
            looks = (*LOOKS[platform], OPEN[platform])
            made += [
                Case(platform, call, name, fault, lasting, cut) for call in looks for cut in (CutBefore(), CutAfter())
            ]
    return made


async def met(store: str, some: list[Case], done: Callable[[Ended], None] = lambda _: None) -> list[Ended]:
    """Go through these cases. store: the URL of an empty database. done: called after each."""
    ended: list[Ended] = []
    room = asyncio.Semaphore(_AT_ONCE)
    async with open_store(store) as opened:

        async def one(number: int, case: Case) -> None:
            async with room:
                ended.append(await _meet(opened, f"{case.platform}-{number}", case))
                done(ended[-1])

        await asyncio.gather(*(one(number, case) for number, case in enumerate(some)))
    return ended


async def _meet(store: Store, platform: str, case: Case) -> Ended:
    """platform: a name that no other case has, so that no courier takes another's delivery."""
    async with _double(case.platform) as (double, address, channel, person):
        private = case.call == OPEN[case.platform]
        target = Target(platform, "", user=person) if private else Target(platform, "", channel)
        now, clock = datetime.now(UTC), Clock(sets_on=not isinstance(case.fault, Slow))
        new = Delivery(delivery_id(KIND, platform), KIND, target, {}, now, now + timedelta(hours=1))
        await store.run(lambda tx: outbox.put(tx, new))
        if case.before is not None:
            double.fail(POSTS[case.platform], case.before)
            await _try(store, address, new, clock, State.DOUBTFUL)
        double.fail(case.call, case.fault)
        row = await _try(store, address, new, clock, None)
        held = slack_posts if case.platform == "slack" else discord_posts
        posts = list(held(double.messages()))
        return Ended(case, row, len(posts), tallied([row], posts))


@dataclass(slots=True)
class Clock:
    """This machine's; `sets_on`: and between two looks for what is due, some seconds are left out."""

    sets_on: bool
    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def set_on(self) -> None:
        if self.sets_on:
            self.ahead += timedelta(seconds=10)


async def _try(store: Store, address: Address, new: Delivery, clock: Clock, until: State | None) -> Record:
    """Be the bot, from its start until the delivery is in that state; None: until it has ended."""
    on = on_slack if new.target.platform.startswith("slack") else on_discord
    async with on(address) as publisher:
        publishers: dict[str, Publisher] = {new.target.platform: publisher}
        patience = _LONG_PATIENCE if clock.sets_on else _PATIENCE
        courier = courier_of(publishers, StoredOutbox(store), patience, clock)
        while True:
            await courier.deliver_due()
            (row,) = await store.read(lambda tx: records(tx, new.target, 1))
            if row.ended is not None or row.outcome.state is until:
                return row
            clock.set_on()


@asynccontextmanager
async def _double(platform: str) -> AsyncIterator[tuple[Any, Address, str, str]]:
    """A double of this process's own, where it is, and a channel and a person in it. Its Discord knows no nonces."""
    if platform == "slack":
        async with LocalSlack() as slack:
            yield SlackDouble(slack, None), Address(slack.api_url, slack.bot_token), slack.careers, slack.ada
    else:
        async with DiscordRest(Town(nonce_seconds=0)) as discord:
            channel = discord.town.add_channel()
            yield discord, Address(discord.api_url, discord.token), channel.id, "5"
