"""`Add to Slack`, from the first page to the answer in each workspace; and all the ways in which it goes wrong."""

from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import delete, select, update

from bot.core.errors import StorageUnavailable
from bot.core.rate_limits import Allowance
from bot.delivery.outbox import Target
from bot.delivery.publisher import Refused
from bot.demo.slack import CutBefore, Fault, Http500, RateLimited
from bot.demo.slack import Refused as SlackRefuses
from bot.platforms.slack import install
from bot.platforms.slack.manifest import SCOPES
from bot.storage.memory import MemoryStore
from bot.storage.store import Store
from bot.storage.tables import slack_bots, slack_oauth_states, workspaces
from tests.platforms.slack.test_publisher import HELLO
from tests.platforms.slack.town import Town, now, town


@pytest.fixture
async def here() -> AsyncIterator[Town]:
    async with town(MemoryStore()) as opened:
        yield opened


async def installed(store: Store) -> list[str]:
    return await store.read(lambda tx: sorted(tx.scalars(select(slack_bots.c.team_id))))


async def test_three_workspaces_install_it_and_each_is_answered_with_its_own_token(store: Store) -> None:
    async with town(store) as here:
        for workspace in here.workspaces:
            await here.install(workspace)
        teams = [workspace.id for workspace in here.workspaces]
        assert await installed(store) == teams
        assert await store.read(lambda tx: sorted(tx.scalars(select(workspaces.c.workspace)))) == teams
        for workspace in here.workspaces:
            assert "Start a heap" in await here.say(workspace)
            command = await here.slack.slash(workspace.ada, workspace.careers, "/career", "whoami", replies=1)
            assert f"slack/{workspace.id}/{workspace.ada.id}" in command.says
            target = Target("slack", workspace.id, workspace.careers.id)
            link = await here.bot.publisher.publish(target, HELLO, f"key-{workspace.id}", look_from=None)
            assert link.startswith(f"https://{workspace.domain}.slack.example/archives/{workspace.careers.id}/")
            said = [message.text for message in here.slack.seen_by(workspace.grace.id, workspace.careers.id)]
            assert [("Hello" in text, "Start a heap" in text) for text in said[1:]] == [(False, True), (True, False)]
        assert here.slack.refusals == []


async def test_slack_is_asked_for_our_scopes_and_sends_back_to_our_address(here: Town) -> None:
    begun = await here.get("/slack/install?team=T00000002LO")
    asked = parse_qs(urlsplit(begun.location).query)
    assert asked["scope"] == [",".join(sorted(SCOPES))]
    assert asked["redirect_uri"] == ["https://bot.example.org/slack/oauth_redirect"]
    assert asked["client_id"] == [here.slack.oauth.client_id]
    assert asked["team"] == ["T00000002LO"]
    assert begun.cookie == f"slack-app-oauth-state={asked['state'][0]}"


@pytest.mark.parametrize("team", ["%0d%0aSet-Cookie:x=1", "T1%26redirect_uri=https://evil", "ü", "x" * 9_000])
async def test_what_is_no_workspace_gets_into_no_address(here: Town, team: str) -> None:
    begun = await here.get(f"/slack/install?team={team}")
    assert begun.status == 302
    assert "team" not in parse_qs(urlsplit(begun.location).query)


async def test_any_replica_may_take_what_another_began(store: Store) -> None:
    async with town(store, replicas=2) as here:
        await here.install(here.workspaces[0], at=1)
        assert "Start a heap" in await here.say(here.workspaces[0])


async def test_a_name_is_shown_as_text(here: Town) -> None:
    workspace = here.workspaces[1]
    path, cookie = await here.asked(workspace)
    workspace.name = "<script>alert(1)</script>"
    page = await here.get(path, cookie=cookie)
    assert "&lt;script&gt;" in page.text
    assert "<script>" not in page.text


# ── what does not go well ─────────────────────────────────────────────────────────────────────────────────────────────
async def refused(here: Town, path: str, cookie: str, status: int, says: str) -> None:
    """Nothing is installed, the page says what to do, and repeats nothing that it was given."""
    page = await here.get(path, cookie=cookie)
    assert (page.status, says in page.text) == (status, True), page.text
    assert 'href="/slack/install"' in page.text
    for given in parse_qs(urlsplit(path).query).values():
        assert given[0] not in page.text
    assert here.slack.oauth.client_secret not in page.text
    assert await installed(here.store) == []


async def test_who_cancels_is_told_that_nothing_was_installed(here: Town) -> None:
    path, cookie = await here.asked(here.workspaces[0], do="cancel")
    await refused(here, path, cookie, 403, "Nothing was installed")


async def test_a_state_is_good_once(here: Town) -> None:
    path, cookie = await here.asked(here.workspaces[0])
    page = await here.get(path, cookie=cookie)
    assert (page.status, page.cookie) == (200, "slack-app-oauth-state=deleted"), "what the browser kept is over"
    again = await here.get(path, cookie=cookie)
    assert (again.status, "too old" in again.text) == (400, True)
    assert len(here.slack.calls_of("oauth.v2.access")) == 1, "the code went to Slack once"


async def test_a_state_is_good_for_ten_minutes(here: Town) -> None:
    begun = now().replace(tzinfo=None)
    path, cookie = await here.asked(here.workspaces[0])
    asked = now().replace(tzinfo=None)
    column = slack_oauth_states.c.expire_at
    (until,) = await here.store.read(lambda tx: list(tx.scalars(select(column))))
    assert begun <= until - timedelta(minutes=10) <= asked
    past = now().replace(tzinfo=None)
    await here.store.run(lambda tx: tx.execute(update(slack_oauth_states).values(expire_at=past)).close())
    await refused(here, path, cookie, 400, "too old")
    await here.get("/slack/install")
    rows = await here.store.read(lambda tx: len(tx.execute(select(slack_oauth_states)).all()))
    assert rows == 1, "those that nobody came back with are gone"


async def test_a_state_belongs_to_the_browser_that_began(here: Town) -> None:
    path, cookie = await here.asked(here.workspaces[0])
    await refused(here, path, "", 400, "another browser")
    await refused(here, path, "slack-app-oauth-state=other", 400, "another browser")
    assert (await here.get(path, cookie=cookie)).status == 200, "what was refused has used nothing up"


async def test_a_forged_state_opens_nothing_even_with_its_cookie(here: Town) -> None:
    path, _ = await here.asked(here.workspaces[0])
    code = parse_qs(urlsplit(path).query)["code"][0]
    forged = f"/slack/oauth_redirect?code={code}&state=forged"
    await refused(here, forged, "slack-app-oauth-state=forged", 400, "too old")


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("", "another browser"),
        ("?error=%3Cb%3Eevil%3C/b%3E", "That did not work"),
        ("?code=stray-code", "another browser"),
        ("?state=%00%ff&code=stray-code", "That did not work"),
        ("?state=a&state=b&code=" + "c" * 5_000, "That did not work"),
    ],
)
async def test_whatever_else_comes_back_is_answered_with_a_page(here: Town, query: str, says: str) -> None:
    page = await here.get(f"/slack/oauth_redirect{query}")
    assert (page.status, says in page.text) == (400, True)
    assert "evil" not in page.text


async def test_a_code_that_slack_does_not_know_installs_nothing(here: Town) -> None:
    path, cookie = await here.asked(here.workspaces[0])
    state = parse_qs(urlsplit(path).query)["state"][0]
    await refused(here, f"/slack/oauth_redirect?code=made-up&state={state}", cookie, 400, "did not take its own code")


async def test_a_code_that_is_none_is_neither_brought_to_slack_nor_logged(
    here: Town, caplog: pytest.LogCaptureFixture
) -> None:
    path, cookie = await here.asked(here.workspaces[0])
    state = parse_qs(urlsplit(path).query)["state"][0]
    await refused(here, f"/slack/oauth_redirect?code=x%0AMADE-UP&state={state}", cookie, 400, "That did not work")
    assert "MADE-UP" not in caplog.text
    assert (await here.get(path, cookie=cookie)).status == 200, "what was refused has used nothing up"


@pytest.mark.parametrize(
    ("where", "trouble"),
    [
        ("oauth.v2.access", CutBefore()),
        ("oauth.v2.access", Http500()),
        ("oauth.v2.access", SlackRefuses("internal_error")),
        ("auth.test", RateLimited()),
    ],
    ids=repr,
)
async def test_a_slack_that_does_not_answer_is_named_as_nobody_s_fault(here: Town, where: str, trouble: Fault) -> None:
    path, cookie = await here.asked(here.workspaces[0])
    here.slack.fail(where, trouble)
    await refused(here, path, cookie, 502, "Slack did not answer")


async def test_a_whole_organisation_is_told_to_choose_a_workspace(here: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    path, cookie = await here.asked(here.workspaces[0])
    granted = here.slack.oauth._granted
    everywhere = {"team": None, "is_enterprise_install": True, "enterprise": {"id": "E1", "name": "All of it"}}
    monkeypatch.setattr(here.slack.oauth, "_granted", lambda *given: granted(*given) | everywhere)
    await refused(here, path, cookie, 400, "choose a workspace")


async def test_while_the_database_is_away_nobody_can_install_and_is_told_when(
    here: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise StorageUnavailable

    path, cookie = await here.asked(here.workspaces[0])
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(here.store, "run", away)
        meanwhile.setattr(here.store, "read", away)
        for page in (await here.get("/slack/install"), await here.get(path, cookie=cookie)):
            assert (page.status, "in a few minutes" in page.text, page.cookie) == (503, True, "")
        async with here.replica():
            assert here.replicas[-1].bot.ready.is_set(), "it starts, and looks at the keys the next time"
    assert (await here.get(path, cookie=cookie)).status == 200


async def test_who_opens_the_pages_time_and_again_has_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "_PACE", Allowance(3, timedelta(hours=1)))
    async with town(MemoryStore()) as here:
        path, cookie = await here.asked(here.workspaces[0])
        assert (await here.get("/slack/install")).status == 302
        assert (await here.get("/slack/oauth_redirect?code=x")).status == 400
        await refused(here, path, cookie, 429, "Not so fast")
        assert (await here.get(path, cookie=cookie)).cookie == "", "so that they can go on in a minute"
        await refused(here, "/slack/install", "", 429, "Not so fast")
        assert len(here.slack.calls_of("oauth.v2.access")) == 0


async def test_nobody_reads_a_secret_in_the_log(here: Town, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    token = await here.install(here.workspaces[0])
    path, cookie = await here.asked(here.workspaces[1])
    here.slack.fail("oauth.v2.access", SlackRefuses("bad_client_secret"))
    await here.get(path, cookie=cookie)
    await here.say(here.workspaces[0])
    given = [value[0] for value in parse_qs(urlsplit(path).query).values()]
    ours = "\n".join(r.getMessage() for r in caplog.records if r.name.startswith(("bot.", "slack", "careerbot")))
    assert "installed in Slack workspace" in ours
    for secret in (token, here.slack.oauth.client_secret, here.slack.signing_secret, *given):
        assert secret not in ours


# ── one workspace and another ─────────────────────────────────────────────────────────────────────────────────────────
async def test_a_workspace_that_has_not_installed_it_is_told_so_and_nothing_is_done(here: Town) -> None:
    await here.install(here.workspaces[0])
    await here.slack.quiet()  # whoever installed it has been told how to begin
    stranger = here.workspaces[1]
    told = await here.slack.slash(stranger.ada, stranger.careers, "/career", "tip", replies=1)
    assert "I am not installed in this workspace" in told.says
    before = len(here.slack.calls)
    outcome = await here.slack.mention(stranger.ada, stranger.careers, "tip")
    await here.slack.quiet()
    assert (outcome.error, len(here.slack.calls)) == ("", before)


async def test_no_channel_of_another_workspace_is_reached(here: Town) -> None:
    first, second, third = here.workspaces
    await here.install(first)
    await here.install(second)
    with pytest.raises(Refused, match="I cannot see it"):
        await here.bot.publisher.publish(Target("slack", first.id, second.careers.id), HELLO, "k1", look_from=None)
    with pytest.raises(Refused, match="not installed in the workspace") as told:
        await here.bot.publisher.publish(Target("slack", third.id, first.careers.id), HELLO, "k2", look_from=None)
    assert told.value.lasting
    for workspace in here.workspaces:
        assert workspace.messages[workspace.careers.id] == []


async def test_a_person_is_looked_up_in_their_own_workspace(here: Town) -> None:
    first, second, _ = here.workspaces
    await here.install(first)
    await here.install(second)
    assert "I cannot see" in await here.bot.channels.problem("slack", first.id, second.careers.id)
    assert await here.bot.channels.problem("slack", second.id, second.careers.id) == ""


async def test_who_installs_again_for_a_missing_right_gets_pictures_at_once(
    here: Town, caplog: pytest.LogCaptureFixture
) -> None:
    workspace, uploads = here.workspaces[0], "files.getUploadURLExternal"
    await here.install(workspace)
    here.slack.fail(uploads, SlackRefuses("missing_scope"))
    for asked in (0, 0, 1):  # what is refused is not done
        if asked:
            await here.install(workspace)
        await here.slack.slash(workspace.ada, workspace.careers, "/career", "salary", replies=1)
        await here.settled()
        assert len(here.slack.calls_of(uploads)) == asked
    assert "charts stay bars of text for 1440 minutes" in caplog.text


async def test_what_another_replica_removed_is_noticed_at_the_next_call(here: Town) -> None:
    await here.install(here.workspaces[0])
    assert "Start a heap" in await here.say(here.workspaces[0])
    await here.store.run(lambda tx: tx.execute(delete(slack_bots)).close())
    here.slack.oauth.revoke(here.workspaces[0])
    target = Target("slack", here.workspaces[0].id, here.workspaces[0].careers.id)
    with pytest.raises(Refused, match="not installed") as told:
        await here.bot.publisher.publish(target, HELLO, "k", look_from=None)
    assert told.value.lasting
    assert here.workspaces[0].messages[here.workspaces[0].careers.id][-1].text.startswith("Start a heap")
