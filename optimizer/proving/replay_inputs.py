"""What a replay starts from: the portfolio's tables and the decisions that the result frames state.

The replay modules use neither the parameters nor the formulation of the optimizer, nor any other module that helps to
make a plan. They read the same records and do the arithmetic of the model a second time, so that a slip in one of the
two shows as a difference.
"""

from __future__ import annotations

import calendar
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import OptimizerError
from sites.portfolio import Portfolio
from sites.records import Contract, Site

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

USD_PER_MILLION = 1e6
MONTH = re.compile(r"[12]\d{3}-(0[1-9]|1[0-2])", re.ASCII)


class ReplayError(OptimizerError):
    """A result frame states something that the portfolio's tables do not know; names frame, row and column."""


@dataclass(frozen=True)
class Calendar:
    """The months of a plan, numbered t = 0, 1, ... from its start.

    first_year, first_month : calendar month of t = 0; months : length of the horizon.
    """

    first_year: int
    first_month: int
    months: int

    def year_and_month(self, t: int) -> tuple[int, int]:
        """Calendar year and month (1 to 12) of month t, which may lie outside the horizon."""
        years, month = divmod(self.first_month - 1 + t, 12)
        return self.first_year + years, month + 1

    def label(self, t: int) -> str:
        """`YYYY-MM` of month t."""
        return "{:04d}-{:02d}".format(*self.year_and_month(t))

    def position(self, label: str) -> int:
        """Month t of a `YYYY-MM` label."""
        year, month = label.split("-")
        return (int(year) - self.first_year) * 12 + int(month) - self.first_month

    def hours(self, t: int) -> float:
        """Hours of month t, 24 every day. [h]"""
        return 24.0 * calendar.monthrange(*self.year_and_month(t))[1]

    def discount(self, annual_rate: float, t: IntArray) -> FloatArray:
        """Mid-month discount factors. [-]"""
        return np.asarray((1.0 + annual_rate) ** (-(t + 0.5) / 12.0), dtype=np.float64)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The horizon's months as labels."""
        return tuple(self.label(t) for t in range(self.months))


@dataclass(frozen=True)
class Delivery:
    """An offer as the plan takes it: where, from which rent month, how much.

    row : position of the site. tau : first rent month; negative for a deal that runs already. mw : critical. [MW]
    """

    offer: Contract
    site: Site
    row: int
    tau: int
    mw: float

    def words(self, months: Calendar) -> str:
        """The delivery as a reader would name it."""
        return f"contract '{self.offer.id}' at site '{self.site.id}' from {months.label(self.tau)}"

    @property
    def occupied_from(self) -> int:
        """First month in which the site's capacity is taken; negative when before the plan."""
        return self.tau - self.offer.disruption_months

    def released(self, horizon: int) -> int:
        """First month in which the site's capacity is free again, the horizon's end at the latest."""
        return horizon if self.offer.after_term == "renew" else min(horizon, self.tau + self.offer.term_months)


@dataclass(frozen=True)
class Decisions:
    """A plan as its frames state it, beside the tables that it was made for.

    deliveries : the taken starts, in the frame's order.
    energised_mw : one row per fleet in the portfolio's order, one column per month. [MW]
    """

    portfolio: Portfolio
    months: Calendar
    deliveries: tuple[Delivery, ...]
    energised_mw: FloatArray

    @cached_property
    def site_rows(self) -> dict[str, int]:
        """Position of every site."""
        return {site.id: row for row, site in enumerate(self.portfolio.sites)}

    @cached_property
    def fleet_site(self) -> IntArray:
        """Position of every fleet's site."""
        return np.array([self.site_rows[fleet.site] for fleet in self.portfolio.fleets], dtype=np.int64)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of sites and of months."""
        return len(self.portfolio.sites), self.months.months

    def by_site(self, by_fleet: FloatArray) -> FloatArray:
        """Sum a fleets x months array over the fleets of each site."""
        totals = np.zeros(self.shape)
        np.add.at(totals, self.fleet_site, by_fleet)
        return totals


def calendar_of(portfolio: Portfolio) -> Calendar:
    """The months of a portfolio's horizon."""
    year, month = portfolio.settings.start.split("-")
    return Calendar(int(year), int(month), portfolio.settings.months)


def read_decisions(portfolio: Portfolio, contracts: Any, fleets: Any) -> Decisions:
    """Take the plan's decisions from its frames.

    Parameters
    ----------
    contracts : result frame; the rows with MW say what is taken, where and when. [MW critical]
    fleets : result frame; its column energised_mw, by month and fleet, a missing row being none. [MW]

    Raises
    ------
    ReplayError : an id, a month or a number that cannot be, or a row that stands twice.
    """
    months = calendar_of(portfolio)
    deliveries, energised = _deliveries(portfolio, months, contracts), _energised(portfolio, months, fleets)
    return Decisions(portfolio, months, deliveries, energised)


def _deliveries(portfolio: Portfolio, months: Calendar, frame: Any) -> tuple[Delivery, ...]:
    offers = {offer.id: offer for offer in portfolio.contracts}
    rows = {site.id: row for row, site in enumerate(portfolio.sites)}
    mw = numbers(frame, "contracts", "mw")
    taken = []
    for line in np.flatnonzero(mw != 0.0).tolist():
        contract, site, start = (str(frame[column].iloc[line]) for column in ("contract", "site", "start"))
        for column, value, known in (("contract", contract, offers), ("site", site, rows)):
            if value not in known:
                raise ReplayError(f"contracts, row {line + 2}, column {column}: the portfolio has no '{value}'")
        if MONTH.fullmatch(start) is None:
            raise ReplayError(f"contracts, row {line + 2}, column start: '{start}' is not a month")
        tau = months.position(start)
        taken.append(Delivery(offers[contract], portfolio.sites[rows[site]], rows[site], tau, float(mw[line])))
    return tuple(taken)


def _energised(portfolio: Portfolio, months: Calendar, frame: Any) -> FloatArray:
    keys = ("month", "site", "fleet")
    names = (months.labels, [site.id for site in portfolio.sites], [fleet.id for fleet in portfolio.fleets])
    t, site, fleet = positions(frame, "fleets", keys, names)
    home = np.array([names[1].index(record.site) for record in portfolio.fleets], dtype=np.int64)
    moved = np.flatnonzero(home[fleet] != site)
    if moved.size:
        line = int(moved[0])
        raise ReplayError(f"fleets, row {line + 2}: fleet '{frame['fleet'].iloc[line]}' is not at that site")
    energised = np.zeros((len(portfolio.fleets), months.months))
    energised[fleet, t] = numbers(frame, "fleets", "energised_mw")
    return energised


def numbers(frame: Any, table: str, column: str) -> FloatArray:
    """A column of finite numbers.

    Raises
    ------
    ReplayError : a cell that is empty or not finite.
    """
    values = frame[column].to_numpy(dtype=np.float64)
    unsound = np.flatnonzero(~np.isfinite(values))
    if unsound.size:
        raise ReplayError(f"{table}, row {int(unsound[0]) + 2}, column {column}: not a finite number")
    return np.asarray(values)


def positions(
    frame: Any,
    table: str,
    columns: Iterable[str],
    names: Iterable[Iterable[str]],
    *,
    unique: bool = True,
    complete: bool = False,
) -> list[IntArray]:
    """The positions of a frame's keys among the names that each key column may hold.

    unique : refuse a key that stands twice. complete : and refuse a frame in which a combination of names is missing.

    Raises
    ------
    ReplayError : an unknown name, a key that stands twice, or one that is missing.
    """
    columns, known_names = list(columns), [tuple(known) for known in names]
    found = [_positions(frame, table, column, known) for column, known in zip(columns, known_names, strict=True)]
    repeated = frame.duplicated(subset=columns).to_numpy()
    if unique and repeated.any():
        line = int(np.argmax(repeated))
        raise ReplayError(f"{table}, row {line + 2}: a second row for the same {', '.join(columns)}")
    expected = math.prod(len(known) for known in known_names)
    if complete and len(frame) != expected:
        raise ReplayError(f"{table}: {len(frame)} rows, expected one for every {', '.join(columns)}, {expected} in all")
    return found


def _positions(frame: Any, table: str, column: str, known: tuple[str, ...]) -> IntArray:
    position: Mapping[str, int] = {name: at for at, name in enumerate(known)}
    codes = np.array([position.get(name, -1) for name in frame[column].tolist()], dtype=np.int64)
    unknown = np.flatnonzero(codes < 0)
    if unknown.size:
        line = int(unknown[0])
        raise ReplayError(f"{table}, row {line + 2}, column {column}: '{frame[column].iloc[line]}' is not known here")
    return codes
