"""What one child process knows: portfolios that it was given, and their programmes kept warm."""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from optimizer.capital.ledger import Ledger
from optimizer.compiling import compile_portfolio
from optimizer.errors import InfeasiblePlanError
from optimizer.frames import allocation_frame, contracts_frame
from optimizer.infeasible import explain
from optimizer.outcome import Outcome, outcome_of
from optimizer.pins import Pin
from optimizer.planning import plan
from optimizer.warm import Solved, WarmModel
from optimizer.what_if_frames import ai_share, mean_hashrate
from optimizer.workbench.limits import LIVE_SEARCH_S, MOST_WARM, refuse_giant
from optimizer.workbench.states import State
from sites.portfolio import Portfolio

Say = Callable[[str], None]


@dataclass(frozen=True)
class Answer:
    """The best plan of a changed copy, as far as a page shows it while it is being changed.

    outcome : its figures. allocation, contracts : as the tables of a plan of these names; reservation prices are not
    looked for.
    """

    portfolio: Portfolio
    outcome: Outcome
    allocation: pd.DataFrame
    contracts: pd.DataFrame


@dataclass
class _Warm:
    """A portfolio's programme as it was last solved, and the outcome of the portfolio itself."""

    model: WarmModel | None = None
    base: Outcome | None = None


@dataclass
class Desk:
    """The portfolios of one child by their keys, the last used ones last."""

    portfolios: OrderedDict[str, Portfolio] = field(default_factory=OrderedDict)
    warm: OrderedDict[tuple[str, bool], _Warm] = field(default_factory=OrderedDict)

    def take(self, key: str, pickled: bytes | None) -> Portfolio | None:
        """The portfolio of a key; None if it is not known here and was not given along."""
        if pickled is not None:
            self.portfolios[key] = pickle.loads(pickled)  # made by a child of this server
        if key in self.portfolios:
            self.portfolios.move_to_end(key)
        while len(self.portfolios) > MOST_WARM:
            self.portfolios.popitem(last=False)
        return self.portfolios.get(key)

    def answer(self, key: str, state: State) -> tuple[Answer, Outcome]:
        """The best plan of a copy, and the outcome of the portfolio without any change.

        Raises
        ------
        PortfolioError : the changes are wrong. InfeasiblePlanError : no plan keeps the limits of the copy.
        """
        portfolio = self.portfolios[key]
        copy, pins = state.applied(portfolio)
        refuse_giant(copy)
        warm = self.warm.setdefault((key, state.financing), _Warm())
        self.warm.move_to_end((key, state.financing))
        while len(self.warm) > MOST_WARM:
            self.warm.popitem(last=False)
        given = state.given(portfolio)
        if warm.base is None:
            warm.base = self._base(warm, given)
        return self._solved(warm, copy, pins), warm.base

    def _base(self, warm: _Warm, given: Portfolio) -> Outcome:
        refuse_giant(given)
        try:
            return self._solved(warm, given, ()).outcome
        except InfeasiblePlanError as error:
            return Outcome("infeasible", why=error.clashes)

    def _solved(self, warm: _Warm, copy: Portfolio, pins: tuple[Pin, ...]) -> Answer:
        if copy.risk.cvar_weight and copy.scenario_paths.count > 1:
            return _planned(copy, pins)
        try:
            if warm.model is None:
                warm.model = WarmModel(copy, pins=pins, time_limit=LIVE_SEARCH_S)
                return _read_off(copy, warm.model.base)
            warm.model.pins = pins
            return _read_off(copy, warm.model.solve(copy))
        except InfeasiblePlanError as error:
            raise InfeasiblePlanError(explain(*compile_portfolio(copy, pins)) or error.clashes) from None
        except Exception:
            warm.model = None
            raise


def _read_off(copy: Portfolio, solved: Solved) -> Answer:
    p = solved.p
    ledger = Ledger.of(p, solved.matrices, solved.solution.x, solved.operations)
    added = np.zeros_like(p.capacity_mw) if ledger is None else ledger.added_mw(len(p.sites))
    allocation = allocation_frame(p, solved.operations, added)
    return Answer(copy, outcome_of(solved), allocation, contracts_frame(p, solved.operations, {}))


def _planned(copy: Portfolio, pins: tuple[Pin, ...]) -> Answer:
    """Where bad scenarios count in the objective no programme is kept warm: the copy is planned."""
    found = plan(copy, pins=pins, time_limit=LIVE_SEARCH_S, full=False)
    figures = {name: float(found.summary[name]) for name in ("npv_usd", "capex_usd", "peak_ai_mw", "cash_low_usd")}
    figures |= {"ai_share": ai_share(found), "hashrate_eh_s": mean_hashrate(found)}
    taken = found.frames.contracts.groupby("contract")["mw"].sum()
    outcome = Outcome(found.status, figures, {str(name): float(mw) for name, mw in taken.items()})
    return Answer(copy, outcome, found.frames.allocation, found.frames.contracts)
