"""Rates of exchange: one number, or a rate for every month, by which prices in another currency become USD."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from sites.clock import MINUTES_PER_DAY, wall_time
from sites.findings import Finding
from sites.hints import NUMBER_PATTERN, month_hint, number_hint
from sites.hourly import PriceFileError
from sites.months import MonthLabelError, month_label, month_number
from sites.price_formats.base import Readings
from sites.text_files import TextRefusedError, read_text

HEADER = ["month", "usd_per_unit"]
SHOWN_MONTHS = 24
USD = "USD"


@dataclass(frozen=True)
class Exchange:
    """USD per unit of a currency.

    single : for all months; None where ``months`` holds one for each, by its number as of :mod:`sites.months`.
    source : name of the file of the monthly rates; blank for one number.
    """

    single: float | None = None
    months: Mapping[int, float] = field(default_factory=dict)
    source: str = ""


def exchange_of(fx: float | str | Path | None) -> Exchange | None:
    """The rate that was given: a number, also as text, or a CSV file with the columns ``month,usd_per_unit``.

    Raises
    ------
    PriceFileError : the number is not positive, or the file is none of rates; lists all that is wrong with it.
    """
    if fx is None or fx == "":
        return None
    if isinstance(fx, str):
        fx = float(fx) if NUMBER_PATTERN.fullmatch(fx.strip()) else Path(fx)
    if isinstance(fx, Path):
        return Exchange(months=_monthly(fx), source=fx.name)
    if not 0 < fx < np.inf:
        expected = "USD per unit of the currency, above 0, or a CSV file of monthly rates"
        raise PriceFileError([Finding("<fx>", column="fx", value=f"{fx:.12g}", expected=expected)])
    return Exchange(single=float(fx))


def _monthly(path: Path) -> dict[int, float]:
    try:
        lines = list(csv.reader(read_text(path, path.name).splitlines()))
    except TextRefusedError as refusal:
        raise PriceFileError([refusal.finding]) from None
    header = [cell.strip().casefold() for cell in lines[0]] if lines else []
    if header != HEADER:
        problem = f"the header '{','.join(header)}' is of no file of rates" if header else "the file is empty"
        raise PriceFileError([Finding(path.name, 1, problem=problem, expected=f"the header '{','.join(HEADER)}'")])
    findings: list[Finding] = []
    rates: dict[int, float] = {}
    for line, cells in enumerate(lines[1:], start=2):
        if not any(cells):
            continue
        found = _row(path.name, line, [cell.strip() for cell in cells], findings)
        if found is None:
            continue
        if found[0] in rates:
            findings.append(Finding(path.name, line, column="month", value=cells[0], expected="every month once"))
        rates[found[0]] = found[1]
    if findings:
        raise PriceFileError(findings)
    return rates


def _row(file: str, line: int, cells: Sequence[str], findings: list[Finding]) -> tuple[int, float] | None:
    if len(cells) != len(HEADER):
        problem = f"the row has {len(cells)} fields"
        findings.append(Finding(file, line, problem=problem, expected=f"{len(HEADER)} as in the header"))
        return None
    text = cells[1]
    rate = float(text) if NUMBER_PATTERN.fullmatch(text) else 0.0
    if not 0 < rate < np.inf:
        expected = "USD per unit of the currency, above 0"
        findings.append(Finding(file, line, column=HEADER[1], value=text, expected=expected, hint=number_hint(text)))
        return None
    try:
        return month_number(cells[0]), rate
    except MonthLabelError:
        hint = month_hint(cells[0])
        findings.append(Finding(file, line, column=HEADER[0], value=cells[0], expected="a month YYYY-MM", hint=hint))
        return None


def in_usd(readings: Sequence[Readings], exchange: Exchange | None) -> list[Readings]:
    """The same readings with prices in USD/MWh.

    Raises
    ------
    PriceFileError : the prices are in another currency and no rate is given, they are in USD and one is, or the
        file of rates lacks months; lists them.
    """
    currency = readings[0].currency
    file = readings[0].file
    if exchange is None:
        if currency in (USD, ""):
            return list(readings)
        expected = f"a rate that makes {currency} USD"
        hint = f"give fx: USD per {currency}, or a CSV file of monthly rates with the columns {','.join(HEADER)}"
        raise PriceFileError([Finding(file, problem=f"the prices are in {currency}", expected=expected, hint=hint)])
    if currency == USD:
        expected = "no rate of exchange"
        raise PriceFileError(
            [Finding(file, column="fx", problem="is given, but the prices are in USD", expected=expected)]
        )
    if exchange.single is not None:
        return [replace(part, prices=part.prices * exchange.single) for part in readings]
    return _by_month(readings, exchange)


def _by_month(readings: Sequence[Readings], exchange: Exchange) -> list[Readings]:
    rates = exchange.months
    days = [part.wall_minutes // MINUTES_PER_DAY for part in readings]
    numbers = {day: _month_of(day) for day in np.unique(np.concatenate(days)).tolist()}
    lacking = sorted(set(numbers.values()) - set(rates))
    if lacking:
        listed = ", ".join(month_label(month) for month in lacking[:SHOWN_MONTHS])
        more = f" and {len(lacking) - SHOWN_MONTHS} more" if len(lacking) > SHOWN_MONTHS else ""
        problem = f"has no rate for {listed}{more}"
        raise PriceFileError([Finding(exchange.source, problem=problem, expected="a rate for every month of prices")])
    result = []
    for part, of_rows in zip(readings, days, strict=True):
        distinct, place = np.unique(of_rows, return_inverse=True)
        by_day = np.array([rates[numbers[day]] for day in distinct.tolist()])
        result.append(replace(part, prices=part.prices * by_day[place]))
    return result


def _month_of(day: int) -> int:
    date = wall_time(day * MINUTES_PER_DAY)
    return date.year * 12 + date.month - 1
