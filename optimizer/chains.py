"""Running totals over starts: MW occupied, taken from mining halls, or under construction.

A start changes such a total in two months at most. Carrying the total as a variable from one change
to the next needs a handful of coefficients per start where writing every start into every month's
limit would need hundreds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.horizon import FloatArray, IntArray


@dataclass(frozen=True)
class Changes:
    """How starts change a total; one entry per change.

    group : which total (a site, a counterparty, ...). month : from which month on.
    start : which start. mw : change per signed critical MW, negative when it ends. [MW/MW]
    """

    group: IntArray
    month: IntArray
    start: IntArray
    mw: FloatArray

    @classmethod
    def spans(cls, group: IntArray, start: IntArray, first: IntArray, end: IntArray, mw: FloatArray) -> Changes:
        """Changes that add `mw` at `first` and take it away again at `end`; empty spans are left out."""
        held = end > first
        group, start, first, end, mw = group[held], start[held], first[held], end[held], mw[held]
        return cls(
            group=np.concatenate([group, group]),
            month=np.concatenate([first, end]),
            start=np.concatenate([start, start]),
            mw=np.concatenate([mw, -mw]),
        )

    def before(self, months: int) -> Changes:
        """The changes inside the horizon."""
        inside = self.month < months
        return Changes(self.group[inside], self.month[inside], self.start[inside], self.mw[inside])


@dataclass(frozen=True)
class Chain:
    """The totals of all groups, one state per group and month of change, in that order.

    group, month : of each state; it holds from its month to the group's next state.
    previous : position of the group's state before it, or -1.
    pointer, start, mw : the changes at each state, state s owning the entries pointer[s] .. pointer[s + 1].
    at : state of every group (row) in every month (column), or -1 before the first change.
    """

    group: IntArray
    month: IntArray
    previous: IntArray
    pointer: IntArray
    start: IntArray
    mw: FloatArray
    at: IntArray

    @property
    def count(self) -> int:
        """Number of states."""
        return self.month.size

    @classmethod
    def of(cls, changes: Changes, groups: int, months: int) -> Chain:
        """Collect the changes inside the horizon into states."""
        changes = changes.before(months)
        key = changes.group * months + changes.month
        states, state_of = np.unique(key, return_inverse=True)
        order = np.lexsort((changes.start, state_of))
        group, month = states // months, states % months
        previous = np.where(np.diff(group, prepend=-1) == 0, np.arange(states.size) - 1, -1)
        marks = np.full((groups, months), -1, dtype=np.int64)
        marks[group, month] = np.arange(states.size)
        return cls(
            group=group,
            month=month,
            previous=previous,
            pointer=np.searchsorted(state_of[order], np.arange(states.size + 1)),
            start=changes.start[order],
            mw=changes.mw[order],
            at=np.maximum.accumulate(marks, axis=1),
        )
