"""Who stands on a workspace's leaderboard, and where, on both engines."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, insert

from bot.core.catalog import Catalog, Question
from bot.core.chat import Person
from bot.core.days import next_to
from bot.learning.board import Board
from bot.learning.ledger import Kind
from bot.learning.linking import Joined
from bot.learning.quiz import asked_at
from bot.storage.leaderboard import StoredLeaderboards
from bot.storage.learners import make
from bot.storage.learning import StoredLearning
from bot.storage.linking import StoredLinking
from bot.storage.store import Store
from bot.storage.tables import answers, ledger

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)  # a Wednesday
TODAY = date(2026, 11, 25)
ADA = Person("slack", "T1", "ada", "Ada")


@pytest.fixture
def boards(store: Store) -> StoredLeaderboards:
    return StoredLeaderboards(store)


@pytest.fixture
def learning(store: Store, ai_engineer: Catalog) -> StoredLearning:
    return StoredLearning(store, ai_engineer)


async def learn(store: Store, person: Person, days: int, right: int = 0, *, last: date = TODAY) -> None:
    """An answer on each of so many days up to the last; so many of them, all on the last day, right."""

    def put(tx: Connection) -> None:
        learner, known = make(tx, person, NOW)
        for n in range(days):
            day = next_to(last, n + 1 - days)
            at = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
            row = {"learner": learner, "position": known.position + n, "day": day, "kind": Kind.ANSWERED.value}
            tx.execute(
                insert(ledger), {**row, "zone": "UTC", "border": "00:00:00", "cause": "the daily quiz", "at": at}
            )
        for n in range(right):
            row = {"learner": learner, "asked": f"{last}-{n}", "question": "q", "choice": 0, "right": True}
            tx.execute(insert(answers), {**row, "at": at, "day": last, "zone": "UTC", "daily": n == 0, "took": None})

    await store.run(put)


def person(name: str, workspace: str = "T1") -> Person:
    return Person("slack", workspace, name.lower(), name)


def told(board: Board) -> list[tuple[int, str, int, int]]:
    return [(line.place, line.name, line.days, line.right) for line in board.lines]


async def test_days_count_before_right_answers_and_who_ties_shares_a_place(
    boards: StoredLeaderboards, store: Store
) -> None:
    for name, days, right in (("Ada", 3, 1), ("Bea", 2, 9), ("Cy", 3, 4), ("Dan", 2, 9), ("Eve", 1, 20)):
        await learn(store, person(name), days, right)
    board = await boards.board(ADA, "week", NOW)
    assert sorted(told(board)) == [
        (1, "Cy", 3, 4),
        (2, "Ada", 3, 1),
        (3, "Bea", 2, 9),
        (3, "Dan", 2, 9),
        (5, "Eve", 1, 20),
    ]
    assert [line.place for line in board.lines] == [1, 2, 3, 3, 5]
    assert [line.name for line in board.lines if line.mine] == ["Ada"]
    assert [line.standing.number for line in board.lines] == [3, 3, 2, 2, 1]
    assert board.own == board.lines[1]
    assert (board.first, board.listed) == (date(2026, 11, 23), True)


async def test_each_period_has_its_own_days(boards: StoredLeaderboards, store: Store) -> None:
    await learn(store, person("Ada"), 40, 5)
    await learn(store, person("Bea"), 30, 2, last=date(2026, 10, 31))
    await learn(store, person("Cy"), 1, 1, last=date(2026, 11, 29))
    await learn(store, person("Dan"), 1, 1, last=date(2026, 11, 30))
    assert told(await boards.board(ADA, "week", NOW)) == [(1, "Ada", 3, 5), (2, "Cy", 1, 1)]
    month = told(await boards.board(ADA, "month", NOW))
    assert month[0] == (1, "Ada", 25, 5)
    assert sorted(month[1:]) == [(2, "Cy", 1, 1), (2, "Dan", 1, 1)]
    assert told(await boards.board(ADA, "all", NOW))[:2] == [(1, "Ada", 40, 5), (2, "Bea", 30, 2)]
    assert (await boards.board(ADA, "all", NOW)).first is None


async def test_the_calendar_of_the_one_who_looks_decides_which_week_it_is(
    boards: StoredLeaderboards, store: Store, learning: StoredLearning
) -> None:
    sunday = datetime(2026, 11, 29, 20, tzinfo=UTC)
    await learn(store, ADA, 1)
    await learning.change(person("Bea"), lambda habits, _: replace(habits, zone="Asia/Tokyo"), NOW)
    assert len((await boards.board(ADA, "week", sunday)).lines) == 1
    board = await boards.board(person("Bea"), "week", sunday)
    assert (board.first, board.lines) == (date(2026, 11, 30), ())


async def test_a_day_that_was_kept_but_not_learned_is_none(boards: StoredLeaderboards, store: Store) -> None:
    await learn(store, ADA, 1)
    for n, kind in enumerate(Kind):
        if kind is not Kind.ANSWERED:
            await store.run(partial(_kept, kind=kind, position=10 + n))
    assert told(await boards.board(ADA, "week", NOW)) == [(1, "Ada", 1, 0)]


def _kept(tx: Connection, kind: Kind, position: int) -> None:
    learner, _ = make(tx, ADA, NOW)
    row = {"learner": learner, "position": position, "day": date(2026, 11, 23), "kind": kind.value, "zone": "UTC"}
    tx.execute(insert(ledger), {**row, "border": "00:00:00", "cause": "a test", "at": NOW - timedelta(days=2)})


async def test_ten_are_shown_and_the_one_who_looks_behind_them(boards: StoredLeaderboards, store: Store) -> None:
    for n in range(12):
        await learn(store, person(f"P{n}"), 3, 20 - n)
    last = await boards.board(person("P11"), "week", NOW)
    assert [line.name for line in last.lines] == [f"P{n}" for n in range(10)]
    assert last.own is not None
    assert (last.own.place, last.own.name, last.own.mine) == (12, "P11", True)
    await boards.show(person("P0"), NOW, listed=False)
    first = await boards.board(person("P0"), "week", NOW)
    assert [line.name for line in first.lines] == [f"P{n}" for n in range(1, 11)]
    stranger = await boards.board(person("Zoe"), "week", NOW)
    assert (len(stranger.lines), stranger.own, stranger.listed) == (10, None, True)


async def test_many_who_tie_are_still_ten_lines(boards: StoredLeaderboards, store: Store) -> None:
    for n in range(14):
        await learn(store, person(f"P{n}"), 1, 1)
    board = await boards.board(person("P3"), "week", NOW)
    assert [line.place for line in board.lines] == [1] * 10
    assert board.own is not None
    assert board.own.place == 1
    names = [line.name for line in board.lines]
    assert names == [line.name for line in (await boards.board(person("Zoe"), "week", NOW)).lines]


async def test_who_is_unlisted_is_neither_shown_nor_counted_to_others_and_sees_where_they_would_stand(
    boards: StoredLeaderboards, store: Store
) -> None:
    for name, days in (("Ada", 3), ("Bea", 2), ("Cy", 1)):
        await learn(store, person(name), days)
    for name in ("Ada", "Bea"):
        for _ in range(2):
            await boards.show(person(name), NOW, listed=False)
    for name, place in (("Ada", 1), ("Bea", 1)):
        board = await boards.board(person(name), "week", NOW)
        assert (told(board), board.listed) == ([(1, "Cy", 1, 0)], False)
        assert board.own is not None
        assert (board.own.place, board.own.name) == (place, name)
    assert told(await boards.board(person("Cy"), "week", NOW)) == [(1, "Cy", 1, 0)]
    for _ in range(2):
        await boards.show(ADA, NOW, listed=True)
    assert told(await boards.board(person("Cy"), "week", NOW)) == [(1, "Ada", 3, 0), (2, "Cy", 1, 0)]


async def test_who_hides_before_the_first_answer_is_never_shown(boards: StoredLeaderboards, store: Store) -> None:
    await boards.show(ADA, NOW, listed=True)
    await boards.show(ADA, NOW, listed=False)
    await learn(store, ADA, 1)
    assert (await boards.board(person("Bea"), "week", NOW)).lines == ()
    assert (await boards.board(ADA, "month", NOW)).listed is False


async def test_only_people_of_the_workspace_stand_on_its_board(boards: StoredLeaderboards, store: Store) -> None:
    await learn(store, ADA, 1)
    await learn(store, person("Bea", "T2"), 2)
    await learn(store, replace(person("Cy"), platform="discord"), 3)
    roaming = Person("discord", "guild", "dan", "Dan", roams=True)
    await learn(store, roaming, 1)
    await store.run(lambda tx: make(tx, replace(roaming, workspace="other", name="Daniel"), NOW)[0])
    names = {
        place: [line.name for line in (await boards.board(place, "all", NOW)).lines]
        for place in (
            ADA,
            person("Zoe", "T2"),
            roaming,
            replace(roaming, workspace="other"),
            replace(roaming, workspace="third"),
        )
    }
    assert list(names.values()) == [["Ada"], ["Bea"], ["Dan"], ["Daniel"], []]


async def test_linked_accounts_of_one_workspace_are_one_line(boards: StoredLeaderboards, store: Store) -> None:
    ada, second, bea = ADA, Person("slack", "T1", "ada-2", "Ada Two"), person("Bea")
    await learn(store, ada, 2, 3)
    await learn(store, second, 1, 2, last=date(2026, 11, 23))
    await learn(store, bea, 2, 9)
    linking = StoredLinking(store)
    await linking.offer(ada, "7KQ4-M2XD", NOW)
    assert isinstance(await linking.join(second, "7KQ4-M2XD", NOW), Joined)
    for viewer in (ada, second):
        board = await boards.board(viewer, "week", NOW)
        assert [(line.place, line.days, line.right, line.mine) for line in board.lines] == [
            (1, 3, 5, True),
            (2, 2, 9, False),
        ]
        assert board.lines[0].name in {"Ada", "Ada Two"}


async def test_the_streak_on_the_board_is_the_one_that_its_learner_sees(
    boards: StoredLeaderboards, store: Store, learning: StoredLearning, ai_engineer: Catalog
) -> None:
    await learn(store, person("Ada"), 9)
    await learn(store, person("Cy"), 1, last=date(2026, 11, 23))
    question = ai_engineer.all(Question)[0]
    for n, hours in enumerate((0, 10)):  # the second starts the 36 hours anew, in which a journey misses no day
        at = NOW + timedelta(hours=hours)
        await learning.answer(person("Bea"), asked_at(at, n), question, 0, at)
    await learning.change(person("Bea"), lambda h, _: replace(h, zone="Europe/Berlin"), NOW + timedelta(hours=12))
    later = NOW + timedelta(hours=40)
    board = await boards.board(ADA, "all", later)
    for line in board.lines:
        assert line.standing == (await learning.standing(person(line.name), later))[0]
    assert [(line.name, line.standing.number) for line in board.lines] == [("Ada", 9), ("Bea", 1), ("Cy", 0)]
