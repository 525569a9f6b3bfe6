"""Cash in every scenario: rows that enter the programme when a plan breaks them.

A plan's orders, loans and shares are the same in every scenario, its operating cash flow is not, and coin is sold as
the scenario asks. There are sales that keep the least cash in a scenario exactly when, for all weights pi of the months
that add up to 1, the weighted cash before coin plus the most that sales can add to it is the least cash; each pi is a
row of the programme, linear in the plan. The one that a plan breaks most is found by a small programme of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from optimizer.capital.finance import THOUSAND_BTC
from optimizer.errors import ScenarioError, SolverError
from optimizer.formulation_cash import MONEY_SCALE
from optimizer.horizon import USD_PER_USD_M, FloatArray, IntArray
from optimizer.hosting import OfferProfile, cash_flows
from optimizer.matrices import Matrices, Members

if TYPE_CHECKING:
    from optimizer.parameters import Parameters

FAMILY = "scenario_cash"
# A month may fall short of the least cash by this much: a dollar. [USD million]
TOLERATED_USD_M = 1e-6
# How many scenarios get a row after a solve, the worst first, and how often rows are added.
MOST_ROWS, MOST_ROUNDS = 20, 500

Row = tuple[FloatArray, float, float, str, Members]


@dataclass
class ScenarioCash:
    """The rows that a programme has so far.

    tested : positions of the scenarios in which cash counts. added : scenario and weights of the months of every row.
    """

    p: Parameters
    tested: IntArray
    added: list[tuple[int, FloatArray]] = field(default_factory=list)
    _case_flows: dict[int, FloatArray] = field(default_factory=dict)

    @classmethod
    def of(cls, p: Parameters) -> ScenarioCash | None:
        """For a programme; None where cash counts on the mean only.

        Raises
        ------
        ScenarioError : its joint months are written out for every scenario.
        """
        terms = None if p.capital is None else p.capital.liquidity
        if terms is None or terms.scope == "base" or p.scenarios.count == 1:
            return None
        if p.own:
            raise ScenarioError(
                f"liquidity.scope is {terms.scope}, but a power contract makes the loads of a site depend on one "
                "another (a block without free resale, demand response, or a ratchet): with several scenarios least "
                "cash is then planned on the mean only; write scope: base, or drop that contract"
            )
        tested = np.arange(p.scenarios.count)
        if terms.scope == "all_but_worst":
            tested = without_worst(idle_npv(p), p.scenarios.probability, terms.worst_share)
        return cls(p, tested)

    def rows(self, matrices: Matrices, x: FloatArray) -> list[Row]:
        """Rows that a plan breaks, those of the scenarios that are worst.

        Raises
        ------
        SolverError : rows were added too often.
        """
        short = self._before_coin(matrices, x)
        least = self._least_usd_m
        found: list[tuple[float, int, FloatArray]] = []
        for row, position in enumerate(self.tested.tolist()):
            if short[row].min() >= least - TOLERATED_USD_M:
                continue
            level, weight = self._worst_months(short[row], position)
            if level < least - TOLERATED_USD_M:
                found.append((level, position, weight))
        if len(self.added) > MOST_ROWS * MOST_ROUNDS:
            raise SolverError("least cash in the scenarios is not settled")
        rows = []
        for _, position, weight in sorted(found, key=lambda entry: (entry[0], entry[1]))[:MOST_ROWS]:
            rows.append(self.row(matrices, position, weight, len(self.added)))
            self.added.append((position, weight))
        return rows

    def row(self, matrices: Matrices, position: int, weight: FloatArray, number: int) -> Row:
        """One row as a session takes it: coefficients, lower and upper side, name, family.

        position : of the scenario. weight : of every month; they add up to 1. [-]
        """
        p, coefficients = self.p, np.zeros(matrices.cost.size)
        later = np.cumsum(weight[::-1])[::-1]
        coefficients[matrices.columns("cash_usd_m")] = weight
        coefficients[matrices.columns("signed_mw")] = self._rent_apart(position) @ later
        fleet, period = p.blocks.fleet, p.blocks.period
        running = np.concatenate((np.zeros((len(p.fleets), 1)), np.cumsum(self._gain_apart(position) * later, 1)), 1)
        mining = running[fleet, p.periods.end[period]] - running[fleet, p.periods.first[period]]
        coefficients[matrices.columns("mining_mw")] = mining
        capital = p.capital
        if capital is not None and capital.coin is not None:
            sale = capital.coin.sale
            coefficients[matrices.columns(sale.name)] = -(later * capital.coin.price)[sale.month]
        coefficients = np.where(np.abs(coefficients) < 1e-9, 0.0, coefficients) * MONEY_SCALE
        side = (self._least_usd_m - self._most_from_coin(position, later)) * MONEY_SCALE
        name = f"{FAMILY}[{number},{p.horizon.label(0)}]"
        return coefficients, side, np.inf, name, Members(FAMILY, matrices.row_lower.size, np.array([number]))

    @property
    def _least_usd_m(self) -> float:
        capital = self.p.capital
        assert capital is not None  # `of` has made sure
        assert capital.liquidity is not None
        return capital.liquidity.min_cash_usd / USD_PER_USD_M

    def _before_coin(self, matrices: Matrices, x: FloatArray) -> FloatArray:
        """Cash of every tested scenario and month without free sales of coin: scenarios x months. [USD million]"""
        p, capital = self.p, self.p.capital
        assert capital is not None
        cash = x[matrices.columns("cash_usd_m")]
        if capital.coin is not None and capital.coin.sale.size:
            cash = cash - np.cumsum(x[matrices.columns(capital.coin.sale.name)] * capital.coin.price)
        from optimizer.judging.scenario_cash import scenario_cash_usd

        own = scenario_cash_usd(p, matrices, x) / USD_PER_USD_M
        apart = own - p.scenarios.probability @ own
        rows = self.tested.tolist()
        coin = np.array([self._fixed_coin_apart(position) for position in rows]).reshape(apart[self.tested].shape)
        return np.asarray(cash + np.cumsum(apart[self.tested] + coin, axis=1))

    def _gain_apart(self, position: int) -> FloatArray:
        """Margin of every fleet and month above the mean. [USD million/MW]"""
        p = self.p
        return np.asarray((p.mining.gain_usd[position] - p.margins.gain_usd) / USD_PER_USD_M)

    def _rent_apart(self, position: int) -> FloatArray:
        """Cash flow of every start above the mean of the scenarios: starts x months. [USD million/MW]"""
        p = self.p
        case = next(n for n, each in enumerate(p.hosting) if position in each.scenarios)
        if case not in self._case_flows:
            self._case_flows[case] = _running_flows(p, case)
        mean = (p.operating.net_rent + p.operating.demand_charge).toarray()
        return np.asarray(self._case_flows[case] - mean - self._dearer_power(position, case))

    def _dearer_power(self, position: int, case: int) -> FloatArray:
        """What the power of every start costs beyond the mean of the scenarios that are late alike. [USD million/MW]"""
        p, months = self.p, self.p.horizon.months
        each = p.hosting[case]
        paths, weight = p.scenarios.power_factor[each.scenarios], p.scenarios.probability[each.scenarios]
        mean = weight @ paths / weight.sum() if weight.sum() else paths.mean(axis=0)
        extra, cost = p.scenarios.power_factor[position] - mean, np.zeros((p.starts.count, months))
        if not extra.any():
            return cost
        per_factor, t = p.prices.bills_per_factor(months), np.arange(months)
        for start in range(p.starts.count):
            offer = p.starts.offers[int(p.starts.offer[start])]
            if offer.power == "included":
                earning, release = int(each.starts.earning[start]), int(p.starts.release[start])
                load = OfferProfile.of(offer, max(0, months - earning)).load
                inside = t[(t >= earning) & (t < release)]
                site = int(p.starts.site[start])
                cost[start, inside] = load[inside - earning] * per_factor[site, inside] * extra[inside] / USD_PER_USD_M
        return cost

    def _coin_price(self, position: int) -> FloatArray:
        """Price of coin in a scenario. [USD million per thousand BTC]"""
        by_scenario = self.p.portfolio.btc_price_by_scenario()
        assert by_scenario is not None
        return np.asarray(by_scenario[position] * THOUSAND_BTC / USD_PER_USD_M)

    def _fixed_coin_apart(self, position: int) -> FloatArray:
        capital = self.p.capital
        if capital is None or capital.coin is None or not capital.coin.fixed_sales.any():
            return np.zeros(self.p.horizon.months)
        return np.asarray(capital.coin.fixed_sales * (self._coin_price(position) - capital.coin.price))

    def _most_from_coin(self, position: int, later: FloatArray) -> float:
        """The most that sales of coin can add to the weighted cash. [USD million]"""
        capital = self.p.capital
        if capital is None or capital.coin is None:
            return 0.0
        coin = capital.coin
        fixed = float(self._fixed_coin_apart(position) @ later)
        if not coin.sale.size:
            return fixed
        worth, left, total = np.sort(later * self._coin_price(position))[::-1], coin.opening, 0.0
        for usd_m in worth.tolist():
            sold = min(left, coin.most)
            total, left = total + sold * usd_m, left - sold
        return total + fixed

    def _worst_months(self, short: FloatArray, position: int) -> tuple[float, FloatArray]:
        """The highest least cash that sales of coin can reach, and weights of the months that prove it."""
        capital, months = self.p.capital, short.size
        weight = np.zeros(months)
        if capital is None or capital.coin is None or not capital.coin.sale.size:
            weight[int(np.argmin(short))] = 1.0
            return float(short.min()), weight
        return highest_least_cash(short, self._coin_price(position), capital.coin.opening, capital.coin.most)


def highest_least_cash(short: FloatArray, price: FloatArray, opening: float, most: float) -> tuple[float, FloatArray]:
    """The highest level that cash can be kept at by selling coin, and the price of every month's limit.

    short : cash before coin. price : of coin. opening, most : coin held, and sold in a month at most.

    maximise z with z - sum_{u<=t} price[u] b[u] <= short[t], sum b <= opening, 0 <= b <= most
    """
    from optimizer.highs import check, load, new_highs

    months = short.size
    a = np.zeros((months + 1, months + 1))
    a[:months, :months] = -np.tril(np.ones((months, months))) * price
    a[:months, months] = 1.0
    a[months, :months] = 1.0
    wide = float(np.abs(short).max() + np.abs(price).max() * opening + 1.0)
    highs = new_highs()
    load(highs, _small(a, np.append(short, opening), np.append(np.full(months, most), wide), wide))
    check(highs.run(), "least cash in a scenario")
    solution = highs.getSolution()
    weight = np.maximum(0.0, -np.array(solution.row_dual)[:months])
    return float(solution.col_value[months]), weight / weight.sum()


def _small(a: FloatArray, upper: FloatArray, most: FloatArray, wide: float) -> Matrices:
    from optimizer.sparse import csc_matrix

    rows, columns = a.shape
    cost, lower = np.zeros(columns), np.zeros(columns)
    cost[-1], lower[-1] = -1.0, -wide
    names = tuple(str(row) for row in range(rows))
    return Matrices(
        cost=cost,
        a=csc_matrix(a),
        row_lower=np.full(rows, -np.inf),
        row_upper=upper,
        col_lower=lower,
        col_upper=most,
        row_names=names,
        col_names=tuple(str(column) for column in range(columns)),
        offset=0.0,
        integer=np.zeros(columns, dtype=np.bool_),
    )


def _running_flows(p: Parameters, case: int) -> FloatArray:
    """Cash flows of one critical MW of every start without capex, where building is late alike. [USD million/MW]"""
    each, months = p.hosting[case], p.horizon.months
    flows = np.zeros((p.starts.count, months))
    for start in range(p.starts.count):
        lines = cash_flows(each.starts, start, each.ai_costs, months)
        flows[start] = sum(usd for line, usd in lines.items() if line != "capex")
    return flows / USD_PER_USD_M


def idle_npv(p: Parameters) -> FloatArray:
    """NPV of doing nothing new in every scenario, mining filled into each site by margin. [USD million]"""
    committed = np.where(p.starts.committed_mw > 0.0, p.upper_mw, 0.0)
    return p.scenario_values.npv_usd_m(committed, np.minimum(p.blocks.mw, _standing(p)))


def _standing(p: Parameters) -> FloatArray:
    """MW that stand in the fleet of every block when the plan starts. [MW]"""
    return np.array([fleet.mw for fleet in p.fleets], dtype=np.float64)[p.blocks.fleet]


def without_worst(npv: FloatArray, probability: FloatArray, share: float) -> IntArray:
    """Positions of the scenarios that are left when the worst are taken away, up to a probability in all."""
    order = np.argsort(npv, kind="stable")
    dropped = np.cumsum(probability[order]) <= share + 1e-12
    return np.sort(order[~dropped])


def stored_rows(added: Sequence[tuple[int, FloatArray]], months: int) -> FloatArray:
    """The added rows as numbers: the scenario, then the weight of every month; rows x (1 + months)."""
    return np.array([[float(position), *weight] for position, weight in added]).reshape(-1, 1 + months)
