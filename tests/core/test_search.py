import asyncio
import logging
import threading

import pytest

from bot.core import search
from bot.core.catalog import Catalog


async def test_the_index_is_made_beside_the_event_loop_and_once(
    ai_engineer: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[threading.Thread] = []
    monkeypatch.setattr(search, "_Index", lambda _catalog: made.append(threading.current_thread()))
    asked = search.Search(ai_engineer)
    await asked.ready()
    await asked.ready()
    assert [thread is threading.main_thread() for thread in made] == [False]


async def test_a_crowd_of_first_questions_makes_one_index_and_holds_up_nothing_else(
    ai_engineer: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, may = list[Catalog](), threading.Event()

    def make(catalog: Catalog) -> None:
        made.append(catalog)
        may.wait()

    monkeypatch.setattr(search, "_Index", make)
    asked = search.Search(ai_engineer)
    waiting = [asyncio.ensure_future(asked.ready()) for _ in range(100)]
    await asyncio.sleep(0)  # they have all begun
    try:
        async with asyncio.timeout(10):
            assert await asyncio.to_thread(lambda: "at once") == "at once"
        assert not any(each.done() for each in waiting)
    finally:
        may.set()
    await asyncio.gather(*waiting)
    assert made == [ai_engineer]


def test_the_search_library_does_not_speak_into_the_log(ai_engineer: Catalog, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    assert search.Search(ai_engineer).find("how much does a junior earn?").answer
    assert not [record for record in caplog.records if record.name == "bm25s"]
