"""Charts that more than one command shows."""

from collections.abc import Collection

from bot.core.catalog import Catalog, Pay
from bot.core.chat import Range, RangeChart


def pay_chart(catalog: Catalog, emphasis: Collection[Pay], marker: int | None = None) -> RangeChart:
    """The whole salary table, for comparison, with some of its rows set off. Raises IndexError if there is none.

    marker: an offer to place against the ranges, in the table's currency.
    """
    table = catalog.all(Pay)
    unit = table[0].currency
    return RangeChart(
        title=f"A year's pay, {unit}",
        ranges=tuple(
            Range(row.title, row.low, row.high, row.open_ended, emphasis=row in emphasis)
            for row in table
            if row.currency == unit
        ),
        unit=unit,
        marker=marker,
        marker_label="" if marker is None else "Your offer",
    )
