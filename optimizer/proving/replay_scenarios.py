"""The scenarios that a plan is replayed in, read from the portfolio's tables a second time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.proving.replay_calendar import Calendar, calendar_of
from optimizer.proving.replay_frames import FloatArray
from sites.portfolio import Portfolio
from sites.records import BASE_SCENARIO


@dataclass(frozen=True)
class Lived:
    """One scenario as it comes to pass.

    name, probability : of the scenario. hashprice : of every month of the horizon. [USD per PH/s per day]
    power_factor : of every month; the last one holds on. delay : of building, where it is not over yet. [months]
    """

    name: str
    probability: float
    hashprice: FloatArray
    power_factor: FloatArray
    delay: int

    def factor(self, t: int) -> float:
        """What power prices are multiplied by in a month, which may lie beyond the horizon. [-]"""
        return float(self.power_factor[min(t, self.power_factor.size - 1)])


def lived_scenarios(portfolio: Portfolio, months: Calendar) -> list[Lived]:
    """Every scenario of a portfolio; the hashprice table alone is one."""
    paths = hashprice_by_month(portfolio, months)
    if portfolio.scenarios:
        return [
            Lived(
                row.id,
                row.probability,
                paths[row.hashprice],
                np.full(months.months, row.power_factor),
                row.build_delay_months,
            )
            for row in portfolio.scenarios
        ]
    if portfolio.risk.paths is None:
        return [Lived(BASE_SCENARIO, 1.0, paths[BASE_SCENARIO], np.ones(months.months), 0)]
    drawn = portfolio.scenario_paths
    columns = drawn.names, drawn.probability, drawn.hashprice, drawn.power_factor, drawn.build_delay_months
    return [
        Lived(name, float(probability), hashprice, factor, int(delay))
        for name, probability, hashprice, factor, delay in zip(*columns, strict=True)
    ]


def only_scenario(portfolio: Portfolio) -> Lived:
    """The scenario of a portfolio that has no other."""
    (lived,) = lived_scenarios(portfolio, calendar_of(portfolio))
    return lived


def hashprice_by_month(portfolio: Portfolio, months: Calendar) -> dict[str, FloatArray]:
    """Hashprice of every month by price path: the last one given at or before it. [USD per PH/s per day]"""
    paths: dict[str, FloatArray] = {}
    for record in sorted(portfolio.hashprice, key=lambda record: record.month):
        path = paths.setdefault(record.scenario, np.zeros(months.months))
        path[max(0, months.position(record.month)) :] = record.usd_per_ph_day
    return paths


def mean_of(scenarios: list[Lived]) -> Lived:
    """Mean hashprice and power factor; the delay of a mean is none that a deal could have."""
    weights = np.array([lived.probability for lived in scenarios])
    return Lived(
        "mean",
        1.0,
        weights @ np.array([lived.hashprice for lived in scenarios]),
        weights @ np.array([lived.power_factor for lived in scenarios]),
        0,
    )
