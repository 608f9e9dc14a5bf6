"""files.*: an address to upload to, the upload, its completion; and the page's way to see or save the file.

Source: docs.slack.dev/messaging/working-with-files, "Uploading files".
"""

import re
from typing import Final

from aiohttp import web

from bot.demo.slack.as_json import PICTURES, file_json
from bot.demo.slack.core import Core
from bot.demo.slack.records import File
from bot.demo.slack.schema import Json
from bot.demo.slack.web_api import Asked, Refuse, with_faults

#: What Slack says of a user's id or a channel's name here (slackapi/bolt-js #2115).
_CHANNEL_ID: Final = r"[CGDZ][A-Z0-9]{8,}"


def get_upload_url(asked: Asked) -> Json:
    asked.only("filename", "length", "alt_txt", "snippet_type")
    name, length = asked.need("filename"), asked.need("length")
    if not length.isdigit() or length == "0":
        raise Refuse("invalid_arguments", f"length must be a number of bytes above 0, is {length!r}")
    file = File(asked.workspace.new_file_id(), name, name, int(length), asked.maybe("alt_txt") or "")
    asked.workspace.files[file.id] = file
    return {"upload_url": f"{asked.core.base_url}/upload/{asked.workspace.id}/{file.id}", "file_id": file.id}


def complete_upload(asked: Asked) -> Json:
    """Makes the files real, and shares them where a channel is named."""
    asked.only("files", "channel_id", "channels", "initial_comment", "thread_ts", "blocks")
    given = asked.parsed("files", "invalid_arguments") or []
    files = [_uploaded(asked, str(each.get("id"))) for each in given if isinstance(each, dict)]
    if not files:
        raise Refuse("invalid_arguments", "files must name at least one uploaded file")
    workspace = asked.workspace
    for file, each in zip(files, given, strict=True):
        file.title = str(each.get("title") or file.name)
        file.ready_at = workspace.clock() + workspace.files_ready_after
    if asked.maybe("channel_id"):
        _share(asked, files)
    return {"files": [file_json(file, asked.core.base_url) for file in files]}


def _share(asked: Asked, files: list[File]) -> None:
    channel = asked.need("channel_id")
    if not re.fullmatch(_CHANNEL_ID, channel):
        raise Refuse("invalid_arguments", f"input must match regex pattern: ^{_CHANNEL_ID}$ [json-pointer:/channel_id]")
    workspace, shared = asked.workspace, Asked(asked.core, asked.workspace, {"channel": channel}).joined()
    comment, names = asked.maybe("initial_comment") or "", [file.id for file in files]
    workspace.post(shared.id, workspace.bot.id, comment, thread_ts=asked.maybe("thread_ts"), files=names)


def _uploaded(asked: Asked, file_id: str) -> File:
    file = asked.workspace.files.get(file_id)
    if file is None or file.content is None:
        raise Refuse("file_not_found", f"{file_id!r} was not uploaded")
    if len(file.content) != file.length:
        reason = f"{file_id}: {file.length} bytes were announced, {len(file.content)} were sent"
        raise Refuse("file_upload_size_mismatch", reason)
    return file


class FileRoutes:
    """The upload address, and the stored file."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def upload(self, request: web.Request) -> web.StreamResponse:
        async def answer() -> web.Response:
            content = await _content(request)
            self._core.called("upload", {"file": request.match_info["file"], "length": len(content)})
            file = self._find(request)
            if file is None or file.content is not None:
                return web.Response(status=404, text="unknown or used upload address")
            file.content = content
            return web.Response(text=f"OK - {len(content)}")

        return await with_faults(self._core, "upload", request, answer)

    async def show(self, request: web.Request) -> web.Response:
        file = next(
            (w.files[f] for w in self._core.workspaces.values() if (f := request.match_info["file"]) in w.files), None
        )
        if file is None or file.content is None:
            return web.Response(status=404)
        if file.suffix in PICTURES:
            return web.Response(body=file.content, content_type=PICTURES[file.suffix])
        headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=file.content, content_type="application/octet-stream", headers=headers)

    def _find(self, request: web.Request) -> File | None:
        workspace = self._core.workspaces.get(request.match_info["team"])
        return workspace.files.get(request.match_info["file"]) if workspace else None


async def _content(request: web.Request) -> bytes:
    """The file's bytes, sent as the whole body or as the field `file` of a form."""
    if request.content_type != "multipart/form-data":
        return await request.read()
    field = (await request.post()).get("file")
    if isinstance(field, web.FileField):
        return field.file.read()
    return field if isinstance(field, bytes) else str(field or "").encode()
