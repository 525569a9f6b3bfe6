"""NYISO and ISO New England files: clocks of New York, ends and beginnings, and hundreds of locations in a file."""

from __future__ import annotations

from itertools import pairwise

import pytest

from sites.hourly import PriceFileError
from sites.price_formats import isone, nyiso
from tests.sites.format_files import by_utc, by_wall, hours_between, readings

NYISO_HEADER = (
    '"Time Stamp","Name","PTID","LBMP ($/MWHr)","Marginal Cost Losses ($/MWHr)","Marginal Cost Congestion ($/MWHr)"\n'
)
OLD_NYISO_HEADER = "Time Stamp,Name,PTID,LBMP ($/MWHr),Marginal Cost Losses ($/MWHr),Marginal Cost Congestion ($/MWH\n"


def nyiso_row(stamp: str, price: float, name: str = "WEST", ptid: int = 61752) -> str:
    """A row of a zone file."""
    return f'"{stamp}","{name}",{ptid},{price},0.5,-1.5\n'


def nyiso_text(*stamps: str, header: str = NYISO_HEADER) -> str:
    """A file of one zone; prices count up from 1."""
    return header + "".join(nyiso_row(stamp, place) for place, stamp in enumerate(stamps, start=1))


@pytest.mark.parametrize("header", [NYISO_HEADER, OLD_NYISO_HEADER])
def test_nyiso_day_ahead_stamps_are_beginnings(header: str) -> None:
    """01/15/2024 00:00 begins the day, with the header of today and with the one cut short before July 2016."""
    text = nyiso_text("01/15/2024 00:00", "01/15/2024 01:00", header=header)
    read = readings(text, nyiso.FORMAT)
    assert by_wall(read) == [("01-15 00:00", 1), ("01-15 01:00", 2)]
    assert by_utc(read) == [("01-15 05:00", 1), ("01-15 06:00", 2)]
    assert (read.step_minutes, read.location) == (60, "WEST")
    assert read.notes == ("'WEST' is a zone, whose price a load pays",)


def test_nyiso_day_ahead_spring_and_autumn() -> None:
    """In spring 02:00 is not there; in autumn the first of two 01:00 is summer time, 05:00 UTC."""
    spring = nyiso_text("03/10/2024 00:00", "03/10/2024 01:00", "03/10/2024 03:00")
    assert by_utc(readings(spring, nyiso.FORMAT)) == [("03-10 05:00", 1), ("03-10 06:00", 2), ("03-10 07:00", 3)]
    autumn = nyiso_text("11/03/2024 00:00", "11/03/2024 01:00", "11/03/2024 01:00", "11/03/2024 02:00")
    read = readings(autumn, nyiso.FORMAT)
    assert by_utc(read) == [("11-03 04:00", 1), ("11-03 05:00", 2), ("11-03 06:00", 3), ("11-03 07:00", 4)]
    assert by_wall(read)[1:3] == [("11-03 01:00", 2), ("11-03 01:00", 3)]


def test_nyiso_times_of_a_workbook_are_no_ends() -> None:
    """A spreadsheet writes seconds everywhere; by hours they are still beginnings, by five minutes still ends."""
    hours = nyiso_text("2024-01-15 00:00:00", "2024-01-15 01:00:00")
    assert by_wall(readings(hours, nyiso.FORMAT)) == [("01-15 00:00", 1), ("01-15 01:00", 2)]
    minutes = nyiso_text("2024-01-15 00:05:00", "2024-01-15 00:10:00")
    assert by_wall(readings(minutes, nyiso.FORMAT)) == [("01-15 00:00", 1), ("01-15 00:05", 2)]


def test_nyiso_real_time_stamps_are_ends() -> None:
    """The first stamp of a day, 00:05:00, ends the interval from midnight; the last, 00:00:00, that of 23:55."""
    read = readings(nyiso_text("05/22/2026 00:05:00", "05/22/2026 00:10:00", "05/23/2026 00:00:00"), nyiso.FORMAT)
    assert by_wall(read) == [("05-22 00:00", 1), ("05-22 00:05", 2), ("05-22 23:55", 3)]
    assert read.step_minutes == 5


def test_nyiso_real_time_autumn_hour_is_two_hours() -> None:
    """Twenty-four ends from 01:05 to 02:00, unmarked: each of the two hours gets its own twelve."""
    first = [f"11/03/2024 01:{minute:02d}:00" for minute in range(5, 60, 5)]
    stamps = ["11/03/2024 01:00:00", *first, "11/03/2024 01:00:00", *first, "11/03/2024 02:00:00"]
    utc = by_utc(readings(nyiso_text(*stamps), nyiso.FORMAT))
    assert utc[0] == ("11-03 04:55", 1)
    assert utc[1:13] == [(f"11-03 05:{minute:02d}", minute / 5 + 2) for minute in range(0, 60, 5)]
    assert utc[13:] == [(f"11-03 06:{minute:02d}", minute / 5 + 14) for minute in range(0, 60, 5)]


def test_nyiso_real_time_spring_hour() -> None:
    """The interval that ends at 03:00 in spring began at 01:55, five minutes before."""
    read = readings(nyiso_text("03/10/2024 01:55:00", "03/10/2024 03:00:00", "03/10/2024 03:05:00"), nyiso.FORMAT)
    assert by_wall(read) == [("03-10 01:50", 1), ("03-10 01:55", 2), ("03-10 03:00", 3)]


def test_nyiso_ends_between_the_steps_are_weighted_by_time() -> None:
    """10 until 14:12:00 and 40 until 14:15 make 10 x 2/5 + 40 x 3/5 = 28 for the five minutes from 14:10."""
    text = NYISO_HEADER + "".join(
        nyiso_row(f"05/22/2026 14:{end}", price)
        for end, price in (("10:00", 5), ("12:00", 10), ("15:00", 40), ("20:00", 7))
    )
    assert by_wall(readings(text, nyiso.FORMAT)) == [
        ("05-22 14:05", 5),
        ("05-22 14:10", pytest.approx(28)),
        ("05-22 14:15", 7),
    ]


def test_nyiso_the_first_row_of_a_day_stays_in_its_day() -> None:
    """An end at 00:02 says nothing of the five minutes before midnight, which the file of the day before has."""
    text = NYISO_HEADER + nyiso_row("05/22/2026 00:02:00", 10) + nyiso_row("05/22/2026 00:05:00", 40)
    assert by_wall(readings(text, nyiso.FORMAT)) == [("05-22 00:00", pytest.approx(28))]


def test_nyiso_an_interval_does_not_fill_a_gap() -> None:
    """After a gap a price reaches five minutes back: 12:30 to 17:30 has its halves in two steps."""
    text = NYISO_HEADER + nyiso_row("05/22/2026 14:05:00", 5) + nyiso_row("05/22/2026 14:17:30", 8)
    read = by_wall(readings(text, nyiso.FORMAT))
    assert read == [("05-22 14:00", 5), ("05-22 14:10", 8), ("05-22 14:15", 8)]


def test_nyiso_a_stamp_that_does_not_exist_is_refused() -> None:
    """The clock skips 02:00 on 10 March 2024."""
    with pytest.raises(PriceFileError, match=r"market\.csv:2: time = 2024-03-10 02:00 does not exist"):
        readings(nyiso_text("03/10/2024 02:00"), nyiso.FORMAT)


def test_nyiso_location_by_name_ptid_and_letter() -> None:
    """A zone has a name with a blank or dots, a number, and the letter that other files call it by."""
    text = (
        NYISO_HEADER
        + nyiso_row("01/15/2024 00:00", 1, "N.Y.C.", 61761)
        + nyiso_row("01/15/2024 00:00", 2, "HUD VL", 61758)
    )
    for location, price in (("N.Y.C.", 1), ("n.y.c.", 1), ("61761", 1), ("J", 1), ("hud vl", 2), ("G", 2)):
        assert readings(text, nyiso.FORMAT, location).prices.tolist() == [price]
    with pytest.raises(PriceFileError, match=r"location is not given: .*'HUD VL', 'N\.Y\.C\.'; a load pays"):
        readings(text, nyiso.FORMAT)


def test_nyiso_five_minutes_are_no_day_ahead_prices() -> None:
    """Hourly files do not say their market; five-minute files are real time."""
    with pytest.raises(PriceFileError, match="the file holds real-time prices: expected rtm"):
        readings(nyiso_text("05/22/2026 00:05:00", "05/22/2026 00:10:00"), nyiso.FORMAT, market="dam")


ISONE_TITLES = '"C","{0} Energy Market Hourly LMP Report"\n"C","Report for: 01/15/2024 - 01/15/2024"\n'
ISONE_HEADER = (
    '"H","Date","Hour Ending","Location ID","Location Name","Location Type","Locational Marginal Price",'
    '"Energy Component","Congestion Component","Marginal Loss Component"\n'
    '"H","Date","HE","String","String","String","Number","Number","Number","Number"\n'
)


def isone_text(day: str, labels: list[str], title: str = "Day-Ahead") -> str:
    """A daily file of two locations; the hub's prices count up from 1, the node's from 101."""
    rows = [
        f'"D","{day}","{label}","{location}",{place + start}.5,0,0,0\n'
        for place, label in enumerate(labels)
        for location, start in (('321","UN.FRNKLNSQ13.810CC","NETWORK NODE', 101), ('4000",".H.INTERNAL_HUB","HUB', 1))
    ]
    return ISONE_TITLES.format(title) + ISONE_HEADER + "".join(rows) + f'"T","{len(rows)} lines"\n'


def test_isone_hours_end() -> None:
    """Hour 01 begins the day and hour 24 is its last; name, other case and id are the same location."""
    text = isone_text("01/15/2024", [f"{hour:02d}" for hour in range(1, 25)])
    for location in (".H.INTERNAL_HUB", ".h.internal_hub", "4000"):
        read = readings(text, isone.FORMAT, location)
        assert by_wall(read) == [(f"01-15 {hour:02d}:00", hour + 1.5) for hour in range(24)]
    assert read.notes == ("'.H.INTERNAL_HUB' is a hub; a load pays the price of its zone, not of a hub",)


@pytest.mark.parametrize("labels", [["01", "02", "04", "05"], ["01", "03", "04", "05"]])
def test_isone_spring_day(labels: list[str]) -> None:
    """Whether the hour before the change is called 02 or, for its end on the new clock, 03: it begins at 01:00."""
    read = readings(isone_text("03/10/2024", labels), isone.FORMAT, "4000")
    assert by_wall(read) == [("03-10 00:00", 1.5), ("03-10 01:00", 2.5), ("03-10 03:00", 3.5), ("03-10 04:00", 4.5)]


@pytest.mark.parametrize("second", ["02X", "02x", "02"])
def test_isone_autumn_day(second: str) -> None:
    """02X is the second hour from 01:00, 06:00 UTC; an unmarked second 02 is too."""
    read = readings(isone_text("11/03/2024", ["01", "02", second, "03"]), isone.FORMAT, "4000")
    assert by_utc(read) == [("11-03 04:00", 1.5), ("11-03 05:00", 2.5), ("11-03 06:00", 3.5), ("11-03 07:00", 4.5)]
    assert by_wall(read)[1:3] == [("11-03 01:00", 2.5), ("11-03 01:00", 3.5)]


def test_isone_year_has_every_hour_once() -> None:
    """All labels of a year, hour by hour, are all hours of the year in UTC."""
    labels: dict[str, list[str]] = {}
    for hour in hours_between("2024-01-01", "2024-12-31", "America/New_York"):
        mark = "X" if hour.fold else ""
        labels.setdefault(f"{hour:%m/%d/%Y}", []).append(f"{hour.hour + 1:02d}{mark}")
    instants: list[int] = []
    for day, hours in labels.items():
        read = readings(isone_text(day, hours), isone.FORMAT, "4000")
        assert read.instants is not None
        instants.extend(read.instants.tolist())
    assert len(instants) == 8784
    assert {later - earlier for earlier, later in pairwise(instants)} == {60}


def test_isone_locations_are_listed() -> None:
    """Without a location, and with a wrong one, the error names what is there."""
    with pytest.raises(
        PriceFileError, match=r"one of the file's locations: '\.H\.INTERNAL_HUB', 'UN\.FRNKLNSQ13\.810CC'"
    ):
        readings(isone_text("01/15/2024", ["01"]), isone.FORMAT)


def test_isone_market_stands_in_the_title() -> None:
    """The title of a real-time report refuses dam."""
    text = isone_text("01/15/2024", ["01"], "Real-Time")
    assert readings(text, isone.FORMAT, "4000", "rtm").prices.tolist() == [1.5]
    with pytest.raises(PriceFileError, match="the file holds real-time prices"):
        readings(text, isone.FORMAT, "4000", "dam")


def test_isone_a_label_that_is_none() -> None:
    """An hour 25 is refused with its line, and so is a row cut short."""
    text = isone_text("01/15/2024", ["01", "25"]).replace('"T"', '"D","01/15/2024","02"\n"T"')
    with pytest.raises(PriceFileError) as error:
        readings(text, isone.FORMAT, "4000")
    assert "market.csv:8: Date, Hour Ending = 01/15/2024 25: expected a date and an hour ending" in str(error.value)
    assert "market.csv:9: the row has 3 fields: expected 10" in str(error.value)
