"""Changed copies of a portfolio: the same as a changed file, every fault named, nothing touched that need not be."""

from __future__ import annotations

import copy
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sites import Portfolio, PortfolioError, load_portfolio, save_portfolio
from sites.bundled import portfolio_path
from sites.columns import SINGLE_RECORD_TABLES, TABLE_COLUMNS
from sites.edits import Edit, add_contracts, changed, dropped, edited, parse_edit
from sites.hourly import HourlyPrices, hours_in_year, write_hourly_csv
from tests.sites.capital_cases import CAPITAL
from tests.sites.small import SMALL

SECOND = {**SMALL["contracts"][0], "id": "hyper.2", "min_mw": 5, "ai": None}
SECOND.pop("ai")


def tables(**other: Any) -> dict[str, Any]:
    """The small portfolio with a record in every table."""
    return {
        **SMALL,
        "contracts": [SMALL["contracts"][0], SECOND],
        "capacity_steps": [{"site": "pecos", "from": "2028-01", "capacity_mw": 90}],
        "rig_modes": [{"rig": "box", "mode": "eco", "th_s": 150, "watts": 2400}],
        "pins": [{"contract": "hyper.2", "site": "pecos", "month": "2027-06", "mw": 2}],
        "power_contracts": [
            {"site": "pecos", "kind": "block", "mw": 10, "price_usd_per_mwh": 38},
            {"site": "pecos", "kind": "demand_charge", "usd_per_kw_month": 3},
        ],
        "limits": {"capex_budget": [{"month": "2027-01", "usd": 5e7}, {"month": "2028-01", "usd": 9e7}]},
        "scenarios": [{"id": "low", "probability": 0.25, "power_factor": 0.9}, {"id": "high", "probability": 0.75}],
        "risk": {"cvar_weight": 0.5},
        **copy.deepcopy(CAPITAL),
        "fleets": [{**SMALL["fleets"][0], "max_mw": 70}],
        **other,
    }


def given(**other: Any) -> Portfolio:
    """That portfolio, with a power series that no site uses."""
    prices = {"hub": HourlyPrices("hub", (2023,), np.linspace(-10.0, 90.0, hours_in_year(2023)))}
    return Portfolio.from_tables(tables(**other), prices=prices)


def faults(portfolio: Portfolio, *edits: str | Edit, **others: Any) -> list[str]:
    """What is said of changes that cannot be made, warnings included."""
    with pytest.raises(PortfolioError) as raised:
        changed(portfolio, edits=edits, **others)
    return [str(finding) for finding in raised.value.findings]


# One edit of every table, and of every way of meaning a record, with what it makes.
EVERY_TABLE = [
    ("settings.months=36", lambda p: p.settings.months, 36),
    ("settings.discount_rate=+0.01", lambda p: p.settings.discount_rate, 0.13),
    ("settings.ai_discount_rate=0.08", lambda p: p.settings.ai_discount_rate, 0.08),
    ("settings.start=+1", lambda p: p.settings.start, "2027-02"),
    ("sites.pecos.capacity_mw=150", lambda p: p.sites[0].capacity_mw, 150.0),
    ("sites.*.power=*1.1", lambda p: [s.power for s in p.sites], [44.0, 38.5]),
    ("sites.oswego.power=hub", lambda p: p.sites[1].power, "hub"),
    ("sites.pecos.region=", lambda p: p.sites[0].region, ""),
    ("capacity_steps.1.from=2028-06", lambda p: p.capacity_steps[0].from_month, "2028-06"),
    ("rigs.box.watts=*0.9", lambda p: p.rigs[0].watts, 3150.0),
    ("rig_modes.1.mode=low", lambda p: p.rig_modes[0].mode, "low"),
    ("fleets.pecos-box.uptime=*0.5", lambda p: p.fleets[0].uptime, 0.5),
    ("fleets.pecos-box.retire=2028-01", lambda p: p.fleets[0].retire, "2028-01"),
    ("hashprice.2027-02.usd_per_ph_day=40", lambda p: [h.usd_per_ph_day for h in p.hashprice], [50.0, 40.0]),
    ("hashprice.*.usd_per_ph_day=*0.5", lambda p: [h.usd_per_ph_day for h in p.hashprice], [25.0, 24.5]),
    ("power_series.hub.usd_per_mwh=*1.2", lambda p: float(p.prices["hub"].prices[-1]), 108.0),
    ("power_series.*.usd_per_mwh=+-5", lambda p: float(p.prices["hub"].prices[0]), -15.0),
    ("power_series.hub.note=a hub", lambda p: p.power_series[0].note, "a hub"),
    ("contracts.lab.price_usd_per_kw_month=130", lambda p: p.contracts[0].price_usd_per_kw_month, 130.0),
    ("contracts.hyper.2.term_months=*1.1", lambda p: p.contracts[1].term_months, 132),
    ('contracts."hyper.2".retrofit=false', lambda p: p.contracts[1].retrofit, False),
    ("contracts.lab.sites=oswego", lambda p: p.contracts[0].sites, ("oswego",)),
    ("contracts.lab.sites=oswego; pecos", lambda p: p.contracts[0].sites, ("oswego", "pecos")),
    ("contracts.*.first_start=+3", lambda p: [c.first_start for c in p.contracts], ["2027-10", "2027-10"]),
    ("contracts.lab.power=included", lambda p: p.contracts[0].power, "included"),
    ("contracts.lab.note=*starred* = yes", lambda p: p.contracts[0].note, "*starred* = yes"),
    ("contracts.hyper.2.min_mw=", lambda p: p.contracts[1].min_mw, 0.0),
    ("contracts.lab.default_rate=+0.02", lambda p: p.contracts[0].default_rate, 0.02),
    ("pins.1.mw=*2", lambda p: p.pins[0].mw, 4.0),
    ("power_contracts.2.months=6-8", lambda p: p.power_contracts[1].months, (6, 7, 8)),
    ("power_contracts.*.usd_per_kw_month=*2", lambda p: [c.usd_per_kw_month for c in p.power_contracts], [None, 6.0]),
    ("scenarios.low.power_factor=*1.1", lambda p: p.scenarios[0].power_factor, 0.99),
    ("scenarios.*.build_delay_months=+2", lambda p: [s.build_delay_months for s in p.scenarios], [2, 2]),
    ("risk.cvar_alpha=0.1", lambda p: p.risk.cvar_alpha, 0.1),
    ("limits.max_build_mw=25", lambda p: p.limits.max_build_mw, 25.0),
    ("limits.capex_budget=*2", lambda p: [s.usd for s in p.limits.capex_budget], [1e8, 1.8e8]),
    ("limits.capex_budget=+1e6", lambda p: [s.usd for s in p.limits.capex_budget], [5.1e7, 9.1e7]),
    ("limits.capex_budget=2e7", lambda p: [(s.month, s.usd) for s in p.limits.capex_budget], [("2027-01", 2e7)]),
    ("limits.capex_budget=2027-06:2e7; 2028-01:3e7", lambda p: p.limits.capex_budget[1].usd, 3e7),
    ("limits.capex_budget=", lambda p: p.limits.capex_budget, ()),
    ("sites.oswego.closure_cost_usd=2e6", lambda p: p.sites[1].closure_cost_usd, 2e6),
    ("fleets.pecos-box.max_mw=*1.5", lambda p: p.fleets[0].max_mw, 105.0),
    ("contracts.lab.compute_capex_usd_per_mw=25e6", lambda p: p.contracts[0].compute_capex_usd_per_mw, 25e6),
    ("rig_offers.new-boxes.usd_per_th=*0.5", lambda p: p.rig_offers[0].usd_per_th, 6.0),
    ("rig_offers.*.first_order=2027-03", lambda p: p.rig_offers[0].first_order, "2027-03"),
    ("rig_stock.1.sell_decline=0.03", lambda p: p.rig_stock[0].sell_decline, 0.03),
    ("rig_stock.*.mw=+3", lambda p: p.rig_stock[0].mw, 5.0),
    ("hall_builds.hall.cooling=air", lambda p: p.hall_builds[0].cooling, "air"),
    ("expansions.grid.lead_months=+4", lambda p: p.expansions[0].lead_months, 4),
    ("loans.bank.rate=0.08", lambda p: p.loans[0].rate, 0.08),
    ("loans.*.limit_usd=*2", lambda p: [loan.limit_usd for loan in p.loans], [1e8]),
    ("loans.bank.repayment=bullet", lambda p: p.loans[0].repayment, "bullet"),
    ("equity.issue.cost=+0.01", lambda p: p.equity[0].cost, 0.07),
    ("treasury.opening_btc=*2", lambda p: p.treasury.opening_btc, 1000.0),
    ("treasury.max_sale_btc=50", lambda p: p.treasury.max_sale_btc, 50.0),
    ("tax.rate=0.25", lambda p: p.tax.rate, 0.25),
    ("tax.halls=macrs_39", lambda p: p.tax.halls, "macrs_39"),
    ("liquidity.min_cash_usd=1e7", lambda p: p.liquidity.min_cash_usd, 1e7),
    ("liquidity.scope=all", lambda p: p.liquidity.scope, "all"),
]


@pytest.mark.parametrize(("text", "read", "value"), EVERY_TABLE, ids=[case[0] for case in EVERY_TABLE])
def test_one_field_of_any_table(text: str, read: Any, value: object, tmp_path: Path) -> None:
    """The field holds the new value, the copy is what its file loads to, and the original is as it was."""
    before = given()
    after = edited(before, [text])
    got = read(after)
    assert got == (pytest.approx(value) if isinstance(value, float) else value)
    assert before == given()
    assert after != before
    saved = load_portfolio(save_portfolio(after, tmp_path / "saved"))
    assert replace(saved, power_series=after.power_series) == after


def test_every_table_is_among_the_cases() -> None:
    """No table is left out above."""
    assert {case[0].partition(".")[0] for case in EVERY_TABLE} == set(TABLE_COLUMNS)


def test_every_column_of_every_table_can_be_set_to_what_it_holds() -> None:
    """Setting any column, typed as text, to its own value gives an equal portfolio: every kind of cell is read."""
    before = given()
    for table, columns in TABLE_COLUMNS.items():
        held = getattr(before, table)
        records = [("", held)] if table in SINGLE_RECORD_TABLES else [(str(getattr(held[0], "id", 1)), held[0])]
        records = [("2027-01", held[0])] if table == "hashprice" else records
        for name, record in records:
            for column in columns.values():
                value = getattr(record, column.attribute)
                if column.name == "capex_budget":
                    text = ";".join(f"{step.month}:{step.usd!r}" for step in value)
                elif column.name == "file":
                    continue  # a series whose files change is read from them
                else:
                    text = _text(value)
                address = ".".join(part for part in (table, name, column.name) if part)
                if column.name in ("timezone", "location", "market", "time", "price", "stamp", "fx", "max_gap_hours"):
                    continue
                assert edited(before, [f"{address}={text}"]) == before, address


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return ";".join(map(str, value)) if isinstance(value, tuple) else str(value)


def test_changes_are_made_one_after_the_other() -> None:
    """A later change sees what an earlier one left: 150 becomes 100, then 110, then 112."""
    field = "contracts.lab.price_usd_per_kw_month"
    after = edited(given(), [f"{field}=100", f"{field}=*1.1", "contracts.*.price_usd_per_kw_month=+2"])
    assert [c.price_usd_per_kw_month for c in after.contracts] == [pytest.approx(112.0), 152.0]


def test_a_minus_sets_and_does_not_subtract() -> None:
    """`=-3` is the price of minus three; less by three is `=+-3`."""
    assert edited(given(), ["sites.pecos.adder_usd_per_mwh=-3"]).sites[0].adder_usd_per_mwh == -3.0
    assert edited(given(), ["sites.pecos.adder_usd_per_mwh=+-3"]).sites[0].adder_usd_per_mwh == -3.0
    assert edited(given(), ["sites.pecos.power=+-3"]).sites[0].power == 37.0


def test_what_is_not_changed_stays_the_very_same_object() -> None:
    """Only the changed record is new; untouched tables, prices and the portfolio without changes are the same ones."""
    before = given()
    after = edited(before, ["contracts.lab.price_usd_per_kw_month=130"])
    assert after.contracts[1] is before.contracts[1]
    assert after.contracts[0] is not before.contracts[0]
    assert all(getattr(after, table) is getattr(before, table) for table in TABLE_COLUMNS if table != "contracts")
    assert after.prices is before.prices
    assert changed(before) is before
    scaled = edited(before, ["power_series.hub.usd_per_mwh=*2"])
    assert scaled.contracts is before.contracts
    assert scaled.prices["hub"].notes == ("every price times 2",)


def test_machines_of_the_catalogue_come_and_go_as_in_a_file(tmp_path: Path) -> None:
    """A fleet given another machine of the catalogue brings it and takes the old one away; a changed machine stays."""
    fleet = {**SMALL["fleets"][0], "rig": "s21"}
    other = {**fleet, "rig": "s19-xp"}
    before = Portfolio.from_tables({**SMALL, "fleets": [fleet]})
    assert [rig.id for rig in before.rigs] == ["box", "s21"]
    after = edited(before, ["fleets.pecos-box.rig=s19-xp"])
    assert after == Portfolio.from_tables({**SMALL, "fleets": [other]})
    tuned = edited(before, ["rigs.s21.watts=*0.9"])
    assert tuned.rig("s21").watts == pytest.approx(0.9 * before.rig("s21").watts)
    assert edited(tuned, ["fleets.pecos-box.uptime=0.9"]).rigs == tuned.rigs
    assert load_portfolio(save_portfolio(tuned, tmp_path / "saved")) == tuned


def test_a_series_is_renamed_without_its_file(tmp_path: Path) -> None:
    """The prices follow their series' new name; a site that still means the old one is told."""
    before = given(sites=[SMALL["sites"][0], {**SMALL["sites"][1], "power": "hub"}])
    after = edited(before, ["power_series.hub.id=node", "sites.oswego.power=node"])
    assert set(after.prices) == {"node"}
    assert after.prices["node"].prices is before.prices["hub"].prices
    (told,) = faults(before, "power_series.hub.id=node")
    assert told.startswith(
        "--set power_series.hub.id=node: sites 'oswego' power = hub: expected the id of a power series"
    )


def test_a_series_with_other_files_is_read_from_them(tmp_path: Path) -> None:
    """A changed file of a series is read, from the portfolio's folder; scaling comes after reading."""
    series = [{"id": "hub", "file": "one.csv"}]
    for name, price in (("one", 20.0), ("two", 30.0)):
        write_hourly_csv(HourlyPrices("hub", (2023,), np.full(8760, price)), tmp_path / f"{name}.csv")
    folder = save_portfolio(Portfolio.from_tables(SMALL), tmp_path)
    text = folder.read_text(encoding="utf-8") + "power_series:\n  - {id: hub, file: one.csv}\n"
    folder.write_text(text, encoding="utf-8")
    before = load_portfolio(folder)
    assert before.power_series[0].file == tuple(row["file"] for row in series)
    after = edited(before, ["power_series.hub.usd_per_mwh=*2", "power_series.hub.file=two.csv"])
    assert set(after.prices["hub"].prices.tolist()) == {60.0}
    assert [path.name for path in after.input_files] == ["portfolio.yaml", "one.csv", "two.csv"]
    (told,) = faults(before, "power_series.hub.file=three.csv")
    assert told.startswith(
        "--set power_series.hub.file=three.csv: power_series 'hub' file = three.csv: expected a file"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("contracts", "expected TABLE.RECORD.FIELD=VALUE"),
        ("contracts.lab.price_usd_per_kw_month", "the value follows '='"),
        ("rent=5", "'rent' names no field of a table"),
        ("contract.lab.pue=1.2", "table 'contract' is unknown: .*did you mean 'contracts'"),
        ("loan.bank.rate=1", "table 'loan' is unknown: .*did you mean 'loans'"),
        (
            "loans.bnak.rate=0.1",
            r"loans 'bnak' is unknown: expected the id of one of the loans .*\(bank\); did you mean",
        ),
        ("loans.bank.rate=12", "loans 'bank' rate = 12: .*looks like a percentage; write 0.12"),
        ("loans.bank.contract=labb", "contract = labb: expected the id of a contract; did you mean 'lab'"),
        ("loans.bank.rates=0.1", "rates is an unknown column: .*did you mean 'rate'"),
        ("treasury.opening=1", "opening is an unknown column: .*did you mean 'opening_btc'"),
        ("treasury.one.opening_btc=1", "expected treasury.FIELD=VALUE; the table has one record"),
        ("tax.rigs=macrs_6", "tax rigs = macrs_6: expected one of macrs_5, .*did you mean 'macrs_7'"),
        ("rig_stock.2.mw=1", r"rig_stock '2' is unknown: expected a row number .*\(1\)"),
        (
            "rig_offers.new-boxes.rig=bax",
            "expected the id of a rig, of the portfolio or the catalogue; did you mean 'box'",
        ),
        ("settings.market=x", "settings market = x: expected a record with a model .*'x' is no field=value"),
        ("contracts.labb.pue=1.2", r"contracts 'labb' is unknown: .*\(lab, hyper.2\); did you mean 'lab'"),
        ("contracts.lab.peu=1.2", "contracts 'lab' peu is an unknown column: .*did you mean 'pue'"),
        ("contracts.lab.price=1.2", "price is an unknown column: .*did you mean 'price_usd_per_kw_month'"),
        ("contracts.pue=1.2", r"expected contracts.RECORD.FIELD=VALUE, or contracts.\*.FIELD=VALUE"),
        ("settings.one.months=3", "expected settings.FIELD=VALUE; the table has one record"),
        ("hashprice.2026-12.usd_per_ph_day=3", r"'2026-12' is unknown: expected a month .*2027-01 to 2027-02"),
        ("power_contracts.3.mw=1", r"power_contracts '3' is unknown: expected a row number .*\(1, 2\)"),
        ("contracts.lab.pue=125%", "contracts 'lab' pue = 125%: .*fraction: 1.25"),
        ("contracts.lab.term_months=", "contracts 'lab' term_months is missing: expected a whole number"),
        ("contracts.lab.term_months=*0.99", "term_months = 118.8: .*without a fraction part"),
        ("contracts.lab.tenant_capex_share=+2", "tenant_capex_share = 2: .*a fraction between 0 and 1"),
        ("contracts.lab.pue=*ten", "pue = ten: expected a number after '\\*'; write a plain number"),
        ("contracts.lab.retrofit=*2", "retrofit = \\*2: expected true or false"),
        ("contracts.lab.first_start=*2", "a month is moved by a number of months: \\+6"),
        ("contracts.lab.first_start=+1.5", "a month is moved by whole months"),
        ("contracts.lab.first_start=+9999", "first_start = 2860-10: expected a month"),
        ("contracts.lab.last_start=+-9", "last_start = 2027-04: expected a month not before"),
        ("contracts.lab.sites=pecos;osweg", "sites = osweg: expected the id of a site; did you mean 'oswego'"),
        ("contracts.lab.requires=hyper", "requires = hyper: expected the id of a contract; did you mean 'hyper.2'"),
        ("contracts.lab.id=HYPER.2", "id = HYPER.2: expected an id that is used once|expected an id that is used once"),
        ("sites.pecos.ai_max_mw=*0.5", "'pecos' ai_max_mw: expected a number to begin with; ai_max_mw is absent"),
        ("settings.ai_discount_rate=+0.01", "ai_discount_rate is absent; .*as discount_rate when absent"),
        ("limits.min_eh_s=*2", "limits min_eh_s: expected a number to begin with"),
        ("limits.capex_budget=2027-01:5;6", "expected months and cumulative USD; write months"),
        ("limits.capex_budget=2027-13:5e7", r"capex_budget\[0\].month = 2027-13: expected a month"),
        ("limits.capex_budget=5", r"capex_budget\[0\].usd = 5: .*this looks like USD million"),
        ("power_series.hub.usd_per_mwh=50", r"expected a factor like \*1.2 or a shift like \+5"),
        ("power_series.hub.usd_per_mwh=*x", "usd_per_mwh = x: expected a number after"),
        ("power_series.hub.usd_per_mwh=*1e308", "usd_per_mwh = 1e308: expected prices that stay finite"),
        ("power_series.hubb.usd_per_mwh=*2", "did you mean 'hub'"),
        ("capacity_steps.1.site=pecs", "capacity_steps 'row 1' site|capacity_steps row 1 site = pecs"),
    ],
)
def test_a_change_that_cannot_be_made_is_told_with_where_and_why(text: str, words: str) -> None:
    """The one message begins with the change as typed and names table, record, field, value and what was expected."""
    with pytest.raises(PortfolioError, match=words) as raised:
        edited(given(), [text])
    (finding,) = (finding for finding in raised.value.findings if finding.severity == "error")
    assert str(finding).startswith(f"--set {text}: ")


def test_flat_prices_are_scaled_and_series_left_alone_only_together() -> None:
    """`*` passes over a named series; meant alone, or where all are series, it is told where its prices are."""
    mixed = given(sites=[SMALL["sites"][0], {**SMALL["sites"][1], "power": "hub"}])
    assert [site.power for site in edited(mixed, ["sites.*.power=*2"]).sites] == [80.0, "hub"]
    (told,) = faults(mixed, "sites.oswego.power=*2")
    assert "power is the power series 'hub'; change its prices: power_series.hub.usd_per_mwh=*1.2" in told
    all_series = given(sites=[{**site, "power": "hub"} for site in SMALL["sites"]])
    (told,) = faults(all_series, "sites.*.power=*2")
    assert "sites 'pecos' power" in told
    assert told.endswith("the same for 'oswego'")


def test_what_a_change_of_all_does_to_many_records_is_told_once(tmp_path: Path) -> None:
    """180 months a thousand times too dear are one message, and a warning of 180 months is one warning."""
    months = [{"month": f"{2027 + n // 12}-{n % 12 + 1:02d}", "usd_per_ph_day": 50} for n in range(180)]
    many = given(hashprice=months)
    (told,) = faults(many, "hashprice.*.usd_per_ph_day=*1000")
    assert "hashprice row 1 usd_per_ph_day = 50000: " in told
    assert told.endswith("the same for row 2, row 3, row 4 and 176 more")
    (warning,) = edited(many, ["hashprice.*.usd_per_ph_day=*0.1"]).warnings
    assert "far below any hashprice" in warning.hint


def test_a_relative_change_of_all_names_each_record_without_a_number() -> None:
    """Halving ai_max_mw of every site is refused where it is absent, which means the capacity: nothing is guessed."""
    partly = given(sites=[{**SMALL["sites"][0], "ai_max_mw": 40}, SMALL["sites"][1]])
    (told,) = faults(partly, "sites.*.ai_max_mw=*0.5")
    assert "sites 'oswego' ai_max_mw" in told


def test_all_faults_are_told_at_once_in_the_order_typed() -> None:
    """Five wrong changes of every sort, and an unknown id to drop, make six messages; the sound one makes none."""
    texts = [
        "contracts.lab.pue=0",
        "nonsense",
        "settings.discount_rate=12",
        "contracts.lab.escalator=0.03",
        "sites.lubbock.capacity_mw=3",
        "fleets.pecos-box.rig=s21x",
    ]
    told = faults(given(), *texts, drop=["other"])
    wrong = [text for text in texts if "escalator" not in text]
    assert [line.split(": ")[0] for line in told] == [*(f"--set {text}" for text in wrong), "--drop other"]
    assert "write 0.12" in told[2]
    assert "did you mean 's21" in told[4]


def test_what_changes_break_together_is_told_of_all_of_them() -> None:
    """A rule between tables that no changed cell breaks alone names the changes."""
    edits = ["hashprice.2027-01.month=2027-04", "hashprice.2027-02.month=2027-03"]
    told = faults(given(), *edits)
    assert told
    assert all(line.startswith("--set hashprice.2027-0") for line in told)


def test_warnings_keep_their_places_and_new_ones_name_their_change(tmp_path: Path) -> None:
    """The warning that the file has stays where it is; a changed cell's warning comes from the change."""
    rows = [{**SMALL["fleets"][0], "uptime": 0.05}, {**SMALL["fleets"][0], "id": "two", "mw": 1}]
    path = save_portfolio(Portfolio.from_tables({**SMALL, "fleets": rows}), tmp_path)
    before = load_portfolio(path)
    (old,) = before.warnings
    after = edited(before, ["settings.discount_rate=0.6"])
    assert old in after.warnings
    (new,) = (finding for finding in after.warnings if finding != old)
    assert str(new).startswith("--set settings.discount_rate=0.6: warning: settings discount_rate = 0.6")
    (moved,) = edited(before, ["fleets.pecos-box.uptime=0.06"]).warnings
    assert moved.file == "--set fleets.pecos-box.uptime=0.06"
    assert edited(before, ["fleets.pecos-box.uptime=0.9"]).warnings == ()


def test_an_edit_made_from_python_means_the_same() -> None:
    """An Edit object and its text are the same change; a record's id may then hold anything."""
    text = "contracts.lab.price_usd_per_kw_month=*1.1"
    edit = Edit("contracts", "lab", "price_usd_per_kw_month", "*", "1.1", text)
    assert parse_edit(text) == edit
    assert edited(given(), [edit]) == edited(given(), [text])
    assert faults(given(), Edit("contracts", "a=b", "pue", "=", "1", "mine"))[0].startswith(
        "--set mine: contracts 'a=b'"
    )


OFFER_YAML = """\
id: extra
sites: [pecos]
max_mw: 8
first_start: 2027-08
last_start: 2027-12
build_months: 6
term_months: 60
price_usd_per_kw_month: 140
capex_usd_per_mw: 8000000
"""
OFFER_CSV = (
    "id,sites,max_mw,first_start,last_start,build_months,term_months,price_usd_per_kw_month,capex_usd_per_mw\n"
    "extra,pecos,8,2027-08,2027-12,6,60,140,8e6\n"
)


def indented(text: str, by: str) -> str:
    """A mapping as an item of a list."""
    lines = text.splitlines()
    return "\n".join([f"{by}- {lines[0]}", *(f"{by}  {line}" for line in lines[1:])]) + "\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("one.yaml", OFFER_YAML),
        ("list.yml", indented(OFFER_YAML, "")),
        ("table.yaml", "contracts:\n" + indented(OFFER_YAML, "  ")),
        ("keyed.yaml", "contracts:\n" + "".join(f"  {line}\n" for line in OFFER_YAML.splitlines())),
        ("rows.csv", OFFER_CSV),
    ],
)
def test_an_offer_is_added_from_a_file(tmp_path: Path, name: str, text: str) -> None:
    """One offer, a list, a table or CSV all add the same offer, as if it stood in the portfolio."""
    (tmp_path / name).write_text(text, encoding="utf-8")
    before = given()
    after = add_contracts(before, tmp_path / name)
    row = dict(zip(OFFER_CSV.splitlines()[0].split(","), OFFER_CSV.splitlines()[1].split(","), strict=True))
    prices = dict(before.prices)
    assert after == Portfolio.from_tables(tables(contracts=[*tables()["contracts"], row]), prices=prices)
    assert after.input_files[-1] == tmp_path / name
    assert after.contracts[0] is before.contracts[0]


def test_an_added_offer_can_be_changed_and_dropped_at_once(tmp_path: Path) -> None:
    """Offers are added first, then changed, then dropped, and only what comes out is checked."""
    (tmp_path / "one.yaml").write_text(OFFER_YAML + "requires: lab\n", encoding="utf-8")
    file = tmp_path / "one.yaml"
    (told,) = faults(given(), add=[file])
    assert told.startswith(f"{file}:10:11: contracts 'extra' requires = lab: expected the id of a contract with min_mw")
    after = changed(given(), edits=["contracts.lab.min_mw=1", "contracts.extra.pue=*1.2"], add=[file], drop=["hyper.2"])
    assert [offer.id for offer in after.contracts] == ["lab", "extra"]
    assert after.contracts[1].pue == pytest.approx(1.5)
    (gone,) = faults(after, drop=["lab"])
    assert gone.startswith("--drop lab: contracts 'extra' requires = lab: expected the id of a contract")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("absent.yaml", None, "there is no such file"),
        ("offer.txt", OFFER_YAML, "expected a .yaml or .csv file of offers"),
        ("empty.yaml", "", "the file holds nothing: expected one offer, a list"),
        ("word.yaml", "hyper", "the file holds 'hyper': expected one offer"),
        ("words.yaml", "- hyper\n", "words.yaml:1:3: contracts row 1 is 'hyper': expected columns and values"),
        ("twice.yaml", OFFER_YAML + "max_mw: 9\n", "twice.yaml:10:1: contracts 'extra' max_mw = 9 is given twice"),
        ("alias.yaml", "a: &x 1\nb: *x\n", "anchors and aliases are not read"),
        ("typo.yaml", OFFER_YAML + "peu: 1\n", "typo.yaml:10:6: contracts 'extra' peu = 1 is an unknown column"),
        ("range.yaml", OFFER_YAML + "pue: 0.2\n", "range.yaml:10:6: contracts 'extra' pue = 0.2: expected a ratio"),
        ("more.yaml", "contracts: []\nsites: []\n", "table 'sites' stands beside the offers"),
        ("same.yaml", OFFER_YAML.replace("extra", "lab"), "same.yaml:1:5: contracts 'lab' id = lab: .*used once"),
        ("site.csv", OFFER_CSV.replace("pecos", "pecoss"), "site.csv:2: .*sites = pecoss: .*did you mean 'pecos'"),
        ("short.csv", OFFER_CSV.replace(",8e6", ""), "short.csv:2: .*has 8 fields"),
    ],
)
def test_a_wrong_file_of_offers_is_told_with_its_line(tmp_path: Path, name: str, text: str | None, words: str) -> None:
    """Whatever is wrong in the file is told with the file, the line where there is one, and what was expected."""
    if text is not None:
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(PortfolioError, match=words):
        add_contracts(given(), tmp_path / name)


def test_unknown_offers_are_dropped_never() -> None:
    """Each unknown id is told with the nearest one; a dropped offer is gone."""
    assert [offer.id for offer in dropped(given(), ["lab"]).contracts] == ["hyper.2"]
    with pytest.raises(PortfolioError) as raised:
        dropped(given(), ["labb", "hyper.2", "x"])
    assert ["did you mean 'lab'" in str(finding) for finding in raised.value.findings] == [True, False]


def test_a_change_takes_milliseconds() -> None:
    """A change of the bundled portfolio takes at most 15 ms at its fastest, since no price file is read."""
    before = load_portfolio(portfolio_path("north-america"))
    seconds = []
    for rent in range(100, 110):
        begin = time.process_time()
        edited(before, [f"contracts.{before.contracts[3].id}.price_usd_per_kw_month={rent}"])
        seconds.append(time.process_time() - begin)
    assert min(seconds) <= 0.015


def test_a_table_of_one_record_begins_with_a_change() -> None:
    """Coin is given to a portfolio without any by setting its columns; a column that is missing then is told."""
    before = Portfolio.from_tables(SMALL)
    after = edited(before, ["treasury.opening_btc=500", "treasury.btc_price_usd=90000"])
    assert after == Portfolio.from_tables({**SMALL, "treasury": {"opening_btc": 500, "btc_price_usd": 90_000}})
    assert after.sites is before.sites
    assert (after.tax, after.liquidity) == (None, None)
    assert edited(before, ["settings.discount_rate=0.1"]).treasury is None
    (told,) = faults(before, "liquidity.min_cash_usd=1e6")
    assert told.startswith("--set liquidity.min_cash_usd=1e6: liquidity opening_cash_usd is missing: expected a number")
    (told,) = faults(before, "tax.rate=*1.1")
    assert told.startswith("--set tax.rate=*1.1: tax rate: expected a number to begin with; rate is absent")
    (told,) = faults(before, "treasury.btc_growth=*ten")
    assert "treasury btc_growth = ten: expected a number after '*'" in told


def test_machines_of_the_catalogue_that_only_capital_names_come_and_go() -> None:
    """An offer of another machine of the catalogue brings that machine, and takes the one before away."""
    fleet = {**SMALL["fleets"][0], "max_mw": 70}
    other = {"id": "empty", "site": "oswego", "rig": "s21", "mw": 0, "max_mw": 5}
    offers = [{"id": "new", "rig": "s21", "usd_per_th": 12, "max_mw": 5}]
    before = Portfolio.from_tables({**SMALL, "fleets": [fleet, other], "rig_offers": offers})
    assert [rig.id for rig in before.rigs] == ["box", "s21"]
    after = edited(before, ["rig_offers.new.rig=s19-xp", "fleets.empty.rig=s19-xp"])
    assert [rig.id for rig in after.rigs] == ["box", "s19-xp"]
    alone = edited(before, ["fleets.empty.rig=box", "fleets.empty.max_mw=0"])
    assert [rig.id for rig in alone.rigs] == ["box", "s21"]
