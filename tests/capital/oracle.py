"""The best plan with capital by brute force: every month, every scenario and every rule written out.

It reads plain tables and shares no code with the product. Power is at flat prices. What each offer and fleet earns in
a month is in :mod:`capital.flows`, what can be owned in :mod:`capital.assets`, what pays for it in
:mod:`capital.finance`; here they meet in one programme that scipy solves.

How the oracle reads the model where it leaves a choice:

- ``min_cash_usd`` holds on the mean path whatever the scope of the liquidity.
- Overhead and tax lower the NPV in their months, at the discount rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from capital.assets import (
    MILLION,
    Assets,
    add_closures,
    add_expansions,
    add_halls,
    add_machines,
    zeros,
)
from capital.finance import Books, add_coin, add_loan, add_loan_rules, add_shares, add_tax, no_coin
from capital.flows import worlds_of
from capital.linear import Programme, Sum, total
from capital.uses import Uses
from oracle_money import Row, Tables, committed_mw, month_index, value


@dataclass(frozen=True)
class Answer:
    """The best plan: its objective and NPV, and figures of it month by month. [USD, MW]"""

    objective_usd: float
    npv_usd: float
    months: Mapping[str, list[float]]


class Oracle:
    """The programme of one portfolio."""

    def __init__(self, tables: Tables) -> None:
        """Write every column and rule."""
        self.tables, self.lp = tables, Programme()
        worlds, self.probability = worlds_of(tables)
        self.world = worlds[0]
        self.months = range(self.world.months)
        self.rate = np.array([self.world.discount(t, self.world.rate) for t in self.months])
        self.assets = Assets(self.world)
        add_machines(self.lp, self.assets, tables)
        add_halls(self.lp, self.assets, tables)
        add_expansions(self.lp, self.assets, tables)
        add_closures(self.lp, self.assets)
        self.uses = Uses(self.lp, tables, self.assets)
        self._add_money()
        self._add_objective()

    def answer(self) -> Answer:
        """The best plan. Raises NoPlanError when there is none."""
        x = self.lp.best(self.objective)
        months = {name: [part.at(x) for part in flow] for name, flow in self.reported.items()}
        return Answer(self.objective.at(x) * MILLION, self.uses.mean(self.npv).at(x) * MILLION, months)

    def _add_money(self) -> None:
        tables, world, lp, a = self.tables, self.world, self.lp, self.assets
        self.operating = [self.uses.operating(scenario) for scenario in range(len(self.probability))]
        mean_operating = [self.uses.mean([flow[t] for flow in self.operating]) for t in self.months]
        account = tables.get("liquidity")
        overhead = np.zeros(world.months)
        if account:
            growth = 1.0 + float(value(account, "overhead_escalation", 0.0))
            first = float(value(account, "overhead_usd_per_month", 0.0)) / MILLION
            overhead = np.array([first * growth ** (t // 12) for t in self.months])
        self.debts = [add_loan(lp, world, row) for row in tables.get("loans", [])]
        for debt in self.debts:
            if value(debt.row, "contract", ""):
                name = debt.row["contract"]
                add_loan_rules(
                    lp, world, debt, self.uses.mean_flow("capex", name), self.uses.mean_flow("net_rent", name)
                )
        shares = [add_shares(lp, world, row) for row in tables.get("equity", [])]
        coin = add_coin(lp, world, tables["treasury"]) if tables.get("treasury") else no_coin(world)
        each = {
            name: [total(getattr(debt, name)[t] for debt in self.debts) for t in self.months]
            for name in ("drawn", "fee", "interest", "principal", "owed")
        }
        raised = [total(part[0][t] for part in shares) for t in self.months]
        cost_of_shares = [total(part[1][t] for part in shares) for t in self.months]
        tax = zeros(world.months)
        if tables.get("tax"):
            income = [
                mean_operating[t] - overhead[t] - each["interest"][t] - each["fee"][t]
                + a.sold[t] + coin.gain[t] - a.deductible[t]
                for t in self.months
            ]  # fmt: skip
            tax = add_tax(lp, world, tables["tax"], Books(income, [*a.in_use, *self.uses.in_use()]))
        # What is the same in every scenario, in the account and, but for what is owed and held, in the NPV.
        capex = self.uses.mean_flow("capex")
        plan = [
            a.sold[t] - a.spent[t] + each["drawn"][t] - each["fee"][t] - each["interest"][t] - each["principal"][t]
            - cost_of_shares[t] - overhead[t] - tax[t]
            for t in self.months
        ]  # fmt: skip
        common = [float(self.rate[t]) * (plan[t] + coin.proceeds[t]) for t in self.months]
        last = float(self.rate[-1])
        at_end = [a.residual, -each["owed"][-1], float(coin.price[-1]) / MILLION * coin.left]
        self.common = total([*common, *(last * part for part in at_end)])
        self.reported = {"tax": tax, "operating": mean_operating, **each, "coin_sold": coin.sold}
        if account:
            rest = [plan[t] + raised[t] - capex[t] for t in self.months]
            cash = self._add_account(account, mean_operating, rest, coin.proceeds)
            self.reported["cash"] = cash
            self._add_covenants(account, cash, each, [flow - overhead[t] for t, flow in enumerate(mean_operating)])
            self._add_scenario_accounts(account, rest, coin.proceeds)

    def _add_account(self, account: Row, operating: list[Sum], rest: list[Sum], coin: list[Sum]) -> list[Sum]:
        """Cash at the end of every month, at least the minimum."""
        held, cash = total([float(account["opening_cash_usd"]) / MILLION]), []
        for t in self.months:
            held = held + operating[t] + rest[t] + coin[t]
            self.lp.at_most(float(value(account, "min_cash_usd", 0.0)) / MILLION, held)
            cash.append(held)
        return cash

    def _add_covenants(self, account: Row, cash: list[Sum], each: Mapping[str, list[Sum]], income: list[Sum]) -> None:
        begin = value(account, "covenants_from", None)
        most, least = value(account, "max_debt_to_income", None), value(account, "min_dscr", None)
        net_rent = self.uses.mean_flow("net_rent")
        for t in range(0 if begin is None else max(0, month_index(begin) - self.world.start), self.world.months):
            if most is not None:
                self.lp.at_most(each["owed"][t] - cash[t], float(most) * 12.0 * net_rent[t])
            if least is not None:
                self.lp.at_most(float(least) * (each["interest"][t] + each["principal"][t]), income[t])

    def _add_scenario_accounts(self, account: Row, rest: list[Sum], coin: list[Sum]) -> None:
        """The account of every scenario that counts, with sales of coin of its own where they are free."""
        scope = value(account, "scope", "base")
        if scope == "base":
            return
        left_out = set()
        if scope == "all_but_worst":
            room = float(value(account, "worst_share", 0.05)) + 1e-12
            idle = [self._idle_npv(scenario) for scenario in range(len(self.probability))]
            for scenario in np.argsort(idle, kind="stable").tolist():
                room -= float(self.probability[scenario])
                if room < 0.0:
                    break
                left_out.add(scenario)
        treasury = self.tables.get("treasury")
        free = bool(treasury) and value(treasury, "policy", "free") == "free"
        for scenario, operating in enumerate(self.operating):
            if scenario not in left_out:
                own = add_coin(self.lp, self.world, treasury).proceeds if free else coin
                self._add_account(account, operating, rest, own)

    def _idle_npv(self, scenario: int) -> float:
        """What a scenario is worth when nothing is decided: every fleet runs as it pays, what is signed is served."""
        world, flows = self.uses.worlds[scenario], self.uses.flows[scenario]
        signed = sum(start.npv * committed_mw(self.uses.offers[name]) for (name, _, _), start in flows.items())
        mined = (
            world.mining_value(fleet, t) * world.installed(fleet, t) * float(self.rate[t])
            for fleet in world.fleets
            for t in self.months
        )
        return signed + sum(mined) / MILLION

    def _add_objective(self) -> None:
        self.npv = []
        for scenario in range(len(self.probability)):
            ai = total(self.uses.flows[scenario][key].npv * mw for key, mw in self.uses.ai.items())
            mining = total(
                float(self.rate[t]) * (self.uses.mining_margin(t, scenario) - self.uses.site_costs(t))
                for t in self.months
            )
            self.npv.append(ai + mining + self.common)
        risk = self.tables.get("risk", {})
        weight, alpha = float(value(risk, "cvar_weight", 0.0)), float(value(risk, "cvar_alpha", 0.05))
        self.objective = (1.0 - weight) * self.uses.mean(self.npv)
        if weight > 0.0:
            level = self.lp.column(low=-np.inf)
            short = [self.lp.column() for _ in self.npv]
            for npv, below in zip(self.npv, short, strict=True):
                self.lp.at_most(level - npv, below)
            self.objective = self.objective + weight * (level - 1.0 / alpha * self.uses.mean(short))


def best(tables: Tables) -> Answer:
    """The best plan of these tables. Raises NoPlanError when there is none."""
    return Oracle(tables).answer()
