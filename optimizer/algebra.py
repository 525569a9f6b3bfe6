"""The programme's algebra: terms, rows and variables as Pyomo takes them fastest, as lists of coefficients."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pyomo.environ as pyo
from pyomo.core.expr.numeric_expr import LinearExpression

from optimizer.chains import Chain
from optimizer.horizon import FloatArray

Term = tuple[float, Any]


class Scoped:
    """A model as one scenario sees it: some components are its own and bear its mark, all others are shared."""

    def __init__(self, model: Any, mark: str, own: Sequence[str]) -> None:
        """See `model` with the components named in `own` under names that end in `mark`."""
        self._model, self._mark, self._own = model, mark, frozenset(own)

    def __getattr__(self, name: str) -> Any:
        """A component by the name that the formulation uses."""
        return getattr(self._model, f"{name}{self._mark}" if name in self._own else name)

    def add_component(self, name: str, component: Any) -> None:
        """Add a component that is the scenario's own."""
        self._model.add_component(f"{name}{self._mark}", component)


def linear(terms: Iterable[Term], constant: float = 0.0) -> LinearExpression:
    """A constant plus a sum of coefficient times variable."""
    listed = list(terms)
    return LinearExpression(
        constant=constant, linear_coefs=[c for c, _ in listed], linear_vars=[variable for _, variable in listed]
    )


def add_variable(model: Any, name: str, lower: FloatArray, upper: FloatArray, *, whole: bool = False) -> None:
    """One indexed variable with its bounds, in MW, or a whole number."""
    bounds = list(zip(lower.tolist(), upper.tolist(), strict=True))
    domain = pyo.Integers if whole else pyo.Reals
    index = pyo.RangeSet(0, len(bounds) - 1)
    model.add_component(name, pyo.Var(index, domain=domain, bounds=lambda _, position: bounds[position]))


def add_rows(model: Any, name: str, index: Sequence[int], rule: Callable[[int], tuple[Any, Any, Any]]) -> None:
    """One family of constraints `lower <= expression <= upper`, its index being positions."""
    model.add_component(name, pyo.Constraint(list(index), rule=lambda _, position: rule(position)))


def add_running_total(model: Any, name: str, chain: Chain) -> None:
    """total[s] = total[previous(s)] + sum over changes at s of mw * signed_mw[start]"""
    total, signed = list(getattr(model, name).values()), list(model.signed_mw.values())
    previous, pointer = chain.previous.tolist(), chain.pointer.tolist()
    start, mw = chain.start.tolist(), chain.mw.tolist()

    def balance(s: int) -> tuple[Any, Any, Any]:
        terms: list[Term] = [(1.0, total[s])]
        if previous[s] >= 0:
            terms.append((-1.0, total[previous[s]]))
        terms.extend((-mw[e], signed[start[e]]) for e in range(pointer[s], pointer[s + 1]))
        return 0.0, linear(terms), 0.0

    add_rows(model, f"{name}_balance", range(chain.count), balance)


def state_term(total: Sequence[Any], state: int, coefficient: float = 1.0) -> list[Term]:
    """The term of a running total, none before its first change."""
    return [(coefficient, total[state])] if state >= 0 else []
