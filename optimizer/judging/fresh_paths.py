"""A plan out of sample: in scenarios that it was not made for."""

from __future__ import annotations

import pandas as pd

from optimizer.errors import ScenarioError
from optimizer.horizon import USD_PER_USD_M, FloatArray
from optimizer.judging.commitment import Commitment, lived_npv_usd_m
from optimizer.judging.spread import sample_row
from optimizer.parameters import Parameters, build_parameters
from sites.portfolio import Portfolio
from sites.scenarios import ScenarioPaths

SAMPLES = (
    "sample",
    "scenarios",
    "mean_usd",
    "mean_error_usd",
    "cvar_usd",
    "cvar_error_usd",
    "probability_of_loss",
    "probability_of_loss_error",
)
IN_SAMPLE, OUT_OF_SAMPLE = "in sample", "out of sample"


def paths_for(portfolio: Portfolio, p: Parameters, given: ScenarioPaths | None) -> tuple[ScenarioPaths | None, str]:
    """The fresh scenarios, or why there are none.

    given : in place of those that the portfolio's market draws with the seed after its own.

    Raises
    ------
    ScenarioError : the given ones have other months, or plans of the portfolio cannot be tried on fresh ones.
    """
    joint = (
        "a power contract makes the loads of a month depend on one another (a block without free resale, demand "
        "response, or a ratchet), and such months are planned for every scenario apart"
    )
    if given is not None:
        if p.own:
            raise ScenarioError(f"the plan cannot be tried on fresh scenarios: {joint}")
        if given.hashprice.shape[1] != p.horizon.months:
            raise ScenarioError(f"fresh scenarios have {given.hashprice.shape[1]} months, the plan {p.horizon.months}")
        return given, ""
    risk = portfolio.risk
    if risk.paths is None:
        return None, "the scenarios are those of the table 'scenarios', and no market is there to draw others from"
    if p.own:
        return None, joint
    drawn = portfolio.market_paths(risk.paths, risk.seed + 1)
    return ScenarioPaths.equally_likely(drawn.hashprice, drawn.power_factor), ""


def samples_frame(p: Parameters, plan: Commitment, npv_usd: FloatArray, fresh: ScenarioPaths) -> pd.DataFrame:
    """The plan in its own scenarios and in fresh ones.

    npv_usd : in every one of its own. [USD]
    """
    alpha = p.portfolio.risk.cvar_alpha
    q = build_parameters(p.portfolio, p.pins, scenarios=fresh)
    there = lived_npv_usd_m(q, plan) * USD_PER_USD_M
    rows = [
        (IN_SAMPLE, p.scenarios.count, *sample_row(npv_usd, p.scenarios.probability, alpha)),
        (OUT_OF_SAMPLE, fresh.count, *sample_row(there, fresh.probability, alpha)),
    ]
    return pd.DataFrame(rows, columns=list(SAMPLES))
