"""A plan lived through in one scenario: its decisions stand, and every hour and month adapts to what comes to pass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from optimizer.frames import fleets_frame
from optimizer.horizon import FloatArray, IntArray
from optimizer.operations import Operations, alone_mining
from optimizer.parameters import Parameters, build_parameters
from optimizer.programmes import programmes_frame
from optimizer.results import Frames
from sites.portfolio import Portfolio

# So many scenarios of a plan are replayed hour by hour; where there are more, these are spread from worst to best.
MOST_REPLAYED = 12

LivedFrames = Mapping[int, tuple[pd.DataFrame, pd.DataFrame]]


def replayed_scenarios(npv_usd: FloatArray) -> list[int]:
    """Positions of the scenarios that a certificate replays: all of few; of many the worst, best and some between."""
    count = min(npv_usd.size, MOST_REPLAYED)
    ranks = np.unique(np.round(np.linspace(0, npv_usd.size - 1, count)).astype(np.int64))
    return sorted(np.argsort(npv_usd, kind="stable")[ranks].tolist())


def lived_frames(portfolio: Portfolio, frames: Frames) -> LivedFrames:
    """What fleets and power contracts do in the scenarios that are replayed, by position; nothing for one scenario.

    frames : of the plan; only its decisions are read, starts with their MW and energised MW.
    """
    scenarios = portfolio.scenario_paths
    if scenarios.count == 1:
        return {}
    found = {}
    for position in replayed_scenarios(frames.scenarios["npv_usd"].to_numpy()):
        q = build_parameters(portfolio, scenarios=scenarios.only(position))
        operations = live(q, *_signed(q, frames.contracts), _energised(q, frames.fleets))
        found[position] = fleets_frame(q, operations), programmes_frame(q, operations)
    return found


def live(q: Parameters, starts: IntArray, signed_mw: FloatArray, energised_mw: FloatArray) -> Operations:
    """What the decisions of a plan lead to in the scenario of `q`, in which every load is planned alone.

    starts, signed_mw : positions and critical MW of the taken starts. energised_mw : fleets x months. [MW]
    """
    return Operations(
        starts=starts,
        signed_mw=signed_mw,
        mining=alone_mining(q, energised_mw),
        joint_demand_usd=np.zeros_like(q.capacity_mw),
        block_gain_usd=q.joint.unused_gain_usd.copy(),
        joint={name: np.zeros(usd.size) for name, usd in q.joint.usd.items()},
    )


def _signed(q: Parameters, contracts: pd.DataFrame) -> tuple[IntArray, FloatArray]:
    """Positions and critical MW of the starts that a plan takes."""
    sites, labels = [site.id for site in q.sites], [offer.id for offer in q.starts.offers]
    keys: Iterable[tuple[int, int, int]] = zip(
        q.starts.offer.tolist(), q.starts.site.tolist(), q.starts.tau.tolist(), strict=True
    )
    position = {(labels[c], sites[i], q.horizon.label(tau)): start for start, (c, i, tau) in enumerate(keys)}
    taken = contracts[contracts["mw"] > 0.0]
    rows = zip(taken["contract"], taken["site"], taken["start"], strict=True)
    return np.array([position[row] for row in rows], dtype=np.int64), taken["mw"].to_numpy()


def _energised(q: Parameters, fleets: pd.DataFrame) -> FloatArray:
    """Energised MW of every fleet and month: one row per fleet of `q`. [MW]"""
    if not q.fleets:
        return np.zeros((0, q.horizon.months))
    table = fleets.pivot(index="fleet", columns="month", values="energised_mw")
    return np.asarray(table.loc[[fleet.id for fleet in q.fleets], list(q.horizon.labels)].to_numpy())
