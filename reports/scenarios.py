"""A plan under several scenarios: what it is worth in each, on average and in the worst, in words and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from reports import format as fmt
from reports.display import Column, Table, figure, text

if TYPE_CHECKING:
    from optimizer.results import Plan

# So many scenarios are listed one by one; of more the page shows the distribution, and scenarios.csv holds all.
MOST_LISTED = 30
PERCENTS = (0, 5, 10, 25, 50, 75, 90, 95, 100)
# An NPV below this many dollars is a loss and not rounding.
_LOSS_USD = -0.5
_EDGE = 1e-12


def has_several(plan: Plan) -> bool:
    """Whether the plan was made for more than one scenario."""
    return len(plan.frames.scenarios) > 1


def tail_name(plan: Plan) -> str:
    """What the mean of the worst share is called: "mean of the worst 5%"."""
    return f"mean of the worst {_share(plan.summary['cvar_alpha'])}"


def headline(plan: Plan) -> str:
    """What the figures of the plan are means over, and how bad it gets; empty for one scenario."""
    if not has_several(plan):
        return ""
    frame, summary = plan.frames.scenarios, plan.summary
    weight = summary["cvar_weight"]
    feared = f", which counts {_share(weight)} in what the plan maximises" if weight else ""
    loss = probability_of_loss(frame)
    losing = f"it loses money with a probability of {_share(loss)}" if loss else "it loses money in none"
    return (
        f"Values are means over {len(frame):,} scenarios. In the worst {_share(summary['cvar_alpha'])} of them the "
        f"plan is worth {fmt.usd(summary['cvar_usd'])} on average{feared}; {losing}."
    )


def left_out(plan: Plan) -> str:
    """What is not worked out for a plan that fears bad scenarios; empty for any other."""
    if not has_several(plan) or not plan.summary["cvar_weight"]:
        return ""
    return (
        "The worst scenarios count in what this plan maximises. Reservation rents, and what would bring in what is "
        "left out, are not worked out for such a plan; the baselines are shown by their mean value."
    )


def price_lines(plan: Plan) -> list[str]:
    """How the scenarios enter the programme and its prices; empty for one scenario."""
    if not has_several(plan):
        return []
    lines = [
        "What is signed, built and energised is decided before it is known which scenario comes; what runs hour by "
        "hour, and whether a fleet stands still for a month, is decided after. The value of every scenario is "
        "therefore linear in the plan, and the programme needs the mean of each coefficient only. Cash flows, hours, "
        "energy and power bills on this page are means over all scenarios."
    ]
    if plan.summary["cvar_weight"]:
        lines.append(
            "The mean of the worst scenarios enters by rows that are found while the programme is solved, until no row "
            "is missing. All prices on this page weigh each scenario as the objective does at the margin, the bad ones "
            "more than their probability; scenarios.csv holds these weights."
        )
    return lines


def probability_of_loss(frame: pd.DataFrame) -> float:
    """How likely the plan is worth less than nothing. [-]"""
    return float(frame.loc[frame["npv_usd"] < _LOSS_USD, "probability"].sum())


def distribution(frame: pd.DataFrame) -> pd.DataFrame:
    """The scenarios from the worst to the best; columns scenario, npv_usd, probability, up_to.

    up_to : probability of this NPV or a lower one. [-]
    """
    ordered = frame.sort_values("npv_usd", kind="stable").reset_index(drop=True)
    return ordered.assign(up_to=ordered["probability"].cumsum())[["scenario", "npv_usd", "probability", "up_to"]]


def quantile(frame: pd.DataFrame, share: float) -> float:
    """The lowest NPV that is reached or stayed below with at least this probability. [USD]"""
    ordered = distribution(frame)
    ordered = ordered[ordered["probability"] > 0.0]
    place = int(np.searchsorted(ordered["up_to"].to_numpy(), share - _EDGE))
    return float(ordered["npv_usd"].iloc[min(place, len(ordered) - 1)])


def scenario_table(plan: Plan) -> Table:
    """Every scenario with what it is made of; empty where there are too many, or one."""
    frame = plan.frames.scenarios
    columns = (
        Column("Scenario", numeric=False),
        Column("Probability"),
        Column("Weight", gloss="what the objective gives the scenario at the margin"),
        Column("Hashprice", "USD per PH per day, mean"),
        Column("Power prices", "times", gloss="factor of all power prices before the adder of a site"),
        Column("Building late by", "months"),
        Column("NPV", "USD m"),
    )
    if not has_several(plan) or len(frame) > MOST_LISTED:
        return Table("scenarios", "Scenarios", columns, ())
    paths = plan.portfolio.scenario_paths
    rows = tuple(
        (
            text(str(row.scenario)),
            figure(float(row.probability), fmt.percent),
            figure(float(row.weight), fmt.percent),
            figure(float(paths.hashprice[at].mean()), fmt.price),
            figure(float(paths.power_factor[at].mean()), fmt.price),
            figure(float(paths.build_delay_months[at]), _whole),
            figure(float(row.npv_usd), fmt.usd_m),
        )
        for at, row in enumerate(frame.itertuples())
    )
    return Table("scenarios", "What the plan is worth in every scenario", columns, rows)


def quantile_table(plan: Plan) -> Table:
    """The distribution of the NPV in a few numbers."""
    frame, summary = plan.frames.scenarios, plan.summary
    named = [(_percent_name(percent), quantile(frame, percent / 100.0)) for percent in PERCENTS]
    figures = [
        ("Mean", float(summary["npv_usd"])),
        (tail_name(plan).capitalize(), float(summary["cvar_usd"])),
        ("What the plan maximises", float(summary["objective_usd"])),
        *named,
    ]
    rows = tuple((text(name), figure(usd, fmt.usd_m)) for name, usd in figures)
    columns = (Column("Figure", numeric=False), Column("NPV", "USD m"))
    return Table("npv-distribution", "Net present value over the scenarios", columns, rows)


def _percent_name(percent: int) -> str:
    if percent in (0, 100):
        return "Worst scenario" if percent == 0 else "Best scenario"
    return "Median" if percent == 50 else f"Exceeded with {100 - percent}%"


def _share(value: float) -> str:
    """A share without needless decimals: 5%, 2.5%."""
    return f"{100.0 * value:.3g}%"


def _whole(value: float | None) -> str:
    return fmt.number(value, 0)
