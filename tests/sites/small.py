"""A small valid portfolio, as tables and as YAML, that each test changes in one place."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from sites import Finding, Portfolio, PortfolioError, load_portfolio

Tables = dict[str, Any]

SMALL: Tables = {
    "settings": {"name": "small", "start": "2027-01", "months": 24, "discount_rate": 0.12},
    "sites": [
        {"id": "pecos", "capacity_mw": 100, "power": 40, "region": "texas"},
        {"id": "oswego", "capacity_mw": 60, "power": 35, "region": "new york"},
    ],
    "rigs": [{"id": "box", "th_s": 200, "watts": 3500}],
    "fleets": [{"id": "pecos-box", "site": "pecos", "rig": "box", "mw": 50}],
    "hashprice": [{"month": "2027-01", "usd_per_ph_day": 50}, {"month": "2027-02", "usd_per_ph_day": 49}],
    "contracts": [
        {
            "id": "lab",
            "counterparty": "Lab",
            "sites": ["pecos", "oswego"],
            "max_mw": 30,
            "first_start": "2027-07",
            "last_start": "2028-01",
            "build_months": 6,
            "term_months": 120,
            "price_usd_per_kw_month": 150,
            "capex_usd_per_mw": 1e7,
        }
    ],
}

# The line of each part is asserted by the tests: a change here moves them.
SMALL_YAML = """\
settings:
  name: small
  start: 2027-01
  months: 24
  discount_rate: 0.12
sites:
  - id: pecos
    capacity_mw: 100
    power: 40
    region: texas
  - id: oswego
    capacity_mw: 60
    power: 35
    region: new york
rigs:
  - {id: box, th_s: 200, watts: 3500}
fleets:
  - {id: pecos-box, site: pecos, rig: box, mw: 50}
hashprice:
  - {month: 2027-01, usd_per_ph_day: 50}
  - {month: 2027-02, usd_per_ph_day: 49}
contracts:
  - id: lab
    counterparty: Lab
    sites: [pecos, oswego]
    max_mw: 30
    first_start: 2027-07
    last_start: 2028-01
    build_months: 6
    term_months: 120
    price_usd_per_kw_month: 150
    capex_usd_per_mw: 1e7
"""


def tables() -> Tables:
    """A fresh copy of the small portfolio's tables."""
    return copy.deepcopy(SMALL)


def changed(table: str, row: int, **cells: object) -> Tables:
    """The small portfolio with some cells of one row changed; a cell of None is taken away."""
    changed_tables = tables()
    content = changed_tables.setdefault(table, {} if table == "limits" else [{}])
    record = content if isinstance(content, dict) else content[row]
    record.update(cells)
    for name in [name for name, cell in cells.items() if cell is None]:
        del record[name]
    return changed_tables


def added(table: str, *rows: dict[str, object]) -> Tables:
    """The small portfolio with more rows in one table."""
    changed_tables = tables()
    changed_tables.setdefault(table, []).extend(rows)
    return changed_tables


def findings_of(content: Tables) -> list[Finding]:
    """Every finding of tables from Python, warnings too."""
    try:
        return list(Portfolio.from_tables(content).warnings)
    except PortfolioError as error:
        return list(error.findings)


def only_finding(content: Tables) -> Finding:
    """The one finding of tables from Python."""
    found = findings_of(content)
    assert len(found) == 1, "\n".join(map(str, found))
    return found[0]


def write_yaml(folder: Path, *replacements: tuple[str, str]) -> Path:
    """Writes the small portfolio as YAML, each text replaced by another; returns the folder."""
    text = SMALL_YAML
    for old, new in replacements:
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        text = text.replace(old, new)
    (folder / "portfolio.yaml").write_text(text, encoding="utf-8")
    return folder


def yaml_findings(folder: Path) -> list[str]:
    """The lines of the error that a folder's portfolio raises."""
    with pytest.raises(PortfolioError) as caught:
        load_portfolio(folder)
    return str(caught.value).splitlines()
