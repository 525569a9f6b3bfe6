"""A changed copy of a portfolio: fields set or scaled, offers added and dropped, all of it checked like a file.

A change goes through the readers and rules that a file goes through, so the copy is the portfolio that the changed
file would load to. Records that no change touches stay the very same objects, and no price file is read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sites.assembly import portfolio_from
from sites.catalogue import load_catalogue
from sites.columns import SINGLE_RECORD_TABLES, TABLES
from sites.contract_file import rows_of_contracts
from sites.drafts import Draft, Drafts, joined
from sites.edit_text import EVERY, Edit, Typed, parse_edit, split_edit
from sites.edit_values import relative_amount
from sites.findings import Finding, PortfolioError
from sites.given import Given
from sites.hourly import HourlyPrices
from sites.load import YAML_SUFFIXES
from sites.portfolio import Portfolio
from sites.rows import Row
from sites.tables import TABLES_NAMING_RIGS, composed

if TYPE_CHECKING:
    from sites.network_history import NetworkHistory

__all__ = ["Edit", "Typed", "add_contracts", "changed", "dropped", "edited", "parse_edit", "split_edit"]

CONTRACTS = "contracts"
ADD, DROP = "--add-contract", "--drop"
NEW_OFFER = "new offer"
_RECORDS_SHOWN = 3
# Columns of a power series that do not say how its files are read.
_UNREAD_COLUMNS = frozenset({"id", "source", "as_of", "note"})


def edited(portfolio: Portfolio, edits: Sequence[Edit | str]) -> Portfolio:
    """The portfolio with some fields changed, one change after the other; see :class:`Edit`.

    Raises
    ------
    PortfolioError : lists everything that is wrong with the changes, and with the portfolio that they would make.
    """
    return changed(portfolio, edits=edits)


def add_contracts(portfolio: Portfolio, file: str | Path) -> Portfolio:
    """The portfolio with the offers of a file: a YAML file of one offer or a list, or a CSV file with a header.

    Raises
    ------
    PortfolioError : lists everything that is wrong with the file, and with the portfolio that it would make.
    """
    return changed(portfolio, add=[Path(file)])


def dropped(portfolio: Portfolio, contract_ids: Sequence[str]) -> Portfolio:
    """The portfolio without some of its contracts.

    Raises
    ------
    PortfolioError : lists the unknown ids, and offers that require one that is gone.
    """
    return changed(portfolio, drop=contract_ids)


def changed(
    portfolio: Portfolio,
    *,
    edits: Sequence[Edit | str] = (),
    add: Sequence[str | Path] = (),
    drop: Sequence[Typed | str] = (),
    offers: Sequence[Mapping[str, object]] = (),
) -> Portfolio:
    """The portfolio with offers added, then fields changed, then offers and their pins dropped, checked at the end.

    add : files of offers. offers : further ones, each a mapping from column to value.
    Without changes it is the portfolio itself.

    Raises
    ------
    PortfolioError : lists everything that is wrong.
    """
    if not (edits or add or drop or offers):
        return portfolio
    drafts = Drafts(portfolio)
    labels: list[str] = []
    files: list[Path] = []
    for file in map(Path, add):
        rows, findings = rows_of_contracts(file)
        drafts.add(CONTRACTS, rows)
        drafts.findings += findings
        files.append(file)
        labels.append(f"{ADD} {file}")
    if offers:
        drafts.add(CONTRACTS, [Row(CONTRACTS, n, offer, file=NEW_OFFER) for n, offer in enumerate(offers, start=1)])
        labels.append(NEW_OFFER)
    for given in edits:
        try:
            edit = split_edit(given) if isinstance(given, str) else given
        except PortfolioError as error:
            drafts.findings += error.findings
            labels.append(error.findings[0].file)
        else:
            drafts.change(edit)
            labels.append(edit.label)
    gone = [name if isinstance(name, Typed) else Typed(name, DROP) for name in drop]
    drafts.drop(CONTRACTS, gone)
    drafts.leave_out("pins", "contract", {name.text.strip() for name in gone})
    labels += [name.label for name in gone]
    return _checked(portfolio, drafts, labels, files)


def _checked(portfolio: Portfolio, drafts: Drafts, labels: list[str], files: list[Path]) -> Portfolio:
    """The portfolio of the drafts."""
    _keep_own_rigs(drafts)
    _leave_out_made_hashprice(portfolio, drafts)
    together = joined(dict.fromkeys(labels))
    given = Given(
        file=together,
        folder=_folder(portfolio),
        rows={
            table: [draft.as_row(table, number, together) for number, draft in enumerate(rows, start=1)]
            for table, rows in drafts.by_table.items()
        },
        findings=list(drafts.findings),
    )
    prices = _kept_prices(portfolio, drafts)
    try:
        made = portfolio_from(given, prices, _kept_history(portfolio, drafts))
        scaled = _scaled_prices(made.prices, drafts)
    except PortfolioError as error:
        known = _with_places(error.findings, portfolio.warnings, given, drafts)
        new = [finding for finding in known if finding not in portfolio.warnings]
        raise PortfolioError(_in_order(_folded(new, drafts), labels)) from None
    if made.market_months:
        drafts.resized.add("hashprice")
    same_prices = not drafts.price_edits and all(
        portfolio.prices.get(name) is held for name, held in made.prices.items()
    )
    return replace(
        made,
        **_kept_records(portfolio, made, drafts),
        prices=portfolio.prices if same_prices else scaled,
        warnings=tuple(_folded(_with_places(made.warnings, portfolio.warnings, given, drafts), drafts)),
        input_files=tuple(dict.fromkeys((*portfolio.input_files, *files, *made.input_files))),
    )


def _folder(portfolio: Portfolio) -> Path | None:
    """Where the files of the portfolio's series are: beside its YAML file, which is the first that was read."""
    first = next(iter(portfolio.input_files), None)
    return first.parent if first is not None and first.suffix.lower() in YAML_SUFFIXES else None


def _keep_own_rigs(drafts: Drafts) -> None:
    """Takes machines of the catalogue away from the rows where that may change which are needed: they come back so."""
    own = drafts.by_table["rigs"]
    touched = any(not draft.is_untouched for table in ("rigs", *TABLES_NAMING_RIGS) for draft in drafts.by_table[table])
    if touched:
        catalogue = load_catalogue()
        drafts.by_table["rigs"] = [
            draft for draft in own if not draft.is_untouched or catalogue.get(draft.name) != draft.record
        ]
        drafts.resized.add("rigs")


def _leave_out_made_hashprice(portfolio: Portfolio, drafts: Drafts) -> None:
    """Takes away the months that a market made, unless they were changed: it makes them again."""
    rows = drafts.by_table["hashprice"]
    kept = [draft for draft in rows if not (draft.is_untouched and draft.record and portfolio.is_made(draft.record))]
    if len(kept) < len(rows):
        drafts.by_table["hashprice"] = kept
        drafts.resized.add("hashprice")


def _kept_history(portfolio: Portfolio, drafts: Drafts) -> NetworkHistory | None:
    """The history of the network, as long as the settings name the files from which it was read."""
    market, before = drafts.by_table["settings"][0].values.get("market"), portfolio.settings.market
    named = market.get("history", []) if isinstance(market, Mapping) else None
    return portfolio.history if before and named == list(before.history) else None


def _kept_prices(portfolio: Portfolio, drafts: Drafts) -> dict[str, HourlyPrices]:
    """The hourly prices that stay, by the id that their series has now; the others are read from their files."""
    kept: dict[str, HourlyPrices] = {}
    for draft in drafts.by_table["power_series"]:
        held = portfolio.prices.get(draft.name)
        if held is None or not draft.edits.keys() <= _UNREAD_COLUMNS:
            continue
        name = composed(str(draft.values.get("id") or ""))
        kept[name] = held if name == held.id else replace(held, id=name)
    return kept


def _scaled_prices(prices: Mapping[str, HourlyPrices], drafts: Drafts) -> dict[str, HourlyPrices]:
    """The hourly prices after the changes of prices, one after the other."""
    scaled = dict(prices)
    faults: list[Finding] = []
    for edit, series in drafts.price_edits:
        amount = relative_amount(edit)
        for name in (composed(str(draft.values["id"])) for draft in series):
            before = scaled[name]
            with np.errstate(over="ignore"):
                after = before.prices * amount if edit.operator == "*" else before.prices + amount
            if not np.isfinite(after).all():
                faults.append(edit.finding("prices that stay finite", value=edit.text))
                break
            told = f"every price {'times' if edit.operator == '*' else 'plus'} {amount:.12g}"
            scaled[name] = replace(before, prices=after, notes=(*before.notes, told))
    if faults:
        raise PortfolioError(faults)
    return scaled


def _kept_records(portfolio: Portfolio, made: Portfolio, drafts: Drafts) -> dict[str, Any]:
    """The tables of the copy, with the portfolio's own objects wherever nothing was changed."""
    kept: dict[str, Any] = {}
    for table in TABLES:
        rows = drafts.by_table[table]
        if table not in drafts.resized and all(draft.is_untouched for draft in rows):
            kept[table] = getattr(portfolio, table)
        elif table not in SINGLE_RECORD_TABLES:
            kept[table] = _own_objects(rows, getattr(made, table), getattr(portfolio, table))
    return kept


def _own_objects(rows: Sequence[Draft], made: Sequence[Any], before: Sequence[Any]) -> tuple[Any, ...]:
    own = [
        record if draft.record is None or draft.edits else draft.record
        for draft, record in zip(rows, made, strict=False)
    ]
    # Beyond the rows stand machines of the catalogue, which were taken from the rows or are new.
    rest = [next((old for old in before if old == record), record) for record in made[len(rows) :]]
    return (*own, *rest)


def _with_places(
    found: Iterable[Finding], before: Iterable[Finding], given: Given, drafts: Drafts
) -> tuple[Finding, ...]:
    """The warnings of the copy; those that the portfolio had already keep their places in its files."""
    places = {_matter(finding): finding for finding in before}
    for table, rows in given.rows.items():
        for row, draft in zip(rows, drafts.by_table[table], strict=True):
            for column in draft.edits:
                places = {
                    matter: finding for matter, finding in places.items() if matter[:3] != (table, row.label, column)
                }
    return tuple(places.get(_matter(finding), finding) for finding in found)


def _matter(finding: Finding) -> tuple[str, ...]:
    return finding.table, finding.record, finding.column, finding.expected, finding.problem


def _folded(findings: Iterable[Finding], drafts: Drafts) -> list[Finding]:
    """The findings, with one for all records of which a change of every record makes the same."""
    every = {edit.label for edit in drafts.made if edit.record == EVERY}
    alike: dict[Finding, list[Finding]] = {}
    for finding in findings:
        folds = finding.file in every
        key = replace(finding, record="", value="", hint="", problem="") if folds else finding
        alike.setdefault(key, []).append(finding)
    folded = []
    for first, *others in alike.values():
        names = ", ".join(finding.record for finding in others[:_RECORDS_SHOWN])
        also = f"the same for {names}" + (
            f" and {len(others) - _RECORDS_SHOWN} more" if others[_RECORDS_SHOWN:] else ""
        )
        folded.append(replace(first, hint="; ".join(filter(None, (first.hint, also)))) if others else first)
    return folded


def _in_order(findings: Iterable[Finding], labels: Sequence[str]) -> list[Finding]:
    """The findings in the order in which the changes were typed; those about no single one of them come last."""
    rank = {label: place for place, label in reversed(list(enumerate(labels)))}
    return sorted(findings, key=lambda finding: rank.get(finding.file, len(labels)))
