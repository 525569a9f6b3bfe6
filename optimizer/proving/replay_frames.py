"""Reading of result frames: numbers that are numbers, and names that the tables know."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import OptimizerError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


class ReplayError(OptimizerError):
    """A result frame states something that the portfolio's tables do not know; names frame, row and column."""


def numbers(frame: Any, table: str, column: str) -> FloatArray:
    """A column of finite numbers.

    Raises
    ------
    ReplayError : a cell that is empty or not finite.
    """
    values = frame[column].to_numpy(dtype=np.float64)
    unsound = np.flatnonzero(~np.isfinite(values))
    if unsound.size:
        raise ReplayError(f"{table}, row {int(unsound[0]) + 2}, column {column}: not a finite number")
    return np.asarray(values)


def positions(
    frame: Any,
    table: str,
    columns: Iterable[str],
    names: Iterable[Iterable[str]],
    *,
    unique: bool = True,
    complete: bool = False,
) -> list[IntArray]:
    """The positions of a frame's keys among the names that each key column may hold.

    unique : refuse a key that stands twice. complete : and refuse a frame in which a combination of names is missing.

    Raises
    ------
    ReplayError : an unknown name, a key that stands twice, or one that is missing.
    """
    columns, known_names = list(columns), [tuple(known) for known in names]
    found = [_positions(frame, table, column, known) for column, known in zip(columns, known_names, strict=True)]
    repeated = frame.duplicated(subset=columns).to_numpy()
    if unique and repeated.any():
        line = int(np.argmax(repeated))
        raise ReplayError(f"{table}, row {line + 2}: a second row for the same {', '.join(columns)}")
    expected = math.prod(len(known) for known in known_names)
    if complete and len(frame) != expected:
        raise ReplayError(f"{table}: {len(frame)} rows, expected one for every {', '.join(columns)}, {expected} in all")
    return found


def _positions(frame: Any, table: str, column: str, known: tuple[str, ...]) -> IntArray:
    position: Mapping[str, int] = {name: at for at, name in enumerate(known)}
    codes = np.array([position.get(name, -1) for name in frame[column].tolist()], dtype=np.int64)
    unknown = np.flatnonzero(codes < 0)
    if unknown.size:
        line = int(unknown[0])
        raise ReplayError(f"{table}, row {line + 2}, column {column}: '{frame[column].iloc[line]}' is not known here")
    return codes
