"""Small random portfolios with capital tables, from a seed, as plain tables."""

from __future__ import annotations

from typing import Any

import numpy as np

RIGS = [
    {"id": "air", "th_s": 200.0, "watts": 3500.0, "overhead": 1.04},
    {"id": "hydro", "th_s": 473.0, "watts": 5676.0, "cooling": "hydro", "overhead": 1.1},
    {"id": "tank", "th_s": 300.0, "watts": 5100.0, "cooling": "immersion"},
]
CLASSES = ["macrs_5", "macrs_7", "macrs_15", "macrs_39", "straight_line"]


class Dice:
    """Random choices from a seed."""

    def __init__(self, seed: int) -> None:
        """Start the generator."""
        self._draw = np.random.default_rng(seed)

    def whole(self, low: int, high: int) -> int:
        """A whole number of the closed range."""
        return int(self._draw.integers(low, high + 1))

    def number(self, low: float, high: float, digits: int = 2) -> float:
        """A decimal number of the range."""
        return round(float(self._draw.uniform(low, high)), digits)

    def chance(self, probability: float) -> bool:
        """Whether something happens."""
        return bool(self._draw.random() < probability)

    def one_of(self, options: list[Any]) -> Any:
        """One of the options."""
        return options[self.whole(0, len(options) - 1)]

    def some(self, probability: float, **columns: Any) -> dict[str, Any]:
        """Each of the columns with this probability."""
        return {name: cell for name, cell in columns.items() if self.chance(probability)}


def label(number: int) -> str:
    """The month label of a month number."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def random_tables(seed: int) -> dict[str, Any]:
    """The tables of a portfolio in which a part of the capital tables is given."""
    dice = Dice(seed)
    months, start = dice.whole(6, 28), 2027 * 12 + dice.whole(0, 11)
    window = _Window(dice, start, months)
    sites = [_site(dice, window, name) for name in ["north", "south", "east"][: dice.one_of([1, 1, 2, 2, 3])]]
    fleets = [_fleet(dice, window, n, dice.one_of(sites)["id"]) for n in range(dice.whole(1, 3))]
    tables: dict[str, Any] = {
        "settings": {
            "name": "random", "start": label(start), "months": months, "discount_rate": dice.number(0.0, 0.2),
            **dice.some(0.4, ai_discount_rate=dice.number(0.04, 0.15), contract_tail=dice.number(0.2, 1.0)),
            **dice.some(0.2, pool_fee=0.01),
        },
        "sites": sites, "rigs": RIGS, "fleets": fleets,
        "hashprice": _hashprice(dice, start, months),
        "contracts": [_offer(dice, start, months, n, sites) for n in range(dice.one_of([0, 1, 1, 2]))],
    }  # fmt: skip
    if len(tables["contracts"]) == 2 and dice.chance(0.3):
        for offer in tables["contracts"]:
            offer["exclusive_group"] = "one"
    if dice.chance(0.15):
        steps = [{"month": label(start + t), "usd": dice.number(0.0, 4e7, 0) * (1 + t)} for t in (0, months // 2)]
        tables["limits"] = {"capex_budget": sorted(steps, key=lambda step: step["month"])}
    _add_things(dice, window, tables)
    _let_machines_in(tables)
    _add_finance(dice, window, tables)
    _add_scenarios(dice, start, tables)
    return {name: rows for name, rows in tables.items() if rows}


def _hashprice(dice: Dice, start: int, months: int) -> list[dict[str, Any]]:
    usd, rows = dice.number(30.0, 60.0), []
    for t in range(months if dice.chance(0.8) else 1):
        rows.append({"month": label(start + t), "usd_per_ph_day": round(usd, 3)})
        usd *= dice.number(0.85, 1.15)
    return rows


class _Window:
    """Random windows of orders, within the plan and beyond both its ends."""

    def __init__(self, dice: Dice, start: int, months: int) -> None:
        self.dice, self.start, self.months = dice, start, months

    def month(self, low: float = 0.0, high: float = 1.0) -> str:
        return label(self.start + int(self.dice.number(low, high) * self.months))

    def of(self, first: str, last: str) -> dict[str, str]:
        chosen = self.dice.some(0.3, **{first: self.month(-0.1, 0.3), last: self.month(0.4, 1.1)})
        return dict(chosen)


def _site(dice: Dice, window: _Window, name: str) -> dict[str, Any]:
    capacity = dice.number(10.0, 60.0, 0)
    site = {
        "id": name, "capacity_mw": capacity, "power": dice.number(25.0, 60.0),
        "fixed_cost_usd_per_month": dice.one_of([0.0, 20_000.0, 400_000.0]),
        **dice.some(0.3, mining_ready_mw=round(capacity * dice.number(0.3, 1.0)), ai_max_mw=capacity * 0.5),
        **dice.some(0.15, curtailable_min_share=0.2, escalation=0.03),
    }  # fmt: skip
    if dice.chance(0.4):
        site["cooling"] = dice.one_of(["any", "air", "hydro", "immersion"])
    if dice.chance(0.3):
        site |= {"closure_cost_usd": dice.number(5e4, 2e6, 0), **dice.some(0.5, first_closure=window.month())}
    return site


def _fleet(dice: Dice, window: _Window, n: int, site: str) -> dict[str, Any]:
    mw = dice.one_of([0.0, dice.number(3.0, 40.0, 1)])
    fleet = {
        "id": f"fleet-{n}", "site": site, "rig": dice.one_of(RIGS)["id"], "mw": mw,
        **dice.some(0.3, uptime=0.95, variable_opex_usd_per_mwh=1.5, fixed_opex_usd_per_mw_month=900.0),
        **dice.some(0.15, retire=window.month(0.3, 1.0)),
    }  # fmt: skip
    if mw == 0.0 or dice.chance(0.5):
        fleet["max_mw"] = mw + dice.number(3.0, 30.0, 1)
    return fleet


def _offer(dice: Dice, start: int, months: int, n: int, sites: list[dict[str, Any]]) -> dict[str, Any]:
    build = dice.whole(0, 6)
    first = build + dice.whole(0, max(0, months - build - 2))
    offer = {
        "id": f"offer-{n}", "sites": [site["id"] for site in sites if dice.chance(0.7)] or [sites[0]["id"]],
        "max_mw": dice.number(2.0, 25.0, 1), "build_months": build, "term_months": dice.whole(4, 60),
        "first_start": label(start + first), "last_start": label(start + first + dice.whole(0, 3)),
        "price_usd_per_kw_month": dice.number(110.0, 260.0), "capex_usd_per_mw": dice.number(0.5e6, 6e6, 0),
        **dice.some(0.25, ramp_months=3, escalator=0.03, opex_usd_per_kw_month=15.0, opex_escalator=0.04),
        **dice.some(0.25, disruption_months=dice.whole(0, build), retrofit=False, tenant_capex_share=0.5),
        **dice.some(0.2, power="included", after_term="renew", default_rate=0.03, recovery=0.4, sla_credit=0.01),
        **dice.some(0.2, rent_trend=dice.number(-0.4, 0.2), min_mw=2.0, block_mw=1.0),
    }  # fmt: skip
    if dice.chance(0.2):
        offer["prepaid_months"] = min(3, offer["term_months"])
    if dice.chance(0.35):
        offer |= {
            "compute_capex_usd_per_mw": dice.number(1e6, 2e7, 0), "price_usd_per_kw_month": dice.number(400.0, 1500.0),
            **dice.some(0.6, refresh_months=dice.whole(3, 30), compute_trend=dice.number(-0.3, 0.1)),
        }  # fmt: skip
    if dice.chance(0.2):
        signed = dice.number(0.5, 3.0)
        begun = dice.whole(-3, min(first, months - 1))
        offer |= {"committed_mw": signed, "max_mw": signed, "sites": offer["sites"][:1]}
        offer |= {"first_start": label(start + begun), "last_start": label(start + begun)}
        for column in ("min_mw", "block_mw", "after_term"):
            offer.pop(column, None)
    return offer


def _add_things(dice: Dice, window: _Window, tables: dict[str, Any]) -> None:
    used = sorted({fleet["rig"] for fleet in tables["fleets"]})
    names = [site["id"] for site in tables["sites"]]
    if dice.chance(0.6):
        tables["rig_offers"] = [
            {
                "id": f"rigs-{n}", "rig": dice.one_of(used), "usd_per_th": dice.number(0.5, 12.0),
                "max_mw": dice.number(2.0, 30.0), "lead_months": dice.whole(0, 4),
                **dice.some(0.4, monthly_decline=dice.number(0.0, 0.05), max_mw_per_month=dice.number(1.0, 8.0)),
                **window.of("first_order", "last_order"),
            }
            for n in range(dice.whole(1, 2))
        ]  # fmt: skip
    if dice.chance(0.6):
        tables["rig_stock"] = [
            {
                "rig": rig,
                **dice.some(0.6, mw=dice.number(0.0, 10.0), install_usd_per_mw=2e4, uninstall_usd_per_mw=1e4),
                **dice.some(0.6, move_months=dice.whole(0, 3), sell_usd_per_th=dice.number(0.2, 9.0)),
                **dice.some(0.5, sell_decline=0.03, max_sell_mw_per_month=3.0, residual_usd_per_th=dice.number(0, 5)),
            }
            for rig in used
            if dice.chance(0.7)
        ]
    if dice.chance(0.5):
        tables["hall_builds"] = [
            {
                "id": f"hall-{n}", "site": dice.one_of(names), "usd_per_mw": dice.number(1e4, 6e5, 0),
                "max_mw": dice.number(2.0, 30.0), **window.of("first_order", "last_order"),
                **dice.some(0.6, lead_months=dice.whole(0, 5), residual_share=dice.number(0.0, 1.0)),
                **dice.some(0.6, cooling=dice.one_of(["air", "hydro", "immersion"])),
            }
            for n in range(dice.whole(1, 2))
        ]  # fmt: skip
    if dice.chance(0.5):
        tables["expansions"] = [
            {
                "id": f"grid-{n}", "site": dice.one_of(names), "usd_per_mw": dice.number(1e4, 8e5, 0),
                "max_mw": dice.number(4.0, 30.0), **window.of("first_order", "last_order"),
                **dice.some(0.6, lead_months=dice.whole(0, 6), residual_share=dice.number(0.0, 1.0)),
                **dice.some(0.25, min_mw=3.0, land_usd=2e5, substation_usd=8e5),
                **dice.some(0.4, deposit_usd_per_mw=5e4, deposit_refund=dice.number(0.0, 1.0)),
            }
            for n in range(dice.whole(1, 2))
        ]  # fmt: skip


def _let_machines_in(tables: dict[str, Any]) -> None:
    """A site whose machines could stand nowhere gets halls for all."""
    kinds = {rig["id"]: rig.get("cooling", "air") for rig in RIGS}
    for site in tables["sites"]:
        built = {hall.get("cooling", "any") for hall in tables.get("hall_builds", []) if hall["site"] == site["id"]}
        halls = built | {site.get("cooling", "any")}
        needed = {kinds[fleet["rig"]] for fleet in tables["fleets"] if fleet["site"] == site["id"]}
        if "any" not in halls and not needed <= halls:
            site["cooling"] = "any"


def _add_finance(dice: Dice, window: _Window, tables: dict[str, Any]) -> None:
    offers = [offer["id"] for offer in tables["contracts"]]
    account = dice.chance(0.8)
    if account:
        tables["liquidity"] = {
            "opening_cash_usd": dice.number(5e4, 3e7, 0) if dice.chance(0.8) else -1e5,
            **dice.some(0.5, min_cash_usd=dice.number(5e4, 1e6, 0), overhead_usd_per_month=dice.number(2e4, 6e5, 0)),
            **dice.some(0.4, overhead_escalation=0.04),
            **dice.some(0.15, max_debt_to_income=dice.number(0.5, 6.0), min_dscr=dice.number(0.5, 1.5)),
            **dice.some(0.5, covenants_from=window.month(0.1, 0.6)),
        }
    if dice.chance(0.7 if account else 0.2):
        tables["loans"] = [_loan(dice, window, n, offers) for n in range(dice.whole(1, 2))]
    if account and dice.chance(0.5):
        tables["equity"] = [
            {
                "id": f"issue-{n}", "limit_usd": dice.number(1e6, 2e8, 0), "cost": dice.number(0.01, 0.3),
                **window.of("first_month", "last_month"),
            }
            for n in range(dice.whole(1, 2))
        ]  # fmt: skip
    if dice.chance(0.5):
        tables["treasury"] = {
            "opening_btc": dice.number(1.0, 400.0), "btc_price_usd": dice.number(5e4, 1.2e5, 0),
            **dice.some(0.6, btc_growth=dice.number(-0.3, 0.6), max_sale_btc=dice.number(1.0, 60.0)),
            **dice.some(0.4, cost_basis_usd=dice.number(2e4, 1.3e5, 0)),
        }  # fmt: skip
        if dice.chance(0.35):
            tables["treasury"] |= {"policy": "fixed_share", "sale_share": dice.number(0.05, 1.0)}
    if dice.chance(0.5):
        tables["tax"] = {
            "rate": dice.number(0.1, 0.4),
            **dice.some(0.3, loss_limit=dice.number(0.2, 1.0), opening_losses_usd=dice.number(1e5, 2e7, 0)),
            **dice.some(0.3, bonus_share=dice.number(0.2, 1.0), straight_line_months=dice.whole(6, 60)),
            **dice.some(0.4, rigs=dice.one_of(CLASSES), compute=dice.one_of(CLASSES), ai_capex=dice.one_of(CLASSES)),
            **dice.some(0.4, halls=dice.one_of(CLASSES), expansions=dice.one_of(CLASSES)),
            **dice.some(0.3, opening_book_usd=dice.number(1e5, 3e7, 0), opening_life_months=dice.whole(6, 60)),
        }


def _loan(dice: Dice, window: _Window, n: int, offers: list[str]) -> dict[str, Any]:
    loan = {
        "id": f"loan-{n}", "limit_usd": dice.number(1e6, 8e7, 0), "rate": dice.number(0.0, 0.16),
        "tenor_months": dice.whole(1, 40), "repayment": dice.one_of(["level", "annuity", "bullet"]),
        **dice.some(0.4, fee=0.01, grace_months=dice.whole(0, 8), opening_usd=dice.number(1e5, 8e6, 0)),
        **window.of("first_draw", "last_draw"),
    }  # fmt: skip
    if offers and dice.chance(0.4):
        loan |= {"contract": dice.one_of(offers), **dice.some(0.6, capex_share=0.7, min_dscr=dice.number(0.8, 2.0))}
        if "min_dscr" in loan:
            loan["last_draw"] = window.month(0.2, 0.8)
            loan.pop("first_draw", None)
    return loan


def _add_scenarios(dice: Dice, start: int, tables: dict[str, Any]) -> None:
    if not dice.chance(0.35):
        return
    count = dice.whole(2, 4)
    level = 1.0
    for n in range(1, count):
        level *= dice.number(0.7, 0.95)
        for row in [row for row in tables["hashprice"] if "scenario" not in row]:
            usd = round(row["usd_per_ph_day"] * level, 3)
            tables["hashprice"].append({"month": row["month"], "usd_per_ph_day": usd, "scenario": f"low-{n}"})
    weights = [dice.whole(1, 5) for _ in range(count)]
    tables["scenarios"] = [
        {
            "id": f"s{n}", "probability": weight / sum(weights), **({"hashprice": f"low-{n}"} if n else {}),
            **dice.some(0.3, power_factor=dice.number(0.8, 1.3), build_delay_months=dice.whole(0, 3)),
        }
        for n, weight in enumerate(weights)
    ]  # fmt: skip
    if dice.chance(0.4):
        tables["risk"] = {"cvar_weight": dice.number(0.1, 1.0), "cvar_alpha": dice.number(0.1, 0.6)}
    if "liquidity" in tables and dice.chance(0.6):
        tables["liquidity"]["scope"] = dice.one_of(["all", "all_but_worst"])
        if tables["liquidity"]["scope"] == "all_but_worst":
            tables["liquidity"]["worst_share"] = dice.number(0.05, 0.6)
