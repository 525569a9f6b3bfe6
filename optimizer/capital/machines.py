"""Machines as a stock of the portfolio: bought, installed, taken out, sold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.capital.decisions import Decision, at_once, joined, owners, window
from optimizer.horizon import USD_PER_USD_M, BoolArray, FloatArray, Horizon, IntArray
from sites.capital_records import RigOffer, RigStock
from sites.portfolio import Portfolio
from sites.records import Fleet

TH_PER_PH = 1000.0


@dataclass(frozen=True)
class Machines:
    """What may be done with the machine types that are handled.

    types : the terms of each. fleets : positions of their fleets. fleet_type : the type of each of these.
    opening_mw : installed in each of these when the plan starts. [MW] stock_mw : of each type, in stock. [MW]
    offers : to buy. offer_type : the type of each. bought_of : the offer of every column of `buy`.
    buy, sell, install, uninstall : what is decided; the last three have a column for each type or fleet and month.
    end_usd_m : worth, when the plan ends, of one MW of each type. [USD million/MW]
    """

    types: tuple[RigStock, ...]
    fleets: IntArray
    fleet_type: IntArray
    opening_mw: FloatArray
    stock_mw: FloatArray
    offers: tuple[RigOffer, ...]
    offer_type: IntArray
    bought_of: IntArray
    buy: Decision
    sell: Decision
    install: Decision
    uninstall: Decision
    end_usd_m: FloatArray

    @classmethod
    def of(cls, portfolio: Portfolio, fleets: Sequence[Fleet], horizon: Horizon) -> Machines:
        """The machines of a portfolio; everything is empty where no type is handled."""
        types, months = handled_types(portfolio), horizon.months
        number = {terms.rig: row for row, terms in enumerate(types)}
        chosen = np.array([row for row, fleet in enumerate(fleets) if fleet.rig in number], dtype=np.int64)
        fleet_type = np.array([number[fleets[row].rig] for row in chosen.tolist()], dtype=np.int64)
        offers = tuple(sorted(portfolio.rig_offers, key=lambda offer: offer.id))
        windows = [window(horizon, o.first_order, o.last_order, months - o.lead_months) for o in offers]
        of, ordered = owners(windows), joined(windows)
        offer_type = np.array([number[offer.rig] for offer in offers], dtype=np.int64)
        th_s = np.array([portfolio.ph_s_per_mw(terms.rig) * TH_PER_PH for terms in types], dtype=np.float64)
        end = np.array([terms.residual_usd_per_th for terms in types], dtype=np.float64) * th_s / USD_PER_USD_M
        t = np.arange(months)
        price = np.array([o.usd_per_th for o in offers], dtype=np.float64)[of] * th_s[offer_type[of]] / USD_PER_USD_M
        price = price * (1.0 - np.array([o.monthly_decline for o in offers], dtype=np.float64)[of]) ** ordered
        most = [o.max_mw if o.max_mw_per_month is None else min(o.max_mw, o.max_mw_per_month) for o in offers]
        buy = Decision(
            name="rig_buy_mw",
            where=tuple(offers[row].id for row in of.tolist()),
            month=ordered,
            upper=np.array(most, dtype=np.float64)[of],
            unit="MW",
            flows={"rig_purchases": at_once(ordered, months, -price)},
            end_usd_m={"residuals": end[offer_type[of]]},
        )
        opening = np.array([fleets[row].mw for row in chosen.tolist()], dtype=np.float64)
        stock = np.array([terms.mw for terms in types], dtype=np.float64)
        owned = stock + _by_type(fleet_type, opening, len(types))
        owned += _by_type(offer_type, np.array([offer.max_mw for offer in offers]), len(types))
        sale = np.array([terms.sell_usd_per_th for terms in types])[:, None] * th_s[:, None] / USD_PER_USD_M
        sale = sale * (1.0 - np.array([terms.sell_decline for terms in types])[:, None]) ** t
        limit = [np.inf if x.max_sell_mw_per_month is None else x.max_sell_mw_per_month for x in types]
        month = np.tile(t, len(types))
        sell = Decision(
            name="rig_sell_mw",
            where=tuple(terms.rig for terms in types for _ in range(months)),
            month=month,
            upper=np.repeat(np.minimum(owned, limit), months),
            unit="MW",
            flows={"rig_sales": at_once(month, months, sale.ravel())},
            end_usd_m={"residuals": -np.repeat(end, months)},
        )
        room = np.array([fleets[row].room_mw for row in chosen.tolist()], dtype=np.float64)
        handling = [
            _handling(name, [fleets[row].id for row in chosen.tolist()], room, cost[fleet_type], months)
            for name, cost in (
                ("rig_install_mw", np.array([terms.install_usd_per_mw for terms in types])),
                ("rig_uninstall_mw", np.array([terms.uninstall_usd_per_mw for terms in types])),
            )
        ]
        return cls(
            types, chosen, fleet_type, opening, stock, offers, offer_type, of, buy, sell, handling[0], handling[1], end
        )

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """All that is decided."""
        return self.buy, self.sell, self.install, self.uninstall

    @property
    def owned_usd_m(self) -> float:
        """What is owned when the plan starts is worth this much when it ends. [USD million]"""
        owned = self.stock_mw + _by_type(self.fleet_type, self.opening_mw, len(self.types))
        return float(owned @ self.end_usd_m)

    def arrivals(self, kind: int, month: int) -> IntArray:
        """Columns of `buy` that come into the stock of a type in a month."""
        lead = np.array([offer.lead_months for offer in self.offers], dtype=np.int64)[self.bought_of]
        return np.flatnonzero((self.offer_type[self.bought_of] == kind) & (self.buy.month + lead == month))

    def largest_stock_mw(self) -> FloatArray:
        """Most that a type's stock can ever be: all that is owned or can be bought. [MW]"""
        bought = np.array([offer.max_mw for offer in self.offers], dtype=np.float64)
        kinds = len(self.types)
        return np.asarray(
            self.stock_mw + _by_type(self.fleet_type, self.opening_mw, kinds) + _by_type(self.offer_type, bought, kinds)
        )


def handled_types(portfolio: Portfolio) -> tuple[RigStock, ...]:
    """The terms of all handled machine types, by id; an offer's type without terms has the defaults."""
    given = {terms.rig: terms for terms in portfolio.rig_stock}
    offered = {offer.rig: RigStock(rig=offer.rig) for offer in portfolio.rig_offers}
    return tuple(terms for _, terms in sorted((offered | given).items()))


def is_handled(portfolio: Portfolio, fleets: Sequence[Fleet]) -> BoolArray:
    """Which fleets are of a handled type."""
    handled = {terms.rig for terms in handled_types(portfolio)}
    return np.array([fleet.rig in handled for fleet in fleets], dtype=np.bool_)


def _by_type(kind: IntArray, mw: FloatArray, kinds: int) -> FloatArray:
    return np.bincount(kind, weights=mw, minlength=kinds).astype(np.float64)


def _handling(name: str, fleets: Sequence[str], room: FloatArray, usd_per_mw: FloatArray, months: int) -> Decision:
    month = np.tile(np.arange(months), len(fleets))
    cost = np.repeat(usd_per_mw / USD_PER_USD_M, months)
    return Decision(
        name=name,
        where=tuple(fleet for fleet in fleets for _ in range(months)),
        month=month,
        upper=np.repeat(room, months),
        unit="MW",
        flows={"rig_handling": at_once(month, months, -cost)},
    )
