"""The third adapter: a Reply in a terminal, or as data. It proves that the core is neutral."""

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text as Line

from bot.core.chat import (
    Call,
    Choice,
    Choices,
    Fields,
    File,
    Items,
    Menu,
    Part,
    Person,
    RangeChart,
    Reply,
    Request,
    Text,
)
from bot.core.dispatch import Dispatcher
from bot.core.markup import blocks, plain
from bot.core.words import size
from bot.platforms import chart

_PERSON = Person("console", "", "you", "you")


def render(reply: Reply) -> tuple[RenderableType, tuple[Choice, ...]]:
    """What to print, and the choices in the order of the numbers that they are printed under."""
    body: list[RenderableType] = []
    choices: list[Choice] = []
    for part in reply.parts:
        if isinstance(part, Choices):
            body += [_menu(part.choices, choices), ""]
        else:
            body += [_part(part), ""]
    if reply.source:
        body.append(Line(reply.source, style="dim"))
    panel = Panel(Group(*body), title=Line(reply.title, style="bold"), title_align="left", border_style="blue")
    return Group(panel, _menu(reply.choices, choices)), tuple(choices)


def as_data(reply: Reply) -> dict[str, Any]:
    """The reply as plain data: title, text, fields, files, choices, source, private. Text is without markup."""
    fields = [{"name": name, "value": plain(value)} for part in reply.parts for name, value in _fields(part)]
    return {
        "title": reply.title,
        "text": "\n\n".join(told for told in map(_told, reply.parts) if told),
        "fields": fields,
        "files": [_file(part) for part in reply.parts if isinstance(part, File)],
        "choices": [_choice(entry) for entry in reply.offered if not isinstance(entry, Menu) or entry.options],
        "source": reply.source,
        "private": reply.private,
    }


def to_json(reply: Reply) -> str:
    return json.dumps(as_data(reply), ensure_ascii=False, indent=2)


def show(console: Console, reply: Reply) -> tuple[Choice, ...]:
    """Print a reply, and return what can be chosen by number."""
    rendered, choices = render(reply)
    console.print(rendered)
    return choices


def _part(part: Text | Fields | Items | File | RangeChart) -> RenderableType:
    match part:
        case Text(text):
            return _styled(text)
        case Fields(fields):
            table = Table.grid(padding=(0, 2))
            for name, value in fields:
                table.add_row(Line(name, style="bold"), _styled(value))
            return table
        case Items(items, numbered):
            table = Table.grid(padding=(0, 1))
            for number, item in enumerate(items, 1):
                said = Line(item.title, style="bold").append("\n").append_text(_styled(item.text))
                table.add_row(f"{number}." if numbered else "•", said)
            return table
        case File():
            head = Line(part.name, style="bold").append(f"  {size(len(part.content))}", style="dim")
            return head.append("\n").append_text(_styled(part.about))
        case RangeChart():
            return Group(Line(part.title, style="bold"), Line(chart.bars(part), style="cyan"))


def _styled(text: str) -> Line:
    """Reply markup as styled terminal text; control characters cannot reach the terminal, as `quote` took them out."""
    line = Line()
    for number, block in enumerate(blocks(text)):
        line.append("\n" if number and block.bullet else "\n\n" if number else "")
        line.append("• " if block.bullet else "")
        for span in block.spans:
            style = " ".join(
                name for name, on in (("bold", span.bold), ("italic", span.italic), ("cyan", span.code)) if on
            )
            line.append(span.text, style=f"{style} link {span.url}".strip() if span.url else style)
    return line


def _menu(offered: tuple[Choice | Menu, ...], numbered: list[Choice]) -> Line:
    """What can be chosen, each with a number: its place in `numbered`, to which it is added, from 1."""
    line = Line()
    for entry in offered:
        options = entry.options if isinstance(entry, Menu) else (entry,)
        if isinstance(entry, Menu) and options:
            line.append(f"\n{entry.placeholder} ", style="dim")
        for option in options:
            numbered.append(option)
            line.append(f" {len(numbered)} ", style="reverse").append(f" {option.label}  ")
    return line


def _fields(part: Part) -> tuple[tuple[str, str], ...]:
    return part.fields if isinstance(part, Fields) else ()


def _told(part: Part) -> str:
    match part:
        case Text(text):
            return plain(text)
        case Items(items, numbered):
            marks = (f"{number}." if numbered else "•" for number in range(1, len(items) + 1))
            return "\n".join(
                f"{mark} {item.title}: {plain(item.text)}" for mark, item in zip(marks, items, strict=True)
            )
        case RangeChart():
            return chart.told(part)
        case File():
            return f"{part.name}: {plain(part.about)}"
        case Fields() | Choices():
            return ""


def _file(part: File) -> dict[str, str]:
    """`content` is the file's text; of a file that is no UTF-8, its bytes in base64."""
    try:
        content = part.content.decode()
    except UnicodeDecodeError:
        content = base64.b64encode(part.content).decode()
    return {"name": part.name, "media_type": part.media_type, "about": plain(part.about), "content": content}


def _choice(entry: Choice | Menu) -> dict[str, Any]:
    if isinstance(entry, Menu):
        return {"menu": entry.placeholder, "options": [_choice(option) for option in entry.options]}
    return {"label": entry.label, "call": _typed(entry.call)}


def _typed(call: Call) -> str:
    """A call as a person would type it; what is still to be filled in stands in capitals."""
    words = [call.command, *(f"{name}={value}" for name, value in call.arguments)]
    return " ".join([*words, call.fill.upper()] if call.fill else words)


class Conversation:
    """One person talking with the bot in a terminal."""

    def __init__(self, dispatcher: Dispatcher, clock: Callable[[], datetime]) -> None:
        self._dispatcher = dispatcher
        self._clock = clock
        self._console = Console(highlight=False)

    async def say_once(self, text: str, *, as_json: bool) -> None:
        """Ask one thing and print the answer, as a panel or as data."""
        reply = await self._answer(text)
        if as_json:
            self._console.out(to_json(reply), highlight=False)
        else:
            show(self._console, reply)

    async def converse(self) -> None:
        """Ask and answer until the person leaves. A number picks a choice of the last answer."""
        choices = show(self._console, await self._answer(""))
        while True:
            try:
                said = (
                    await asyncio.to_thread(self._console.input, "\n[dim]Say something, or a number; q leaves[/] › ")
                ).strip()
            except (EOFError, KeyboardInterrupt):
                return
            if said.casefold() in {"q", "quit", "exit", "bye"}:
                return
            chosen = choices[int(said) - 1].call if said.isdecimal() and 0 < int(said) <= len(choices) else None
            choices = show(self._console, await self._answer(await self._filled(chosen) if chosen else said))

    async def _filled(self, call: Call) -> Call:
        """Ask for what the call still needs, as another platform's form would."""
        if call.fill is None:
            return call
        form = self._dispatcher.form(call)
        value = await asyncio.to_thread(self._console.input, f"{escape(form.label)} › ")
        return replace(call, fill=None, arguments=(*call.arguments, (call.fill, value)))

    async def _answer(self, said: str | Call) -> Reply:
        return await self._dispatcher.answer(Request(_PERSON, said, self._clock(), manages=True))
