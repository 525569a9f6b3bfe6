"""`wattsplit import-power` as a process: what it writes, what it prints, what it refuses without writing anything."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

from sites.hourly import read_hourly_prices
from tests.cli.command import environment, files, wattsplit


def pool_price(year: int = 2023) -> str:
    """A year of the Alberta pool price, hour ending; 10 CAD more than the hour of the day at which it ends.

    The spring hour is left out and the autumn hour comes as ``02`` and ``02*``, as the report has them.
    """
    lines = ["Pool Price", "", '""', "", "Date (HE),Price ($),30Ravg ($),AIL Demand (MW)"]
    day = datetime(year, 1, 1)  # noqa: DTZ001 - a wall clock
    while day.year == year:
        for hour in range(1, 25):
            if (day.month, day.day, hour) == (3, 12, 2):
                continue
            lines.append(f'"{day:%m/%d/%Y} {hour:02d}","{10 + hour}.00","1.00","9000.0"')
            if (day.month, day.day, hour) == (11, 5, 2):
                lines.append(f'"{day:%m/%d/%Y} 02*","40.00","1.00","9000.0"')
        day += timedelta(days=1)
    return "\n".join(lines) + "\n"


def own(year: int, price: str = "20") -> str:
    """A year in our own format at one price."""
    first = datetime(year, 1, 1)  # noqa: DTZ001 - a wall clock
    hours = (datetime(year + 1, 1, 1) - first).days * 24  # noqa: DTZ001
    return "time,usd_per_mwh\n" + "".join(
        f"{first + timedelta(hours=hour):%Y-%m-%dT%H:%M},{price}\n" for hour in range(hours)
    )


def test_a_series_and_its_account_are_written_and_told(tmp_path: Path) -> None:
    """A year in CAD becomes USD; the two odd hours are told, stored one by one, and the file reads back the same."""
    source = tmp_path / "whatever.txt"
    source.write_text(pool_price(), encoding="utf-8")
    done = wattsplit("import-power", source.name, "--out", "ab.csv", "--fx", "0.5", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert files(tmp_path) == {"whatever.txt", "ab.csv", "ab.account.json"}
    for words in (
        "format: AESO pool price (1 file)",
        "location: Alberta",
        "currency: CAD, converted at 0.5 USD",
        # 10 plus 1 to 24, halved: 5.5 to 17, mean 11.25 but for the autumn hour of (12 + 40) / 2 instead of 12.
        "2023: 8760 hours, min 5.50, mean 11.25, max 17.00 USD/MWh; hours below 0: 0, above 200: 0",
        "1 doubled autumn hour averaged: 2023-11-05 01:00",
        "1 missing spring hour interpolated: 2023-03-12 02:00",
        "written: ab.csv and ab.account.json",
    ):
        assert words in done.stdout
    prices = read_hourly_prices([tmp_path / "ab.csv"], id="ab")
    assert prices.month_prices(2023, 1)[:3].tolist() == [5.5, 6.0, 6.5]
    assert prices.month_prices(2023, 11)[4 * 24 + 1] == 13.0
    account = json.loads((tmp_path / "ab.account.json").read_text(encoding="utf-8"))
    assert account["sources"][0]["file"] == "whatever.txt"
    assert account["sources"][0]["sha256"] == hashlib.sha256(source.read_bytes()).hexdigest()
    assert account["sources"][0]["formats"] == ["AESO pool price"]
    assert (account["currency"], account["fx"], account["years"]) == ("CAD", {"usd_per_unit": 0.5}, [2023])
    assert account["repaired_hours"] == [
        {"hour": "2023-11-05 01:00", "repair": "doubled autumn hour averaged", "usd_per_mwh": 13.0},
        # The report has no label 02 on that day: the hour from 01:00 is called 03, and costs 13.
        {"hour": "2023-03-12 02:00", "repair": "missing spring hour interpolated", "usd_per_mwh": (13 + 14) / 2 / 2},
    ]


def test_the_rates_of_months_are_used_and_stored(tmp_path: Path) -> None:
    """January at one rate and the other months at another; a missing month is told and nothing is written."""
    (tmp_path / "pool.csv").write_text(pool_price(), encoding="utf-8")
    months = [f"2023-{month:02d},{1 if month == 1 else 2}\n" for month in range(1, 13)]
    (tmp_path / "cad.csv").write_text("month,usd_per_unit\n" + "".join(months), encoding="utf-8")
    words = ("import-power", "pool.csv", "--out", "ab.csv", "--fx", "cad.csv")
    assert wattsplit(*words, folder=tmp_path).returncode == 0
    prices = read_hourly_prices([tmp_path / "ab.csv"], id="ab")
    assert (prices.month_prices(2023, 1)[0], prices.month_prices(2023, 2)[0]) == (11.0, 22.0)
    assert json.loads((tmp_path / "ab.account.json").read_text())["fx"]["usd_per_unit"]["2023-02"] == 2.0
    (tmp_path / "cad.csv").write_text("month,usd_per_unit\n" + "".join(months[:10]), encoding="utf-8")
    done = wattsplit(*words[:3], "other.csv", *words[4:], folder=tmp_path)
    assert done.returncode == 2
    assert "cad.csv: has no rate for 2023-11, 2023-12" in done.stderr
    assert "other.csv" not in files(tmp_path)


def test_another_currency_needs_a_rate(tmp_path: Path) -> None:
    """CAD is never taken for USD, and USD never converted."""
    (tmp_path / "pool.csv").write_text(pool_price(), encoding="utf-8")
    (tmp_path / "own.csv").write_text(own(2023), encoding="utf-8")
    done = wattsplit("import-power", "pool.csv", "--out", "ab.csv", folder=tmp_path)
    assert done.returncode == 2
    assert "CAD" in done.stderr
    assert "fx" in done.stderr
    done = wattsplit("import-power", "own.csv", "--out", "us.csv", "--fx", "1.1", folder=tmp_path)
    assert done.returncode == 2
    assert "the prices are in USD" in done.stderr
    assert files(tmp_path) == {"pool.csv", "own.csv"}


def test_an_existing_series_is_replaced_only_by_force(tmp_path: Path) -> None:
    """Neither the series nor its account is touched without --force; the source never is."""
    (tmp_path / "own.csv").write_text(own(2023), encoding="utf-8")
    words = ("import-power", "own.csv", "--out", "west.csv")
    assert wattsplit(*words, folder=tmp_path).returncode == 0
    (tmp_path / "own.csv").write_text(own(2023, "30"), encoding="utf-8")
    (tmp_path / "west.csv").unlink()
    done = wattsplit(*words, folder=tmp_path)
    assert done.returncode == 2
    assert "west.account.json exists; replace it with --force" in done.stderr
    assert "west.csv" not in files(tmp_path)
    assert wattsplit(*words, "--force", folder=tmp_path).returncode == 0
    assert read_hourly_prices([tmp_path / "west.csv"], id="x").prices[0] == 30.0
    done = wattsplit("import-power", "own.csv", "--out", "own.csv", "--force", folder=tmp_path)
    assert done.returncode == 2
    assert "is one of the files to be imported" in done.stderr


def test_one_year_of_several_can_be_kept(tmp_path: Path) -> None:
    """With --year, an incomplete year beside it does no harm."""
    text = own(2023) + "2024-01-01T00:00,9\n"
    (tmp_path / "own.csv").write_text(text, encoding="utf-8")
    done = wattsplit("import-power", "own.csv", "--out", "a.csv", folder=tmp_path)
    assert done.returncode == 2
    assert "the year 2024 is not whole: 8783 hours are missing" in done.stderr
    assert wattsplit("import-power", "own.csv", "--out", "a.csv", "--year", "2023", folder=tmp_path).returncode == 0
    assert read_hourly_prices([tmp_path / "a.csv"], id="x").years == (2023,)


def test_an_unknown_format_is_refused_with_its_header_and_all_that_are_known(tmp_path: Path) -> None:
    """The message has what was found, every format, and the options that read any other file."""
    (tmp_path / "x.csv").write_text("when,what\n1,2\n", encoding="utf-8")
    done = wattsplit("import-power", "x.csv", "--out", "a.csv", folder=tmp_path)
    assert done.returncode == 2
    assert "the header 'when,what' is of no known price format" in done.stderr
    for name in (
        "ERCOT",
        "EIA",
        "PJM",
        "CAISO",
        "NYISO",
        "MISO",
        "SPP",
        "ISO New England",
        "AESO",
        "IESO",
        "ENTSO-E",
        "OMIE",
    ):
        assert name in done.stderr
    assert files(tmp_path) == {"x.csv"}


def test_named_columns_are_read_by_options(tmp_path: Path) -> None:
    """A home-made file of hours ending in its own columns."""
    rows = own(2023).splitlines()[1:]
    ends = [datetime.fromisoformat(row.split(",")[0]) + timedelta(hours=1) for row in rows]
    lines = [f"{end:%m/%d/%Y %H:%M},HB,{end.hour}" for end in ends]
    (tmp_path / "x.csv").write_text("\n".join(["HOUR,NODE,USD/MWh", *lines]), encoding="utf-8")
    options = ("--time", "HOUR", "--price", "USD/MWh", "--stamp", "end", "--tz", "UTC")
    done = wattsplit("import-power", "x.csv", "--out", "a.csv", *options, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert read_hourly_prices([tmp_path / "a.csv"], id="x").prices[:24].tolist() == [*range(1, 24), 0]


def test_help_reads_no_library_of_numbers(tmp_path: Path) -> None:
    """The command's help costs no import of what reads files."""
    code = (
        "import sys, optimizer.cli.import_power; "
        "sys.exit(any(name in sys.modules for name in ('numpy', 'pandas', 'fastparquet', 'python_calamine')))"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment(), check=False)
    assert done.returncode == 0
