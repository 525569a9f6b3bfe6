"""Options of `wattsplit economics` one by one, in this process: units by mistake, clashes, and what is only odd."""

from __future__ import annotations

import json
import shlex

import pytest
from click.testing import CliRunner, Result

from optimizer.cli.economics import economics

NETWORK = "--power 45 --btc-price 70000 --network-eh-s 900"


def _run(words: str) -> Result:
    return CliRunner().invoke(economics, shlex.split(words))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--power 0.5 --hashprice 32", "if 0.5 is USD/kWh, write 500, if 0.5 is c/kWh, write 5"),
        ("--power 45000 --hashprice 32", "expected -1,000 to 10,000 (USD/MWh); if 45000 is USD/GWh, write 45"),
        ("--power $45 --hashprice 32", "'$45' is not a number (USD/MWh): write a plain number"),
        ("--power 45 --hashprice 54300", "if 54300 is USD per EH/s and day, write 54.3"),
        ("--power 45 --hashprice 54,3", "'54,3' is not a number (USD/PH/day): write 54.3, with a decimal point"),
        ("--power 45 --btc-price 70000 --network-eh-s 0.9", "if 0.9 is ZH/s, write 900"),
        (f"{NETWORK} --fee-share 1", "if 1 is percent, write 0.01"),
        ("--power 45 --hashprice 32 --pool-fee 0.5", "if 0.5 is percent, write 0.005"),
        ("--power 45 --hashprice 32 --pool-fee 2%", "a percentage is written as a fraction: 0.02"),
        ("--power 45 --hashprice 32 --uptime 0", "expected above 0 to 1 (fraction)"),
        ("--power 45 --hashprice 32 --overhead 0.96", "expected 1 to 3 (ratio)"),
        ("--power 45 --hashprice 32 --variable-opex 0.003", "if 0.003 is USD/kWh, write 3"),
        ("--power 45 --hashprice 32 --overhead-usd-per-btc 20", "thousands of USD per BTC, write 20000"),
        ("--power 45 --hashprice 32 --rig-price-usd-per-th 2700", "expected 0 to 500 (USD/TH)"),
        ("--power 45 --hashprice 32 --rig zzz", "catalogue of 41: none is like it. --list-rigs shows all"),
        ("--power 45 --hashprice 32 --rig 'S21 Pro'", "did you mean 's21-pro'? --list-rigs shows all"),
        (f"{NETWORK} --hashprice 32 --subsidy 3", "so --network-eh-s and --subsidy would change nothing"),
        (f"{NETWORK} --date 9999-12-31", "9999-12-31 is after 2139, when blocks cease to pay a subsidy"),
        (f"{NETWORK} --height -1", "-1 is not in the range"),
    ],
)
def test_slips_are_explained(words: str, message: str) -> None:
    """A number in another unit, or options that clash, end with exit code 2 and what was probably meant."""
    done = _run(words)
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.split())
    assert done.stdout == ""


def test_a_doubtful_fee_share_is_taken_with_a_warning() -> None:
    """0.7 is 70 %, which one day of a halving had, and more likely 0.7 %."""
    done = _run(f"{NETWORK} --rig s21 --fee-share 0.7")
    assert done.exit_code == 0
    assert "warning: --fee-share 0.7" in done.stderr
    assert "if 0.7 is percent, write 0.007" in done.stderr


def test_what_was_not_given_is_named() -> None:
    """Without subsidy, height and date it is today's; fees are 0.7 % of the reward (facts, section 0)."""
    shown = _run(f"{NETWORK} --rig s21").stdout
    assert "(today, 20" in shown
    assert "fees 0.70% of the reward, the default" in shown
    assert "Next halving" not in shown


def test_a_mean_subsidy_of_a_mixed_day_may_be_given() -> None:
    """S15: on 20 April 2024 anything from 3.125 to 6.25 BTC a block may be the day's mean; on the 21st it may not."""
    words = f"{NETWORK} --rig s21 --subsidy 3.2"
    assert "144 blocks x 3.2 BTC" in _run(f"{words} --date 2024-04-20").stdout
    refused = _run(f"{words} --date 2024-04-21")
    assert refused.exit_code == 2
    assert "--subsidy 3.2 contradicts the 3.125 BTC of 2024-04-21" in " ".join(refused.stderr.split())


def test_one_machine_of_the_catalogue_as_json() -> None:
    """--list-rigs with --rig, in any case and named twice, gives that machine once, with its sources."""
    (s21,) = json.loads(_run("--list-rigs --rig S21 --rig s21 --format json").stdout)
    assert (s21["id"], s21["th_s"], s21["watts"], s21["j_per_th"]) == ("s21", 200, 3500, 17.5)
    assert s21["source"]
    assert s21["price_source"]


def test_all_examples_of_the_help_run() -> None:
    """The three commands under Example, joined at their line ends, end with exit code 0 and print no warning."""
    shown = _run("--help").stdout
    example = shown[shown.index("Example:") : shown.index("Options:")].replace("\\\n", " ")
    commands = [line.strip() for line in example.splitlines() if line.strip().startswith("wattsplit economics")]
    assert len(commands) == 3
    for command in commands:
        done = _run(command.removeprefix("wattsplit economics"))
        assert (done.exit_code, done.stderr) == (0, ""), command
