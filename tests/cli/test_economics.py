"""`wattsplit economics` as a process: the figures of the public facts, and a remedy for every slip of unit."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import wattsplit

FEBRUARY_2026 = "--btc-price 70717 --difficulty 125.87T --date 2026-02-08 --fee-share 0.0042"


def economics(folder: Path, words: str) -> subprocess.CompletedProcess[str]:
    """Run the command, wide enough for its tables."""
    return wattsplit("economics", *words.split(), folder=folder, COLUMNS="120")


def rows_of(folder: Path, words: str) -> list[dict[str, str]]:
    """The figures as CSV, one machine a row."""
    done = economics(folder, f"{words} --format csv")
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(io.StringIO(done.stdout)))


def record_of(folder: Path, words: str) -> dict[str, Any]:
    """The figures as JSON."""
    done = economics(folder, f"{words} --format json")
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert isinstance(record, dict)
    return record


def test_public_facts_on_screen(tmp_path: Path) -> None:
    """At $32 an S19j Pro breaks even at 4.5 c/kWh and an S21 at 7.6, whose $13.5/TH take 1,031 days at 45 USD/MWh."""
    done = economics(tmp_path, "--rig s19j-pro --rig s21 --hashprice 32 --power 45")
    assert done.returncode == 0
    assert done.stderr == ""
    lines = [line.split() for line in done.stdout.splitlines()]
    old, new = ([line for line in lines if line[:1] == [rig]] for rig in ("s19j-pro", "s21"))
    assert {"29.5", "45.20", "4.5", "31.86"} <= set(old[0])
    assert {"17.5", "76.19", "7.6", "18.90"} <= set(new[0])
    assert new[1][-1] == "1,031"
    assert old[1][1:].count("n/a") == 6  # neither a BTC price nor a price of the machine is known


def test_what_the_words_of_the_table_mean_is_said(tmp_path: Path) -> None:
    """The $32 given, the basis of each figure, and which option a missing one needs stand around the table."""
    text = " ".join(economics(tmp_path, "--rig s19j-pro --hashprice 32 --power 45").stdout.split())
    assert "Hashprice 32.00 USD per PH/s and day, as given" in text
    assert "power-only" in text
    assert "energy margin: revenue less power alone" in text
    assert "Costs per BTC need --btc-price" in text
    assert "need --rig-price-usd-per-th" in text


def test_no_heading_is_cut_at_eighty_columns(tmp_path: Path) -> None:
    """All 12 figures of a machine keep their headings whole on a screen of 80 columns."""
    words = "economics --rig sealminer-a4-ultra-hyd --hashprice 32 --power 45 --btc-price 69000"
    done = wattsplit(*words.split(), folder=tmp_path, COLUMNS="80")
    assert done.returncode == 0
    assert "…" not in done.stdout
    assert "sealminer-a4-ultra-hyd" in done.stdout


def test_a4_hashprice_built_from_the_network(tmp_path: Path) -> None:
    """A4: 8 February 2026 comes to 35.47, within 1.5 % of the 35 published, from 901.0 EH/s and 3.125 BTC."""
    record = record_of(tmp_path, f"--rig s21 --power 45 {FEBRUARY_2026}")
    market = record["market"]
    assert market["hashprice_usd_per_ph_day"] == pytest.approx(35.0, rel=0.015)
    assert market["network_eh_s"] == pytest.approx(901.0, abs=0.05)
    assert market["subsidy_btc"] == 3.125
    assert market["halving"]["height"] == 1_050_000
    assert market["halving"]["day"].startswith("2028-04")
    assert record["rigs"][0]["all_in_cost_usd_per_btc"] > record["rigs"][0]["cash_cost_usd_per_btc"]


def test_how_the_hashprice_was_built_is_told(tmp_path: Path) -> None:
    """A4: 144 x 3.125 x 1.0042 x 70,717 over 901,013 PH/s, and the halving of April 2028, in words."""
    text = " ".join(economics(tmp_path, f"--rig s21 --power 45 {FEBRUARY_2026}").stdout.split())
    assert "Hashprice 35.47 USD per PH/s and day = 144 blocks x 3.125 BTC x (1 + 0.0042) x 70,717 USD" in text
    assert "901,013 PH/s" in text
    assert "Next halving: block 1,050,000, about 2028-04-" in text
    assert "3.125 -> 1.5625 BTC" in text


def test_i7_energy_per_btc_of_february_2026(tmp_path: Path) -> None:
    """I7: an S21 at $32.13 and $68,849 takes 900 MWh for a BTC, $40,500 of power at 45 USD/MWh."""
    (row,) = rows_of(tmp_path, "--rig s21 --hashprice 32.13 --btc-price 68849 --power 45")
    assert float(row["energy_mwh_per_btc"]) == pytest.approx(900, rel=0.001)
    assert float(row["energy_cost_usd_per_btc"]) == pytest.approx(40_500, rel=0.001)


def test_every_cost_option_reaches_the_figures(tmp_path: Path) -> None:
    """At $24 an S21 of overhead 1.2 (21 J/TH) earns 47.62 USD/MWh, of which all costs of running leave 6.27."""
    words = (
        "--rig s21 --hashprice 24 --btc-price 40000 --power 30 --overhead 1.2 --pool-fee 0.02 --uptime 0.5 "
        "--variable-opex 2 --fixed-opex-per-mw-year 36792 --overhead-usd-per-btc 1000 --rig-price-usd-per-th 14.6 "
        "--depreciation-years 4"
    )
    (row,) = rows_of(tmp_path, words)
    found = {name: float(value) for name, value in row.items() if name != "rig"}
    revenue, opex = 24 / 0.504, 2 + 36_792 / 4380
    cash = 840 * (30 + opex) + 0.02 * 40_000
    assert found["j_per_th"] == pytest.approx(21.0)
    assert found["revenue_usd_per_mwh"] == pytest.approx(revenue)
    assert found["energy_margin_usd_per_mwh"] == pytest.approx(revenue - 30)
    assert found["cash_margin_usd_per_mwh"] == pytest.approx(0.98 * revenue - 30 - opex)
    assert found["cash_margin_usd_per_mwh"] == pytest.approx(6.27, abs=0.005)
    assert found["energy_mwh_per_btc"] == pytest.approx(840)
    assert found["cash_cost_usd_per_btc"] == pytest.approx(cash)
    assert found["all_in_cost_usd_per_btc"] == pytest.approx(cash + 10 / (0.0006 * 0.5) + 1000)
    assert found["payback_days"] == pytest.approx(14_600 / (0.504 * 0.5 * (0.98 * revenue - 30 - opex)))


def test_all_rigs_of_the_catalogue_by_default(tmp_path: Path) -> None:
    """Without --rig every one of the 20 or more machines has a row, with the $32 and 45 USD/MWh it stands for."""
    rows = rows_of(tmp_path, "--hashprice 32 --power 45")
    assert len(rows) >= 20
    assert len({row["rig"] for row in rows}) == len(rows)
    assert {(row["hashprice_usd_per_ph_day"], row["power_usd_per_mwh"]) for row in rows} == {("32.0", "45.0")}
    s19 = next(row for row in rows if row["rig"] == "s19")
    assert s19["payback_days"] == "inf"  # under water at 3.9 c/kWh
    assert s19["all_in_cost_usd_per_btc"] == ""


def test_json_has_null_where_csv_has_inf(tmp_path: Path) -> None:
    """A payback that never comes is null in JSON, which has no infinity, and "never" on the screen (S19 at 45)."""
    record = record_of(tmp_path, "--rig s19 --hashprice 32 --power 45")
    assert record["rigs"][0]["payback_days"] is None
    assert "never" in economics(tmp_path, "--rig s19 --hashprice 32 --power 45").stdout


@pytest.mark.parametrize(
    ("words", "subsidy"),
    [
        ("--height 839999", 6.25),
        ("--height 840000", 3.125),
        ("--date 2024-04-19", 6.25),
        ("--date 2024-04-20", 3.125),
        ("--subsidy 1.5625", 1.5625),
    ],
)
def test_c3_subsidy_by_height_date_or_as_given(tmp_path: Path, words: str, subsidy: float) -> None:
    """C3: blocks 839,999 and 840,000, and the days around 20 April 2024, pay 6.25 and 3.125 BTC."""
    market = record_of(tmp_path, f"--rig s21 --power 45 --btc-price 60000 --network-eh-s 600 --fee-share 0 {words}")[
        "market"
    ]
    assert market["subsidy_btc"] == subsidy
    assert market["hashprice_usd_per_ph_day"] == pytest.approx(144 * subsidy * 60_000 / 600_000)


def test_s15_the_mixed_day_is_pointed_out(tmp_path: Path) -> None:
    """S15: 20 April 2024 paid 6.25 BTC in its first blocks, which the command says."""
    words = "--rig s21 --power 45 --btc-price 60000 --network-eh-s 600 --date 2024-04-20"
    assert "its first blocks" in " ".join(economics(tmp_path, words).stdout.split())


def test_difficulty_in_trillions_or_plain(tmp_path: Path) -> None:
    """I2: 125.865T and 1.25865e14 are the same 901.0 EH/s."""
    base = "--rig s21 --power 45 --btc-price 70717 --subsidy 3.125 --difficulty"
    trillions, plain = (record_of(tmp_path, f"{base} {word}") for word in ("125.865T", "1.25865e14"))
    assert trillions == plain
    assert plain["market"]["network_eh_s"] == pytest.approx(901.0, abs=0.05)


def test_rigs_are_listed_without_prices_of_power(tmp_path: Path) -> None:
    """--list-rigs needs nothing else and shows at least 20 machines; as CSV each with its source and date."""
    shown = economics(tmp_path, "--list-rigs")
    assert shown.returncode == 0
    assert "Antminer S21" in shown.stdout
    rows = rows_of(tmp_path, "--list-rigs")
    assert len(rows) >= 20
    assert all(row["source"] and row["as_of"] for row in rows)


def test_help_has_an_example_that_runs(tmp_path: Path) -> None:
    """The first example of --help, at $32 and 45 USD/MWh, ends with exit code 0 as printed."""
    text = economics(tmp_path, "--help").stdout
    example = next(line.strip() for line in text.splitlines() if line.strip().startswith("wattsplit economics --rig"))
    done = economics(tmp_path, example.removeprefix("wattsplit economics "))
    assert done.returncode == 0
    assert "s19j-pro" in done.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--hashprice 32 --power 0.045", "if 0.045 is USD/kWh, write 45"),
        ("--hashprice 32 --power cheap", "'cheap' is not a number"),
        ("--hashprice 32 --power nan", "'nan' is not a number"),
        ("--hashprice 32", "no power price: give --power"),
        ("--power 45 --hashprice 0.032", "if 0.032 is USD per TH/s and day, write 32"),
        ("--power 45 --hashprice 32000", "if 32000 is USD per EH/s and day, write 32"),
        ("--power 45 --hashprice 0", "0 is not possible"),
        ("--power 45 --hashprice -32", "-32 is not possible"),
        ("--power 45 --btc-price 70000 --network-eh-s 9e20", "is H/s, write 900"),
        ("--power 45 --btc-price 70000 --network-eh-s 9e8", "is TH/s, write 900"),
        ("--power 45 --btc-price 70000 --network-eh-s 900000", "is PH/s, write 900"),
        ("--power 45 --btc-price 70000 --difficulty 125.87", "125.87 looks like trillions; write 125.87T"),
        ("--power 45 --btc-price 70 --hashprice 32", "if 70 is thousands of USD, write 70000"),
        ("--power 45 --hashprice 32 --pool-fee 2", "if 2 is percent, write 0.02"),
        ("--power 45 --hashprice 32 --uptime 95", "if 95 is percent, write 0.95"),
        ("--power 45 --hashprice 32 --overhead 104", "if 104 is percent, write 1.04"),
        ("--power 45 --btc-price 70000 --network-eh-s 900 --fee-share 5", "if 5 is percent, write 0.05"),
        ("--power 45 --btc-price 70000 --network-eh-s 900 --subsidy 450", "if 450 is BTC per day, write 3.125"),
        ("--power 45 --hashprice 32 --depreciation-years 48", "if 48 is months, write 4"),
        ("--power 45 --hashprice 32 --fixed-opex-per-mw-year 80", "write 80000"),
        ("--power 45 --hashprice 32 --rig s19jpro", "did you mean 's19j-pro'?"),
        ("--power 45 --hashprice 32 --rig S21+", "did you mean 's21-plus'?"),
        ("--power 45 --hashprice 32 --rig qqqq", "no rig 'qqqq' in the catalogue"),
        ("--power 45", "no hashprice: give --hashprice, or --btc-price with --network-eh-s or --difficulty"),
        ("--power 45 --btc-price 70000", "no hashprice: give --hashprice"),
        ("--power 45 --hashprice 32 --difficulty 125T", "--difficulty would change nothing"),
        ("--power 45 --btc-price 70000 --network-eh-s 900 --difficulty 125T", "give one of them"),
        (
            "--power 45 --btc-price 70000 --network-eh-s 900 --subsidy 3.125 --height 700000",
            "6.25 BTC of block 700,000",
        ),
        ("--power 45 --btc-price 70000 --network-eh-s 900 --height 700000 --date 2026-02-08", "is not of 2026-02-08"),
        ("--power 45 --btc-price 70000 --network-eh-s 900 --date 2008-01-01", "before the first block"),
        ("--power 45 --btc-price 70000 --network-eh-s 900 --date 2026-02-30", "is not a day of the form YYYY-MM-DD"),
        ("--power 45 --btc-price 70000 --network-eh-s 900 --height 10000000", "pays no subsidy"),
    ],
)
def test_slips_are_explained(tmp_path: Path, words: str, message: str) -> None:
    """A number in another unit, or options that contradict each other, end with exit code 2 and what to write."""
    done = economics(tmp_path, words)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_doubtful_power_price_is_taken_with_a_warning(tmp_path: Path) -> None:
    """4.5 USD/MWh is possible, 45 is likelier: the command runs and says so."""
    done = economics(tmp_path, "--rig s21 --hashprice 32 --power 4.5")
    assert done.returncode == 0
    assert "if 4.5 is c/kWh, write 45" in done.stderr


def test_negative_power_prices_are_possible(tmp_path: Path) -> None:
    """At -20 USD/MWh, as hours in West Texas have it, an S21 at $32 earns 96.19 USD/MWh after power."""
    (row,) = rows_of(tmp_path, "--rig s21 --hashprice 32 --power -20")
    assert float(row["energy_margin_usd_per_mwh"]) == pytest.approx(96.19, abs=0.005)
