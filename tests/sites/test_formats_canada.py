"""AESO and IESO files: CAD, a clock that calls the spring hour otherwise, and one that never changes."""

from __future__ import annotations

import pytest

from sites.hourly import PriceFileError
from sites.price_formats import aeso, ieso
from tests.sites.format_files import (
    by_utc,
    by_wall,
    hours_between,
    monthly_means,
    needs_real_files,
    readings,
    real_table,
)

AESO_TITLES = 'Pool Price\r\n\r\n""\r\n\r\nDate (HE),Price ($),30Ravg ($),AIL Demand (MW)\r\n'


def aeso_text(*rows: tuple[str, str]) -> str:
    """A report with these labels and prices; title lines end otherwise than data lines, as in the real one."""
    return AESO_TITLES + "".join(f'"{label}","{price}","100.0","9000.0"\n' for label, price in rows) + "\n"


def test_aeso_hours_end() -> None:
    """Hour 01 begins the day, hour 24 its last hour; the price is in CAD."""
    read = readings(aeso_text(("01/01/2022 01", "65.64"), ("01/01/2022 24", "2")), aeso.FORMAT)
    assert by_wall(read) == [("01-01 00:00", 65.64), ("01-01 23:00", 2)]
    assert (read.currency, read.location, read.lines.tolist()) == ("CAD", "Alberta", [6, 7])


def test_aeso_spring_day_has_no_02() -> None:
    """What is called 03 ends at 03:00 summer time and began at 01:00 standard time, 08:00 UTC."""
    rows = [("03/13/2022 01", "71"), ("03/13/2022 03", "66"), ("03/13/2022 04", "65"), ("03/13/2022 05", "64")]
    read = readings(aeso_text(*rows), aeso.FORMAT)
    assert by_utc(read) == [("03-13 07:00", 71), ("03-13 08:00", 66), ("03-13 09:00", 65), ("03-13 10:00", 64)]
    assert by_wall(read) == [("03-13 00:00", 71), ("03-13 01:00", 66), ("03-13 03:00", 65), ("03-13 04:00", 64)]


def test_aeso_autumn_day_has_a_starred_02() -> None:
    """02 begins at 01:00 summer time, 07:00 UTC, and 02* an hour later at 01:00 standard time."""
    rows = [("11/06/2022 01", "57"), ("11/06/2022 02", "54"), ("11/06/2022 02*", "48"), ("11/06/2022 03", "53")]
    read = readings(aeso_text(*rows), aeso.FORMAT)
    assert by_utc(read) == [("11-06 06:00", 57), ("11-06 07:00", 54), ("11-06 08:00", 48), ("11-06 09:00", 53)]
    assert by_wall(read)[1:3] == [("11-06 01:00", 54), ("11-06 01:00", 48)]


def test_aeso_year_has_every_hour_once() -> None:
    """All labels of a year are all of its hours: 23 on the spring day, where the hour from 01:00 is called 03."""
    rows = []
    for place, hour in enumerate(hours_between("2022-01-01", "2022-12-31", "America/Edmonton")):
        last_before_the_change = f"{hour:%m-%d %H}" == "03-13 01"
        label = f"{hour.hour + 1 + last_before_the_change:02d}{'*' if hour.fold else ''}"
        rows.append((f"{hour:%m/%d/%Y} {label}", str(place)))
    read = readings(aeso_text(*rows), aeso.FORMAT)
    assert read.instants is not None
    assert ((read.instants - read.instants[0]) // 60).tolist() == read.prices.tolist() == list(range(8760))


def test_aeso_future_hours_are_left_out() -> None:
    """An hour that has not come yet has a dash; it is left out and counted."""
    rows = [("01/01/2022 01", "65.64"), ("01/01/2022 02", "-"), ("01/01/2022 03", "-")]
    read = readings(aeso_text(*rows), aeso.FORMAT)
    assert (read.prices.tolist(), read.notes) == ([65.64], ("2 unpriced rows left out",))


@pytest.mark.parametrize("label", ["01/01/2022 25", "01/01/2022 00", "13/01/2022 01", "01/01/2022", "01/01/2022 02?"])
def test_aeso_labels_that_are_none(label: str) -> None:
    """Hours run from 01 to 24, and the month comes first."""
    with pytest.raises(PriceFileError, match=r"market\.csv:6: Date \(HE\) = .*: expected a date and an hour ending"):
        readings(aeso_text((label, "1")), aeso.FORMAT)


def test_aeso_one_price_for_the_province() -> None:
    """Alberta is the only location, and its price is a real-time one."""
    text = aeso_text(("01/01/2022 01", "65.64"))
    assert readings(text, aeso.FORMAT, "alberta", "rtm").prices.tolist() == [65.64]
    with pytest.raises(PriceFileError, match="location = Calgary: expected one of the file's locations: 'Alberta'"):
        readings(text, aeso.FORMAT, "Calgary")
    with pytest.raises(PriceFileError, match="the file holds real-time prices"):
        readings(text, aeso.FORMAT, market="dam")


@needs_real_files
def test_aeso_real_year() -> None:
    """The pool price of 2022: complete, capped at 999.99 CAD, floored at 0."""
    read = readings(real_table("aeso_pool_price_2022.csv"), aeso.FORMAT)
    assert (len(read.prices), read.prices.min(), read.prices.max()) == (8760, 0.0, 999.99)
    assert read.prices.mean() == pytest.approx(162.46, abs=0.005)
    assert (int((read.prices > 200).sum()), int((read.prices < 0).sum())) == (1659, 0)
    assert monthly_means(read) == [
        90.81, 105.22, 75.38, 117.14, 121.24, 129.08, 141.55, 257.75, 266.39, 142.34, 186.84, 311.73
    ]  # fmt: skip
    assert read.instants is not None
    assert set((read.instants[1:] - read.instants[:-1]).tolist()) == {60}


HOEP_TITLES = (
    "\\\\Yearly HOEP OR Predispatch Report,,,,,,,,\n\\\\Created at 2022-01-31 08:02:12,,,,,,,,\n\\\\For 2021,,,,,,,,\n"
    "Date,Hour,HOEP,Hour 1 Predispatch,Hour 2 Predispatch,Hour 3 Predispatch,"
    "OR 10 Min Sync,OR 10 Min non-sync,OR 30 Min\n"
)


@pytest.mark.parametrize("day", ["2021-01-01", "2021-03-14", "2021-07-01", "2021-11-07"])
def test_ieso_every_day_has_24_hours_of_standard_time(day: str) -> None:
    """Hour 1 begins at midnight, 05:00 UTC, in summer and on the days of the change too."""
    text = HOEP_TITLES + "".join(f"{day},{hour},{hour}.5,1,1,1,0,0,0\n" for hour in range(1, 25))
    read = readings(text, ieso.FORMAT)
    assert by_wall(read) == [(f"{day[5:]} {hour:02d}:00", hour + 1.5) for hour in range(24)]
    assert by_utc(read)[0] == (f"{day[5:]} 05:00", 1.5)
    assert (read.currency, read.location) == ("CAD", "Ontario")


def test_ieso_saved_as_a_workbook() -> None:
    """A date that a spreadsheet gives as its midnight is that date."""
    text = HOEP_TITLES + "2021-07-01 00:00:00,2,7.5,1,1,1,0,0,0\n"
    assert by_wall(readings(text, ieso.FORMAT)) == [("07-01 01:00", 7.5)]


def test_ieso_on_the_clock_of_toronto() -> None:
    """Where the clock of Toronto is asked for, hour 1 of a summer day begins at 01:00 there."""
    text = HOEP_TITLES + "2021-07-01,1,7.5,1,1,1,0,0,0\n"
    assert by_wall(readings(text, ieso.FORMAT, zone="America/Toronto")) == [("07-01 01:00", 7.5)]


def test_ieso_faulty_hours_and_prices() -> None:
    """Hour 25 and a blank price are told with their line and CAD."""
    text = HOEP_TITLES + "2021-07-01,25,7.5,1,1,1,0,0,0\n2021-07-01,2,,1,1,1,0,0,0\n"
    with pytest.raises(PriceFileError) as error:
        readings(text, ieso.FORMAT)
    assert "market.csv:5: Date, Hour = 2021-07-01 25: expected a date and an hour from 1 to 24" in str(error.value)
    assert "market.csv:6: HOEP is blank: expected a price in CAD/MWh" in str(error.value)


NODAL_HEADER = "Delivery Hour,Pricing Location,LMP,Energy Loss Price,Energy Congestion Price\n"


def test_ieso_nodal_day_ahead_file() -> None:
    """The day stands in the title, hours are of standard time, and a location may be named without its ending."""
    text = (
        "CREATED AT 2025/05/30 12:34:56 FOR 2025/06/01\n"
        + NODAL_HEADER
        + "1,TORONTO.ZN:LMP,30.5,0,0\n1,BRUCE.AG:LMP,20.5,0,0\n2,TORONTO.ZN:LMP,31.5,0,0\n"
    )
    for location in ("TORONTO.ZN:LMP", "toronto.zn"):
        assert by_utc(readings(text, ieso.FORMAT, location)) == [("06-01 05:00", 30.5), ("06-01 06:00", 31.5)]
    with pytest.raises(PriceFileError, match=r"location is not given: .*: 'BRUCE\.AG:LMP', 'TORONTO\.ZN:LMP';"):
        readings(text, ieso.FORMAT)
    with pytest.raises(PriceFileError, match="no line above the header holds the day"):
        readings(text.partition("\n")[2], ieso.FORMAT, "BRUCE.AG")


def test_ieso_nodal_real_time_file() -> None:
    """Interval 12 of hour 1 begins five minutes before the hour ends."""
    text = (
        "CREATED AT 2025/06/01 01:00:00 FOR 2025/06/01\n"
        "Delivery Hour,Interval,Pricing Location,LMP,Energy Loss Price,Energy Congestion Price\n"
        "1,1,BRUCE.AG:LMP,20.5,0,0\n1,12,BRUCE.AG:LMP,21.5,0,0\n"
    )
    read = readings(text, ieso.FORMAT, market="rtm")
    assert by_wall(read) == [("06-01 00:00", 20.5), ("06-01 00:55", 21.5)]
    assert read.step_minutes == 5


ONTARIO_XML = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="http://www.ieso.ca/schema"><DocHeader><CreatedAt>2026-08-15T12:31:16</CreatedAt></DocHeader>
<DocBody><DeliveryDate>2026-08-16</DeliveryDate>
<HourlyPriceComponents><PricingHour>1</PricingHour><ZonalPrice>39.09</ZonalPrice>
<LossPriceCapped>0.26</LossPriceCapped><Flag>DSO-RD</Flag></HourlyPriceComponents>
<HourlyPriceComponents>
  <PricingHour>24</PricingHour>
  <ZonalPrice>-4.11</ZonalPrice>
</HourlyPriceComponents>
</DocBody></Document>
"""


def test_ieso_day_ahead_price_of_ontario_as_xml() -> None:
    """The price of all Ontario is published as XML only: hour 24 begins at 23:00 of standard time."""
    read = readings(ONTARIO_XML, ieso.XML_FORMAT, market="dam")
    assert by_wall(read) == [("08-16 00:00", 39.09), ("08-16 23:00", -4.11)]
    assert (read.currency, read.location) == ("CAD", "Ontario")
    with pytest.raises(PriceFileError, match="the day of delivery is missing"):
        readings(ONTARIO_XML.replace("DeliveryDate", "Day"), ieso.XML_FORMAT)
    with pytest.raises(PriceFileError, match="ZonalPrice = none: expected a price in CAD/MWh"):
        readings(ONTARIO_XML.replace("39.09", "none"), ieso.XML_FORMAT)


@needs_real_files
def test_ieso_real_year() -> None:
    """HOEP of 2021: 24 hours every day."""
    read = readings(real_table("PUB_PriceHOEPPredispOR_2021.csv"), ieso.FORMAT)
    assert (len(read.prices), read.prices.min(), read.prices.max()) == (8760, -3.94, 1660.80)
    assert read.prices.mean() == pytest.approx(26.75, abs=0.005)
    assert (int((read.prices > 200).sum()), int((read.prices < 0).sum())) == (12, 47)
    expected = [16.86, 32.52, 17.07, 8.52, 13.57, 24.42, 26.08, 40.48, 29.24, 38.61, 39.36, 34.62]
    assert monthly_means(read) == expected
