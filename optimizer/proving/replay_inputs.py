"""What a replay starts from: the portfolio's tables and the decisions that the result frames state.

The replay modules use neither the parameters nor the formulation of the optimizer, nor any other module that helps to
make a plan. They read the same records and do the arithmetic of the model a second time, so that a slip in one of the
two shows as a difference.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from optimizer.proving.replay_calendar import Calendar, calendar_of
from optimizer.proving.replay_capital import CapitalReplay
from optimizer.proving.replay_frames import BoolArray, FloatArray, IntArray, ReplayError, numbers, positions
from optimizer.proving.replay_programmes import Programme, read_programmes
from optimizer.proving.replay_scenarios import Lived
from optimizer.proving.replay_tiers import Tiers
from sites.portfolio import Portfolio
from sites.records import Contract, Site

USD_PER_MILLION = 1e6
MONTH = re.compile(r"[12]\d{3}-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True)
class Delivery:
    """An offer as the plan takes it: where, from which rent month, how much.

    row : position of the site. tau : first rent month; negative for a deal that runs already. mw : critical. [MW]
    earning : month in which it really begins, where building is late.
    """

    offer: Contract
    site: Site
    row: int
    tau: int
    earning: int
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
    active_mw : of it not mothballed; read only where a power contract is in force, zero elsewhere. [MW]
    programmes : the power contracts and what is decided about them, in the order of their table.
    lived : the scenario in which all this happens. capital : what is decided about it, None without its tables.
    """

    portfolio: Portfolio
    months: Calendar
    lived: Lived
    deliveries: tuple[Delivery, ...]
    energised_mw: FloatArray
    active_mw: FloatArray
    programmes: tuple[Programme, ...]
    capital: CapitalReplay | None = None

    @cached_property
    def tiers(self) -> Tiers:
        """The tiers of all fleets."""
        return Tiers.of(self.portfolio)

    @cached_property
    def month_hours(self) -> FloatArray:
        """Hours of every month. [h]"""
        return np.array([self.months.hours(t) for t in range(self.months.months)])

    @cached_property
    def contracted(self) -> BoolArray:
        """Whether a power contract is in force: one row per site, one column per month."""
        found = np.zeros(self.shape, dtype=np.bool_)
        for programme in self.programmes:
            found[programme.row] |= programme.in_force
        return found

    def of_kind(self, *kinds: str) -> list[Programme]:
        """The power contracts of some kinds."""
        return [programme for programme in self.programmes if programme.record.kind in kinds]

    def fleet_charges(self, kind: str) -> FloatArray:
        """What every fleet pays, or earns, by the contracts of a kind that know its MW: fleets x months. [USD]"""
        total = np.zeros_like(self.energised_mw)
        for programme in self.of_kind(kind):
            for fleet, mw in programme.by_fleet.items():
                total[fleet] += programme.usd_per_mw_month * mw
        return total

    @cached_property
    def enrolled_mw(self) -> FloatArray:
        """MW of every fleet enrolled for demand response: fleets x months. [MW]"""
        total = np.zeros_like(self.energised_mw)
        for programme in self.of_kind("demand_response"):
            for fleet, mw in programme.by_fleet.items():
                total[fleet] += mw
        return total

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


def read_decisions(
    portfolio: Portfolio,
    lived: Lived,
    contracts: Any,
    fleets: Any,
    programmes: Any,
    capital: CapitalReplay | None = None,
) -> Decisions:
    """Take the plan's decisions from its frames.

    Parameters
    ----------
    contracts : result frame; the rows with MW say what is taken, where and when. [MW critical]
    fleets : result frame; its columns energised_mw and, with power contracts, active_mw, by month and fleet, a
        missing row being none. [MW]
    programmes : result frame; its column mw, by month, power contract and name. None is no row. [MW]

    Raises
    ------
    ReplayError : an id, a month or a number that cannot be, a row that stands twice or, of the programmes, is missing.
    """
    months = calendar_of(portfolio)
    deliveries = _deliveries(portfolio, months, lived.delay, contracts)
    energised, active = _ready(portfolio, months, fleets)
    known = read_programmes(portfolio, months, programmes)
    decisions = Decisions(portfolio, months, lived, deliveries, energised, active, known, capital)
    active[~decisions.contracted[decisions.fleet_site]] = 0.0
    return decisions


def _deliveries(portfolio: Portfolio, months: Calendar, delay: int, frame: Any) -> tuple[Delivery, ...]:
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
        earning = tau + delay if tau >= 0 else tau
        taken.append(Delivery(offers[contract], portfolio.sites[rows[site]], rows[site], tau, earning, float(mw[line])))
    return tuple(taken)


def _ready(portfolio: Portfolio, months: Calendar, frame: Any) -> tuple[FloatArray, FloatArray]:
    """Energised and active MW, fleets x months."""
    keys = ("month", "site", "fleet")
    names = (months.labels, [site.id for site in portfolio.sites], [fleet.id for fleet in portfolio.fleets])
    t, site, fleet = positions(frame, "fleets", keys, names)
    home = np.array([names[1].index(record.site) for record in portfolio.fleets], dtype=np.int64)
    moved = np.flatnonzero(home[fleet] != site)
    if moved.size:
        line = int(moved[0])
        raise ReplayError(f"fleets, row {line + 2}: fleet '{frame['fleet'].iloc[line]}' is not at that site")
    energised, active = np.zeros((2, len(portfolio.fleets), months.months))
    energised[fleet, t] = numbers(frame, "fleets", "energised_mw")
    if portfolio.power_contracts:
        active[fleet, t] = numbers(frame, "fleets", "active_mw")
    return energised, active
