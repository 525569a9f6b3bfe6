"""Numbers as a committee reads them: the only place where the reports round, and clip solver noise.

Every function takes a plain number and gives text. Missing values (None, NaN) and infinities become words, negative
numbers carry a real minus sign, and anything smaller than `NOISE` is zero, because a solver's -4.5e-13 is not a
negative megawatt.
"""

import contextlib
import math
import re
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date

NOISE = 5e-7
# Dollars below half a cent are noise: sums of hundreds of millions keep no more digits.
CENT = 0.005
MISSING = "n/a"
MINUS = "\N{MINUS SIGN}"
_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MILLION = 1e6
_LARGEST_RETURN = 10.0
_BILLION = 1e9


@dataclass(frozen=True)
class MoneyScale:
    """In what unit the tables and charts of a report show dollars.

    usd : dollars in one unit. decimals : shown behind the point.
    """

    unit: str
    usd: float
    decimals: int


MONEY_SCALES: dict[str, MoneyScale] = {
    "usd": MoneyScale("USD", 1.0, 0),
    "k": MoneyScale("USD k", 1e3, 0),
    "m": MoneyScale("USD m", _MILLION, 1),
    "bn": MoneyScale("USD bn", _BILLION, 3),
}
_money: ContextVar[MoneyScale] = ContextVar("money", default=MONEY_SCALES["m"])
# Unit prices such as "USD m per MW" keep their unit, whatever sums are shown in.
_MONEY_UNIT = re.compile(r"\bUSD m\b(?! per )")


@contextlib.contextmanager
def money_in(scale: str) -> Iterator[None]:
    """Show sums of dollars in this scale, a key of `MONEY_SCALES`, until the block ends."""
    token = _money.set(MONEY_SCALES[scale])
    try:
        yield
    finally:
        _money.reset(token)


def in_money_unit(value: float) -> float:
    """Dollars in the unit that is shown, for the length of a bar. [value in USD]"""
    return value / _money.get().usd


def with_money_unit(words: str) -> str:
    """Words that name millions of dollars, naming the unit that is shown instead."""
    return _MONEY_UNIT.sub(_money.get().unit, words)


def clip(value: float) -> float:
    """The number without solver noise: magnitudes below `NOISE` are exactly zero."""
    return 0.0 if abs(value) < NOISE else float(value)


def is_missing(value: float | None) -> bool:
    """Whether there is no number to show (None or NaN)."""
    return value is None or math.isnan(value)


def number(value: float | None, decimals: int = 1) -> str:
    """A number with thousands separators and a fixed count of decimals.

    A positive number too small for the decimals is shown as a bound ("<0.1"), never as a false zero.
    """
    if value is None or math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "unlimited" if value > 0 else f"{MINUS}unlimited"
    clipped = clip(value)
    smallest = 10.0**-decimals
    magnitude = f"{abs(clipped):,.{decimals}f}"
    if clipped and not float(magnitude.replace(",", "")):
        return f"<{smallest:.{decimals}f}" if clipped > 0 else f">{MINUS}{smallest:.{decimals}f}"
    return f"{MINUS}{magnitude}" if clipped < 0 else magnitude


def mw(value: float | None) -> str:
    """Megawatts with one decimal, without the unit."""
    return number(value, 1)


def usd_m(value: float | None, decimals: int | None = None) -> str:
    """Dollars in the unit that is shown, millions unless told otherwise, without the unit. [value in USD]"""
    scale = _money.get()
    places = scale.decimals if decimals is None else decimals
    return MISSING if value is None else number(_scaled(value, scale.usd), places)


def usd_with_unit(value: float | None) -> str:
    """Dollars in the unit that is shown, with the unit: "USD 97.4 m". [value in USD]"""
    _, _, suffix = _money.get().unit.partition(" ")
    return f"USD {usd_m(value)} {suffix}".rstrip()


def usd(value: float | None) -> str:
    """Dollars with the unit and a scale that fits: "USD 1.24 bn", "USD 97.4 m", "USD 8,250"."""
    if value is None or math.isnan(value):
        return MISSING
    clipped = clip(value)
    sign = MINUS if clipped < 0 else ""
    size = abs(clipped)
    if math.isinf(size):
        return f"{sign}unlimited"
    # The step up is taken where rounding would otherwise show "USD 1,000.0 m".
    if size >= 0.99995 * _BILLION:
        return f"{sign}USD {size / _BILLION:,.2f} bn"
    if size >= 0.9999995 * _MILLION:
        return f"{sign}USD {size / _MILLION:,.1f} m"
    return f"{sign}USD {size:,.0f}"


def usd_signed(value: float | None) -> str:
    """Dollars as a change: like `usd`, with a plus sign when it is a gain."""
    text = usd(value)
    return f"+{text}" if value is not None and clip(value) > 0 and not math.isnan(value) else text


def usd_m_signed(value: float | None) -> str:
    """Dollars as a change, in the unit that is shown, without the unit. [value in USD]"""
    text = usd_m(value)
    return f"+{text}" if value is not None and not math.isnan(value) and clip(value) > 0 else text


def price(value: float | None) -> str:
    """A unit price (USD per kW-month, per MWh, per PH/s per day) with two decimals, without the unit."""
    return number(value, 2)


def hashrate(value: float | None) -> str:
    """Computing power in EH/s, without the unit; small miners get a second decimal."""
    return number(value, 1 if value is not None and abs(value) >= 10 else 2)


def usd_whole(value: float | None) -> str:
    """Dollars without decimals and without the unit, for USD per MW-month."""
    return number(value, 0)


def percent(value: float | None, decimals: int = 1) -> str:
    """A fraction as a percentage: 0.183 is "18.3%"."""
    if value is None or math.isnan(value):
        return MISSING
    return f"{number(value * 100, decimals)}%"


def return_rate(value: float | None) -> str:
    """An internal rate of return; above 1,000% a year only its being large means anything."""
    return f">{percent(_LARGEST_RETURN, 0)}" if value is not None and value > _LARGEST_RETURN else percent(value)


def months(value: float | None) -> str:
    """A duration in months: "7 months", "1 month", "3.5 years" from two years on."""
    if value is None or math.isnan(value) or math.isinf(value):
        return MISSING
    whole = round(value)
    if whole >= 24:
        return f"{number(value / 12, 1)} years"
    return f"{whole} month" if whole == 1 else f"{whole} months"


def month(label: str) -> str:
    """A month label for people: "2027-03" is "Mar 2027"; an empty label is a dash."""
    if not label:
        return "\N{EN DASH}"
    year, number_in_year = label.split("-")
    return f"{_MONTH_NAMES[int(number_in_year) - 1]} {year}"


def day(when: date) -> str:
    """A day for people: "24 Nov 2026"."""
    return f"{when.day} {_MONTH_NAMES[when.month - 1]} {when.year}"


def count(value: int, singular: str, plural: str = "") -> str:
    """A count with its noun: "1 site", "12 sites", "no offers"."""
    noun = singular if value == 1 else plural or f"{singular}s"
    return f"{'no' if value == 0 else f'{value:,}'} {noun}"


def scientific(value: float | None) -> str:
    """A residual or a tolerance: "1e-07", "3.2e-12", "0"."""
    if value is None or math.isnan(value):
        return MISSING
    return "0" if value == 0 else f"{value:.2g}".replace("-", MINUS)


def exact(value: object) -> str:
    """An input value as it was given: floats by their shortest exact form, nothing rounded."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() and abs(value) < 1e15 else _grouped(repr(value))
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, (list, tuple)):
        return "; ".join(exact(item) for item in value)
    return str(value)


def _grouped(text: str) -> str:
    """Thousands separators for the whole part of a float's repr; exponent forms stay as they are."""
    whole, point, rest = text.partition(".")
    if not point or "e" in text:
        return text
    return f"{int(whole):,}.{rest}" if whole.lstrip("-") != "0" else text


def _scaled(value: float, unit: float) -> float:
    # Noise is told before dollars are scaled, not after.
    return value / unit if math.isnan(value) or abs(value) > CENT else 0.0
