"""Every limit of a plan, month by month, from its decisions and the tables (model section 3)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from optimizer.proving.replay_frames import FloatArray
from optimizer.proving.replay_hosting import HostingReplay
from optimizer.proving.replay_inputs import USD_PER_MILLION, Decisions, Delivery
from optimizer.proving.replay_tightest import LimitReplay, tightest

PH_PER_EH = 1000.0


class Occupancy:
    """Site capacity that AI takes, one row per site and one column per month.

    ai : MW occupied, disruption months included. rented : the part of it that pays rent. [MW]
    halls : MW of mining halls taken for good. [MW]
    building : portfolio MW under construction, by month. [MW]
    critical : portfolio critical MW that pay rent, by month. [MW]
    """

    def __init__(self, decisions: Decisions) -> None:
        horizon = decisions.months.months
        self.ai, self.halls = np.zeros(decisions.shape), np.zeros(decisions.shape)
        self.rented = np.zeros(decisions.shape)
        self.building, self.critical = np.zeros(horizon), np.zeros(horizon)
        for delivery in decisions.deliveries:
            gross = delivery.offer.gross_ratio * delivery.mw
            begin, end = max(0, delivery.occupied_from), max(0, delivery.released(horizon))
            self.ai[delivery.row, begin:end] += gross
            if delivery.offer.retrofit:
                self.halls[delivery.row, begin:] += gross
            signed = max(0, delivery.tau - delivery.offer.build_months)
            tau = max(0, delivery.tau)
            self.building[signed:tau] += gross
            self.rented[delivery.row, tau:end] += gross
            self.critical[tau:end] += delivery.mw


def capacity_by_month(decisions: Decisions) -> FloatArray:
    """Capacity of every site in every month, with its steps and what is added. [MW]"""
    months, portfolio = decisions.months, decisions.portfolio
    capacity = np.tile(np.array([[site.capacity_mw] for site in portfolio.sites]), (1, months.months))
    for step in sorted(portfolio.capacity_steps, key=lambda step: months.position(step.from_month)):
        capacity[decisions.site_rows[step.site], max(0, months.position(step.from_month)) :] = step.capacity_mw
    return capacity if decisions.capital is None else capacity + decisions.capital.added_mw


def replay_limits(decisions: Decisions, hosting: tuple[HostingReplay, ...]) -> tuple[LimitReplay, ...]:
    """The tightest place of every kind of limit that the portfolio has, in a fixed order."""
    occupancy = Occupancy(decisions)
    found: list[LimitReplay] = []
    for family in (_site_limits, _share_limits, _portfolio_limits):
        found += family(decisions, occupancy)
    found += _budget(decisions, hosting)
    found += _offer_limits(decisions)
    found += _fleet_limits(decisions)
    return tuple(found)


def _site_limits(decisions: Decisions, occupancy: Occupancy) -> list[LimitReplay]:
    sites, months = decisions.portfolio.sites, decisions.months
    capacity = capacity_by_month(decisions)
    mining = decisions.by_site(decisions.energised_mw)
    halls = np.array([[site.mining_halls_mw] for site in sites]) + np.zeros(decisions.shape)
    firm = np.array([[site.ai_limit_mw] for site in sites]) + np.zeros(decisions.shape)
    closed = np.zeros(decisions.shape)
    if decisions.capital is not None:
        closed = decisions.capital.closed
        firm += np.where([[site.ai_max_mw is None] for site in sites], decisions.capital.added_mw, 0.0)
        for (row, _), ready in decisions.capital.halls_mw.items():
            halls[row] += ready
    shed = np.array([[site.curtailable_min_share] for site in sites])

    def words(row: int, t: int) -> str:
        return f"site '{sites[row].id}', {months.label(t)}"

    curtailable = (1.0 - shed) * (occupancy.ai + mining) - occupancy.ai
    return [
        *tightest("site capacity", capacity - occupancy.ai - mining, "MW", capacity, words),
        *tightest("mining halls", halls - occupancy.halls - mining, "MW", halls, words),
        *_cooling_limits(decisions, occupancy, words),
        *tightest("closed site", -closed * (occupancy.ai + mining), "MW", capacity, words),
        *tightest("firm AI capacity", firm - occupancy.ai, "MW", firm, words),
        *tightest("curtailable share", curtailable, "MW", shed, words),
    ]


def _cooling_limits(decisions: Decisions, occupancy: Occupancy, words: Callable[..., str]) -> list[LimitReplay]:
    """Machines of every set of cooling types fit into the halls that suit one of them."""
    portfolio, slacks = decisions.portfolio, []
    built = {} if decisions.capital is None else decisions.capital.halls_mw
    for row, site in enumerate(portfolio.sites):
        fleets = np.flatnonzero(decisions.fleet_site == row).tolist()
        kinds = sorted({portfolio.rig(portfolio.fleets[k].rig).cooling for k in fleets})
        slack = np.full(decisions.months.months, np.inf)
        for bits in range(1, 2 ** len(kinds)):
            chosen = [kind for n, kind in enumerate(kinds) if bits >> n & 1]
            room = np.zeros(decisions.months.months)
            if site.cooling == "any" or site.cooling in chosen:
                room += site.mining_halls_mw - occupancy.halls[row]
            for (at, cooling), ready in built.items():
                if at == row and (cooling == "any" or cooling in chosen):
                    room += ready
            own = [k for k in fleets if portfolio.rig(portfolio.fleets[k].rig).cooling in chosen]
            slack = np.minimum(slack, room - decisions.energised_mw[own].sum(axis=0))
        slacks.append(np.where(np.isfinite(slack), slack, site.mining_halls_mw))
    return tightest("halls by cooling", np.array(slacks), "MW", np.zeros((1, 1)), words)


def _share_limits(decisions: Decisions, occupancy: Occupancy) -> list[LimitReplay]:
    limits, months = decisions.portfolio.limits, decisions.months
    ai, load = occupancy.ai.sum(axis=0), occupancy.ai.sum(axis=0) + decisions.energised_mw.sum(axis=0)
    found: list[LimitReplay] = []
    if limits.ai_share_min is not None:
        share = np.array([limits.ai_share_min])
        found += tightest("least AI share", ai - share * load, "MW", share, months.label)
    if limits.ai_share_max is not None:
        share = np.array([limits.ai_share_max])
        found += tightest("largest AI share", share * load - ai, "MW", share, months.label)
    if limits.counterparty_share_max is not None:
        by_party = _critical_by_party(decisions)
        found += _largest_part("counterparty share", by_party, limits.counterparty_share_max, "critical MW", decisions)
    if limits.region_share_max is not None:
        by_region: dict[str, FloatArray] = {}
        for row, site in enumerate(decisions.portfolio.sites):
            by_region[site.region] = by_region.get(site.region, 0.0) + occupancy.ai[row]
        found += _largest_part("region share", by_region, limits.region_share_max, "MW", decisions)
    return found


def _critical_by_party(decisions: Decisions) -> dict[str, FloatArray]:
    horizon = decisions.months.months
    by_party = {offer.counterparty: np.zeros(horizon) for offer in decisions.portfolio.contracts}
    for delivery in decisions.deliveries:
        occupied = slice(max(0, delivery.occupied_from), max(0, delivery.released(horizon)))
        by_party[delivery.offer.counterparty][occupied] += delivery.mw
    return by_party


def _largest_part(
    name: str, parts: dict[str, FloatArray], share: float, unit: str, decisions: Decisions
) -> list[LimitReplay]:
    """share * total - part >= 0 for every part and month."""
    if not parts:
        return []
    names, table = list(parts), np.array(list(parts.values()))
    slack = share * table.sum(axis=0) - table
    return tightest(
        name, slack, unit, np.array([share]), lambda part, t: f"'{names[part]}', {decisions.months.label(t)}"
    )


def _portfolio_limits(decisions: Decisions, occupancy: Occupancy) -> list[LimitReplay]:
    portfolio, months = decisions.portfolio, decisions.months
    found: list[LimitReplay] = []
    if portfolio.limits.max_build_mw is not None:
        level = np.array([portfolio.limits.max_build_mw])
        found += tightest("MW under construction", level - occupancy.building, "MW", level, months.label)
    if portfolio.limits.min_eh_s is not None:
        uptime = np.array([fleet.uptime for fleet in portfolio.fleets])
        rate = uptime * decisions.tiers.full_ph_s_per_mw / PH_PER_EH
        level = np.array([portfolio.limits.min_eh_s])
        hashrate = rate.reshape(1, -1) @ decisions.energised_mw
        found += tightest("least hashrate", hashrate[0] - level, "EH/s", level, months.label)
    return found


def _budget(decisions: Decisions, hosting: tuple[HostingReplay, ...]) -> list[LimitReplay]:
    """Capex spent up to each month against the step of the budget that holds then, nothing before the first."""
    steps, months = decisions.portfolio.limits.capex_budget, decisions.months
    if not steps:
        return []
    budget, spent = np.zeros(months.months), np.zeros(months.months)
    for step in sorted(steps, key=lambda step: months.position(step.month)):
        budget[max(0, months.position(step.month)) :] = step.usd / USD_PER_MILLION
    for deal in hosting:
        spent -= np.cumsum(deal.lines["capex"]) / USD_PER_MILLION
    return tightest("capex budget", budget - spent, "USD million", budget, months.label)


def _offer_limits(decisions: Decisions) -> list[LimitReplay]:
    """Size of every offer, and for every delivery its sign, site and start."""
    offers, months = decisions.portfolio.contracts, decisions.months
    taken = {offer.id: 0.0 for offer in offers}
    for delivery in decisions.deliveries:
        taken[delivery.offer.id] += delivery.mw
    open_ = [offer for offer in offers if offer.committed_mw == 0.0]
    size = np.array([offer.max_mw for offer in open_])
    signed = [offer for offer in offers if offer.committed_mw > 0.0]
    signed = [offer for offer in signed if months.position(offer.first_start) < months.months]
    due = np.array([offer.committed_mw for offer in signed])
    amount = np.array([delivery.mw for delivery in decisions.deliveries])
    windows = np.array([_window_slack(decisions, delivery) for delivery in decisions.deliveries], dtype=np.float64)

    def delivery_words(position: int) -> str:
        return decisions.deliveries[position].words(months)

    return [
        *tightest("offer size", size - [taken[offer.id] for offer in open_], "critical MW", size,
                   lambda position: f"contract '{open_[position].id}'"),
        *tightest("signed contract", -np.abs(due - [taken[offer.id] for offer in signed]), "critical MW", due,
                   lambda position: f"contract '{signed[position].id}'"),
        *tightest("delivery not negative", amount, "critical MW", np.array([0.0]), delivery_words),
        *tightest("start window", windows, "months", np.array([0.0]), delivery_words),
    ]  # fmt: skip


def _window_slack(decisions: Decisions, delivery: Delivery) -> float:
    """Months between a start and the nearest end of its window; -inf at a site that the offer does not name."""
    offer, months = delivery.offer, decisions.months
    if delivery.site.id not in offer.sites:
        return -np.inf
    first, last = months.position(offer.first_start), months.position(offer.last_start)
    if offer.committed_mw == 0.0:
        first = max(first, offer.build_months)
    return float(min(delivery.tau - first, min(last, months.months - 1) - delivery.tau))


def _fleet_limits(decisions: Decisions) -> list[LimitReplay]:
    fleets, months = decisions.portfolio.fleets, decisions.months
    installed = np.zeros_like(decisions.energised_mw)
    for row, fleet in enumerate(fleets):
        end = months.months if fleet.retire is None else max(0, months.position(fleet.retire))
        installed[row, :end] = fleet.mw if decisions.capital is None else decisions.capital.installed_mw[row, :end]

    def words(row: int, t: int) -> str:
        return f"fleet '{fleets[row].id}', {months.label(t)}"

    return [
        *tightest("installed fleet", installed - decisions.energised_mw, "MW", installed, words),
        *tightest("energised not negative", decisions.energised_mw, "MW", np.zeros((1, 1)), words),
    ]
