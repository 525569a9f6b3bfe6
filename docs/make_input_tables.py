"""Write docs/input-tables.md from the record types, so that page and program cannot disagree.

Run it from the project's folder: `python docs/make_input_tables.py`. A test fails when the page is out of date.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sites.columns import (
    COMPULSORY_TABLES,
    MARKET_COLUMNS,
    POINT_COLUMNS,
    SINGLE_RECORD_TABLES,
    TABLE_COLUMNS,
    TABLES,
    Column,
)

PAGE = Path(__file__).with_name("input-tables.md")
REMARKS = ("source", "as_of", "note")
HEAD = """# The input tables

Made from the record types by `docs/make_input_tables.py`; do not edit by hand.

A portfolio is a folder with one `portfolio.yaml`. Each table is a list of mappings from column to value; `settings`,
`limits`, `risk`, `treasury`, `tax` and `liquidity` are one mapping. Months are written `YYYY-MM`, rates and shares are
fractions (0.12, never 12), money is in nominal USD, MW are at the utility meter unless a column says critical. Unknown
tables and columns are errors. Every record may also carry `source`, `as_of` and `note`: free text, shown in the
report's register of assumptions. What the tables from `rig_offers` on let a plan decide is told in
[capital](capital.md).

From Python the same tables are given as pandas frames or lists of mappings to `Portfolio.from_tables`.
"""

MARKET = """
## settings.market

Where the hashprice of months without a row in the table `hashprice` comes from; see
[hashprice models](hashprice-models.md). In YAML it is a mapping inside `settings`; in one cell it is spelt
`model=fundamental; btc_price_usd=95000; ...`, with `,` between files and between points `2027-01:95000,2028-01:120000`.
With the models `fundamental` and `stochastic` the table `hashprice` may be absent.

"""
POINTS = """
### A path by month

"""


def page() -> str:
    """The whole page."""
    return (
        HEAD + "".join(_table(name) for name in TABLES) + MARKET + _rows(MARKET_COLUMNS) + POINTS + _rows(POINT_COLUMNS)
    )


def _table(name: str) -> str:
    shape = "one record" if name in SINGLE_RECORD_TABLES else "one row per record"
    need = "compulsory" if name in COMPULSORY_TABLES else "optional"
    meaning = (TABLES[name].__doc__ or "").splitlines()[0]
    return f"\n## {name}\n\n{meaning} ({need}, {shape})\n\n{_rows(TABLE_COLUMNS[name])}"


def _rows(columns: Mapping[str, Column]) -> str:
    rows = "".join(_row(column) for column in columns.values() if column.name not in REMARKS)
    return f"| column | meaning | unit | what may stand there | default |\n| --- | --- | --- | --- | --- |\n{rows}"


def _row(column: Column) -> str:
    default = "" if column.required else _default(column.default)
    return f"| `{column.name}` | {column.description} | {column.unit} | {column.expected} | {default} |\n"


def _default(value: object) -> str:
    if value is None or value in ("", ()):
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
