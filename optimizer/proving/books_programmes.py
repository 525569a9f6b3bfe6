"""The power contracts of a plan against its replay, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.proving.checks import HALF_A_CENT_USD, SMALL_QUANTITY, Check, FloatArray, agreement
from optimizer.proving.replay import Replay
from optimizer.proving.replay_frames import numbers
from optimizer.proving.replay_hosting import curtailed_hours
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
    mw = np.array([_mw(replay, programme, name) for programme, name in keys])
    billed = np.array([_billed_mw(programme, name, own) for (programme, name), own in zip(keys, mw, strict=True)])
    usd = np.array([_usd(replay, programme, own) for (programme, _), own in zip(keys, billed, strict=True)])
    unsure = np.array([_unsure_mw(replay, programme) for programme, _ in keys])
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
            ("mw", mw, SMALL_QUANTITY + unsure),
            ("billed_mw", billed, SMALL_QUANTITY),
            ("usd", usd, HALF_A_CENT_USD + undecided),
        )
    ]


def _mw(replay: Replay, programme: Programme, name: str) -> FloatArray:
    """What a row of the contract is about: the block, the load that was drawn, or the MW enrolled. [MW]

    A load that pays nothing for its peak may be stated as any that covers it.
    """
    row, record = programme.row, programme.record
    if record.kind == "block":
        return np.full(programme.in_force.size, record.mw, dtype=np.float64)
    if record.kind == "curtailment":
        return np.asarray(replay.ai_loads.all[row])
    if record.kind == "demand_charge":
        return np.asarray(replay.loads.peak_mw[row])
    if record.kind == "coincident_peak" and name not in programme.fleets:
        return np.asarray(replay.ai_loads.billed[row])
    if record.kind == "coincident_peak" and programme.usd_per_mw_month > 0.0:
        return replay.loads.paid_mw[programme.label, programme.fleets[name]]
    return programme.mw[name]


def _unsure_mw(replay: Replay, programme: Programme) -> FloatArray:
    """How far the load of a row may be another, as hours that break even may be run or not. [MW]"""
    solved = programme.record.kind in ("demand_charge", "coincident_peak")
    unsure = replay.decisions.by_site(replay.unsure_mw)[programme.row]
    return unsure if solved else np.zeros_like(unsure)


def _billed_mw(programme: Programme, name: str, mw: FloatArray) -> FloatArray:
    """What is billed: a load or enrolment as stated, a demand charge with its ratchet, or what nobody decides. [MW]"""
    if programme.record.kind == "demand_charge":
        return programme.billed_mw()
    return programme.mw[name] if name in programme.fleets else mw


def _usd(replay: Replay, programme: Programme, billed: FloatArray) -> FloatArray:
    """What a row of the contract brings. [USD]"""
    if programme.record.kind == "block":
        return replay.loads.block_usd[programme.label]
    if programme.record.kind == "curtailment":
        return np.asarray(-billed * curtailed_hours(programme, replay.power) * programme.record.backup_usd_per_mwh)
    sign = 1.0 if programme.record.kind == "demand_response" else -1.0
    return np.asarray(sign * programme.usd_per_mw_month * billed)


def _undecided(replay: Replay, programme: Programme) -> FloatArray:
    """How much a block may gain or lose by hours that break even. [USD]"""
    usd = replay.undecided_usd[programme.row]
    return usd if programme.record.kind == "block" else np.zeros_like(usd)
