"""Small tools for sentences."""

from collections.abc import Sequence

from bot.core.catalog import Catalog, Fact, Pay

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}


def money(value: int, currency: str) -> str:
    """`$90,000`; the code stands behind where a sign would be ambiguous or unknown: `90,000 CHF`."""
    symbol = _SYMBOLS.get(currency)
    return f"{symbol}{value:,}" if symbol else f"{value:,} {currency}"


def pay_range(pay: Pay) -> str:
    """`$150,000 to $200,000+`."""
    return f"{money(pay.low, pay.currency)} to {money(pay.high, pay.currency)}{'+' if pay.open_ended else ''}"


def many(number: int, unit: str = "day") -> str:
    """`1 day`, `3 days`."""
    return f"{number:,} {unit}{'' if number == 1 else 's'}"


def size(count: int) -> str:
    """Bytes for people: `900 bytes`, `12.5 KiB`, `3.0 MiB`."""
    if count < 1024:
        return f"{count} byte{'s' * (count != 1)}"
    return f"{count / 1024:.1f} KiB" if count < 1024**2 else f"{count / 1024**2:.1f} MiB"


def join(words: Sequence[str], last: str = "and") -> str:
    """`a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}" if words else ""


def source_of(catalog: Catalog, *facts: Fact) -> str:
    """The footer under an answer: the article, and the sections that say so, each once."""
    sections = dict.fromkeys(catalog.section(fact.section).title for fact in facts)
    said = f": {', '.join(f'“{title}”' for title in sections)}" if sections else ""
    return f"Source: {catalog.pack.source.title}{said}"
