"""Series on the days of a frame: several files of one quantity put together, short gaps filled, long ones told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from sites.findings import Finding
from sites.network_history import scale
from sites.network_history.quantities import UNITS, Base, Quantity, Series, Unit
from sites.network_history.scale import DayArray, FloatArray

# Between neighbours of a file with every fourth day; what lies farther apart is a gap.
FARTHEST_NEIGHBOURS = 4
# Days for which a difficulty is held: since 2010 no retarget took longer than a month.
LONGEST_STEP = 40
_SHOWN_GAPS = 5


@dataclass
class Account:
    """What was found and done so far: faults, warnings, and one sentence for everything else."""

    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def fault(self, finding: Finding | None) -> None:
        """Adds a fault, where there is one."""
        if finding is not None:
            self.errors.append(finding)


def placed(one: Series, days: DayArray, price: FloatArray | None = None, unit: Unit | None = None) -> FloatArray:
    """A series on the days of a frame, NaN where it has none; amounts in USD become BTC at the day's price.

    unit : as if the file were in this unit; its own when absent.
    """
    meant = unit or one.column.unit
    values = np.full(days.size, np.nan)
    values[one.days - days[0]] = one.values * (meant.factor / one.column.unit.factor)
    if one.steps:
        values = pd.Series(values).ffill(limit=LONGEST_STEP).to_numpy(dtype=np.float64)
    in_money = meant.base is Base.USD and one.column.quantity is not Quantity.PRICE
    return values if not in_money or price is None else values / price


def in_every_unit(one: Series, days: DayArray, price: FloatArray | None = None) -> Mapping[str, FloatArray]:
    """A series on the days of a frame, as if it were in each unit of its quantity."""
    return {name: placed(one, days, price, unit) for name, unit in UNITS[one.column.quantity].items()}


def combined(series: Sequence[Series], days: DayArray, account: Account, price: FloatArray | None = None) -> FloatArray:
    """One quantity by day: each day from the first file that has it, after a check that the files agree.

    Raises nothing: what is wrong goes to the account. All NaN when there is no series.
    """
    values = np.full(days.size, np.nan)
    names: list[str] = []
    for one in series:
        others = f"that of {', '.join(names)}"
        account.fault(scale.fault(one, in_every_unit(one, days, price), values, scale.OF_ANOTHER_FILE, others))
        values = np.where(np.isfinite(values), values, placed(one, days, price))
        names.append(one.file)
    if not names:
        return values
    quantity = series[0].column.quantity
    if len(names) > 1:
        account.notes.append(f"{quantity.value}: from {names[0]}; days that it lacks from {', '.join(names[1:])}")
    return _filled(quantity, values, days, names[0], account)


def _filled(quantity: Quantity, values: FloatArray, days: DayArray, file: str, account: Account) -> FloatArray:
    known = np.flatnonzero(np.isfinite(values))
    distances = np.diff(known)
    near = np.flatnonzero((distances > 1) & (distances <= FARTHEST_NEIGHBOURS))
    filled = values.copy()
    for gap in near:
        before, after = known[gap], known[gap + 1]
        filled[before + 1 : after] = _between(quantity, float(values[before]), float(values[after]), after - before)
    if near.size:
        how = "hold the last value" if quantity is Quantity.DIFFICULTY else "are filled between their neighbours"
        account.notes.append(f"{quantity.value}: {int((distances[near] - 1).sum())} days without a value {how}")
    gaps = np.flatnonzero(distances > FARTHEST_NEIGHBOURS)
    if gaps.size:
        spans = [f"{_label(days, known[gap] + 1)} to {_label(days, known[gap + 1] - 1)}" for gap in gaps[:_SHOWN_GAPS]]
        more = f" and {gaps.size - _SHOWN_GAPS} more such gaps" if gaps.size > _SHOWN_GAPS else ""
        account.warnings.append(
            Finding(
                file,
                column=quantity.value,
                problem=f"has no value on {', '.join(spans)}{more}",
                expected=f"at most {FARTHEST_NEIGHBOURS - 1} days in a row without a value",
                hint="these days stay unknown",
                severity="warning",
            )
        )
    return filled


def _label(days: DayArray, position: np.int64) -> str:
    return str(days[position].astype("datetime64[D]"))


def _between(quantity: Quantity, before: float, after: float, distance: np.int64) -> FloatArray:
    """The days between two known ones: in a straight line, of logarithms for what grows by factors."""
    shares = np.arange(1, distance) / distance
    if quantity is Quantity.DIFFICULTY:
        return np.full(shares.size, before)
    if quantity in (Quantity.PRICE, Quantity.HASHRATE):
        return np.asarray(before * (after / before) ** shares)
    return np.asarray(before + (after - before) * shares)
