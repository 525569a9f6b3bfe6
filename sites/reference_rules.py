"""Rules on names: each id once, and every name that a table uses is the id of something."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from sites.cells import is_blank
from sites.findings import Finding
from sites.hints import NUMBER_PATTERN, nearest, number_hint
from sites.quantities import LIST_SEPARATOR
from sites.rows import Row
from sites.tables import TABLES_NAMING_RIGS, Tables, composed

TABLES_WITH_IDS = (
    *("sites", "rigs", "fleets", "power_series", "contracts", "scenarios"),
    *("rig_offers", "hall_builds", "expansions", "loans", "equity"),
)
TABLES_NAMING_SITES = ("fleets", "capacity_steps", "pins", "power_contracts", "hall_builds", "expansions")
TABLES_NAMING_CONTRACTS = ("pins", "loans")


def folded(name: str) -> str:
    """A name without the differences that the eye or a file system may miss: composition, width and case."""
    return (name if name.isascii() else unicodedata.normalize("NFKC", name)).casefold().strip()


def looks_of(name: str) -> str:
    """A name as the eye compares it: folded, and without the blanks between its words."""
    return "".join(folded(name).split())


def ids_are_unique(tables: Tables) -> Iterator[Finding]:
    """An id names one record of its table; ids that differ only by upper and lower case count as the same."""
    for table in TABLES_WITH_IDS:
        first: dict[str, tuple[str, Row]] = {}
        for row in tables.given.rows.get(table, []):
            name = row.values.get("id")
            if not isinstance(name, str | int) or is_blank(name):
                continue
            text = str(name).strip()
            earlier, earlier_row = first.setdefault(folded(text), (text, row))
            if earlier_row is not row:
                alike = "" if earlier == text else f" as '{earlier}', which differs only in case or width"
                hint = f"{earlier_row.where} has it already{alike}"
                yield row.finding("id", "an id that is used once", hint=hint)


def series_ids_are_no_numbers(tables: Tables) -> Iterator[Finding]:
    """The id of a power series is no number: a site's power would read it as a flat price."""
    for entry in tables.power_series:
        if NUMBER_PATTERN.fullmatch(entry.record.id):
            hint = f"a site with power: {entry.record.id} means a flat price; name it like 'hub-{entry.record.id}'"
            yield entry.row.finding("id", "an id that is not a number", hint=hint)


def sites_are_known(tables: Tables) -> Iterator[Finding]:
    """Every site that a record of another table names is in the table of sites."""
    if not _can_be_judged(tables, "sites"):
        return
    known = tables.ids("sites")
    for table in TABLES_NAMING_SITES:
        for row, name in _names(tables, table, "site"):
            yield from _unknown(row, "site", name, known, "a site")
    for row, index, name in _contract_sites(tables):
        yield from _unknown(row, "sites", name, known, "a site", at=f"sites[{index}]")


def contract_sites_are_named_once(tables: Tables) -> Iterator[Finding]:
    """A contract's list of sites names each of them once."""
    named: set[tuple[int, str]] = set()
    for row, index, name in _contract_sites(tables):
        if (row.number, name) in named:
            hint = "remove one of the two"
            yield row.finding("sites", "each site once", hint=hint, value=name, at=f"sites[{index}]")
        named.add((row.number, name))


def rigs_are_known(tables: Tables) -> Iterator[Finding]:
    """Every machine type that a record names is one of the portfolio's own or of the bundled catalogue."""
    if "rigs" in tables.given.broken:
        return
    known = {*tables.ids("rigs"), *tables.catalogue}
    for table in TABLES_NAMING_RIGS:
        for row, name in _names(tables, table, "rig"):
            yield from _unknown(row, "rig", name, known, "a rig, of the portfolio or the catalogue")


def power_series_are_known(tables: Tables) -> Iterator[Finding]:
    """A site's power that is not a number is the id of a power series."""
    if "power_series" in tables.given.broken:
        return
    known = {*tables.ids("power_series"), *tables.price_ids}
    for row, power in _names(tables, "sites", "power"):
        hint = f"a flat price is a plain number: {number_hint(power)}" if power[:1] in "0123456789$€£.+-" else ""
        yield from _unknown(row, "power", power, known, "a power series, or a flat price", hint=hint)


def contracts_are_known(tables: Tables) -> Iterator[Finding]:
    """Every contract that a record of another table names is in the table of contracts."""
    if "contracts" in tables.given.broken:
        return
    known = tables.ids("contracts")
    for table in TABLES_NAMING_CONTRACTS:
        for row, name in _names(tables, table, "contract"):
            if name:
                yield from _unknown(row, "contract", name, known, "a contract")


def starts_are_forced_once(tables: Tables) -> Iterator[Finding]:
    """One start of an offer, which is a site and a month, has one size forced upon it."""
    first: dict[tuple[str, str, str], Row] = {}
    for entry in tables.pins:
        pin = entry.record
        earlier = first.setdefault((pin.contract, pin.site, pin.month), entry.row)
        if earlier is not entry.row:
            hint = f"{earlier.where} forces a size upon it already"
            yield entry.row.finding("month", "one row for a start of an offer", hint=hint)


def required_offers_can_be_required(tables: Tables) -> Iterator[Finding]:
    """An offer that requires another one names an offer of the portfolio that has a least size."""
    by_id = {entry.record.id: entry.record for entry in tables.contracts}
    known = tables.ids("contracts")
    for entry in tables.contracts:
        required = entry.record.requires
        if not required:
            continue
        if required == entry.record.id:
            yield entry.row.finding("requires", "the id of another contract", hint="an offer cannot require itself")
        elif required in by_id and by_id[required].min_mw <= 0:
            hint = f"give '{required}' a min_mw, so that it is either taken or not"
            yield entry.row.finding("requires", "the id of a contract with min_mw above 0", hint=hint)
        else:
            yield from _unknown(entry.row, "requires", required, known, "a contract")


def names_differ_by_more_than_case(tables: Tables) -> Iterator[Finding]:
    """Counterparties, regions, groups and scenarios that look like one but are typed in two ways: a warning."""
    for column, entries in (
        ("counterparty", tables.contracts),
        ("exclusive_group", tables.contracts),
        ("region", tables.sites),
        ("scenario", tables.hashprice),
    ):
        first: dict[str, str] = {}
        for entry in entries:
            name = getattr(entry.record, column)
            earlier = first.setdefault(looks_of(name), name)
            if earlier != name:
                hint = f"'{earlier}' is counted as another one"
                yield entry.row.finding(column, "one way of writing a name", hint=hint, severity="warning")


def _names(tables: Tables, table: str, column: str) -> Iterator[tuple[Row, str]]:
    """The names that stand in a column of any row, whether the rest of the row can be read or not."""
    for row, cells in tables.cells[table]:
        name = cells.get(column)
        if isinstance(name, str):
            yield row, name


def _contract_sites(tables: Tables) -> Iterator[tuple[Row, int, str]]:
    for row, cells in tables.cells["contracts"]:
        names = cells.get("sites")
        for index, name in enumerate(names if isinstance(names, tuple) else ()):
            yield row, index, name


def _can_be_judged(tables: Tables, table: str) -> bool:
    return table not in tables.given.broken and bool(tables.given.rows.get(table))


def _unknown(
    row: Row, column: str, name: str, known: AbstractSet[str], noun: str, *, at: str = "", hint: str = ""
) -> Iterator[Finding]:
    if composed(name) in known:
        return
    candidates = sorted(known)
    if not hint and "," in name:
        hint = f"the names of a list are separated by '{LIST_SEPARATOR}'"
    if not hint:
        hint = nearest(name, candidates)
    if not hint:
        hint = f"known are {', '.join(candidates[:8])}" if candidates else "there is none"
    yield row.finding(column, f"the id of {noun}", hint=hint, value=name, at=at)
