"""Frames of gridstatus saved as CSV: offsets, markets and locations side by side, an index column."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sites.hourly import PriceFileError, read_hourly_prices
from sites.price_formats.gridstatus import FORMAT
from tests.sites.format_files import by_utc, by_wall, hours_between, readings

ERCOT = "Time,Interval Start,Interval End,Location,Location Type,Market,SPP"
LMP = "Interval Start,Interval End,Market,Location,Location Type,LMP,Energy,Congestion,Loss"
HOSTED = "interval_start_utc,interval_end_utc,market,location,location_type,lmp"


def row(
    start: str, end: str, place: str = "HB_WEST", kind: str = "Trading Hub", market: str = "DAY_AHEAD_HOURLY"
) -> str:
    """A row of ERCOT's frame at 5 USD/MWh."""
    return f"{start},{start},{end},{place},{kind},{market},5"


HOUR = ("2023-05-22 21:00:00-05:00", "2023-05-22 22:00:00-05:00")


def test_offsets_place_the_rows_and_the_index_column_does_not_matter() -> None:
    """21:00 at five hours behind UTC is 02:00 of the next day; both clocks are kept."""
    read = readings(f",{ERCOT}\n0,{row(*HOUR)}\n", FORMAT)
    assert (by_utc(read), by_wall(read)) == ([("05-23 02:00", 5.0)], [("05-22 21:00", 5.0)])
    assert (read.step_minutes, read.location) == (60, "HB_WEST")
    assert read.notes == ("'HB_WEST' is a hub; a load pays the price of its zone, not of a hub",)


def test_the_end_tells_the_length_of_the_intervals() -> None:
    """A frame of a single quarter hour is one of quarter hours."""
    read = readings(f"{ERCOT}\n{row('2023-05-22 21:30:00-05:00', '2023-05-22 21:45:00-05:00')}\n", FORMAT)
    assert read.step_minutes == 15


def test_a_year_over_both_changes_of_the_clock(tmp_path: Path) -> None:
    """Offsets that change with the seasons give the clock as it was, without a zone being named."""
    lines = [LMP]
    for hour in hours_between("2023-01-01", "2023-12-31", "America/Los_Angeles"):
        stamp = f"{hour:%Y-%m-%d %H:%M:%S}{hour:%z}"
        lines.append(f"{stamp[:-2]}:{stamp[-2:]},,DAY_AHEAD_HOURLY,TH_NP15_GEN-APND,Trading Hub,{hour.hour},0,0,0")
    path = tmp_path / "caiso.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    prices = read_hourly_prices([path], id="np15")
    assert (prices.years, len(prices.prices)) == ((2023,), 8760)
    assert (prices.prices.reshape(-1, 24) == np.arange(24)).all()
    assert prices.cleaning == (
        "1 doubled autumn hour averaged: 2023-11-05 01:00",
        "1 missing spring hour interpolated: 2023-03-12 02:00",
    )


def test_two_markets_need_to_be_told_apart() -> None:
    """A frame of both markets asks for one; the one that is named is taken."""
    text = "\n".join([ERCOT, row(*HOUR), row(*HOUR, market="REAL_TIME_HOURLY").replace(",5", ",7"), ""])
    with pytest.raises(
        PriceFileError, match=r"market is not given: expected dam or rtm, .*DAY_AHEAD_HOURLY, REAL_TIME"
    ):
        readings(text, FORMAT)
    assert readings(text, FORMAT, market="dam").prices.tolist() == [5.0]
    assert readings(text, FORMAT, market="rtm").prices.tolist() == [7.0]
    with pytest.raises(PriceFileError, match="market = rtm"):
        readings(f"{ERCOT}\n{row(*HOUR)}\n", FORMAT, market="rtm")


def test_two_locations_need_to_be_told_apart() -> None:
    """A frame of two locations asks for one of them."""
    text = "\n".join([ERCOT, row(*HOUR), row(*HOUR, place="LZ_WEST", kind="Load Zone").replace(",5", ",7"), ""])
    with pytest.raises(PriceFileError, match=r"location is not given: .*'HB_WEST', 'LZ_WEST'"):
        readings(text, FORMAT)
    assert readings(text, FORMAT, location="LZ_WEST").prices.tolist() == [7.0]


def test_a_zone_weighted_by_energy_is_left_out() -> None:
    """Of a load zone that is there both ways, the unweighted rows count."""
    rows = [
        row(*HOUR, place="LZ_WEST", kind="Load Zone"),
        row(*HOUR, place="LZ_WEST", kind="Load Zone Energy Weighted"),
    ]
    read = readings("\n".join([ERCOT, *rows, ""]), FORMAT)
    assert len(read.prices) == 1
    assert read.notes == (
        "1 energy-weighted 'LZ_WEST' row left out",
        "'LZ_WEST' is a zone, whose price a load pays",
    )


def test_columns_in_utc_need_a_zone_or_are_told() -> None:
    """The hosted interface writes UTC; a zone given makes it local, and without one the account says whose hours."""
    text = f"{HOSTED}\n2023-05-22T05:00:00+00:00,2023-05-22T06:00:00+00:00,DAY_AHEAD_HOURLY,WEST,Zone,5\n"
    assert by_wall(readings(text, FORMAT, zone="America/New_York")) == [("05-22 01:00", 5.0)]
    without = readings(text, FORMAT)
    assert by_wall(without) == [("05-22 05:00", 5.0)]
    assert "hours and years are those of UTC, for no time zone is given" in without.notes


def test_a_price_that_is_not_a_number_is_missing_and_a_text_is_refused() -> None:
    """A blank, which is how frames write what is not known, is left out and told; a word is an error."""
    blank = row("2023-05-22 22:00:00-05:00", "2023-05-22 23:00:00-05:00").removesuffix("5")
    read = readings("\n".join([ERCOT, row(*HOUR), blank, ""]), FORMAT)
    assert (len(read.prices), read.notes[0]) == (1, "1 unpriced row left out")
    with pytest.raises(PriceFileError, match=r"market\.csv:2: SPP = dear: expected a price"):
        readings(f"{ERCOT}\n{row(*HOUR).removesuffix('5')}dear\n", FORMAT)
