"""Which questions a learner missed when they answered them last."""

from sqlalchemy import Connection, case, func, select

from bot.storage.tables import answers, cards


def missed(tx: Connection, learner: str | None) -> tuple[str, ...]:
    """Their ids, the one that is due first before the others."""
    wrong = func.max(case((~answers.c.right, answers.c.at)))
    last_was_wrong = (
        select(answers.c.question)
        .where(answers.c.learner == learner)
        .group_by(answers.c.question)
        .having(wrong == func.max(answers.c.at))
    )
    found = (
        select(cards.c.question)
        .where(cards.c.learner == learner, cards.c.question.in_(last_was_wrong))
        .order_by(cards.c.due, cards.c.question)
    )
    return tuple(tx.scalars(found))
