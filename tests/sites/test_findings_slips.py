"""The classic slips of units and percentages: each is caught, named, and shown with what was probably meant."""

from __future__ import annotations

import pytest

from sites.findings import Severity
from sites.hints import nearest
from sites.slips import SLIPS
from tests.sites.capital_cases import CAPITAL, capital
from tests.sites.capital_slips import CAPITAL_SLIPS
from tests.sites.market_cases import with_market
from tests.sites.small import Tables, added, changed, findings_of

# One value inside each slip: table, column, value, severity, part of the message.
CASES: list[tuple[str, str, float, Severity, str]] = [
    ("settings", "discount_rate", 12, "error", "12 looks like a percentage; write 0.12"),
    ("settings", "discount_rate", -3, "error", "-3 looks like a percentage; write -0.03"),
    ("settings", "discount_rate", 0.8, "warning", "more than 50 % a year"),
    ("settings", "discount_rate", 0.0012, "warning", "less than 0.5 % a year; if it was divided twice, write 0.12"),
    ("settings", "ai_discount_rate", 8, "error", "8 looks like a percentage; write 0.08"),
    ("settings", "ai_discount_rate", -8, "error", "-8 looks like a percentage"),
    ("settings", "ai_discount_rate", 0.9, "warning", "more than 50 % a year"),
    ("settings", "ai_discount_rate", 0.0008, "warning", "less than 0.5 % a year"),
    ("settings", "pool_fee", 2, "error", "2 looks like a percentage; write 0.02"),
    ("settings", "pool_fee", 0.5, "warning", "a very high pool fee"),
    ("settings", "contract_tail", 50, "error", "50 looks like a percentage; write 0.5"),
    ("sites", "capacity_mw", 300_000, "error", "this looks like kW - write 300"),
    ("sites", "capacity_mw", 15_000, "warning", "if this is kW, write 15"),
    ("sites", "ai_max_mw", 40_000, "error", "this looks like kW - write 40"),
    ("sites", "ai_max_mw", 4_000, "warning", "if this is kW, write 4"),
    ("sites", "mining_ready_mw", 90_000, "error", "this looks like kW - write 90"),
    ("sites", "mining_ready_mw", 5_000, "warning", "if this is kW, write 5"),
    ("sites", "power", 0.045, "error", "this looks like USD/kWh - write 45"),
    ("sites", "power", -0.01, "error", "this looks like USD/kWh - write -10"),
    ("sites", "power", 0.7, "warning", "if this is USD/kWh, write 700"),
    ("sites", "power", 900, "warning", "very dear power"),
    ("sites", "power", -300, "warning", "very negative"),
    ("sites", "adder_usd_per_mwh", 0.004, "warning", "if this is USD/kWh, write 4"),
    ("sites", "escalation", 2, "error", "2 looks like a percentage; write 0.02"),
    ("sites", "escalation", -2, "error", "-2 looks like a percentage; write -0.02"),
    ("sites", "curtailable_min_share", 30, "error", "30 looks like a percentage; write 0.3"),
    ("sites", "kg_co2_per_mwh", 0.4, "warning", "if this is t/MWh or kg/kWh, write 400"),
    ("capacity_steps", "capacity_mw", 100_000, "error", "this looks like kW - write 100"),
    ("capacity_steps", "capacity_mw", 2_500, "warning", "if this is kW, write 2.5"),
    ("rigs", "overhead", 0.05, "error", "1 plus the extra part, such as 1.05"),
    ("rigs", "overhead", 105, "error", "if 105 is a percentage"),
    ("fleets", "mw", 50_000, "error", "this looks like kW - write 50"),
    ("fleets", "mw", 2_500, "warning", "if this is kW, write 2.5"),
    ("fleets", "uptime", 95, "error", "95 looks like a percentage; write 0.95"),
    ("fleets", "uptime", 0.0095, "warning", "if divided twice, write 0.95"),
    ("fleets", "variable_opex_usd_per_mwh", 0.002, "warning", "if this is USD/kWh, write 2"),
    ("power_contracts", "mw", 30_000, "error", "this looks like kW - write 30"),
    ("power_contracts", "mw", 3_000, "warning", "if this is kW, write 3"),
    ("power_contracts", "max_mw", 30_000, "error", "this looks like kW - write 30"),
    ("power_contracts", "max_mw", 3_000, "warning", "if this is kW, write 3"),
    ("power_contracts", "price_usd_per_mwh", 0.035, "error", "this looks like USD/kWh - write 35"),
    ("power_contracts", "price_usd_per_mwh", -0.01, "error", "this looks like USD/kWh - write -10"),
    ("power_contracts", "price_usd_per_mwh", 0.7, "warning", "if this is USD/kWh, write 700"),
    ("power_contracts", "price_usd_per_mwh", 900, "warning", "very dear power"),
    ("power_contracts", "price_usd_per_mwh", -300, "warning", "very negative"),
    ("power_contracts", "resale_fee_usd_per_mwh", 0.004, "warning", "if this is USD/kWh, write 4"),
    ("power_contracts", "backup_usd_per_mwh", 0.25, "warning", "if this is USD/kWh, write 250"),
    ("power_contracts", "usd_per_kw_month", 45_000, "error", "this looks like USD per MW and month - write 45"),
    ("power_contracts", "usd_per_kw_month", 9_000, "warning", "if this is USD per MW and month, write 9"),
    ("power_contracts", "usd_per_mw_month", 6, "warning", "if this is USD per kW and month, write 6000"),
    ("power_contracts", "hours", 8760, "error", "a month has at most 744 hours"),
    ("power_contracts", "hours_per_month", 1000, "error", "are these hours of a year?"),
    ("power_contracts", "ratchet_share", 80, "error", "80 looks like a percentage; write 0.8"),
    ("hashprice", "usd_per_ph_day", 0.05, "error", "this looks like USD per TH/s and day - write 50"),
    ("hashprice", "usd_per_ph_day", 54_300, "error", "this looks like USD per EH/s and day - write 54.3"),
    ("hashprice", "usd_per_ph_day", 5, "warning", "far below any hashprice"),
    ("hashprice", "usd_per_ph_day", 800, "warning", "far above the hashprice"),
    ("contracts", "min_mw", 30_000, "error", "this looks like kW - write 30"),
    ("contracts", "min_mw", 3_000, "warning", "if this is kW, write 3"),
    ("contracts", "max_mw", 30_000, "error", "this looks like kW - write 30"),
    ("contracts", "max_mw", 3_000, "warning", "if this is kW, write 3"),
    ("contracts", "block_mw", 30_000, "error", "this looks like kW - write 30"),
    ("contracts", "block_mw", 3_000, "warning", "if this is kW, write 3"),
    ("contracts", "committed_mw", 30_000, "error", "this looks like kW - write 30"),
    ("contracts", "committed_mw", 3_000, "warning", "if this is kW, write 3"),
    ("contracts", "price_usd_per_kw_month", 150_000, "error", "this looks like USD per MW and month - write 150"),
    ("contracts", "price_usd_per_kw_month", 1_800, "warning", "this looks like USD per kW and year; if so, write 150"),
    ("contracts", "price_usd_per_kw_month", 0.15, "warning", "if this is in thousand USD, write 150"),
    ("contracts", "escalator", 3, "error", "3 looks like a percentage; write 0.03"),
    ("contracts", "escalator", -3, "error", "-3 looks like a percentage; write -0.03"),
    ("contracts", "gross_ratio", 0.35, "error", "the ratio includes the whole"),
    ("contracts", "gross_ratio", 135, "error", "if 135 is a percentage"),
    ("contracts", "pue", 0.25, "error", "the ratio includes the whole"),
    ("contracts", "pue", 125, "error", "if 125 is a percentage"),
    ("contracts", "load_factor", 80, "error", "80 looks like a percentage; write 0.8"),
    ("contracts", "capex_usd_per_mw", 10, "error", "this looks like USD million per MW - write 10000000"),
    ("contracts", "capex_usd_per_mw", 949, "error", "this looks like USD per kW - write 949000"),
    ("contracts", "capex_usd_per_mw", 10_000, "warning", "if this is USD per kW, write 10000000"),
    ("contracts", "capex_usd_per_mw", 5e8, "warning", "very dear"),
    ("contracts", "tenant_capex_share", 25, "error", "25 looks like a percentage; write 0.25"),
    ("contracts", "opex_usd_per_kw_month", 25_000, "error", "this looks like USD per MW and month - write 25"),
    ("contracts", "opex_escalator", 2, "error", "2 looks like a percentage; write 0.02"),
    ("contracts", "opex_escalator", -2, "error", "-2 looks like a percentage; write -0.02"),
    ("contracts", "sla_credit", 2, "error", "2 looks like a percentage; write 0.02"),
    ("contracts", "default_rate", 5, "error", "5 looks like a percentage; write 0.05"),
    ("contracts", "recovery", 40, "error", "40 looks like a percentage; write 0.4"),
    ("contracts", "renewal_factor", 90, "error", "90 looks like a percentage; write 0.9"),
    ("limits", "max_build_mw", 50_000, "error", "this looks like kW - write 50"),
    ("limits", "max_build_mw", 3_000, "warning", "if this is kW, write 3"),
    ("limits", "ai_share_min", 10, "error", "10 looks like a percentage; write 0.1"),
    ("limits", "ai_share_max", 60, "error", "60 looks like a percentage; write 0.6"),
    ("limits", "min_eh_s", 6_000, "error", "this looks like PH/s - write 6"),
    ("limits", "min_eh_s", 1_500, "warning", "if this is PH/s, write 1.5"),
    ("limits", "counterparty_share_max", 50, "error", "50 looks like a percentage; write 0.5"),
    ("limits", "region_share_max", 50, "error", "50 looks like a percentage; write 0.5"),
    ("capex_budget", "usd", 500, "error", "this looks like USD million - write 500000000"),
    ("capex_budget", "usd", 50_000, "warning", "if this is thousand USD, write 50000000"),
    ("market", "btc_price_usd", 95, "warning", "if this is thousand USD, write 95000"),
    ("market", "btc_growth", 10, "error", "10 looks like a percentage; write 0.1"),
    ("market", "network_eh_s", 950_000, "error", "this looks like PH/s - write 950"),
    ("market", "network_growth", 25, "error", "25 looks like a percentage; write 0.25"),
    ("market", "fee_share", 1.3, "error", "1.3 looks like a percentage; write 0.013"),
    ("market", "difficulty", 127, "error", "this looks like trillions - write 1.27e+14"),
    *CAPITAL_SLIPS,
]


def with_value(table: str, column: str, value: float) -> Tables:
    """The small portfolio with this value in this column."""
    if table == "capex_budget":
        return changed("limits", 0, capex_budget=[{"month": "2027-01", column: value}])
    if table == "market":
        return with_market(**{column: value})
    if table == "capacity_steps":
        return changed(table, 0, site="pecos", **{"from": "2027-05", column: value})
    if table == "power_contracts":
        return added(table, {"site": "pecos", "kind": "block", "mw": 1, "price_usd_per_mwh": 35, column: value})
    if table in CAPITAL:
        return capital((table, {column: value}))
    return changed(table, 0, **{column: value})


@pytest.mark.parametrize(("table", "column", "value", "severity", "message"), CASES)
def test_a_slip_is_named_with_what_was_meant(
    table: str, column: str, value: float, severity: Severity, message: str
) -> None:
    """The finding stands at the column, shows the value as typed, and says what was probably meant."""
    found = [finding for finding in findings_of(with_value(table, column, value)) if message in finding.hint]
    assert len(found) == 1
    finding = found[0]
    assert finding.column.endswith(column)
    assert finding.value == str(value)
    assert finding.severity == severity
    assert str(finding).startswith("<python>: ")


def test_every_slip_has_a_case() -> None:
    """A slip without a case in the list above is not tested."""
    for table, columns in SLIPS.items():
        for column, slips in columns.items():
            values = [value for case in CASES if case[:2] == (table, column) for value in [case[2]]]
            caught = {next(index for index, slip in enumerate(slips) if slip.applies(value)) for value in values}
            assert caught == set(range(len(slips))), f"{table}.{column}"


@pytest.mark.parametrize(
    ("table", "column", "values"),
    [
        ("settings", "discount_rate", (0, 0.05, 0.3, -0.01)),
        ("sites", "capacity_mw", (50, 100, 2_000)),
        ("sites", "ai_max_mw", (0, 0.1, 1, 2_000)),
        ("sites", "power", (0, 1, 45, -99, 499)),
        ("hashprice", "usd_per_ph_day", (0, 10, 32, 500)),
        ("fleets", "uptime", (0, 0.5, 1)),
        ("contracts", "capex_usd_per_mw", (0, 1e5, 1e7)),
        ("contracts", "price_usd_per_kw_month", (0, 1, 90, 1_000)),
        ("contracts", "gross_ratio", (1, 1.18, 1.52)),
        ("contracts", "compute_capex_usd_per_mw", (0, 25e6)),
        ("rig_offers", "usd_per_th", (5, 13.5, 119)),
        ("rig_offers", "monthly_decline", (0, 0.02, 0.05)),
        ("rig_stock", "sell_usd_per_th", (0, 3)),
        ("hall_builds", "usd_per_mw", (0, 200_000, 700_000)),
        ("expansions", "deposit_usd_per_mw", (0, 50_000)),
        ("loans", "rate", (0, 0.09, 0.14)),
        ("liquidity", "min_dscr", (0, 1, 1.4)),
        ("liquidity", "opening_cash_usd", (0, 300e6)),
        ("tax", "rate", (0, 0.21, 0.25)),
    ],
)
def test_usual_values_make_no_finding(table: str, column: str, values: tuple[float, ...]) -> None:
    """Zero and everything that is usual pass without a word."""
    for value in values:
        assert [
            str(finding) for finding in findings_of(with_value(table, column, value)) if finding.column == column
        ] == []


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("sites", "capacity_mw", -1),
        ("sites", "power", 20_000),
        ("fleets", "fixed_opex_usd_per_mw_month", -5),
        ("contracts", "term_months", 0),
        ("contracts", "build_months", 241),
        ("settings", "months", 601),
        ("rigs", "th_s", 0),
        ("sites", "curtailable_min_share", 1),
    ],
)
def test_impossible_values_are_errors_with_the_range(table: str, column: str, value: float) -> None:
    """A value outside what can be is refused, and the range is shown."""
    found = [finding for finding in findings_of(changed(table, 0, **{column: value})) if finding.column == column]
    assert len(found) == 1
    assert found[0].severity == "error"
    assert found[0].value == str(value)
    assert "between" in found[0].expected or "above 0" in found[0].expected


def test_the_nearest_name_ignores_case() -> None:
    """A name typed in another case or with a slip is found; a quite different one is not."""
    assert nearest("PECOS", ["pecos", "oswego"]) == "did you mean 'pecos'?"
    assert nearest("pecoss", ["pecos", "oswego"]) == "did you mean 'pecos'?"
    assert nearest("zzz", ["pecos", "oswego"]) == ""
