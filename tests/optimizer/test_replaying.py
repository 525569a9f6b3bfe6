"""The replay of 2025: facts that agree with each other, a plan that knows nothing later, and what it lived through."""

from __future__ import annotations

import pickle
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from optimizer import replay as public_replay
from optimizer.errors import ScenarioError
from optimizer.replaying import HINDSIGHT, MINING, PLAN, Replay, replay, replay_portfolio
from sites.months import month_number
from sites.network import hashprice_at_difficulty_usd_per_ph_day
from sites.replays.monthly_facts import MONTHLY_FACTS
from sites.replays.outlook import outlook, record_of

PATHS = 60
JANUARY = month_number("2025-01")


@cache
def found() -> Replay:
    """The replay with few paths."""
    return replay(paths=PATHS)


def test_the_facts_agree_with_the_protocol() -> None:
    """Hashprice is what difficulty, price and payments of the month make it; months without a halving, within 2 %."""
    assert (MONTHLY_FACTS[0].month, MONTHLY_FACTS[-1].month) == ("2022-12", "2026-07")
    for fact in MONTHLY_FACTS:
        if fact.month == "2024-04":
            continue
        per_block = 6.25 if fact.month < "2024-05" else 3.125
        share = fact.fees_btc / (fact.fees_btc + fact.subsidy_btc)
        formula = hashprice_at_difficulty_usd_per_ph_day(
            btc_price_usd=fact.price_usd,
            difficulty=fact.difficulty_t * 1e12,
            subsidy_btc_per_block=per_block,
            fee_share=share,
        )
        assert fact.hashprice == pytest.approx(formula, rel=0.02), fact.month


def test_the_record_runs_through_the_facts() -> None:
    """Closes at the ends of months, means in their middles, the chain's height from its last known block."""
    record = record_of(MONTHLY_FACTS[:25])
    assert np.exp(record.price[record.month_ends]) == pytest.approx([fact.close_usd for fact in MONTHLY_FACTS[:25]])
    assert record.days.size == 732
    assert record.height[-1] == pytest.approx(840_000 + 144 * (255 + 0.5))


def test_the_outlook_knows_nothing_later() -> None:
    """Facts from January 2025 on may be anything: paths and plan of January stay the same, what came does not."""
    wild = tuple(
        fact if month_number(fact.month) < JANUARY else replace(fact, close_usd=1.0, hashprice=fact.hashprice * 1.5)
        for fact in MONTHLY_FACTS
    )
    mine = outlook(MONTHLY_FACTS, first_month=JANUARY, months=6, paths=20, seed=1)
    other = outlook(wild, first_month=JANUARY, months=6, paths=20, seed=1)
    np.testing.assert_array_equal(mine, other)
    dearer = tuple(fact if fact.month < "2025-01" else replace(fact, hashprice=60.0) for fact in MONTHLY_FACTS)
    changed = replay(paths=PATHS, facts=dearer)
    before, after = (each.decisions.query("made_by == 'plan'") for each in (found(), changed))
    assert before.equals(after)
    assert not changed.values.equals(found().values)


def test_what_is_lived_is_what_came() -> None:
    """14 months of public hashprice; mining alone earns by hand what its machines bring in the first of them."""
    months = found().months
    assert months["month"].tolist()[:: len(months) - 1] == ["2025-01", "2026-02"]
    facts = {fact.month: fact for fact in MONTHLY_FACTS}
    assert months["actual_usd_per_ph_day"].tolist() == [facts[month].hashprice for month in months["month"]]
    # Per MW and hour at the meter: hashrate x hashprice less power and variable opex; all machines earn their power.
    rigs = {"s19j-pro": (104, 3068), "s19-xp": (140, 3010), "s21": (200, 3500)}
    total = -330_000.0
    for rig, mw, power in (("s21", 150, 37), ("s19-xp", 150, 37), ("s19-xp", 50, 50), ("s19j-pro", 50, 50)):
        th, watts = rigs[rig]
        ph_per_mw = th / 1e3 * 1e6 / (watts * 1.04)
        hours = 744 * 0.95
        gain = ph_per_mw * 58.05 / 24 * (1 - 0.01) - power - 3
        total += mw * (max(0.0, gain) * hours - 4500)
    assert months["mining_cash_usd"].iloc[0] == pytest.approx(total, rel=1e-9)
    assert months["plan_total_usd"].iloc[-1] == pytest.approx(months["plan_cash_usd"].sum())


def test_values_are_in_the_order_that_reason_demands() -> None:
    """Each plan is the best one by what it knew: the plan over its outlook, hindsight over what came."""
    values = found().values.set_index("made_by")
    assert values.index.tolist() == [PLAN, MINING, HINDSIGHT]
    weight = found().cvar_weight
    thought = (1.0 - weight) * values["thought_npv_usd"] + weight * values["thought_cvar_usd"]
    assert thought[PLAN] >= thought.max() - 1.0
    assert values["npv_usd"][PLAN] > values["npv_usd"][MINING]
    assert (values["npv_p10_usd"] < values["npv_usd"]).all()
    assert (values["npv_usd"] < values["npv_p90_usd"]).all()
    assert 0.0 <= found().held("p25", "p75") <= found().held("p10", "p90") <= found().held("p2_5", "p97_5") <= 1.0


def test_a_replay_is_data() -> None:
    """It survives pickling; the same seed gives the same figures; an unknown year is refused."""
    assert public_replay is replay
    again = pickle.loads(pickle.dumps(found()))
    assert again.values.equals(found().values)
    assert replay(paths=PATHS).months.equals(found().months)
    with pytest.raises(ScenarioError, match="there is no replay '2019': expected one of 2025"):
        replay_portfolio("2019")
