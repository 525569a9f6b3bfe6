"""The power contracts of a plan against its replay, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.proving.checks import HALF_A_CENT_USD, SMALL_QUANTITY, Check, FloatArray, agreement
from optimizer.proving.replay import Replay
from optimizer.proving.replay_frames import numbers
from optimizer.proving.replay_hosting import curtailed_hours
from optimizer.proving.replay_power import HourlyPower
from optimizer.proving.replay_programmes import Programme

if TYPE_CHECKING:
    import pandas as pd

Rows = dict[tuple[str, str], FloatArray]


def programme_checks(replay: Replay, frame: pd.DataFrame) -> list[Check]:
    """MW, billed MW and money of every power contract in every month; none without power contracts."""
    programmes, months = replay.decisions.programmes, replay.decisions.months
    keys = [(programme, name) for programme in programmes for name in programme.lines]
    if not keys:
        return []
    power = HourlyPower(replay.decisions.portfolio, months)
    mw = np.array([_mw(replay, programme, name) for programme, name in keys])
    billed = np.array([_billed_mw(programme, own) for (programme, _), own in zip(keys, mw, strict=True)])
    usd = np.array([_usd(replay, programme, own, power) for (programme, _), own in zip(keys, billed, strict=True)])
    undecided = np.array([_undecided(replay, programme) for programme, _ in keys])
    lines = np.array([programme.lines[name] for programme, name in keys])

    def words(position: int, t: int) -> str:
        programme, name = keys[position]
        who = f" of '{name}'" if name else ""
        return f"{programme.label}{who}, {months.label(t)}"

    return [
        agreement(
            f"programmes: {column}",
            np.append(numbers(frame, "programmes", column), 0.0)[lines],
            np.where(lines < 0, 0.0, replayed),
            words,
            allowed,
        )
        for column, replayed, allowed in (
            ("mw", mw, SMALL_QUANTITY),
            ("billed_mw", billed, SMALL_QUANTITY),
            ("usd", usd, HALF_A_CENT_USD + undecided),
        )
    ]


def _mw(replay: Replay, programme: Programme, name: str) -> FloatArray:
    """What a row of the contract is about: what was decided, and otherwise the load or the block. [MW]"""
    if programme.record.kind == "block":
        return np.full(programme.in_force.size, programme.record.mw, dtype=np.float64)
    if programme.record.kind == "curtailment":
        return np.asarray(replay.ai_loads.all[programme.row])
    if programme.record.kind == "coincident_peak" and name not in programme.fleets:
        return np.asarray(replay.ai_loads.billed[programme.row])
    return programme.mw[name]


def _billed_mw(programme: Programme, mw: FloatArray) -> FloatArray:
    return programme.billed_mw() if programme.record.kind == "demand_charge" else mw


def _usd(replay: Replay, programme: Programme, billed: FloatArray, power: HourlyPower) -> FloatArray:
    """What a row of the contract brings. [USD]"""
    if programme.record.kind == "block":
        return replay.loads.block_usd[programme.label]
    if programme.record.kind == "curtailment":
        return np.asarray(-billed * curtailed_hours(programme, power) * programme.record.backup_usd_per_mwh)
    sign = 1.0 if programme.record.kind == "demand_response" else -1.0
    return np.asarray(sign * programme.usd_per_mw_month * billed)


def _undecided(replay: Replay, programme: Programme) -> FloatArray:
    """How much a block may gain or lose by hours that break even. [USD]"""
    usd = replay.undecided_usd[programme.row]
    return usd if programme.record.kind == "block" else np.zeros_like(usd)
