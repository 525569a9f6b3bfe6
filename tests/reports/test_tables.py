"""The report's tables say what the frames say, and their totals are the sums of what is shown."""

from __future__ import annotations

import dataclasses
import math

import pandas as pd
import pytest

from reports import assumptions, decision, inputs, method, money, tables
from reports.display import Table
from reports.periods import grain, period, periods
from sites import Finding
from tests.reports.fake_plan import fake_plan


def column(table: Table, heading: str) -> list[float | None]:
    """The exact values of a column, without the total row."""
    position = [entry.label for entry in table.columns].index(heading)
    return [row[position].value for row in table.rows]


def total(table: Table, heading: str) -> float | None:
    """The exact value of a column's total."""
    assert table.total is not None
    return table.total[[entry.label for entry in table.columns].index(heading)].value


def test_every_total_is_the_sum_of_the_rows_above_it() -> None:
    """In every table with a total row, each total is the exact sum of its column."""
    plan = fake_plan()
    shown = (
        tables.league_table(plan),
        tables.site_table(plan),
        tables.site_mix_table(plan),
        money.cash_table(plan),
        money.cases_table(plan),
        method.check_groups_table(plan),
    )
    for table in shown:
        assert table.total is not None
        for position, cell in enumerate(table.total):
            if cell.value is not None:
                assert cell.value == math.fsum(row[position].value or 0.0 for row in table.rows), table.name


def test_totals_are_those_of_the_plan() -> None:
    """The bottom lines are the plan's own: capex, NPV by site, NPV by term, net cash flow."""
    plan = fake_plan()
    npv = pytest.approx(plan.summary["npv_usd"], rel=1e-12)
    assert total(tables.site_table(plan), "NPV") == npv
    assert total(money.cases_table(plan), "This plan") == npv
    assert total(tables.league_table(plan), "Own capital") == pytest.approx(plan.summary["capex_usd"])
    assert total(money.cash_table(plan), "All years") == pytest.approx(plan.frames.cashflow["usd"].sum(), rel=1e-12)
    assert money.bridge(plan)["usd"].iloc[-1] == npv


def test_uses_add_up_to_capacity_in_every_period() -> None:
    """Averages over quarters lose no megawatt, and noise of the solver is gone."""
    plan = fake_plan()
    mix = tables.mw_over_time(plan.frames.allocation, by_site=True, size="quarter")
    sizes = mix.groupby(["site", "period"])["mw"].sum().round(9).groupby("site").unique()
    assert {site: list(size) for site, size in sizes.items()} == {"pecos": [100.0], "quebec": [60.0], "ohio": [40.0]}
    assert (mix["mw"] >= 0).all()


def test_a_quarter_is_the_mean_of_its_months() -> None:
    """Three months of 10, 20 and 60 MW are a quarter of 30 MW."""
    months = pd.DataFrame(
        {
            "month": ["2027-01", "2027-02", "2027-03"],
            "site": "a",
            "use": "mining",
            "name": "f",
            "mw": [10.0, 20.0, 60.0],
        }
    )
    mix = tables.mw_over_time(months, by_site=False, size="quarter")
    assert mix[mix["use"] == "mining"]["mw"].tolist() == [30.0]


def test_periods_follow_the_calendar() -> None:
    """A horizon that begins in February begins in a first quarter; December ends with the year."""
    assert period("2027-02", "quarter").first == "2027-01"
    assert period("2027-12", "month").end == "2028-01"
    assert [entry.name for entry in periods(["2027-02", "2027-03", "2027-04"], "quarter")] == ["2027 Q1", "2027 Q2"]
    assert [grain(["x"] * count) for count in (48, 49, 240, 241)] == ["month", "quarter", "quarter", "year"]


def test_the_league_puts_the_best_contract_first_and_marks_the_signed() -> None:
    """Atlas earns more than borealis; borealis was signed before."""
    league = tables.league_table(fake_plan())
    assert [row[0].text for row in league.rows] == ["atlas", "borealis"]
    assert [row[0].tag for row in league.rows] == ["", "already signed"]
    assert column(league, "Margin") == [21.5, 21.5]


def test_limits_of_many_months_are_one_line_ranked_by_dollars() -> None:
    """Sixty months of a site's capacity are one row; the rows fall in value."""
    limits = money.binding_limits(fake_plan())
    assert list(limits["where"]) == ["pecos", "atlas", "quebec", "ohio", "portfolio"]
    assert limits["months"].tolist() == [60, 1, 60, 60, 1]
    assert limits["value_usd"].iloc[0] == pytest.approx(60 * 9e5)


def test_the_bridge_is_unbroken() -> None:
    """Each step begins where the one before ended, from the baseline's NPV to the plan's."""
    plan = fake_plan()
    bridge = money.bridge(plan)
    assert bridge["usd"].iloc[0] == pytest.approx(plan.summary["baselines"]["mining_only"], rel=1e-12)
    assert bridge["begin"].iloc[1:-1].tolist() == bridge["end"].iloc[:-2].tolist()
    assert bridge["end"].iloc[-2] == pytest.approx(bridge["end"].iloc[-1], rel=1e-12)


def test_a_baseline_that_breaks_a_limit_says_so() -> None:
    """No number is made up for it, in the table or in the headline."""
    plan = fake_plan()
    terms = plan.frames.terms
    broken = dataclasses.replace(
        plan,
        summary={**plan.summary, "baselines": {**plan.summary["baselines"], "mining_only": None}},
        frames=dataclasses.replace(plan.frames, terms=terms[terms["case"] != "mining_only"]),
    )
    assert "cannot keep the limits" in [cell.text for row in money.baseline_table(broken).rows for cell in row]
    assert money.bridge(broken)["step"].iloc[0] == "No action"
    assert "mining only cannot keep the limits" in "".join(phrase.text for phrase in decision.headline(broken))


def test_the_headline_is_the_decision_with_its_numbers() -> None:
    """One sentence: what to sign, when, the capital, the peak, the value and the lead."""
    words = "".join(phrase.text for phrase in decision.headline(fake_plan()))
    assert words == (
        "Sign 30.0 MW of AI hosting under 1 contract at 1 site (critical MW, first rent Jan 2028), spend USD 300.0 m "
        "of own capital, keep mining with the rest. AI peaks at 50.0 MW. Net present value USD 365.1 m, USD 44.1 m "
        "more than mining only."
    )


def test_a_plan_that_signs_nothing_says_so() -> None:
    """The headline of a refusal counts the open offers and claims no gain."""
    plan = fake_plan()
    contracts = plan.frames.contracts.assign(mw=0.0)
    baselines = {**plan.summary["baselines"], "mining_only": plan.summary["npv_usd"]}
    refused = dataclasses.replace(
        plan,
        summary={**plan.summary, "baselines": baselines},
        frames=dataclasses.replace(plan.frames, contracts=contracts),
    )
    words = "".join(phrase.text for phrase in decision.headline(refused))
    assert words == "Sign none of the 2 AI offers; keep mining. Net present value USD 365.1 m, the same as mining only."
    assert tables.league_table(refused).is_empty


def test_power_price_by_site_is_what_was_given_and_what_was_paid() -> None:
    """Quebec's flat 38.50 is the mean; mining paid nine tenths of it and ran 93% of the hours."""
    row = inputs.site_power(fake_plan()).iloc[0]
    assert (row["site"], row["mean_usd_per_mwh"]) == ("quebec", pytest.approx(38.5))
    assert row["paid_usd_per_mwh"] == pytest.approx(34.65)
    assert row["share_of_hours_run"] == pytest.approx(0.93)


def test_the_register_has_every_record_with_its_source() -> None:
    """Each table's records are there; the hashprice months of one provenance are one line."""
    groups = {group.table: group for group in assumptions.register(fake_plan())}
    assert [line.record for line in groups["contracts"].lines] == ["atlas", "borealis", "colossus"]
    assert groups["contracts"].lines[0].source == "Hand-made for the tests"
    assert groups["contracts"].lines[0].as_of == "2026-09-30"
    assert ("capex_usd_per_mw", "6,000,000") in groups["contracts"].lines[0].values
    assert [line.record for line in groups["hashprice"].lines] == ["2027-01 to 2031-12"]
    assert groups["hashprice"].unsourced == 1


def test_a_failed_certificate_is_said_aloud() -> None:
    """The verdict names the failed check and its place."""
    plan = fake_plan()
    checks = [{**plan.certificate["checks"][0], "passed": False}]
    failed = dataclasses.replace(plan, certificate={**plan.certificate, "passed": False, "checks": checks})
    assert method.verdict(failed) == "Not proved: do not rely on this plan. Failed: every limit kept (site_capacity)."


def test_run_times_are_left_out_of_the_report() -> None:
    """What changes from run to run would make two reports of one plan differ."""
    plan = fake_plan()
    timed = dataclasses.replace(plan, manifest={**plan.manifest, "seconds": {"solve": 1.25}})
    assert method.run_lines(timed) == method.run_lines(plan)
    assert all("seconds" not in name for name, _ in method.proof_lines(plan))
    assert method.input_hashes(plan) == [("portfolio.yaml", "sha256:0123abcd")]


def test_warnings_name_the_record_and_not_the_machine() -> None:
    """A warning says what is odd and where in the tables; the path of the file stays with the planner."""
    plan = fake_plan()
    finding = Finding(
        file="/home/somebody/portfolio.yaml",
        line=3,
        table="sites",
        record="'ohio'",
        column="power",
        value="900",
        hint="USD per MWh?",
        severity="warning",
    )
    odd = dataclasses.replace(plan, portfolio=dataclasses.replace(plan.portfolio, warnings=(finding,)))
    assert inputs.warning_lines(odd) == ["sites 'ohio' power = 900; USD per MWh?"]
