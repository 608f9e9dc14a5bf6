import gc

import pytest

from bot.core.errors import CareerbotError
from bot.operations import process


def test_no_garbage_is_looked_for_during_a_start_and_never_among_what_it_made() -> None:
    before = gc.get_freeze_count()
    try:
        with process.starting():
            assert not gc.isenabled()
            process.started()
            assert gc.isenabled()
            assert gc.get_freeze_count() > before
    finally:
        gc.unfreeze()


def test_after_a_start_that_failed_it_is_looked_for_again() -> None:
    before = gc.get_freeze_count()
    with pytest.raises(CareerbotError), process.starting():
        raise CareerbotError("no token")
    assert gc.isenabled()
    assert gc.get_freeze_count() == before


def test_who_did_not_begin_so_has_nothing_set_aside() -> None:
    before = gc.get_freeze_count()
    process.started()
    assert gc.isenabled()
    assert gc.get_freeze_count() == before
