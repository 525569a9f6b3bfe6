"""Numbers with a unit on the command line: what is out of range is refused, with what was probably meant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    _NumberType = click.ParamType[float]
    _DayType = click.ParamType[date]
else:
    # Early releases of click 8 have no generic type of parameters.
    _NumberType = _DayType = click.ParamType

# Marks of a number written for people, for which there is a better hint than "a plain number".
_MARKS = frozenset("%,'_")
LAST_YEAR = 2139


@dataclass(frozen=True)
class Slip:
    """A unit in which people give a quantity by mistake, and between which numbers it shows.

    above, below : the numbers as typed that look like it; both ends are left out.
    factor : what makes the right number of it.
    meaning : the wrong unit, in words.
    """

    above: float
    below: float
    factor: float
    meaning: str

    def advice(self, value: float) -> str:
        """What to write instead; empty when the number does not look like this slip."""
        if not self.above < value < self.below:
            return ""
        return f"if {value:.12g} is {self.meaning}, write {value * self.factor:.12g}"


class QuantityType(_NumberType):
    """A finite number of one unit, within a range.

    unit : shown as the option's placeholder and in messages.
    least, most : the range, ends included; ``open_least`` leaves its lower end out.
    slips : units that explain a number, in or out of the range; such a number is refused.
    doubts : units that may explain a number that is possible all the same; it is taken, with a warning.
    """

    def __init__(
        self,
        unit: str,
        least: float,
        most: float,
        *,
        slips: tuple[Slip, ...] = (),
        doubts: tuple[Slip, ...] = (),
        open_least: bool = False,
    ) -> None:
        self.name = unit
        self.least = least
        self.most = most
        self.slips = slips
        self.doubts = doubts
        self.open_least = open_least

    def convert(self, value: float | str, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number, or a usage error that says what to write instead."""
        if isinstance(value, float):
            return value
        number = self.read(value, param, ctx)
        advice = _together(self.slips, number)
        below = number < self.least or (self.open_least and number == self.least)
        if below or number > self.most:
            least = f"{'above ' if self.open_least else ''}{self.least:,.12g}"
            expected = f"{least} to {self.most:,.12g} ({self.name})"
            self.fail(f"{value} is not possible: expected {expected}{advice and f'; {advice}'}", param, ctx)
        if advice:
            self.fail(f"{value} {self.name} is hardly what was meant: {advice}", param, ctx)
        doubt = _together(self.doubts, number)
        if doubt:
            click.echo(f"warning: {_option(param)} {value} {self.name} is taken as it stands; {doubt}", err=True)
        return number

    def read(self, text: str, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number as typed, in whatever unit."""
        # Here and not above: `sites` brings numpy and pydantic, which `--help` has no use for.
        from sites.hints import NUMBER_PATTERN, number_hint

        if not NUMBER_PATTERN.fullmatch(text.strip()):
            hint = number_hint(text.strip()) if _MARKS & set(text) else "write a plain number, such as 45 or 1e6"
            self.fail(f"{text!r} is not a number ({self.name}): {hint}", param, ctx)
        return float(text)


class DifficultyType(QuantityType):
    """The network's difficulty: a plain number, or trillions with a T."""

    def read(self, text: str, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The plain number; ``125.87T`` is 1.2587e14."""
        trillions = text.strip().removesuffix("T")
        if trillions != text.strip():
            return super().read(trillions.strip(), param, ctx) * 1e12
        number = super().read(text, param, ctx)
        if 1 <= number < 1e6:
            self.fail(f"{text} looks like trillions; write {number:.12g}T, or the plain {number:.12g}e12", param, ctx)
        return number


class DayType(_DayType):
    """A calendar day, YYYY-MM-DD."""

    name = "YYYY-MM-DD"

    def convert(self, value: date | str, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day; times and other ways of writing a date are refused."""
        if isinstance(value, date):
            return value
        try:
            day = datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC).date()
        except ValueError:
            self.fail(f"{value!r} is not a day of the form YYYY-MM-DD, such as 2026-02-08", param, ctx)
        if day.year > LAST_YEAR:
            self.fail(f"{value} is after {LAST_YEAR}, when blocks cease to pay a subsidy", param, ctx)
        return day


def _together(slips: tuple[Slip, ...], number: float) -> str:
    return ", ".join(advice for advice in (slip.advice(number) for slip in slips) if advice)


def _option(param: click.Parameter | None) -> str:
    return param.opts[0] if param and param.opts else "value"


INFINITY = float("inf")

POWER = QuantityType(
    "USD/MWh",
    -1_000,
    10_000,
    slips=(Slip(0, 1, 1_000, "USD/kWh"), Slip(0.3, 1, 10, "c/kWh"), Slip(10_000, INFINITY, 1e-3, "USD/GWh")),
    doubts=(Slip(0.999999, 10, 10, "c/kWh"),),
)
HASHPRICE = QuantityType(
    "USD/PH/day",
    0,
    2_000,
    open_least=True,
    slips=(Slip(0, 1, 1_000, "USD per TH/s and day"), Slip(2_000, INFINITY, 1e-3, "USD per EH/s and day")),
)
BTC_PRICE = QuantityType(
    "USD",
    1_000,
    100_000_000,
    slips=(Slip(0, 1_000, 1_000, "thousands of USD"),),
)
NETWORK = QuantityType(
    "EH/s",
    1,
    50_000,
    slips=(
        Slip(0, 1, 1e3, "ZH/s"),
        Slip(50_000, 5e7, 1e-3, "PH/s"),
        Slip(5e7, 5e10, 1e-6, "TH/s"),
        Slip(5e16, INFINITY, 1e-18, "H/s"),
    ),
)
DIFFICULTY = DifficultyType("difficulty", 1e6, 1e18)
SUBSIDY = QuantityType(
    "BTC/block",
    0,
    50,
    open_least=True,
    slips=(Slip(50, INFINITY, 1 / 144, "BTC per day"),),
)
FEE_SHARE = QuantityType(
    "fraction",
    0,
    0.999,
    slips=(Slip(0.999, 100, 0.01, "percent"),),
    doubts=(Slip(0.3, 1, 0.01, "percent"),),
)
POOL_FEE = QuantityType("fraction", 0, 0.2, slips=(Slip(0.2, 100, 0.01, "percent"),))
UPTIME = QuantityType("fraction", 0, 1, open_least=True, slips=(Slip(1, 100.0001, 0.01, "percent"),))
OVERHEAD = QuantityType("ratio", 1, 3, slips=(Slip(100, 300, 0.01, "percent"),))
VARIABLE_OPEX = QuantityType("USD/MWh", 0, 1_000, slips=(Slip(0, 0.1, 1_000, "USD/kWh"),))
FIXED_OPEX = QuantityType(
    "USD/MW-year",
    0,
    10_000_000,
    slips=(Slip(0, 1_000, 1_000, "thousands of USD per MW and year"),),
)
BTC_OVERHEAD = QuantityType("USD/BTC", 0, 1_000_000, slips=(Slip(0, 100, 1_000, "thousands of USD per BTC"),))
RIG_PRICE = QuantityType("USD/TH", 0, 500)
YEARS = QuantityType("years", 0, 20, open_least=True, slips=(Slip(20, 241, 1 / 12, "months"),))
