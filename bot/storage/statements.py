"""The statements of an answer, made once: making one costs SQLAlchemy more than SQLite needs to run it.

What a row is found by is given as `the_...`, with `the(...)`.
"""

from typing import Any

from sqlalchemy import Table, and_, bindparam, func, insert, or_, select, update

from bot.core.chat import Person
from bot.learning.ledger import Kind
from bot.storage.tables import answers, cards, identities, ledger, preferences


def the(**values: object) -> dict[str, object]:
    return {f"the_{name}": value for name, value in values.items()}


def the_account(person: Person) -> dict[str, object]:
    platform, workspace, user = person.account
    return the(platform=platform, workspace=workspace, user=user)


def _by(table: Table, *names: str) -> Any:
    return and_(*(table.c[name] == bindparam(f"the_{name}") for name in names))


# ── who ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

WHO = (
    select(identities.c.learner, preferences.c.zone, preferences.c.border, preferences.c.wishes)
    .outerjoin_from(identities, preferences, identities.c.learner == preferences.c.learner)
    .where(_by(identities, "platform", "workspace", "user"))
)
HERE = select(identities.c.learner).where(_by(identities, "platform", "workspace", "user"))
RENAME = update(identities).where(
    _by(identities, "platform", "user"),
    identities.c.workspace.in_((bindparam("the_workspace"), bindparam("the_other"))),
    identities.c.name != bindparam("the_name"),
)
_MINE, _AGAIN = _by(ledger, "learner"), ledger.c.kind == Kind.AGAIN.value
_LAST_AGAIN = select(func.max(ledger.c.position)).where(_MINE, _AGAIN).scalar_subquery()
#: The ledger; of the answers to dates that were counted already, only the last.
DAYS = select(ledger).where(_MINE, or_(~_AGAIN, ledger.c.position == _LAST_AGAIN)).order_by(ledger.c.position)
ENTRY = insert(ledger)

# ── the quiz ──────────────────────────────────────────────────────────────────────────────────────────────────────────

KNOWN = select(cards.c.question, cards.c.due, cards.c.last_day).where(_by(cards, "learner"))
RIGHT_SINCE = select(answers.c.question).where(
    _by(answers, "learner"), answers.c.day >= bindparam("the_day"), answers.c.right
)
BEFORE = select(answers.c.question, answers.c.choice, answers.c.daily).where(_by(answers, "learner", "asked"))
MISSED_ON = select(answers.c.asked).where(_by(answers, "learner", "day", "question"), ~answers.c.right)
ANSWER = insert(answers)
CARD = select(cards.c.card).where(_by(cards, "learner", "question"))
NEW_CARD = insert(cards)
REVIEWED = update(cards).where(_by(cards, "learner", "question"))
