"""Who uses the megawatts, in the oracle: offers and fleets month by month, under the rules of sites, offers and limits.

Halls that retrofits take are at most those that the site has, also where the plan builds others.
"""

from __future__ import annotations

import numpy as np
from capital.assets import MILLION, Assets, cooling_sets, suits
from capital.flows import StartFlows, start_flows, worlds_of
from capital.linear import Programme, Sum, total
from oracle_money import Row, Tables, World, committed_mw, month_index, renews, value

Start = tuple[str, str, int]


class Uses:
    """Critical MW of every start and energised MW of every fleet and month, and what they earn in each scenario."""

    def __init__(self, lp: Programme, tables: Tables, assets: Assets) -> None:
        """Write the columns and their rules; `assets` say what stands and is ready."""
        self.lp, self.tables, self.assets = lp, tables, assets
        self.worlds, self.probability = worlds_of(tables)
        self.world: World = self.worlds[0]
        self.months = range(self.world.months)
        self.offers = {offer["id"]: offer for offer in self.world.offers}
        self._add_uses()
        self._add_site_rules()
        self._add_offer_rules()
        self._add_limits()

    def mean(self, by_scenario: list[Sum]) -> Sum:
        """Mean over the scenarios."""
        return total(float(p) * part for p, part in zip(self.probability, by_scenario, strict=True))

    def _add_uses(self) -> None:
        self.ai: dict[Start, Sum] = {}
        self.flows: list[dict[Start, StartFlows]] = [{} for _ in self.worlds]
        for name, offer in self.offers.items():
            signed = committed_mw(offer)
            for site in offer["sites"]:
                for tau in self.world.starts(offer):
                    key = (name, site, tau)
                    block = float(value(offer, "block_mw", 0.0))
                    if block > 0.0 and not signed:
                        self.ai[key] = block * self.lp.column(np.floor(float(offer["max_mw"]) / block), whole=True)
                    else:
                        self.ai[key] = self.lp.column(signed or float(offer["max_mw"]), low=signed)
                    for world, flows in zip(self.worlds, self.flows, strict=True):
                        flows[key] = start_flows(world, offer, site, tau)
        self.mining: dict[tuple[str, int], Sum] = {}
        for fleet in self.world.fleets:
            for t in self.months:
                retired = self._retired(fleet, t)
                self.mining[fleet["id"], t] = self.lp.column(0.0 if retired else np.inf)
                standing = self.assets.installed.get((fleet["id"], t), float(fleet["mw"]))
                self.lp.at_most(self.mining[fleet["id"], t], standing)

    def _retired(self, fleet: Row, t: int) -> bool:
        retire = value(fleet, "retire", None)
        return retire is not None and month_index(retire) - self.world.start <= t

    def _gross(self, t: int, site: str | None = None) -> Sum:
        parts = []
        for (name, place, tau), mw in self.ai.items():
            offer = self.offers[name]
            begun = t >= tau - int(value(offer, "disruption_months", 0))
            if site in (None, place) and begun and (renews(offer) or t < tau + int(offer["term_months"])):
                parts.append(float(value(offer, "gross_ratio", 1.35)) * mw)
        return total(parts)

    def _mined(self, t: int, site: str | None = None, kinds: set[str] | None = None) -> Sum:
        return total(
            self.mining[fleet["id"], t]
            for fleet in self.world.fleets
            if site in (None, fleet["site"]) and (kinds is None or self._kind(fleet) in kinds)
        )

    def _kind(self, fleet: Row) -> str:
        return str(value(self.world.rigs[fleet["rig"]], "cooling", "air"))

    def _halls_taken(self, t: int, site: str) -> Sum:
        return total(
            float(value(self.offers[name], "gross_ratio", 1.35)) * mw
            for (name, place, tau), mw in self.ai.items()
            if place == site
            and bool(value(self.offers[name], "retrofit", True))
            and t >= tau - int(value(self.offers[name], "disruption_months", 0))
        )

    def _add_site_rules(self) -> None:
        for site, row in self.world.sites.items():
            capacity = float(row["capacity_mw"])
            halls, own_ai = float(value(row, "mining_ready_mw", capacity)), value(row, "ai_max_mw", None)
            kinds = {self._kind(fleet) for fleet in self.world.fleets if fleet["site"] == site}
            most = sum(float(e["max_mw"]) for e in self.tables.get("expansions", []) if e["site"] == site)
            for t in self.months:
                ai, mined, taken = self._gross(t, site), self._mined(t, site), self._halls_taken(t, site)
                added = self.assets.added.get((site, t), Sum())
                self.lp.at_most(ai + mined, self.world.capacity(site, t) + added)
                self.lp.at_most(ai, capacity + added if own_ai is None else float(own_ai))
                self.lp.at_most(taken, halls)
                for some in cooling_sets(kinds):
                    room = total(ready[t] for kind, ready in self.assets.halls.get(site, []) if suits(kind, some))
                    if suits(str(value(row, "cooling", "any")), some):
                        room = room + halls - taken
                    self.lp.at_most(self._mined(t, site, some), room)
                share = float(value(row, "curtailable_min_share", 0.0))
                self.lp.at_most(ai, (1.0 - share) * (ai + mined))
                if (site, t) in self.assets.closed:
                    largest = self.world.capacity(site, t) + most
                    self.lp.at_most(ai + mined, largest - largest * self.assets.closed[site, t])

    def _add_offer_rules(self) -> None:
        taken: dict[str, Sum | float] = {}
        required = {str(value(offer, "requires", "")) for offer in self.offers.values()} - {""}
        for name, offer in self.offers.items():
            if committed_mw(offer) > 0.0:
                taken[name] = 1.0
                continue
            mw = total(part for (of, _, _), part in self.ai.items() if of == name)
            self.lp.at_most(mw, float(offer["max_mw"]))
            least = float(value(offer, "min_mw", 0.0))
            if least > 0.0 or name in required or value(offer, "exclusive_group", "") or value(offer, "requires", ""):
                taken[name] = self.lp.column(1.0, whole=True)
                self.lp.at_most(mw, float(offer["max_mw"]) * taken[name])
                self.lp.at_most(least * taken[name], mw)
        for name, offer in self.offers.items():
            if value(offer, "requires", ""):
                self.lp.at_most(taken[name], taken[offer["requires"]])
        for group in {str(value(offer, "exclusive_group", "")) for offer in self.offers.values()} - {""}:
            members = [taken[n] for n, o in self.offers.items() if value(o, "exclusive_group", "") == group]
            self.lp.at_most(total(members), 1.0)

    def _add_limits(self) -> None:
        limits = self.world.limits
        for t in self.months:
            ai, mined = self._gross(t), self._mined(t)
            if limits.get("capex_budget"):
                reached = [s for s in limits["capex_budget"] if month_index(s["month"]) <= self.world.start + t]
                usd = max(reached, key=lambda s: month_index(s["month"]))["usd"] if reached else 0.0
                spent = total(float(self.flows[0][key].capex[: t + 1].sum()) * mw for key, mw in self.ai.items())
                self.lp.at_most(spent, float(usd) / MILLION)
            if limits.get("ai_share_max") is not None:
                self.lp.at_most(ai, float(limits["ai_share_max"]) * (ai + mined))
            if limits.get("ai_share_min") is not None:
                self.lp.at_most(float(limits["ai_share_min"]) * (ai + mined), ai)
            if limits.get("min_eh_s") is not None:
                hashrate = total(
                    float(value(f, "uptime", 1.0)) * self.world.ph_s_per_mw(f) / 1000.0 * self.mining[f["id"], t]
                    for f in self.world.fleets
                )
                self.lp.at_most(float(limits["min_eh_s"]), hashrate)

    def flow(self, t: int, scenario: int, name: str, contract: str | None = None) -> Sum:
        """Cash of the offers, or of one of them, in a month: a line of StartFlows."""
        return total(
            float(getattr(self.flows[scenario][key], name)[t]) * mw
            for key, mw in self.ai.items()
            if contract in (None, key[0])
        )

    def site_costs(self, t: int) -> Sum:
        """Fixed costs of the sites that are not closed."""
        parts: list[Sum | float] = []
        for site, row in self.world.sites.items():
            usd = float(value(row, "fixed_cost_usd_per_month", 0.0)) / MILLION
            parts.append(usd - usd * self.assets.closed.get((site, t), Sum()))
        return total(parts)

    def mining_margin(self, t: int, scenario: int) -> Sum:
        """What the fleets earn after their power."""
        world = self.worlds[scenario]
        return total(
            world.mining_value(fleet, t) / MILLION * self.mining[fleet["id"], t] for fleet in self.world.fleets
        )

    def operating(self, scenario: int) -> list[Sum]:
        """Operating cash flow of every month."""
        return [
            self.mining_margin(t, scenario) + self.flow(t, scenario, "net_rent") - self.site_costs(t)
            for t in self.months
        ]

    def mean_flow(self, name: str, contract: str | None = None) -> list[Sum]:
        """Mean over the scenarios of a line of the offers, month by month."""
        count = range(len(self.worlds))
        return [self.mean([self.flow(t, scenario, name, contract) for scenario in count]) for t in self.months]

    def in_use(self) -> list[tuple[str, int, Sum]]:
        """Depreciable cost of the offers: class column of the tax table, month of use, amount."""
        found = []
        for key, mw in self.ai.items():
            flows = self.flows[0][key]
            if 0 <= key[2] < self.world.months:
                found.append(("ai_capex", key[2], float(flows.building.sum()) * mw))
            found += [("compute", t, float(flows.servers[t]) * mw) for t in self.months if flows.servers[t] > 0.0]
        return found
