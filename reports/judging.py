"""A plan judged over its scenarios, in words: what it risks, what it misses, what its safety has cost."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import pandas as pd

from reports import format as fmt
from reports.csv_table import table_csv
from reports.decision import KeyFigure, Phrase
from reports.sweep import usd_words
from reports.sweep_tables import known, records

if TYPE_CHECKING:
    from optimizer.judging.judging import Judgement

# What is below this share of the plan's largest value is the solver's rounding, or the slack of a search.
_NOTHING = 2e-6


def tail_words(judgement: Judgement) -> str:
    """What the worst share is called: "worst 5%"."""
    return f"worst {100.0 * judgement.cvar_alpha:.3g}%"


def figures_of(judgement: Judgement, figure: str) -> pd.Series[float]:
    """The distribution of npv_usd or cash_low_usd."""
    return judgement.distribution.set_index("figure").loc[figure]


def largest_usd(judgement: Judgement) -> float:
    """The largest NPV in any scenario, with which the fineness of money goes. [USD]"""
    return float(judgement.scenarios["npv_usd"].abs().max())


def usd(judgement: Judgement, value: float) -> str:
    """Dollars with their unit. [USD]"""
    return usd_words(value, largest_usd(judgement))


def is_nothing(judgement: Judgement, value: float) -> bool:
    """Whether an amount is too small to mean anything. [USD]"""
    return abs(value) <= max(1.0, _NOTHING * largest_usd(judgement))


def headline(judgement: Judgement) -> list[Phrase]:
    """How likely the plan loses, what it is worth on average and in the worst."""
    loss = judgement.probability_of_loss
    count = f"{len(judgement.scenarios):,} scenarios"
    risk = [
        Phrase("The plan loses money with a probability of "),
        Phrase(fmt.percent(loss), strong=True),
        Phrase(f" over {count}; it is worth "),
    ]
    if not loss:
        risk = [
            Phrase("The plan loses money in "),
            Phrase("none", strong=True),
            Phrase(f" of {count}; it is worth "),
        ]
    return [
        *risk,
        Phrase(usd(judgement, judgement.mean_usd), strong=True),
        Phrase(" on average, and "),
        Phrase(usd(judgement, judgement.cvar_usd), strong=True),
        Phrase(" in the "),
        Phrase(tail_words(judgement), strong=True),
        Phrase(" of them."),
    ]


def key_figures(judgement: Judgement) -> list[KeyFigure]:
    """The strip of key figures."""
    npv, low = figures_of(judgement, "npv_usd"), figures_of(judgement, "cash_low_usd")
    missed = judgement.regret.iloc[: judgement.regret["lived_in"].nunique()]
    worst = missed.loc[missed["regret_usd"].idxmax()]
    ratio = judgement.hedge_ratio
    return [
        KeyFigure(
            "Probability of loss", fmt.percent(judgement.probability_of_loss), f"{len(judgement.scenarios):,} scenarios"
        ),
        KeyFigure(
            "Mean NPV",
            usd(judgement, judgement.mean_usd),
            f"90% between {usd(judgement, npv['p5_usd'])} and {usd(judgement, npv['p95_usd'])}",
        ),
        KeyFigure(
            f"{tail_words(judgement).capitalize()}, mean",
            usd(judgement, judgement.cvar_usd),
            f"worst scenario {usd(judgement, npv['worst_usd'])}",
        ),
        KeyFigure(
            "Lowest cash total",
            usd(judgement, low["p50_usd"]),
            f"median; {usd(judgement, low['p5_usd'])} or less with 5%",
        ),
        KeyFigure("Largest regret", usd(judgement, worst["regret_usd"]), f"in scenario {worst['lived_in']}"),
        KeyFigure(
            "Hedge ratio",
            fmt.MISSING if ratio != ratio else fmt.price(ratio),
            "the plan is the one best on average" if ratio != ratio else "dollars of safety per dollar of mean",
        ),
    ]


def information_words(judgement: Judgement) -> list[tuple[str, str, str]]:
    """What knowledge is worth: name, amount, and one sentence for each."""
    found = judgement.information
    drawn = ""
    if found.evpi_scenarios < (judgement.scenarios["probability"] > 0.0).sum():
        drawn = (
            f" The standard error is {usd(judgement, found.evpi_error_usd)}; "
            f"{found.evpi_scenarios} different scenarios were drawn and planned for."
        )
        if is_nothing(judgement, found.evpi_error_usd):
            drawn = (
                f" None of {found.evpi_scenarios} different scenarios that were drawn and planned for would have "
                "earned more than the plans above."
            )
    knowing = (
        "So much more would be earned on average if the scenario were known before deciding: no forecast is worth "
        f"more.{drawn}"
    )
    if is_nothing(judgement, found.evpi_usd):
        knowing = f"Who knew the scenario before deciding would earn no more.{drawn}"
    planning = (
        "So much more is earned on average by the best plan for all scenarios than by the one made for the mean "
        "scenario, which has the mean hashprice, power factor and delay."
    )
    if is_nothing(judgement, found.vss_usd):
        planning = "A plan made for the mean scenario alone would be as good on average."
    return [
        ("Perfect information (EVPI)", _amount(judgement, found.evpi_usd), knowing),
        ("Planning with scenarios (VSS)", _amount(judgement, found.vss_usd), planning),
    ]


def hedge_words(judgement: Judgement) -> tuple[str, str, str]:
    """What the plan's safety has cost: name, ratio, one sentence."""
    hedge, name = judgement.hedge, "Hedge ratio"
    if hedge is None:
        more = "" if judgement.cvar_weight else " A cvar_weight above 0 would make one that counts the worst scenarios."
        return name, fmt.MISSING, f"The plan is the one that is best on average: nothing is given up for safety.{more}"
    rent = "It takes no more fixed rent than that one."
    if judgement.hedge_per_rent_usd == judgement.hedge_per_rent_usd:
        rent = (
            f"It takes {usd(judgement, hedge.rent_more_usd)} more of fixed rent (present value): "
            f"{fmt.price(judgement.hedge_per_rent_usd)} dollars of safety per dollar of it."
        )
    return (
        name,
        fmt.price(judgement.hedge_ratio),
        f"Against the plan that is best on average this one gives up {usd(judgement, hedge.mean_given_up_usd)} of the "
        f"mean and gains {usd(judgement, hedge.cvar_gain_usd)} in the {tail_words(judgement)}, "
        f"{fmt.price(judgement.hedge_ratio)} dollars for each. {rent}",
    )


def sample_words(judgement: Judgement) -> str:
    """How the plan does in scenarios that it was not made for, in one sentence."""
    if judgement.samples is None:
        return f"The plan was not tried on fresh scenarios: {judgement.no_fresh}."
    inside, outside = (row for _, row in judgement.samples.iterrows())
    gap = float(outside["mean_usd"] - inside["mean_usd"])
    error = float((outside["mean_error_usd"] ** 2 + inside["mean_error_usd"] ** 2) ** 0.5)
    side = "more" if gap > 0.0 else "less"
    told = "no more than chance explains" if abs(gap) <= 2.0 * error else "more than chance explains"
    if is_nothing(judgement, gap):
        return "In scenarios that it was not made for the plan is worth as much on average."
    return (
        f"In scenarios that it was not made for the plan is worth {usd(judgement, abs(gap))} {side} on average, {told}."
    )


def _amount(judgement: Judgement, value: float) -> str:
    return usd(judgement, 0.0 if is_nothing(judgement, value) else value)


def scenarios_csv(judgement: Judgement) -> str:
    """One line per scenario."""
    return table_csv(judgement.scenarios)


def yearly_csv(judgement: Judgement) -> str:
    """One line per year."""
    return table_csv(judgement.yearly)


def distribution_csv(judgement: Judgement) -> str:
    """One line for the NPV, one for the lowest cash total."""
    return table_csv(judgement.distribution)


def regret_csv(judgement: Judgement) -> str:
    """One line per plan and scenario."""
    return table_csv(judgement.regret)


def judging_json(judgement: Judgement) -> str:
    """Everything as JSON; what there is not is null."""
    hedge = judgement.hedge
    record = {
        "name": judgement.name,
        "cvar_weight": judgement.cvar_weight,
        "cvar_alpha": judgement.cvar_alpha,
        "mean_usd": judgement.mean_usd,
        "cvar_usd": judgement.cvar_usd,
        "probability_of_loss": judgement.probability_of_loss,
        **asdict(judgement.information),
        "hedge_ratio": known(judgement.hedge_ratio),
        "hedge_per_rent_usd": known(judgement.hedge_per_rent_usd),
        "hedge": None if hedge is None else asdict(hedge),
        "distribution": records(judgement.distribution),
        "yearly": records(judgement.yearly),
        "regret": records(judgement.regret),
        "samples": None if judgement.samples is None else records(judgement.samples),
        "no_fresh": judgement.no_fresh,
        "scenarios": records(judgement.scenarios),
    }
    return json.dumps(record, indent=2, allow_nan=False, ensure_ascii=False)
