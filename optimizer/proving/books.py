"""The monthly frames of a plan against its replay: fleets, allocation and cash flow, number by number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.proving.checks import HALF_A_CENT_USD, SMALL_QUANTITY, Check, FloatArray, agreement
from optimizer.proving.replay import HOURLY_LINES, LINES, Replay
from optimizer.proving.replay_frames import IntArray, ReplayError, numbers, positions

if TYPE_CHECKING:
    import pandas as pd


def site_month_words(replay: Replay, row: int, t: int) -> str:
    """A site and month as a reader would name them."""
    return f"site '{replay.decisions.portfolio.sites[row].id}', {replay.decisions.months.label(t)}"


def fleet_checks(replay: Replay, frame: pd.DataFrame) -> list[Check]:
    """MW, hours, energy, hashrate and money of every fleet and month."""
    decisions, mining, energised = replay.decisions, replay.mining, replay.decisions.energised_mw
    fleets, months = decisions.portfolio.fleets, decisions.months
    fleet, t = positions(
        frame, "fleets", ("fleet", "month"), ([record.id for record in fleets], months.labels), complete=True
    )
    ph_s = (decisions.tiers.highest_ph_s_per_mw / decisions.month_hours[:, None]).T
    expected: dict[str, tuple[FloatArray, FloatArray | float]] = {
        "active_mw": (mining.active_mw, replay.unsure_mw),
        "enrolled_mw": (decisions.enrolled_mw, 0.0),
        "mining_mw": (mining.mining_mw, replay.unsure_mw),
        "energy_mwh": (mining.energy_mwh, replay.unsure_mwh),
        "hashrate_ph_s": (mining.hashrate_ph_s, replay.unsure_mwh * ph_s),
        "peak_charge_usd": (decisions.fleet_charges("coincident_peak"), HALF_A_CENT_USD),
        "demand_response_usd": (decisions.fleet_charges("demand_response"), HALF_A_CENT_USD),
    }
    for column in ("revenue_usd", "pool_fee_usd", "power_usd", "variable_opex_usd", "fixed_opex_usd"):
        expected[column] = (getattr(mining, column), mining.undecided_usd + HALF_A_CENT_USD)
    expected["run_hours"] = (mining.run_hours, replay.unsure_hours)
    found = []
    for column, (replayed, allowed) in expected.items():
        stated = np.zeros_like(energised)
        stated[fleet, t] = numbers(frame, "fleets", column)
        found.append(
            agreement(
                f"fleets: {column}",
                stated,
                replayed,
                lambda row, month: f"fleet '{fleets[row].id}', {months.label(month)}",
                allowed + SMALL_QUANTITY,
            )
        )
    return found


def cashflow_checks(replay: Replay, frame: pd.DataFrame) -> list[Check]:
    """Every line of the cash flow, by site and month."""
    decisions = replay.decisions
    sites = [site.id for site in decisions.portfolio.sites]
    frame = frame[frame["site"] != ""]  # those of capital are checked with its books
    row, t, line = positions(
        frame, "cashflow", ("site", "month", "line"), (sites, decisions.months.labels, LINES), complete=True
    )
    stated = np.zeros((len(LINES), *decisions.shape))
    stated[line, row, t] = numbers(frame, "cashflow", "usd")
    found = []
    for position, name in enumerate(LINES):
        allowed = HALF_A_CENT_USD + (replay.undecided_usd if name in HOURLY_LINES else 0.0)
        found.append(
            agreement(
                f"cashflow: {name}",
                stated[position],
                replay.lines[name],
                lambda site, month: site_month_words(replay, site, month),
                allowed,
            )
        )
    return found


def allocation_checks(replay: Replay, frame: pd.DataFrame, fleets: pd.DataFrame) -> list[Check]:
    """MW by use: each row, and that the rows of a site and month add up to its capacity."""
    decisions = replay.decisions
    months, sites = decisions.months, [site.id for site in decisions.portfolio.sites]
    row, t = (
        positions(frame, "allocation", (column,), (names,), unique=False)[0]
        for column, names in (("site", sites), ("month", months.labels))
    )
    mw = numbers(frame, "allocation", "mw")
    total = np.zeros(decisions.shape)
    np.add.at(total, (row, t), mw)
    users = _Users(replay)
    user = users.of_frame(frame)
    spot = row * months.months + t
    stated = (spot, user, mw)
    return [
        agreement(
            "allocation: rows add up to capacity",
            total,
            replay.capacity_mw,
            lambda site, month: site_month_words(replay, site, month),
        ),
        users.compare(stated, users.expected(fleets)),
    ]


Entries = tuple[IntArray, IntArray, FloatArray]


class _Users:
    """What MW of a site may be used for, numbered: each fleet, each contract, each contract's building, nothing."""

    def __init__(self, replay: Replay) -> None:
        portfolio = replay.decisions.portfolio
        self.replay = replay
        self.horizon = replay.decisions.months.months
        self.names = [
            *(("mining", fleet.id) for fleet in portfolio.fleets),
            *(("ai", offer.id) for offer in portfolio.contracts),
            *(("construction", offer.id) for offer in portfolio.contracts),
            ("idle", ""),
        ]
        self.number = {name: position for position, name in enumerate(self.names)}

    def of_frame(self, frame: pd.DataFrame) -> IntArray:
        """The users that the rows of an allocation name."""
        pairs = zip(frame["use"].tolist(), frame["name"].tolist(), strict=True)
        users = [self.number.get((use, "" if use == "idle" else name), -1) for use, name in pairs]
        if -1 in users:
            line = users.index(-1)
            use, name = frame["use"].iloc[line], frame["name"].iloc[line]
            raise ReplayError(f"allocation, row {line + 2}: no use '{use}' by '{name}' is known")
        return np.array(users, dtype=np.int64)

    def expected(self, fleets: pd.DataFrame) -> Entries:
        """What the allocation should hold: spots (site and month), users and MW, several entries adding up."""
        decisions = self.replay.decisions
        keys = ([fleet.id for fleet in decisions.portfolio.fleets], decisions.months.labels)
        fleet, t = positions(fleets, "fleets", ("fleet", "month"), keys)
        mining = numbers(fleets, "fleets", "mining_mw")
        entries = [(decisions.fleet_site[fleet] * self.horizon + t, fleet, mining)]
        idle = self.replay.capacity_mw - self.replay.occupancy.ai
        np.add.at(idle, (decisions.fleet_site[fleet], t), -mining)
        everywhere = np.arange(idle.size)
        entries.append((everywhere, np.full(idle.size, self.number["idle", ""]), idle.ravel()))
        for delivery in decisions.deliveries:
            gross = delivery.offer.gross_ratio * delivery.mw
            released, tau = max(0, delivery.released(self.horizon)), max(0, delivery.tau)
            for use, begin, end in (("construction", max(0, delivery.occupied_from), tau), ("ai", tau, released)):
                spots = delivery.row * self.horizon + np.arange(begin, min(end, self.horizon))
                user = np.full(spots.size, self.number[use, delivery.offer.id])
                entries.append((spots, user, np.full(spots.size, gross)))
        spots, users, mw = (np.concatenate(parts) for parts in zip(*entries, strict=True))
        return spots, users, mw

    def compare(self, stated: Entries, expected: Entries) -> Check:
        """Add up both sides by spot and user, and keep the largest difference."""
        keys = np.concatenate([spot * len(self.names) + user for spot, user, _ in (stated, expected)])
        places, place_of = np.unique(keys, return_inverse=True)
        sums = np.zeros((2, places.size))
        side = np.repeat([0, 1], [stated[0].size, expected[0].size])
        np.add.at(sums, (side, place_of), np.concatenate([stated[2], expected[2]]))
        return agreement("allocation: MW by use", sums[0], sums[1], lambda place: self._words(int(places[place])))

    def _words(self, key: int) -> str:
        spot, user = divmod(key, len(self.names))
        use, name = self.names[user]
        where = site_month_words(self.replay, *divmod(spot, self.horizon))
        return f"{where}, {use} '{name}'" if name else f"{where}, {use}"
