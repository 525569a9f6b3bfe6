"""Every limit that power contracts set, month by month, from a plan's decisions and its replayed hours."""

from __future__ import annotations

import numpy as np

from optimizer.proving.replay_dispatch import SiteLoads
from optimizer.proving.replay_frames import FloatArray
from optimizer.proving.replay_hosting import AiLoads
from optimizer.proving.replay_inputs import Decisions
from optimizer.proving.replay_programmes import AI_NAME, SITE_NAME, Programme
from optimizer.proving.replay_tightest import LimitReplay, tightest


def replay_power_limits(decisions: Decisions, ai_loads: AiLoads, loads: SiteLoads) -> list[LimitReplay]:
    """The tightest place of every kind of limit; none without power contracts."""
    if not decisions.programmes:
        return []
    return [
        *_fleet_limits(decisions),
        *_enrolment_limit(decisions),
        *_peak_limits(decisions, ai_loads, loads),
        *_programme_limits(
            decisions,
            "programme not negative",
            {
                (programme.label, name): (mw, np.zeros_like(mw))
                for programme in decisions.programmes
                for name, mw in programme.mw.items()
            },
        ),
    ]


def _fleet_limits(decisions: Decisions) -> list[LimitReplay]:
    fleets, months = decisions.portfolio.fleets, decisions.months
    active, energised, enrolled = decisions.active_mw, decisions.energised_mw, decisions.enrolled_mw

    def words(row: int, t: int) -> str:
        return f"fleet '{fleets[row].id}', {months.label(t)}"

    return [
        *tightest("active within energised", energised - active, "MW", energised, words),
        *tightest("active not negative", active, "MW", np.zeros((1, 1)), words),
        *tightest("enrolled within active", active - enrolled, "MW", active, words),
    ]


def _enrolment_limit(decisions: Decisions) -> list[LimitReplay]:
    limited = [row for row in decisions.of_kind("demand_response") if row.record.max_mw is not None]
    enrolled = {
        (programme.label, SITE_NAME): (
            np.full(programme.in_force.size, programme.record.max_mw, dtype=np.float64),
            np.sum(list(programme.by_fleet.values()), axis=0) + np.zeros(programme.in_force.size),
        )
        for programme in limited
    }
    return _programme_limits(decisions, "demand response size", enrolled)


def _peak_limits(decisions: Decisions, ai_loads: AiLoads, loads: SiteLoads) -> list[LimitReplay]:
    """No load above what is paid for: of the site in any hour, of fleets and AI in the hours of the peak."""
    of_site = {
        (programme.label, SITE_NAME): (programme.mw[SITE_NAME], _where_in_force(programme, loads.peak_mw))
        for programme in decisions.of_kind("demand_charge")
    }
    of_loads: dict[tuple[str, str], tuple[FloatArray, FloatArray]] = {}
    for programme in decisions.of_kind("coincident_peak"):
        of_loads[programme.label, AI_NAME] = programme.mw[AI_NAME], _where_in_force(programme, ai_loads.billed)
        for name, fleet in programme.fleets.items():
            of_loads[programme.label, name] = programme.mw[name], loads.paid_mw[programme.label, fleet]
    return [
        *_programme_limits(decisions, "site load paid for", of_site),
        *_programme_limits(decisions, "peak load paid for", of_loads),
    ]


def _where_in_force(programme: Programme, by_site: FloatArray) -> FloatArray:
    return np.where(programme.in_force, by_site[programme.row], 0.0)


def _programme_limits(
    decisions: Decisions, name: str, sides: dict[tuple[str, str], tuple[FloatArray, FloatArray]]
) -> list[LimitReplay]:
    """level >= part, given by contract and name, in every month."""
    if not sides:
        return []
    places = list(sides)
    level, part = (np.array([sides[place][side] for place in places]) for side in (0, 1))

    def words(position: int, t: int) -> str:
        label, who = places[position]
        return f"{label}{f' of {who!r}' if who else ''}, {decisions.months.label(t)}"

    return tightest(name, level - part, "MW", level, words)
