"""The columns of every table, taken from the record types, in the words that messages and pages use."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sites.capital_records import (
    Equity,
    Expansion,
    HallBuild,
    Liquidity,
    Loan,
    RigOffer,
    RigStock,
    Tax,
    Treasury,
)
from sites.market_record import Market, MarketPoint
from sites.quantities import Kind
from sites.records import (
    CapacityStep,
    CapexBudgetStep,
    Contract,
    Fleet,
    ForcedStart,
    Hashprice,
    Limits,
    PowerContract,
    PowerSeries,
    Record,
    Rig,
    RigMode,
    Risk,
    Scenario,
    Settings,
    Site,
)

TABLES: Mapping[str, type[Record]] = {
    "settings": Settings,
    "sites": Site,
    "capacity_steps": CapacityStep,
    "rigs": Rig,
    "rig_modes": RigMode,
    "fleets": Fleet,
    "hashprice": Hashprice,
    "power_series": PowerSeries,
    "contracts": Contract,
    "pins": ForcedStart,
    "power_contracts": PowerContract,
    "limits": Limits,
    "scenarios": Scenario,
    "risk": Risk,
    "rig_offers": RigOffer,
    "rig_stock": RigStock,
    "hall_builds": HallBuild,
    "expansions": Expansion,
    "loans": Loan,
    "equity": Equity,
    "treasury": Treasury,
    "tax": Tax,
    "liquidity": Liquidity,
}
SINGLE_RECORD_TABLES = frozenset({"settings", "limits", "risk", "treasury", "tax", "liquidity"})
COMPULSORY_TABLES = ("settings", "sites", "fleets", "hashprice")
PLAIN_KINDS: Mapping[object, Kind] = {float: Kind.NUMBER, int: Kind.WHOLE, bool: Kind.FLAG, str: Kind.TEXT}
UNIT_NAMES = {
    "fraction": "a fraction",
    "fraction per year": "a fraction per year",
    "factor": "a factor",
    "ratio": "a ratio",
    "seed": "a whole number",
    "difficulty": "a difficulty, such as 1.27e14,",
}


@dataclass(frozen=True)
class Column:
    """What one column of a table holds."""

    name: str
    attribute: str
    kind: Kind
    unit: str
    low: float | None
    high: float | None
    low_open: bool
    high_open: bool
    choices: tuple[str, ...]
    required: bool
    default: object
    description: str

    @cached_property
    def expected(self) -> str:
        """What may stand in the column, as words for a message."""
        match self.kind:
            case Kind.NUMBER:
                return f"{self._quantity('a number')}{self._range()}"
            case Kind.WHOLE:
                return f"{self._quantity('a whole number')}{self._range()}"
            case Kind.PRICE:
                return f"the id of a power series, or one number of {self.unit}{self._range()}"
            case Kind.CHOICE:
                return f"one of {', '.join(choice for choice in self.choices if choice)}"
        return EXPECTED_WORDS[self.kind]

    def _quantity(self, noun: str) -> str:
        return UNIT_NAMES.get(self.unit) or (f"{noun} of {self.unit}" if self.unit else noun)

    def _range(self) -> str:
        low, high = self.low, self.high
        if low is None or high is None:
            return ""
        if self.low_open:
            return f" above {low:.12g} and up to {high:.12g}"
        end = f"{high:.12g}" + (" (excluded)" if self.high_open else "")
        return f" between {low:.12g} and {end}"


EXPECTED_WORDS: Mapping[Kind, str] = {
    Kind.MONTH: "a month written YYYY-MM, between 1970-01 and 2200-12",
    Kind.IDENTIFIER: "an id of 1 to 120 visible characters without ';'",
    Kind.NAME: "a name of at most 120 visible characters",
    Kind.TEXT: "a text of at most 2000 visible characters",
    Kind.FLAG: "true or false",
    Kind.NAMES: "a list of names, or names separated by ';'",
    Kind.STEPS: "a list of records, each with month and usd",
    Kind.MARKET: "a record with a model and its fields",
    Kind.POINTS: "a list of records, each with month and value",
    Kind.CALENDAR: "a list of calendar months from 1 to 12, or months separated by ';'",
}


def columns_of(record_type: type[BaseModel]) -> dict[str, Column]:
    """The columns of a record type by name, in the order of its fields, the remarks last."""
    fields = dict(record_type.model_fields)
    remarks = [name for name in Record.model_fields if name in fields]
    order = [name for name in fields if name not in remarks] + remarks
    columns = (_column(attribute, fields[attribute]) for attribute in order)
    return {column.name: column for column in columns}


def _column(attribute: str, field: FieldInfo) -> Column:
    marks = [*_marks(field.annotation), *field.metadata, field]
    kinds = [mark for mark in marks if isinstance(mark, Kind)]
    bare = _without_none(field.annotation)
    choices = tuple(get_args(bare)) if get_origin(bare) is Literal else ()
    bounds = _bounds(marks)
    return Column(
        name=field.alias or attribute,
        attribute=attribute,
        kind=_kind(bare, kinds, choices),
        unit=_unit(marks),
        low=bounds.get("gt", bounds.get("ge")),
        high=bounds.get("lt", bounds.get("le")),
        low_open="gt" in bounds,
        high_open="lt" in bounds,
        choices=choices,
        required=field.is_required(),
        default=None if field.is_required() else field.default,
        description=field.description or "",
    )


def _kind(bare: object, kinds: list[Kind], choices: tuple[str, ...]) -> Kind:
    if choices:
        return Kind.CHOICE
    if bare == tuple[CapexBudgetStep, ...]:
        return Kind.STEPS
    if bare == tuple[MarketPoint, ...]:
        return Kind.POINTS
    if bare is Market:
        return Kind.MARKET
    # The outermost mark says how a cell is read; marks inside a union or tuple say what its parts are.
    return kinds[-1] if kinds else PLAIN_KINDS[bare]


def _marks(annotation: object) -> Iterator[object]:
    """Everything that Annotated carries inside an annotation, innermost first."""
    for inner in get_args(annotation) if get_origin(annotation) is not Literal else ():
        yield from _marks(inner)
    if get_origin(annotation) is Annotated:
        for mark in annotation.__metadata__:  # type: ignore[attr-defined]
            yield mark
            if isinstance(mark, FieldInfo):
                yield from mark.metadata


def _without_none(annotation: object) -> object:
    if get_origin(annotation) in (Union, types.UnionType):
        parts = [part for part in get_args(annotation) if part is not type(None)]
        return parts[0] if len(parts) == 1 else annotation
    return annotation


def _bounds(marks: list[object]) -> dict[str, float]:
    found: dict[str, float] = {}
    for mark in marks:
        for name in ("ge", "gt", "le", "lt"):
            value = getattr(mark, name, None)
            if isinstance(value, int | float):
                found[name] = float(value)
    return found


def _unit(marks: list[object]) -> str:
    unit = ""
    for mark in marks:
        extra: Any = getattr(mark, "json_schema_extra", None)
        if isinstance(extra, dict) and "unit" in extra:
            unit = str(extra["unit"])
    return unit


TABLE_COLUMNS: Mapping[str, Mapping[str, Column]] = {
    table: columns_of(record_type) for table, record_type in TABLES.items()
}
BUDGET_COLUMNS: Mapping[str, Column] = columns_of(CapexBudgetStep)
MARKET_COLUMNS: Mapping[str, Column] = columns_of(Market)
POINT_COLUMNS: Mapping[str, Column] = columns_of(MarketPoint)
