"""Records as the JSON that Slack sends: in payloads, in events, in the Web API's answers."""

from collections.abc import Mapping
from typing import Any, Final

from bot.demo.slack.records import Channel, File, Message, View
from bot.demo.slack.schema import Json
from bot.demo.slack.workspace import Workspace

#: The pictures that Slack shows in a message, by the ending of their name.
PICTURES: Final[Mapping[str, str]] = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
}


def message_json(workspace: Workspace, message: Message, *, metadata: bool = True, base_url: str = "") -> Json:
    """A message, without a `channel`, as conversations.history and block_actions show it."""
    said: Json = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text, "team": workspace.id}
    if message.user == workspace.bot.id:
        said |= {"bot_id": workspace.bot_id, "app_id": workspace.app_id}
        said["bot_profile"] = {
            "id": workspace.bot_id,
            "app_id": workspace.app_id,
            "name": workspace.bot.name,
            "deleted": False,
            "team_id": workspace.id,
        }
    else:
        said["client_msg_id"] = f"local-{message.ts}"
    if message.blocks:
        said["blocks"] = message.blocks
    if message.thread_ts:
        said["thread_ts"] = message.thread_ts
        parent = workspace.find(message.channel, message.thread_ts)
        if parent is not None and parent is not message:
            said["parent_user_id"] = parent.user
    if message.edited:
        said["edited"] = {"user": message.user, "ts": message.edited}
    if message.metadata and metadata:
        said["metadata"] = message.metadata
    if message.files:
        said["files"] = [file_json(workspace.files[file], base_url) for file in message.files]
    return said


def channel_json(workspace: Workspace, channel: Channel) -> Json:
    if channel.is_im:
        return {
            "id": channel.id,
            "created": 1_700_000_000,
            "is_im": True,
            "user": channel.person,
            "is_org_shared": False,
        }
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "created": 1_700_000_000,
        "creator": workspace.ada.id,
        "is_channel": True,
        "is_group": False,
        "is_im": False,
        "is_mpim": False,
        "is_private": False,
        "is_archived": channel.archived,
        "is_general": channel is workspace.general,
        "is_shared": False,
        "is_member": workspace.bot.id in channel.members,
        "num_members": len(channel.members),
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "context_team_id": workspace.id,
    }


def view_json(workspace: Workspace, view: View) -> Json:
    """A view with every key that Slack fills in, `state.values` included."""
    body = view.body
    filled: dict[str, Any] = {
        "id": view.id,
        "team_id": workspace.id,
        "type": view.kind,
        "blocks": view.blocks,
        "private_metadata": body.get("private_metadata", ""),
        "callback_id": body.get("callback_id", ""),
        "external_id": body.get("external_id", ""),
        "state": {"values": view.state},
        "hash": view.hash,
        "title": body.get("title"),
        "close": body.get("close"),
        "submit": body.get("submit"),
        "clear_on_close": body.get("clear_on_close", False),
        "notify_on_close": body.get("notify_on_close", False),
        "previous_view_id": view.previous,
        "root_view_id": view.root,
        "app_id": workspace.app_id,
        "app_installed_team_id": workspace.id,
        "bot_id": workspace.bot_id,
    }
    return filled


def file_json(file: File, base_url: str) -> Json:
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title,
        "filetype": file.suffix,
        "mimetype": PICTURES.get(file.suffix, "application/octet-stream"),
        "size": file.length,
        "alt_txt": file.alt,
        "url_private": f"{base_url}/files/{file.id}/{file.name}",
        "permalink": f"{base_url}/files/{file.id}/{file.name}",
    }
