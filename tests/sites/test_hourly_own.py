"""Hourly prices in our own format: what is read, what is repaired, and what is refused with which words."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from sites.hourly import HourlyPrices, PriceFileError, PriceSeriesError, read_hourly_prices, write_hourly_csv

Rows = list[tuple[str, str]]
Write = Callable[..., Path]


def wall_rows(year: int = 2023) -> Rows:
    """A row for every hour of a year of 24-hour days; the price is 10 plus the hour of the day."""
    time, rows = datetime(year, 1, 1), []  # noqa: DTZ001 - a wall clock
    while time.year == year:
        rows.append((f"{time:%Y-%m-%dT%H:%M}", f"{10 + time.hour}"))
        time += timedelta(hours=1)
    return rows


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A function that writes rows below a header to a file and gives its path."""

    def _write(
        rows: Rows, name: str = "prices.csv", header: str = "time,usd_per_mwh", start: str = "", end: str = "\n"
    ) -> Path:
        path = tmp_path / name
        path.write_text(start + "\n".join([header, *(",".join(row) for row in rows)]) + end, encoding="utf-8")
        return path

    return _write


def refusal(path: Path, **options: object) -> str:
    """The message with which a file is refused."""
    with pytest.raises(PriceFileError) as caught:
        read_hourly_prices([path], id="west", **options)  # type: ignore[arg-type]
    return str(caught.value)


def test_a_year_of_wall_clock_hours_is_read_as_it_stands(write: Write) -> None:
    """A clean year gives every price in its place and no account of repairs."""
    prices = read_hourly_prices([write(wall_rows())], id="west")
    assert (prices.id, prices.years, prices.cleaning) == ("west", (2023,), ())
    assert prices.prices.dtype == np.float64
    assert prices.month_prices(2023, 2).tolist() == [10 + hour for _ in range(28) for hour in range(24)]
    assert len(prices.month_prices(2023, 12)) == 744


def test_a_leap_year_has_its_29_february(write: Write) -> None:
    """A leap year has 8,784 hours, and February 696 of them."""
    prices = read_hourly_prices([write(wall_rows(2024))], id="west")
    assert len(prices.prices) == 8784
    assert len(prices.month_prices(2024, 2)) == 696


def test_source_years_repeat_along_the_horizon(write: Write) -> None:
    """With the years 2023 and 2024, a horizon from 2027 takes them in turn, also before its start."""
    prices = read_hourly_prices([write(wall_rows()), write(wall_rows(2024), "next.csv")], id="west")
    assert [prices.source_year(year, 2027) for year in (2026, 2027, 2028, 2029)] == [2024, 2023, 2024, 2023]


def test_month_of_a_year_that_is_not_there_is_a_key_error(write: Write) -> None:
    """Asking for a year that the series does not hold is an error, not another year."""
    with pytest.raises(KeyError):
        read_hourly_prices([write(wall_rows())], id="west").month_prices(2024, 1)


def test_missing_spring_hour_is_interpolated_and_doubled_autumn_hour_averaged(write: Write) -> None:
    """With the zone named, both odd hours of its clock are repaired, and the account says which."""
    rows = wall_rows()
    spring = rows.index(("2023-03-12T02:00", "12"))
    del rows[spring]
    autumn = rows.index(("2023-11-05T01:00", "11"))
    rows.insert(autumn + 1, ("2023-11-05T01:00", "21"))
    path = write(rows)
    expected = (
        "1 doubled autumn hour averaged: 2023-11-05 01:00",
        "1 missing spring hour interpolated: 2023-03-12 02:00",
    )
    for timezone in ("America/Chicago", ""):
        prices = read_hourly_prices([path], id="west", timezone=timezone, max_gap_hours=0)
        assert prices.cleaning == expected
        assert prices.month_prices(2023, 3)[11 * 24 + 2] == 12.0  # halfway between 11 and 13
        assert prices.month_prices(2023, 11)[4 * 24 + 1] == 16.0  # the mean of 11 and 21


def test_doubled_hour_in_another_week_than_the_zones_is_refused(write: Write) -> None:
    """A doubled hour that the zone's clock does not explain is an error with both lines, also on an autumn Sunday."""
    rows = wall_rows()
    place = rows.index(("2023-10-29T01:00", "11"))
    rows.insert(place + 1, ("2023-10-29T01:00", "21"))
    message = refusal(write(rows), timezone="America/Chicago")
    assert f"prices.csv:{place + 3}: time 2023-10-29 01:00 stands there twice, first in line {place + 2}" in message


def test_doubled_hour_in_summer_is_refused_with_the_way_out(write: Write) -> None:
    """Without a zone a doubled hour outside autumn nights is an error that asks for the zone."""
    rows = wall_rows()
    rows.append(("2023-07-04T12:00", "5"))
    message = refusal(write(rows))
    assert "2023-07-04 12:00 stands there twice" in message
    assert "give the series its timezone" in message


def test_offsets_without_a_zone_keep_the_wall_clock_as_written(write: Write) -> None:
    """Hours with their offset are placed by the clock they show; the doubled hour has two offsets."""
    rows = []
    for stamp, price in wall_rows():
        summer = "2023-03-12T03:00" <= stamp < "2023-11-05T01:00"
        if stamp == "2023-03-12T02:00":
            continue
        if stamp == "2023-11-05T01:00":
            rows.append((stamp + ":00-05:00", "31"))
        rows.append((stamp + (":00-05:00" if summer else ":00-06:00"), price))
    prices = read_hourly_prices([write(rows)], id="west")
    assert prices.month_prices(2023, 11)[4 * 24 + 1] == 21.0
    assert len(prices.cleaning) == 2


def test_utc_hours_are_converted_to_the_zone(write: Write) -> None:
    """A year of New York hours stamped in UTC fills the local year, with both odd hours repaired."""
    time = datetime(2023, 1, 1, 5)  # noqa: DTZ001 - midnight in New York, in UTC
    rows = [(f"{time + timedelta(hours=hour):%Y-%m-%d %H:%M}Z", str(hour)) for hour in range(8760)]
    prices = read_hourly_prices([write(rows)], id="zone-a", timezone="America/New_York")
    assert prices.month_prices(2023, 1)[:3].tolist() == [0.0, 1.0, 2.0]
    assert prices.month_prices(2023, 12)[-1] == 8759.0
    # From 12 March on the clock is an hour ahead: noon of 1 July is 16:00 UTC, 4,355 hours after the first row.
    assert prices.month_prices(2023, 7)[12] == 181 * 24 + 11
    assert [line.split(":")[0] for line in prices.cleaning] == [
        "1 doubled autumn hour averaged",
        "1 missing spring hour interpolated",
    ]


def test_utc_hours_without_their_zone_leave_the_year_open(write: Write) -> None:
    """The same file without the zone has a ragged year, and the message says what is missing."""
    time = datetime(2023, 1, 1, 5)  # noqa: DTZ001 - midnight in New York, in UTC
    rows = [(f"{time + timedelta(hours=hour):%Y-%m-%d %H:%M}Z", str(hour)) for hour in range(8760)]
    message = refusal(write(rows))
    assert "the year 2023 is not whole: 5 hours are missing, 2023-01-01 00:00 to 2023-01-01 04:00" in message
    assert "the year 2024 is not whole" in message
    assert "timezone" in message


@pytest.mark.parametrize("zone", ["America/Santiago", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Chatham", "UTC"])
def test_zones_with_odd_clocks_give_whole_days(write: Write, zone: str) -> None:
    """Changes at midnight, half-hour offsets and half-hour changes still give 24 hours for every day."""
    from zoneinfo import ZoneInfo

    first = datetime(2023, 1, 1, tzinfo=ZoneInfo(zone)).timestamp()
    last = datetime(2024, 1, 1, tzinfo=ZoneInfo(zone)).timestamp()
    utc = datetime(1970, 1, 1)  # noqa: DTZ001 - in UTC
    rows = [
        (f"{utc + timedelta(seconds=first + step * 1800):%Y-%m-%dT%H:%M}+00:00", "7")
        for step in range(int(last - first) // 1800)
    ]
    prices = read_hourly_prices([write(rows)], id="odd", timezone=zone, max_gap_hours=0)
    assert prices.years == (2023,)
    assert set(prices.prices.tolist()) == {7.0}


def test_quarter_hours_are_averaged_and_the_account_says_so(write: Write) -> None:
    """Four quarter hours make an hour; where one is missing, the other three do, and it is told."""
    rows = [(stamp[:-2] + minute, f"{price}.{minute}") for stamp, price in wall_rows() for minute in _quarters()]
    rows.remove(("2023-01-01T05:45", "15.45"))
    prices = read_hourly_prices([write(rows)], id="west")
    assert prices.prices[0] == pytest.approx(10.225)
    assert prices.prices[5] == pytest.approx(15.15)
    assert prices.cleaning == (
        "35039 rows of 15 minutes were averaged to hours",
        "1 hour averaged over a part of its minutes: 2023-01-01 05:00",
    )


def _quarters() -> tuple[str, ...]:
    return ("00", "15", "30", "45")


def test_a_short_gap_is_interpolated_and_a_longer_one_listed(write: Write) -> None:
    """Three hours in a row are filled along a line; four are an error that names them; so is one when none may be."""
    rows = wall_rows()
    at = rows.index(("2023-06-10T05:00", "15"))
    short = read_hourly_prices([write(rows[:at] + rows[at + 3 :])], id="west")
    assert short.month_prices(2023, 6)[9 * 24 + 4 : 9 * 24 + 9].tolist() == [14.0, 15.0, 16.0, 17.0, 18.0]
    assert short.cleaning == ("3 missing hours interpolated: 2023-06-10 05:00, 2023-06-10 06:00, 2023-06-10 07:00",)
    message = refusal(write(rows[:at] + rows[at + 4 :]))
    assert "4 hours are missing, 2023-06-10 05:00 to 2023-06-10 08:00" in message
    assert "at most max_gap_hours = 3 in a row" in message
    assert "1 hour is missing, 2023-06-10 05:00" in refusal(write(rows[:at] + rows[at + 1 :]), max_gap_hours=0)


def test_every_gap_is_listed_at_once(write: Write) -> None:
    """Two gaps make two findings."""
    rows = [row for row in wall_rows() if row[0][:10] not in ("2023-05-01", "2023-08-01")]
    message = refusal(write(rows))
    assert "2023-05-01 00:00 to 2023-05-01 23:00" in message
    assert "2023-08-01 00:00 to 2023-08-01 23:00" in message


@pytest.mark.parametrize(("kept", "gone"), [(slice(1, None), "1 hour is"), (slice(0, 8000), "760 hours are")])
def test_a_year_with_open_ends_is_refused(write: Write, kept: slice, gone: str) -> None:
    """Hours missing at either end of a year are never made up."""
    message = refusal(write(wall_rows()[kept]))
    assert f"the year 2023 is not whole: {gone} missing" in message


def test_negative_and_scarcity_prices_are_kept(write: Write) -> None:
    """Prices below zero and in the thousands are prices."""
    rows = wall_rows()
    rows[0], rows[1] = (rows[0][0], "-583.48"), (rows[1][0], "5000")
    assert read_hourly_prices([write(rows)], id="west").prices[:2].tolist() == [-583.48, 5000.0]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("", "usd_per_mwh is blank"),
        ("NaN", "usd_per_mwh = NaN"),
        ("1_000", "usd_per_mwh = 1_000"),
        ("1e999", "usd_per_mwh = 1e999"),
        ("$30", "usd_per_mwh = $30"),
    ],
)
def test_a_cell_that_is_no_price_is_an_error_with_its_line(write: Write, cell: str, words: str) -> None:
    """Blank, not-a-number, grouped, infinite and dressed-up prices are refused where they stand."""
    rows = wall_rows()
    rows[8] = (rows[8][0], cell)
    message = refusal(write(rows))
    assert message.startswith("prices.csv:10: ")
    assert words in message
    assert "a price in USD/MWh" in message


@pytest.mark.parametrize("stamp", ["2023-01-01", "01/01/2023 08:00", "2023-02-30T08:00", "2023-01-01T24:00", "", "x"])
def test_a_cell_that_is_no_time_is_an_error_with_its_line(write: Write, stamp: str) -> None:
    """Dates without an hour, other orders and impossible days are refused, not guessed."""
    rows = wall_rows()
    rows[8] = (stamp, "5")
    message = refusal(write(rows))
    assert "prices.csv:10: time" in message
    assert "2024-01-31 13:00" in message


def test_all_faulty_cells_are_listed_up_to_a_bearable_number(write: Write) -> None:
    """A hundred bad cells give fifty findings and a count of the rest."""
    rows = [(stamp, "?" if place < 100 else price) for place, (stamp, price) in enumerate(wall_rows())]
    with pytest.raises(PriceFileError) as caught:
        read_hourly_prices([write(rows)], id="west")
    assert len(caught.value.findings) == 51
    assert "50 more rows like these" in caught.value.findings[-1].problem


def test_a_row_with_another_number_of_fields_is_refused(write: Write) -> None:
    """A decimal comma makes a third field, which is told."""
    rows = wall_rows()
    rows[3] = (rows[3][0], "12,5")
    assert "prices.csv:5: the row has 3 fields: expected 2" in refusal(write(rows))


def test_offsets_on_some_rows_only_are_refused(write: Write) -> None:
    """A file with and without offsets cannot be placed."""
    rows = wall_rows()
    rows[3] = (rows[3][0] + "-06:00", "5")
    assert "all times with an offset from UTC, or none" in refusal(write(rows))


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("date,price", "name the columns 'time' (hour beginning) and 'usd_per_mwh'"),
        ("time,usd_per_kwh", "multiply by 1000"),
        ("time;usd_per_mwh", "separated by commas"),
        ("datetime_beginning_utc,total_lmp,zone", "'datetime_beginning_utc,total_lmp,zone'"),
        ("when,what,where", "name its columns: time, price and stamp"),
    ],
)
def test_an_unknown_format_shows_the_header_and_the_known_formats(write: Write, header: str, words: str) -> None:
    """Another header is refused with what was found, what is known and, for near misses, what to do."""
    message = refusal(write([("2023-01-01T00:00", "5")], header=header))
    assert "no known price format" in message
    assert "'time,usd_per_mwh'" in message
    assert "UTC Timestamp (Interval Ending)" in message
    assert words in message


def test_prices_that_look_like_usd_per_kwh_are_refused(write: Write) -> None:
    """A year that never costs a dollar per MWh is in another unit; a year of free power is not."""
    rows = wall_rows()
    assert "looks like USD/kWh" in refusal(write([(stamp, "0.035") for stamp, _ in rows]))
    assert read_hourly_prices([write([(stamp, "0") for stamp, _ in rows])], id="free").prices.max() == 0.0


def test_byte_order_mark_blank_lines_and_another_order_do_not_matter(write: Write) -> None:
    """A spreadsheet's mark, an empty line at the end and rows in any order give the same series."""
    rows = wall_rows()
    expected = read_hourly_prices([write(rows)], id="west")
    assert read_hourly_prices([write([*reversed(rows)], start="\ufeff", end="\n\n")], id="west") == expected


def test_an_unknown_time_zone_is_refused_with_the_nearest(write: Write) -> None:
    """A misspelt zone is an error with a suggestion."""
    message = refusal(write(wall_rows()), timezone="America/Chicgo")
    assert "timezone = America/Chicgo" in message
    assert "did you mean 'America/Chicago'?" in message


def test_empty_files_and_no_files_are_refused(write: Write, tmp_path: Path) -> None:
    """A file without rows, an empty file, a missing file and no file at all each have their own words."""
    assert "holds no prices" in refusal(write([]))
    (tmp_path / "empty.csv").write_text("")
    assert "the file is empty" in refusal(tmp_path / "empty.csv")
    assert "cannot be read" in refusal(tmp_path / "none.csv")
    with pytest.raises(PriceFileError, match="no price file is given"):
        read_hourly_prices([], id="west")


def test_half_hour_rows_off_the_grid_are_refused(write: Write) -> None:
    """A row between the steps of the others is no hour."""
    rows = wall_rows()
    rows[5] = ("2023-01-01T05:20", "5")
    assert "lies between the 60-minute steps" in refusal(write(rows))


def test_days_are_no_hourly_prices(write: Write) -> None:
    """A file of daily prices is refused."""
    rows = [row for row in wall_rows() if row[0].endswith("T00:00")]
    assert "rows are 1440 minutes apart" in refusal(write(rows))


def test_rows_that_two_files_hold_alike_count_once(write: Write) -> None:
    """Files whose ends overlap make one series when they agree, and the account says so."""
    rows = wall_rows()
    paths = [write(rows[:4001], "first.csv"), write(rows[4000:], "second.csv")]
    prices = read_hourly_prices(paths, id="west")
    assert prices == read_hourly_prices([write(rows)], id="west")
    assert prices.notes == ("1 row that two files hold at the same price counted once",)


def test_rows_that_two_files_hold_at_other_prices_are_refused_with_both_places(write: Write) -> None:
    """An hour that two files price differently is named with both files and lines."""
    rows = wall_rows()
    paths = [write(rows[:4001], "first.csv"), write([(rows[4000][0], "99"), *rows[4001:]], "second.csv")]
    with pytest.raises(PriceFileError, match=r"second\.csv:2: .*first in first\.csv line 4002 with another price"):
        read_hourly_prices(paths, id="west")


def test_a_row_twice_in_one_file_is_refused_also_among_several(write: Write) -> None:
    """Only another file's copy counts once; the same row twice in one file is an error, whatever its price."""
    rows = wall_rows()
    paths = [write(rows[:4001], "first.csv"), write([*rows[4001:], rows[-1]], "second.csv")]
    with pytest.raises(PriceFileError, match=r"2023-12-31 23:00 stands there twice, first in second\.csv line"):
        read_hourly_prices(paths, id="west")


def test_hours_to_come_at_the_end_are_left_out_and_missed(write: Write) -> None:
    """Blank prices at the end of a file are hours to come: the year is not whole, and the error says from when."""
    rows = [(stamp, "" if stamp >= "2023-12-30" else price) for stamp, price in wall_rows()]
    message = refusal(write(rows))
    assert "the year 2023 is not whole: 48 hours are missing, 2023-12-30 00:00 to 2023-12-31 23:00" in message


def test_writing_and_reading_gives_every_bit_back(tmp_path: Path) -> None:
    """A written series is read back exactly, also prices without a short decimal form."""
    values = np.random.default_rng(5).normal(30, 500, 8760 + 8784)
    values[:3] = [0.1 + 0.2, 1 / 3, 1e-300]
    prices = HourlyPrices(id="west", years=(2023, 2024), prices=values)
    write_hourly_csv(prices, tmp_path / "west.csv")
    for timezone in ("", "America/Chicago"):
        again = read_hourly_prices([tmp_path / "west.csv"], id="west", timezone=timezone)
        assert again.prices.tobytes() == values.tobytes()
        assert again == prices
        assert again.cleaning == ()


def test_a_series_can_be_pickled_and_not_changed() -> None:
    """Workers get an equal copy; nobody can change the prices of a series."""
    prices = HourlyPrices(id="west", years=(2023,), prices=np.arange(8760.0))
    assert pickle.loads(pickle.dumps(prices)) == prices
    assert hash(pickle.loads(pickle.dumps(prices))) == hash(prices)
    with pytest.raises(ValueError, match="read-only"):
        prices.month_prices(2023, 1)[0] = 5.0


@pytest.mark.parametrize(
    ("years", "hours", "words"),
    [((2023,), 8784, "expected 8760 hours"), ((2023, 2025), 17520, "consecutive years"), ((), 0, "consecutive years")],
)
def test_prices_from_python_must_fill_their_years(years: tuple[int, ...], hours: int, words: str) -> None:
    """Too many hours, a hole between the years and no year at all are refused."""
    with pytest.raises(PriceSeriesError, match=words):
        HourlyPrices(id="west", years=years, prices=np.zeros(hours))


def test_prices_from_python_must_be_finite() -> None:
    """Not-a-number is no price."""
    with pytest.raises(PriceSeriesError, match="finite"):
        HourlyPrices(id="west", years=(2023,), prices=np.full(8760, np.nan))
