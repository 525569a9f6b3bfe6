"""ENTSO-E, OMIE and SMARD files: EUR, days of 23 and 25 hours told in four ways, and decimal commas."""

from __future__ import annotations

import pytest

from sites.hourly import PriceFileError
from sites.price_formats import entsoe, omie, smard
from tests.sites.format_files import (
    by_utc,
    by_wall,
    hourly,
    monthly_means,
    needs_real_files,
    readings,
    real_table,
    table,
)

OLD_HEADER = '"MTU (CET/CEST)","Day-ahead Price [EUR/MWh]","Currency","BZN|FR"\n'


def old_row(day: str, begin: str, end: str, price: str) -> str:
    """A row of the export until 2024, which has one value less than the header has names."""
    return f'"{day} {begin} - {day} {end}","{price}","{"EUR" if price else ""}"\n'


def test_entsoe_old_export_has_one_name_too_many() -> None:
    """Four names, three values: the fourth is the area, and nothing shifts."""
    read = readings(OLD_HEADER + old_row("01.01.2022", "00:00", "01:00", "89.06"), entsoe.FORMAT)
    assert by_wall(read) == [("01-01 00:00", 89.06)]
    assert by_utc(read) == [("12-31 23:00", 89.06)]
    assert (read.currency, read.location, read.step_minutes, read.notes) == ("EUR", "BZN|FR", 60, ())


def test_entsoe_old_spring_row_is_empty() -> None:
    """The hour from 02:00 does not exist and is there without a price: left out, and nothing to tell."""
    day = "27.03.2022"
    rows = (
        old_row(day, "01:00", "02:00", "221.93")
        + old_row(day, "02:00", "03:00", "")
        + old_row(day, "03:00", "04:00", "214")
    )
    read = readings(OLD_HEADER + rows, entsoe.FORMAT)
    assert by_utc(read) == [("03-27 00:00", 221.93), ("03-27 01:00", 214)]
    assert by_wall(read) == [("03-27 01:00", 221.93), ("03-27 03:00", 214)]
    assert read.notes == ()


def test_entsoe_old_autumn_row_is_there_twice() -> None:
    """The first 02:00 is summer time, midnight UTC."""
    day = "30.10.2022"
    hours = (("01:00", "02:00"), ("02:00", "03:00"), ("02:00", "03:00"), ("03:00", "04:00"))
    rows = "".join(old_row(day, *hour, str(place)) for place, hour in enumerate(hours))
    read = readings(OLD_HEADER + rows, entsoe.FORMAT)
    assert by_utc(read) == [("10-29 23:00", 0), ("10-30 00:00", 1), ("10-30 01:00", 2), ("10-30 02:00", 3)]


@pytest.mark.parametrize("price", ["", "-", "n/e", "N/A"])
def test_entsoe_hours_without_a_price(price: str) -> None:
    """Whatever stands for no price, the row is left out and counted."""
    rows = old_row("01.01.2022", "00:00", "01:00", "1") + old_row("01.01.2022", "01:00", "02:00", price)
    read = readings(OLD_HEADER + rows, entsoe.FORMAT)
    assert (read.prices.tolist(), read.notes) == ([1], ("1 unpriced row left out",))


def test_entsoe_a_price_in_an_hour_that_does_not_exist() -> None:
    """A file on another clock than its header says is not read."""
    text = OLD_HEADER + old_row("27.03.2022", "02:00", "03:00", "5")
    with pytest.raises(
        PriceFileError, match=r"market\.csv:2: time = 2022-03-27 02:00 does not exist: .*Europe/Brussels"
    ):
        readings(text, entsoe.FORMAT)


def test_entsoe_other_clocks_and_currencies() -> None:
    """The header names both; a clock that is not known is refused."""
    header = '"MTU ({})","Day-ahead Price [GBP/MWh]","Currency","BZN|GB"\n'
    row = '"01.07.2020 12:00 - 01.07.2020 13:00","30.5","GBP"\n'
    read = readings(header.format("UTC") + row, entsoe.FORMAT)
    assert (read.currency, by_utc(read)) == ("GBP", [("07-01 12:00", 30.5)])
    assert by_utc(readings(header.format("WET/WEST") + row, entsoe.FORMAT)) == [("07-01 11:00", 30.5)]
    assert by_utc(readings(header.format("EET/EEST") + row, entsoe.FORMAT)) == [("07-01 09:00", 30.5)]
    with pytest.raises(PriceFileError, match=r"market\.csv:1: MTU \(XYZ\) names no known clock"):
        readings(header.format("XYZ") + row, entsoe.FORMAT)
    with pytest.raises(PriceFileError, match=r"market.csv:2: Currency = EUR differs from the header's GBP"):
        readings(header.format("UTC") + row.replace('"GBP"', '"EUR"'), entsoe.FORMAT)


NEW_HEADER = (
    '"MTU (CET/CEST)","Area","Sequence","Day-ahead Price (EUR/MWh)",'
    '"Intraday Period (CET/CEST)","Intraday Price (EUR/MWh)"\n'
)


def new_row(span: str, price: float, area: str = "BZN|BE", sequence: str = "Without Sequence") -> str:
    """A row of the export since 2025, without quotes."""
    return f"{span},{area},{sequence},{price},,\n"


def new_text(day: str, *spans: str) -> str:
    """A file of one area; prices count up from 1; spans name the times of one day."""
    rows = []
    for price, span in enumerate(spans, start=1):
        begin, _, end = span.partition(" - ")
        rows.append(new_row(f"{day} {begin} - {day} {end}", price))
    return NEW_HEADER.replace('"', "") + "".join(rows)


def test_entsoe_new_export_in_quarter_hours() -> None:
    """Day and month are divided by a stroke, times have seconds; the intraday columns may stay empty."""
    read = readings(new_text("01/02/2025", "00:00:00 - 00:15:00", "00:15:00 - 00:30:00"), entsoe.FORMAT)
    assert by_wall(read) == [("02-01 00:00", 1), ("02-01 00:15", 2)]
    assert (read.step_minutes, read.location, read.currency) == (15, "BZN|BE", "EUR")


def test_entsoe_new_spring_change() -> None:
    """The quarter from 01:45 (CET) ends at 03:00 (CEST), and is one quarter of an hour."""
    text = new_text(
        "30/03/2025",
        "01:30:00 - 01:45:00 (CET)",
        "01:45:00 (CET) - 03:00:00 (CEST)",
        "03:00:00 (CEST) - 03:15:00",
    )
    read = readings(text, entsoe.FORMAT)
    assert by_utc(read) == [("03-30 00:30", 1), ("03-30 00:45", 2), ("03-30 01:00", 3)]
    assert by_wall(read) == [("03-30 01:30", 1), ("03-30 01:45", 2), ("03-30 03:00", 3)]


def test_entsoe_new_autumn_change() -> None:
    """Suffixes tell the two hours from 02:00 apart; one row ends before it begins, by the clock."""
    text = new_text(
        "26/10/2025",
        "01:45:00 - 02:00:00 (CEST)",
        "02:00:00 (CEST) - 02:15:00 (CEST)",
        "02:45:00 (CEST) - 02:00:00 (CET)",
        "02:00:00 (CET) - 02:15:00 (CET)",
        "02:45:00 (CET) - 03:00:00",
        "03:00:00 - 03:15:00",
    )
    assert by_utc(readings(text, entsoe.FORMAT)) == [
        ("10-25 23:45", 1),
        ("10-26 00:00", 2),
        ("10-26 00:45", 3),
        ("10-26 01:00", 4),
        ("10-26 01:45", 5),
        ("10-26 02:00", 6),
    ]


def test_entsoe_hours_and_quarters_in_one_file() -> None:
    """An hour before the change to quarter hours counts as four of the same price."""
    text = new_text("30/09/2025", "23:00:00 - 00:00:00") + new_row("01/10/2025 00:00:00 - 01/10/2025 00:15:00", 2)
    read = readings(text, entsoe.FORMAT)
    assert by_wall(read) == [(f"09-30 23:{minute:02d}", 1) for minute in (0, 15, 30, 45)] + [("10-01 00:00", 2)]


def test_entsoe_areas_and_sequences() -> None:
    """An area may be named with or without its BZN; one with two sequences needs the sequence."""
    span = "01/01/2025 00:00:00 - 01/01/2025 00:15:00"
    text = NEW_HEADER + "".join(
        [
            new_row(span, 1),
            new_row(span, 2, "BZN|DE-LU", "Sequence Sequence 1"),
            new_row(span, 3, "BZN|DE-LU", "Sequence Sequence 2"),
        ]
    )
    assert readings(text, entsoe.FORMAT, "be").prices.tolist() == [1]
    assert readings(text, entsoe.FORMAT, "BZN|DE-LU Sequence Sequence 2").prices.tolist() == [3]
    with pytest.raises(PriceFileError, match="stands for several"):
        readings(text, entsoe.FORMAT, "DE-LU")
    with pytest.raises(PriceFileError, match="location is not given"):
        readings(text, entsoe.FORMAT)


def test_entsoe_intraday_prices_are_not_read() -> None:
    """The file's day-ahead prices do not stand in for what is asked for."""
    with pytest.raises(PriceFileError, match="the file holds day-ahead prices"):
        readings(new_text("01/02/2025", "00:00:00 - 00:15:00"), entsoe.FORMAT, market="rtm")


@needs_real_files
def test_entsoe_real_year_of_the_old_export() -> None:
    """France in 2022: 8,760 prices and one empty row."""
    read = readings(real_table("Day-ahead Prices_202201010000-202301010000.csv"), entsoe.FORMAT)
    assert (len(read.prices), read.prices.min(), read.prices.max()) == (8760, -1.44, 2987.78)
    assert read.prices.mean() == pytest.approx(275.88, abs=0.005)
    assert (int((read.prices > 200).sum()), int((read.prices < 0).sum())) == (5847, 4)
    assert read.instants is not None
    assert set((read.instants[1:] - read.instants[:-1]).tolist()) == {60}
    assert monthly_means(read) == [
        211.42, 185.55, 295.2, 233.1, 197.43, 248.4, 400.87, 492.49, 394.7, 178.88, 191.88, 270.89
    ]  # fmt: skip


@needs_real_files
def test_entsoe_real_year_of_the_new_export() -> None:
    """Belgium in 2025, by quarter hours: the counts are of hourly means."""
    read = readings(real_table("GUI_ENERGY_PRICES_202412312300-202512312300.csv"), entsoe.FORMAT)
    assert (len(read.prices), read.prices.min(), read.prices.max()) == (35040, -462.33, 517.57)
    assert read.prices.mean() == pytest.approx(82.57, abs=0.005)
    means = hourly(read)
    assert (len(means), int((means > 200).sum()), int((means < 0).sum())) == (8760, 74, 519)
    assert read.instants is not None
    assert set((read.instants[1:] - read.instants[:-1]).tolist()) == {15}
    assert monthly_means(read) == [
        112.0, 128.75, 91.21, 73.39, 61.07, 65.33, 83.07, 68.98, 63.6, 75.07, 86.19, 85.35
    ]  # fmt: skip


def omie_text(day: str, periods: int, first: int = 1) -> str:
    """A daily file: Portugal's price is the period, Spain's a hundred more."""
    rows = "".join(f"{day};{period};{period}.5;{100 + period}.5;\n" for period in range(first, periods + 1))
    return f"MARGINALPDBC;\n{rows}*\n"


@pytest.mark.parametrize(("location", "first"), [("Portugal", 1.5), ("pt", 1.5), ("Spain", 101.5), ("es", 101.5)])
def test_omie_fifth_is_portugal_and_sixth_spain(location: str, first: float) -> None:
    """Period 1 begins at midnight in Spain, 23:00 UTC in winter."""
    read = readings(omie_text("2024;01;15", 24), omie.FORMAT, location)
    assert by_utc(read)[0] == ("01-14 23:00", first)
    assert by_wall(read)[-1] == ("01-15 23:00", first + 23)
    assert (read.currency, read.step_minutes) == ("EUR", 60)


def test_omie_needs_a_country() -> None:
    """Both countries are in every file."""
    with pytest.raises(
        PriceFileError, match="location is not given: expected one of the file's locations: 'Spain', 'Port"
    ):
        readings(omie_text("2024;01;15", 24), omie.FORMAT)


@pytest.mark.parametrize(
    ("day", "periods", "third", "last"),
    [("2024;03;31", 23, "03-31 03:00", "03-31 23:00"), ("2024;10;27", 25, "10-27 02:00", "10-27 23:00")],
)
def test_omie_days_of_23_and_25_hours(day: str, periods: int, third: str, last: str) -> None:
    """Periods count on through the change: the third begins at 03:00 in spring and at 02:00 in autumn."""
    wall = by_wall(readings(omie_text(day, periods), omie.FORMAT, "PT"))
    assert (len(wall), wall[2], wall[-1]) == (periods, (third, 3.5), (last, periods + 0.5))
    if periods == 25:
        assert wall[3] == ("10-27 02:00", 4.5)


@pytest.mark.parametrize(("day", "periods"), [("2025;10;01", 96), ("2026;03;29", 92), ("2025;10;26", 100)])
def test_omie_quarter_hours_since_october_2025(day: str, periods: int) -> None:
    """A day has four times as many periods, also on the days of the change; all fill the day."""
    read = readings(omie_text(day, periods), omie.FORMAT, "ES")
    assert read.instants is not None
    assert set((read.instants[1:] - read.instants[:-1]).tolist()) == {15}
    assert (read.step_minutes, by_wall(read)[-1][0][6:]) == (15, "23:45")


def test_omie_a_period_that_the_day_does_not_have() -> None:
    """The 24th hour of a spring day is refused."""
    with pytest.raises(PriceFileError, match=r"market\.csv:25: period = 2024 03 31 24: expected a date, and a period"):
        readings(omie_text("2024;03;31", 24), omie.FORMAT, "PT")


def test_omie_days_joined_across_the_change_to_quarter_hours() -> None:
    """Files pasted together keep their titles and stars; an hour becomes four quarter hours."""
    read = readings(omie_text("2025;09;30", 24) + omie_text("2025;10;01", 96), omie.FORMAT, "PT")
    assert (len(read.prices), read.step_minutes) == (192, 15)
    assert by_wall(read)[92:97] == [
        *((f"09-30 23:{minute:02d}", 24.5) for minute in (0, 15, 30, 45)),
        ("10-01 00:00", 1.5),
    ]


def test_omie_decimal_comma_and_short_row() -> None:
    """Some copies have a comma; a row that lacks a price is refused."""
    text = "MARGINALPDBC;\n2024;01;15;1;13,5;14,25;\n*\n"
    assert readings(text, omie.FORMAT, "Spain").prices.tolist() == [14.25]
    with pytest.raises(PriceFileError, match=r"market\.csv:2: the row has 5 fields: expected 6"):
        readings("MARGINALPDBC;\n2024;01;15;1;13.5\n*\n", omie.FORMAT, "Spain")


GERMAN = "Datum von;Datum bis;Deutschland/Luxemburg [€/MWh] Originalauflösungen;Belgien [€/MWh] Originalauflösungen\n"
ENGLISH = (
    "Start date;End date;Germany/Luxembourg [€/MWh] Calculated resolutions;Belgium [€/MWh] Calculated resolutions\n"
)


def test_smard_german_file() -> None:
    """Decimal comma, points for thousands, and a dash for a price that is not there."""
    text = GERMAN + (
        "01.09.2026 00:00;01.09.2026 01:00;10,05;99,00\n"
        "01.09.2026 01:00;01.09.2026 02:00;-1.234,50;99,00\n"
        "01.09.2026 02:00;01.09.2026 03:00;-;99,00\n"
    )
    read = readings(text, smard.FORMAT, "deutschland/luxemburg")
    assert by_utc(read) == [("08-31 22:00", 10.05), ("08-31 23:00", -1234.5)]
    assert (read.currency, read.location, read.notes) == ("EUR", "Deutschland/Luxemburg", ("1 unpriced row left out",))


def test_smard_english_file() -> None:
    """Month names, a clock of twelve hours and a decimal point; the date has a comma of its own."""
    text = ENGLISH + (
        "Oct 1, 2024 12:00 AM;Oct 1, 2024 1:00 AM;10.05;1\n"
        "Oct 1, 2024 1:00 AM;Oct 1, 2024 2:00 AM;-;3\n"
        "Oct 1, 2024 11:00 AM;Oct 1, 2024 12:00 PM;5;4\n"
        "Oct 1, 2024 12:00 PM;Oct 1, 2024 1:00 PM;1,234.50;2\n"
    )
    read = readings(text, smard.FORMAT, "Germany/Luxembourg")
    assert by_wall(read) == [("10-01 00:00", 10.05), ("10-01 11:00", 5), ("10-01 12:00", 1234.5)]
    assert readings(text, smard.FORMAT, "belgium").prices.tolist() == [1, 3, 4, 2]


def test_smard_already_split_at_semicolons() -> None:
    """It does not matter whether the cells were split at commas or at semicolons before."""
    text = GERMAN + "01.09.2026 00:00;01.09.2026 01:00;10,05;99,00\n"
    split = table(text.replace(",", "§").replace(";", ","))
    cells = [(line, [cell.replace("§", ",") for cell in row]) for line, row in split.lines]
    read = readings(type(split)(split.file, cells), smard.FORMAT, "Belgien")
    assert by_wall(read) == [("09-01 00:00", 99.0)]


def test_smard_older_files_have_the_date_in_a_column_of_its_own() -> None:
    """Datum, Anfang, Ende."""
    text = "Datum;Anfang;Ende;Deutschland/Luxemburg [€/MWh] Originalauflösungen\n15.01.2024;00:00;01:00;39,01\n"
    assert by_wall(readings(text, smard.FORMAT)) == [("01-15 00:00", 39.01)]


def test_smard_spring_and_autumn() -> None:
    """In spring 03:00 follows 01:45; in autumn the second pass of 02:00 begins where the clock falls back."""
    spring = GERMAN + "30.03.2025 01:45;x;1,0;0\n30.03.2025 03:00;x;2,0;0\n"
    assert by_utc(readings(spring, smard.FORMAT, "Deutschland/Luxemburg")) == [("03-30 00:45", 1), ("03-30 01:00", 2)]
    times = ["01:45", *(f"02:{minute:02d}" for _ in "12" for minute in (0, 15, 30, 45)), "03:00"]
    autumn = GERMAN + "".join(f"26.10.2025 {time};x;{place},0;0\n" for place, time in enumerate(times))
    utc = by_utc(readings(autumn, smard.FORMAT, "Deutschland/Luxemburg"))
    assert [time for time, _ in utc] == [
        "10-25 23:45",
        *(f"10-26 00:{minute:02d}" for minute in (0, 15, 30, 45)),
        *(f"10-26 01:{minute:02d}" for minute in (0, 15, 30, 45)),
        "10-26 02:00",
    ]


@pytest.mark.parametrize("cell", ["10.05", "x", "1,2,3"])
def test_smard_numbers_of_the_other_language(cell: str) -> None:
    """Where others have a decimal comma, 10.05 is neither 10.05 nor 1005 for sure, so it is refused."""
    text = GERMAN + f"01.09.2026 00:00;01.09.2026 01:00;{cell};99,00\n01.09.2026 01:00;01.09.2026 02:00;3,5;1\n"
    with pytest.raises(PriceFileError) as error:
        readings(text, smard.FORMAT, "Deutschland/Luxemburg")
    (finding,) = error.value.findings
    assert (finding.line, finding.value, finding.expected) == (2, cell, "a price in EUR/MWh")
    assert finding.column == "Deutschland/Luxemburg [€/MWh] Originalauflösungen"


def test_smard_workbook_has_plain_numbers_and_times() -> None:
    """A workbook's cells come as ISO times and numbers with a point, below a language that would write a comma."""
    text = GERMAN + "2026-09-01 00:00:00;x;10.05;-\n2026-09-01 01:00:00;x;7;-\n"
    read = readings(text, smard.FORMAT, "Deutschland/Luxemburg")
    assert by_wall(read) == [("09-01 00:00", 10.05), ("09-01 01:00", 7)]
