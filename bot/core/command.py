"""`@command`: one function becomes one command on every platform.

The function's name is the command's, its docstring's first line the summary. A parameter annotated with `Annotated[T,
"help"]` is the person's to give; any other is a thing that the function needs (`Request`, `Catalog`, ...) and is handed
by its type. What is wrong in a definition fails when its module is imported.
"""

import importlib
import inspect
import pkgutil
import re
import types
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from bot.core.catalog import Catalog
from bot.core.chat import Call, Reply
from bot.core.errors import DefinitionError, Mistake
from bot.core.parameters import MAX_TEXT, Kind, Option, World, kind_of, without_ids

#: Discord's rule for a slash command's name and its options' names, held on every platform.
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
#: Discord's limit for the description of a command and of an option.
_MAX_SUMMARY = 100


class Group(Enum):
    """Where `help` lists a command, in this order."""

    ANSWERS = "Answers"
    LEARNING = "Learning"
    BOT = "This bot"


@dataclass(frozen=True, slots=True)
class Hidden:
    """Put beside a parameter's help: only a button gives it; nobody types it and no help shows it."""


#: Whether a call with these values, by parameter, is costly.
Costly = Callable[[Mapping[str, Any]], bool]


def _never(given: Mapping[str, Any]) -> bool:
    del given
    return False


#: What may be meant by the words so far, given the other arguments as typed, at a moment; best first.
Suggest = Callable[[str, Mapping[str, str], datetime], Iterable[Option]]


@dataclass(frozen=True, slots=True)
class Suggested:
    """Put beside a free parameter's help: what a platform that completes while typing shows for it."""

    by: Suggest


#: What a form asks and shows as an example, given the other arguments as typed; None for the parameter's own help.
Ask = Callable[[Mapping[str, str]], tuple[str, str] | None]


@dataclass(frozen=True, slots=True)
class Asked:
    """Put beside the help of a parameter that means one thing or another: what its form asks."""

    by: Ask


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    help: str
    kind: Kind
    required: bool
    hidden: bool
    suggest: Suggest | None = None
    ask: Ask | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """The one question that a platform asks before a call whose `fill` names a parameter. It must be answered."""

    title: str
    label: str
    placeholder: str
    max_length: int = MAX_TEXT


@dataclass(frozen=True, slots=True)
class Command:
    """A command as every platform sees it.

    examples: arguments as typed after the name; each one runs (a test does).
    when_silent: this one answers when nothing was said; when_lost: this one reads what names no command;
    when_home: this one is a person's own page, where a platform has one; when_met: this one is said, once, to who comes
    for the first time.
    costly: whether a call with these values costs more than others or speaks to others, and so may be made less often.
    for_managers: nobody else has a use for it; a platform that can hide it from others does. It checks for itself.
    """

    name: str
    summary: str
    parameters: tuple[Parameter, ...]
    examples: tuple[str, ...]
    aliases: tuple[str, ...]
    group: Group
    when_silent: bool
    when_lost: bool
    when_home: bool
    when_met: bool
    handler: Callable[..., Awaitable[Reply]]
    needs: Mapping[str, type]
    costly: Costly
    for_managers: bool

    def lasts(self, call: Call, world: World) -> bool:
        """Whether it has one reply to this call for everybody, and few such calls: it asks for nothing but the pack and
        the registry, and all that is given is chosen from what there is."""
        if self.costly is not _never or not {Catalog, Registry, World}.issuperset(self.needs.values()):
            return False
        closed = {parameter.name for parameter in self.parameters if parameter.kind.options(world)}
        return closed.issuperset(name for name, _ in call.arguments)

    @property
    def visible(self) -> tuple[Parameter, ...]:
        """The parameters that a person types."""
        return tuple(p for p in self.parameters if not p.hidden)

    @property
    def usage(self) -> str:
        """`salary [level] [region] [offer]`: brackets where it may be left out."""
        return " ".join([self.name, *(p.name.upper() if p.required else f"[{p.name}]" for p in self.visible)])

    @property
    def shown_examples(self) -> tuple[str, ...]:
        """The examples as people type them: `@ada` where a platform makes a mention of it."""
        return tuple(map(without_ids, self.examples))

    def parameter(self, name: str) -> Parameter | None:
        return next((p for p in self.parameters if p.name == name), None)


def command(
    *,
    examples: Iterable[str],
    aliases: Iterable[str] = (),
    group: Group = Group.ANSWERS,
    when_silent: bool = False,
    when_lost: bool = False,
    when_home: bool = False,
    when_met: bool = False,
    costly: Costly = _never,
    for_managers: bool = False,
) -> Callable[[Callable[..., Awaitable[Reply]]], Command]:
    """Make a command of an async function. Raises DefinitionError for what no platform could show."""

    def define(handler: Callable[..., Awaitable[Reply]]) -> Command:
        where = f"{handler.__module__}.{handler.__name__}"
        name = handler.__name__.strip("_")
        summary = (inspect.getdoc(handler) or "").partition("\n")[0]
        if not inspect.iscoroutinefunction(handler):
            raise DefinitionError(f"{where}: a command is an `async def`.")
        if not _NAME.fullmatch(name):
            raise DefinitionError(f"{where}: a command's name is 1 to 32 lower-case letters, digits or underscores.")
        if not 0 < len(summary) <= _MAX_SUMMARY:
            raise DefinitionError(
                f"{where}: the docstring's first line is the summary, 1 to {_MAX_SUMMARY} characters."
            )
        if not (shown := tuple(examples)):
            raise DefinitionError(f"{where}: give at least one example.")
        parameters, needs = _signature(handler, where)
        return Command(
            name,
            summary,
            parameters,
            shown,
            tuple(aliases),
            group,
            when_silent=when_silent,
            when_lost=when_lost,
            when_home=when_home,
            when_met=when_met,
            handler=handler,
            needs=needs,
            costly=costly,
            for_managers=for_managers,
        )

    return define


def _signature(handler: Callable[..., Any], where: str) -> tuple[tuple[Parameter, ...], Mapping[str, type]]:
    hints = get_type_hints(handler, include_extras=True)
    parameters: list[Parameter] = []
    needs: dict[str, type] = {}
    for name, declared in inspect.signature(handler).parameters.items():
        if name not in hints:
            raise DefinitionError(f"{where}: the parameter {name!r} has no type.")
        if get_origin(hints[name]) is not Annotated:
            needs[name] = hints[name]
            continue
        annotation, help_text, *marks = get_args(hints[name])
        here = f"{where}({name})"
        if not isinstance(help_text, str) or not 0 < len(help_text) <= _MAX_SUMMARY:
            raise DefinitionError(f'{here}: write Annotated[type, "help"], the help 1 to {_MAX_SUMMARY} characters.')
        if not _NAME.fullmatch(name):
            raise DefinitionError(f"{here}: a parameter's name is 1 to 32 lower-case letters, digits or underscores.")
        required = declared.default is inspect.Parameter.empty
        hidden = any(isinstance(mark, Hidden) for mark in marks)
        if hidden and required:
            raise DefinitionError(f"{here}: a hidden parameter needs a default, as nobody can type it.")
        kind = kind_of(_without_none(annotation), here)
        suggest = next((mark.by for mark in marks if isinstance(mark, Suggested)), None)
        ask = next((mark.by for mark in marks if isinstance(mark, Asked)), None)
        parameters.append(Parameter(name, help_text, kind, required, hidden, suggest, ask))
    if hints.get("return") is not Reply:
        raise DefinitionError(f"{where}: a command returns a Reply.")
    # Discord refuses an option that must be given after one that may be left out.
    return tuple(sorted(parameters, key=lambda p: not p.required)), types.MappingProxyType(needs)


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) in {Union, types.UnionType}:
        return Union[tuple(a for a in get_args(annotation) if a is not type(None))]  # noqa: UP007 # made at run time
    return annotation


class Registry:
    """Every command, by name. Raises DefinitionError for two of one name."""

    def __init__(self, commands: Iterable[Command]) -> None:
        order = list(Group)
        self.commands = tuple(sorted(commands, key=lambda c: (order.index(c.group), c.name)))
        self._by_name: dict[str, Command] = {}
        for found in self.commands:
            for name in (found.name, *found.aliases):
                if name in self._by_name:
                    raise DefinitionError(f"two commands are called {name!r}: see {found.handler.__module__}.")
                self._by_name[name] = found
        self.when_silent = next((c for c in self.commands if c.when_silent), None)
        self.when_lost = next((c for c in self.commands if c.when_lost), None)
        self.when_home = next((c for c in self.commands if c.when_home), None)
        self.when_met = next((c for c in self.commands if c.when_met), None)

    @classmethod
    def discover(cls, package: types.ModuleType) -> "Registry":
        """Import every module of the package and take each command found. A feature registers by being there."""
        modules = (
            importlib.import_module(f"{package.__name__}.{info.name}")
            for info in pkgutil.iter_modules(package.__path__)
        )
        return cls(value for module in modules for value in vars(module).values() if isinstance(value, Command))

    def __iter__(self) -> Iterator[Command]:
        return iter(self.commands)

    def find(self, name: str) -> Command | None:
        """The command of that name or alias, in any case."""
        return self._by_name.get(name.casefold())

    def form(self, call: Call, world: World) -> Form:
        """What to ask before this call. Raises Mistake for a call that no longer fits its command."""
        found = self.find(call.command)
        parameter = found.parameter(call.fill) if found and call.fill else None
        if found is None or parameter is None:
            raise Mistake("That button is from an older version of me. Please ask again.")
        options = parameter.kind.options(world)
        shown = ", ".join(option.label for option in options) or parameter.kind.example or found.shown_examples[0]
        label, example = (parameter.ask and parameter.ask(dict(call.arguments))) or (parameter.help, shown)
        return Form(found.name.capitalize(), label, example)
