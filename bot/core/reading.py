"""From what a person typed to a call, and from a call to a command's arguments.

Forgiving on purpose: any order, any case, synonyms, `name=value` or not, little words between. What is left over and
not understood is never dropped in silence: it becomes a `BadArgument` that says what was meant, perhaps.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.core.chat import Call
from bot.core.command import Command, Parameter, Registry
from bot.core.errors import BadArgument, BadValue, MissingArgument, Mistake, UnknownCommand
from bot.core.limits import ARGUMENTS, SAID, VALUE, too_long
from bot.core.markup import bare, clip, quote
from bot.core.parameters import MENTION, MentionKind, Option, TextKind, World, nearest, normal, without_ids
from bot.core.patterns import LONGEST, PatternKind

#: Words that people put between the ones that count.
_LITTLE = frozenset(
    "a an the in of for at on to and with me my i is are please pls show tell give about as by from what whats how "
    "much salary pay engineer engineers ai ml".split()
)


def read(text: str, registry: Registry, world: World) -> Call:
    """The call that a line of text stands for.

    Raises UnknownCommand if the first word names no command and nothing reads free text, BadArgument for a word that
    fits no parameter, and for a line that is too long.
    """
    if len(text) > SAID:
        raise BadArgument(too_long(len(text), SAID))
    words = without_ids(text).split()
    if not words and registry.when_silent:
        return Call(registry.when_silent.name)
    first = words[0].lstrip("/!").rstrip(":,") if words else ""
    found = registry.find(first)
    if found is not None:
        return _arguments(found, text.strip()[len(words[0]) :].strip(), world)
    names = tuple(Option(c.name, c.name, (c.name, *c.aliases)) for c in registry)
    near = nearest(first, names)
    # A short line that begins almost like a command is a slip; a longer one is a question.
    if registry.when_lost is None or (near and len(words) <= 3):
        meant = [_meant(option.value, " ".join(text.split()[1:]), registry, world) for option in near]
        sentence = f"I have no command “{quote(clip(first, 40))}”." + (" Did you mean this?" if near else "")
        raise UnknownCommand(sentence, [(call.command, call) for call in meant])
    return _arguments(registry.when_lost, text.strip(), world)


def _meant(name: str, rest: str, registry: Registry, world: World) -> Call:
    try:
        return read(f"{name} {rest}", registry, world)
    except Mistake:
        return Call(name)


def values(call: Call, command: Command, world: World) -> dict[str, Any]:
    """The call's arguments as values. Raises MissingArgument, or BadArgument naming the parameter."""
    if len(call.arguments) > ARGUMENTS:
        raise BadArgument(f"**{command.name}** takes no {len(call.arguments)} things at once.")
    given = {name: said for name, text in call.arguments if (said := bare(text))}
    parsed: dict[str, Any] = {}
    for parameter in command.parameters:
        if parameter.name not in given:
            if parameter.required:
                sentence = f"**{command.name}** needs one more thing: {_lower(parameter.help)}."
                raise MissingArgument(sentence, [("Tell me", replace(call, fill=parameter.name))])
            continue
        if len(given[parameter.name]) > VALUE:
            raise BadArgument(too_long(len(given[parameter.name]), VALUE))
        try:
            parsed[parameter.name] = parameter.kind.parse(given[parameter.name], world)
        except BadValue as error:
            better = [(label, corrected(call, parameter.name, value)) for label, value in error.options]
            raise BadArgument(str(error), better) from None
    return parsed


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _arguments(command: Command, text: str, world: World) -> Call:
    typed = command.visible
    if not any(isinstance(p.kind, MentionKind) for p in typed):
        text = without_ids(text).strip()
    if len(typed) == 1 and isinstance(typed[0].kind, TextKind):
        return Call(command.name, ((typed[0].name, text),) if text else ())
    words, given = _named(text.split(), typed)
    words = _take_mentions(words, typed, given)
    free = [p for p in typed if p.name not in given]
    closed = {p.name: _names(p, world) for p in free}
    patterns = {p.name: p.kind for p in free if isinstance(p.kind, PatternKind)}
    longest = max((len(name.split()) for names in closed.values() for name in names), default=1)
    for size in range(max(longest, LONGEST if patterns else 0), 0, -1):
        words = _take(words, size, closed, patterns, given)
    little = _LITTLE | {p.name for p in typed}
    rest = [word for word in words if normal(word) and normal(word) not in little]
    open_text = next((p for p in free if isinstance(p.kind, TextKind) and p.name not in given), None)
    if rest and open_text is not None:
        given[open_text.name] = " ".join(words)
    elif rest:
        raise _leftover(command, text, rest, given, world)
    return Call(command.name, tuple(given.items()))


def _names(parameter: Parameter, world: World) -> dict[str, str]:
    """Every way to say a value of this parameter, as compared -> the value."""
    names: dict[str, str] = {}
    for option in parameter.kind.options(world):
        for name in (option.value, *option.names):
            names.setdefault(normal(name), option.value)
    return names


def _named(words: list[str], parameters: Sequence[Parameter]) -> tuple[list[str], dict[str, str]]:
    """Take `level=senior` and `level:senior` out of the words."""
    given: dict[str, str] = {}
    rest: list[str] = []
    names = {p.name for p in parameters}
    for word in words:
        name, sign, value = word.lstrip("-").replace(":", "=", 1).partition("=")
        if name.casefold() in names and sign and value:
            given[name.casefold()] = value
        else:
            rest.append(word)
    return rest, given


def _take(
    words: list[str],
    size: int,
    closed: dict[str, dict[str, str]],
    patterns: dict[str, PatternKind],
    given: dict[str, str],
) -> list[str]:
    """Take every run of `size` words that names a value of a parameter not given yet; return the words left."""
    kept: list[str] = []
    at = 0
    while at < len(words):
        found = _owner(" ".join(words[at : at + size]), closed, patterns, given)
        if found is not None and at + size <= len(words):
            given[found[0]] = found[1]
            at += size
        else:
            kept.append(words[at])
            at += 1
    return kept


def _owner(
    said: str, closed: dict[str, dict[str, str]], patterns: dict[str, PatternKind], given: dict[str, str]
) -> tuple[str, str] | None:
    """The parameter, not given yet, that these words are for, and its value."""
    wanted, bare = normal(said), said.strip(",;")
    for name, names in closed.items():
        if name not in given and wanted in names:
            return name, names[wanted]
    return next(((name, bare) for name, kind in patterns.items() if name not in given and kind.fits(bare)), None)


def _take_mentions(words: list[str], parameters: Sequence[Parameter], given: dict[str, str]) -> list[str]:
    """Take a mention for each parameter that wants one; any more are read as names."""
    text = " ".join(words)
    for parameter in parameters:
        if not isinstance(parameter.kind, MentionKind) or parameter.name in given:
            continue
        sign = parameter.kind.sign
        found = next((each for each in MENTION.finditer(text) if each[1] == sign), None)
        if found is not None:
            given[parameter.name] = f"<{sign}{found[2]}>"
            text = f"{text[: found.start()]} {text[found.end() :]}"
    return without_ids(text).split()


def _leftover(command: Command, text: str, rest: list[str], given: dict[str, str], world: World) -> BadArgument:
    """What to say of words that fit nowhere: what they may have meant, or what would fit."""
    said = " ".join(rest)
    so_far = Call(command.name, tuple(given.items()))
    free = [p for p in command.visible if p.name not in given]
    meant = [(label, corrected(so_far, p.name, value)) for p in free for label, value in _offered(p, said)]
    # A word of a long name may have been taken for another value, so all that was typed is looked at again.
    for parameter, words in (
        *((p, said) for p in free),
        *((p, text) for p in command.visible),
        *((p, rest[0]) for p in free),
    ):
        for option in nearest(words, parameter.kind.options(world)):
            better = corrected(Call(command.name) if words == text else so_far, parameter.name, option.value)
            if (option.label, better) not in meant:
                meant.append((option.label, better))
    sentence = f"I don't know “{quote(clip(said, 60))}” in **{command.name}**."
    if meant:
        sentence += " Did you mean one of these?"
    else:
        takes = "; ".join(f"*{p.name}*: {_lower(p.help)}" for p in free)
        sentence += f" It takes {takes}." if takes else " It takes nothing more."
    return BadArgument(sentence, meant[:3])


def _offered(parameter: Parameter, said: str) -> Sequence[tuple[str, str]]:
    """What a pattern offers in place of words that do not fit it, such as the places whose names are near."""
    if isinstance(parameter.kind, PatternKind):
        try:
            parameter.kind.read(said)
        except BadValue as error:
            return error.options
    return ()


def corrected(call: Call, parameter: str, value: str) -> Call:
    """The same call with one argument replaced."""
    kept = tuple((name, text) for name, text in call.arguments if name != parameter)
    return replace(call, arguments=(*kept, (parameter, value)))
