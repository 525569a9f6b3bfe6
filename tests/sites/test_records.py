"""The record types: every column of the tables, with unit, meaning, default and range."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from sites import CapacityStep, Contract, Rig, Settings, Site
from sites.columns import TABLE_COLUMNS, TABLES, Column
from sites.months import month_number
from sites.quantities import HiddenCharacterError, Kind, visible_text
from sites.records import PowerContract

# The columns of the tables as users know them, typed in from the description of the input tables.
COLUMNS = {
    "settings": "name start months discount_rate ai_discount_rate pool_fee contract_tail market",
    "sites": "id capacity_mw ai_max_mw mining_ready_mw power adder_usd_per_mwh escalation fixed_cost_usd_per_month "
    "curtailable_min_share region kg_co2_per_mwh cooling closure_cost_usd first_closure",
    "capacity_steps": "site from capacity_mw",
    "rigs": "id th_s watts cooling overhead",
    "rig_modes": "rig mode th_s watts",
    "fleets": "id site rig mw uptime variable_opex_usd_per_mwh fixed_opex_usd_per_mw_month retire max_mw",
    "hashprice": "month usd_per_ph_day scenario",
    "power_series": "id file timezone location market time price stamp fx max_gap_hours",
    "contracts": "id counterparty sites min_mw max_mw block_mw committed_mw exclusive_group requires first_start "
    "last_start build_months disruption_months retrofit term_months price_usd_per_kw_month escalator ramp_months "
    "prepaid_months gross_ratio pue load_factor power capex_usd_per_mw tenant_capex_share opex_usd_per_kw_month "
    "opex_escalator sla_credit default_rate recovery after_term renewal_factor rent_trend compute_capex_usd_per_mw "
    "refresh_months compute_trend",
    "pins": "contract site month mw",
    "power_contracts": "site kind mw price_usd_per_mwh resale resale_fee_usd_per_mwh usd_per_kw_month "
    "usd_per_mw_month max_mw hours hours_per_month months backup_usd_per_mwh from to ratchet_share ratchet_months",
    "limits": "capex_budget max_build_mw ai_share_min ai_share_max min_eh_s counterparty_share_max region_share_max",
    "scenarios": "id probability hashprice power_factor build_delay_months",
    "risk": "cvar_weight cvar_alpha paths seed",
    "rig_offers": "id rig usd_per_th monthly_decline lead_months max_mw max_mw_per_month first_order last_order",
    "rig_stock": "rig mw install_usd_per_mw uninstall_usd_per_mw move_months sell_usd_per_th sell_decline "
    "max_sell_mw_per_month residual_usd_per_th life_months",
    "hall_builds": "id site cooling usd_per_mw lead_months max_mw first_order last_order residual_share life_months",
    "expansions": "id site usd_per_mw lead_months min_mw max_mw first_order last_order land_usd substation_usd "
    "deposit_usd_per_mw deposit_refund residual_share life_months",
    "loans": "id limit_usd rate fee first_draw last_draw grace_months tenor_months repayment opening_usd contract "
    "capex_share min_dscr",
    "equity": "id limit_usd cost first_month last_month",
    "treasury": "opening_btc btc_price_usd btc_growth policy sale_share max_sale_btc cost_basis_usd",
    "tax": "rate loss_limit opening_losses_usd bonus_share rigs compute ai_capex halls expansions straight_line_months "
    "opening_book_usd opening_life_months",
    "liquidity": "opening_cash_usd min_cash_usd overhead_usd_per_month overhead_escalation scope worst_share "
    "max_debt_to_income min_dscr covenants_from",
}
ALL_COLUMNS = [column for columns in TABLE_COLUMNS.values() for column in columns.values()]


def offer(**cells: object) -> Contract:
    """An offer with some cells changed."""
    compulsory: dict[str, object] = {
        "id": "a",
        "sites": ("p",),
        "max_mw": 1.0,
        "first_start": "2027-01",
        "last_start": "2027-02",
        "build_months": 6,
        "term_months": 12,
        "price_usd_per_kw_month": 100.0,
        "capex_usd_per_mw": 1e6,
    }
    return Contract.model_validate({**compulsory, **cells})


@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_exactly_its_columns(table: str) -> None:
    """Each table has the columns users know, and the three remarks."""
    assert list(TABLE_COLUMNS[table]) == [*COLUMNS[table].split(), "source", "as_of", "note"]


@pytest.mark.parametrize("column", ALL_COLUMNS, ids=lambda column: column.name)
def test_a_column_says_what_it_holds(column: Column) -> None:
    """Every column has a description and words for messages; a number also has its unit and range."""
    assert column.description.endswith(".")
    assert column.expected
    if column.kind in (Kind.NUMBER, Kind.WHOLE, Kind.PRICE):
        assert column.unit
        assert column.low is not None
        assert column.high is not None


def test_defaults_are_those_of_the_tables() -> None:
    """The defaults that move money are the published ones."""
    given = offer()
    assert (given.gross_ratio, given.pue, given.load_factor) == (1.35, 1.25, 0.8)
    assert (given.power, given.after_term, given.retrofit) == ("pass_through", "release", True)
    assert (given.renewal_factor, given.escalator, given.prepaid_months) == (1.0, 0.0, 0)
    assert Rig(id="r", th_s=100, watts=3000).cooling == "air"


def test_absent_limits_of_a_site_are_its_capacity() -> None:
    """A site without limits for AI and halls may use its whole capacity for either."""
    site = Site(id="p", capacity_mw=40, power="hub")
    assert (site.ai_limit_mw, site.mining_halls_mw) == (40, 40)
    site = Site(id="p", capacity_mw=40, power=30.0, ai_max_mw=10, mining_ready_mw=0)
    assert (site.ai_limit_mw, site.mining_halls_mw) == (10, 0)


def test_the_ai_rate_is_the_discount_rate_unless_given() -> None:
    """The AI rate may be 0, which is not the same as absent."""
    settings = Settings(name="n", start="2027-01", months=1, discount_rate=0.1)
    assert settings.ai_rate == 0.1
    assert settings.model_copy(update={"ai_discount_rate": 0.0}).ai_rate == 0.0


def test_a_rig_turns_power_into_hashrate() -> None:
    """17.5 J/TH gives 57.14 PH/s per MW; with 4 % of overhead 54.95."""
    rig = Rig(id="r", th_s=200, watts=3500)
    assert rig.j_per_th == 17.5
    assert rig.ph_s_per_mw == pytest.approx(57.142857, rel=1e-7)
    assert Rig(id="r", th_s=200, watts=3500, overhead=1.04).ph_s_per_mw == pytest.approx(54.945055, rel=1e-7)


def test_the_column_from_is_the_attribute_from_month() -> None:
    """``from`` is a word of the language, so the attribute has another name; both make the record."""
    step = CapacityStep.model_validate({"site": "p", "from": "2028-01", "capacity_mw": 5.0})
    assert step == CapacityStep(site="p", from_month="2028-01", capacity_mw=5.0)


def test_records_cannot_be_changed_and_know_no_other_columns() -> None:
    """A record is what was checked, for good."""
    site = Site(id="p", capacity_mw=40, power=30.0)
    with pytest.raises(ValidationError, match="frozen"):
        site.capacity_mw = 50  # type: ignore[misc]
    with pytest.raises(ValidationError, match="Extra inputs"):
        Site.model_validate({"id": "p", "capacity_mw": 40, "power": 30.0, "capacity_kw": 1})


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("max_mw", True),
        ("max_mw", "30"),
        ("max_mw", float("nan")),
        ("max_mw", float("inf")),
        ("max_mw", -1.0),
        ("build_months", 2.5),
        ("build_months", True),
        ("gross_ratio", 0.9),
        ("load_factor", 1.1),
        ("power", "Included"),
        ("retrofit", "yes"),
        ("first_start", "2027-13"),
        ("sites", ()),
        ("id", ""),
        ("id", "a;b"),
        ("id", "x" * 121),
        ("counterparty", "a\u200bb"),
        ("term_months", 0),
    ],
)
def test_a_record_refuses_what_cannot_be(column: str, value: object) -> None:
    """Records made in Python are as strict as those from files, and never turn one type into another."""
    with pytest.raises(ValidationError, match=column):
        offer(**{column: value})


def test_names_are_kept_in_composed_form() -> None:
    """Two ways of typing an accented letter are one name."""
    assert offer(counterparty="Que\u0301bec AI").counterparty == "Qu\u00e9bec AI"
    assert offer(counterparty="  Lab ").counterparty == "Lab"


@pytest.mark.parametrize(
    "character", ["\x00", "\x1b", "\u200b", "\u202e", "\u2028", "\ufeff", "\ud800", "\ufffe", "\n"]
)
def test_hidden_characters_are_named(character: str) -> None:
    """Control, zero-width, direction and line separators are refused, with their place."""
    with pytest.raises(HiddenCharacterError, match="character 3 is"):
        visible_text(f"ab{character}c")


def test_remarks_may_have_lines_and_names_any_script() -> None:
    """Free text may be broken into lines; names may be emoji or Chinese."""
    assert offer(note="one\n\ttwo").note == "one\n\ttwo"
    assert offer(counterparty="云 🏭").counterparty == "云 🏭"


@pytest.mark.parametrize(
    ("cells", "label", "counts"),
    [
        ({}, "1999-12", True),
        ({"from": "2027-03", "to": "2027-05"}, "2027-02", False),
        ({"from": "2027-03", "to": "2027-05"}, "2027-03", True),
        ({"from": "2027-03", "to": "2027-05"}, "2027-05", True),
        ({"from": "2027-03", "to": "2027-05"}, "2027-06", False),
        ({"months": (1, 12)}, "2027-12", True),
        ({"months": (1, 12)}, "2028-01", True),
        ({"months": (1, 12)}, "2028-02", False),
        ({"from": "2028-01", "months": (12,)}, "2027-12", False),
    ],
)
def test_a_power_contract_is_in_force_from_to_and_in_its_months(
    cells: dict[str, object], label: str, counts: bool
) -> None:
    """Both ends count, an absent end is open, and of the months between only the listed calendar months."""
    contract = PowerContract.model_validate({"site": "p", "kind": "block", **cells})
    assert contract.in_force(month_number(label)) is counts
