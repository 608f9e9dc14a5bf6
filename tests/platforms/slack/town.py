"""A local Slack with three workspaces, and replicas of the bot that any of them may install."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import aiohttp

from bot.delivery.pace import Pace, Scope
from bot.demo.slack import LocalSlack, Workspace
from bot.platforms.slack.app import SlackBot
from bot.platforms.slack.install import STATE_SECONDS, Distribution
from bot.storage.heard import StoredHeard
from bot.storage.installations import StoredInstallations, StoredStates
from bot.storage.sealing import Seals, new_key
from bot.storage.store import Store
from bot.storage.workspaces import StoredWorkspaces
from tests.platforms.slack.conftest import mind, serving

KEY = new_key()
PUBLIC = "https://bot.example.org"


class Unhurried(Pace):
    """No turns to wait for, one a second in each channel: this Slack takes all that comes."""

    async def turn(self, *scopes: Scope) -> None:
        pass


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Page:
    """What a browser is shown: a status, a text, where it is sent; and the cookie that it keeps."""

    status: int
    text: str
    location: str
    cookie: str


@dataclass
class Replica:
    bot: SlackBot
    address: str


@dataclass
class Town:
    """The first replica hears of everything, unless a test says otherwise."""

    slack: LocalSlack
    store: Store
    web: aiohttp.ClientSession
    workspaces: list[Workspace]
    replicas: list[Replica] = field(default_factory=list)
    keys: str = KEY

    @property
    def bot(self) -> SlackBot:
        return self.replicas[0].bot

    @property
    def keeper(self) -> StoredInstallations:
        return StoredInstallations(self.store, Seals(self.keys), self.slack.oauth.client_id)

    async def get(self, path: str, *, at: int = 0, cookie: str = "") -> Page:
        """Open a page of a replica's."""
        headers = {"Cookie": cookie} if cookie else {}
        url = f"{self.replicas[at].address}{path}"
        async with self.web.get(url, headers=headers, allow_redirects=False) as answer:
            kept = "; ".join(f"{name}={morsel.value}" for name, morsel in answer.cookies.items())
            return Page(answer.status, await answer.text(), answer.headers.get("Location", ""), kept)

    async def asked(self, workspace: Workspace, do: str = "allow") -> tuple[str, str]:
        """Begin to install, and press a button on Slack's page: the path that Slack sends back to, and the cookie."""
        begun = await self.get("/slack/install")
        assert begun.status == 302
        async with self.web.get(begun.location) as shown:
            assert shown.status == 200, await shown.text()
            assert workspace.name in await shown.text()
        form = {"team": workspace.id, "do": do}
        async with self.web.post(begun.location, data=form, allow_redirects=False) as pressed:
            back = pressed.headers["Location"]
        assert back.startswith(f"{PUBLIC}/slack/oauth_redirect?")
        return back.removeprefix(PUBLIC), begun.cookie

    async def install(self, workspace: Workspace, *, at: int = 0) -> str:
        """By the pages; `at`: the replica that Slack sends back to. The token that the bot has there now."""
        path, cookie = await self.asked(workspace)
        page = await self.get(path, at=at, cookie=cookie)
        assert page.status == 200, page.text
        assert workspace.name in page.text
        await self.settled()
        return self.slack.oauth.tokens_of(workspace)[-1]

    async def settled(self) -> None:
        """Wait for what goes on in the background, such as a welcome or a rotation."""
        for replica in self.replicas:
            await asyncio.gather(*replica.bot._background._tasks, *replica.bot._rotations._tasks)

    async def say(self, workspace: Workspace, text: str = "tip") -> str:
        """Mention the bot, and read its answer."""
        outcome = await self.slack.mention(workspace.ada, workspace.careers, text, replies=1)
        return outcome.says

    @asynccontextmanager
    async def replica(self, *, heard: bool = True) -> AsyncIterator[Replica]:
        states = StoredStates(self.store, timedelta(seconds=STATE_SECONDS))
        oauth = self.slack.oauth
        given = Distribution(oauth.client_id, oauth.client_secret, PUBLIC, self.keeper, states)
        bot = SlackBot(
            mind(store=self.store), now, "", self.slack.signing_secret, self.slack.api_url, distribution=given,
            workspaces=StoredWorkspaces(self.store), heard=StoredHeard(self.store) if heard else None,
        )  # fmt: skip
        bot._wires._pace = Unhurried()
        async with serving(bot) as address:
            replica = Replica(bot, address)
            self.replicas.append(replica)
            if len(self.replicas) == 1:
                self.slack.deliver_to(f"{address}/slack/events")
            yield replica


@asynccontextmanager
async def town(store: Store, replicas: int = 1) -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(LocalSlack(event_retry_seconds=(), should_escape=True))
        slack.oauth.redirect_urls = {f"{PUBLIC}/slack/oauth_redirect"}
        web = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))
        workspaces = [slack.workspace, slack.add_workspace("Tea House"), slack.add_workspace("Print Shop")]
        here = Town(slack, store, web, workspaces)
        for _ in range(replicas):
            await stack.enter_async_context(here.replica())
        yield here
