"""Hours and power in the report: sums of the frames, and nothing about contracts that a portfolio does not have."""

from __future__ import annotations

import dataclasses
import io
import math
import re

import pytest
from rich.console import Console

from reports import assumptions, hours, hours_figures, inputs, method, money
from reports.display import Table
from reports.html import render_html
from reports.terminal import print_summary
from reports.understood import portfolio_lines, power_contract_terms
from reports.words import KIND_LABELS, LINE_LABELS, TERM_LABELS, WORTH_LABELS, glossary
from sites.records import PowerContract
from tests.reports.fake_plan import (
    BACKUP,
    BLOCK_GAIN,
    DEMAND_CHARGE,
    HOSTED_MW,
    PEAK_AVOIDED,
    PEAK_CHARGE,
    RESPONSE,
    contracted_plan,
    fake_plan,
)

CONTRACT_WORDS = ("Power block", "Demand response", "Demand charge", "Peak charges", "Backup power", "Ratchet")


def texts(table: Table) -> list[list[str]]:
    """What is read in each row."""
    return [[cell.text for cell in row] for row in table.rows]


def cell(table: Table, row: int, heading: str) -> float | None:
    """The exact value of a cell."""
    return table.rows[row][[column.label for column in table.columns].index(heading)].value


def terms(**given: object) -> str:
    """The terms of a contract in words."""
    return power_contract_terms(PowerContract.model_validate({"site": "a", **given}))


def test_sums_of_contracts_are_those_of_the_frame() -> None:
    """Five years of pecos: twelve months of most contracts, four of the peak, four years of backup."""
    whole = hours.power_by(contracted_plan(), ()).iloc[0]
    assert whole["power_blocks"] == pytest.approx(60 * BLOCK_GAIN)
    assert whole["demand_response"] == pytest.approx(60 * RESPONSE)
    assert whole["demand_charge"] == pytest.approx(-60 * DEMAND_CHARGE)
    assert whole["peak_charge"] == pytest.approx(-20 * PEAK_CHARGE)
    assert whole["peak_charge_avoided"] == pytest.approx(20 * PEAK_AVOIDED)
    assert whole["backup"] == pytest.approx(-48 * BACKUP)


def test_price_paid_is_the_bill_over_the_energy() -> None:
    """At pecos in 2027: spot less the block's gain, with demand and peak charges, over the MWh."""
    plan = contracted_plan()
    rows = hours.power_by(plan, ["site", "year"])
    row = rows[(rows["site"] == "pecos") & (rows["year"] == "2027")].iloc[0]
    given = plan.frames.power.query("site == 'pecos' and year == '2027'").iloc[0]
    bill = given["spot_usd"] - 12 * BLOCK_GAIN + 12 * DEMAND_CHARGE + 4 * PEAK_CHARGE
    assert row["price_usd_per_mwh"] == pytest.approx(bill / given["mining_mwh"])
    assert row["price_usd_per_mwh"] == pytest.approx(given["average_price_usd_per_mwh"])


def test_market_average_of_several_sites_is_weighted_by_energy() -> None:
    """Prices of 42.0, 38.5 and 55.0 count by the MWh bought at each."""
    plan = fake_plan()
    energy = plan.frames.power.groupby("site")["mining_mwh"].sum()
    mean = (42.0 * energy["pecos"] + 38.5 * energy["quebec"] + 55.0 * energy["ohio"]) / energy.sum()
    assert hours.power_by(plan, ()).iloc[0]["market_usd_per_mwh"] == pytest.approx(mean)


def test_a_year_without_energy_has_a_market_and_no_price() -> None:
    """What was not bought has no price; the market had one all the same."""
    plan = fake_plan()
    power = plan.frames.power
    off = (power["year"] == "2029") & (power["site"] == "ohio")
    power = power.assign(
        mining_mwh=power["mining_mwh"].mask(off, 0.0),
        average_price_usd_per_mwh=power["average_price_usd_per_mwh"].mask(off),
    )
    idle = dataclasses.replace(plan, frames=dataclasses.replace(plan.frames, power=power))
    row = hours.power_by(idle, ["site", "year"]).set_index(["site", "year"]).loc[("ohio", "2029")]
    assert math.isnan(row["price_usd_per_mwh"])
    assert row["market_usd_per_mwh"] == 55.0
    assert ["ohio", "2029"] in [row[:2] for row in texts(hours.site_year_table(plan))]


def test_hours_run_count_only_the_mw_that_run() -> None:
    """With half of the ready MW mothballed all the time, 93% of the hours become 46.5%, on both pages that show it."""
    plan = fake_plan()
    fleets = plan.frames.fleets
    half = dataclasses.replace(
        plan, frames=dataclasses.replace(plan.frames, fleets=fleets.assign(mining_mw=fleets["mining_mw"] / 2))
    )
    assert hours.power_by(plan, ()).iloc[0]["run_share"] == pytest.approx(0.93)
    assert hours.power_by(half, ()).iloc[0]["run_share"] == pytest.approx(0.465)
    assert inputs.site_power(half).iloc[0]["share_of_hours_run"] == pytest.approx(0.465)


def test_every_total_is_the_sum_of_its_column() -> None:
    """Sites, fleets and contracts: each exact value of a total row is the sum of the values above it."""
    plan = contracted_plan()
    for table in (hours.site_table(plan), hours.fleet_table(plan), hours.contracts_table(plan)):
        assert table.total is not None
        for position, total in enumerate(table.total):
            if total.value is not None:
                assert total.value == math.fsum(row[position].value or 0.0 for row in table.rows), table.name


def test_site_table_has_a_dash_where_a_site_has_no_such_contract() -> None:
    """Pecos shows its charges; ohio and quebec have none to show."""
    table = hours.site_table(contracted_plan())
    shown = {row[0]: row[1:] for row in texts(table)}
    assert shown["ohio"][5:] == ["\N{EN DASH}"] * 6
    assert shown["pecos"][5:] == ["9.6", "3.6", "5.0", "\N{MINUS SIGN}1.0", "\N{MINUS SIGN}2.9", "\N{MINUS SIGN}4.3"]


def test_fleet_hours_stand_under_the_hours_of_each_year() -> None:
    """2028 is a leap year: 93% of 8,784 hours."""
    table = hours.fleet_hours_table(fake_plan())
    assert [(column.label, column.unit) for column in table.columns[2:4]] == [
        ("2027", "of 8,760 h"),
        ("2028", "of 8,784 h"),
    ]
    assert texts(table)[1][:4] == ["pecos S21", "pecos", "8,147", "8,169"]


def test_fleet_price_is_weighted_by_energy() -> None:
    """Pecos pays nine tenths of 42 at spot in every year."""
    table = hours.fleet_table(contracted_plan())
    assert cell(table, 1, "Paid at spot") == pytest.approx(37.8)
    assert cell(table, 1, "Market average") == pytest.approx(42.0)


def test_each_power_contract_is_one_line_with_its_terms_and_money() -> None:
    """The seasonal peak is in force in twenty months; the AI load on backup is averaged over all sixty."""
    rows = texts(hours.contracts_table(contracted_plan()))
    assert [row[0] for row in rows] == [
        KIND_LABELS[kind] for kind in ("block", "demand_charge", "coincident_peak", "demand_response", "curtailment")
    ]
    assert rows[1][2:5] == ["\N{MINUS SIGN}2.9", "95.0", "Jan 2027 to Dec 2031"]
    assert rows[2][2:5] == ["\N{MINUS SIGN}1.0", "10.0", "Jun 2027 to Sep 2031 (20 months)"]
    assert rows[4][3] == f"{HOSTED_MW * 48 / 60:.1f}"


def test_a_contract_outside_the_horizon_says_so() -> None:
    """A block that begins after the plan's end is listed and brings nothing."""
    plan = contracted_plan()
    late = PowerContract.model_validate(
        {"site": "ohio", "kind": "block", "mw": 5.0, "price_usd_per_mwh": 40.0, "from": "2040-01"}
    )
    contracts = (*plan.portfolio.power_contracts, late)
    later = dataclasses.replace(plan, portfolio=dataclasses.replace(plan.portfolio, power_contracts=contracts))
    assert texts(hours.contracts_table(later))[-1][2:5] == ["0.0", "n/a", "never within the horizon"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"kind": "block", "mw": 40.0, "price_usd_per_mwh": 38.0, "resale_fee_usd_per_mwh": 1.5},
            "40 MW in every hour at 38 USD/MWh; what is not used is sold at spot less 1.5 USD/MWh",
        ),
        (
            {"kind": "block", "mw": 40.0, "price_usd_per_mwh": 38.0, "resale": "none"},
            "40 MW in every hour at 38 USD/MWh; what is not used is lost",
        ),
        (
            {"kind": "demand_charge", "usd_per_kw_month": 6.0, "ratchet_share": 0.8, "ratchet_months": 11},
            "6 USD/kW-month on the month's highest load, at least 80% of that of the 11 months before",
        ),
        (
            {"kind": "coincident_peak", "usd_per_kw_month": 4.5, "hours": 1, "months": [6, 9]},
            "4.5 USD/kW-month on load in the month's 1 dearest hour; only in Jun, Sep",
        ),
        ({"kind": "curtailment", "hours_per_month": 30}, "mining off in the month's 30 dearest hours"),
        (
            {"kind": "demand_response", "usd_per_mw_month": 6000.0, "hours_per_month": 20, "max_mw": 120.0},
            "6,000 USD/MW-month for up to 120 MW off in the month's 20 dearest hours",
        ),
    ],
)
def test_terms_are_said_in_words(given: dict[str, object], words: str) -> None:
    """Every kind names its price, its size and its hours."""
    assert terms(**given) == words


def test_understood_portfolio_names_contracts_and_modes() -> None:
    """Each contract stands below its site with its term, each machine mode with its efficiency."""
    text = "\n".join(portfolio_lines(contracted_plan().portfolio))
    assert "    block: 40 MW in every hour at 38 USD/MWh" in text
    assert "mode eco of S21: 160 TH/s at 2,500 W (15.6 J/TH)" in text


def test_worth_by_year_leaves_out_what_is_zero_throughout() -> None:
    """Without contracts only the value of curtailment is left; with them every sum has its row."""
    assert list(hours.worth_by_year(fake_plan()).index) == ["curtailment_value"]
    assert list(hours.worth_by_year(contracted_plan()).index) == list(WORTH_LABELS)


def test_worth_chart_tells_each_sum_of_a_year() -> None:
    """Pointing at 2027 reads gains and charges in USD million; avoided charges do not add up with them."""
    figure = hours_figures.power_worth(contracted_plan())
    assert figure is not None
    drawing = figure.drawings["any"]
    (tip,) = re.findall(r'data-tip="(2027: [^"]*)"', drawing)
    assert "Power blocks USD 1.9 m; Demand response income USD 0.7 m; Peak charges avoided USD 1.0 m" in tip
    assert "Peak charges paid USD \N{MINUS SIGN}0.2 m; Demand charges USD \N{MINUS SIGN}0.6 m" in tip
    assert "Net" not in tip
    assert "do not add up" in figure.note


def test_price_chart_tells_paid_and_market() -> None:
    """Each year has one mark that reads both prices."""
    figure = hours_figures.power_price(fake_plan())
    assert figure is not None
    tips = re.findall(r'data-tip="([^"]*)"', figure.drawings["any"])
    assert len(tips) == 5
    assert re.fullmatch(r"2028: paid \d\d\.\d\d USD/MWh; market average \d\d\.\d\d USD/MWh", tips[1])


def test_only_sites_whose_price_can_differ_get_a_chart() -> None:
    """One flat price without a contract is a line upon a line."""
    assert hours_figures.price_panels(fake_plan()) == []
    assert [panel.site for panel in hours_figures.price_panels(contracted_plan())] == ["pecos"]


def test_page_says_nothing_about_contracts_that_are_not_there() -> None:
    """No word of a block, a programme or a charge stands in the report of a portfolio without any."""
    plain, full = render_html(fake_plan()), render_html(contracted_plan())
    for words in CONTRACT_WORDS:
        assert words not in plain, words
        assert words in full, words
    assert 'id="table-power-contracts"' not in plain
    for table in ("power-contracts", "power-sites", "power-site-years", "power-fleets", "fleet-hours", "power-worth"):
        assert f'id="table-{table}"' in full


def test_page_of_one_kind_of_contract_is_silent_about_the_others() -> None:
    """A portfolio with one block shows the block, and no peak, programme, charge or backup."""
    plan = contracted_plan()
    block = dataclasses.replace(
        plan, portfolio=dataclasses.replace(plan.portfolio, power_contracts=plan.portfolio.power_contracts[:1])
    )
    assert hours.worth_names(block) == ("curtailment_value", "power_blocks")
    assert [figure.name for figure in hours.key_figures(block)][3:] == ["Power blocks"]


def test_key_figures_are_the_totals() -> None:
    """Each sum of the contracts has a tile; avoided peak charges stand beside the paid ones."""
    tiles = {tile.name: tile for tile in hours.key_figures(contracted_plan())}
    assert tiles["Hours run"].value == "93.0%"
    assert tiles["Power blocks"].value == "USD 9.6 m"
    assert tiles["Peak charges paid"].value == "\N{MINUS SIGN}USD 1.0 m"
    assert tiles["Peak charges paid"].detail == "USD 5.0 m avoided, against running flat out"
    assert tiles["Price of power"].detail.startswith("per MWh, contracts included; market average ")


def test_a_plan_that_buys_no_power_has_no_price() -> None:
    """AI tenants that pay their own power leave nothing to draw."""
    plan = fake_plan()
    power = plan.frames.power
    nothing = power.assign(**dict.fromkeys(power.columns[2:-2], 0.0), average_price_usd_per_mwh=math.nan)
    fleets, run = plan.frames.fleets, plan.frames.hours
    frames = dataclasses.replace(plan.frames, power=nothing, fleets=fleets.iloc[:0], hours=run.iloc[:0])
    bare = dataclasses.replace(plan, frames=frames)
    assert hours_figures.power_price(bare) is None
    assert hours.key_figures(bare)[1].value == "n/a"
    assert hours.site_table(bare).is_empty
    assert "no site buys power of its own" in render_html(bare)


def test_new_lines_are_shown_with_their_words_and_only_if_they_move_money() -> None:
    """The cash table of a plan without contracts has none of their lines; with contracts each has a label."""
    names = ("power_blocks", "demand_response", "demand_charge", "peak_charge", "backup", "ai_site_power")
    plain = {row[0] for row in texts(money.cash_table(fake_plan()))}
    full = {row[0] for row in texts(money.cash_table(contracted_plan()))}
    assert plain.isdisjoint(LINE_LABELS[name] for name in names)
    assert full >= {LINE_LABELS[name] for name in names}
    assert {row[0] for row in texts(money.cases_table(contracted_plan()))} >= {TERM_LABELS[name] for name in names}


def test_enrolment_limit_is_named_with_its_programme() -> None:
    """The limit reads as a sentence, its place as site and contract."""
    assert ["Size of a demand response programme", "pecos, demand response 4"] in [
        row[:2] for row in texts(money.limits_table(contracted_plan()))
    ]


def test_register_has_contracts_and_modes() -> None:
    """Both tables are in the register, each record named by its site and kind or its machine and mode."""
    groups = {group.table: group for group in assumptions.register(contracted_plan())}
    assert [line.record for line in groups["power_contracts"].lines][:2] == ["pecos, block", "pecos, demand_charge"]
    assert ("price_usd_per_mwh", "38") in groups["power_contracts"].lines[0].values
    assert groups["power_contracts"].unsourced == 0
    assert [line.record for line in groups["rig_modes"].lines] == ["S21, eco"]


def test_method_explains_only_what_the_portfolio_has() -> None:
    """The exact hours and the replay are always explained, the contracts and modes when they are there."""
    plain, full = method.hour_lines(fake_plan()), method.hour_lines(contracted_plan())
    assert [line.split(":")[0].split(" ")[0] for line in plain] == ["Every", "The"]
    assert len(full) == len(plain) + 7
    assert full[-1].startswith("The certificate replays the plan in every hour")
    assert any(line.startswith("Ratchets: ") for line in full)


def test_glossary_explains_only_the_contracts_that_are_there() -> None:
    """A block alone brings one word; a ratchet and modes bring theirs."""
    words = [word for word, _ in glossary(["block"], ratchet=False, modes=False)]
    assert words[-1] == "Power block"
    assert [word for word, _ in glossary(["block"], ratchet=True, modes=True)] == [*words, "Ratchet", "Machine mode"]


def test_terminal_has_a_line_of_power_and_one_of_what_it_brings() -> None:
    """The summary says hours, price and market, and what the contracts bring; nothing of contracts without them."""
    lines = {}
    for name, plan in (("plain", fake_plan()), ("full", contracted_plan())):
        out = io.StringIO()
        print_summary(plan, "x", console=Console(file=out, width=110, markup=False, highlight=False, emoji=False))
        lines[name] = out.getvalue().splitlines()[-4:-2]
    assert lines["plain"][0] == "Power: mining runs 93.0% of its ready hours; 40.19 USD/MWh paid, market average 44.65"
    assert re.fullmatch(r"Over the horizon, undiscounted: value of curtailment USD [\d.]+ m", lines["plain"][1])
    assert "power blocks USD 9.6 m" in lines["full"][1]
    assert "demand charges -USD 2.9 m" in lines["full"][1]
    assert "backup power for AI -USD 4.3 m" in lines["full"][1]
