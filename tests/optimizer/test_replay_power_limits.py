"""Limits of power contracts in the replay, and programmes frames that cannot be."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from optimizer.proving.replay import replay
from optimizer.proving.replay_frames import ReplayError
from tests.optimizer.cases import offer, portfolio, settings
from tests.optimizer.power_decisions import (
    CURTAILMENT,
    DEMAND,
    FLEET_COLUMNS,
    NO_DEALS,
    PEAK,
    PROGRAMME_COLUMNS,
    RESPONSE,
    limit,
    replayed,
)

# ---------------------------------------------------------------- limits

AI_DEAL = [("lab", "alpha", "2027-01", 2.0)]
AI_OFFER = [offer(first_start="2027-01", build_months=0, power="included")]
LIMIT_CASES: dict[str, tuple[dict[str, Any], float, str]] = {
    "active not negative": (
        {"programmes": [CURTAILMENT], "mw": {"curtailment 1": {"ai": [0.0]}}, "active": {"old": [-0.5]}},
        -0.5,
        "fleet 'old', 2027-01",
    ),
    "enrolled within active": (
        {"programmes": [RESPONSE], "mw": {"demand_response 1": {"old": [10.25]}}},
        -0.25,
        "fleet 'old', 2027-01",
    ),
    "demand response size": (
        {"programmes": [{**RESPONSE, "max_mw": 2.0}], "mw": {"demand_response 1": {"old": [3.0]}}},
        -1.0,
        "demand_response 1, 2027-01",
    ),
    "site load paid for": (
        {"programmes": [DEMAND], "mw": {"demand_charge 1": {"": [1.5]}}, "deals": AI_DEAL, "contracts": AI_OFFER},
        -0.5,
        "demand_charge 1, 2027-01",
    ),
    "peak load paid for": (
        {
            "programmes": [PEAK],
            "mw": {"coincident_peak 1": {"old": [0.0], "ai": [1.5]}},
            "deals": AI_DEAL,
            "contracts": AI_OFFER,
        },
        -0.5,
        "coincident_peak 1 of 'ai', 2027-01",
    ),
    "programme not negative": (
        {"programmes": [RESPONSE], "mw": {"demand_response 1": {"old": [-0.25]}}},
        -0.25,
        "demand_response 1 of 'old', 2027-01",
    ),
}


@pytest.mark.parametrize("name", LIMIT_CASES)
def test_a_broken_limit_of_a_power_contract_is_found_at_its_place(name: str) -> None:
    """Each kind of limit, broken by hand, is short by just that much, there."""
    changes, slack, where = LIMIT_CASES[name]
    given = dict(changes)
    found = limit(replayed(given.pop("programmes"), given.pop("mw"), **given), name)
    assert found.slack == pytest.approx(slack)
    assert found.where == where


def test_active_mw_are_energised() -> None:
    """10 MW active of 9 energised are one too many."""
    given = portfolio(settings=settings(months=1), contracts=[], power_contracts=[CURTAILMENT])
    fleets = pd.DataFrame([("2027-01", "alpha", "old", 9.0, 10.0)], columns=FLEET_COLUMNS)
    programmes = pd.DataFrame(
        [("2027-01", "alpha", "curtailment 1", "curtailment", "ai", 0.0)],
        columns=PROGRAMME_COLUMNS,
    )
    found = replay(given, NO_DEALS, fleets, programmes)
    assert limit(found, "active within energised").slack == -1.0


def test_a_portfolio_without_power_contracts_knows_none_of_their_limits() -> None:
    """Its certificate is the same as ever."""
    names = {entry.name for entry in replayed([], {}).limits}
    assert not names & {*LIMIT_CASES, "active within energised"}


# ---------------------------------------------------------------- frames that cannot be

GOOD_ROW = ("2027-01", "alpha", "demand_response 1", "demand_response", "old", 3.0)
WRONG_ROWS: dict[str, tuple[list[tuple[Any, ...]], str]] = {
    "a row left out": ([], "programmes: no row for 2027-01, alpha, demand_response 1, demand_response, old"),
    "a row twice": ([GOOD_ROW, GOOD_ROW], "programmes, row 3: a second row, or one of no contract in force: 2027-01"),
    "another month": ([("2027-02", *GOOD_ROW[1:])], "row 2: a second row, or one of no contract in force: 2027-02"),
    "another kind": ([(*GOOD_ROW[:3], "block", *GOOD_ROW[4:])], "row 2: .* block, old"),
    "another contract": ([(*GOOD_ROW[:2], "demand_response 2", *GOOD_ROW[3:])], "row 2: .* demand_response 2"),
    "no fleet of the site": ([(*GOOD_ROW[:4], "new", 1.0)], "row 2: .* demand_response, new"),
    "no number": ([(*GOOD_ROW[:5], float("nan"))], "programmes, row 2, column mw: not a finite number"),
}


@pytest.mark.parametrize("name", WRONG_ROWS)
def test_a_programmes_frame_that_cannot_be_is_refused(name: str) -> None:
    """Every row that should be there is, once, and no other; the row is said."""
    rows, message = WRONG_ROWS[name]
    given = portfolio(settings=settings(months=1), contracts=[], power_contracts=[RESPONSE])
    fleets = pd.DataFrame(columns=FLEET_COLUMNS)
    with pytest.raises(ReplayError, match=message):
        replay(
            given,
            NO_DEALS,
            fleets,
            pd.DataFrame(rows, columns=PROGRAMME_COLUMNS),
        )


def test_rows_without_any_power_contract_are_refused() -> None:
    """A programme that the portfolio does not have pays nobody."""
    with pytest.raises(ReplayError, match="of no contract in force"):
        replayed([], {"demand_response 1": {"old": [3.0]}})
