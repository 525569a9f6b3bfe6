"""Changed months of the hashprice table, those that follow each other as one line: 180 of them tell nobody more."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from optimizer.comparing.drivers import REMARKS, Row
from optimizer.comparing.values import ADDED, CHANGED, REMOVED, Change, Value
from sites.records import BASE_SCENARIO

TABLE, PRICE = "hashprice", "usd_per_ph_day"


def hashprice_changes(own: list[Row], theirs: list[Row]) -> Iterator[Change]:
    """Price and remarks of the months that differ, path by path, in runs of months of the table that all do."""
    first, second = _by_month(own), _by_month(theirs)
    for scenario in sorted({name for name, _ in (*first, *second)}, key=lambda name: (name != BASE_SCENARIO, name)):
        months = sorted({month for name, month in (*first, *second) if name == scenario})
        pairs = [(month, first.get((scenario, month)), second.get((scenario, month))) for month in months]
        for column in (PRICE, *REMARKS):
            yield from _runs(scenario, column, pairs)


def _by_month(rows: list[Row]) -> dict[tuple[str, str], Row]:
    return {(row.get("scenario", BASE_SCENARIO), row["month"]): row for row in rows}


def _runs(scenario: str, column: str, pairs: list[tuple[str, Row | None, Row | None]]) -> Iterator[Change]:
    """Lines of one column. Months of a run are all changed, all added or all removed; their remarks are the same."""
    months = [_Month(month, *(None if row is None else row.get(column, "") for row in rows)) for month, *rows in pairs]
    for key, group in groupby(months, key=lambda month: month.key(column)):
        run = list(group)
        if key:
            span = " to ".join(dict.fromkeys((run[0].month, run[-1].month)))
            record = span if scenario == BASE_SCENARIO else f"{scenario}, {span}"
            before, after = (_values(side, column) for side in zip(*((m.before, m.after) for m in run), strict=True))
            yield Change(TABLE, record, column, str(key[0]), before, after)


class _Month(NamedTuple):
    """One column of a month in both tables; None where a table does not give the month."""

    month: str
    before: Value | None
    after: Value | None

    def key(self, column: str) -> tuple[object, ...]:
        """What the months of a run have in common; nothing where there is nothing to tell."""
        kind = ADDED if self.before is None else REMOVED if self.after is None else CHANGED
        # A whole record that is new or gone is told by its price.
        if self.before == self.after or (column != PRICE and kind != CHANGED):
            return ()
        return (kind,) if column == PRICE else (kind, self.before, self.after)


def _values(values: Sequence[Value | None], column: str) -> Value:
    """The one value that all have, or the first and the last of the prices with their mean; "" for none."""
    if len(set(values)) == 1 or column != PRICE:
        return "" if values[0] is None else values[0]
    prices = [float(value) for value in values if value is not None]
    mean = math.fsum(prices) / len(prices)
    return f"{prices[0]:.10g} to {prices[-1]:.10g}, mean {mean:.2f}, of {len(prices)} months"
