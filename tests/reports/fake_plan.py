"""A plan made by hand for the tests of the reports: believable figures, consistent with each other, nothing solved.

Three sites over five years; one offer is taken, one was signed before, one is not taken. Names can be replaced, for
tests of hostile text.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, cast

import pandas as pd

from optimizer.proving.proof import Proof
from optimizer.results import SCHEMAS, Frames, Plan
from sites import Portfolio
from sites.months import days_in_month, hours_in_month, month_label, month_number

START = "2027-01"
MONTHS = 60
SITES = {"pecos": (100.0, "ERCOT", 42.0), "quebec": (60.0, "HQ", 38.5), "ohio": (40.0, "PJM", 55.0)}
# contract: site, first rent month (offset), critical MW, gross ratio, rent
DEALS = {"atlas": ("pecos", 12, 30.0, 1.35, 130.0), "borealis": ("quebec", 6, 20.0, 1.25, 118.0)}
CAPEX_PER_MW = 6.0e6
HASHRATE_PER_MW = 1000 / 17.5
DISRUPTION = 3
TAIL_PER_MW = 3.2e6
AI_LINES = frozenset({"rent", "ai_opex", "capex", "contract_tail"})
# The power contracts of pecos, and what each brings in a month in which it is in force. [USD]
POWER_CONTRACTS: tuple[dict[str, Any], ...] = (
    {"kind": "block", "mw": 40.0, "price_usd_per_mwh": 38.0, "resale_fee_usd_per_mwh": 1.5},
    {"kind": "demand_charge", "usd_per_kw_month": 0.5, "ratchet_share": 0.8, "ratchet_months": 11},
    {"kind": "coincident_peak", "usd_per_kw_month": 5.0, "hours": 4, "months": [6, 7, 8, 9]},
    {"kind": "demand_response", "usd_per_mw_month": 4000.0, "hours_per_month": 20, "max_mw": 15.0},
    {"kind": "curtailment", "hours_per_month": 10, "backup_usd_per_mwh": 250.0},
)
BLOCK_GAIN, DEMAND_CHARGE, PEAK_CHARGE, PEAK_AVOIDED, RESPONSE = 160_000.0, 47_500.0, 50_000.0, 250_000.0, 60_000.0
HOSTED_MW, HOSTED_FROM = 36.0, 12
BACKUP = HOSTED_MW * 10 * 250.0


def fake_plan(**names: str) -> Plan:
    """The plan; each keyword replaces a name.

    pecos, quebec, ohio (sites), atlas, borealis, colossus (offers), customer, portfolio, source.
    """
    return _plan(names, contracted=False)


def contracted_plan(**names: str) -> Plan:
    """The same plan with power contracts of every kind at pecos, whose AI load draws power in the site's bill."""
    return _plan(names, contracted=True)


def _plan(names: dict[str, str], *, contracted: bool) -> Plan:
    portfolio = _portfolio(names, POWER_CONTRACTS if contracted else ())
    cash = _cash(names) + (_contract_cash(names) if contracted else [])
    frames = Frames(
        allocation=_frame("allocation", _allocation(names)),
        fleets=_frame("fleets", _fleets(names)),
        cashflow=_frame("cashflow", cash),
        contracts=_frame("contracts", _contracts(names)),
        shadow_prices=_frame("shadow_prices", _shadow_prices(names)),
        sites=_frame("sites", _sites(names, cash)),
        limits=_frame("limits", _limits(names, contracted=contracted)),
        terms=_frame("terms", _terms(cash)),
        hours=_frame("hours", _hours(names)),
        power=_frame("power", _power(names, contracted=contracted)),
        why_not=_frame("why_not", _why_not(names)),
        programmes=_frame("programmes", _programmes(names) if contracted else []),
        scenarios=_frame("scenarios", [("base", 1.0, 1.0, 1e6)]),
        **{name: _frame(name, []) for name in ("capital", "machines", "cash", "debt", "statements", "rules")},
    )
    terms = frames.terms.groupby("case")["npv_usd"].sum()
    npv = float(terms["plan"])
    summary = {
        "name": portfolio.settings.name,
        "start": START,
        "months": MONTHS,
        "status": "optimal",
        "objective_usd": npv,
        "npv_usd": npv,
        "cvar_usd": npv,
        "capex_usd": -math.fsum(row[3] for row in cash if row[2] == "capex"),
        "npv_by_site": dict(zip(frames.sites["site"], frames.sites["npv_usd"], strict=True)),
        "baselines": {case: float(terms[case]) for case in ("mining_only", "max_ai", "no_action")},
        "peak_ai_mw": 50.0,
        "peak_ai_gross_mw": 65.5,
        "hashrate_eh_s": {"2027": 9.1, "2028": 7.8, "2029": 7.7, "2030": 7.7, "2031": 7.6},
        "irr": None,
        "irr_over_mining_only": 0.21,
        "contract_tail_usd": 1.6e8,
        "power": {},
        "search": None,
        "pins": [],
    }
    certificate = {
        "passed": True,
        "checks": [
            {"name": "every limit kept", "value": 3.1e-10, "tolerance": 1e-6, "passed": True, "where": "site_capacity"},
            {"name": "duality gap", "value": 0.0, "tolerance": 1e-7, "passed": True, "where": ""},
        ],
        "exact": {"gap_usd": 0.0, "seconds": 0.2},
        "other_whole_numbers": {},
        "not_proved": [],
        "replay": {"npv_usd": npv},
    }
    manifest = {"program": "wattsplit 0.1.0", "solver": "HiGHS 1.15.1", "inputs": {"portfolio.yaml": "sha256:0123abcd"}}
    return Plan(portfolio, "optimal", frames, summary, certificate, manifest, cast("Proof", None))


def _named(names: dict[str, str], key: str) -> str:
    return names.get(key, key)


def _frame(name: str, rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(SCHEMAS[name]))


def _labels() -> list[str]:
    return [month_label(month_number(START) + t) for t in range(MONTHS)]


def _hashprice(t: int) -> float:
    return 52.0 * 0.995**t if t < 16 else 36.0 * 1.004 ** (t - 16)


def _portfolio(names: dict[str, str], power_contracts: Sequence[dict[str, Any]]) -> Portfolio:
    source = names.get("source", "Hand-made for the tests")
    contract = {
        "counterparty": names.get("customer", "Atlas Compute"),
        "build_months": 12,
        "disruption_months": DISRUPTION,
        "term_months": 120,
        "capex_usd_per_mw": CAPEX_PER_MW,
        "source": source,
        "as_of": "2026-09-30",
        "note": "term sheet",
    }
    taken = [
        {
            **contract,
            "id": _named(names, name),
            "sites": [_named(names, site)],
            "max_mw": size,
            "committed_mw": size if name == "borealis" else 0.0,
            "price_usd_per_kw_month": rent,
            "gross_ratio": ratio,
            "first_start": _labels()[start if name == "borealis" else 12],
            "last_start": _labels()[start if name == "borealis" else 36],
        }
        for name, (site, start, size, ratio, rent) in DEALS.items()
    ]
    left = {
        **contract,
        "id": _named(names, "colossus"),
        "sites": [_named(names, site) for site in ("pecos", "ohio")],
        "max_mw": 40.0,
        "price_usd_per_kw_month": 84.0,
        "first_start": "2028-01",
        "last_start": "2029-12",
    }
    return Portfolio.from_tables(
        {
            "settings": {
                "name": names.get("portfolio", "Three sites"),
                "start": START,
                "months": MONTHS,
                "discount_rate": 0.12,
                "ai_discount_rate": 0.09,
                "pool_fee": 0.005,
            },
            "sites": [
                {"id": _named(names, site), "capacity_mw": mw, "region": region, "power": power, "source": source}
                for site, (mw, region, power) in SITES.items()
            ],
            "rigs": [{"id": "S21", "th_s": 200.0, "watts": 3500.0, "source": source}],
            "fleets": [
                {"id": f"{_named(names, site)} S21", "site": _named(names, site), "rig": "S21", "mw": mw}
                for site, (mw, _, _) in SITES.items()
            ],
            "hashprice": [{"month": month, "usd_per_ph_day": _hashprice(t)} for t, month in enumerate(_labels())],
            "contracts": [*taken, left],
            "rig_modes": [{"rig": "S21", "mode": "eco", "th_s": 160.0, "watts": 2500.0, "source": source}]
            if power_contracts
            else [],
            "power_contracts": [
                {"site": _named(names, "pecos"), "source": source, **terms} for terms in power_contracts
            ],
            "limits": {"capex_budget": [{"month": START, "usd": 4.0e8}], "max_build_mw": 60.0},
        }
    )


def _deal(site: str) -> tuple[str, int, float] | None:
    """The contract of a site with its start and MW of site capacity."""
    for name, (where, start, size, ratio, _) in DEALS.items():
        if where == site:
            return name, start, size * ratio
    return None


def _uses(site: str, t: int) -> list[tuple[str, str, float]]:
    """Use, name and MW of a site in a month; the sizes add up to the capacity."""
    capacity = SITES[site][0]
    deal = _deal(site)
    taken: list[tuple[str, str, float]] = []
    if deal and t >= deal[1] - DISRUPTION:
        taken = [("construction" if t < deal[1] else "ai", deal[0], deal[2])]
    rest = capacity - math.fsum(size for _, _, size in taken)
    idle = 5.0 if site == "ohio" and t >= 40 else -4.5e-13 if site == "ohio" else 0.0
    return [*taken, ("mining", f"{site} S21", rest - idle), ("idle", "", idle)]


def _allocation(names: dict[str, str]) -> list[tuple[Any, ...]]:
    return [
        (month, _named(names, site), use, _named(names, name), size)
        for t, month in enumerate(_labels())
        for site in SITES
        for use, name, size in _uses(site, t)
    ]


def _fleets(names: dict[str, str]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for t, month in enumerate(_labels()):
        number = month_number(month)
        hours = hours_in_month(number)
        for site, (_, _, power) in SITES.items():
            size = next(mw for use, _, mw in _uses(site, t) if use == "mining")
            energy = size * hours * 0.93
            revenue = size * HASHRATE_PER_MW * _hashprice(t) * days_in_month(number) * 0.93
            fleet = f"{_named(names, site)} S21"
            rows.append(
                (
                    *(
                        month,
                        _named(names, site),
                        fleet,
                        *(size, size, size, 0.0),
                        hours * 0.93,
                        energy,
                        size * HASHRATE_PER_MW * 0.93,
                    ),
                    *(revenue, revenue * 0.005, energy * power * 0.9, 0.0, 0.0, 0.0, 0.0),
                )
            )
    return rows


def _yearly(names: dict[str, str]) -> Iterator[tuple[str, str, float, float, float]]:
    """Year, site, hours, energy of mining and what it cost. [h, MWh, USD]"""
    for year in sorted({label[:4] for label in _labels()}):
        hours = sum(hours_in_month(month_number(month)) for month in _labels() if month[:4] == year)
        for site in SITES:
            own = [row for row in _fleets(names) if row[0][:4] == year and row[1] == _named(names, site)]
            yield year, site, float(hours), math.fsum(row[8] for row in own), math.fsum(row[12] for row in own)


def _hours(names: dict[str, str]) -> list[tuple[Any, ...]]:
    return [
        (
            *(year, _named(names, site), f"{_named(names, site)} S21", energy / hours / 0.93, hours, hours * 0.93),
            *(energy, cost / energy, SITES[site][2], (SITES[site][2] * energy - cost) * 0.7),
        )
        for year, site, hours, energy, cost in _yearly(names)
    ]


def _power(names: dict[str, str], *, contracted: bool) -> list[tuple[Any, ...]]:
    """Without contracts the sites only buy at spot."""
    rows: list[tuple[Any, ...]] = []
    for year, site, _, energy, cost in _yearly(names):
        hosted = _hosted_mwh(year) if contracted and site == "pecos" else 0.0
        spot = cost + hosted * SITES[site][2]
        charges = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        if contracted and site == "pecos":
            backup = 12 * BACKUP if hosted else 0.0
            charges = (12 * BLOCK_GAIN, 12 * DEMAND_CHARGE, 4 * PEAK_CHARGE, 4 * PEAK_AVOIDED, backup, 12 * RESPONSE)
        bill = spot - charges[0] + charges[1] + charges[2]
        gain = (SITES[site][2] * energy - cost) * 0.7
        price = bill / (energy + hosted)
        rows.append((year, _named(names, site), energy, hosted, spot, *charges, gain, price, SITES[site][2]))
    return rows


def _hosted_mwh(year: str) -> float:
    """Energy of the AI load at pecos whose rent includes power. [MWh]"""
    months = [month for month in _labels()[HOSTED_FROM:] if month[:4] == year]
    return HOSTED_MW * math.fsum(hours_in_month(month_number(month)) for month in months)


def _why_not(names: dict[str, str]) -> list[tuple[Any, ...]]:
    """Colossus by rent, capex and building time, two of its starts, a site without AI and a fleet that never runs."""
    offer, site = _named(names, "colossus"), _named(names, "ohio")
    rent, reason = ("rent", "USD/kW-month"), "what its MW displace is worth more than it pays"
    return [
        ("offer", offer, "", "", *rent, 84.0, 101.3, 17.3, "re-solve", reason),
        ("offer", offer, "", "", "capex", "USD/MW", 6.0e6, 4.5e6, -1.5e6, "re-solve", reason),
        ("offer", offer, "", "", "lead_time", "months", 12.0, math.nan, math.nan, "none", "no time is short enough"),
        ("start", offer, site, "2028-03", *rent, 84.0, 103.0, 19.0, "bound", "worth less than what it displaces"),
        ("start", offer, site, "2028-04", *rent, 84.0, 102.0, 18.0, "reduced cost", "worth less than it displaces"),
        ("start", offer, site, "2028-03", "capex", "USD/MW", 6.0e6, 4.3e6, -1.7e6, "bound", "worth less"),
        ("start", offer, site, "2028-04", "capex", "USD/MW", 6.0e6, 4.4e6, -1.6e6, "enough", "worth less"),
        ("site", site, site, "2028-04", *rent, 84.0, 102.0, 18.0, "reduced cost", "no AI is signed here"),
        ("fleet", "old", site, "", "hashprice", "times the path", 1.0, 1.27, 0.27, "own margin", "it loses money"),
    ]


def _programmes(names: dict[str, str]) -> list[tuple[Any, ...]]:
    site, fleet = _named(names, "pecos"), f"{_named(names, 'pecos')} S21"
    rows: list[tuple[Any, ...]] = []
    for t, month in enumerate(_labels()):
        hosted = HOSTED_MW if t >= HOSTED_FROM else 0.0
        rows += [
            (month, site, "block 1", "block", "", 40.0, 40.0, BLOCK_GAIN),
            (month, site, "demand_charge 2", "demand_charge", "", 90.0, 95.0, -DEMAND_CHARGE),
        ]
        if month[5:] in ("06", "07", "08", "09"):
            rows.append((month, site, "coincident_peak 3", "coincident_peak", fleet, 10.0, 10.0, -PEAK_CHARGE))
            rows.append((month, site, "coincident_peak 3", "coincident_peak", "ai", 0.0, 0.0, 0.0))
        rows += [
            (month, site, "demand_response 4", "demand_response", fleet, 15.0, 15.0, RESPONSE),
            (month, site, "curtailment 5", "curtailment", "ai", hosted, hosted, -BACKUP if hosted else 0.0),
        ]
    return rows


def _contract_cash(names: dict[str, str]) -> list[tuple[Any, ...]]:
    """What the contracts add to the cash flow, as the frames `power` and `programmes` have it."""
    lines = {
        "block": "power_blocks",
        "demand_charge": "demand_charge",
        "coincident_peak": "peak_charge",
        "demand_response": "demand_response",
        "curtailment": "backup",
    }
    site = _named(names, "pecos")
    own = [(month, site, lines[kind], usd) for month, _, _, kind, *_, usd in _programmes(names)]
    hosted = [
        (month, site, "ai_site_power", -HOSTED_MW * hours_in_month(month_number(month)) * SITES["pecos"][2])
        for month in _labels()[HOSTED_FROM:]
    ]
    return [*own, *hosted]


def _cash(names: dict[str, str]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for month, site, *_, revenue, fee, power, _, _, _, _ in _fleets(names):
        rows += [
            (month, site, "mining_revenue", revenue),
            (month, site, "pool_fee", -fee),
            (month, site, "mining_power", -power),
        ]
    for site, start, size, _, rent in DEALS.values():
        for t, month in enumerate(_labels()):
            if max(0, start - 12) <= t < start:
                rows.append((month, _named(names, site), "capex", -size * CAPEX_PER_MW / min(12, start)))
            if t >= start:
                rows.append((month, _named(names, site), "rent", size * 1000 * rent * 1.02 ** ((t - start) // 12)))
                rows.append((month, _named(names, site), "ai_opex", -size * 1000 * 11.0))
    rows += [(month, _named(names, site), "site_fixed", -90_000.0) for month in _labels() for site in SITES]
    return rows


def _discount(month: str, line: str) -> float:
    t = month_number(month) - month_number(START)
    return float((1.09 if line in AI_LINES else 1.12) ** (-(t + 0.5) / 12))


def _terms(cash: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    lines = sorted({line for _, _, line, _ in cash})
    plan = {
        line: math.fsum(usd * _discount(month, line) for month, _, name, usd in cash if name == line) for line in lines
    }
    plan["contract_tail"] = math.fsum(size * TAIL_PER_MW for _, _, size, _, _ in DEALS.values())
    scale = {"plan": (1.0, 1.0), "mining_only": (1.1, 0.3), "max_ai": (0.8, 1.1), "no_action": (1.1, 0.3)}
    return [
        (case, term, value * (1.0 if term == "site_fixed" else ai if term in AI_LINES else mining))
        for case, (mining, ai) in scale.items()
        for term, value in plan.items()
    ]


def _contracts(names: dict[str, str]) -> list[tuple[Any, ...]]:
    customer = names.get("customer", "Atlas Compute")
    rows: list[tuple[Any, ...]] = []
    for name, (site, start, size, ratio, rent) in DEALS.items():
        rows.append(
            (
                *(
                    _named(names, name),
                    _named(names, site),
                    _labels()[start],
                    size,
                    size * 1.9e6,
                    0.184,
                    87.0,
                    rent - 21.5,
                ),
                *("duals", customer, size * ratio, size * CAPEX_PER_MW, size * rent * 12_000, 0.0),
            )
        )
    rows.append(
        (
            *(_named(names, "colossus"), "", "", 0.0, 0.0, math.nan, math.nan, 101.3, "duals"),
            *(customer, 0.0, 0.0, 0.0, 0.0),
        )
    )
    return rows


def _shadow_prices(names: dict[str, str]) -> list[tuple[Any, ...]]:
    return [
        (month, _named(names, site), 21_000.0 + 4_000 * number - 90.0 * t)
        for t, month in enumerate(_labels())
        for number, site in enumerate(SITES)
    ]


def _sites(names: dict[str, str], cash: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for number, (site, (capacity, region, power)) in enumerate(SITES.items()):
        own = [row for row in cash if row[1] == _named(names, site)]
        deal = _deal(site)
        tail = DEALS[deal[0]][2] * TAIL_PER_MW if deal else 0.0
        mining = math.fsum(mw for t in range(MONTHS) for use, _, mw in _uses(site, t) if use == "mining") / MONTHS
        rows.append(
            (
                *(_named(names, site), region, capacity),
                math.fsum(usd * _discount(month, line) for month, _, line, usd in own) + tail,
                -math.fsum(usd for _, _, line, usd in own if line == "capex"),
                *(deal[2] if deal else 0.0, mining, 18_345.0 + 4_000 * number, power * 24 * 17.5 / 1000),
                power * 0.9 if deal else math.nan,
            )
        )
    return rows


def _limits(names: dict[str, str], *, contracted: bool) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = [
        ("offer_size", _named(names, "atlas"), START, "MW critical", 30.0, 30.0, 0.0, 1.1e6, 3.3e7),
        ("capex_budget", "portfolio", "2027-11", "USD", 4.0e8, 4.0e8, 0.0, 0.02, 8.0e6),
    ]
    if contracted:
        programme = f"{_named(names, 'pecos')}:demand_response 4"
        rows.append(("enrolment", programme, "2027-03", "MW", 15.0, 15.0, 0.0, 900.0, 13_500.0))
    for site, (capacity, _, _) in SITES.items():
        rows += [
            ("site_capacity", _named(names, site), month, "MW", capacity, capacity, 0.0, 9e3, 9e3 * capacity)
            for month in _labels()
        ]
    return sorted(rows, key=lambda row: -row[8])
