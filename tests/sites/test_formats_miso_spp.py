"""MISO and SPP files: one column an hour in standard time, and ends of intervals in GMT."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sites.hourly import PriceFileError
from sites.price_formats import miso, spp
from tests.sites.format_files import by_utc, by_wall, readings

HOURS = range(1, 25)
MISO_TITLES = "{0} LMPs\n{1}\n\n,,,All Hours-Ending are Eastern Standard Time (EST)\n"
MISO_HEADER = "Node,Type,Value," + ",".join(f"HE {hour}" for hour in HOURS) + "\n"


def miso_row(node: str, value: str, first: float) -> str:
    """A row of 24 prices that count up."""
    return f"{node},Hub,{value}," + ",".join(str(first + hour) for hour in range(24)) + "\n"


def miso_text(day: str, title: str = "Day Ahead Market ExPost") -> str:
    """A daily report of two hubs."""
    rows = [miso_row("INDIANA.HUB", "LMP", 100), miso_row("INDIANA.HUB", "MCC", 500), miso_row("MINN.HUB", "LMP", 200)]
    return MISO_TITLES.format(title, day) + MISO_HEADER + "".join(rows)


@pytest.mark.parametrize("day", ["01/15/2024", "03/10/2024", "11/03/2024", "07/01/2024"])
def test_miso_every_day_has_24_hours_of_standard_time(day: str) -> None:
    """HE 1 begins at midnight, 05:00 UTC, on the days of the change as in summer and winter."""
    read = readings(miso_text(day), miso.FORMAT, "minn.hub")
    month_day = f"{day[:2]}-{day[3:5]}"
    assert by_wall(read) == [(f"{month_day} {hour:02d}:00", 200 + hour) for hour in range(24)]
    assert by_utc(read)[0] == (f"{month_day} 05:00", 200)
    assert read.notes == ("'MINN.HUB' is a hub; a load pays the price of its zone, not of a hub",)


def test_miso_on_the_clock_of_chicago() -> None:
    """Where a zone is asked for, midnight in July is 05:00 UTC and HE 1 is still that instant: midnight there."""
    read = readings(miso_text("07/01/2024"), miso.FORMAT, "MINN.HUB", zone="America/Chicago")
    assert by_wall(read)[0] == ("07-01 00:00", 200)
    winter = readings(miso_text("01/15/2024"), miso.FORMAT, "MINN.HUB", zone="America/Chicago")
    assert by_wall(winter)[0] == ("01-14 23:00", 200)


def test_miso_quarterly_file_has_the_day_in_the_row() -> None:
    """MARKET_DAY stands for the date of the titles, and days follow each other."""
    header = "MARKET_DAY,NODE,TYPE,VALUE," + ",".join(f"HE{hour}" for hour in HOURS) + "\n"
    rows = "".join(
        f"{day}/2021,{miso_row('MINN.HUB', 'LMP', place * 24)}" for place, day in enumerate(["10/01", "10/02"])
    )
    read = readings("DA LMPs\n" + header + rows, miso.FORMAT)
    assert len(read.prices) == 48
    assert by_wall(read)[23:25] == [("10-01 23:00", 23), ("10-02 00:00", 24)]


def test_miso_market_and_date_stand_in_the_titles() -> None:
    """A real-time title refuses dam; without a title there is no date."""
    text = miso_text("01/15/2024", "Real Time Market Final")
    assert len(readings(text, miso.FORMAT, "MINN.HUB", "rtm").prices) == 24
    with pytest.raises(PriceFileError, match="the file holds real-time prices"):
        readings(text, miso.FORMAT, "MINN.HUB", "dam")
    with pytest.raises(PriceFileError, match=r"market\.csv:1: no line above the header holds the date"):
        readings(MISO_HEADER + miso_row("MINN.HUB", "LMP", 1), miso.FORMAT)


def test_miso_faulty_prices_are_told_by_column() -> None:
    """Text and a blank among the 24 are two findings of one line."""
    text = miso_text("01/15/2024").replace("203,", "x,").replace("205,", ",")
    with pytest.raises(PriceFileError) as error:
        readings(text, miso.FORMAT, "MINN.HUB")
    assert [(finding.line, finding.column) for finding in error.value.findings] == [(8, "HE 4"), (8, "HE 6")]


def test_miso_nodes_are_listed() -> None:
    """Components do not make a node appear twice."""
    with pytest.raises(PriceFileError, match=r"location is not given: .*: 'INDIANA\.HUB', 'MINN\.HUB';"):
        readings(miso_text("01/15/2024"), miso.FORMAT)


SPP_HEADER = "Interval,GMTIntervalEnd,Settlement Location,Pnode,LMP,MLC,MCC,MEC\n"


def spp_row(end: str, price: float, location: str = "SPPNORTH_HUB") -> str:
    """A row of a daily file; the local stamp is not read."""
    return f"not read,{end},{location},{location},{price},0.1,0.2,20.0\n"


def test_spp_times_are_ends_in_gmt() -> None:
    """07:00 GMT ends the first hour of a winter day in the middle of the country."""
    text = SPP_HEADER + spp_row("01/15/2024 07:00:00", 1) + spp_row("01/15/2024 08:00:00", 2)
    read = readings(text, spp.FORMAT)
    assert by_wall(read) == [("01-15 00:00", 1), ("01-15 01:00", 2)]
    assert (read.step_minutes, read.location) == (60, "SPPNORTH_HUB")


def test_spp_spring_and_autumn_day() -> None:
    """Hours that end at 08:00 and 09:00 GMT begin at 01:00 and 03:00 in spring; autumn has 01:00 twice."""
    spring = SPP_HEADER + spp_row("03/10/2024 08:00:00", 1) + spp_row("03/10/2024 09:00:00", 2)
    assert by_wall(readings(spring, spp.FORMAT)) == [("03-10 01:00", 1), ("03-10 03:00", 2)]
    autumn = SPP_HEADER + "".join(spp_row(f"11/03/2024 {hour:02d}:00:00", hour) for hour in (6, 7, 8, 9))
    expected = [("11-03 00:00", 6), ("11-03 01:00", 7), ("11-03 01:00", 8), ("11-03 02:00", 9)]
    assert by_wall(readings(autumn, spp.FORMAT)) == expected


@pytest.mark.parametrize(
    "header",
    [
        "Interval,GMT Interval,Settlement_Location_Name,PNODE_Name,LMP,MLC,MCC,MEC\n",
        "Interval, GMT Interval, Settlement Location Name, PNODE Name, LMP, MLC, MCC, MEC\n",
        "INTERVAL,GMTINTERVALEND,SETTLEMENT_LOCATION,PNODE,LMP,MLC,MCC,MEC\n",
    ],
)
def test_spp_real_time_files_write_the_names_otherwise(header: str) -> None:
    """Five minutes of real time, whatever the blanks and underscores of the header."""
    text = header + "".join(spp_row(f"04/01/2023 13:{minute:02d}:00", minute) for minute in (5, 10, 15))
    read = readings(text, spp.FORMAT, "spp north_hub".replace(" ", ""), "rtm")
    assert (by_utc(read)[0], read.step_minutes) == (("04-01 13:00", 5), 5)
    with pytest.raises(PriceFileError, match="the file holds real-time prices: expected rtm"):
        readings(text, spp.FORMAT, market="dam")


def test_spp_one_name_in_two_balancing_areas() -> None:
    """Since 2026 a column names the area; a name that stands in two of them is asked for with its area."""
    text = SPP_HEADER.replace("\n", ",BAA\n") + "".join(
        spp_row("06/04/2026 06:00:00", price).replace("\n", f",{area}\n") for area, price in (("SPP", 1), ("SWPW", 2))
    )
    with pytest.raises(PriceFileError, match=r"stands for several: .*'SPPNORTH_HUB = SPP:SPPNORTH_HUB'"):
        readings(text, spp.FORMAT, "SPPNORTH_HUB")
    assert readings(text, spp.FORMAT, "SWPW:SPPNORTH_HUB").prices.tolist() == [2]


MONTHLY_HEADER = (
    "Date, Settlement Location Name, PNODE Name, Price Type," + ",".join(f" HE{hour:02d}" for hour in HOURS) + "\n"
)


def monthly_text(first_hour: int, last_hour: int) -> str:
    """A roll-up of January 2025, an hour's number its price, from an hour of the first day to one of 1 February."""
    rows = []
    for day in range(32):
        date = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=day)
        hours = [day * 24 + hour for hour in range(24)]
        cells = [str(hour) if first_hour <= hour < 31 * 24 + last_hour else "" for hour in hours]
        rows.append(f"{date:%Y/%m/%d}, SPPNORTH_HUB,P, LMP,{','.join(cells)}\n")
        rows.append(f"{date:%Y/%m/%d}, SPPNORTH_HUB,P, MCC,{','.join('9' for _ in cells)}\n")
    return MONTHLY_HEADER + "".join(rows)


def test_spp_monthly_roll_up_of_gmt_days() -> None:
    """January from 06:00 GMT of the first to 06:00 GMT of 1 February is a whole month in the middle of the country."""
    read = readings(monthly_text(6, 6), spp.FORMAT, "SPPNORTH_HUB")
    wall = by_wall(read)
    assert (len(wall), wall[0], wall[-1]) == (744, ("01-01 00:00", 6), ("01-31 23:00", 749))


def test_spp_monthly_roll_up_of_an_unknown_clock_is_refused() -> None:
    """A month from midnight to midnight does not say where; it is not guessed."""
    with pytest.raises(PriceFileError, match="no whole months of GMT, and it names no clock: expected the daily files"):
        readings(monthly_text(0, 0), spp.FORMAT, "SPPNORTH_HUB")
