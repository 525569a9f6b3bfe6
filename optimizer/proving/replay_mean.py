"""The mean of a plan's replays in all of its scenarios, as if it were one replay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from optimizer.proving.replay import Replay
from optimizer.proving.replay_capital import CapitalReplay
from optimizer.proving.replay_dispatch import SiteLoads
from optimizer.proving.replay_frames import FloatArray
from optimizer.proving.replay_hosting import AiLoads, HostingReplay
from optimizer.proving.replay_inputs import read_decisions
from optimizer.proving.replay_mining import MiningReplay, MiningTerms
from optimizer.proving.replay_power import HourlyPower
from optimizer.proving.replay_scenarios import mean_of
from optimizer.proving.replay_tightest import LimitReplay
from sites.portfolio import Portfolio

# MW that run in any scenario count as running; everything else is a mean.
EVER = ("active_mw", "mining_mw")


def mean_replay(
    portfolio: Portfolio, replays: Sequence[Replay], frames: tuple[Any, Any, Any], capital: CapitalReplay | None = None
) -> Replay:
    """The mean over all scenarios of a portfolio.

    replays : one for every scenario. frames : contracts, fleets and programmes of the plan. capital : as replayed.
    """
    scenarios = [replay.decisions.lived for replay in replays]
    weights = np.array([lived.probability for lived in scenarios])
    mean = mean_of(scenarios)
    decisions = read_decisions(portfolio, mean, *frames, capital)
    programmes = zip(decisions.programmes, *(one.decisions.programmes for one in replays), strict=True)
    decisions = replace(
        decisions,
        programmes=tuple(
            replace(one, scenarios=tuple(zip(weights.tolist(), each, strict=True))) for one, *each in programmes
        ),
    )
    return Replay(
        decisions=decisions,
        power=HourlyPower(portfolio, decisions.months, mean),
        terms=MiningTerms.of(decisions),
        mining=replace(
            _mean_mining([replay.mining for replay in replays], weights),
            # A crumb of a MW in one scenario has hours of its own, of which little is sure.
            undecided_hours=_mean([replay.unsure_hours for replay in replays], weights),
        ),
        ai_loads=AiLoads(
            billed=_mean([replay.ai_loads.billed for replay in replays], weights),
            all=_mean([replay.ai_loads.all for replay in replays], weights),
        ),
        loads=SiteLoads(
            peak_mw=_mean([replay.loads.peak_mw for replay in replays], weights),
            paid_mw=_mean_by_key([replay.loads.paid_mw for replay in replays], weights),
            block_usd=_mean_by_key([replay.loads.block_usd for replay in replays], weights),
        ),
        hosting=tuple(_mean_delivery(deals, weights) for deals in zip(*(one.hosting for one in replays), strict=True)),
        limits=_tightest([replay.limits for replay in replays]),
        lines=_mean_by_key([replay.lines for replay in replays], weights),
        undecided_usd=_mean([replay.undecided_usd for replay in replays], weights),
    )


def _mean(parts: Sequence[FloatArray], weights: FloatArray) -> FloatArray:
    return np.asarray(sum(weight * part for weight, part in zip(weights.tolist(), parts, strict=True)))


def _mean_by_key(parts: Sequence[dict[Any, FloatArray]], weights: FloatArray) -> dict[Any, FloatArray]:
    return {key: _mean([part[key] for part in parts], weights) for key in parts[0]}


def _mean_mining(parts: Sequence[MiningReplay], weights: FloatArray) -> MiningReplay:
    columns = {part.name: [getattr(replay, part.name) for replay in parts] for part in fields(MiningReplay)}
    likely = [row for row, weight in enumerate(weights.tolist()) if weight > 0.0]
    return MiningReplay(
        **{
            name: np.max([values[row] for row in likely], axis=0) if name in EVER else _mean(values, weights)
            for name, values in columns.items()
        }
    )


def _mean_delivery(parts: Sequence[HostingReplay], weights: FloatArray) -> HostingReplay:
    return replace(
        parts[0],
        lines=_mean_by_key([part.lines for part in parts], weights),
        after_horizon=_mean([part.after_horizon for part in parts], weights),
        tail_usd=float(weights @ [part.tail_usd for part in parts]),
        npv_usd=float(weights @ [part.npv_usd for part in parts]),
    )


def _tightest(found: Sequence[tuple[LimitReplay, ...]]) -> tuple[LimitReplay, ...]:
    """Every limit at its tightest place in any scenario."""
    return tuple(min(places, key=lambda limit: limit.slack) for places in zip(*found, strict=True))
