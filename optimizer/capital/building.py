"""What can be built or closed: mining halls, grid connections, whole sites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.capital.decisions import Decision, at_once, joined, owners, spread_evenly, window
from optimizer.horizon import USD_PER_USD_M, FloatArray, Horizon, IntArray
from optimizer.sparse import csr_matrix
from sites.capital_records import Expansion, HallBuild
from sites.portfolio import Portfolio
from sites.records import Site


@dataclass(frozen=True)
class Building:
    """What may be built or closed, and when it is ready. Sites are positions.

    halls, hall_site, hall_of, hall, hall_ready : the halls, the site of each, and by column of `hall` which and when.
    expansions, expansion_site, expand_of, expand, expand_ready : the same of expansions.
    once, once_of : the expansions that are ordered once or never, and the expansion of every column of it.
    closable, close_of, close : sites that may be closed, and the site of every column.
    """

    halls: tuple[HallBuild, ...]
    hall_site: IntArray
    hall_of: IntArray
    hall_ready: IntArray
    hall: Decision
    expansions: tuple[Expansion, ...]
    expansion_site: IntArray
    expand_of: IntArray
    expand_ready: IntArray
    expand: Decision
    once_of: IntArray
    once: Decision
    closable: IntArray
    close_of: IntArray
    close: Decision

    @classmethod
    def of(cls, portfolio: Portfolio, sites: Sequence[Site], horizon: Horizon) -> Building:
        """The possibilities of a portfolio."""
        position = {site.id: row for row, site in enumerate(sites)}
        halls = tuple(sorted(portfolio.hall_builds, key=lambda record: record.id))
        expansions = tuple(sorted(portfolio.expansions, key=lambda record: record.id))
        hall_of, hall_ready, hall = _orders("hall_mw", "halls", halls, horizon)
        expand_of, expand_ready, expand = _orders("expand_mw", "expansions", expansions, horizon)
        once_of, once = _ordered_once(expansions, expand_of, expand, horizon)
        closable = np.array([row for row, site in enumerate(sites) if site.closure_cost_usd is not None], np.int64)
        close_of, close = _closures(sites, closable, horizon)
        return cls(
            halls=halls,
            hall_site=np.array([position[record.site] for record in halls], dtype=np.int64),
            hall_of=hall_of,
            hall_ready=hall_ready,
            hall=hall,
            expansions=expansions,
            expansion_site=np.array([position[record.site] for record in expansions], dtype=np.int64),
            expand_of=expand_of,
            expand_ready=expand_ready,
            expand=expand,
            once_of=once_of,
            once=once,
            closable=closable,
            close_of=close_of,
            close=close,
        )

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """All that is decided."""
        return self.hall, self.expand, self.once, self.close

    def growth_mw(self, sites: int) -> FloatArray:
        """Most that each site's capacity may grow. [MW]"""
        most = np.array([record.max_mw for record in self.expansions], dtype=np.float64)
        return np.bincount(self.expansion_site, weights=most, minlength=sites).astype(np.float64)


def _orders(
    name: str, line: str, records: Sequence[HallBuild] | Sequence[Expansion], horizon: Horizon
) -> tuple[IntArray, IntArray, Decision]:
    """Record, month of being ready, and decision for every order that is ready within the horizon."""
    months = horizon.months
    windows = [window(horizon, r.first_order, r.last_order, months - r.lead_months) for r in records]
    of, ordered = owners(windows), joined(windows)
    lead = np.array([record.lead_months for record in records], dtype=np.int64)[of]
    cost = np.array([record.usd_per_mw / USD_PER_USD_M for record in records], dtype=np.float64)[of]
    kept = np.array([record.residual_share for record in records], dtype=np.float64)[of]
    flows = {line: spread_evenly(ordered, lead, months, -cost)}
    deposit = np.array([getattr(r, "deposit_usd_per_mw", 0.0) / USD_PER_USD_M for r in records], dtype=np.float64)[of]
    refund = np.array([getattr(r, "deposit_refund", 0.0) for r in records], dtype=np.float64)[of]
    if deposit.any():
        flows["deposits"] = at_once(ordered, months, -deposit) + at_once(ordered + lead, months, deposit * refund)
    decision = Decision(
        name=name,
        where=tuple(records[row].id for row in of.tolist()),
        month=ordered,
        upper=np.array([record.max_mw for record in records], dtype=np.float64)[of],
        unit="MW",
        flows=flows,
        end_usd_m={"residuals": kept * cost},
    )
    return of, ordered + lead, decision


def is_ordered_once(record: Expansion) -> bool:
    """Whether an expansion has a cost or a size that comes with its order as a whole."""
    return bool(record.land_usd or record.substation_usd or record.min_mw)


def _ordered_once(
    records: Sequence[Expansion], expand_of: IntArray, expand: Decision, horizon: Horizon
) -> tuple[IntArray, Decision]:
    """Whether such an expansion is ordered in a month; one column for each column of `expand` that is of such a one."""
    lumpy = np.array([is_ordered_once(record) for record in records], dtype=np.bool_)
    rows = np.flatnonzero(lumpy[expand_of]) if expand_of.size else expand_of
    of, month = expand_of[rows], expand.month[rows]
    fixed = np.array([(r.land_usd + r.substation_usd) / USD_PER_USD_M for r in records], dtype=np.float64)[of]
    kept = np.array([record.residual_share for record in records], dtype=np.float64)[of]
    return rows, Decision(
        name="expand_once",
        where=tuple(records[row].id for row in of.tolist()),
        month=month,
        upper=np.ones(of.size),
        unit="",
        flows={"expansions": at_once(month, horizon.months, -fixed)},
        end_usd_m={"residuals": kept * fixed},
    )


def _closures(sites: Sequence[Site], closable: IntArray, horizon: Horizon) -> tuple[IntArray, Decision]:
    months = horizon.months
    windows = [window(horizon, sites[row].first_closure, None, months) for row in closable.tolist()]
    of, closed = closable[owners(windows)] if closable.size else closable, joined(windows)
    cost = np.array([(sites[row].closure_cost_usd or 0.0) / USD_PER_USD_M for row in of.tolist()], dtype=np.float64)
    fixed = np.array([sites[row].fixed_cost_usd_per_month / USD_PER_USD_M for row in of.tolist()], dtype=np.float64)
    saved = np.where(np.arange(months)[None, :] >= closed[:, None], fixed[:, None], 0.0)
    return of, Decision(
        name="close",
        where=tuple(sites[row].id for row in of.tolist()),
        month=closed,
        upper=np.ones(of.size),
        unit="",
        flows={"closures": at_once(closed, months, -cost), "site_fixed_saved": csr_matrix(saved)},
    )
