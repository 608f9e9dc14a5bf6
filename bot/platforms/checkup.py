"""What `careerbot doctor` finds, and how a platform is looked at from outside: it only asks, and changes nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, Literal

import aiohttp

#: How far our clock may be from a platform's. Slack's signatures are good for five minutes, so that is little.
CLOCKS_DIFFER: Final = timedelta(seconds=60)
#: Seconds that each question to a platform may take.
PATIENCE: Final = 5.0
#: Channels that are looked at; a platform's limits let no more be asked for in one go.
CHANNELS: Final = 50


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `mend` says what to do, where something is to be done."""

    state: Literal["good", "note", "bad"]
    what: str
    says: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Spot:
    """A channel that gets a digest."""

    workspace: str
    channel: str


def clock(what: str, headers: Mapping[str, str], now: datetime) -> Finding:
    """Our clock beside the one of whoever gave that answer."""
    try:
        theirs = parsedate_to_datetime(headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return Finding("note", what, "it did not say what time it is")
    apart = round((now - theirs).total_seconds())
    if abs(apart) <= CLOCKS_DIFFER.total_seconds():
        return Finding("good", what, "ours agrees with it")
    side = "ahead of" if apart > 0 else "behind"
    mend = "Set it right, best by NTP: what is signed is good for five minutes only."
    return Finding("bad", what, f"ours is {abs(apart)} s {side} it", mend)


async def patiently(what: str, found: Callable[[], AsyncIterator[Finding]]) -> list[Finding]:
    """All that is found; where the platform cannot be reached, or not in time, that, and what was found before."""
    findings: list[Finding] = []
    keep = findings.append
    try:
        async for finding in found():
            keep(finding)
    except TimeoutError:
        findings.append(Finding("bad", what, f"does not answer within {PATIENCE:g} s", _NETWORK))
    except (aiohttp.ClientError, OSError) as error:
        findings.append(Finding("bad", what, f"cannot be reached ({type(error).__name__})", _NETWORK))
    return findings


_NETWORK: Final = "Look at the network, its proxy and the firewall; --offline looks at the rest alone."


def within() -> asyncio.Timeout:
    """For one question."""
    return asyncio.timeout(PATIENCE)
