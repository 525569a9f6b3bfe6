"""A deal sheet on a terminal: one screen for whoever negotiates."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table as Grid

from reports import format as fmt
from reports.deal import (
    FORCED,
    RENT,
    TERM_WORDS,
    conditions,
    curve_table,
    exchange_words,
    flip_words,
    full_size,
    headline,
    name_of,
    net_table,
    taken_words,
    term_rows,
)
from reports.small_grid import console as standard_output
from reports.small_grid import plain

if TYPE_CHECKING:
    from optimizer.deal_sheet import Deal

_MOST_STEPS, _MOST_LINES = 8, 6


def print_deal(deal: Deal, *, console: Console | None = None) -> None:
    """Print a deal sheet.

    console : where to print; standard output when absent.
    """
    out = console or standard_output()
    out.print(f"{deal.settings.name}: deal sheet of {name_of(deal)}", soft_wrap=True)
    out.print(plain("".join(phrase.text for phrase in headline(deal))), soft_wrap=True)
    for line in conditions(deal):
        out.print(plain(line), soft_wrap=True)
    out.print(_figures(deal))
    if math.isnan(deal.headline.reservation):
        return
    out.print(_terms(deal))
    out.print(_steps(deal))
    for one in deal.exchanges:
        out.print(plain(exchange_words(one)), soft_wrap=True)
    if deal.exchanges:
        out.print(_displaced(deal, deal.exchanges[0].at))


def _figures(deal: Deal) -> Grid:
    found = deal.headline
    table = _grid("")
    table.add_column(overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    size, rent, detail = full_size(deal)
    flip, flip_detail = flip_words(deal)
    gain = fmt.usd(found.gain_usd if abs(found.gain_usd) > fmt.CENT else 0.0)
    room = "" if math.isnan(found.headroom_share) else f"{fmt.percent(found.headroom_share)} of the quoted rent"
    rows = [
        ("Quoted rent", fmt.price(found.quoted), f"{RENT}; {taken_words(deal)}"),
        ("Walk-away rent", fmt.price(found.reservation), "from it on the first MW is taken"),
        ("Headroom", fmt.price(found.headroom), room),
        (size, rent, detail),
    ]
    if found.status != FORCED:
        with_it, without = fmt.usd(found.npv_usd), fmt.usd(found.npv_without_usd)
        rows += [
            ("It adds", gain, f"net present value {with_it} with it, {without} without"),
            ("Flips at a hashprice of", flip.removesuffix(" USD/PH/s/day"), flip_detail),
        ]
    for row in rows:
        table.add_row(*map(plain, row))
    return table


def _terms(deal: Deal) -> Grid:
    """A line per term: walk-away rents by value, the offer's own value in brackets."""
    title = f"Walk-away rent, {RENT}, by term ([as offered])"
    table = _grid(title)
    rows = [(name, list(points.itertuples())) for name, points in term_rows(deal)]
    most = max((len(points) for _, points in rows), default=0)
    table.add_column(overflow="fold")
    for _ in range(most):
        table.add_column(justify="right", overflow="fold")
    for name, points in rows:
        words = TERM_WORDS[name]
        values = [words.value(row.value) for row in points]
        known = [fmt.price(row.reservation_usd_per_kw_month) if row.status == "exact" else row.status for row in points]
        marked = [f"[{value}]" if row.is_own else value for value, row in zip(values, points, strict=True)]
        pairs = [plain(f"{value}: {price}") for value, price in zip(marked, known, strict=True)]
        table.add_row(f"{words.title}, {words.unit}", *pairs, *[""] * (most - len(pairs)))
    return table


def _steps(deal: Deal) -> Grid:
    """The bid curve, a column per step."""
    found = curve_table(deal, most=_MOST_STEPS)
    table = _grid("Bid curve")
    table.add_column(overflow="fold")
    for _ in found.rows:
        table.add_column(justify="right", overflow="fold")
    names = (f"from a rent of, {RENT}", "MW taken, critical", "adds there, USD m")
    for place, name in enumerate(names):
        table.add_row(name, *(plain(row[place].text) for row in found.rows))
    return table


def _displaced(deal: Deal, at: str) -> Grid:
    """The dearest lines of what is displaced."""
    found = net_table(deal, at, most=_MOST_LINES)
    table = _grid(f"Displaced at the {at}: MW, MW-months, EH/s, USD m lost (- is gained)")
    for column in found.columns:
        table.add_column(justify="right" if column.numeric else "left", overflow="fold")
    for row in found.rows:
        table.add_row(*(plain(cell.text) for cell in row))
    if found.total is not None:
        table.add_row(*(plain(cell.text) for cell in found.total))
    return table


def _grid(title: str) -> Grid:
    return Grid(
        title=title or None,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_header=False,
    )
