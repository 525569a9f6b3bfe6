"""All that the readers of market files share, in one place."""

from __future__ import annotations

from sites.price_formats.market_cells import (
    AMERICAN_TIME,
    ISO_TIME,
    NO_PRICE,
    Series,
    TimeColumn,
    american_or_iso,
    date_of,
    left_out,
    minutes_of,
    number,
    raise_cells,
    series,
)
from sites.price_formats.market_readings import Kind, at_instants, at_local_times, evened, step_of, to_instants
from sites.price_formats.market_table import (
    HEADER_LINES,
    LOAD_PAYS_ZONE,
    Names,
    Rows,
    check_market,
    chosen,
    header_of,
    plain,
    rows_below,
    rows_of,
)

__all__ = [
    "AMERICAN_TIME",
    "HEADER_LINES",
    "ISO_TIME",
    "LOAD_PAYS_ZONE",
    "NO_PRICE",
    "Kind",
    "Names",
    "Rows",
    "Series",
    "TimeColumn",
    "american_or_iso",
    "at_instants",
    "at_local_times",
    "check_market",
    "chosen",
    "date_of",
    "evened",
    "header_of",
    "left_out",
    "minutes_of",
    "number",
    "plain",
    "raise_cells",
    "rows_below",
    "rows_of",
    "series",
    "step_of",
    "to_instants",
]
