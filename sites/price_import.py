"""Importing hourly prices: what the files give, in USD and whole years, with the account of all that was done."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sites.findings import Finding
from sites.hourly import HourlyPrices, PriceFileError
from sites.months import month_label
from sites.price_calendar import Repair, whole_years, within_years
from sites.price_exchange import USD, Exchange, exchange_of, in_usd
from sites.price_files import Source, read_price_files
from sites.price_formats.base import Readings, Request
from sites.price_formats.named import NO_CURRENCY

ACCOUNT_FORMAT = "wattsplit price series account"
# A whole year of prices below this is a year of prices per kWh: no market is that cheap in its dearest hour.
LOWEST_CREDIBLE_PEAK_PER_MWH = 1.0
COUNTED_NOTE = re.compile(r"(?P<count>\d+) (?P<which>.*?) rows? left out(?P<rest>.*)")
SHOWN_NOTES = 40


@dataclass(frozen=True)
class PriceImport:
    """A price series and how it came about.

    location : whose prices these are; blank where the files do not say it.
    market : as it was asked for; blank where it was not.
    timezone : whose wall clock the hours are those of; blank for the clock as it is written.
    currency : of the files, as three letters; blank where neither they nor their format say it.
    rates : what turned another currency into USD; None where nothing did.
    notes : what was left out or taken, one sentence each, without the repaired hours.
    repairs : what was done to each repaired hour, in USD/MWh.
    """

    prices: HourlyPrices
    sources: tuple[Source, ...]
    location: str
    market: str
    timezone: str
    currency: str
    rates: Exchange | None
    notes: tuple[str, ...]
    repairs: tuple[Repair, ...]

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats that were recognised, each once."""
        return tuple(dict.fromkeys(name for source in self.sources for name in source.formats))

    def account(self) -> dict[str, Any]:
        """Everything that was done, as it is stored beside a series: lists, texts and finite numbers."""
        values = self.prices.prices
        return {
            "format": ACCOUNT_FORMAT,
            "series": self.prices.id,
            "years": list(self.prices.years),
            "hours": len(values),
            "mean_usd_per_mwh": float(values.mean()),
            "lowest_usd_per_mwh": float(values.min()),
            "highest_usd_per_mwh": float(values.max()),
            "hours_below_zero": int((values < 0).sum()),
            "location": self.location,
            "market": self.market,
            "timezone": self.timezone,
            "currency": self.currency or "not told",
            "fx": _told_rates(self.rates, self.prices.years),
            "formats": list(self.formats),
            "sources": [{**asdict(source), "formats": list(source.formats)} for source in self.sources],
            "notes": list(self.notes),
            "cleaning": list(self.prices.cleaning),
            "repaired_hours": [asdict(repair) for repair in self.repairs],
        }


def _told_rates(rates: Exchange | None, years: Sequence[int]) -> dict[str, Any] | None:
    if rates is None:
        return None
    if rates.single is not None:
        return {"usd_per_unit": rates.single}
    used = {month_label(month): rate for month, rate in sorted(rates.months.items()) if month // 12 in years}
    return {"file": rates.source, "usd_per_unit": used}


def import_prices(
    files: Sequence[Path],
    *,
    id: str,
    timezone: str = "",
    location: str = "",
    market: str = "",
    time: str = "",
    price: str = "",
    stamp: str = "",
    fx: float | str | Path | None = None,
    max_gap_hours: int = 3,
    years: Sequence[int] = (),
) -> PriceImport:
    """The price series in these files; see :func:`sites.hourly.read_hourly_prices` for the parameters.

    years : calendar years to keep, of files that hold more; all of them when empty.

    Raises
    ------
    PriceFileError : lists everything that is wrong with the files.
    """
    rates = exchange_of(fx)
    request = Request(location=location, market=market, time=time, price=price, stamp=stamp)
    given = read_price_files(files, request, timezone)
    readings, others = within_years(given.readings, years)
    first = readings[0]
    _check_unit(readings)
    whole = whole_years(in_usd(readings, rates), max_gap_hours)
    assumed = () if first.currency or rates is not None else (NO_CURRENCY,)
    told = (note for part in readings for note in part.notes)
    notes = _shortened([*assumed, *_once([*told, *given.notes]), *others, *whole.notes])
    return PriceImport(
        prices=HourlyPrices(id, whole.years, whole.prices, whole.sentences(), notes),
        sources=given.sources,
        location=next((part.location for part in readings if part.location), ""),
        market=market,
        timezone=next((str(part.zone) for part in readings if part.zone is not None), ""),
        currency=first.currency,
        rates=rates,
        notes=notes,
        repairs=whole.repairs,
    )


def _check_unit(readings: Sequence[Readings]) -> None:
    peak = max(float(np.abs(part.prices).max()) for part in readings)
    if 0 < peak < LOWEST_CREDIBLE_PEAK_PER_MWH:
        currency = readings[0].currency or USD
        raise PriceFileError(
            [
                Finding(
                    readings[0].file,
                    table="prices",
                    problem=f"are never above {peak:.12g}",
                    expected=f"prices in {currency}/MWh",
                    hint=f"this looks like {currency}/kWh; multiply by 1000",
                )
            ]
        )


def _once(notes: Iterable[str]) -> Iterator[str]:
    """Each note once; those that count rows of the same kind added up."""
    counts: dict[tuple[str, str], int] = {}
    for note in notes:
        match = COUNTED_NOTE.fullmatch(note)
        key = (note, "") if match is None else (match["which"], match["rest"])
        counts[key] = counts.get(key, 0) + (0 if match is None else int(match["count"]))
    for (words, rest), count in counts.items():
        yield f"{count} {words} row{'s' if count > 1 else ''} left out{rest}" if count else words


def _shortened(notes: Sequence[str]) -> tuple[str, ...]:
    hidden = len(notes) - SHOWN_NOTES
    return (*notes[:SHOWN_NOTES], f"and {hidden} more notes like these") if hidden > 0 else tuple(notes)
