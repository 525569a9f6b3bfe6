"""A plan lived through in one scenario: its decisions stand, and every hour and month adapts to what comes to pass."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from optimizer.duals import energised_mw
from optimizer.formulation_joint import OwnColumns
from optimizer.frames import fleets_frame
from optimizer.horizon import FloatArray
from optimizer.matrices import Matrices
from optimizer.operations import (
    NEGLIGIBLE_MW,
    Operations,
    add_scenario,
    alone_mining,
    block_gain_usd,
    joint_demand_usd,
    joint_mining,
    joint_part,
)
from optimizer.parameters import Parameters, build_parameters
from optimizer.programmes import programmes_frame
from optimizer.tail import scenario_npv_usd_m

# So many scenarios of a plan are replayed hour by hour; where there are more, these are spread from worst to best.
MOST_REPLAYED = 12

LivedFrames = Mapping[int, tuple[pd.DataFrame, pd.DataFrame]]


def replayed_scenarios(npv_usd: FloatArray) -> list[int]:
    """Positions of the scenarios that a certificate replays: all of few; of many the worst, best and some between."""
    count = min(npv_usd.size, MOST_REPLAYED)
    ranks = np.unique(np.round(np.linspace(0, npv_usd.size - 1, count)).astype(np.int64))
    return sorted(np.argsort(npv_usd, kind="stable")[ranks].tolist())


def lived_frames(p: Parameters, matrices: Matrices, x: FloatArray) -> LivedFrames:
    """What fleets and power contracts do in the scenarios that are replayed, by position; nothing for one scenario.

    x : the plan, one number per column of its programme.
    """
    scenarios = p.scenarios
    if scenarios.count == 1:
        return {}
    found = {}
    for position in replayed_scenarios(scenario_npv_usd_m(p, matrices, x)):
        q = build_parameters(p.portfolio, p.pins, scenarios=scenarios.only(position))
        operations = live(p, matrices, x, q, position)
        found[position] = fleets_frame(q, operations), programmes_frame(q, operations)
    return found


def live(p: Parameters, matrices: Matrices, x: FloatArray, q: Parameters, position: int) -> Operations:
    """What the decisions of a plan lead to in one of its scenarios, whose own parameters are `q`."""
    signed = x[matrices.columns("signed_mw")]
    taken = np.flatnonzero(signed > NEGLIGIBLE_MW)
    mining = alone_mining(q, energised_mw(p, matrices, x))
    columns: Matrices | OwnColumns = OwnColumns(matrices, position) if p.own else matrices
    part = joint_part(q, columns, x, 1.0)
    add_scenario(mining, joint_mining(q, part.mw, alone_mining(q, np.zeros_like(mining.energised_mw))), 1.0)
    return Operations(taken, signed[taken], mining, joint_demand_usd(q, part), block_gain_usd(part), (part,))
