"""Which sheets an input workbook has, and which columns stand on each."""

from __future__ import annotations

from collections.abc import Mapping

from sites.columns import BUDGET_COLUMNS, COMPULSORY_TABLES, MARKET_COLUMNS, TABLE_COLUMNS, Column
from sites.quantities import Kind

# The column before all others: a row with anything in it is a remark. The template has its units and texts there.
REMARK = "#"
ABOUT = "about"
LISTS = "#lists"
PRICES = "hourly_prices"
HISTORY = "network_history"
TIME = "time"
DAY = "day"
# Records that stand in one cell of another table, on sheets of their own: sheet to table and column.
NESTED: Mapping[str, tuple[str, str]] = {"market": ("settings", "market"), "capex_budget": ("limits", "capex_budget")}
_NESTED_COLUMNS: Mapping[str, Mapping[str, Column]] = {"market": MARKET_COLUMNS, "capex_budget": BUDGET_COLUMNS}
WIDE_SHEETS = (PRICES, HISTORY)


def sheet_names() -> tuple[str, ...]:
    """The sheets of tables in the order of the template."""
    names: list[str] = []
    for table in TABLE_COLUMNS:
        names += [table, *(sheet for sheet, (owner, _) in NESTED.items() if owner == table)]
    return tuple(names)


def sheet_columns(sheet: str) -> dict[str, Column]:
    """The columns of a sheet by name; those that have a sheet of their own are not among them."""
    if sheet in NESTED:
        return dict(_NESTED_COLUMNS[sheet])
    own = {column for table, column in NESTED.values() if table == sheet}
    return {name: column for name, column in TABLE_COLUMNS[sheet].items() if name not in own}


def is_needed(sheet: str) -> bool:
    """Whether a portfolio must have this table."""
    return sheet in COMPULSORY_TABLES


def referenced_sheet(sheet: str, column: Column) -> str:
    """The sheet whose ids a column names; "" where it names none, or several in one cell."""
    if column.kind not in (Kind.IDENTIFIER, Kind.NAME, Kind.PRICE):
        return ""
    if (sheet, column.name) == ("sites", "power"):
        return "power_series"
    named = {"site": "sites", "rig": "rigs", "contract": "contracts", "requires": "contracts"}
    return named.get(column.name, "")
