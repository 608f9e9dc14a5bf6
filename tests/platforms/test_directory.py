"""Who manages a workspace, when several may say so."""

from bot.core.chat import Person, Request
from bot.platforms.profiles import Directory
from tests.conftest import NOW


def asked(user: str, workspace: str = "T1", *, manages: bool | None = None) -> Request:
    return Request(Person("slack", workspace, user), "digest", NOW, manages=manages)


async def test_those_of_the_setting_manage_their_own_workspace_and_no_other() -> None:
    directory = Directory([("slack", "T1", "U2")])
    assert await directory.manages(asked("U2", manages=False))
    assert not await directory.manages(asked("U2", "T2", manages=False))
    assert not await directory.manages(asked("U3", manages=False))


async def test_where_nobody_knows_nobody_manages() -> None:
    assert not await Directory().manages(asked("U2"))
    assert await Directory().manages(asked("U2", manages=True))


async def test_of_a_platform_that_added_nothing_no_channel_is_known() -> None:
    assert await Directory().name("slack", "T1", "C1") == ""
    assert await Directory().problem("slack", "T1", "C1") == ""
