"""`wattsplit power` as a process: figures, files, and a sentence for every mistake."""

from __future__ import annotations

import csv
import io
import subprocess
from pathlib import Path

import numpy as np
import pytest

from optimizer.cli.power import DEFAULT_RIGS, HASHPRICE_STEPS, TABLES
from reports.power import CSV_TABLES
from sites.catalogue import load_catalogue
from sites.hashprice_shape import ANCHOR_USD_PER_PH_DAY
from sites.hourly import HourlyPrices, write_hourly_csv
from tests.cli.command import ROOT, files, wattsplit

SHARED_POWER = ROOT.parent / "shared" / "data" / "power"
needs_real_files = pytest.mark.skipif(
    not SHARED_POWER.is_dir(), reason="the real market files are not beside the repository"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with made.csv: 438 hours at 190 and 8,322 at 10 USD/MWh, in 2023."""
    prices = np.full(8760, 10.0)
    prices[::20] = 190.0
    write_hourly_csv(HourlyPrices("made", (2023,), prices), tmp_path / "made.csv")
    return tmp_path


def power(folder: Path, *words: str | Path, columns: int = 140) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    return wattsplit("power", *words, folder=folder, COLUMNS=str(columns))


def rows_of(folder: Path, *words: str | Path) -> list[dict[str, str]]:
    """What the command prints as CSV."""
    done = power(folder, *words)
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(io.StringIO(done.stdout)))


def runs_of(folder: Path, options: str) -> list[dict[str, str]]:
    """The rigs on made.csv as CSV rows; options as they are typed."""
    return rows_of(folder, "made.csv", *options.split(), "--csv", "runs")


def test_the_figures_on_screen(folder: Path) -> None:
    """The mean is 19, half of the bill lies in 5 % of the hours, and a rig that is off above 76.19 runs in 95 %."""
    done = power(folder, "made.csv", "--rig", "s21", "--hashprice", "32")
    assert (done.returncode, done.stderr) == (0, "")
    assert "made: 2023, 8,760 hours, USD/MWh" in done.stdout
    assert "no hour was repaired" in done.stdout
    assert "cuts the power bill of a flat load by 50.0%" in done.stdout
    (row,) = (line.split() for line in done.stdout.splitlines() if line.startswith("s21 "))
    # Off, 438 hours save 190 - 76.19 each; on, 8,322 keep 76.19 - 10.
    assert row == [*("s21", "17.5", "32.00", "76.19", "8,322", "95.0%", "10.00", "-9.00"), "5.69", "49,849", "550,837"]


def test_defaults_are_told_and_span_generations(folder: Path) -> None:
    """Without choices four rigs from 29.5 to 11 J/TH meet three hashprices around today's, and the output says so."""
    done = power(folder, "made.csv")
    assert "Rigs by default" in done.stdout
    assert "24, 32, 40 USD/PH/s/day" in done.stdout
    efficiencies = [load_catalogue()[rig].j_per_th for rig in DEFAULT_RIGS]
    assert efficiencies == sorted(efficiencies, reverse=True)
    assert (efficiencies[0], efficiencies[-1]) == (29.5, 11.0)
    assert len(runs_of(folder, "")) == len(DEFAULT_RIGS) * len(HASHPRICE_STEPS)
    help_text = power(folder, "--help").stdout
    assert ", ".join(f"{step * ANCHOR_USD_PER_PH_DAY:g}" for step in HASHPRICE_STEPS) in help_text
    assert all(rig in help_text for rig in DEFAULT_RIGS)


def test_terms_move_the_switch_off_price(folder: Path) -> None:
    """76.19 less a fee of 10 % and 8 of opex is 60.57; the adder moves the prices, the overhead the efficiency."""
    options = "--rig s21 --hashprice 32 --pool-fee 0.1 --variable-opex 8 --adder 5 --uptime 0.5"
    (row,) = runs_of(folder, options)
    assert float(row["switch_off_usd_per_mwh"]) == pytest.approx(32 / 0.42 * 0.9 - 8)
    assert float(row["paid_usd_per_mwh"]) == 15.0
    assert float(row["margin_usd_per_mw_year"]) == pytest.approx(0.5 * 8322 * (32 / 0.42 * 0.9 - 8 - 15))
    (heavy,) = runs_of(folder, "--rig s21 --hashprice 32 --overhead 1.25")
    assert float(heavy["j_per_th"]) == pytest.approx(17.5 * 1.25)


def test_rigs_and_hashprices_count_once(folder: Path) -> None:
    """A rig or a hashprice given twice is one."""
    rows = runs_of(folder, "--rig s21 --rig S21 --hashprice 40 --hashprice 32 --hashprice 40")
    assert [(row["rig"], row["hashprice_usd_per_ph_day"]) for row in rows] == [("s21", "32.0"), ("s21", "40.0")]


def test_every_table_can_be_printed(folder: Path) -> None:
    """The choices of --csv are the tables there are, and each prints rows."""
    assert set(TABLES) == set(CSV_TABLES)
    for table in TABLES:
        assert rows_of(folder, "made.csv", "--csv", table)


def test_two_files_make_one_series(folder: Path) -> None:
    """A second year in a file of its own gives statistics for both and for all."""
    write_hourly_csv(HourlyPrices("next", (2024,), np.full(8784, 30.0)), folder / "next.csv")
    rows = rows_of(folder, "made.csv", "next.csv", "--csv", "statistics")
    assert [row["period"] for row in rows] == ["2023", "2024", "2023-2024"]


def test_out_writes_the_page_and_says_so(folder: Path) -> None:
    """The page stands where it should, nothing else, and the name given is its title."""
    done = power(folder, "made.csv", "--out", "new/west.html", "--name", "West & East")
    assert done.returncode == 0, done.stderr
    assert "written: new/west.html" in done.stdout
    assert files(folder) == {"made.csv", "new/west.html"}
    assert "<h1>West &amp; East</h1>" in (folder / "new" / "west.html").read_text(encoding="utf-8")


def test_existing_output_needs_force(folder: Path) -> None:
    """A file that stands there is refused with exit code 2 before anything is read, and replaced with --force."""
    (folder / "west.png").write_bytes(b"old")
    refused = power(folder, "no-such-file.csv", "--out", "west.png")
    assert refused.returncode == 2
    assert "--force" in refused.stderr
    assert (folder / "west.png").read_bytes() == b"old"
    assert power(folder, "made.csv", "--out", "west.png", "--force").returncode == 0
    assert (folder / "west.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("missing.csv", "missing.csv"),
        (".", "cannot be read"),
        ("made.csv --rig s22", "did you mean 's23'?"),
        ("made.csv --adder 0.008", "write 8"),
        ("made.csv --pool-fee 2", "write 0.02"),
        ("made.csv --hashprice 0.05", "write 50"),
        ("made.csv --out west.pdf", "none of .csv, .html, .png"),
        ("made.csv --csv all", "runs"),
        ("", "SERIES"),
    ],
)
def test_mistakes_are_told_with_exit_code_two(folder: Path, words: str, told: str) -> None:
    """Every mistake gets a sentence on stderr and exit code 2; nothing is printed or written."""
    done = power(folder, *words.split())
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert files(folder) == {"made.csv"}


def test_a_faulty_file_writes_nothing(folder: Path) -> None:
    """A price that is text is named by its line, and no page appears."""
    text = (folder / "made.csv").read_text().replace(",10.0\n", ",ten\n", 1)
    (folder / "made.csv").write_text(text)
    done = power(folder, "made.csv", "--out", "west.html")
    assert done.returncode == 2
    assert "made.csv:3" in done.stderr
    assert files(folder) == {"made.csv"}


@needs_real_files
def test_real_quarters_of_a_year(tmp_path: Path) -> None:
    """ERCOT West 2024, real time: mean 27.46, 858 hours below 0; idling in the dearest 5 % cuts the bill by 31.1 %."""
    quarters = sorted(SHARED_POWER.glob("ercot_lmp_rt_15min_hubs_2024Q*.csv"))
    done = power(tmp_path, *quarters, "--location", "West", "--out", "west")
    assert done.returncode == 0, done.stderr
    assert "West: 2024, 8,784 hours" in done.stdout
    assert "35136 rows of 15 minutes were averaged to hours" in done.stdout
    assert "cuts the power bill of a flat load by 31.1%" in done.stdout
    (line,) = rows_of(tmp_path, *quarters, "--location", "West", "--csv", "statistics")
    assert (round(float(line["mean"]), 2), line["below_zero_hours"], line["high_hours"]) == (27.46, "858", "62")
    assert (tmp_path / "west" / "power.html").is_file()


def test_a_file_of_no_known_format_is_read_by_its_columns(folder: Path) -> None:
    """The reading options reach the importer: columns by name, and CAD at 0.8 USD, both told in the account."""
    text = (folder / "made.csv").read_text().replace("time,usd_per_mwh", "when,cad", 1)
    (folder / "made.csv").write_text(text)
    refused = power(folder, "made.csv")
    assert refused.returncode == 2
    assert "known price format" in refused.stderr
    options = "--time when --price cad --stamp begin --tz Etc/GMT+5 --fx 0.8 --rig s21"
    done = power(folder, "made.csv", *options.split())
    assert done.returncode == 0, done.stderr
    assert "turned into USD at 0.8" in done.stdout
    assert "438 hours at 152.00 USD/MWh or more" in done.stdout


@needs_real_files
def test_real_year_with_a_missing_hour(tmp_path: Path) -> None:
    """NYISO West 2021: mean 30.88, down to -583.48, and the one missing hour is in the account."""
    name = "nyiso_lmp_rt_hr_zones_2021.csv"
    done = power(tmp_path, SHARED_POWER / name, "--location", "A - West")
    assert done.returncode == 0, done.stderr
    assert "1 missing hour interpolated: 2021-12-02 13:00" in done.stdout
    assert "-583.48" in done.stdout
