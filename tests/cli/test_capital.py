"""Portfolios with capital on the command line: plans, what-ifs, audits, and questions that need one without it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import PORTFOLIO, files, wattsplit, write_portfolio
from tests.cli.test_frontier import SCENARIOS, UNCERTAIN

CAPITAL = """
loans:
  - {id: notes, limit_usd: 4000000, rate: 0.08, fee: 0.01, tenor_months: 12, contract: lab, capex_share: 0.5}
equity:
  - {id: shares, limit_usd: 50000000, cost: 0.1}
rig_stock:
  - {rig: own, uninstall_usd_per_mw: 5000, sell_usd_per_th: 3, residual_usd_per_th: 0.5}
tax: {rate: 0.21}
liquidity: {opening_cash_usd: 1000000, min_cash_usd: 500000, overhead_usd_per_month: 50000}
"""


def test_a_plan_with_capital_is_written_audited_and_made_again(tmp_path: Path) -> None:
    """The tables of capital are in the folder, the audit passes, and the inputs of the plan give the same plan."""
    write_portfolio(tmp_path, PORTFOLIO + CAPITAL)
    done = wattsplit("plan", "given", "--out", "plan", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Capital: The plan invests USD " in done.stdout
    assert " from loans" in done.stdout
    names = {f"plan/{name}.csv" for name in ("capital", "machines", "cash", "debt", "statements", "rules")}
    assert names <= files(tmp_path)
    audit = wattsplit("audit", "plan", folder=tmp_path)
    assert audit.returncode == 0
    again = wattsplit("plan", "plan/inputs", "--out", "again", "--quiet", folder=tmp_path)
    assert again.returncode == 0
    for name in ("capital.csv", "cash.csv", "statements.csv", "summary.json"):
        assert (tmp_path / "plan" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_an_audit_finds_a_changed_decision(tmp_path: Path) -> None:
    """A draw of a thousand dollars more does not go unseen."""
    write_portfolio(tmp_path, PORTFOLIO + CAPITAL)
    assert wattsplit("plan", "given", "--out", "plan", "--quiet", folder=tmp_path).returncode == 0
    table = tmp_path / "plan" / "capital.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    row = next(n for n, line in enumerate(lines) if ",draw," in line)
    cells = lines[row].split(",")
    lines[row] = ",".join([*cells[:3], repr(float(cells[3]) + 1_000.0), *cells[4:]])
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    audit = wattsplit("audit", "plan", folder=tmp_path)
    assert audit.returncode == 4
    assert "cashflow: capital" in audit.stdout


def test_what_if_changes_a_loan(tmp_path: Path) -> None:
    """A cheaper loan and a tighter account, beside the base."""
    write_portfolio(tmp_path, PORTFOLIO + CAPITAL)
    words = ("--set", "loans.notes.rate=0.04", "--set", "liquidity.min_cash_usd=600000", "--json")
    done = wattsplit("whatif", "given", *words, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert "loans.notes.rate" in json.dumps(told)


@pytest.mark.parametrize("command", [("judge", "given"), ("wait", "given", "--branch", "2027-05=2")])
def test_questions_without_capital_say_how_to_ask(tmp_path: Path, command: tuple[str, ...]) -> None:
    """Exit code 2 and the option to add, with which the answer comes."""
    write_portfolio(
        tmp_path, UNCERTAIN + SCENARIOS + CAPITAL.replace("contract: lab, capex_share: 0.5", "opening_usd: 0")
    )
    done = wattsplit(*command, folder=tmp_path)
    assert done.returncode == 2
    assert "leave these tables out with --without-capital" in done.stderr
    assert wattsplit(*command, "--without-capital", "--quiet", folder=tmp_path).returncode == 0


def test_deal_sheets_say_so_too(tmp_path: Path) -> None:
    """Rent is in the cash account; a portfolio with machines alone is priced."""
    write_portfolio(tmp_path, PORTFOLIO + CAPITAL)
    done = wattsplit("price", "given", "lab", folder=tmp_path)
    assert done.returncode == 2
    assert "whose cash, tax or loan coverage hangs on the rent" in done.stderr


def test_faults_of_capital_are_listed_at_once(tmp_path: Path) -> None:
    """An unknown contract, a rate in per cent and coverage without a last draw: three findings, nothing written."""
    wrong = CAPITAL.replace("contract: lab", "contract: nobody").replace("rate: 0.08", "rate: 8")
    wrong = wrong.replace("capex_share: 0.5", "min_dscr: 1.2")
    write_portfolio(tmp_path, PORTFOLIO + wrong)
    done = wattsplit("plan", "given", "--out", "plan", folder=tmp_path)
    assert done.returncode == 2
    for words in ("rate = 8", "contract = nobody"):
        assert words in done.stderr
    assert files(tmp_path) == {"given/portfolio.yaml"}
