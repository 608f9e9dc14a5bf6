from typing import Annotated

from bot.core.catalog import Catalog, Entry, Level, Pay, PayFactor, Region
from bot.core.charts import pay_chart
from bot.core.chat import Call, Choice, Fields, Item, Items, Menu, Part, RangeChart, Reply, Text
from bot.core.command import Hidden, command
from bot.core.parameters import Amount
from bot.core.words import money, pay_range, source_of

#: Below this a "yearly offer" is surely thousands, or an hour's pay.
_TOO_LITTLE = 1_000


@command(examples=["", "senior", "entry us", "mid 135k"], aliases=["pay", "salaries", "money"])
async def salary(
    catalog: Catalog,
    level: Annotated[Level | None, "Level of experience"] = None,
    region: Annotated[Region | None, "Where the job is"] = None,
    offer: Annotated[Amount | None, "A yearly offer to place against the ranges, such as 95k"] = None,
    factor: Annotated[PayFactor | None, "One of the things that move pay", Hidden()] = None,
) -> Reply:
    """What the job pays, by level and region, and where your offer stands."""
    table = catalog.all(Pay)
    if not table:
        return Reply("Salary", (Text(f"My source gives no figures for {catalog.pack.title}."),))
    if factor:
        return Reply(
            factor.title,
            (Text(factor.text),),
            (Choice("The salary table", Call("salary")), *_factors(catalog)),
            source_of(catalog, factor),
            again=Call.of("salary", factor=factor.id),
        )
    rows, remark = _rows(table, level, region)
    parts: list[Part] = [Text(remark)] if remark else []
    parts.append(_chart(catalog, rows, offer))
    if offer:
        parts.append(Text(_verdict(offer, rows)))
    if level or region:
        parts.append(Items(tuple(Item(f"{row.title}: {pay_range(row)}", row.text) for row in rows)))
    else:
        parts.append(Fields(tuple((row.title, pay_range(row)) for row in rows)))
    parts.append(Text(f"*{catalog.pack.source.figures}*"))
    kept = _kept(level, region, offer)
    return Reply(
        title=_title(catalog, level, region),
        parts=tuple(parts),
        choices=(
            Choice("Compare an offer", Call("salary", _without(kept, "offer"), fill="offer"), "primary"),
            _menu("Another level…", "level", catalog.all(Level), level, kept),
            _menu("Another region…", "region", catalog.all(Region), region, kept),
            *_factors(catalog),
        ),
        source=source_of(catalog, *rows),
        again=Call("salary", kept),
    )


def _rows(table: tuple[Pay, ...], level: Level | None, region: Region | None) -> tuple[tuple[Pay, ...], str]:
    """The rows that answer, and a sentence where they answer something a little wider than was asked."""
    of_level = tuple(row for row in table if level is None or row.level == level.id)
    in_region = tuple(row for row in table if region is None or row.region == region.id)
    both = tuple(row for row in of_level if row in in_region)
    if both:
        return both, ""
    if region and in_region:
        return (
            in_region,
            f"My source does not split **{region.title}** by level, so here is what it gives for all of it.",
        )
    return of_level or table, "My source has no figure for just that, so here is the nearest it has."


def _chart(catalog: Catalog, rows: tuple[Pay, ...], offer: Amount | None) -> RangeChart:
    """The whole table, with the rows that were asked for set off, and the offer where it can be compared."""
    unit = catalog.all(Pay)[0].currency
    comparable = offer is not None and offer.currency in {None, unit}
    return pay_chart(catalog, rows, offer.value if offer and comparable else None)


def _verdict(offer: Amount, rows: tuple[Pay, ...]) -> str:
    unit = rows[0].currency
    if offer.currency not in {None, unit}:
        return (
            f"Your offer is in **{offer.currency}**, the ranges are in **{unit}**. I do not convert: rates move "
            f"every day and a stale one misleads. Convert it at today's rate and ask me again in {unit}."
        )
    said = money(offer.value, unit)
    lines = [f"- {_stand(offer.value, row)}" for row in rows]
    if offer.value < _TOO_LITTLE:
        lines.append(f"If you meant thousands, write **{offer.value}k**. The ranges are for a whole year.")
    read = "" if offer.currency else f" I read it as {unit} for a year."
    return f"**Your offer, {said}.**{read}\n\n" + "\n".join(lines)


def _stand(value: int, row: Pay) -> str:
    """Where an amount stands in a row's range."""
    name = f"{row.title} ({pay_range(row)})"
    if value < row.low:
        return f"**Below** {name}, by {money(row.low - value, row.currency)}."
    if value > row.high:
        over = money(value - row.high, row.currency)
        top = "the last figure given; the range is open at the top" if row.open_ended else "the top"
        return f"**Above** {name}: {over} over {top}."
    if value == row.low or value == row.high:
        return f"**At the {'bottom' if value == row.low else 'top'}** of {name}."
    share = (value - row.low) / (row.high - row.low)
    third = "lower" if share < 1 / 3 else "middle" if share <= 2 / 3 else "upper"
    return f"**Inside** {name}, in the {third} third: {round(share * 100)} % of the way up."


def _title(catalog: Catalog, level: Level | None, region: Region | None) -> str:
    said = ", ".join(word.title for word in (level, region) if word)
    return f"Salary: {said}" if said else f"What {catalog.pack.article} {catalog.pack.role} earns"


def _kept(level: Level | None, region: Region | None, offer: Amount | None) -> tuple[tuple[str, str], ...]:
    """The arguments as they were given, for the buttons that change one of them."""
    amount = f"{offer.value} {offer.currency or ''}".strip() if offer else ""
    given = {"level": level.id if level else "", "region": region.id if region else "", "offer": amount}
    return tuple((name, value) for name, value in given.items() if value)


def _without(kept: tuple[tuple[str, str], ...], name: str) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in kept if pair[0] != name)


def _menu(
    placeholder: str, name: str, words: tuple[Entry, ...], chosen: Entry | None, kept: tuple[tuple[str, str], ...]
) -> Menu:
    rest = _without(kept, name)
    options = [Choice(w.title, Call("salary", (*rest, (name, w.id)))) for w in words if w != chosen]
    if chosen:
        options.append(Choice("All of them", Call("salary", rest)))
    return Menu(placeholder, tuple(options))


def _factors(catalog: Catalog) -> tuple[Menu, ...]:
    options = tuple(Choice(f.title, Call.of("salary", factor=f.id)) for f in catalog.all(PayFactor))
    return (Menu("What moves pay…", options),) if options else ()
