"""What can be owned, in the oracle: machines, halls, expansions and the closing of sites.

Every function writes the columns and rules of one table and returns what moves in each month: money by kind, MW that
stand or are ready. Money is USD million, paid amounts are positive.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations

from capital.linear import Programme, Sum, total
from oracle_money import Row, World, month_index, value

MILLION = 1e6


def zeros(months: int) -> list[Sum]:
    """Nothing in every month."""
    return [Sum() for _ in range(months)]


def window(world: World, row: Row, first: str, last: str = "") -> range:
    """Months of the plan in which an order, a draw or a sale may take place."""
    begin = 0 if value(row, first, None) is None else max(0, month_index(row[first]) - world.start)
    end = world.months - 1 if value(row, last, None) is None else month_index(row[last]) - world.start
    return range(begin, min(end, world.months - 1) + 1)


@dataclass
class Assets:
    """What owning costs and brings, month by month. [USD million]"""

    world: World
    spent: list[Sum] = field(default_factory=list)
    sold: list[Sum] = field(default_factory=list)
    deductible: list[Sum] = field(default_factory=list)
    residual: Sum = field(default_factory=Sum)
    # Depreciable cost by class column of the tax table, month of use and amount.
    in_use: list[tuple[str, int, Sum]] = field(default_factory=list)
    installed: dict[tuple[str, int], Sum] = field(default_factory=dict)
    halls: dict[str, list[tuple[str, list[Sum]]]] = field(default_factory=dict)
    added: dict[tuple[str, int], Sum] = field(default_factory=dict)
    closed: dict[tuple[str, int], Sum] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with nothing."""
        for flow in (self.spent, self.sold, self.deductible):
            flow.extend(zeros(self.world.months))

    def pay(self, month: int, amount: Sum) -> None:
        """Spend an amount in a month."""
        self.spent[month] = self.spent[month] + amount


def add_machines(lp: Programme, a: Assets, tables: Row) -> None:
    """Offers, stock and what stands in the fleets of every handled type."""
    world, months = a.world, a.world.months
    offers, stocks = list(tables.get("rig_offers", [])), {row["rig"]: row for row in tables.get("rig_stock", [])}
    for rig in dict.fromkeys([*stocks, *(offer["rig"] for offer in offers)]):
        terms, fleets = stocks.get(rig, {"rig": rig}), [fleet for fleet in world.fleets if fleet["rig"] == rig]
        record = world.rigs[rig]
        per_th = th_s_per_mw(record) / MILLION
        arriving = zeros(months)
        for offer in (offer for offer in offers if offer["rig"] == rig):
            lead, ordered = int(value(offer, "lead_months", 0)), []
            for t in window(world, offer, "first_order", "last_order"):
                if t + lead > months - 1:
                    continue
                most = value(offer, "max_mw_per_month", None)
                b = lp.column(float(offer["max_mw"]) if most is None else float(most))
                usd = per_th * float(offer["usd_per_th"]) * (1.0 - float(value(offer, "monthly_decline", 0.0))) ** t
                a.pay(t, usd * b)
                a.in_use.append(("rigs", t + lead, usd * b))
                arriving[t + lead] = arriving[t + lead] + b
                ordered.append(b)
            lp.at_most(total(ordered), float(offer["max_mw"]))
        most_sold = value(terms, "max_sell_mw_per_month", None)
        ever = float(value(terms, "mw", 0.0)) + sum(float(fleet["mw"]) for fleet in fleets)
        ever += sum(float(offer["max_mw"]) for offer in offers)
        put = {(fleet["id"], t): lp.column(ever) for fleet in fleets for t in range(months)}
        taken = {(fleet["id"], t): lp.column(ever) for fleet in fleets for t in range(months)}
        sold = [lp.column(ever if most_sold is None else float(most_sold)) for _ in range(months)]
        move, stock = int(value(terms, "move_months", 0)), total([float(value(terms, "mw", 0.0))])
        standing = {fleet["id"]: total([float(fleet["mw"])]) for fleet in fleets}
        for t in range(months):
            stock = stock + arriving[t] - sold[t]
            for fleet in fleets:
                name = fleet["id"]
                standing[name] = standing[name] + put[name, t] - taken[name, t]
                lp.at_most(-standing[name], 0.0)
                room = value(fleet, "max_mw", None)
                lp.at_most(standing[name], float(fleet["mw"] if room is None else room))
                a.installed[name, t] = standing[name]
                stock = stock - put[name, t]
                stock = stock + taken[name, t - move] if t >= move else stock
                work = float(value(terms, "install_usd_per_mw", 0.0)) / MILLION * put[name, t]
                work = work + float(value(terms, "uninstall_usd_per_mw", 0.0)) / MILLION * taken[name, t]
                a.pay(t, work)
                a.deductible[t] = a.deductible[t] + work
            lp.at_most(-stock, 0.0)
            price = float(value(terms, "sell_usd_per_th", 0.0)) * (1.0 - float(value(terms, "sell_decline", 0.0))) ** t
            a.sold[t] = a.sold[t] + per_th * price * sold[t]
        moving = total(taken[fleet["id"], t] for fleet in fleets for t in range(max(0, months - move), months))
        owned = total([stock, moving, *standing.values()])
        a.residual = a.residual + per_th * float(value(terms, "residual_usd_per_th", 0.0)) * owned


def th_s_per_mw(rig: Row) -> float:
    """TH/s of the nameplate of one MW at the meter."""
    return 1e6 / (float(rig["watts"]) * float(value(rig, "overhead", 1.0))) * float(rig["th_s"])


def add_halls(lp: Programme, a: Assets, tables: Row) -> None:
    """Halls that can be built, by site and cooling."""
    world = a.world
    for row in tables.get("hall_builds", []):
        ready, ordered = zeros(world.months), []
        lead, share = int(value(row, "lead_months", 0)), float(value(row, "residual_share", 0.0))
        for t in window(world, row, "first_order", "last_order"):
            if t + lead > world.months - 1:
                continue
            mw = lp.column(float(row["max_mw"]))
            cost = float(row["usd_per_mw"]) / MILLION * mw
            _spread(a, t, lead, cost)
            a.in_use.append(("halls", t + lead, cost))
            a.residual = a.residual + share * cost
            for u in range(t + lead, world.months):
                ready[u] = ready[u] + mw
            ordered.append(mw)
        lp.at_most(total(ordered), float(row["max_mw"]))
        a.halls.setdefault(row["site"], []).append((str(value(row, "cooling", "any")), ready))


def _spread(a: Assets, t: int, lead: int, cost: Sum) -> None:
    for u in range(t, t + max(1, lead)):
        a.pay(u, 1.0 / max(1, lead) * cost)


def add_expansions(lp: Programme, a: Assets, tables: Row) -> None:
    """Capacity that can be added to the sites."""
    world = a.world
    for row in tables.get("expansions", []):
        lead, share = int(value(row, "lead_months", 0)), float(value(row, "residual_share", 0.0))
        land, substation = (float(value(row, name, 0.0)) / MILLION for name in ("land_usd", "substation_usd"))
        least, most = float(value(row, "min_mw", 0.0)), float(row["max_mw"])
        lumpy = land > 0.0 or substation > 0.0 or least > 0.0
        deposit = float(value(row, "deposit_usd_per_mw", 0.0)) / MILLION
        ordered, chosen = [], []
        for t in window(world, row, "first_order", "last_order"):
            ready = t + lead
            if ready > world.months - 1:
                continue
            mw = lp.column(most)
            cost = float(row["usd_per_mw"]) / MILLION * mw
            _spread(a, t, lead, cost)
            book = cost
            if lumpy:
                order = lp.column(1.0, whole=True)
                lp.at_most(mw, most * order)
                lp.at_most(least * order, mw)
                a.pay(t, (land + substation) * order)
                book = book + substation * order
                a.residual = a.residual + share * (land + substation) * order
                chosen.append(order)
            a.in_use.append(("expansions", ready, book))
            a.residual = a.residual + share * cost
            a.pay(t, deposit * mw)
            a.pay(ready, -deposit * float(value(row, "deposit_refund", 1.0)) * mw)
            for u in range(ready, world.months):
                a.added[row["site"], u] = a.added.get((row["site"], u), Sum()) + mw
            ordered.append(mw)
        lp.at_most(total(ordered), most)
        lp.at_most(total(chosen), 1.0)


def add_closures(lp: Programme, a: Assets) -> None:
    """Sites that may be closed for good."""
    world = a.world
    for name, row in world.sites.items():
        cost = value(row, "closure_cost_usd", None)
        if cost is None:
            continue
        closed, orders = Sum(), {}
        for t in window(world, row, "first_closure"):
            orders[t] = lp.column(1.0, whole=True)
        for t in range(world.months):
            if t in orders:
                closed = closed + orders[t]
                paid = float(cost) / MILLION * orders[t]
                a.pay(t, paid)
                a.deductible[t] = a.deductible[t] + paid
            a.closed[name, t] = closed
        lp.at_most(closed, 1.0)


def cooling_sets(found: set[str]) -> list[set[str]]:
    """Every set of at least one of these cooling types; the empty one where there is none."""
    return [
        set(some) for size in range(min(1, len(found)), len(found) + 1) for some in combinations(sorted(found), size)
    ]


def suits(hall: str, kinds: set[str]) -> bool:
    """Whether halls of this cooling suit one of the machines' kinds."""
    return hall == "any" or hall in kinds
