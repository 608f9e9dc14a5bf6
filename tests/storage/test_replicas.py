"""Several careerbots on one PostgreSQL: they count together, and none loses what another wrote."""

from collections.abc import Callable
from itertools import permutations

from bot.storage.opening import open_store
from tests.storage.answering import QUESTIONS, days, kept, replayed, reviewed
from tests.storage.writer import writers

REPLICAS = 4


async def test_four_processes_count_together(postgres: Callable[[], str]) -> None:
    processes = await writers(postgres(), "count", *[range(50)] * REPLICAS, at_once=10)
    said = [(await process.communicate())[0].split() for process in processes]
    assert sorted(int(number) for one in said for number in one) == list(range(200))


async def test_two_hundred_answers_of_one_learner_at_once_are_one_day_and_no_review_is_lost(
    postgres: Callable[[], str],
) -> None:
    """Each of four processes gives fifty answers, one to each question. A card tells of its four answers: it is what
    the rules make of all of them in the order in which they were kept, and of no fewer.
    """
    url = postgres()
    spans = [range(n * QUESTIONS, (n + 1) * QUESTIONS) for n in range(REPLICAS)]
    processes = await writers(url, "answers", *spans, at_once=QUESTIONS)
    for process, span in zip(processes, spans, strict=True):
        said, _ = await process.communicate()
        assert (process.returncode, sorted(int(line) for line in said.split())) == (0, list(span))
    async with open_store(url, look=True) as store:
        assert sorted(await store.read(kept)) == list(range(REPLICAS * QUESTIONS))
        counted, daily, every = await store.read(days)
        assert len(counted) == 1
        assert counted == daily == every
        reviews = await store.read(reviewed)
    assert len(reviews) == QUESTIONS
    for card, rows in reviews:
        assert len(rows) == REPLICAS
        assert card in {replayed(order) for order in permutations(rows)}
        assert card not in {replayed(order) for order in permutations(rows, REPLICAS - 1)}
