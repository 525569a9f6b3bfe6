"""The register of assumptions: every input record with its values, where they come from and of which date they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports import format as fmt

if TYPE_CHECKING:
    from optimizer.results import Plan

PROVENANCE: tuple[str, ...] = ("source", "as_of", "note")
TABLE_LABELS: dict[str, str] = {
    "settings": "Settings",
    "sites": "Sites",
    "capacity_steps": "Capacity steps",
    "rigs": "Mining machines",
    "rig_modes": "Modes of mining machines",
    "fleets": "Fleets",
    "hashprice": "Hashprice",
    "power_series": "Power price series",
    "contracts": "AI hosting offers",
    "pins": "Forced decisions",
    "power_contracts": "Power contracts",
    "limits": "Portfolio limits",
    "rig_offers": "Machines that can be bought",
    "rig_stock": "Handling and sale of machines",
    "hall_builds": "Mining halls that can be built",
    "expansions": "Expansions of sites",
    "loans": "Loans",
    "equity": "Shares that can be sold",
    "treasury": "Treasury",
    "tax": "Tax",
    "liquidity": "Cash and covenants",
}
# The columns that name a record, of which the first one present is its name in the register.
_NAME_COLUMNS: tuple[tuple[str, ...], ...] = (
    *(("id",), ("name",), ("contract", "site", "month"), ("month",)),
    *(("rig", "mode"), ("site", "kind"), ("site",), ("rig",)),
)


@dataclass(frozen=True)
class Assumption:
    """One line of the register: a record, its values as given, and its provenance."""

    record: str
    values: tuple[tuple[str, str], ...]
    source: str
    as_of: str
    note: str


@dataclass(frozen=True)
class AssumptionGroup:
    """The lines of one input table."""

    table: str
    title: str
    lines: tuple[Assumption, ...]

    @property
    def unsourced(self) -> int:
        """How many lines of the table name no source."""
        return sum(not line.source for line in self.lines)


def register(plan: Plan) -> tuple[AssumptionGroup, ...]:
    """The register, table by table in the order of the input tables; a table without a record is left out."""
    tables = plan.portfolio.to_tables()
    groups = []
    for name, title in TABLE_LABELS.items():
        given = tables.get(name)
        records = [given] if isinstance(given, dict) else list(given or ())
        lines = tuple(_lines(name, records, plan))
        if lines:
            groups.append(AssumptionGroup(name, title, lines))
    return tuple(groups)


def _lines(name: str, records: list[dict[str, object]], plan: Plan) -> Iterator[Assumption]:
    if name == "hashprice":
        yield from _joined_months(records)
        return
    for record in records:
        yield _line(record)
    if name == "power_series":
        for series, prices in sorted(plan.portfolio.prices.items()):
            years = ", ".join(str(year) for year in prices.years)
            cleaning = "; ".join((*prices.notes, *prices.cleaning)) or "nothing had to be cleaned"
            yield Assumption(f"{series} as read", (("years", years), ("cleaning", cleaning)), "", "", "")


def _line(record: Mapping[str, object]) -> Assumption:
    names = next((names for names in _NAME_COLUMNS if all(record.get(column) for column in names)), ())
    values = tuple((column, _shown(value)) for column, value in record.items() if column not in {*names, *PROVENANCE})
    source, as_of, note = (str(record.get(column) or "") for column in PROVENANCE)
    name = ", ".join(_shown(record[column]) for column in names)
    return Assumption(name or "all", values, source, as_of, note)


def _joined_months(records: list[dict[str, object]]) -> Iterator[Assumption]:
    """Hashprice months that follow each other with one provenance are one line; 180 equal ones tell nobody more."""
    run: list[dict[str, object]] = []
    for record in [*records, None]:
        if run and (record is None or _origin(record) != _origin(run[0])):
            yield _month_line(run)
            run = []
        if record is not None:
            run.append(record)


def _month_line(run: list[dict[str, object]]) -> Assumption:
    first, last = run[0], run[-1]
    if first is last:
        return _line(first)
    prices = [float(str(record["usd_per_ph_day"])) for record in run]
    values = (
        ("months given", f"{len(run):,}"),
        ("usd_per_ph_day", f"{fmt.exact(prices[0])} to {fmt.exact(prices[-1])}"),
        ("lowest", fmt.exact(min(prices))),
        ("highest", fmt.exact(max(prices))),
    )
    source, as_of, note = (str(first.get(column) or "") for column in PROVENANCE)
    return Assumption(f"{first['month']} to {last['month']}", values, source, as_of, note)


def _origin(record: Mapping[str, object]) -> tuple[object, ...]:
    return tuple(record.get(column) for column in (*PROVENANCE, "scenario"))


def _shown(value: object) -> str:
    """A value as given; nested records (steps of a budget, a market) as their columns with names."""
    if isinstance(value, Mapping):
        return " ".join(f"{name} {_shown(inner)}" for name, inner in value.items())
    if isinstance(value, (list, tuple)):
        return "; ".join(_shown(item) for item in value)
    return fmt.exact(value)
