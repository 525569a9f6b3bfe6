"""Files of no known format, read by the names of their columns: times, units, wide tables, several locations."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from sites.hourly import HourlyPrices, PriceFileError, read_hourly_prices
from tests.sites.format_files import hours_between

CHICAGO = "America/Chicago"
Read = Callable[..., HourlyPrices]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """A function that reads lines of a file with options; the zone is Chicago's unless told otherwise."""

    def _read(lines: Iterable[str], **options: Any) -> HourlyPrices:
        path = tmp_path / "mine.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return read_hourly_prices([path], id="mine", **{"timezone": CHICAGO, **options})

    return _read


def refusal(read: Read, lines: Iterable[str], **options: Any) -> str:
    """The message with which a file is refused."""
    with pytest.raises(PriceFileError) as caught:
        read(lines, **options)
    return str(caught.value)


def wall_hours(year: int = 2023) -> list[datetime]:
    """Every hour of a year of 24-hour days."""
    first = datetime(year, 1, 1)  # noqa: DTZ001 - a wall clock
    return [first + timedelta(hours=hour) for hour in range(8760)]


def is_the_hour(prices: HourlyPrices) -> bool:
    """Whether every price is the hour of the day in which it holds."""
    return bool((prices.prices.reshape(-1, 24) == np.arange(24)).all())


FORMS = [
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%d.%m.%Y %H:%M",
    "%Y%m%d %H:%M",
    "%d-%b-%Y %H:%M",
]


@pytest.mark.parametrize("form", FORMS)
def test_times_of_many_forms(read: Read, form: str) -> None:
    """ISO, American, British, German, compact and worded times all mean the same year."""
    lines = ["when,price", *(f"{hour:{form}},{hour.hour}" for hour in wall_hours())]
    prices = read(lines, time="when", price="price", stamp="begin")
    assert (prices.years, prices.cleaning) == ((2023,), ())
    assert is_the_hour(prices)


def test_the_order_of_day_and_month_is_never_guessed(read: Read) -> None:
    """Where no day of the file is above the twelfth, nothing tells whether 01/02 is January or February."""
    lines = ["when,price", *(f"01/{day:02d}/2023 {hour:02d}:00,5" for day in range(1, 13) for hour in range(24))]
    message = refusal(read, lines, time="when", price="price", stamp="begin")
    assert message.startswith("mine.csv:2: when = 01/01/2023 00:00: ")
    assert "no date of the file tells whether the month or the day comes first" in message


def test_ends_are_moved_back_by_a_step(read: Read) -> None:
    """The last hour of a year ends at the midnight of the next; 24:00 means the same."""
    hours = wall_hours()
    for last in ("2024-01-01 00:00", "2023-12-31 24:00"):
        lines = ["HOUR,NODE,HUB", *(f"{hour:%Y-%m-%d %H:%M},{(hour.hour - 1) % 24},7" for hour in hours[1:])]
        lines.append(f"{last},23,7")
        prices = read(lines, time="HOUR", price="NODE", stamp="end")
        assert is_the_hour(prices)
    assert read(lines, time="HOUR", price="HUB", stamp="end").prices.tolist() == [7.0] * 8760


def test_quarter_hours_that_end(read: Read) -> None:
    """Quarters ending 00:15 to 01:00 are the first hour."""
    lines = ["end,price"]
    for hour in wall_hours():
        for quarter in range(1, 5):
            lines.append(f"{hour + timedelta(minutes=15 * quarter):%Y-%m-%d %H:%M},{hour.hour + quarter - 2.5}")
    assert is_the_hour(read(lines, time="end", price="price"))


def test_whether_times_are_ends_must_be_told_or_be_in_the_name(read: Read) -> None:
    """A column called 'when' says nothing; 'Interval Beginning' and 'hour_ending' do."""
    hours = [f"{hour:%Y-%m-%d %H:%M},{hour.hour}" for hour in wall_hours()]
    message = refusal(read, ["when,price", *hours], time="when", price="price")
    assert message.startswith("mine.csv:1: stamp is not given: expected begin or end")
    assert is_the_hour(read(["Interval Beginning,price", *hours], time="Interval Beginning", price="price"))
    ends = [f"{hour + timedelta(hours=1):%Y-%m-%d %H:%M},{hour.hour}" for hour in wall_hours()]
    assert is_the_hour(read(["hour_ending,price", *ends], time="hour_ending", price="price"))


def test_hour_ending_labels_on_the_two_odd_days(read: Read) -> None:
    """Labels leave out 03:00 in spring and have 02:00 twice in autumn; each hour keeps its place."""
    lines = ["he,price"]
    for hour in hours_between("2023-01-01", "2023-12-31", CHICAGO):
        lines.append(f"{hour.replace(tzinfo=None) + timedelta(hours=1):%Y-%m-%d %H:%M},{hour.hour}")
    prices = read(lines, time="he", price="price")
    assert is_the_hour(prices)
    assert prices.cleaning == (
        "1 doubled autumn hour averaged: 2023-11-05 01:00",
        "1 missing spring hour interpolated: 2023-03-12 02:00",
    )


def test_ends_as_the_clock_shows_them_on_the_two_odd_days(read: Read) -> None:
    """The clock at the end leaves out 02:00 in spring and shows 01:00 twice in autumn; each hour keeps its place."""
    lines = ["end,price"]
    hours = list(hours_between("2023-01-01", "2023-12-31", CHICAGO))
    ends = [*hours[1:], hours[-1] + timedelta(hours=1)]
    lines += [f"{end:%Y-%m-%d %H:%M},{hour.hour}" for hour, end in zip(hours, ends, strict=True)]
    assert "2023-03-12 02:00,1" not in lines
    assert lines.count("2023-11-05 01:00,0") == 1
    assert "2023-11-05 01:00,1" in lines
    prices = read(lines, time="end", price="price")
    assert is_the_hour(prices)
    assert len(prices.cleaning) == 2


@pytest.mark.parametrize(
    ("written", "stamp"),
    [("{0}", "begin"), ("{0}:00", "begin"), ("{1}", "end"), ("HE{1:02d}", "end"), ("{1}.0", "end")],
)
def test_a_date_and_an_hour_in_two_columns(read: Read, written: str, stamp: str) -> None:
    """Hours 0 to 23 begin, hours 1 to 24 end."""
    lines = ["DATE,HOUR,USD"]
    lines += [f"{hour:%m/%d/%Y},{written.format(hour.hour, hour.hour + 1)},{hour.hour}" for hour in wall_hours()]
    assert is_the_hour(read(lines, time="DATE,HOUR", price="USD", stamp=stamp))


def test_an_hour_24_that_begins_is_refused(read: Read) -> None:
    """Hours 1 to 24 taken for beginnings would shift the whole year; the error says what they are."""
    lines = ["DATE,HOUR,USD", *(f"{hour:%Y-%m-%d},{hour.hour + 1},5" for hour in wall_hours())]
    message = refusal(read, lines, time="DATE,HOUR", price="USD", stamp="begin")
    assert "mine.csv:25: DATE, HOUR = 24" in message
    assert "hours 1 to 24 are ends" in message


def wide(lines_of: Callable[[datetime], str], header: str) -> list[str]:
    """A row for every day of 2023."""
    return [header, *(lines_of(hour) for hour in wall_hours()[::24])]


HE = ",".join(f"he{hour:02d}" for hour in range(1, 25))
DAY = ",".join(str(hour) for hour in range(24))


@pytest.mark.parametrize("price", ["", "he01..he24", "HE1-HE24"])
def test_a_row_a_day(read: Read, price: str) -> None:
    """The columns he01 to he24 are hours ending, with or without being named."""
    lines = wide(lambda day: f"{day:%Y-%m-%d},ERCOT,WEST,{DAY}", f"date,iso,zone,{HE}")
    prices = read(lines, time="date", price=price)
    assert is_the_hour(prices)
    assert prices.notes == ("the file names no currency; its prices were taken as USD/MWh",)


def test_a_row_a_day_with_blanks_on_the_two_odd_days(read: Read) -> None:
    """A blank he03 in spring is the hour that is not there; a 25th column holds the end of the autumn day."""
    header = f"date,{HE},he25"

    def row(day: datetime) -> str:
        if (day.month, day.day) == (3, 12):
            return f"{day:%Y-%m-%d},0,1,,{','.join(str(hour) for hour in range(3, 24))},"
        if (day.month, day.day) == (11, 5):
            return f"{day:%Y-%m-%d},0,1,1,{','.join(str(hour) for hour in range(2, 24))}"
        return f"{day:%Y-%m-%d},{DAY},"

    prices = read(wide(row, header), time="date")
    assert is_the_hour(prices)
    assert "1 missing spring hour interpolated: 2023-03-12 02:00" in prices.cleaning
    assert "1 doubled autumn hour averaged: 2023-11-05 01:00" in prices.cleaning


def test_a_row_a_day_counted_through_on_the_spring_day(read: Read) -> None:
    """Where only the 24th hour of the spring day is blank, the third one began at three."""
    through = ",".join(str(hour) for hour in range(24) if hour != 2)

    def row(day: datetime) -> str:
        return f"{day:%Y-%m-%d},{through}," if (day.month, day.day) == (3, 12) else f"{day:%Y-%m-%d},{DAY}"

    prices = read(wide(row, f"date,{HE}"), time="date")
    assert is_the_hour(prices)
    assert prices.cleaning == ("1 missing spring hour interpolated: 2023-03-12 02:00",)


def test_hours_ending_named_as_beginnings_are_refused(read: Read) -> None:
    """Columns that count from 1 are hours ending; saying 'begin' contradicts them."""
    lines = wide(lambda day: f"{day:%Y-%m-%d},{DAY}", f"date,{HE}")
    assert "stamp = begin: expected end, or nothing" in refusal(read, lines, time="date", stamp="begin")


def test_columns_of_two_locations_in_rows(read: Read) -> None:
    """Two nodes one below the other need to be told apart, also where the column has an odd name."""
    for column in ("settlement_point", "wo"):
        lines = [f"time,{column},price"]
        for hour in wall_hours():
            lines += [f"{hour:%Y-%m-%d %H:%M},{place},{hour.hour + shift}" for place, shift in (("A", 0), ("B", 50))]
        options = {"time": "time", "price": "price", "stamp": "begin"}
        assert "location is not given: expected one of the file's locations: 'A', 'B'" in refusal(
            read, lines, **options
        )
        assert is_the_hour(read(lines, location="a", **options))
        assert read(lines, location="B", **options).prices[0] == 50.0


def test_two_locations_one_after_the_other_are_not_joined(read: Read) -> None:
    """Half a year of one node and half of another are no series, although no hour is there twice."""
    lines = ["time,node,price"]
    lines += [f"{hour:%Y-%m-%d %H:%M},{'A' if hour.month < 7 else 'B'},5" for hour in wall_hours()]
    options = {"time": "time", "price": "price", "stamp": "begin"}
    assert "location is not given" in refusal(read, lines, **options)
    assert "the year 2023 is not whole" in refusal(read, lines, location="A", **options)
    assert "location = C" in refusal(read, lines, location="C", **options)


def test_a_market_is_picked_from_its_column(read: Read) -> None:
    """Where both markets are in the rows, the one asked for is taken."""
    lines = ["time,market,price"]
    for hour in wall_hours():
        lines += [f"{hour:%Y-%m-%d %H:%M},{market},{hour.hour + shift}" for market, shift in (("DAM", 0), ("RTM", 9))]
    options = {"time": "time", "price": "price", "stamp": "begin"}
    assert is_the_hour(read(lines, market="dam", **options))
    assert read(lines, market="rtm", **options).prices[0] == 9.0
    assert "'DAM', 'RTM'" in refusal(read, lines, **options)


@pytest.mark.parametrize("name", ["price $/kWh", "usd_per_kwh", "c/kWh", "LMP (cents/kWh)", "price [¢]"])
def test_other_units_are_never_taken_for_usd_per_mwh(read: Read, name: str) -> None:
    """A column per kWh or in cents is refused whatever its numbers are."""
    lines = [f"time,{name}", *(f"{hour:%Y-%m-%d %H:%M},45" for hour in wall_hours())]
    message = refusal(read, lines, time="time", price=name, stamp="begin")
    assert message.startswith(f"mine.csv:1: {name} is in another unit: expected prices per MWh")


def test_a_unit_in_the_title_counts_too(read: Read) -> None:
    """A title above the header that says kWh is believed."""
    lines = ["Prices in $/kWh", "time,price", *(f"{hour:%Y-%m-%d %H:%M},45" for hour in wall_hours())]
    assert "is in another unit" in refusal(read, lines, time="time", price="price", stamp="begin")


@pytest.mark.parametrize("name", ["eur_per_mwh", "Price (€/MWh)", "EUR"])
def test_another_currency_needs_a_rate(read: Read, name: str) -> None:
    """The name of the column tells the currency; without a rate the file is refused."""
    lines = [f"time,{name}", *(f"{hour:%Y-%m-%d %H:%M},10" for hour in wall_hours())]
    options = {"time": "time", "price": name, "stamp": "begin"}
    assert "the prices are in EUR: expected a rate that makes EUR USD" in refusal(read, lines, **options)
    assert read(lines, fx=1.1, **options).prices[0] == pytest.approx(11.0)


def test_offsets_place_the_rows_and_the_zone_gives_the_clock(read: Read) -> None:
    """Times with an offset, of whatever zone, become hours of the zone that is given."""
    lines = ["start,price"]
    for hour in hours_between("2023-01-01", "2023-12-31", CHICAGO):
        lines.append(f"{hour.astimezone(ZoneInfo('Asia/Kolkata')).isoformat()},{hour.hour}")
    prices = read(lines, time="start", price="price")
    assert is_the_hour(prices)
    assert len(prices.cleaning) == 2


def test_times_in_utc_by_the_name_of_their_column(read: Read) -> None:
    """A column called 'interval_start_utc' is moved to the zone; without one the account says whose hours they are."""
    lines = ["interval_start_utc,settlement_point,price_usd_per_mwh"]
    hours = [
        datetime.fromtimestamp(hour.timestamp(), UTC) for hour in hours_between("2023-01-01", "2023-12-31", CHICAGO)
    ]
    local = [hour.hour for hour in hours_between("2023-01-01", "2023-12-31", CHICAGO)]
    lines += [f"{hour:%Y-%m-%d %H:%M:%S},HB_WEST,{price}" for hour, price in zip(hours, local, strict=True)]
    options = {"time": "interval_start_utc", "price": "price_usd_per_mwh"}
    assert is_the_hour(read(lines, **options))
    assert "the year 2024 is not whole" in refusal(read, lines, timezone="", **options)


def test_a_column_that_is_not_there(read: Read) -> None:
    """A misspelt column is refused with those that are there and the nearest of them."""
    lines = ["time,price_west", *(f"{hour:%Y-%m-%d %H:%M},10" for hour in wall_hours())]
    message = refusal(read, lines, time="time", price="price_wets", stamp="begin")
    assert "price = price_wets: expected one of the file's columns: 'time', 'price_west'" in message
    assert "did you mean 'price_west'?" in message
    assert "time = tiem: expected one of" in refusal(read, lines, time="tiem", price="price_west", stamp="begin")
    assert "price is not given: expected one of" in refusal(read, lines, time="time", stamp="begin")


@pytest.mark.parametrize("options", [{"price": "price"}, {"stamp": "end"}])
def test_a_price_or_stamp_without_a_time_is_refused(read: Read, options: dict[str, str]) -> None:
    """These options are of no use without the time column, and are not silently dropped."""
    assert "expected also the name of the time column" in refusal(read, ["time,usd_per_mwh", "2023-01-01,5"], **options)


@pytest.mark.parametrize("cell", ["", "-", "high", "1,5"])
def test_a_cell_that_is_no_price_is_refused_with_its_line(read: Read, cell: str) -> None:
    """A blank or a word between prices is an error where it stands."""
    lines = ["time;price", *(f"{hour:%Y-%m-%d %H:%M};10" for hour in wall_hours())]
    lines[9] = f"2023-01-01 08:00;{cell}"
    message = refusal(read, lines, time="time", price="price", stamp="begin")
    assert message.startswith("mine.csv:10: price ")
    assert "expected a price" in message
