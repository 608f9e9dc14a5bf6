"""Sets right whoever lost by a question that its authors have withdrawn since."""

from collections.abc import Iterable

from sqlalchemy import Connection, delete, update

from bot.core.catalog import Catalog, Question
from bot.storage.store import Store
from bot.storage.tables import answers, cards, reports


async def set_right(store: Store, catalog: Catalog) -> int:
    """Settle every void question of the pack, as often as one likes; how many answers became right by it."""
    void = [question.id for question in catalog.all(Question) if question.void]
    return await store.run(lambda tx: settle(tx, void)) if void else 0


def settle(tx: Connection, void: Iterable[str]) -> int:
    """Every answer to these questions is right, none of them is due again, and their reports have been heard."""
    gone = tuple(void)
    mended = tx.execute(update(answers).where(answers.c.question.in_(gone), ~answers.c.right).values(right=True))
    for table in (cards, reports):
        tx.execute(delete(table).where(table.c.question.in_(gone)))
    return mended.rowcount
