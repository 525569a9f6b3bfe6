"""The scenarios of a portfolio as arrays: what may happen to hashprice, power prices and building, and how likely."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sites.records import BASE_SCENARIO, Scenario

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ScenarioPaths:
    """Scenarios side by side; without any in the portfolio, the one that its hashprice table gives.

    names : of the scenarios. probability : of each; they add up to 1. [-]
    hashprice : scenarios x months. [USD/(PH/s day)]
    power_factor : of every hour's price before the adder; scenarios x months, the last value holds on. [-]
    build_delay_months : of each scenario, by which what is still to be delivered is late. [months]
    """

    names: tuple[str, ...]
    probability: FloatArray
    hashprice: FloatArray
    power_factor: FloatArray
    build_delay_months: IntArray

    @classmethod
    def certain(cls, hashprice: FloatArray) -> ScenarioPaths:
        """One scenario, in which nothing but the hashprice is said. [USD/(PH/s day)]"""
        return cls(
            (BASE_SCENARIO,), np.ones(1), hashprice[None, :], np.ones((1, hashprice.size)), np.zeros(1, dtype=np.int64)
        )

    @classmethod
    def equally_likely(cls, hashprice: FloatArray, power_factor: FloatArray) -> ScenarioPaths:
        """Paths of a market, numbered from 1; both arrays are paths x months. Building is on time in all of them."""
        count = hashprice.shape[0]
        names = tuple(f"path {number}" for number in range(1, count + 1))
        return cls(names, np.full(count, 1.0 / count), hashprice, power_factor, np.zeros(count, dtype=np.int64))

    @classmethod
    def of_table(cls, scenarios: Iterable[Scenario], hashprice: Mapping[str, FloatArray]) -> ScenarioPaths:
        """The scenarios of a table, in its order.

        hashprice : of every month, by the name of the price path. [USD/(PH/s day)]
        """
        rows = tuple(scenarios)
        prices = np.array([hashprice[row.hashprice] for row in rows])
        factor = np.array([row.power_factor for row in rows])
        return cls(
            names=tuple(row.id for row in rows),
            probability=np.array([row.probability for row in rows]),
            hashprice=prices,
            power_factor=np.repeat(factor[:, None], prices.shape[1], axis=1),
            build_delay_months=np.array([row.build_delay_months for row in rows], dtype=np.int64),
        )

    @property
    def count(self) -> int:
        """Number of scenarios."""
        return len(self.names)

    def only(self, position: int) -> ScenarioPaths:
        """One of the scenarios as if it were certain."""
        rows = slice(position, position + 1)
        return ScenarioPaths(
            self.names[rows],
            np.ones(1),
            self.hashprice[rows],
            self.power_factor[rows],
            self.build_delay_months[rows],
        )

    @property
    def expected_hashprice(self) -> FloatArray:
        """Mean of the price paths, month by month. [USD/(PH/s day)]"""
        return np.asarray(self.probability @ self.hashprice)
