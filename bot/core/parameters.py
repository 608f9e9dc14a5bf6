"""What the parameters of commands may be, and how text becomes their values.

A feature writes a type (`Level | None`, `Amount`, `str`, `Literal[...]`); `kind_of` finds the kind that reads it. A
kind with `options` is closed: platforms show them as choices or complete them, and near misses are answered with
"did you mean".
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from types import UnionType
from typing import Any, Literal, Protocol, Union, get_args, get_origin

from bot.core.catalog import Catalog, Entry
from bot.core.errors import BadValue, DefinitionError
from bot.core.limits import VALUE, too_long
from bot.core.markup import bare, clip, quote
from bot.core.patterns import PATTERNS, PatternKind
from bot.core.times import Weekday

#: The longest value that a command takes, in characters. Discord's options and Slack's inputs are held to it.
MAX_TEXT = VALUE
#: From which likeness (0 to 100) a word counts as a near miss.
_NEAR = 72


class Named(Protocol):
    """A command, as far as its name goes."""

    @property
    def name(self) -> str: ...

    @property
    def aliases(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class World:
    """What parameters may be chosen from."""

    catalog: Catalog
    commands: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a closed parameter. `names` are all the ways to say it."""

    value: str
    label: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Amount:
    """Money as a person wrote it: whole units, and the currency if they named one (an ISO 4217 code)."""

    value: int
    currency: str | None = None


class CommandName(str):
    """The name of one of the bot's own commands."""

    __slots__ = ()


class Member(str):
    """Somebody of the workspace, by the id that the platform has for them."""

    __slots__ = ()


class Channel(str):
    """A channel of the workspace, by the id that the platform has for it."""

    __slots__ = ()


#: How adapters write a member or a channel into text: `<@ID>` or `<#ID>`; or `<@ID|name>`, where a command that wants
#: none of them reads the name.
MENTION = re.compile(r"<([@#])!?(\w{1,32})(?:\|([^<>]*))?>", re.ASCII)
#: What stands between words.
_SEPARATING = re.compile(r"[^\w+#]+")


def without_ids(text: str) -> str:
    """Text with `<@ID|name>` read as `@name`, and left out where the name is empty; `<@ID>` stays as it is."""
    return MENTION.sub(
        lambda found: found[0] if found[3] is None else f"{found[1]}{found[3]}" if found[3] else " ", text
    )


class Kind(Protocol):
    @property
    def example(self) -> str:
        """A value as one might type it; "" where the options, or the command's examples, show that better."""

    def options(self, world: World) -> tuple[Option, ...]:
        """Every value that fits, for a closed kind; () for a free one."""

    def parse(self, text: str, world: World) -> Any:
        """The value that `text` stands for. Raises BadValue, whose sentence names the text and the mend."""


def normal(text: str) -> str:
    """Text as it is compared: no case, no accents, single spaces, no punctuation but what names need (+, #)."""
    bare = text if text.isascii() else _without_accents(text)
    return " ".join(_SEPARATING.sub(" ", bare.casefold().replace("_", " ")).split())


def _without_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def nearest(text: str, options: Iterable[Option], most: int = 3) -> tuple[Option, ...]:
    """The options whose names are most like `text`, best first; empty if none is a near miss."""
    from rapidfuzz import fuzz, process  # only for who slips

    names = {normal(name): option for option in options for name in (option.value, *option.names)}
    # token_sort forgives the order of words, ratio the letters within them.
    found = process.extract(normal(text), names.keys(), scorer=fuzz.token_sort_ratio, score_cutoff=_NEAR, limit=12)
    best: dict[str, Option] = {}
    for name, _, _ in found:
        best.setdefault(names[name].value, names[name])
    return tuple(best.values())[:most]


def choose(text: str, options: tuple[Option, ...]) -> Option:
    """The option that `text` names exactly. Raises BadValue with the near misses, or with a few that exist."""
    wanted = normal(text)
    for option in options:
        if wanted == normal(option.value) or any(wanted == normal(name) for name in option.names):
            return option
    near = nearest(text, options)
    said = quote(clip(text, 60))
    if near:
        raise BadValue(f"I don't know “{said}” here. Did you mean one of these?", [(o.label, o.value) for o in near])
    raise BadValue(
        f"I don't know “{said}” here. Pick one of these:" if said else "That was empty. Pick one of these:",
        [(o.label, o.value) for o in options[:10]],
    )


@dataclass(frozen=True, slots=True)
class EntryKind:
    """One entry of the pack, of one of these sorts, by id, title or synonym."""

    entries: tuple[type[Entry], ...]
    example: str = ""

    def options(self, world: World) -> tuple[Option, ...]:
        found = (entry for sort in self.entries for entry in world.catalog.all(sort))
        return tuple(Option(e.id, e.title, (e.title, *e.synonyms)) for e in found)

    def parse(self, text: str, world: World) -> Entry:
        return world.catalog.get(choose(text, self.options(world)).value, Entry)


@dataclass(frozen=True, slots=True)
class CommandKind:
    example: str = ""

    def options(self, world: World) -> tuple[Option, ...]:
        return tuple(Option(c.name, c.name, (c.name, *c.aliases)) for c in world.commands)

    def parse(self, text: str, world: World) -> CommandName:
        return CommandName(choose(text.strip().removeprefix("/"), self.options(world)).value)


@dataclass(frozen=True, slots=True)
class WordKind:
    """One of a few fixed words."""

    words: tuple[str, ...]
    example: str = ""

    def options(self, world: World) -> tuple[Option, ...]:
        return tuple(Option(word, word, (word,)) for word in self.words)

    def parse(self, text: str, world: World) -> str:
        return choose(text, self.options(world)).value


@dataclass(frozen=True, slots=True)
class WeekdayKind:
    example: str = ""

    def options(self, world: World) -> tuple[Option, ...]:
        return tuple(Option(day.name.lower(), day.label, day.names) for day in Weekday)

    def parse(self, text: str, world: World) -> Weekday:
        return Weekday[choose(text, self.options(world)).value.upper()]


@dataclass(frozen=True, slots=True)
class TextKind:
    example: str = ""

    def options(self, world: World) -> tuple[Option, ...]:
        return ()

    def parse(self, text: str, world: World) -> str:
        kept = bare(text)
        if len(kept) > MAX_TEXT:
            raise BadValue(too_long(len(kept), MAX_TEXT))
        return kept


_CURRENCIES = {
    "$": "USD", "usd": "USD", "us$": "USD", "dollar": "USD", "dollars": "USD", "bucks": "USD",
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR",
    "£": "GBP", "gbp": "GBP", "pound": "GBP", "pounds": "GBP",
    "¥": "JPY", "jpy": "JPY", "yen": "JPY", "cny": "CNY", "rmb": "CNY", "yuan": "CNY",
    "₹": "INR", "inr": "INR", "rupee": "INR", "rupees": "INR",
    "chf": "CHF", "franc": "CHF", "francs": "CHF", "sek": "SEK", "nok": "NOK", "dkk": "DKK", "pln": "PLN", "zł": "PLN",
    "cad": "CAD", "c$": "CAD", "aud": "AUD", "a$": "AUD", "sgd": "SGD", "hkd": "HKD", "krw": "KRW", "₩": "KRW",
    "brl": "BRL", "r$": "BRL", "uah": "UAH", "₴": "UAH", "czk": "CZK", "huf": "HUF", "ils": "ILS", "₪": "ILS",
}  # fmt: skip
_UNIT = "|".join(re.escape(unit) for unit in sorted(_CURRENCIES, key=len, reverse=True))
_NUMBER = r"\d{1,3}(?:[ ,.'’]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d+)?"
_AMOUNT = re.compile(
    rf"(?P<before>{_UNIT})?\s*(?P<number>{_NUMBER})\s*(?P<scale>k|thousand|grand|m|mio|million)?\s*(?P<after>{_UNIT})?"
    r"(?:\s*(?:/|per|a|p)?\s*(?:year|yr|y|annum|annually|pa|p\.a\.))?",
    re.IGNORECASE | re.ASCII,
)
_THOUSANDS = re.compile(r"[ ,.'’](?=\d{3}(?!\d))")
_SCALES = {"k": 1_000, "thousand": 1_000, "grand": 1_000, "m": 1_000_000, "mio": 1_000_000, "million": 1_000_000}
#: No year's pay is more than this, in any currency; what is above is a slip of the keyboard.
_MOST = 10**12


def read_amount(text: str) -> Amount:
    """Money: "95k", "$95,000", "95 000 EUR", "1.2m". Raises BadValue for anything else."""
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        raise BadValue(f"“{quote(clip(text, 60))}” is not an amount I can read. Write it like **95k** or **$95,000**.")
    digits = _THOUSANDS.sub("", match["number"]).replace(",", ".")
    value = round(Decimal(digits) * _SCALES.get((match["scale"] or "").lower(), 1))
    if not 0 < value <= _MOST:
        raise BadValue("An offer is a year's pay, above zero. Write it like **95k** or **$95,000**.")
    unit = (match["before"] or match["after"] or "").lower()
    return Amount(value, _CURRENCIES.get(unit))


def like_amount(text: str) -> bool:
    """Whether it is written as money, be it a year's pay or not."""
    return _AMOUNT.fullmatch(text.strip()) is not None


@dataclass(frozen=True, slots=True)
class MentionKind:
    """Somebody or something of the workspace: mentioned, or by its id, which a form can take too.

    sign: @ for a member, # for a channel. how: what to do where nothing of the kind was said.
    """

    sign: Literal["@", "#"]
    value: type[str]
    example: str
    how: str

    def options(self, world: World) -> tuple[Option, ...]:
        return ()

    def parse(self, text: str, world: World) -> str:
        found = MENTION.fullmatch(text.strip())
        if found is not None and found[1] == self.sign:
            return self.value(found[2])
        if _ID.fullmatch(text.strip()):
            return self.value(text.strip())
        said = quote(clip(" ".join(without_ids(text).split()), 60))
        raise BadValue(f"“{said}” is {self.how}")


_ID = re.compile(r"\w{1,32}", re.ASCII)
_MEMBER = MentionKind(
    "@", Member, "A member ID", "nobody that I can look up. Mention them, as in **@ada**, or give their member ID."
)
_CHANNEL = MentionKind(
    "#", Channel, "A channel ID", "no channel that I can look up. Mention it, as in **#careers**, or give its ID."
)


def kind_of(annotation: Any, where: str) -> Kind:
    """The kind that reads values of this type. Raises DefinitionError, naming `where`, if there is none."""
    if get_origin(annotation) is Literal:
        return WordKind(tuple(str(word) for word in get_args(annotation)))
    if annotation is Amount:
        return PatternKind(like_amount, read_amount, "95k")
    if annotation in PATTERNS:
        return PATTERNS[annotation]
    if annotation is Weekday:
        return WeekdayKind()
    if annotation is Member:
        return _MEMBER
    if annotation is Channel:
        return _CHANNEL
    if annotation is CommandName:
        return CommandKind()
    if annotation is str:
        return TextKind()
    sorts = get_args(annotation) if get_origin(annotation) in {Union, UnionType} else (annotation,)
    if all(isinstance(sort, type) and issubclass(sort, Entry) for sort in sorts):
        return EntryKind(sorts)
    raise DefinitionError(
        f"{where}: no kind of parameter reads {annotation!r}. Use an entry of the catalog, Amount, CommandName, "
        "Member, Channel, Weekday, time, Until, Zone, str or a Literal of words; or add a kind in "
        "bot/core/parameters.py."
    )
