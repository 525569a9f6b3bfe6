"""The tables of a plan that waits: its decisions, its contracts, the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports import format as fmt
from reports.display import Cell, Column, Table, figure, text
from reports.sweep import usd_m_words
from reports.waiting import band_words, leaf_mw, leaves, seen_words

if TYPE_CHECKING:
    from optimizer.waiting.waiting import Waiting

_WHEN = {"now": "now", "later": "later"}
_PLACES = (
    Column("Contract", numeric=False),
    Column("Site", numeric=False),
    Column("Sign in", numeric=False),
    Column("Rent from", numeric=False),
)
_START = ["signing", "contract", "site", "start"]


def anyway_table(waiting: Waiting) -> Table:
    """What is signed whatever is seen, before the first branch month or later; one row per start."""
    columns = (Column("When", numeric=False), *_PLACES, Column("Size", "critical MW"))
    rows = []
    for when, label in _WHEN.items():
        # What is decided later is the same in every node of its level.
        chosen = waiting.decisions[waiting.decisions["when"] == when].drop_duplicates(_START)
        for row in chosen.sort_values(_START).itertuples():
            rows.append((text(label), *_places(row), figure(row.mw, fmt.mw)))
    return Table("anyway", "Signed whatever hashprice does", columns, tuple(rows))


def waits_tables(waiting: Waiting) -> list[Table]:
    """What is signed after each branch month by what has been seen: one row per start, one column per node."""
    chosen = waiting.decisions[waiting.decisions["when"] == "waits"]
    tables = []
    for number, (first, nodes) in enumerate(waiting.nodes[waiting.nodes["parent"] != ""].groupby("from"), start=1):
        here = chosen[chosen["node"].isin(nodes["node"])]
        sizes = here.set_index([*_START, "node"])["mw"]
        bands = nodes[["signal_low_usd_per_ph_day", "signal_high_usd_per_ph_day"]].to_numpy().tolist()
        names = [str(node) for node in nodes["node"]]
        heads = (Column(name, band_words(*band)) for name, band in zip(names, bands, strict=True))
        rows = tuple(
            (
                *_places(row),
                *(
                    figure(float(sizes.get((row.signing, row.contract, row.site, row.start, name), 0.0)), fmt.mw)
                    for name in names
                ),
            )
            for row in here.drop_duplicates(_START).sort_values(_START).itertuples()
        )
        caption = (
            f"From {fmt.month(str(first))} on: critical MW signed by the hashprice seen before, USD per PH/s per day"
        )
        tables.append(Table(f"waits-{number}", caption, (*_PLACES, *heads), rows))
    return [table for table in tables if not table.is_empty]


def _places(row: Any) -> tuple[Cell, ...]:
    return text(row.contract), text(row.site), text(fmt.month(row.signing)), text(fmt.month(row.start))


def contracts_table(waiting: Waiting) -> Table:
    """One row per contract: what is signed now, later, and by what is seen, beside the plan that commits."""
    columns = (
        Column("Contract", numeric=False),
        Column("Commits now", "critical MW", gloss="the best plan that decides everything now"),
        Column("Now", "critical MW", gloss="signed before the first branch month"),
        Column("Later", "critical MW", gloss="signed after it, whatever is seen"),
        Column("Waits: least", "critical MW", gloss="what depends, in size, site or month, on what is seen: at least"),
        Column("Waits: most", "critical MW", gloss="the same, at most"),
        Column("Mean", "critical MW", gloss="of all that is signed, over the scenarios"),
    )
    signed_before = set(waiting.decisions.loc[waiting.decisions["when"] == "signed", "contract"])
    new = waiting.decisions[waiting.decisions["when"] != "signed"]
    committed = waiting.committed.groupby("contract")["mw"].sum()
    now = new[new["when"] == "now"].groupby("contract")["mw"].sum()
    later, waits = leaf_mw(waiting, "later"), leaf_mw(waiting, "waits")
    probability = waiting.nodes.set_index("node")["probability"]
    rows = []
    for name in sorted({*committed.index, *new["contract"]} - signed_before):
        by_leaf = [waits[leaf].get(name, 0.0) for leaf in leaves(waiting)]
        weights = [float(probability[leaf]) for leaf in leaves(waiting)]
        at_once, anyway = float(now.get(name, 0.0)), later[leaves(waiting)[0]].get(name, 0.0)
        mean = at_once + anyway + sum(mw * weight for mw, weight in zip(by_leaf, weights, strict=True)) / sum(weights)
        sizes = float(committed.get(name, 0.0)), at_once, anyway, min(by_leaf), max(by_leaf), mean
        rows.append((text(name), *(figure(size, fmt.mw) for size in sizes)))
    return Table("contracts", "The offers in both plans, all sites and starts together", columns, tuple(rows))


def nodes_table(waiting: Waiting) -> Table:
    """One row per node of the tree."""
    amount = usd_m_words(abs(waiting.value_usd))
    columns = (
        Column("Node", numeric=False),
        Column("Months", numeric=False),
        Column("If hashprice was", "USD per PH/s per day", numeric=False, prose=True),
        Column("Probability"),
        Column("Scenarios"),
        Column("Signed here", "critical MW"),
        Column("Plan that waits", "USD m", gloss="mean NPV of the scenarios that come here"),
        Column("Plan that commits", "USD m", gloss="mean NPV of the same scenarios"),
    )
    rows: list[tuple[Cell, ...]] = []
    for row in waiting.nodes.to_dict("records"):
        spell = f"{fmt.month(row['from'])} to {fmt.month(row['until'])}"
        rows.append(
            (
                text(row["node"]),
                text(spell),
                text(seen_words(waiting, row["node"]) or "not seen yet"),
                figure(row["probability"], fmt.percent),
                figure(row["scenarios"], fmt.usd_whole),
                figure(row["signed_mw"], fmt.mw),
                figure(row["npv_usd"], amount),
                figure(row["committed_npv_usd"], amount),
            )
        )
    return Table("nodes", "The tree: what can be told apart, month by month", columns, tuple(rows))


def outcomes_table(waiting: Waiting) -> Table:
    """Both plans side by side: the objective, the mean, the worst share; on fresh scenarios too, if there are any."""
    amount = usd_m_words(abs(waiting.value_usd))
    columns = (
        Column("", numeric=False),
        Column("Plan that waits", "USD m"),
        Column("Plan that commits", "USD m"),
        Column("Difference", "USD m"),
    )
    given = [("", waiting.waits, waiting.commits)]
    if waiting.fresh_waits is not None and waiting.fresh_commits is not None:
        given.append((", fresh scenarios", waiting.fresh_waits, waiting.fresh_commits))
    rows = []
    for where, waits, commits in given:
        kinds = {"Mean NPV": (waits.mean_usd, commits.mean_usd)}
        kinds[f"Worst {100.0 * waiting.cvar_alpha:.3g}%"] = waits.cvar_usd, commits.cvar_usd
        if waiting.cvar_weight:
            kinds = {"Objective": (waits.objective_usd, commits.objective_usd), **kinds}
        for name, (one, other) in kinds.items():
            pair = figure(one, amount), figure(other, amount)
            rows.append((text(name + where), *pair, figure(one - other, amount)))
    return Table("outcomes", "What both plans are worth", columns, tuple(rows))
