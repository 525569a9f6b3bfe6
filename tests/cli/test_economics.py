"""`wattsplit economics` as a process: the figures of the public facts, and a remedy for every slip of unit."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.command import wattsplit


def test_public_facts_on_screen(tmp_path: Path) -> None:
    """At $32 an S19j Pro breaks even at 4.5 c/kWh, an S21 at 7.6; the table says that these are power only."""
    done = wattsplit(
        "economics", "--rig", "s19j-pro", "--rig", "s21", "--hashprice", "32", "--power", "45", folder=tmp_path
    )
    assert done.returncode == 0
    old, new = (
        next(line for line in done.stdout.splitlines() if line.strip().startswith(rig)) for rig in ("s19j", "s21")
    )
    assert " 4.5 " in old
    assert " 7.6 " in new
    assert "n/a" in old  # no bitcoin price, no cost per bitcoin
    assert "power only" in done.stdout


def test_hashprice_built_from_the_network(tmp_path: Path) -> None:
    """8 February 2026: about $35, with the subsidy and the next halving in April 2028."""
    words = "--rig s21 --btc-price 70717 --difficulty 125.87e12 --date 2026-02-08 --fee-share 0.0042 --power 40"
    done = wattsplit("economics", *words.split(), "--format", "json", folder=tmp_path)
    found = json.loads(done.stdout)
    assert found["hashprice_usd_per_ph_day"] == pytest.approx(35.0, rel=0.015)
    assert "3.125 BTC" in found["origin"]
    assert "about 2028-04" in found["origin"]
    assert found["rigs"][0]["all_in_cost_usd_per_btc"] > found["rigs"][0]["cash_cost_usd_per_btc"]


def test_csv_holds_unrounded_numbers(tmp_path: Path) -> None:
    """One row per machine, ready for a spreadsheet."""
    done = wattsplit("economics", "--hashprice", "32", "--power", "45", "--format", "csv", folder=tmp_path)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["rig"] for row in rows] == ["s19j-pro", "s19-xp", "s21", "s21-pro", "s21-xp-hyd"]
    assert float(rows[2]["breakeven_power_usd_per_mwh"]) == pytest.approx(32 / (0.024 * 17.5))


def test_catalogue_is_listed_with_its_sources(tmp_path: Path) -> None:
    """Every machine on a line with its figures and where they come from; nothing else is needed."""
    done = wattsplit("economics", "--list-rigs", folder=tmp_path)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) >= 20
    assert "maker specification (2026-08)" in done.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--power 0.045 --hashprice 32", "looks like USD/kWh; write 45"),
        ("--power 45 --hashprice 0.032", "looks like USD per TH/s per day; write 32"),
        ("--power 45 --hashprice 32000", "looks like USD per EH/s per day; write 32"),
        ("--power 45 --btc-price 70000 --network-eh-s 9e20 --subsidy 3.125", "looks like H/s or TH/s"),
        ("--power 45 --btc-price 70000 --difficulty 125.87 --subsidy 3.125", "looks like trillions; write 125.87e12"),
        ("--power 45 --hashprice 32 --pool-fee 2", "looks like a percentage; write 0.02"),
        ("--power 45 --hashprice 32 --rig s19j", "or 's19j-pro'?"),
        ("--power 45", "give --hashprice, or --btc-price with one of --network-eh-s and --difficulty"),
        ("--power 45 --hashprice 32 --difficulty 1e14", "not both"),
        ("--power 45 --btc-price 70000 --network-eh-s 900", "the subsidy is missing"),
        ("--power 45 --btc-price 70000 --network-eh-s 900 --subsidy 3.125 --height 900000", "only one of --subsidy"),
        ("--power 45 --btc-price 70000 --network-eh-s 900 --date 2008-01-01", "no block before 2009-01-03"),
        ("--hashprice 32", "Missing option '--power'"),
        ("--power cheap --hashprice 32", "'cheap' is not a valid float"),
    ],
)
def test_slips_are_explained(tmp_path: Path, words: str, message: str) -> None:
    """A number in another unit ends with exit code 2 and the number that was probably meant."""
    done = wattsplit("economics", *words.split(), folder=tmp_path)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
