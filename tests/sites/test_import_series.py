"""From files to one series in USD: several files, rates of exchange, chosen years, units, and the account of it all."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from sites import load_portfolio
from sites.clock import wall_time
from sites.findings import PortfolioError
from sites.hourly import PriceFileError
from sites.price_files import read_price_files
from sites.price_formats.base import Request
from sites.price_import import import_prices
from tests.cli.command import PORTFOLIO
from tests.sites.format_files import SHARED_POWER, hours_between, needs_real_files

Write = Callable[..., Path]
ISO = "%Y-%m-%d %H:%M:%S"
AESO = "Date (HE),Price ($),30Ravg ($),AIL Demand (MW)"
ERCOT = "DeliveryDate,HourEnding,SettlementPoint,SettlementPointPrice,DSTFlag"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A function that writes lines to a file and gives its path."""

    def _write(lines: list[str], name: str = "prices.csv") -> Path:
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return _write


def refusal(*paths: Path, **options: object) -> str:
    """The message with which files are refused."""
    with pytest.raises(PriceFileError) as caught:
        import_prices(list(paths), id="x", **options)  # type: ignore[arg-type]
    return str(caught.value)


def aeso(year: int = 2022) -> list[str]:
    """A year of Alberta's pool price, without the rest of its columns; the price is the month."""
    first = datetime(year, 1, 1)  # noqa: DTZ001 - a wall clock
    hours = [first + timedelta(hours=hour) for hour in range(8760)]
    rows = [f'"{hour:%m/%d/%Y} {hour.hour + 1:02d}","{hour.month}.00","1","2"' for hour in hours]
    del rows[rows.index('"03/13/2022 02","3.00","1","2"')]
    return ["Pool Price", "", '""', "", AESO, *rows]


def months(year: int = 2022, rate: float = 0.01) -> list[str]:
    """A file of rates: those of a month are its number times the rate."""
    return ["month,usd_per_unit", *(f"{year}-{month:02d},{month * rate:.2f}" for month in range(1, 13))]


def ercot(first: str, last: str, shift: float = 0) -> list[str]:
    """Daily prices of one point; the price is the hour of the day."""
    rows = [
        f"{hour:%m/%d/%Y},{hour.hour + 1:02d}:00,HB_WEST,{hour.hour + shift},{'Y' if hour.fold else 'N'}"
        for hour in hours_between(first, last, "America/Chicago")
    ]
    return [ERCOT, *rows]


def test_another_currency_is_refused_without_a_rate(write: Write) -> None:
    """Canadian prices are never taken for USD; the error says what to give."""
    message = refusal(write(aeso()))
    assert "the prices are in CAD: expected a rate that makes CAD USD" in message
    assert "month,usd_per_unit" in message


@pytest.mark.parametrize("fx", [0.75, "0.75"])
def test_one_rate_for_all_months(write: Write, fx: float | str) -> None:
    """Every price times the rate; the account keeps the currency and the rate."""
    found = import_prices([write(aeso())], id="x", fx=fx)
    assert found.prices.month_prices(2022, 4).tolist() == [3.0] * 720
    assert (found.currency, found.account()["fx"]) == ("CAD", {"usd_per_unit": 0.75})


def test_a_rate_for_every_month(write: Write) -> None:
    """The price of a month is its number, and so is its rate in hundredths: April is 4 x 0.04."""
    rates = write(months(), "cad.csv")
    found = import_prices([write(aeso())], id="x", fx=rates)
    for month in range(1, 13):
        assert found.prices.month_prices(2022, month) == pytest.approx(month * month / 100, rel=1e-12)
    assert found.account()["fx"]["file"] == "cad.csv"
    assert found.account()["fx"]["usd_per_unit"]["2022-04"] == 0.04
    assert import_prices([write(aeso())], id="x", fx=str(rates)).prices == found.prices


def test_months_without_a_rate_are_listed(write: Write) -> None:
    """Rates of ten months are not stretched over twelve."""
    rates = write([line for line in months() if line[:7] not in ("2022-02", "2022-11")], "cad.csv")
    assert "cad.csv: has no rate for 2022-02, 2022-11: expected" in refusal(write(aeso()), fx=rates)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("2022-13,0.7", "cad.csv:3: month = 2022-13: expected a month YYYY-MM"),
        ("2022-02,0", "cad.csv:3: usd_per_unit = 0: expected USD per unit of the currency, above 0"),
        ("2022-02,0,7", "cad.csv:3: the row has 3 fields: expected 2"),
        ("2022-01,0.7", "cad.csv:3: month = 2022-01: expected every month once"),
        ("2022-02,x", "cad.csv:3: usd_per_unit = x"),
    ],
)
def test_a_faulty_file_of_rates_is_refused_with_its_line(write: Write, line: str, words: str) -> None:
    """A month or a rate that is none, a decimal comma and a month twice are errors where they stand."""
    rates = months()
    rates[2] = line
    assert words in refusal(write(aeso()), fx=write(rates, "cad.csv"))


def test_other_faults_of_rates(write: Write, tmp_path: Path) -> None:
    """No file, another header, an empty file, a rate below zero, and a rate for prices in USD."""
    path = write(aeso())
    assert "none.csv: cannot be read" in refusal(path, fx="none.csv")
    assert "is of no file of rates: expected the header" in refusal(path, fx=write(["date,rate"], "r.csv"))
    (tmp_path / "empty.csv").write_text("")
    assert "the file is empty" in refusal(path, fx=tmp_path / "empty.csv")
    assert "fx = -1: expected USD per unit" in refusal(path, fx=-1.0)
    assert "the prices are in USD" in refusal(write(ercot("2023-01-01", "2023-12-31"), "e.csv"), fx=0.75)


def test_files_of_days_make_one_series_in_any_order(write: Write) -> None:
    """Months in one file each, named in the wrong order, are one year; the last one alone lacks eleven months."""
    last = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    paths = [
        write(ercot(f"2023-{month:02d}-01", f"2023-{month:02d}-{last[month - 1]}"), f"{month}.csv")
        for month in range(12, 0, -1)
    ]
    found = import_prices(paths, id="x")
    assert (found.prices.years, len(found.prices.cleaning)) == ((2023,), 2)
    assert (found.prices.prices.reshape(-1, 24) == np.arange(24)).all()
    assert len(found.sources) == 12
    assert "8015 hours are missing, 2023-01-01 00:00 to 2023-11-30 23:00" in refusal(paths[0])


def test_a_file_given_twice_counts_once(write: Write) -> None:
    """Equal rows of two files are one, also on the day that has an hour twice."""
    paths = [write(ercot("2023-01-01", "2023-12-31"), name) for name in ("a.csv", "b.csv")]
    found = import_prices(paths, id="x")
    assert found.prices == import_prices(paths[:1], id="x").prices
    assert "8760 rows that two files hold at the same price counted once" in found.notes


def test_two_prices_of_an_hour_in_two_files_are_refused(write: Write) -> None:
    """Which of two prices is right cannot be told."""
    paths = [write(ercot("2023-01-01", "2023-12-31"), "a.csv"), write(ercot("2023-05-01", "2023-05-01", 1), "b.csv")]
    message = refusal(*paths)
    assert "b.csv:2: time 2023-05-01 00:00 stands there twice, first in a.csv line 2881 with another price" in message


def test_files_of_two_locations_or_currencies_or_clocks_are_no_series(write: Write) -> None:
    """A file of Alberta and one of Texas are not joined, and the error names both."""
    message = refusal(write(aeso(), "ab.csv"), write(["Time,Price", "x,5"], "odd.csv"))
    assert "odd.csv" in message
    texas = write(ercot("2023-01-01", "2023-12-31"), "tx.csv")
    message = refusal(write(aeso(), "ab.csv"), texas)
    assert "the files are of several locations: 'Alberta' in ab.csv, 'HB_WEST' in tx.csv" in message
    own = write(["time,usd_per_mwh", "2022-01-01T00:00,5"], "own.csv")
    assert "the files are of several currencies: 'CAD' in ab.csv, 'USD' in own.csv" in refusal(
        write(aeso(), "ab.csv"), own
    )
    assert "the files are of several clocks: 'America/Chicago' in tx.csv" in refusal(texas, own)


def test_intervals_of_different_lengths_may_not_overlap(write: Write) -> None:
    """An hourly file beside one of quarter hours of the same day is two series; of other days it is one."""
    real = "DeliveryDate,DeliveryHour,DeliveryInterval,SettlementPointName,SettlementPointType,SettlementPointPrice"
    quarters = [real, *(f"05/01/2023,{hour},{quarter},HB_WEST,HU,7" for hour in range(1, 25) for quarter in (2, 3, 4))]
    hourly = ercot("2023-01-01", "2023-12-31")
    message = refusal(write(hourly, "h.csv"), write(quarters, "q.csv"))
    assert "h.csv, q.csv: intervals of different lengths lie one over the other, first at 2023-05-01 00:15" in message
    rest = [line for line in hourly if not line.startswith("05/01/2023")]
    found = import_prices([write(rest, "h.csv"), write(quarters, "q.csv")], id="x")
    assert found.prices.month_prices(2023, 5)[:24].tolist() == [7.0] * 24
    assert "24 hours averaged over a part of their minutes" in found.prices.cleaning[2]


def test_chosen_years_leave_the_others_out(write: Write) -> None:
    """Of two years and a half, the whole ones can be kept; a year without rows is an error."""
    path = write(ercot("2022-07-01", "2024-12-31"))
    assert "the year 2022 is not whole" in refusal(path)
    found = import_prices([path], id="x", years=[2024, 2023])
    assert found.prices.years == (2023, 2024)
    assert "4417 rows of other years left out" in found.notes
    assert "there are no rows of 2021: expected years among 2022, 2023, 2024" in refusal(path, years=[2021])


def test_every_repaired_hour_is_in_the_account_and_few_of_many_in_the_sentence(write: Write) -> None:
    """Forty single hours that are missing make forty entries, and a sentence with the first 24 of them."""
    lines = ercot("2023-01-01", "2023-12-31")
    gone = {f"06/{day:02d}/2023,{hour:02d}:00" for day in range(1, 21) for hour in (5, 10)}
    found = import_prices([write([line for line in lines if line[:16] not in gone])], id="x")
    missing = [repair for repair in found.repairs if repair.repair == "missing hour interpolated"]
    assert len(missing) == 40
    assert (missing[0].hour, missing[0].usd_per_mwh) == ("2023-06-01 04:00", 4.0)
    assert found.prices.cleaning[-1].startswith("40 missing hours interpolated: 2023-06-01 04:00, 2023-06-01 09:00, ")
    assert found.prices.cleaning[-1].endswith("2023-06-12 09:00 and 16 more")


def test_the_account_is_plain_json_and_names_its_sources(write: Write) -> None:
    """Every figure of the account can be stored and read back, with the digest of each file."""
    path = write(ercot("2023-01-01", "2023-12-31"))
    found = import_prices([path], id="west", location="HB_WEST", market="dam")
    account = json.loads(json.dumps(found.account(), allow_nan=False))
    assert account == found.account()
    (source,) = account["sources"]
    assert source == {
        "file": "prices.csv",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "bytes": path.stat().st_size,
        "formats": ["ERCOT"],
        "rows": 8760,
    }
    assert (account["location"], account["market"], account["timezone"]) == ("HB_WEST", "dam", "America/Chicago")
    assert (account["currency"], account["fx"], account["years"], account["hours"]) == ("USD", None, [2023], 8760)
    assert account["mean_usd_per_mwh"] == pytest.approx(11.5)
    assert [repair["hour"] for repair in account["repaired_hours"]] == ["2023-11-05 01:00", "2023-03-12 02:00"]


def test_the_same_question_about_many_files_is_asked_once(write: Write) -> None:
    """A location that none of twelve files was given is one finding, not twelve."""
    paths = []
    for day in range(1, 13):
        lines = ercot(f"2023-01-{day:02d}", f"2023-01-{day:02d}")
        paths.append(write([*lines, *(line.replace("HB_WEST", "LZ_WEST") for line in lines[1:])], f"{day}.csv"))
    with pytest.raises(PriceFileError) as caught:
        import_prices(paths, id="x")
    assert len(caught.value.findings) == 1


def test_the_market_that_is_not_there_is_refused(write: Write) -> None:
    """Day-ahead prices are not taken where real-time ones are asked for; another word is no market."""
    path = write(ercot("2023-01-01", "2023-12-31"))
    assert "market = rtm the file holds day-ahead prices" in refusal(path, market="rtm")
    assert "market = spot: expected dam or rtm" in refusal(path, market="spot")


def test_a_name_says_nothing_about_the_format(write: Write, tmp_path: Path) -> None:
    """A gzip file called csv and a CSV file called xlsx are what they hold."""
    path = write(ercot("2023-01-01", "2023-12-31"), "prices.xlsx")
    packed = tmp_path / "prices.csv"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert import_prices([path], id="x").prices == import_prices([packed], id="x").prices


def local_hours(names: Sequence[str], time: int, price: int, skip: int, form: str) -> dict[str, list[float]]:
    """Prices of every local hour as the files' own local column has it, whatever the importer makes of them."""
    hours: dict[str, list[float]] = {}
    for name in names:
        for row in list(csv.reader((SHARED_POWER / name).read_text(encoding="utf-8-sig").splitlines()))[skip:]:
            if row[-2] != "False":
                hour = datetime.strptime(row[time], form).strftime("%Y-%m-%d %H")  # noqa: DTZ007 - a wall clock
                hours.setdefault(hour, []).append(float(row[price]))
    return hours


@needs_real_files
@pytest.mark.parametrize(
    ("names", "columns", "form", "options"),
    [
        ([f"ercot_lmp_rt_15min_hubs_2024Q{part}.csv" for part in (1, 2, 3, 4)], (1, 11, 4), ISO, {"location": "West"}),
        ([f"ercot_lmp_rt_15min_hubs_2024Q{part}.csv" for part in (4, 2)], (1, 6, 4), ISO, {"location": "Houston"}),
        (["nyiso_lmp_rt_hr_zones_2021.csv"], (1, 14, 4), ISO, {"location": "J"}),
        (["rt_hrl_lmps.csv"], (1, 9, 1), "%m/%d/%Y %I:%M:%S %p", {}),
    ],
)
def test_real_monthly_means(
    names: list[str], columns: tuple[int, int, int], form: str, options: dict[str, str]
) -> None:
    """Months counted from the files' local columns, which the importer does not read, agree far below a cent."""
    hours = local_hours(names, *columns, form)
    readings_of = read_price_files([SHARED_POWER / name for name in names], Request(**options)).readings
    read: dict[str, list[float]] = {}
    for part in readings_of:
        for minutes, price in zip(part.wall_minutes.tolist(), part.prices.tolist(), strict=True):
            read.setdefault(f"{wall_time(minutes):%Y-%m-%d %H}", []).append(price)
    assert read.keys() == hours.keys()
    for month in sorted({hour[:7] for hour in hours}):
        expected = [sum(prices) / len(prices) for hour, prices in hours.items() if hour[:7] == month]
        found = [sum(prices) / len(prices) for hour, prices in read.items() if hour[:7] == month]
        assert sum(found) / len(found) == pytest.approx(sum(expected) / len(expected), abs=1e-5)
    if len(names) != 2:
        series = import_prices([SHARED_POWER / name for name in names], id="x", **options).prices
        (year,) = series.years
        for month in (1, 5, 7):
            expected = [
                sum(prices) / len(prices) for hour, prices in hours.items() if hour[:7] == f"{year}-{month:02d}"
            ]
            assert series.month_prices(year, month).mean() == pytest.approx(sum(expected) / len(expected), abs=0.005)


def test_markets_are_told_apart_among_files(write: Write) -> None:
    """Day-ahead and real-time files together ask which is meant; the files of the other market are then left out."""
    real_time = [
        "DeliveryDate,DeliveryHour,DeliveryInterval,SettlementPointName,SettlementPointType,SettlementPointPrice"
    ]
    for hour in hours_between("2023-01-01", "2023-12-31", "America/Chicago"):
        real_time += [f"{hour:%m/%d/%Y},{hour.hour + 1},{part},HB_WEST,HU,7" for part in (1, 2, 3, 4) if not hour.fold]
    ahead, spot = write(ercot("2023-01-01", "2023-12-31"), "dam.csv"), write(real_time, "rtm.csv")
    assert "name the files of one market only, or choose it: market = dam or rtm" in refusal(ahead, spot)
    found = import_prices([ahead, spot], id="x", market="dam")
    assert found.prices == import_prices([ahead], id="x").prices
    assert "rtm.csv was left out: the file holds real-time prices" in found.notes
    assert import_prices([ahead, spot], id="x", market="rtm").prices.prices.max() == 7.0


def test_a_portfolio_names_a_native_file_and_its_rates(write: Write, tmp_path: Path) -> None:
    """The columns of power_series are the importer's options; files of rates are files of the portfolio."""
    write(aeso(), "pool.csv")
    write(months(), "cad.csv")
    text = PORTFOLIO.replace("power: 35", "power: pool").replace(
        "rigs:", "power_series:\n  - {id: pool, file: pool.csv, fx: cad.csv, market: rtm}\nrigs:"
    )
    (tmp_path / "portfolio.yaml").write_text(text, encoding="utf-8")
    portfolio = load_portfolio(tmp_path / "portfolio.yaml")
    assert portfolio.prices["pool"].month_prices(2022, 4) == pytest.approx(np.full(720, 0.16))
    assert {path.name for path in portfolio.input_files} >= {"pool.csv", "cad.csv"}
    (tmp_path / "portfolio.yaml").write_text(text.replace("fx: cad.csv", "fx: us.csv"), encoding="utf-8")
    with pytest.raises(PortfolioError, match=r"power_series 'pool' fx = us\.csv: expected a file inside"):
        load_portfolio(tmp_path / "portfolio.yaml")
