"""The quiz, as pure functions: which question comes next, where its choices stand, and what an answer is worth.

How well somebody knows a question is FSRS's to say; a card is its JSON. Fuzz is off, so the same answers at the same
moments always come to the same card.
"""

import json
import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from random import Random

from fsrs import Card, Rating, Scheduler

from bot.core.catalog import Catalog, Fact, Question
from bot.core.days import utc

#: Who thinks longer than this knew it, but not well.
SLOW = timedelta(seconds=60)
#: After this, the time says nothing: the question waited for its reader.
AWAY = timedelta(minutes=10)
#: How soon a missed question may come again.
SOON = timedelta(minutes=10)

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
#: The second in which a question was asked, in base 36, and four characters by chance.
_ASKED = re.compile(r"([0-9a-z]{6,7})-[0-9a-z]{4}")
_CHANCE = 36**4
_JSON = json.JSONEncoder(sort_keys=True)  # `json.dumps` would make one each time


@dataclass(frozen=True, slots=True)
class Known:
    """A question that was answered before: when it is due, and the local day of the last answer."""

    due: datetime
    last_day: date


# ── which question ────────────────────────────────────────────────────────────────────────────────────────────────────


def choose(
    catalog: Catalog, topic: str | None, known: Mapping[str, Known], right_today: Set[str], now: datetime, seed: str
) -> Question | None:
    """The next question: the longest due; else a new one, of a fact not seen if there is one, the easier first; else
    the one that is due next. None where every question was answered rightly today.

    topic: the id of a topic of the question's fact; None is any.
    known: what was answered before, by id. right_today: what was answered rightly on this local day, and rests.
    seed: decides between questions that are equally good.
    A void question is never chosen.
    """
    pool = [q for q in catalog.bank if q.id not in right_today and is_on(catalog, q, topic)]
    due = [q for q in pool if q.id in known and known[q.id].due <= now]
    if due:
        return min(due, key=lambda q: (known[q.id].due, q.id))
    new = [q for q in pool if q.id not in known]
    if new:
        seen = {q.fact for q in catalog.bank if q.id in known}
        return min(new, key=lambda q: (q.fact in seen, q.difficulty, _draw(seed, q.id)))
    return min(pool, key=lambda q: (known[q.id].due, q.id), default=None)


def is_on(catalog: Catalog, question: Question, topic: str | None) -> bool:
    """Whether a question's fact is about the topic; None is any."""
    return topic is None or topic in catalog.get(question.fact, Fact).topics


def _draw(*seed: str) -> bytes:
    return sha256("\0".join(seed).encode(errors="replace")).digest()


def places(asked: str, question: str) -> tuple[int, ...]:
    """The order in which four choices are shown, each by its place in the bank: 0 is the right one.

    It must stay as it is: a button that was sent yesterday tells a place only, and a test holds some.
    """
    return tuple(Random(_draw(asked, question)).sample(range(4), 4))  # noqa: S311 # a fair order, not a secret


# ── one asking ────────────────────────────────────────────────────────────────────────────────────────────────────────


def asked_at(now: datetime, chance: int) -> str:
    """A name for this one asking, from which the time can be read. `chance` is any number."""
    return f"{_base36(int(now.timestamp()))}-{_base36(chance % _CHANCE).rjust(4, '0')}"


def is_asked(asked: str) -> bool:
    """Whether this can be a name that `asked_at` made."""
    return _ASKED.fullmatch(asked) is not None


def took(asked: str, now: datetime) -> int | None:
    """Seconds since the asking. None where that says nothing: too long ago, or not past."""
    found = _ASKED.fullmatch(asked)
    seconds = int(now.timestamp()) - int(found[1], 36) if found else -1
    return seconds if 0 <= seconds <= AWAY.total_seconds() else None


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits


# ── what an answer is worth ───────────────────────────────────────────────────────────────────────────────────────────


def rate(*, right: bool, seconds: int | None, missed_today: bool) -> Rating:
    """Wrong is Again. Right is Good; Hard after a miss on the same day, or when it took long."""
    if not right:
        return Rating.Again
    slow = seconds is not None and seconds > SLOW.total_seconds()
    return Rating.Hard if slow or missed_today else Rating.Good


def review(card: str | None, rating: Rating, now: datetime) -> tuple[str, datetime]:
    """The card after an answer, and when it is due. None is a question that was never answered."""
    at = utc(now)  # fsrs takes nothing but exactly datetime.UTC
    before = Card.from_json(card) if card else Card(card_id=0, due=at)
    after, _ = _scheduler().review_card(before, rating, at)
    return _JSON.encode(after.to_dict()), after.due


@lru_cache(maxsize=1)
def _scheduler() -> Scheduler:
    # One step: a question that was known is due in days, not in minutes, so tomorrow brings something new.
    return Scheduler(learning_steps=(SOON,), relearning_steps=(SOON,), enable_fuzzing=False)
