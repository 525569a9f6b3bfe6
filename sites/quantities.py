"""The kinds of value a column may hold, each with its unit and the range of what is possible.

The ranges are wide: they keep out what cannot be (a share above 1, a site larger than any power plant), not
what is merely rare. What is rare but possible is a warning, and lives in :mod:`sites.slips`.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.config import JsonDict

from sites.months import month_number

NAME_LENGTH = 120
TEXT_LENGTH = 2_000
LARGEST_MW = 20_000.0
LIST_SEPARATOR = ";"

# Control, format (zero-width and direction marks), surrogate, line and paragraph separator: each of them can
# make a name look like another one, or break a line of a report.
HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class Kind(StrEnum):
    """How the cells of a column are read."""

    NUMBER = "number"
    WHOLE = "whole number"
    MONTH = "month"
    IDENTIFIER = "id"
    NAME = "name"
    TEXT = "text"
    FLAG = "flag"
    CHOICE = "choice"
    NAMES = "names"
    PRICE = "price or id"
    STEPS = "steps"
    CALENDAR = "calendar months"
    MARKET = "market"
    POINTS = "months and values"


# What every record has: it cannot be changed, knows no other columns, and takes no value for another.
RECORD_CONFIG = ConfigDict(
    frozen=True,
    extra="forbid",
    strict=True,
    allow_inf_nan=False,
    str_strip_whitespace=True,
    validate_by_name=True,
    validate_by_alias=True,
)


class HiddenCharacterError(ValueError):
    """A text holds a character that cannot be seen or printed."""


def is_hidden(character: str) -> bool:
    """Whether a character has no picture of its own: controls, zero-width and direction marks, non-characters."""
    code = ord(character)
    non_character = 0xFDD0 <= code <= 0xFDEF or (code & 0xFFFE) == 0xFFFE
    return non_character or unicodedata.category(character) in HIDDEN_CATEGORIES


def visible_text(text: str, allowed: str = "") -> str:
    """The text in Unicode's composed form (NFC), so that two ways of typing one name are one name.

    Raises
    ------
    HiddenCharacterError : a character other than those in ``allowed`` is hidden (see :func:`is_hidden`).
    """
    if text.isascii() and text.isprintable():
        return text
    for place, character in enumerate(text, start=1):
        if character not in allowed and is_hidden(character):
            name = unicodedata.name(character, f"U+{ord(character):04X}")
            raise HiddenCharacterError(f"character {place} is {name}, which cannot be seen; remove it")
    return unicodedata.normalize("NFC", text)


def _name(text: str) -> str:
    return visible_text(text)


def _text(text: str) -> str:
    return visible_text(text, allowed="\n\t")


def _identifier(text: str) -> str:
    if LIST_SEPARATOR in text:
        raise ValueError(f"an id must not hold '{LIST_SEPARATOR}', which separates the ids of a list")
    return visible_text(text)


def _month(label: str) -> str:
    month_number(label)
    return label


def unit_of(unit: str) -> JsonDict:
    """The unit of a column, as a field carries it."""
    return {"unit": unit}


Identifier = Annotated[str, Kind.IDENTIFIER, Field(min_length=1, max_length=NAME_LENGTH), AfterValidator(_identifier)]
Name = Annotated[str, Kind.NAME, Field(max_length=NAME_LENGTH), AfterValidator(_name)]
Text = Annotated[str, Kind.TEXT, Field(max_length=TEXT_LENGTH), AfterValidator(_text)]
Month = Annotated[str, Kind.MONTH, AfterValidator(_month), Field(json_schema_extra=unit_of("month YYYY-MM"))]
Flag = Annotated[bool, Kind.FLAG]
Identifiers = Annotated[tuple[Identifier, ...], Kind.NAMES, Field(min_length=1, strict=False)]
FileNames = Annotated[tuple[Name, ...], Kind.NAMES, Field(min_length=1, strict=False)]

Megawatts = Annotated[float, Kind.NUMBER, Field(ge=0, le=LARGEST_MW, json_schema_extra=unit_of("MW"))]
Fraction = Annotated[float, Kind.NUMBER, Field(ge=0, le=1, json_schema_extra=unit_of("fraction"))]
AnnualRate = Annotated[float, Kind.NUMBER, Field(ge=-0.5, le=1, json_schema_extra=unit_of("fraction per year"))]
AnnualShare = Annotated[float, Kind.NUMBER, Field(ge=0, le=1, json_schema_extra=unit_of("fraction per year"))]
Factor = Annotated[float, Kind.NUMBER, Field(ge=0, le=10, json_schema_extra=unit_of("factor"))]
RatioFromOne = Annotated[float, Kind.NUMBER, Field(ge=1, le=5, json_schema_extra=unit_of("ratio"))]
UsdPerMwh = Annotated[float, Kind.NUMBER, Field(ge=-1_000, le=10_000, json_schema_extra=unit_of("USD/MWh"))]
CostPerMwh = Annotated[float, Kind.NUMBER, Field(ge=0, le=10_000, json_schema_extra=unit_of("USD/MWh"))]
UsdPerMonth = Annotated[float, Kind.NUMBER, Field(ge=0, le=1e10, json_schema_extra=unit_of("USD/month"))]
UsdPerMwMonth = Annotated[float, Kind.NUMBER, Field(ge=0, le=1e7, json_schema_extra=unit_of("USD/(MW month)"))]
UsdPerKwMonth = Annotated[float, Kind.NUMBER, Field(ge=0, le=20_000, json_schema_extra=unit_of("USD/(kW month)"))]
UsdPerMw = Annotated[float, Kind.NUMBER, Field(ge=0, le=1e9, json_schema_extra=unit_of("USD/MW"))]
Usd = Annotated[float, Kind.NUMBER, Field(ge=0, le=1e13, json_schema_extra=unit_of("USD"))]
UsdPerPhDay = Annotated[float, Kind.NUMBER, Field(ge=0, le=2_000, json_schema_extra=unit_of("USD/(PH/s day)"))]
TerahashPerSecond = Annotated[float, Kind.NUMBER, Field(gt=0, le=100_000, json_schema_extra=unit_of("TH/s"))]
ExahashPerSecond = Annotated[float, Kind.NUMBER, Field(ge=0, le=5_000, json_schema_extra=unit_of("EH/s"))]
Watts = Annotated[float, Kind.NUMBER, Field(gt=0, le=1_000_000, json_schema_extra=unit_of("W"))]
KgPerMwh = Annotated[float, Kind.NUMBER, Field(ge=0, le=5_000, json_schema_extra=unit_of("kg CO2/MWh"))]
HorizonMonths = Annotated[int, Kind.WHOLE, Field(ge=1, le=600, json_schema_extra=unit_of("months"))]
TermMonths = Annotated[int, Kind.WHOLE, Field(ge=1, le=1_200, json_schema_extra=unit_of("months"))]
LeadMonths = Annotated[int, Kind.WHOLE, Field(ge=0, le=240, json_schema_extra=unit_of("months"))]
GapHours = Annotated[int, Kind.WHOLE, Field(ge=0, le=744, json_schema_extra=unit_of("hours"))]
DearestHours = Annotated[int, Kind.WHOLE, Field(ge=0, le=744, json_schema_extra=unit_of("hours"))]
ChargedHours = Annotated[int, Kind.WHOLE, Field(ge=1, le=744, json_schema_extra=unit_of("hours"))]
TailShare = Annotated[float, Kind.NUMBER, Field(gt=0, le=1, json_schema_extra=unit_of("fraction"))]
PriceFactor = Annotated[float, Kind.NUMBER, Field(gt=0, le=10, json_schema_extra=unit_of("factor"))]
PathCount = Annotated[int, Kind.WHOLE, Field(ge=2, le=100_000, json_schema_extra=unit_of("paths"))]
Seed = Annotated[int, Kind.WHOLE, Field(ge=0, le=2**32 - 1, json_schema_extra=unit_of("seed"))]
CalendarMonths = Annotated[tuple[int, ...], Kind.CALENDAR, Field(strict=False)]
PriceOrSeries = Annotated[UsdPerMwh | Identifier, Kind.PRICE, Field(json_schema_extra=unit_of("USD/MWh"))]
