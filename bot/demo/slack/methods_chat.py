"""chat.*: post, tell one person, change, delete."""

from typing import Any

from bot.demo.slack.as_json import message_json
from bot.demo.slack.payloads import check_message
from bot.demo.slack.records import Channel, Message
from bot.demo.slack.schema import Json
from bot.demo.slack.web_api import Asked, Refuse

_CONTENT = ("channel", "text", "blocks", "attachments")
_LOOKS = ("as_user", "mrkdwn", "parse", "link_names", "unfurl_links", "unfurl_media")


def post_message(asked: Asked) -> Json:
    asked.only(*_CONTENT, *_LOOKS, "thread_ts", "metadata", "reply_broadcast")
    channel = _destination(asked)
    content = _content(asked)
    thread_ts = _thread(asked, channel)
    message = asked.workspace.post(
        channel.id,
        asked.workspace.bot.id,
        content["text"],
        content["blocks"],
        thread_ts=thread_ts,
        metadata=content["metadata"],
    )
    return _posted(asked, message)


def post_ephemeral(asked: Asked) -> Json:
    """One person sees it, if they are in the channel. It cannot be changed later, only through a response_url."""
    asked.only(*_CONTENT, *_LOOKS, "user", "thread_ts")
    channel = asked.joined()
    user = asked.need("user")
    if user not in asked.workspace.users:
        raise Refuse("user_not_found", f"no user {user!r}")
    if user not in channel.members:
        raise Refuse("user_not_in_channel", f"{user} is not in {channel.id}")
    content = _content(asked)
    thread_ts = _thread(asked, channel)
    bot = asked.workspace.bot.id
    message = asked.workspace.post(
        channel.id, bot, content["text"], content["blocks"], thread_ts=thread_ts, only_for=user
    )
    return {"message_ts": message.ts}


def update(asked: Asked) -> Json:
    """Text, blocks and metadata that are left out stay; an empty list or object takes them away."""
    asked.only(*_CONTENT, *_LOOKS, "ts", "metadata", "reply_broadcast")
    message = _own(asked, "cant_update_message")
    given = asked.arguments
    text = message.text if given.get("text") is None else str(given["text"])
    blocks = asked.parsed("blocks", "invalid_blocks_format")
    metadata = asked.parsed("metadata", "invalid_metadata_format")
    content: Json = {
        "text": text,
        "blocks": message.blocks if given.get("blocks") is None else (blocks or []),
        "metadata": message.metadata if given.get("metadata") is None else metadata,
        "attachments": asked.parsed("attachments", "invalid_attachments"),
    }
    _hold(asked, content)
    asked.workspace.change(message, text, content["blocks"], content["metadata"] or None)
    return {**_posted(asked, message), "text": text}


def delete(asked: Asked) -> Json:
    asked.only("channel", "ts", "as_user")
    message = _own(asked, "cant_delete_message")
    asked.workspace.remove(message)
    return {"channel": message.channel, "ts": message.ts}


def _destination(asked: Asked) -> Channel:
    """A channel, or a person: then it is their direct messages with the bot."""
    channel = asked.workspace.dm_of(str(asked.arguments.get("channel"))) or asked.joined()
    if channel.archived:
        raise Refuse("is_archived", f"#{channel.name} is archived")
    return channel


def _content(asked: Asked) -> Json:
    content: Json = {
        "text": str(asked.arguments.get("text") or ""),
        "blocks": asked.parsed("blocks", "invalid_blocks_format") or [],
        "metadata": asked.parsed("metadata", "invalid_metadata_format"),
        "attachments": asked.parsed("attachments", "invalid_attachments"),
    }
    _hold(asked, content)
    return content


def _hold(asked: Asked, content: Json) -> None:
    """Hold it against the limits."""
    problems = check_message(content, asked.workspace.has_file)
    if any(problem.pointer.startswith("/metadata") for problem in problems):
        raise Refuse.because(problems, "invalid_metadata_format", None)
    if problems:
        blocks: Any = content["blocks"]
        raise Refuse.because(problems, "invalid_blocks", blocks)


def _thread(asked: Asked, channel: Channel) -> str | None:
    thread_ts = asked.maybe("thread_ts")
    if thread_ts is not None and asked.workspace.find(channel.id, thread_ts) is None:
        raise Refuse("thread_not_found", f"no message {thread_ts!r} in {channel.id}")
    return thread_ts


def _own(asked: Asked, otherwise: str) -> Message:
    """The app's own message at `channel` and `ts`. An ephemeral one cannot be found (chat.update, chat.delete)."""
    channel = asked.channel()
    message = asked.workspace.find(channel.id, asked.need("ts"))
    if message is None:
        raise Refuse("message_not_found", f"no message {asked.arguments['ts']!r} in {channel.id}")
    if message.ephemeral:
        raise Refuse("message_not_found", "the message is ephemeral: change it through a response_url")
    if message.user != asked.workspace.bot.id:
        raise Refuse(otherwise, "the message is not the app's own")
    return message


def _posted(asked: Asked, message: Message) -> Json:
    said = message_json(asked.workspace, message, base_url=asked.core.base_url)
    return {"channel": message.channel, "ts": message.ts, "message": said}
