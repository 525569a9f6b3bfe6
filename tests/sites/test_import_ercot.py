"""ERCOT's files: the two odd days, load zones that stand there twice, footers, and every header it is known for."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from sites.hourly import PriceFileError, read_hourly_prices
from sites.price_formats.ercot import FORMAT
from tests.sites.format_files import (
    by_wall,
    hours_between,
    readings,
)

YEARLY = "Delivery Date,Hour Ending,Repeated Hour Flag,Settlement Point,Settlement Point Price"
YEARLY_RT = (
    "Delivery Date,Delivery Hour,Delivery Interval,Repeated Hour Flag,"
    "Settlement Point Name,Settlement Point Type,Settlement Point Price"
)
DAILY = "DeliveryDate,HourEnding,SettlementPoint,SettlementPointPrice,DSTFlag"
DAILY_RT = (
    "DeliveryDate,DeliveryHour,DeliveryInterval,SettlementPointName,SettlementPointType,SettlementPointPrice,DSTFlag"
)
CHICAGO = "America/Chicago"


def yearly(rows: Iterable[str]) -> str:
    """A day-ahead sheet with these rows."""
    return "\n".join([YEARLY, *rows]) + "\n"


def real_time(rows: Iterable[str], header: str = YEARLY_RT) -> str:
    """A real-time sheet with these rows."""
    return "\n".join([header, *rows]) + "\n"


def day_ahead_rows(first: str, last: str, points: Sequence[str]) -> list[str]:
    """Rows as the market writes them; the price is the place of the point times 100 plus the hour that begins."""
    rows = []
    for hour in hours_between(first, last, CHICAGO):
        label = f"{hour.hour + 1:02d}:00"
        flag = "Y" if hour.fold else "N"
        for place, point in enumerate(points, start=1):
            rows.append(f"{hour:%m/%d/%Y},{label},{flag},{point},{place * 100 + hour.hour}")
    return rows


def test_the_spring_day_lacks_the_label_three() -> None:
    """Hour ending 02 begins at 01:00; the next row, hour ending 04, begins at 03:00, one hour later in time."""
    read = readings(yearly(day_ahead_rows("2025-03-09", "2025-03-09", ["HB_WEST"])), FORMAT)
    assert by_wall(read)[:4] == [
        ("03-09 00:00", 100.0),
        ("03-09 01:00", 101.0),
        ("03-09 03:00", 103.0),
        ("03-09 04:00", 104.0),
    ]
    assert len(read.prices) == 23
    assert read.instants is not None
    assert np.diff(read.instants).tolist() == [60] * 22


def test_the_autumn_day_has_the_label_two_twice() -> None:
    """The flag Y is the second of the two, also where the rows are not in order."""
    rows = day_ahead_rows("2025-11-02", "2025-11-02", ["HB_WEST"])
    rows[1], rows[2] = "11/02/2025,02:00,Y,HB_WEST,-7", "11/02/2025,02:00,N,HB_WEST,101"
    read = readings(yearly(rows), FORMAT)
    assert by_wall(read)[:4] == [
        ("11-02 00:00", 100.0),
        ("11-02 01:00", 101.0),
        ("11-02 01:00", -7.0),
        ("11-02 02:00", 102.0),
    ]
    assert read.instants is not None
    assert np.diff(np.sort(read.instants)).tolist() == [60] * 24


def test_one_of_several_points_must_be_named() -> None:
    """Without a name all points are listed; with one, only its rows count, and hub or zone is told."""
    text = yearly(day_ahead_rows("2025-05-01", "2025-05-01", ["HB_WEST", "LZ_WEST"]))
    with pytest.raises(PriceFileError, match=r"location is not given: .*'HB_WEST', 'LZ_WEST'"):
        readings(text, FORMAT)
    with pytest.raises(PriceFileError, match=r"location = LZ_WSET: .*did you mean 'LZ_WEST'\?"):
        readings(text, FORMAT, location="LZ_WSET")
    hub, zone = readings(text, FORMAT, location="HB_WEST"), readings(text, FORMAT, location="lz_west")
    assert (hub.prices[0], zone.prices[0]) == (100.0, 200.0)
    assert (hub.location, zone.location) == ("HB_WEST", "LZ_WEST")
    assert hub.notes == ("'HB_WEST' is a hub; a load pays the price of its zone, not of a hub",)
    assert zone.notes == ("'LZ_WEST' is a zone, whose price a load pays",)


def quarters(point: str, kind: str, shift: float = 0) -> list[str]:
    """A day of quarter hours; the price is ten times the hour that begins, plus the quarter."""
    return [
        f"05/01/2025,{hour},{quarter},N,{point},{kind},{10 * (hour - 1) + quarter + shift}"
        for hour in range(1, 25)
        for quarter in range(1, 5)
    ]


def test_real_time_quarters_begin_where_their_number_says() -> None:
    """Hour 1, interval 2 begins at 00:15; intervals are quarter hours even in a file that holds a single one."""
    read = readings(real_time(quarters("HB_WEST", "HU")), FORMAT)
    assert read.step_minutes == 15
    assert by_wall(read)[:5] == [
        ("05-01 00:00", 1.0),
        ("05-01 00:15", 2.0),
        ("05-01 00:30", 3.0),
        ("05-01 00:45", 4.0),
        ("05-01 01:00", 11.0),
    ]
    one = readings(real_time([quarters("HB_WEST", "HU")[6]]), FORMAT)
    assert (one.step_minutes, by_wall(one)) == (15, [("05-01 01:30", 13.0)])


def test_a_load_zone_that_stands_there_weighted_too_is_taken_unweighted() -> None:
    """Of the types LZ and LZEW only LZ is what a load pays; the other's rows are left out and told."""
    rows = [*quarters("LZ_WEST", "LZ"), *quarters("LZ_WEST", "LZEW", shift=1000), *quarters("HB_WEST", "HU")]
    read = readings(real_time(rows), FORMAT, location="LZ_WEST")
    assert (len(read.prices), read.prices.max()) == (96, 234.0)
    assert read.notes == (
        "96 energy-weighted (LZEW) 'LZ_WEST' rows left out",
        "'LZ_WEST' is a zone, whose price a load pays",
    )


def test_the_real_time_autumn_hour_comes_twice() -> None:
    """Eight quarters of the label 2, four of them with the flag Y, fill two hours of time."""
    rows = [f"11/02/2025,2,{quarter},{flag},HB_WEST,HU,{quarter}" for flag in ("N", "Y") for quarter in range(1, 5)]
    read = readings(real_time(rows), FORMAT)
    assert read.instants is not None
    assert np.diff(read.instants).tolist() == [15] * 7
    assert {time for time, _ in by_wall(read)} == {"11-02 01:00", "11-02 01:15", "11-02 01:30", "11-02 01:45"}


@pytest.mark.parametrize("footer", [",,,,,,", "Report created by ERCOT,,,,,,", '"Note: preliminary, see notice"'])
def test_a_footer_is_left_out_and_told(footer: str) -> None:
    """A last line without a point and a price is no row, whatever stands in its first cell."""
    read = readings(real_time([*quarters("HB_WEST", "HU"), footer]), FORMAT)
    assert len(read.prices) == 96
    # A line of nothing but separators is no line.
    assert ("1 footer row left out" in read.notes) == (footer.strip(",") != "")


DAILY_ROW = "01/15/2024,01:00,HB_WEST, 23.94,N"
HEADERS = [
    (DAILY, DAILY_ROW, "dam"),
    ("deliveryDate,hourEnding,settlementPoint,settlementPointPrice,DSTFlag", DAILY_ROW.replace("N", "false"), "dam"),
    (DAILY_RT, "01/15/2024,1,1,HB_WEST,HU,23.94,N", "rtm"),
    ("DeliveryDate,HourEnding,BusName,LMP,DSTFlag", DAILY_ROW, "dam"),
    (YEARLY, "2024-01-15 00:00:00,1,N,HB_WEST,23.94", "dam"),
    (YEARLY.replace("Repeated Hour Flag,", ""), "01/15/2024,01:00,HB_WEST,23.94", "dam"),
]


@pytest.mark.parametrize(("header", "row", "market"), HEADERS)
def test_every_header_is_read(header: str, row: str, market: str) -> None:
    """All known headers give the first hour of the day; the market they do not hold is refused."""
    text = f"{header}\n{row}\n"
    assert by_wall(readings(text, FORMAT, market=market)) == [("01-15 00:00", 23.94)]
    with pytest.raises(PriceFileError, match="the file holds"):
        readings(text, FORMAT, market={"dam": "rtm", "rtm": "dam"}[market])


def test_bus_prices_are_told_from_settlement_prices() -> None:
    """The account says that the LMP of a bus lacks the scarcity adders."""
    read = readings("DeliveryDate,HourEnding,BusName,LMP,DSTFlag\n01/15/2024,01:00,0001,23.94,N\n", FORMAT)
    assert read.notes == ("these are LMPs of a bus, not settlement prices: they are without the scarcity adders",)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("01/15/2024,25:00,N,HB_WEST,23.94", "01/15/2024|25:00|1: expected a date and an hour 1 to 24"),
        ("15.01.2024,01:00,N,HB_WEST,23.94", "expected a date and an hour 1 to 24"),
        ("01/15/2024,01:00,N,HB_WEST,n.a.", "Settlement Point Price = n.a.: expected a price in USD/MWh"),
        ("03/10/2024,03:00,N,HB_WEST,5", "2024-03-10 02:00 does not exist"),
        ("01/15/2024,01:00,HB_WEST,5", "the row has 4 fields: expected 5"),
    ],
)
def test_faulty_cells_are_refused_with_their_line(row: str, words: str) -> None:
    """An hour 25, another order of the date, a text as price, the skipped hour and a short row are errors."""
    text = yearly(["01/14/2024,24:00,N,HB_WEST,1", row, "01/16/2024,01:00,N,HB_WEST,2"])
    with pytest.raises(PriceFileError) as caught:
        readings(text, FORMAT)
    assert str(caught.value).startswith("market.csv:3: ")
    assert words in str(caught.value)


def test_months_in_an_archive_make_one_series(tmp_path: Path) -> None:
    """A member a month, one to come that holds a header only, and a note in between: one whole year."""
    with zipfile.ZipFile(tmp_path / "year.zip", "w") as archive:
        for month in range(1, 13):
            last = (datetime(2023 + month // 12, month % 12 + 1, 1) - datetime(2023, month, 1)).days  # noqa: DTZ001
            rows = day_ahead_rows(f"2023-{month:02d}-01", f"2023-{month:02d}-{last}", ["HB_WEST", "LZ_WEST"])
            archive.writestr(f"{month:02d}.csv", yearly(rows))
        archive.writestr("13.csv", yearly([]))
        archive.writestr("read me.txt", "Prices of the day-ahead market.\n")
    prices = read_hourly_prices([tmp_path / "year.zip"], id="west", location="LZ_WEST")
    assert prices.years == (2023,)
    assert prices.month_prices(2023, 7)[:24].tolist() == [200.0 + hour for hour in range(24)]
    assert prices.cleaning == (
        "1 doubled autumn hour averaged: 2023-11-05 01:00",
        "1 missing spring hour interpolated: 2023-03-12 02:00",
    )
    assert "year.zip/read me.txt is no table of prices and was left out" in prices.notes
