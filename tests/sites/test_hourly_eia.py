"""Wholesale market files of the EIA: zones, locations, intervals, and the real files where they are at hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sites.hourly import PriceFileError, read_hourly_prices

SHARED_POWER = Path(__file__).parents[3] / "shared" / "data" / "power"
needs_real_files = pytest.mark.skipif(
    not SHARED_POWER.is_dir(), reason="the real market files are not beside the repository"
)


def eia_text(
    zone: str, words: str, minutes: int = 60, year: int = 2023, locations: Sequence[str] = ("West LMP",), part: int = 0
) -> str:
    """A file as the EIA publishes it; each location's price is its place plus the local hour of the interval's start.

    part : 1 or 2 for the half of the year, 0 for all of it.
    """
    local = ZoneInfo(zone)
    start, end = datetime(year, 1, 1, tzinfo=local), datetime(year + 1, 1, 1, tzinfo=local)
    middle = datetime(year, 7, 1, tzinfo=local)
    first, last = ((start, end), (start, middle), (middle, end))[part]
    header = [
        "UTC Timestamp (Interval Ending)",
        f"Local Timestamp {words} (Interval Beginning)",
        f"Local Timestamp {words} (Interval Ending)",
        "Local Date",
        "Hour Number",
        *(f'"{name}"' if "," in name else name for name in locations),
    ]
    lines = ["Hub prices ($/megawatt)", "Prices of a market", "Source: EIA", ",".join(header)]
    moment, step = first.astimezone(UTC), timedelta(minutes=minutes)
    while moment < last.astimezone(UTC):
        begin, stop = moment.astimezone(local), (moment + step).astimezone(local)
        stamps = [f"{stamp:%Y-%m-%d %H:%M:%S}" for stamp in (moment + step, begin, stop)]
        prices = [f"{place}{begin.hour:02d}.5" for place in range(1, len(locations) + 1)]
        lines.append(",".join([*stamps, f"{begin:%Y-%m-%d}", str(begin.hour + 1), *prices]))
        moment += step
    return "\n".join(lines) + "\n"


def written(folder: Path, text: str, name: str = "market.csv") -> Path:
    """The path of a file with this text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("America/Chicago", "Central Time"),
        ("America/New_York", "Eastern Time"),
        ("America/Los_Angeles", "Pacific Time"),
        ("Etc/GMT+5", "Eastern Standard Time"),
    ],
)
def test_the_header_names_the_zone(tmp_path: Path, zone: str, words: str) -> None:
    """Each local midnight is at its place, so interval endings in UTC were moved back and converted."""
    prices = read_hourly_prices([written(tmp_path, eia_text(zone, words))], id="west")
    assert prices.years == (2023,)
    for month in (1, 7, 12):
        days = prices.month_prices(2023, month).reshape(-1, 24)
        assert (days == [100 + hour + 0.5 for hour in range(24)]).all()
    assert len(prices.cleaning) == (0 if "Standard" in words else 2)


@pytest.mark.parametrize("minutes", [5, 15])
def test_shorter_intervals_are_averaged(tmp_path: Path, minutes: int) -> None:
    """Rows of five and fifteen minutes make the same hours as hourly ones."""
    path = written(tmp_path, eia_text("America/Chicago", "Central Time", minutes))
    prices = read_hourly_prices([path], id="west")
    assert prices.month_prices(2023, 7)[:24].tolist() == [100 + hour + 0.5 for hour in range(24)]
    assert f"{8760 * 60 // minutes} rows of {minutes} minutes were averaged to hours" in prices.cleaning[0]


def test_intervals_that_end_between_the_five_minutes_are_weighed_by_time(tmp_path: Path) -> None:
    """Some markets dispatch between two steps: 2 of 5 minutes at 1 and 3 at 101 make a step at 61."""
    lines = eia_text("America/New_York", "Eastern Time", 5).splitlines()
    first = lines[4].split(",")
    begin, price = first[0].replace("05:05:00", "05:02:00"), first[:-1]
    lines[4] = ",".join([*price, "101"])
    lines.insert(4, ",".join([begin, *price[1:], "1"]))
    prices = read_hourly_prices([written(tmp_path, "\n".join(lines))], id="x")
    assert first[0].endswith("05:05:00")
    assert prices.prices[0] == pytest.approx((61 + 11 * 100.5) / 12)
    assert prices.prices[1] == 101.5


def test_parts_of_a_year_make_one_series_in_any_order(tmp_path: Path) -> None:
    """Two halves, named in the wrong order, give the whole year; one half alone is refused."""
    halves = [
        written(tmp_path, eia_text("America/Chicago", "Central Time", part=part), f"{part}.csv") for part in (2, 1)
    ]
    whole = written(tmp_path, eia_text("America/Chicago", "Central Time"))
    assert read_hourly_prices(halves, id="west") == read_hourly_prices([whole], id="west")
    with pytest.raises(PriceFileError, match=r"year 2023 is not whole: .* hours are missing, 2023-07-01 00:00"):
        read_hourly_prices(halves[1:], id="west")


LOCATIONS = ("A - West LMP", "J - New York City LMP", "American Electric Power Co., Inc - Dayton LMP", "North LMP")


@pytest.mark.parametrize(
    ("location", "place"),
    [
        ("A - West", 1),
        ("a - west lmp", 1),
        ("West", 1),
        ("J", 2),
        ("Dayton", 3),
        ("American Electric Power Co., Inc - Dayton", 3),
        ("  north ", 4),
    ],
)
def test_a_location_is_found_under_all_its_names(tmp_path: Path, location: str, place: int) -> None:
    """Case, blanks, the ending and one half of a double name do not matter; quoted commas belong to the name."""
    path = written(tmp_path, eia_text("America/New_York", "Eastern Time", locations=LOCATIONS))
    assert read_hourly_prices([path], id="x", location=location).prices[0] == place * 100 + 0.5


def test_an_unknown_or_missing_location_lists_them_all(tmp_path: Path) -> None:
    """Where a file holds several locations, one must be named, and a misspelt one gets the nearest as a hint."""
    names = (*LOCATIONS, "A - West (Congestion)")
    path = written(tmp_path, eia_text("America/New_York", "Eastern Time", locations=names))
    with pytest.raises(PriceFileError) as missing:
        read_hourly_prices([path], id="x")
    assert "market.csv:4: location is not given: expected one of the file's locations: 'A - West'" in str(missing.value)
    assert "Congestion" not in str(missing.value)
    with pytest.raises(PriceFileError, match=r"location = Nroth: .*; did you mean 'North'\?"):
        read_hourly_prices([path], id="x", location="Nroth")


def test_a_zone_given_wins_over_the_headers(tmp_path: Path) -> None:
    """Central hours read by the clock of the mountains begin an hour too early, which opens the year's end."""
    path = written(tmp_path, eia_text("America/Chicago", "Central Time"))
    with pytest.raises(PriceFileError, match="year 2022 is not whole"):
        read_hourly_prices([path], id="west", timezone="America/Denver")


def test_a_header_without_a_known_zone_asks_for_it(tmp_path: Path) -> None:
    """A zone that is not known is not guessed; with the zone given, the file is read."""
    path = written(tmp_path, eia_text("America/Halifax", "Atlantic Time"))
    with pytest.raises(PriceFileError, match=r"names no known time zone: .*; give the series a timezone"):
        read_hourly_prices([path], id="west")
    assert read_hourly_prices([path], id="west", timezone="America/Halifax").years == (2023,)


def test_a_blank_price_is_a_missing_hour(tmp_path: Path) -> None:
    """A price that is left out is not taken for zero but for missing, and told; other columns may be blank."""
    text = eia_text("America/Chicago", "Central Time", locations=("West LMP", "North LMP"))
    lines = text.splitlines()
    lines[9] = ",".join([*lines[9].split(",")[:-2], "", "3"])
    path = written(tmp_path, "\n".join(lines))
    west = read_hourly_prices([path], id="x", location="West")
    assert west.prices[4:7].tolist() == [104.5, 105.5, 106.5]
    assert west.notes == ("1 unpriced row left out",)
    assert west.cleaning[-1] == "1 missing hour interpolated: 2023-01-01 05:00"
    assert read_hourly_prices([path], id="x", location="North").prices[5] == 3.0


def test_a_text_in_a_price_is_refused_with_file_and_line(tmp_path: Path) -> None:
    """What is neither a number nor blank is an error where it stands."""
    lines = eia_text("America/Chicago", "Central Time").splitlines()
    lines[9] = ",".join([*lines[9].split(",")[:-1], "error"])
    path = written(tmp_path, "\n".join(lines))
    with pytest.raises(PriceFileError, match=r"market\.csv:10: West LMP = error: expected a price in USD/MWh"):
        read_hourly_prices([path], id="x")


@pytest.mark.parametrize(("words", "kind"), [("Hubs", "hub"), ("Zones", "zone")])
def test_the_title_tells_market_and_kind(tmp_path: Path, words: str, kind: str) -> None:
    """The title says whether locations are hubs or zones, and which market it is; the other market is refused."""
    text = eia_text("America/Chicago", "Central Time")
    title = f"ERCOT Hourly Day-Ahead Locational Marginal Prices ($/megawatt) for {words}"
    path = written(tmp_path, text.replace("Hub prices ($/megawatt)", title))
    (note,) = read_hourly_prices([path], id="x", market="dam").notes
    assert note.startswith(f"'West' is a {kind}")
    with pytest.raises(PriceFileError, match="market = rtm the file holds day-ahead prices"):
        read_hourly_prices([path], id="x", market="rtm")


def test_an_interval_that_stands_there_twice_is_refused(tmp_path: Path) -> None:
    """UTC knows no doubled hour, so the same interval twice is an error."""
    lines = eia_text("America/Chicago", "Central Time").splitlines()
    path = written(tmp_path, "\n".join([*lines, lines[100]]))
    with pytest.raises(PriceFileError, match="stands there twice, first in line 101"):
        read_hourly_prices([path], id="x")


@needs_real_files
def test_ercot_west_2024_in_four_files() -> None:
    """The real-time year of West: its extremes are hourly means of quarter hours, its counts as published."""
    files = sorted(SHARED_POWER.glob("ercot_lmp_rt_15min_hubs_2024Q*.csv"))
    prices = read_hourly_prices(files, id="west", location="West")
    assert (len(files), prices.years, len(prices.prices)) == (4, (2024,), 8784)
    assert prices.prices.mean() == pytest.approx(27.45, abs=0.01)
    assert prices.prices.max() == pytest.approx(3056.645)
    assert (int((prices.prices > 200).sum()), int((prices.prices < 0).sum())) == (62, 858)
    assert prices.cleaning == (
        "35136 rows of 15 minutes were averaged to hours",
        "1 doubled autumn hour averaged: 2024-11-03 01:00",
        "1 missing spring hour interpolated: 2024-03-10 02:00",
    )


@needs_real_files
def test_nyiso_west_2021_with_its_missing_hour() -> None:
    """The one hour that is missing on 2 December is interpolated and told."""
    path = SHARED_POWER / "nyiso_lmp_rt_hr_zones_2021.csv"
    prices = read_hourly_prices([path], id="zone-a", location="A - West")
    assert prices.prices.mean() == pytest.approx(30.88, abs=0.01)
    assert (prices.prices.min(), prices.prices.max()) == (-583.48, 480.24)
    assert (int((prices.prices > 200).sum()), int((prices.prices < 0).sum())) == (26, 44)
    assert prices.cleaning[-1] == "1 missing hour interpolated: 2021-12-02 13:00"
    at = 24 + 13
    neighbours = prices.month_prices(2021, 12)[[at - 1, at + 1]]
    assert prices.month_prices(2021, 12)[at] == pytest.approx(neighbours.mean())


@needs_real_files
def test_ercot_day_ahead_2022_lacks_a_day() -> None:
    """A whole missing day is not made up: the error lists 10 July 2022."""
    with pytest.raises(PriceFileError, match="24 hours are missing, 2022-07-10 00:00 to 2022-07-10 23:00"):
        read_hourly_prices([SHARED_POWER / "ercot_lmp_da_hr_hubs_2022.csv"], id="west", location="West")
