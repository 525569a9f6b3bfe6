"""Judging a plan: worked by hand, against plans lived and made in single scenarios, and its laws."""

from __future__ import annotations

import pickle
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from strategies import Case, SeededChoices
from strategies_power import random_power_case
from test_oracle_scenarios import add_scenarios, uncertain_case

from optimizer.compiling import compile_parameters
from optimizer.errors import InfeasiblePlanError, ScenarioError
from optimizer.frames import cash_lines
from optimizer.horizon import FloatArray
from optimizer.judging import information, regret
from optimizer.judging.alone import OwnProgrammes, mean_scenario, searching
from optimizer.judging.commitment import Commitment, lived_npv_usd_m
from optimizer.judging.judging import Judgement, judge
from optimizer.judging.scenario_cash import cash_lows, scenario_cash_usd
from optimizer.judging.spread import SPREAD, sample_row, spread
from optimizer.lived import live
from optimizer.matrices import Matrices
from optimizer.operations import Operations
from optimizer.parameters import Parameters, build_parameters
from optimizer.planning import new_session, plan, solve_plan
from optimizer.summary import cash_low
from optimizer.tail import Tail, scenario_npv_usd_m
from sites.portfolio import Portfolio
from sites.scenarios import ScenarioPaths
from tests.optimizer.cases import portfolio
from tests.optimizer.test_frontier import SCENARIOS, case, rented

RELATIVE, FLOOR_USD = 1e-6, 1e6
SEEDS, LUMPY_SEEDS, POWER_SEEDS = (1, 5, 13, 16), (2, 7), (3, 42)


@lru_cache
def judged() -> Judgement:
    """10 MW that host at 60,000 a MW, where mining earns nothing in a quarter and 86,880 in the rest."""
    return judge(case())


def close(found: float, expected: float) -> bool:
    """Whether two amounts agree. [USD]"""
    return abs(found - expected) <= RELATIVE * max(abs(expected), FLOOR_USD)


def test_what_knowing_more_is_worth_by_hand() -> None:
    """Best on average is to mine, 651,600. Known, one hosts in the bad quarter: 150,000 + 651,600.

    At the mean hashprice of 21 mining earns 13.75 x 4,344 = 59,730 a MW, so a planner of means hosts, for 600,000.
    """
    found = judged()
    assert found.evpi_usd == pytest.approx(150_000.0)
    assert found.vss_usd == pytest.approx(51_600.0)
    assert (found.information.evpi_error_usd, found.information.evpi_scenarios) == (0.0, 2)
    assert [found.mean_usd, found.cvar_usd] == pytest.approx([600_000.0, 600_000.0])


def test_what_safety_has_cost_by_hand() -> None:
    """Hosting gives up 51,600 and gains 600,000 in the worst fifth, for 600,000 of rent."""
    found = judged()
    assert found.hedge is not None
    assert found.hedge.mean_given_up_usd == pytest.approx(51_600.0)
    assert found.hedge_ratio == pytest.approx(600.0 / 51.6)
    assert found.hedge.rent_more_usd == pytest.approx(600_000.0)
    assert found.hedge_per_rent_usd == pytest.approx(1.0)
    bold = judge(case(risk={"cvar_weight": 0.0, "cvar_alpha": 0.2}))
    assert bold.hedge is None
    assert np.isnan([bold.hedge_ratio, bold.hedge_per_rent_usd]).all()
    assert bold.information == replace(found.information, vss_usd=bold.vss_usd)


def test_rent_that_both_plans_take_is_no_price_of_safety() -> None:
    """2 MW are hosted for twice as much in any case; safety takes the other 8."""
    rich = {**rented(), "id": "rich", "max_mw": 2.0, "price_usd_per_kw_month": 20.0}
    found = judge(case(contracts=[rented(), rich]))
    assert found.hedge is not None
    assert found.hedge.rent_more_usd == pytest.approx(480_000.0)
    assert found.hedge.mean_given_up_usd == pytest.approx(0.8 * 51_600.0)
    assert found.hedge_ratio == pytest.approx(600.0 / 51.6)


def test_the_mean_scenario_is_late_by_whole_months() -> None:
    """A quarter on time, three quarters three months late: two months; ten times a tenth of ten is one."""
    paths = replace(case().scenario_paths, build_delay_months=np.array([0, 3]))
    paths = replace(paths, power_factor=paths.power_factor * np.array([[1.4], [1.0]]))
    mean = mean_scenario(paths)
    assert mean.build_delay_months.tolist() == [2]
    assert mean.hashprice[0].tolist() == pytest.approx([21.0] * 6)
    assert mean.power_factor[0].tolist() == pytest.approx([1.1] * 6)
    tenths = replace(
        ScenarioPaths.equally_likely(np.ones((10, 6)), np.ones((10, 6))), build_delay_months=np.ones(10, dtype=np.int64)
    )
    assert mean_scenario(tenths).build_delay_months.tolist() == [1]


def test_what_cannot_happen_changes_nothing() -> None:
    """A scenario without a probability has its value, and counts in nothing else."""
    impossible = [*SCENARIOS, {"id": "never", "probability": 0.0, "hashprice": "low", "power_factor": 2.0}]
    found = judge(case(scenarios=impossible))
    assert found.scenarios["scenario"].tolist() == ["bad", "good", "never"]
    assert found.information == judged().information
    assert found.regret.equals(judged().regret)
    assert found.distribution.equals(judged().distribution)


def test_regret_by_hand() -> None:
    """Hosting misses 268,800 in the good scenario, mining 600,000 in the bad one."""
    frame = judged().regret
    assert frame["made_for"].tolist() == ["plan", "plan", "bad", "bad", "good", "good"]
    assert frame["lived_in"].tolist() == ["bad", "good"] * 3
    assert frame["regret_usd"].tolist() == pytest.approx([0.0, 268_800.0, 0.0, 268_800.0, 600_000.0, 0.0], abs=1e-3)
    assert frame["best_npv_usd"].tolist() == pytest.approx([600_000.0, 868_800.0] * 3)


def test_cash_and_value_by_hand() -> None:
    """100,000 a month, so that the first is the lowest total; mining alone has 310 h x 20 x 10 in some month."""
    found = judged()
    assert found.scenarios["npv_usd"].tolist() == pytest.approx([600_000.0] * 2)
    assert found.scenarios["cash_low_usd"].tolist() == pytest.approx([100_000.0] * 2)
    assert found.scenarios["cash_low_month"].tolist() == ["2027-01"] * 2
    mining = judge(case(contracts=[]))
    assert mining.yearly.loc[0, ["year", "mean_usd", "p25_usd", "p50_usd"]].tolist() == pytest.approx(
        ["2027", 651_600.0, 0.0, 868_800.0]
    )
    assert mining.distribution.set_index("figure").loc["cash_low_usd", "best_usd"] == pytest.approx(148_800.0)
    assert mining.probability_of_loss == 0.0


def test_losses_have_a_probability() -> None:
    """A fixed cost of 20,000 a month is a loss where mining earns nothing."""
    site = {"id": "alpha", "capacity_mw": 10.0, "power": 30.0, "fixed_cost_usd_per_month": 20_000.0}
    found = judge(case(contracts=[], sites=[site]))
    assert found.probability_of_loss == pytest.approx(0.25)
    assert found.scenarios["cash_low_month"].tolist() == ["2027-06", "2027-01"]
    assert found.scenarios["cash_low_usd"][0] == pytest.approx(-120_000.0)


def test_quantiles_are_figures_of_scenarios() -> None:
    """The lowest figure reached with the probability; what has none does not count."""
    figures = np.array([[30.0], [10.0], [-5.0], [20.0]])
    probability = np.array([0.25, 0.5, 0.0, 0.25])
    found = dict(zip(SPREAD, spread(figures, probability)[:, 0].tolist(), strict=True))
    assert (found["mean_usd"], found["worst_usd"], found["best_usd"]) == (17.5, 10.0, 30.0)
    assert (found["p50_usd"], found["p75_usd"], found["p90_usd"]) == (10.0, 20.0, 30.0)


def test_standard_errors_are_those_of_draws() -> None:
    """Mean and worst share of many samples scatter as the errors of one of them say."""
    rng = np.random.default_rng(7)
    draws, n = rng.normal(size=(400, 500)), 500
    rows = np.array([sample_row(draw, np.full(n, 1.0 / n), 0.1) for draw in draws])
    for figure, error in ((0, 1), (2, 3), (4, 5)):
        assert rows[:, error].mean() == pytest.approx(rows[:, figure].std(), rel=0.12)


def settled(p: Parameters) -> tuple[Matrices, FloatArray]:
    """The programme of a plan, and the plan."""
    session = new_session(compile_parameters(p))
    solution = solve_plan(session, p, Tail.of(p))
    return session.matrices, solution.x


def lived(p: Parameters, matrices: Matrices, x: FloatArray, scenario: int) -> tuple[Parameters, Operations]:
    """The plan in one of its scenarios, as it is lived through there alone."""
    q = build_parameters(p.portfolio, scenarios=p.scenarios.only(scenario))
    return q, live(p, matrices, x, q, scenario)


def power_case(seed: int) -> Case:
    """A random portfolio with power contracts and scenarios."""
    return add_scenarios(random_power_case(seed), SeededChoices(seed))


@pytest.mark.parametrize("given", [*(uncertain_case(seed) for seed in SEEDS), *map(power_case, (0, 3, 25, 42))])
def test_cash_is_that_of_the_plan_lived_in_each_scenario(given: Case) -> None:
    """Month by month, with its lowest total; the mean is the cash table; also where months are planned together."""
    p = build_parameters(given.portfolio())
    matrices, x = settled(p)
    cash = scenario_cash_usd(p, matrices, x)
    lows, months = cash_lows(cash)
    for scenario in range(p.scenarios.count):
        q, operations = lived(p, matrices, x, scenario)
        expected = np.asarray(sum(flow.sum(axis=0) for flow in cash_lines(q, operations).values()))
        size = max(FLOOR_USD, float(np.abs(expected).max()))
        assert np.abs(cash[scenario] - expected).max() <= 1e-9 * size
        assert lows[scenario] == pytest.approx(cash_low(q, expected)[0], abs=1e-8 * size)
        assert cash[scenario, : months[scenario] + 1].sum() == pytest.approx(lows[scenario], abs=1e-8 * size)
    mean = np.asarray(sum(flow.sum(axis=0) for flow in cash_lines(p, Operations.of(p, matrices, x)).values()))
    assert np.abs(p.scenarios.probability @ cash - mean).max() <= 1e-9 * max(FLOOR_USD, float(np.abs(mean).max()))


@pytest.mark.parametrize(("seed", "weight"), [(19, 0.5), (21, 1.0)])
def test_a_ratchet_is_billed_in_each_scenario(seed: int, weight: float) -> None:
    """The certificate bills the peaks of every scenario: a bill of mean peaks would be too low."""
    tables, prices = (given := power_case(seed)).tables, given.prices
    found = plan(Case({**tables, "risk": {**tables["risk"], "cvar_weight": weight}}, prices).portfolio(), full=False)
    charged = found.frames.programmes.query("kind == 'demand_charge'")
    assert (charged["billed_mw"] >= charged["mw"] - 1e-9).all()
    assert bool((charged["billed_mw"] > charged["mw"] + 1e-3).any()) == (seed == 19)


@pytest.mark.parametrize("seed", [161, 221])
def test_a_crumb_of_a_megawatt_does_not_fail_the_certificate(seed: int) -> None:
    """Where a fleet runs next to nothing in one scenario, its hours there are as unsure as they are in that replay."""
    found = plan(power_case(seed).portfolio(), full=False)
    assert found.certificate["passed"] is True


def test_scenarios_without_weight_adapt_their_loads() -> None:
    """Where the worst share alone counts, the plan for the mean with the same decisions is worth no more."""
    tables, prices = (given := power_case(8)).tables, given.prices
    p = build_parameters(Case({**tables, "risk": {**tables["risk"], "cvar_weight": 1.0}}, prices).portfolio())
    matrices, x = settled(p)
    assert p.own
    plan_of = Commitment.of(p, matrices, x)
    for scenario, npv in enumerate(scenario_npv_usd_m(p, matrices, x)):
        alone = OwnProgrammes(p, new_session(matrices), searching(1e-6, None))
        assert npv == pytest.approx(alone.npv_usd_m(plan_of, [scenario])[0], rel=1e-6, abs=1e-6)


def test_a_block_that_is_sold_back_follows_each_scenario() -> None:
    """2 MW at 35 are worth 5 less than spot, or 10 more where power is half as dear again."""
    block = {"site": "alpha", "kind": "block", "mw": 2.0, "price_usd_per_mwh": 35.0, "resale": "spot"}
    rows = [SCENARIOS[0], {**SCENARIOS[1], "power_factor": 1.5}]
    p = build_parameters(case(contracts=[], scenarios=rows, power_contracts=[block]))
    matrices, x = settled(p)
    cash = scenario_cash_usd(p, matrices, x)
    assert cash[:, 0].tolist() == pytest.approx([744 * 2 * -5.0, 744 * (2 * 10.0 + 10 * 5.0)])
    assert (cash @ p.horizon.discount).tolist() == pytest.approx((scenario_npv_usd_m(p, matrices, x) * 1e6).tolist())


@pytest.mark.parametrize("given", [*(uncertain_case(seed) for seed in SEEDS), *map(power_case, (3, 25, 42))])
def test_discounted_cash_is_the_value_of_each_scenario(given: Case) -> None:
    """With one discount rate and nothing counted after the horizon."""
    settings = {**given.tables["settings"], "contract_tail": 0.0}
    settings.pop("ai_discount_rate", None)
    p = build_parameters(Case({**given.tables, "settings": settings}, given.prices).portfolio())
    matrices, x = settled(p)
    found = scenario_cash_usd(p, matrices, x) @ p.horizon.discount
    expected = scenario_npv_usd_m(p, matrices, x) * 1e6
    assert np.abs(found - expected).max() <= 1e-9 * max(FLOOR_USD, float(np.abs(expected).max()))
    if not p.own:
        again = lived_npv_usd_m(p, Commitment.of(p, matrices, x)) * 1e6
        assert np.abs(again - expected).max() <= 1e-9 * max(FLOOR_USD, float(np.abs(expected).max()))


CASES = {
    **{f"seed {seed}": uncertain_case(seed) for seed in SEEDS},
    **{f"lumpy {seed}": uncertain_case(seed, lumpy=True) for seed in LUMPY_SEEDS},
    **{f"power {seed}": power_case(seed) for seed in POWER_SEEDS},
}


def alone_usd(given: Portfolio, scenario: ScenarioPaths) -> float:
    """What the best plan for one scenario is worth, planned as if there were no other. [USD]"""
    p = build_parameters(given, scenarios=scenario)
    matrices, x = settled(p)
    return float(scenario_npv_usd_m(p, matrices, x)[0] * 1e6)


@pytest.mark.parametrize("name", CASES)
def test_laws_of_judgements(name: str) -> None:
    """Knowing more never costs; the best plan for a scenario is that of planning for it alone, and has no regret."""
    given = CASES[name].portfolio()
    try:
        expected = plan(given, full=False)
    except InfeasiblePlanError:
        with pytest.raises(InfeasiblePlanError):
            judge(given)
        return
    found = judge(given)
    slack = RELATIVE * max(FLOOR_USD, *(abs(value) for value in found.scenarios["npv_usd"]))
    assert found.evpi_usd >= -slack
    assert found.vss_usd >= -slack
    assert close(found.mean_usd, expected.summary["npv_usd"])
    assert close(found.cvar_usd, expected.summary["cvar_usd"])
    assert (found.regret["regret_usd"] >= -slack).all()
    own = found.regret[found.regret["made_for"] == found.regret["lived_in"]]
    assert (own["regret_usd"] == 0.0).all()
    paths = given.scenario_paths
    alone = np.array([alone_usd(given, paths.only(each)) for each in range(paths.count)])
    assert own["npv_usd"].tolist() == pytest.approx(alone.tolist(), abs=slack)
    mean_best = found.vss_usd + mean_plan_usd(given)
    assert close(found.evpi_usd, float(paths.probability @ alone) - best_mean_usd(given))
    assert mean_best <= best_mean_usd(given) + slack
    assert np.isnan(found.hedge_ratio) or found.hedge_ratio >= -RELATIVE


def best_mean_usd(given: Portfolio) -> float:
    """What the plan that is best on average is worth. [USD]"""
    risk = given.risk.model_copy(update={"cvar_weight": 0.0})
    return float(plan(replace(given, risk=risk), full=False).summary["npv_usd"])


def mean_plan_usd(given: Portfolio) -> float:
    """What a plan for the mean scenario is worth on average if it energises nothing that earns nothing there. [USD]

    It is no better than the one that is judged, which energises it where that helps on average.
    """
    p = build_parameters(given)
    if p.own:
        return -np.inf
    q = build_parameters(given, scenarios=mean_scenario(p.scenarios))
    matrices, x = settled(q)
    return float(p.scenarios.probability @ lived_npv_usd_m(p, Commitment.of(q, matrices, x)) * 1e6)


def many(given: Portfolio, count: int) -> Portfolio:
    """The portfolio with scenarios between its two hashprices."""
    level = np.linspace(12.0, 24.0, count)[:, None] * np.ones((1, given.settings.months))
    copy = replace(given)
    copy.__dict__["scenario_paths"] = ScenarioPaths.equally_likely(level, np.ones_like(level))
    return copy


def test_many_scenarios_are_represented_and_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight of them are compared, from the worst on; a draw of the others comes near the whole."""
    given = many(case(contracts=[rented()]), 200)
    found = judge(given)
    names = found.regret["lived_in"].unique().tolist()
    npv = found.scenarios.set_index("scenario")["npv_usd"]
    assert len(names) == regret.MOST_COMPARED
    assert npv[names].is_monotonic_increasing
    assert (npv[names[0]], npv[names[-1]]) == (npv.min(), npv.max())
    assert found.information.evpi_scenarios <= information.MOST_ALONE
    monkeypatch.setattr(information, "MOST_ALONE", 200)
    exact = judge(given).information
    assert (exact.evpi_error_usd, exact.evpi_scenarios) == (0.0, 200)
    assert abs(found.evpi_usd - exact.evpi_usd) <= 4.0 * found.information.evpi_error_usd + 1.0
    assert judge(given).information == exact


def test_fresh_scenarios_that_are_the_same_say_the_same() -> None:
    """And others what the plan is worth in them: hosting is worth 600,000 anywhere."""
    given = case(contracts=[], risk={"cvar_weight": 0.5, "cvar_alpha": 0.2})
    found = judge(given, fresh=given.scenario_paths)
    assert found.samples is not None
    inside, outside = (row[2:] for row in found.samples.itertuples(index=False))
    assert inside == pytest.approx(outside)
    assert found.no_fresh == ""
    paths = given.scenario_paths
    dearer = replace(paths, hashprice=2.0 * paths.hashprice, power_factor=2.0 * paths.power_factor)
    again = judge(given, fresh=dearer).samples
    assert again is not None
    assert again["mean_usd"].tolist() == pytest.approx([651_600.0, 2 * 651_600.0])


def test_without_a_market_nothing_is_tried_out() -> None:
    """It is said why."""
    assert judged().samples is None
    assert "table 'scenarios'" in judged().no_fresh


def test_a_market_draws_fresh_paths_with_the_next_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as the plan was made for."""
    asked: list[tuple[int, int]] = []

    def drawn(self: Portfolio, paths: int, seed: int) -> Any:
        asked.append((paths, seed))
        level = np.full((paths, self.settings.months), 24.0 + 12.0 * (seed % 2))
        return ScenarioPaths.equally_likely(level, np.ones_like(level))

    monkeypatch.setattr(Portfolio, "market_paths", drawn)
    given = case(contracts=[])
    market = replace(given, scenarios=(), risk=given.risk.model_copy(update={"paths": 3, "seed": 4}))
    found = judge(market)
    assert asked == [(3, 4), (3, 5)]
    assert found.samples is not None
    assert found.samples["mean_usd"].tolist() == pytest.approx([868_800.0, 45.0 * 43_440.0])


def test_what_does_not_fit_is_refused() -> None:
    """One scenario; fresh ones of another length; with the words that help."""
    with pytest.raises(ScenarioError, match="table 'scenarios'"):
        judge(portfolio())
    paths = case().scenario_paths
    short = replace(paths, hashprice=paths.hashprice[:, :3], power_factor=paths.power_factor[:, :3])
    with pytest.raises(ScenarioError, match="3 months, the plan 6"):
        judge(case(), fresh=short)


def test_a_judgement_travels_between_processes() -> None:
    """It holds figures, not the solver."""
    again = pickle.loads(pickle.dumps(judged()))
    assert again.regret.equals(judged().regret)
    assert again.information == judged().information
