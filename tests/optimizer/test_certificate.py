"""The certificate passes what is right and names what is not: every kind of number, tampered with a little."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from optimizer.planning import plan
from optimizer.proving.certificate import make_certificate
from tests.optimizer.cases import offer, portfolio, settings, site
from tests.optimizer.certified import Stated, certified, change, failed, first, rich_plan, stated_by


def test_the_plan_of_a_rich_portfolio_is_certified() -> None:
    """Every check passes, most of them to the last digits; the rich plan takes, skips and keeps offers."""
    found = rich_plan()
    assert found.certificate["passed"]
    assert failed(found.certificate) == {}
    assert len(found.certificate["checks"]) > 60
    assert set(found.frames.contracts["contract"]) == {"lab", "cloud", "signed", "dear"}
    assert (found.frames.contracts["mw"] > 0).sum() >= 3
    assert found.certificate["exact"]["relative_gap"] <= 1e-12
    assert found.certificate["replay"]["npv_usd"] == pytest.approx(found.summary["npv_usd"], rel=1e-12)
    assert json.loads(json.dumps(found.certificate, allow_nan=False)) == found.certificate


TAMPERED: dict[str, tuple[Callable[[Stated], None], str, str]] = {
    "a MW shifted between months": (
        change("fleets", "energised_mw", 1e-3, month="2027-01", fleet="new"),
        "limit: installed fleet [MW]",
        "fleet 'new', 2027-01",
    ),
    "energy": (
        change("fleets", "energy_mwh", 1e-3, month="2027-05", fleet="sole"),
        "fleets: energy_mwh",
        "fleet 'sole', 2027-05",
    ),
    "run hours": (
        change("fleets", "run_hours", 1.0, month="2027-01", fleet="new"),
        "fleets: run_hours",
        "fleet 'new', 2027-01",
    ),
    "hashrate": (
        change("fleets", "hashrate_ph_s", 0.01, month="2027-02", fleet="new"),
        "fleets: hashrate_ph_s",
        "fleet 'new', 2027-02",
    ),
    "a fleet's revenue": (
        change("fleets", "revenue_usd", 0.02, month="2027-02", fleet="new"),
        "fleets: revenue_usd",
        "fleet 'new', 2027-02",
    ),
    "MW of mining": (
        change("allocation", "mw", 1e-4, month="2027-03", use="mining", name="new"),
        "allocation: MW by use",
        "site 'alpha', 2027-03, mining 'new'",
    ),
    "idle MW": (
        change("allocation", "mw", 1e-4, month="2027-04", site="beta", use="idle"),
        "allocation: rows add up to capacity",
        "site 'beta', 2027-04",
    ),
    "MW of an AI contract": (
        change("allocation", "mw", 1e-4, month="2027-09", use="ai", name="lab"),
        "allocation: MW by use",
        "ai 'lab'",
    ),
    "rent": (
        change("cashflow", "usd", 0.02, month="2027-06", site="alpha", line="rent"),
        "cashflow: rent",
        "site 'alpha', 2027-06",
    ),
    "a power bill": (
        change("cashflow", "usd", -0.02, month="2027-06", site="alpha", line="mining_power"),
        "cashflow: mining_power",
        "site 'alpha', 2027-06",
    ),
    "capex": (
        change("cashflow", "usd", 1.0, month="2027-01", site="alpha", line="capex"),
        "cashflow: capex",
        "site 'alpha', 2027-01",
    ),
    "a fixed cost": (
        change("cashflow", "usd", 5.0, month="2028-06", site="beta", line="site_fixed"),
        "cashflow: site_fixed",
        "site 'beta', 2028-06",
    ),
    "size of a contract": (
        change("contracts", "mw", 1e-4, contract="lab"),
        "limit: capex budget [USD million]",
        "2027-",
    ),
    "value of a contract": (
        change("contracts", "npv_usd", 1.0, contract="lab"),
        "contracts: npv_usd",
        "contract 'lab' at site 'alpha' from 2027-03",
    ),
    "tail of a contract": (change("contracts", "tail_npv_usd", 1.0, contract="lab"), "contracts: tail_npv_usd", "lab"),
    "capex of a contract": (change("contracts", "capex_usd", 1.0, contract="cloud"), "contracts: capex_usd", "cloud"),
    "rent of the first year": (
        change("contracts", "first_year_rent_usd", 1.0, contract="cloud"),
        "contracts: first_year_rent_usd",
        "cloud",
    ),
    "rate of return": (change("contracts", "irr", 1e-4, contract="lab"), "contracts: irr", "contract 'lab'"),
    "payback": (change("contracts", "payback_months", 1.0, contract="lab"), "contracts: payback_months", "lab"),
    "earlier payback": (
        change("contracts", "payback_months", -1.0, contract="lab"),
        "contracts: payback_months",
        "lab",
    ),
    "money for nothing": (change("contracts", "npv_usd", 1.0, contract="dear"), "contracts", "row 3, column npv_usd"),
    "a value term": (change("terms", "npv_usd", 1.0, case="plan", term="rent"), "terms: plan", "rent"),
    "a baseline's term": (
        change("terms", "npv_usd", 1.0, case="max_ai", term="capex"),
        "terms: max_ai adds up to its baseline",
        "max_ai",
    ),
    "value of a site": (change("sites", "npv_usd", 1.0, site="beta"), "sites: npv_usd", "site 'beta'"),
    "use of a site": (change("sites", "peak_ai_mw", 1e-3, site="alpha"), "sites: peak_ai_mw", "site 'alpha'"),
    "mining of a site": (
        change("sites", "average_mining_mw", 1e-3, site="alpha"),
        "sites: average_mining_mw",
        "site 'alpha'",
    ),
    "a shadow price": (
        change("shadow_prices", "usd_per_mw_month", 1.0, month="2027-03", site="beta"),
        "shadow prices add up to the proof's prices",
        "site 'beta', from 2027-03",
    ),
    "value of a site's capacity": (
        change("sites", "capacity_value_usd_per_mw_month", 1.0, site="beta"),
        "sites: capacity_value_usd_per_mw_month",
        "site 'beta'",
    ),
    "the price of a limit": (
        change("limits", "price_usd_per_unit", 1e-3, limit="capex_budget"),
        "limits: prices are the proof's",
        "capex_budget",
    ),
    "the value of a limit": (
        change("limits", "value_usd", 1.0, limit="offer_size"),
        "limits: value is price times bound",
        "offer_size of 'cloud'",
    ),
    "the slack of a limit": (
        change("limits", "slack", 1.0, limit="mining_halls"),
        "limits: slack is bound minus level",
        "mining_halls",
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_number_changed_a_little_is_found_and_named(what: str) -> None:
    """The check of that number fails and says where."""
    tamper, check, where = TAMPERED[what]
    stated = stated_by(rich_plan())
    tamper(stated)
    certificate = certified(stated)
    assert not certificate["passed"]
    assert check in failed(certificate)
    assert where in failed(certificate)[check]


SUMMARY: dict[str, tuple[str, Any]] = {
    "npv_usd": ("summary: npv_usd", 1.0),
    "objective_usd": ("summary: objective_usd", 1.0),
    "cvar_usd": ("summary: cvar_usd", 1.0),
    "capex_usd": ("summary: capex_usd", 1.0),
    "contract_tail_usd": ("summary: contract_tail_usd", 1.0),
    "peak_ai_mw": ("summary: peak_ai_mw", 1e-3),
    "peak_ai_gross_mw": ("summary: peak_ai_gross_mw", 1e-3),
    "irr": ("summary: irr", 1e-3),
    "npv_by_site": ("summary: npv_by_site", 1.0),
    "terms_usd": ("summary: terms_usd", 1.0),
    "hashrate_eh_s": ("summary: hashrate_eh_s", 1e-3),
    "baselines": ("terms: mining_only adds up to its baseline", 1.0),
}


@pytest.mark.parametrize("entry", SUMMARY)
def test_a_headline_changed_a_little_is_found(entry: str) -> None:
    """Each headline number is worked out anew; of those by name the first one is changed."""
    check, by = SUMMARY[entry]
    stated = stated_by(rich_plan())
    if entry == "irr" and stated.summary[entry] is None:
        stated.summary[entry] = 0.1
    elif isinstance(stated.summary[entry], dict):
        stated.summary[entry][next(iter(stated.summary[entry]))] += by
    else:
        stated.summary[entry] += by
    assert check in failed(certified(stated))


def test_another_status_is_no_optimal_plan() -> None:
    """Only "optimal" is certified."""
    stated = stated_by(rich_plan())
    stated.summary["status"] = "feasible"
    assert failed(certified(stated)) == {"summary: status": "'feasible', expected 'optimal'"}


def test_a_baseline_better_than_the_plan_is_suspicious() -> None:
    """A plan that another plan beats is not optimal, whatever its proof says."""
    stated = stated_by(rich_plan())
    rows = stated.frames.terms["case"] == "max_ai"
    stated.frames.terms.loc[rows & (stated.frames.terms["term"] == "rent"), "npv_usd"] += 1e9
    stated.summary["baselines"]["max_ai"] += 1e9
    assert list(failed(certified(stated))) == ["max_ai is not better than the plan"]


def test_a_start_moved_by_a_month_changes_the_books() -> None:
    """The same MW a month later are another plan: its cash flows and its value differ from those stated."""
    stated = stated_by(rich_plan())
    stated.frames.contracts.loc[first(stated.frames.contracts, contract="lab"), "start"] = "2027-04"
    names = failed(certified(stated))
    assert {"cashflow: rent", "contracts: npv_usd", "proved optimum is the replayed NPV"} <= set(names)


def test_a_row_left_out_is_found() -> None:
    """Every site, month and line has its row, also where it holds zero."""
    stated = stated_by(rich_plan())
    table = stated.frames.cashflow
    gone = table.drop(index=first(table, month="2027-06", site="alpha", line="rent")).reset_index(drop=True)
    stated.frames = replace(stated.frames, cashflow=gone)
    assert failed(certified(stated)) == {
        "cashflow": "cashflow: 575 rows, expected one for every site, month, line, 576 in all"
    }


def test_an_offer_left_out_is_found() -> None:
    """An offer that is not taken has its row too, and a row of an offer that nobody made is refused."""
    stated = stated_by(rich_plan())
    table = stated.frames.contracts
    gone = table.drop(index=first(table, contract="dear")).reset_index(drop=True)
    stated.frames = replace(stated.frames, contracts=gone)
    assert failed(certified(stated)) == {"contracts": "contracts: no row for 'dear'"}
    table.loc[first(table, contract="dear"), "contract"] = "cheap"
    stated.frames = replace(stated.frames, contracts=table)
    assert "column contract: 'cheap' is not known here" in failed(certified(stated))["contracts"]


def test_a_number_without_measure_does_not_excuse_itself() -> None:
    """A limit of 1e308 would have a tolerance of 1e299, and its value would be infinite."""
    stated = stated_by(rich_plan())
    stated.frames.limits.loc[0, "bound"] = 1e308
    certificate = certified(stated)
    assert "limits: value is price times bound" in failed(certificate)
    json.dumps(certificate, allow_nan=False)


UNREADABLE: dict[str, tuple[str, str, str, Any]] = {
    "allocation": ("allocation", "use", "no use 'smelting' by 'new' is known", "smelting"),
    "cashflow": ("cashflow", "line", "row 2, column line: 'tips' is not known here", "tips"),
    "terms": ("terms", "term", "row 2, column term: 'tips' is not known here", "tips"),
    "sites": ("sites", "site", "row 2, column site: 'gamma' is not known here", "gamma"),
    "replay": ("fleets", "month", "row 2, column month: '2031-01' is not known here", "2031-01"),
    "contracts": ("contracts", "npv_usd", "row 2, column npv_usd: not a finite number", math.nan),
    "prices": ("limits", "limit", "no entry 'greed'", "greed"),
}


@pytest.mark.parametrize("check", UNREADABLE)
def test_a_frame_that_cannot_be_read_is_a_failed_check(check: str) -> None:
    """A name that the tables do not know, or no number: said with its row and column, never raised."""
    frame, column, message, value = UNREADABLE[check]
    stated = stated_by(rich_plan())
    getattr(stated.frames, frame).loc[0, column] = value
    certificate = certified(stated)
    assert message in failed(certificate)[check]
    json.dumps(certificate, allow_nan=False)


def test_a_frame_without_a_column_is_a_failed_check() -> None:
    """The missing column is named; so is a missing headline."""
    stated = stated_by(rich_plan())
    stated.frames = replace(stated.frames, fleets=stated.frames.fleets.drop(columns="power_usd"))
    del stated.summary["peak_ai_mw"]
    assert failed(certified(stated)) == {"fleets": "no entry 'power_usd'", "summary": "no entry 'peak_ai_mw'"}


def test_another_point_fails_the_proof() -> None:
    """A tenth of a MW more in the first column breaks a row of the programme, by name, and opens the gap."""
    stated = stated_by(rich_plan())
    x = stated.proof.x.copy()
    x[0] += 0.1
    stated.proof = replace(stated.proof, x=x)
    names = failed(certified(stated))
    assert {"proof: rows are kept", "proved optimum is the replayed NPV"} <= set(names)
    assert "[" in names["proof: rows are kept"]


def test_other_prices_fail_the_proof() -> None:
    """Prices of another programme leave a gap, and the prices of limits are no longer the proof's."""
    stated = stated_by(rich_plan())
    stated.proof = replace(stated.proof, row_dual=stated.proof.row_dual * 1.001)
    assert {"proof: duality gap", "limits: prices are the proof's"} <= set(failed(certified(stated)))


def test_a_proof_without_meaning_fails_but_is_not_raised() -> None:
    """NaN in the point: the check says which column, the books are checked all the same, and JSON takes it."""
    stated = stated_by(rich_plan())
    x = stated.proof.x.copy()
    x[0] = math.nan
    stated.proof = replace(stated.proof, x=x)
    certificate = certified(stated)
    assert "is nan, expected a number" in failed(certificate)["proof"]
    assert certificate["exact"] == {}
    assert certificate["replay"]["npv_usd"] is not None
    json.dumps(certificate, allow_nan=False)


def test_a_plan_that_is_feasible_but_not_optimal_is_not_certified() -> None:
    """The books of mining alone are right; its value is not the proved optimum."""
    case = portfolio()
    best, alone = plan(case), plan(portfolio(contracts=[]))
    value = best.frames.sites["capacity_value_usd_per_mw_month"]
    frames = replace(
        alone.frames,
        limits=best.frames.limits,
        shadow_prices=best.frames.shadow_prices,
        sites=alone.frames.sites.assign(capacity_value_usd_per_mw_month=value),
        contracts=best.frames.contracts.assign(
            site="", start="", mw=0.0, npv_usd=0.0, gross_mw=0.0, capex_usd=0.0, first_year_rent_usd=0.0
        ),
    )
    certificate = make_certificate(case, frames, alone.summary, best.proof)
    assert set(failed(certificate)) == {"proved optimum is the replayed NPV"}


def test_break_even_hours_do_not_fail_an_honest_plan() -> None:
    """Power at exactly what mining earns, and a fixed cost at exactly the margin: on or off are both right."""
    assert plan(portfolio(sites=[site(power=50.0)])).certificate["passed"]
    even = [{"id": "old", "site": "alpha", "rig": "rig20", "mw": 10.0, "fixed_opex_usd_per_mw_month": 744 * 20.0}]
    assert plan(portfolio(fleets=even)).certificate["passed"]


def test_small_and_empty_portfolios_are_certified() -> None:
    """No fleets, no offers, neither; a single month; an offer whose window is closed."""
    for changes in (
        {"fleets": []},
        {"contracts": []},
        {"fleets": [], "contracts": []},
        {"settings": settings(months=1)},
        {"contracts": [offer(first_start="2040-01", last_start="2040-01")]},
    ):
        assert plan(portfolio(**changes)).certificate["passed"], changes
