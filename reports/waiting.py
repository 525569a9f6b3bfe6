"""The value of waiting in words: what is signed now, what waits for which hashprice, and what that is worth."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reports import format as fmt
from reports.csv_table import table_csv
from reports.decision import KeyFigure, Phrase
from reports.sweep import usd_m_words
from reports.sweep_tables import records

if TYPE_CHECKING:
    from optimizer.waiting.waiting import Outcome, Waiting

# What is gained by less than this share of the value is the solver's rounding, or below the gap the search's slack.
_NOTHING = 1e-8


def usd(waiting: Waiting, value: float) -> str:
    """Millions with their unit: in billions two plans would look alike. [USD]"""
    return f"USD {usd_m_words(abs(waiting.value_usd))(value)} m"


def gains(waiting: Waiting) -> bool:
    """Whether waiting is worth anything."""
    return waiting.flexibility_usd > max(_NOTHING, waiting.committed_gap) * max(1.0, abs(waiting.value_usd))


def gain_usd(waiting: Waiting) -> float:
    """What waiting is worth, without rounding's remains. [USD]"""
    return waiting.flexibility_usd if gains(waiting) else 0.0


def route(waiting: Waiting, node: str) -> list[dict[str, Any]]:
    """The nodes through which one is reached, the first branch first; none for the root."""
    rows = {row["node"]: row for row in waiting.nodes.to_dict("records")}
    found: list[dict[str, Any]] = []
    while rows[node]["parent"]:
        found.insert(0, rows[node])
        node = rows[node]["parent"]
    return found


def band_words(low: float, high: float) -> str:
    """A band of hashprice: "below 38.20". [USD/(PH/s day)]"""
    if low != low:
        return "any" if high != high else f"below {fmt.price(high)}"
    return f"from {fmt.price(low)} on" if high != high else f"{fmt.price(low)} to {fmt.price(high)}"


def seen_words(waiting: Waiting, node: str) -> str:
    """What has been seen on the way to a node: "below 38.20 before Jul 2027, then ..."."""
    steps = [
        f"{band_words(row['signal_low_usd_per_ph_day'], row['signal_high_usd_per_ph_day'])} "
        f"before {fmt.month(row['from'])}"
        for row in route(waiting, node)
    ]
    return ", then ".join(steps)


def leaves(waiting: Waiting) -> list[str]:
    """The nodes at the end of the tree."""
    parents = set(waiting.nodes["parent"])
    return [str(node) for node in waiting.nodes["node"] if node not in parents]


def leaf_mw(waiting: Waiting, when: str) -> dict[str, dict[str, float]]:
    """MW signed so on the way to each leaf, by contract. [MW critical]"""
    chosen = waiting.decisions[waiting.decisions["when"] == when]
    totals = chosen.groupby(["node", "contract"])["mw"].sum()
    by_leaf: dict[str, dict[str, float]] = {}
    for leaf in leaves(waiting):
        here = totals[totals.index.get_level_values("node").isin([row["node"] for row in route(waiting, leaf)])]
        by_leaf[leaf] = {str(name): float(mw) for name, mw in here.groupby("contract").sum().items()}
    return by_leaf


def signed_now_mw(waiting: Waiting) -> float:
    """What is signed before the first branch month. [MW critical]"""
    return float(waiting.decisions.loc[waiting.decisions["when"] == "now", "mw"].sum())


def waiting_mw(waiting: Waiting) -> tuple[float, float]:
    """Least and most of what waits, over the leaves. [MW critical]"""
    totals = [sum(found.values()) for found in leaf_mw(waiting, "waits").values()]
    return min(totals), max(totals)


def first_branch(waiting: Waiting) -> str:
    """The first branch month, for people."""
    return fmt.month(waiting.branchings[0].month)


def headline(waiting: Waiting) -> list[Phrase]:
    """What to do now and what waiting is worth, in two sentences."""
    now, (least, most) = signed_now_mw(waiting), waiting_mw(waiting)
    do = [Phrase("Sign "), Phrase(f"{fmt.mw(now)} MW", strong=True), Phrase(f" before {first_branch(waiting)}")]
    if now <= fmt.NOISE:
        do = [Phrase(f"Sign nothing before {first_branch(waiting)}")]
    if not gains(waiting):
        return [
            *do,
            Phrase(". Nothing is gained by waiting to see hashprice: the best plan that commits now is worth "),
            Phrase(usd(waiting, waiting.committed_usd), strong=True),
            Phrase(" too."),
        ]
    rest = [Phrase(". ")]
    if most > fmt.NOISE:
        size = fmt.mw(most) if fmt.mw(least) == fmt.mw(most) else f"{fmt.mw(least)} to {fmt.mw(most)}"
        rest = [
            Phrase("; "),
            Phrase(f"{size} MW", strong=True),
            Phrase(" wait for what hashprice will have shown by then. "),
        ]
    return [
        *do,
        *rest,
        Phrase("Waiting is worth "),
        Phrase(fmt.usd(gain_usd(waiting)), strong=True),
        Phrase(": the plan is worth "),
        Phrase(usd(waiting, waiting.value_usd), strong=True),
        Phrase(", the best one that commits now "),
        Phrase(usd(waiting, waiting.committed_usd), strong=True),
        Phrase("."),
    ]


def objective_words(waiting: Waiting) -> str:
    """What "worth" means here."""
    if not waiting.cvar_weight:
        return "mean NPV over the scenarios"
    mean, tail = fmt.percent(1.0 - waiting.cvar_weight, 0), fmt.percent(waiting.cvar_weight, 0)
    return f"{mean} of the mean NPV and {tail} of the mean of the {tail_words(waiting)}"


def tail_words(waiting: Waiting) -> str:
    """What the worst share is called: "worst 5%"."""
    return f"worst {100.0 * waiting.cvar_alpha:.3g}%"


def key_figures(waiting: Waiting) -> list[KeyFigure]:
    """The strip of key figures."""
    least, most = waiting_mw(waiting)
    found = [
        KeyFigure("Value of waiting", fmt.usd(gain_usd(waiting)), objective_words(waiting)),
        KeyFigure("Plan that waits", usd(waiting, waiting.value_usd), _outcome_words(waiting, waiting.waits)),
        KeyFigure("Plan that commits", usd(waiting, waiting.committed_usd), _outcome_words(waiting, waiting.commits)),
        KeyFigure("Signed now", f"{fmt.mw(signed_now_mw(waiting))} MW", f"critical, before {first_branch(waiting)}"),
        KeyFigure("Waits", f"{fmt.mw(most)} MW", f"critical, at most; {fmt.mw(least)} at least"),
    ]
    if waiting.fresh_flexibility_usd is not None:
        found.append(
            KeyFigure(
                "On fresh scenarios",
                fmt.usd_signed(waiting.fresh_flexibility_usd),
                "waiting against committing, where neither plan knew the scenarios",
            )
        )
    return found


def _outcome_words(waiting: Waiting, outcome: Outcome) -> str:
    return f"mean {usd(waiting, outcome.mean_usd)}; {tail_words(waiting)}: {usd(waiting, outcome.cvar_usd)}"


def decisions_csv(waiting: Waiting) -> str:
    """One line per node and start that it signs."""
    return table_csv(waiting.decisions)


def nodes_csv(waiting: Waiting) -> str:
    """One line per node of the tree."""
    return table_csv(waiting.nodes)


def values_csv(waiting: Waiting) -> str:
    """One line per scenario: its leaf, and what both plans are worth in it."""
    return table_csv(waiting.values)


def waiting_json(waiting: Waiting) -> str:
    """All figures as JSON; what is not known is null."""
    record = {
        "name": waiting.name,
        "branches": [{"month": each.month, "branches": each.branches} for each in waiting.branchings],
        "cvar_weight": waiting.cvar_weight,
        "cvar_alpha": waiting.cvar_alpha,
        "value_usd": waiting.value_usd,
        "committed_usd": waiting.committed_usd,
        "flexibility_usd": waiting.flexibility_usd,
        "waits": _outcome_record(waiting.waits),
        "commits": _outcome_record(waiting.commits),
        "fresh_waits": _outcome_record(waiting.fresh_waits),
        "fresh_commits": _outcome_record(waiting.fresh_commits),
        "gap": waiting.gap,
        "committed_gap": waiting.committed_gap,
        "nodes": records(waiting.nodes),
        "decisions": records(waiting.decisions),
        "committed": records(waiting.committed),
        "hashprice": records(waiting.hashprice),
        "values": records(waiting.values),
    }
    return json.dumps(record, indent=2, allow_nan=False)


def _outcome_record(outcome: Outcome | None) -> dict[str, float] | None:
    if outcome is None:
        return None
    return {"objective_usd": outcome.objective_usd, "mean_usd": outcome.mean_usd, "cvar_usd": outcome.cvar_usd}
