"""Joining accounts: the codes that do it, what becomes of two learners, and what the command asks of the outside."""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Protocol

from bot.core.chat import Person
from bot.learning.habits import Habits
from bot.learning.ledger import Ledger
from bot.learning.streak import Standing, count, merge

#: How long a code can be used, from the moment it was made; at its end it no longer can.
LIFE = timedelta(minutes=10)
#: So many wrong codes an account may try, counted from the first for `TRIES_FOR`.
MAX_TRIES = 5
TRIES_FOR = timedelta(hours=1)

#: Crockford's 32: without I, L, O and U.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 8
#: How many bits of chance a code holds.
BITS = 5 * _LENGTH
_MISREAD = str.maketrans("ILO", "110")


def spell(number: int) -> str:
    """A code as it is shown, `7KQ4-M2XD`, out of `BITS` bits of chance."""
    letters = "".join(_ALPHABET[number >> 5 * place & 31] for place in range(_LENGTH))
    return f"{letters[:4]}-{letters[4:]}"


def read_code(text: str) -> str | None:
    """The code that was typed, as `spell` writes it: in any case, with or without dash and spaces. None: it is none."""
    said = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).upper().translate(_MISREAD)
    if len(said) != _LENGTH or not set(said) <= set(_ALPHABET):
        return None
    return f"{said[:4]}-{said[4:]}"


# ── two learners ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Past:
    """What a learner brings along. `habits` is None for one who has chosen nothing."""

    learner: str
    since: datetime
    ledger: Ledger
    habits: Habits | None

    @property
    def counted_by(self) -> Habits:
        return self.habits or Habits()


def elder(one: Past, other: Past, now: datetime) -> tuple[Past, Past]:
    """The two, the one first whose streak is the longer now; of equal ones, who learned on more days, or since earlier.

    It does not depend on who comes first.
    """

    def weight(past: Past) -> tuple[int, int, float, str]:
        stands = count(past.ledger, past.counted_by, now)
        return -stands.days, -stands.total, past.since.timestamp(), past.learner

    first, second = sorted((one, other), key=weight)
    return first, second


def united(first: Past, second: Past, now: datetime) -> tuple[Ledger, Habits | None]:
    """One ledger of two, and how its learner is counted from now on: as the first chose, or else as the second did.

    Pauses that either planned hold. first, second: as `elder` gives them.
    """
    both = merge((first.ledger, first.counted_by), (second.ledger, second.counted_by), now)
    chosen = first.habits or second.habits
    if chosen is None:
        return both, None
    pauses = dict.fromkeys((*first.counted_by.pauses, *second.counted_by.pauses))
    return both, replace(chosen, pauses=tuple(pauses))


# ── what is asked of the outside ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Account:
    """An account as people know it: the platform's id, and the name that it gave last."""

    platform: str
    name: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Two learners have become one.

    habits: the settings by which both are counted now. changed: one of the two was counted by others until now.
    """

    accounts: tuple[Account, ...]
    standing: Standing
    habits: Habits
    changed: bool


class Why(Enum):
    """Why nothing was joined."""

    UNKNOWN = auto()  # no such code, or too old: nobody is told which
    OWN = auto()  # the one who typed it has made it, in this account or in one that is joined already
    TOO_OFTEN = auto()  # too many wrong codes; this one was not looked at


@dataclass(frozen=True, slots=True)
class Refused:
    """accounts: those that are joined already, where the code was their own.
    until: the moment from which the account may try again, where it did so too often.
    """

    why: Why
    habits: Habits
    accounts: tuple[Account, ...] = ()
    until: datetime | None = None


class Linking(Protocol):
    """Each call is one transaction. Raises StorageUnavailable."""

    async def offer(self, person: Person, code: str, now: datetime) -> tuple[Account, ...]:
        """Let this code join an account to this person's, in place of any code before; all accounts they have now."""

    async def join(self, person: Person, code: str, now: datetime) -> Joined | Refused:
        """Join this person's accounts to those of whoever made the code. A code that fits is used up by it."""
