"""The rules across tables: each is tripped once, and says where, what stands there and what to do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sites import Portfolio, contract_rules, horizon_rules, limit_rules, power_rules, reference_rules, scenario_rules
from sites.checks import RULES
from tests.sites.capital_cases import CAPITAL_ERRORS, CAPITAL_WARNINGS
from tests.sites.lumpy_cases import LUMPY, committed, offers, second_offer
from tests.sites.market_cases import MARKET_ERRORS, MARKET_WARNINGS
from tests.sites.small import Tables, added, changed, findings_of, only_finding, tables

Make = Callable[[], Tables]


def hashprice(*months: str, scenario: str | None = None) -> Tables:
    """The small portfolio with hashprice in these months."""
    extra = {} if scenario is None else {"scenario": scenario}
    return {**tables(), "hashprice": [{"month": month, "usd_per_ph_day": 50, **extra} for month in months]}


def budget(*steps: tuple[str, float]) -> Tables:
    """The small portfolio with this budget."""
    return changed("limits", 0, capex_budget=[{"month": month, "usd": usd} for month, usd in steps])


POWER: dict[str, dict[str, object]] = {
    "block": {"mw": 20, "price_usd_per_mwh": 35},
    "demand_charge": {"usd_per_kw_month": 9},
    "coincident_peak": {"usd_per_kw_month": 5, "hours": 4, "months": [6, 7, 8, 9]},
    "curtailment": {"hours_per_month": 10, "backup_usd_per_mwh": 250},
    "demand_response": {"usd_per_mw_month": 4000, "hours_per_month": 10, "max_mw": 30},
}


def power(kind: str, **cells: object) -> Tables:
    """The small portfolio with one power contract of this kind at Pecos."""
    return added("power_contracts", {"site": "pecos", "kind": kind, **POWER[kind], **cells})


def blocks(*periods: dict[str, object]) -> Tables:
    """The small portfolio with blocks of 40 MW at Pecos, in force as told."""
    return {
        **tables(),
        "power_contracts": [
            {**POWER["block"], "site": "pecos", "kind": "block", "mw": 40, **period} for period in periods
        ],
    }


def capacity(begin: str, mw: float) -> dict[str, object]:
    """A new capacity of Pecos from a month on."""
    return {"site": "pecos", "from": begin, "capacity_mw": mw}


def modes(*rows: tuple[str, float, float]) -> Tables:
    """The small portfolio with modes (name, TH/s, W) of its machine of 200 TH/s and 3,500 W."""
    listed = [{"rig": "box", "mode": mode, "th_s": th_s, "watts": watts} for mode, th_s, watts in rows]
    return {**tables(), "rig_modes": listed}


# Rule, tables that trip it once, and the message without the place.
ERRORS: list[tuple[Callable[..., object], Make, str]] = [
    (
        reference_rules.ids_are_unique,
        lambda: added("sites", {"id": "pecos", "capacity_mw": 1, "power": 30}),
        "sites 'pecos' id = pecos: expected an id that is used once; row 1 has it already",
    ),
    (
        reference_rules.ids_are_unique,
        lambda: added("rigs", {"id": "BOX", "th_s": 100, "watts": 3000}),
        "rigs 'BOX' id = BOX: expected an id that is used once; "
        "row 1 has it already as 'box', which differs only in case or width",
    ),
    (
        reference_rules.series_ids_are_no_numbers,
        lambda: added("power_series", {"id": "2024", "file": "a.csv"}),
        "power_series '2024' id = 2024: expected an id that is not a number; "
        "a site with power: 2024 means a flat price; name it like 'hub-2024'",
    ),
    (
        reference_rules.sites_are_known,
        lambda: changed("fleets", 0, site="pecso"),
        "fleets 'pecos-box' site = pecso: expected the id of a site; did you mean 'pecos'?",
    ),
    (
        reference_rules.sites_are_known,
        lambda: changed("contracts", 0, sites="pecos,oswego"),
        "contracts 'lab' sites = pecos,oswego: expected the id of a site; the names of a list are separated by ';'",
    ),
    (
        reference_rules.sites_are_known,
        lambda: changed("capacity_steps", 0, site="zzz", capacity_mw=50, **{"from": "2028-01"}),
        "capacity_steps row 1 site = zzz: expected the id of a site; known are oswego, pecos",
    ),
    (
        reference_rules.contracts_are_known,
        lambda: added("pins", {"contract": "labb", "site": "pecos", "month": "2027-06", "mw": 2}),
        "pins row 1 contract = labb: expected the id of a contract; did you mean 'lab'?",
    ),
    (
        reference_rules.sites_are_known,
        lambda: added("pins", {"contract": "lab", "site": "zzz", "month": "2027-06", "mw": 2}),
        "pins row 1 site = zzz: expected the id of a site; known are oswego, pecos",
    ),
    (
        reference_rules.starts_are_forced_once,
        lambda: added("pins", *[{"contract": "lab", "site": "pecos", "month": "2027-06", "mw": mw} for mw in (2, 3)]),
        "pins row 2 month = 2027-06: expected one row for a start of an offer; row 1 forces a size upon it already",
    ),
    (
        reference_rules.contract_sites_are_named_once,
        lambda: changed("contracts", 0, sites="pecos;pecos"),
        "contracts 'lab' sites = pecos: expected each site once; remove one of the two",
    ),
    (
        reference_rules.rigs_are_known,
        lambda: changed("fleets", 0, rig="boxx"),
        "fleets 'pecos-box' rig = boxx: expected the id of a rig, of the portfolio or the catalogue; "
        "did you mean 'box'?",
    ),
    (
        reference_rules.power_series_are_known,
        lambda: changed("sites", 0, power="ercot"),
        "sites 'pecos' power = ercot: expected the id of a power series, or a flat price; there is none",
    ),
    (
        reference_rules.power_series_are_known,
        lambda: changed("sites", 0, power="45,5"),
        "sites 'pecos' power = 45,5: expected the id of a power series, or a flat price; "
        "a flat price is a plain number: write 45.5, with a decimal point",
    ),
    (
        reference_rules.required_offers_can_be_required,
        lambda: second_offer(requires="labb"),
        "contracts 'second' requires = labb: expected the id of a contract; did you mean 'lab'?",
    ),
    (
        reference_rules.required_offers_can_be_required,
        lambda: second_offer(requires="lab"),
        "contracts 'second' requires = lab: expected the id of a contract with min_mw above 0; "
        "give 'lab' a min_mw, so that it is either taken or not",
    ),
    (
        reference_rules.required_offers_can_be_required,
        lambda: changed("contracts", 0, requires="lab", min_mw=5),
        "contracts 'lab' requires = lab: expected the id of another contract; an offer cannot require itself",
    ),
    (
        contract_rules.start_window_is_in_order,
        lambda: changed("contracts", 0, last_start="2027-06"),
        "contracts 'lab' last_start = 2027-06: expected a month not before first_start 2027-07; "
        "were the two exchanged?",
    ),
    (
        contract_rules.committed_offer_has_one_site_and_start,
        lambda: committed(sites=["pecos", "oswego"]),
        "contracts 'lab' sites = pecos;oswego: expected exactly one site; "
        "committed_mw is 20; a signed offer is delivered at one site",
    ),
    (
        contract_rules.committed_offer_has_one_site_and_start,
        lambda: committed(last_start="2027-08"),
        "contracts 'lab' last_start = 2027-08: expected the same month as first_start 2027-07; "
        "committed_mw is 20; a signed offer has one start month",
    ),
    (
        contract_rules.committed_offer_has_one_site_and_start,
        lambda: committed(committed_mw=31),
        "contracts 'lab' committed_mw = 31: expected at most max_mw 30; raise max_mw",
    ),
    (
        contract_rules.sizes_fit_the_offer,
        lambda: changed("contracts", 0, min_mw=31),
        "contracts 'lab' min_mw = 31: expected at most max_mw 30; as it stands the offer could never be taken",
    ),
    (
        contract_rules.sizes_fit_the_offer,
        lambda: changed("contracts", 0, block_mw=40),
        "contracts 'lab' block_mw = 40: expected at most max_mw 30; as it stands the offer could never be taken",
    ),
    (
        contract_rules.prepaid_months_fit_the_term,
        lambda: changed("contracts", 0, prepaid_months=24, term_months=12),
        "contracts 'lab' prepaid_months = 24: expected at most term_months 12",
    ),
    (
        horizon_rules.hashprice_has_base_scenario,
        lambda: hashprice("2027-01", scenario="Base"),
        "hashprice row 1 scenario = Base: expected rows of the scenario 'base'; "
        "there is only Base; leave the column out to mean base",
    ),
    (
        horizon_rules.hashprice_months_are_given_once,
        lambda: hashprice("2027-01", "2027-02", "2027-02"),
        "hashprice row 3 month = 2027-02: expected every month once; row 2 gives it already for the scenario 'base'",
    ),
    (
        horizon_rules.hashprice_covers_the_start,
        lambda: hashprice("2027-02"),
        "hashprice row 1 month = 2027-02: expected hashprice from settings.start 2027-01 or earlier; "
        "the scenario 'base' begins too late; add its months from 2027-01 on",
    ),
    (
        scenario_rules.probabilities_add_up_to_one,
        lambda: {**tables(), "scenarios": [{"id": "low", "probability": 0.3}, {"id": "high", "probability": 0.69}]},
        "scenarios 'high' probability = 0.69: expected probabilities that add up to 1; "
        "those of the table add up to 0.99; write the last one as 0.7",
    ),
    (
        scenario_rules.price_paths_are_known,
        lambda: {**tables(), "scenarios": [{"id": "low", "probability": 1, "hashprice": "bas"}]},
        "scenarios 'low' hashprice = bas: expected a scenario of the table hashprice; did you mean 'base'?",
    ),
    (
        scenario_rules.paths_need_a_stochastic_market,
        lambda: {**tables(), "risk": {"paths": 100}},
        "risk paths = 100: expected settings.market with model: stochastic; "
        "the scenarios of any other hashprice are given in the table scenarios",
    ),
    (
        scenario_rules.scenarios_are_given_once,
        lambda: {**tables(), "scenarios": [{"id": "low", "probability": 1}], "risk": {"paths": 100}},
        "risk paths = 100: expected either a table of scenarios or a number of paths; "
        "leave out risk.paths, or the table scenarios",
    ),
    (
        horizon_rules.hashprice_has_no_gap,
        lambda: hashprice("2027-01", "2027-04"),
        "hashprice row 2 month = 2027-04: expected the month after 2027-01; only the last value holds on; "
        "add 2027-02 to 2027-03 of the scenario 'base'",
    ),
    (
        horizon_rules.capacity_steps_are_given_once,
        lambda: added(
            "capacity_steps",
            {"site": "pecos", "from": "2028-01", "capacity_mw": 90},
            {"site": "pecos", "from": "2028-01", "capacity_mw": 80},
        ),
        "capacity_steps row 2 from = 2028-01: expected one step of a site in a month; "
        "row 1 has a step of 'pecos' in that month already",
    ),
    (
        limit_rules.ai_shares_are_in_order,
        lambda: changed("limits", 0, ai_share_min=0.6, ai_share_max=0.4),
        "limits ai_share_min = 0.6: expected at most ai_share_max 0.4; were the two exchanged?",
    ),
    (
        limit_rules.budget_months_ascend,
        lambda: budget(("2027-05", 1e7), ("2027-02", 2e7)),
        "limits capex_budget[1].month = 2027-02: expected a month after 2027-05, that of the entry before; "
        "put the entries in order",
    ),
    (
        limit_rules.budget_months_ascend,
        lambda: budget(("2027-05", 1e7), ("2027-05", 2e7)),
        "limits capex_budget[1].month = 2027-05: expected a month after 2027-05, that of the entry before; "
        "a month stands there twice",
    ),
    (
        limit_rules.rig_efficiency_is_possible,
        lambda: changed("rigs", 0, watts=3.5),
        "rigs 'box' watts = 3.5: expected watts / th_s between 3 and 200 J/TH; "
        "0.0175 J/TH; watts looks like kW - write 3500",
    ),
    (
        limit_rules.rig_efficiency_is_possible,
        lambda: changed("rigs", 0, th_s=20_000, watts=350),
        "rigs 'box' watts = 350: expected watts / th_s between 3 and 200 J/TH; "
        "0.0175 J/TH; th_s looks like GH/s - write 20",
    ),
    (
        limit_rules.rig_efficiency_is_possible,
        lambda: changed("rigs", 0, th_s=0.2),
        "rigs 'box' watts = 3500: expected watts / th_s between 3 and 200 J/TH; "
        "1.75e+04 J/TH; th_s looks like PH/s - write 200",
    ),
    (
        limit_rules.rig_efficiency_is_possible,
        lambda: changed("rigs", 0, watts=350_000),
        "rigs 'box' watts = 350000: expected watts / th_s between 3 and 200 J/TH; "
        "1750 J/TH; watts looks like milliwatts or a whole rack; a machine of 200 TH/s draws 3000 W or so",
    ),
    (
        reference_rules.sites_are_known,
        lambda: power("demand_charge", site="pecoss"),
        "power_contracts row 1 site = pecoss: expected the id of a site; did you mean 'pecos'?",
    ),
    (
        reference_rules.rigs_are_known,
        lambda: {**tables(), "rig_modes": [{"rig": "bax", "mode": "eco", "th_s": 150, "watts": 2500}]},
        "rig_modes row 1 rig = bax: expected the id of a rig, of the portfolio or the catalogue; did you mean 'box'?",
    ),
    (
        power_rules.contracts_have_their_columns,
        lambda: power("block", price_usd_per_mwh=None),
        "power_contracts row 1 price_usd_per_mwh is missing; a block needs it: "
        "expected a number of USD/MWh between -1000 and 10000",
    ),
    (
        power_rules.contract_months_are_in_order,
        lambda: power("block", **{"from": "2028-06", "to": "2027-06"}),
        "power_contracts row 1 to = 2027-06: expected a month not before from 2028-06; were the two exchanged?",
    ),
    (
        power_rules.contract_months_are_in_order,
        lambda: power("coincident_peak", months="6;7;6"),
        "power_contracts row 1 months = 6;7;6: expected each calendar month once; remove one of the two",
    ),
    (
        power_rules.ratchets_are_complete,
        lambda: power("demand_charge", ratchet_share=0.8),
        "power_contracts row 1 ratchet_months: expected at least 1; how many months back does the ratchet look?",
    ),
    (
        power_rules.fleets_are_not_called_ai,
        lambda: {**power("block"), "fleets": [{"id": "ai", "site": "pecos", "rig": "box", "mw": 50}]},
        "fleets 'ai' id = ai: expected another name than 'ai'; "
        "the result tables of power contracts call AI load by this name",
    ),
    (
        power_rules.rig_modes_are_named_once,
        lambda: modes(("eco", 150, 2500), ("Eco", 160, 2600)),
        "rig_modes row 2 mode = Eco: expected every mode of rig 'box' once; row 1 has it already",
    ),
    (
        power_rules.rig_modes_are_possible,
        lambda: modes(("eco", 150, 2.5)),
        "rig_modes row 1 watts = 2.5: expected watts / th_s between 3 and 200 J/TH; "
        "0.01667 J/TH; watts looks like kW - write 2500",
    ),
    *MARKET_ERRORS,
    *CAPITAL_ERRORS,
]

WARNINGS: list[tuple[Callable[..., object], Make, str]] = [
    (
        reference_rules.names_differ_by_more_than_case,
        lambda: second_offer(counterparty="LAB"),
        "contracts 'second' counterparty = LAB: expected one way of writing a name; 'Lab' is counted as another one",
    ),
    (
        reference_rules.names_differ_by_more_than_case,
        lambda: offers({"exclusive_group": "hall a"}, {"exclusive_group": "Hall  A"}),
        "contracts 'b' exclusive_group = Hall  A: expected one way of writing a name; "
        "'hall a' is counted as another one",
    ),
    (
        contract_rules.offer_can_start,
        lambda: changed("contracts", 0, first_start="2026-01", last_start="2027-06"),
        "contracts 'lab' first_start = 2026-01 to 2027-06: expected a start between 2027-07 (after building) and "
        "2028-12 (horizon's end); the offer can never be taken in this plan",
    ),
    (
        contract_rules.offer_can_start,
        lambda: changed("contracts", 0, build_months=24),
        "contracts 'lab' first_start = 2027-07 to 2028-01: expected build_months less than the horizon's 24 months; "
        "the offer can never be taken in this plan",
    ),
    (
        contract_rules.committed_offer_is_not_over,
        lambda: committed(first_start="2025-01", last_start="2025-01", term_months=24),
        "contracts 'lab' first_start = 2025-01: expected rent between 2027-01 and 2028-12; "
        "the term is over before the plan starts",
    ),
    (
        contract_rules.committed_offer_is_not_over,
        lambda: committed(first_start="2029-01", last_start="2029-01"),
        "contracts 'lab' first_start = 2029-01: expected rent between 2027-01 and 2028-12; "
        "the rent begins after the horizon",
    ),
    (
        contract_rules.disruption_follows_signing,
        lambda: changed("contracts", 0, disruption_months=7),
        "contracts 'lab' disruption_months = 7: expected at most build_months 6; "
        "the MW stand empty before the contract is signed",
    ),
    (
        horizon_rules.steps_do_not_raise_default_limits,
        lambda: added("capacity_steps", {"site": "oswego", "from": "2028-01", "capacity_mw": 90}),
        "capacity_steps row 1 capacity_mw = 90: expected ai_max_mw and mining_ready_mw of site 'oswego' to be given; "
        "left out, they stay at the first capacity of 60 MW",
    ),
    (
        horizon_rules.fleets_are_not_retired_at_start,
        lambda: changed("fleets", 0, retire="2027-01"),
        "fleets 'pecos-box' retire = 2027-01: expected a month after settings.start 2027-01; "
        "the fleet is gone before the plan starts",
    ),
    (
        limit_rules.budget_does_not_fall,
        lambda: budget(("2027-05", 5e7), ("2027-08", 2e7)),
        "limits capex_budget[1].usd = 20000000: expected at least 50000000, the budget before; "
        "the budget is cumulative: all that may have been spent by then",
    ),
    (
        limit_rules.fleets_fit_their_halls,
        lambda: changed("sites", 0, mining_ready_mw=40),
        "sites 'pecos' mining_ready_mw = 40: expected room for the site's fleets of 50 MW in all; "
        "not all of them can run at a time",
    ),
    (
        power_rules.ratchets_are_complete,
        lambda: power("demand_charge", ratchet_months=11),
        "power_contracts row 1 ratchet_share: expected a fraction above 0; without a share there is no ratchet",
    ),
    (
        power_rules.other_columns_are_blank,
        lambda: power("demand_charge", hours=4),
        "power_contracts row 1 hours = 4: expected nothing for a demand_charge; it has no effect",
    ),
    (
        power_rules.other_columns_are_blank,
        lambda: power("block", resale="none", resale_fee_usd_per_mwh=2),
        "power_contracts row 1 resale_fee_usd_per_mwh = 2: expected nothing with resale none; "
        "it has no effect; what is not sold pays no fee",
    ),
    (
        power_rules.contracts_are_in_force,
        lambda: power("coincident_peak", **{"from": "2027-10", "to": "2028-05"}),
        "power_contracts row 1 to = 2028-05: expected a month between 2027-01 and 2028-12; "
        "the contract is never in force in this plan",
    ),
    (
        power_rules.contracts_are_in_force,
        lambda: power("block", to="2026-12"),
        "power_contracts row 1 to = 2026-12: expected a month between 2027-01 and 2028-12; "
        "the contract is never in force in this plan",
    ),
    (
        power_rules.blocks_fit_their_site,
        lambda: power("block", mw=120),
        "power_contracts row 1 mw = 120: expected blocks of at most 100 MW in all, the capacity of 'pecos' in 2027-01; "
        "the rest can only be sold again or lost",
    ),
    (
        power_rules.blocks_fit_their_site,
        lambda: {
            **blocks({}, {"from": "2028-02"}),
            "capacity_steps": [capacity("2027-06", 90), capacity("2028-04", 75)],
        },
        "power_contracts row 2 mw = 40: expected blocks of at most 75 MW in all, the capacity of 'pecos' in 2028-04; "
        "the rest can only be sold again or lost",
    ),
    (
        power_rules.called_hours_are_few,
        lambda: power("curtailment", hours_per_month=360),
        "power_contracts row 1 hours_per_month = 360: expected at most 200 hours a month; "
        "if these are hours of a year, write 30",
    ),
    (
        power_rules.programmes_do_not_overlap,
        lambda: {
            **tables(),
            "power_contracts": [{"site": "pecos", "kind": "demand_response", **POWER["demand_response"]}] * 2,
        },
        "power_contracts row 2 kind = demand_response: expected one programme of a site at a time; "
        "row 1 has one in the same months; a MW is enrolled in one of the two",
    ),
    (
        power_rules.rig_modes_are_worth_running,
        lambda: modes(("eco", 100, 2500)),
        "rig_modes row 1 th_s = 100: expected more TH/s for its watts; "
        "'box' can do as much for no more power without it; it is never run",
    ),
    *LUMPY,
    *MARKET_WARNINGS,
    *CAPITAL_WARNINGS,
]


def names(cases: list[tuple[Callable[..., object], Make, str]]) -> list[str]:
    """The rules' names, for the test report."""
    return [rule.__name__ for rule, _, _ in cases]


@pytest.mark.parametrize(("rule", "make", "message"), ERRORS, ids=names(ERRORS))
def test_a_broken_rule_is_an_error(rule: Callable[..., object], make: Make, message: str) -> None:
    """The one finding names record, column and value, what was expected, and what to do."""
    finding = next(found for found in findings_of(make()) if found.severity == "error")
    assert str(finding) == f"<python>: {message}"
    # A power series without a folder has a second finding, about its file.
    others = [found for found in findings_of(make()) if found.severity == "error" and found.column != "file"]
    assert others == [finding]


@pytest.mark.parametrize(("rule", "make", "message"), WARNINGS, ids=names(WARNINGS))
def test_an_oddity_is_a_warning(rule: Callable[..., object], make: Make, message: str) -> None:
    """What is possible but surprising does not stop the plan, and is told once; so is all that follows from it."""
    assert [str(finding) for finding in findings_of(make())] == [
        f"<python>: warning: {line}" for line in message.split("\n")
    ]


def test_every_rule_has_a_case() -> None:
    """A rule without a case above is not tested."""
    assert {rule for rule, _, _ in (*ERRORS, *WARNINGS)} == set(RULES)


def test_the_small_portfolio_is_without_findings() -> None:
    """What the cases change one by one is sound to begin with."""
    assert findings_of(tables()) == []


def test_a_fault_in_one_cell_does_not_hide_another_in_its_row() -> None:
    """A row with a percentage and an unknown site gives both findings."""
    found = findings_of(changed("fleets", 0, uptime=95, site="pecoss", rig="bax"))
    assert sorted(finding.column for finding in found) == ["rig", "site", "uptime"]


def test_an_unreadable_row_is_still_known_by_its_id() -> None:
    """A site with a fault is not also reported as unknown where it is named."""
    found = findings_of(changed("sites", 0, capacity_mw="many"))
    assert [finding.column for finding in found] == ["capacity_mw"]


def test_a_start_window_that_is_cut_by_the_horizon_is_silent() -> None:
    """An offer that can start in a part of its window is an ordinary offer."""
    assert findings_of(changed("contracts", 0, first_start="2020-01", last_start="2040-01")) == []


def test_a_signed_offer_may_have_started_before_the_plan() -> None:
    """Rent that runs already, and a start sooner than building takes, are what signed offers are about."""
    assert findings_of(committed(first_start="2025-01", last_start="2025-01")) == []
    assert findings_of(committed(first_start="2027-02", last_start="2027-02")) == []


def test_hashprice_may_begin_early_and_have_other_scenarios() -> None:
    """Months before the start are allowed; each scenario is looked at for itself."""
    content = hashprice("2026-11", "2026-12", "2027-01")
    content["hashprice"] += [{"month": "2027-01", "usd_per_ph_day": 20, "scenario": "low"}]
    assert findings_of(content) == []


def test_months_out_of_order_are_told_once() -> None:
    """A contract that ends before it begins is not also told to be never in force."""
    only_finding(power("block", **{"from": "2028-06", "to": "2027-06"}))


def test_blocks_that_follow_each_other_are_not_added_up() -> None:
    """Three blocks of 40 MW are too many for 100 MW together, and not one after the other."""
    assert findings_of(blocks({"to": "2027-06"}, {"from": "2027-07", "to": "2027-12"}, {"from": "2028-01"})) == []
    assert only_finding(blocks({}, {}, {})).record == "row 3"


@pytest.mark.parametrize("kind", POWER)
def test_a_contract_with_what_its_kind_needs_is_sound(kind: str) -> None:
    """Each kind with its own columns passes without a word."""
    assert findings_of(power(kind)) == []


@pytest.mark.parametrize(
    ("kind", "column"),
    [(kind, column) for kind, columns in power_rules.NEEDED.items() for column in columns],
)
def test_each_kind_needs_its_columns(kind: str, column: str) -> None:
    """Without one of them there is one finding, at that column."""
    finding = only_finding(power(kind, **{column: None}))
    assert (finding.severity, finding.column) == ("error", column)
    assert finding.problem == f"is missing; a {kind} needs it"


def test_modes_of_a_catalogue_machine_need_no_fleet() -> None:
    """A machine that only the table of modes names is looked up in the catalogue like a fleet's."""
    from sites.catalogue import load_catalogue

    known, rig = next(iter(load_catalogue().items()))
    mode = {"rig": known, "mode": "eco", "th_s": 0.7 * rig.th_s, "watts": 0.5 * rig.watts}
    portfolio = Portfolio.from_tables(added("rig_modes", mode))
    assert portfolio.warnings == ()
    assert [tier.share for tier in portfolio.tiers(known)] == pytest.approx([0.5, 0.5])
