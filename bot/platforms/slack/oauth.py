"""slack_bolt's steps of an installation, where we want them otherwise: what is refused, and whose fault that is."""

import logging
from collections.abc import Awaitable
from typing import Final, cast

from slack_bolt.error import BoltError
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.platforms.slack.wire import Refused, error_of

#: Slack's word for a code that is no good (docs.slack.dev/reference/methods/oauth.v2.access, "Errors"), and two that
#: would say the same. Whatever else it says is nothing that the person could mend.
_BAD_CODE: Final = frozenset({"code_already_used", "code_expired", "invalid_code"})


class Refusal(BoltError):
    """An installation that we do not take; `str()` is a key of the troubles."""


class _Asked:
    """What slack_bolt asks of Slack. It would take each refusal for the person's fault: others are Refused here."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def oauth_v2_access(self, **given: str) -> AsyncSlackResponse:
        return await self._plainly(self._client.oauth_v2_access(**given))

    async def auth_test(self, **given: str) -> AsyncSlackResponse:
        return await self._plainly(self._client.auth_test(**given))

    async def _plainly(self, call: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
        try:
            return await call
        except SlackApiError as error:
            word = error_of(error.response)
            if word in _BAD_CODE:
                raise
            raise Refused("to be installed", word) from None


class Flow(AsyncOAuthFlow):
    """What goes wrong in it is raised as Refused, or told to the callback as a `Refusal`."""

    def __init__(self, client: AsyncWebClient, settings: AsyncOAuthSettings, logger: logging.Logger) -> None:
        super().__init__(client=cast("AsyncWebClient", _Asked(client)), settings=settings, logger=logger)

    async def store_installation(self, request: AsyncBoltRequest, installation: Installation) -> None:
        if installation.is_enterprise_install or not installation.team_id or not installation.bot_token:
            raise Refusal("whole_organisation")
        await super().store_installation(request, installation)
