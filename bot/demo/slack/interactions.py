"""The payloads that Slack sends when a person does something.

Source: docs.slack.dev/reference/interaction-payloads, /interactivity/implementing-slash-commands.
"""

from bot.demo.slack.as_json import channel_json, message_json, view_json
from bot.demo.slack.core import Core
from bot.demo.slack.records import Channel, Message, User, View
from bot.demo.slack.schema import Json
from bot.demo.slack.workspace import Workspace


class Payloads:
    """Makes payloads of one workspace, handing out their trigger_ids and response_urls."""

    def __init__(self, core: Core, workspace: Workspace) -> None:
        self._core = core
        self._workspace = workspace

    def slash(self, person: User, channel: Channel, command: str, text: str) -> Json:
        workspace = self._workspace
        return {
            "token": self._core.verification_token,
            "team_id": workspace.id,
            "team_domain": workspace.domain,
            "channel_id": channel.id,
            "channel_name": "directmessage" if channel.is_im else channel.name,
            "user_id": person.id,
            "user_name": person.name,
            "command": command,
            "text": text,
            "api_app_id": workspace.app_id,
            "is_enterprise_install": "false",
            "response_url": self._response_url(channel.id, person.id),
            "trigger_id": workspace.new_trigger(person.id).id,
        }

    def message_action(self, person: User, message: Message, action: Json) -> Json:
        """block_actions from a message. An ephemeral one is not repeated in it: Slack does not keep it."""
        workspace = self._workspace
        channel = workspace.channels[message.channel]
        container = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": message.ephemeral,
        }
        payload = self._interaction("block_actions", person) | {
            "container": container,
            "channel": self._named(channel),
            "state": {"values": message.state},
            "response_url": self._response_url(channel.id, person.id, message.ts, message.thread_ts),
            "actions": [action],
        }
        if message.thread_ts:
            container["thread_ts"] = message.thread_ts
        if not message.ephemeral:
            payload["message"] = message_json(workspace, message, base_url=self._core.base_url)
        return payload

    def view_action(self, person: User, view: View, action: Json) -> Json:
        """block_actions from a modal or App Home: no message, no channel, no response_url."""
        return self._interaction("block_actions", person, view) | {
            "container": {"type": "view", "view_id": view.id},
            "view": view_json(self._workspace, view),
            "state": {"values": view.state},
            "actions": [action],
        }

    def view_submission(self, person: User, view: View) -> Json:
        shown = view_json(self._workspace, view)
        return self._interaction("view_submission", person, view) | {"view": shown, "response_urls": []}

    def view_closed(self, person: User, view: View, *, is_cleared: bool) -> Json:
        payload = self._interaction("view_closed", person, view)
        del payload["trigger_id"]
        return payload | {"view": view_json(self._workspace, view), "is_cleared": is_cleared}

    def shortcut(self, person: User, callback_id: str) -> Json:
        payload = self._interaction("shortcut", person)
        return payload | {"callback_id": callback_id, "action_ts": self._workspace.new_ts()}

    def message_shortcut(self, person: User, message: Message, callback_id: str) -> Json:
        workspace = self._workspace
        return self._interaction("message_action", person) | {
            "callback_id": callback_id,
            "action_ts": workspace.new_ts(),
            "message_ts": message.ts,
            "channel": self._named(workspace.channels[message.channel]),
            "response_url": self._response_url(message.channel, person.id, None, message.thread_ts),
            "message": message_json(workspace, message, base_url=self._core.base_url),
        }

    def event(self, event: Json) -> Json:
        """The envelope of the Events API around one event."""
        workspace = self._workspace
        authorization = {
            "enterprise_id": None,
            "team_id": workspace.id,
            "user_id": workspace.bot.id,
            "is_bot": True,
            "is_enterprise_install": False,
        }
        return {
            "token": self._core.verification_token,
            "team_id": workspace.id,
            "context_team_id": workspace.id,
            "context_enterprise_id": None,
            "api_app_id": workspace.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": workspace.new_id("Ev"),
            "event_time": int(workspace.clock().timestamp()),
            "authorizations": [authorization],
            "is_ext_shared_channel": False,
            "event_context": workspace.new_id("4-"),
        }

    def _interaction(self, kind: str, person: User, view: View | None = None) -> Json:
        workspace = self._workspace
        return {
            "type": kind,
            "user": {
                "id": person.id,
                "username": person.name,
                "name": person.name,
                "team_id": workspace.id,
            },
            "api_app_id": workspace.app_id,
            "token": self._core.verification_token,
            "team": {"id": workspace.id, "domain": workspace.domain},
            "enterprise": None,
            "is_enterprise_install": False,
            "trigger_id": workspace.new_trigger(person.id, view.id if view and view.kind == "modal" else None).id,
        }

    def _named(self, channel: Channel) -> Json:
        name = "directmessage" if channel.is_im else str(channel_json(self._workspace, channel)["name"])
        return {"id": channel.id, "name": name}

    def _response_url(self, channel: str, user: str, source: str | None = None, thread_ts: str | None = None) -> str:
        ticket = self._workspace.new_response_url(channel, user, source, thread_ts)
        return f"{self._core.base_url}/hooks/{self._workspace.id}/{ticket.token}"
