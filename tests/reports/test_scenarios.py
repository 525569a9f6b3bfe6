"""What the report says of a plan with several scenarios, and that it says nothing of them for a plan with one."""

from __future__ import annotations

from functools import cache
from io import StringIO

import pandas as pd
import pytest
from rich.console import Console

from optimizer.planning import plan
from optimizer.results import Plan
from reports import scenario_charts, scenarios
from reports.chart_parts import Frame
from reports.decision import key_figures
from reports.html import render_html
from reports.terminal import print_summary
from tests.optimizer.cases import portfolio
from tests.optimizer.test_frontier import rented

PRICES = [
    {"month": "2027-01", "usd_per_ph_day": 24.0},
    {"month": "2027-01", "usd_per_ph_day": 12.0, "scenario": "low"},
]


@cache
def uncertain(weight: float) -> Plan:
    """A plan in which mining earns nothing with a probability of a quarter, and the site costs in any case."""
    rows = [{"id": "bad", "probability": 0.25, "hashprice": "low"}, {"id": "good", "probability": 0.75}]
    site = {"id": "alpha", "capacity_mw": 10.0, "power": 30.0, "fixed_cost_usd_per_month": 100_000.0}
    risk = {"cvar_weight": weight, "cvar_alpha": 0.1}
    case = portfolio(hashprice=PRICES, scenarios=rows, risk=risk, sites=[site], contracts=[])
    return plan(case)


def printed(found: Plan) -> str:
    """The summary as a terminal shows it."""
    out = StringIO()
    print_summary(found, "folder", console=Console(file=out, width=140))
    return out.getvalue()


def test_the_headline_says_what_values_are_means_over() -> None:
    """The number of scenarios, the worst share, its weight and the probability of a loss."""
    words = scenarios.headline(uncertain(0.3))
    assert words == (
        "Values are means over 2 scenarios. In the worst 10% of them the plan is worth \N{MINUS SIGN}USD 600,000 on "
        "average, which counts 30% in what the plan maximises; it loses money with a probability of 25%."
    )
    assert "means over 2 scenarios" in printed(uncertain(0.3))
    assert key_figures(uncertain(0.3))[0].detail == (
        "mean over 2 scenarios; mean of the worst 10%: \N{MINUS SIGN}USD 600,000"
    )


def test_every_scenario_has_its_row() -> None:
    """What it is made of and what the plan is worth in it; the values are those of the frame."""
    found = uncertain(0.0)
    table = scenarios.scenario_table(found)
    assert [row[0].text for row in table.rows] == ["bad", "good"]
    assert [row[-1].value for row in table.rows] == found.frames.scenarios["npv_usd"].tolist()
    assert [row[3].value for row in table.rows] == [12.0, 24.0]
    page = render_html(found)
    assert 'id="scenarios"' in page
    assert "Mean hashprice of the scenarios" in page


def test_what_is_left_out_is_said() -> None:
    """Only where the worst share counts."""
    assert "not worked out" in scenarios.left_out(uncertain(0.3))
    assert scenarios.left_out(uncertain(0.0)) == ""


def test_one_scenario_is_not_spoken_of() -> None:
    """The page and the terminal are as they were."""
    found = plan(portfolio(contracts=[]), full=False)
    assert scenarios.headline(found) == ""
    assert scenarios.price_lines(found) == []
    assert "scenario" not in printed(found)
    page = render_html(found)
    assert 'id="scenarios"' not in page
    assert "Hashprice assumed" in page


@pytest.mark.parametrize(("share", "usd"), [(0.0, 1.0), (0.2, 1.0), (0.21, 5.0), (0.5, 5.0), (0.51, 9.0), (1.0, 9.0)])
def test_quantiles_are_by_probability(share: float, usd: float) -> None:
    """Outcomes 1 (0.2), 5 (0.3) and 9 (0.5); one that cannot happen is none."""
    frame = pd.DataFrame(
        {
            "scenario": ["a", "b", "c", "never"],
            "npv_usd": [9.0, 1.0, 5.0, -100.0],
            "probability": [0.5, 0.2, 0.3, 0.0],
        }
    )
    assert scenarios.quantile(frame, share) == usd
    assert scenarios.probability_of_loss(frame) == 0.0


def test_the_fan_of_hashprice_is_by_probability() -> None:
    """A quarter at 12, the rest at 24: the tenth is low, the median is high; one scenario has no fan."""
    fan = scenario_charts.hashprice_fan(uncertain(0.0))
    assert fan[["p2_5", "p25", "p50", "p97_5"]].iloc[0].tolist() == [12.0, 12.0, 24.0, 24.0]
    assert fan["mean"].iloc[0] == pytest.approx(21.0)
    drawn = scenario_charts.hashprice_spread(uncertain(0.0))
    assert drawn is not None
    assert drawn.title == "Hashprice over the scenarios"
    assert drawn.title in render_html(uncertain(0.0))
    assert scenario_charts.hashprice_spread(plan(portfolio(contracts=[]))) is None


def test_a_few_lucky_scenarios_do_not_squeeze_the_chart() -> None:
    """Of a hundred scenarios two are worth a thousand times more: they are told, not drawn. A few are all drawn."""
    npv = [float(number) * 1e6 for number in range(98)] + [5e10, 6e10]
    frame = pd.DataFrame({"scenario": [f"s{n}" for n in range(100)], "probability": 0.01, "npv_usd": npv})
    curve = scenarios.distribution(frame)
    assert scenario_charts.beyond_words(curve) == "The best 2.0% lie beyond the chart, up to USD 60,000.0 m."
    spec = scenario_charts.curve_spec(curve, [], Frame(400, 200))
    assert spec["layer"][0]["encoding"]["x"]["scale"]["domain"] == [0.0, 97.0]
    assert scenario_charts.beyond_words(curve.tail(10)) == ""


def test_a_rent_that_is_not_worked_out_is_not_mentioned() -> None:
    """Of an offer that costs more than it brings, left out by a plan that fears the worst, only its rent is told."""
    rows = [{"id": "bad", "probability": 0.25, "hashprice": "low"}, {"id": "good", "probability": 0.75}]
    cheap = rented(id="cheap", opex_usd_per_kw_month=20.0)
    case = portfolio(hashprice=PRICES, scenarios=rows, risk={"cvar_weight": 0.3}, contracts=[cheap])
    assert "Not taken, USD/kW-month: cheap (10.00 offered)" in printed(plan(case))
