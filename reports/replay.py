"""A replay in words and tables: what would have been decided, what came, and what it was worth."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reports import format as fmt
from reports.csv_table import table_csv
from reports.decision import KeyFigure, Phrase
from reports.display import Column, Table, figure, text
from reports.sweep_tables import records

if TYPE_CHECKING:
    from optimizer.replaying import Replay

PLAN, MINING, HINDSIGHT = "plan", "mining only", "hindsight"
_WORDS = {
    PLAN: "Plan of the first month",
    MINING: "Mining only",
    HINDSIGHT: "Plan that knew what came",
}
_BANDS = (("50%", "p25", "p75"), ("80%", "p10", "p90"), ("95%", "p2_5", "p97_5"))


def usd(value: float) -> str:
    """Dollars in millions with their unit. [USD]"""
    return f"USD {fmt.usd_m(value)} m"


def worth(replay: Replay, made_by: str, column: str) -> float:
    """A figure of one of the plans. [USD]"""
    return float(replay.values.set_index("made_by")[column][made_by])


def signed_mw(replay: Replay, made_by: str) -> float:
    """What a plan signs. [MW critical]"""
    return float(replay.decisions.loc[replay.decisions["made_by"] == made_by, "mw"].sum())


def headline(replay: Replay) -> list[Phrase]:
    """What would have been decided, and what it is worth now, in two sentences."""
    gain = worth(replay, PLAN, "npv_usd") - worth(replay, MINING, "npv_usd")
    first, last = fmt.month(replay.first_month), fmt.month(replay.last_month)
    actual = replay.months["actual_usd_per_ph_day"]
    signed = signed_mw(replay, PLAN)
    did = [Phrase("sign "), Phrase(f"{fmt.mw(signed)} MW", strong=True)] if signed > 0.0 else [Phrase("sign nothing")]
    return [
        Phrase(f"Planned in {first} with what was known then, the best was to "),
        *did,
        Phrase(". Hashprice then went from "),
        Phrase(fmt.price(float(actual.iloc[0])), strong=True),
        Phrase(" to "),
        Phrase(fmt.price(float(actual.iloc[-1])), strong=True),
        Phrase(f" USD/PH/s/day. Seen from {last}, the plan is worth "),
        Phrase(usd(abs(gain)), strong=True),
        Phrase(" more than mining only." if gain >= 0.0 else " less than mining only."),
    ]


def key_figures(replay: Replay) -> list[KeyFigure]:
    """The strip of key figures."""
    last = fmt.month(replay.last_month)
    held = " / ".join(fmt.percent(replay.held(low, high), 0) for _, low, high in _BANDS)
    return [
        KeyFigure("Plan, as thought", usd(worth(replay, PLAN, "thought_npv_usd")), "mean NPV over the outlook then"),
        KeyFigure("Plan, as it came", usd(worth(replay, PLAN, "npv_usd")), f"mean NPV seen from {last}"),
        KeyFigure("Mining only", usd(worth(replay, MINING, "npv_usd")), f"the same; {_thought(replay)} as thought"),
        KeyFigure(
            "Lost by not knowing",
            usd(worth(replay, HINDSIGHT, "npv_usd") - worth(replay, PLAN, "npv_usd")),
            "against the plan that knew what came",
        ),
        KeyFigure("Bands that held", held, f"of {len(replay.months)} months: 50, 80 and 95% bands"),
    ]


def fan_words(replay: Replay) -> str:
    """How the outlook did, in a sentence."""
    months, last = replay.months, replay.months.iloc[-1]
    price = float(months["btc_price_usd"].iloc[-1] / months["btc_price_usd"].iloc[0] - 1.0)
    drop = float(months["actual_usd_per_ph_day"].iloc[-1] / months["actual_usd_per_ph_day"].iloc[0] - 1.0)
    side = "below" if last["actual_usd_per_ph_day"] < last["mean"] else "above"
    moved = f"{'fell' if drop < 0.0 else 'rose'} by {fmt.percent(abs(drop), 0)}"
    coin = f"{'fell' if price < 0.0 else 'rose'} by {fmt.percent(abs(price), 0)}"
    return (
        f"Hashprice {moved} from the first month to the last, the BTC price {coin}. The outlook's mean for "
        f"{fmt.month(replay.last_month)} was {fmt.price(float(last['mean']))} USD/PH/s/day; what came was {side} it."
    )


def months_table(replay: Replay) -> Table:
    """One row per month lived."""
    columns = (
        Column("Month", numeric=False),
        Column("BTC", "USD", gloss="mean price of the month"),
        Column("Hashprice", "USD/PH/s/day", gloss="what a PH/s earned"),
        Column("Thought, 10%", gloss="10% of the outlook's paths lay below"),
        Column("Thought, median"),
        Column("Thought, 90%"),
        Column("Plan", "USD m", gloss="net cash of the month, building and rent included"),
        Column("Mining only", "USD m"),
        Column("Plan, total", "USD m"),
        Column("Mining only, total", "USD m"),
    )
    rows = tuple(
        (
            text(fmt.month(str(row["month"]))),
            figure(row["btc_price_usd"], lambda v: fmt.number(v, 0)),
            *(figure(row[name], fmt.price) for name in ("actual_usd_per_ph_day", "p10", "p50", "p90")),
            *(
                figure(row[name], fmt.usd_m)
                for name in ("plan_cash_usd", "mining_cash_usd", "plan_total_usd", "mining_total_usd")
            ),
        )
        for row in replay.months.to_dict("records")
    )
    return Table("months", "Month by month", columns, rows)


def values_table(replay: Replay) -> Table:
    """One row per plan: what it was thought to be worth, and what it is worth."""
    columns = (
        Column("", numeric=False),
        Column("Signs", "critical MW"),
        Column("Mean NPV as thought", "USD m", gloss="over the outlook of the first month"),
        Column("Worst share as thought", "USD m", gloss=f"worst {fmt.percent(replay.cvar_alpha, 0)} of the paths"),
        Column("Net cash of the months lived", "USD m", gloss="not discounted, building included"),
        Column("Mean NPV as it came", "USD m", gloss="the months lived as they were, later ones as thought after them"),
        Column("10%", "USD m", gloss="of the later paths are worth less"),
        Column("90%", "USD m"),
    )
    rows = tuple(
        (
            text(_WORDS[str(row["made_by"])]),
            figure(signed_mw(replay, str(row["made_by"])), fmt.mw),
            *(
                figure(row[name], fmt.usd_m)
                for name in (
                    "thought_npv_usd",
                    "thought_cvar_usd",
                    "cash_usd",
                    "npv_usd",
                    "npv_p10_usd",
                    "npv_p90_usd",
                )
            ),
        )
        for row in replay.values.to_dict("records")
    )
    return Table("values", f"What each plan is worth, in {fmt.month(replay.first_month)} dollars", columns, rows)


def decisions_table(replay: Replay) -> Table:
    """One row per start that a plan signs."""
    columns = (
        Column("Made by", numeric=False),
        Column("Contract", numeric=False),
        Column("Site", numeric=False),
        Column("Rent from", numeric=False),
        Column("Size", "critical MW"),
        Column("Own capital", "USD m", gloss="all of it, also what is spent after the months lived"),
    )
    rows = tuple(
        (
            text(_WORDS[str(row["made_by"])]),
            text(str(row["contract"])),
            text(str(row["site"])),
            text(fmt.month(str(row["start"]))),
            figure(row["mw"], fmt.mw),
            figure(row["capex_usd"], fmt.usd_m),
        )
        for row in replay.decisions.to_dict("records")
    )
    return Table("decisions", "What is signed", columns, rows)


def months_csv(replay: Replay) -> str:
    """One line per month lived."""
    return table_csv(replay.months)


def values_csv(replay: Replay) -> str:
    """One line per plan."""
    return table_csv(replay.values)


def decisions_csv(replay: Replay) -> str:
    """One line per plan and start that it signs."""
    return table_csv(replay.decisions)


def replay_json(replay: Replay) -> str:
    """All figures as JSON."""
    record = {
        "name": replay.name,
        "first_month": replay.first_month,
        "last_month": replay.last_month,
        "paths": replay.paths,
        "seed": replay.seed,
        "cvar_weight": replay.cvar_weight,
        "cvar_alpha": replay.cvar_alpha,
        "held": {band: replay.held(low, high) for band, low, high in _BANDS},
        "months": records(replay.months),
        "decisions": records(replay.decisions),
        "values": records(replay.values),
        "fan": records(replay.fan),
        "later": records(replay.later),
    }
    return json.dumps(record, indent=2, allow_nan=False)


def _thought(replay: Replay) -> str:
    return usd(worth(replay, MINING, "thought_npv_usd"))
