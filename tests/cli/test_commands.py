"""The commands as a user meets them: help, results, exit codes."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import PORTFOLIO, arguments, environment, files, started, wattsplit, write_portfolio

COMMANDS = ("plan", "check", "economics", "power", "import-power", "audit", "portfolios")
# None of these may be imported to answer a question about the command line itself.
HEAVY = {"numpy", "pandas", "pyomo", "highspy", "scipy", "pydantic", "altair", "rich", "vl_convert"}


@pytest.mark.parametrize("words", [[], *([name] for name in COMMANDS), ["portfolios", "copy"]])
def test_help_of_every_command_has_a_runnable_example(tmp_path: Path, words: list[str]) -> None:
    """Each help ends with exit code 0 and shows a command line that begins with wattsplit."""
    done = wattsplit(*words, "--help", folder=tmp_path)
    assert done.returncode == 0
    assert "Example:\n" in done.stdout
    assert f"\n  wattsplit {' '.join(words)}".rstrip() in done.stdout.replace("    wattsplit", "  wattsplit")


def test_help_lists_every_command_and_exit_code(tmp_path: Path) -> None:
    """The first page names all commands and what the exit codes mean."""
    text = wattsplit("--help", folder=tmp_path).stdout
    for word in (*COMMANDS, "0 done", "2 bad input", "3 no plan", "4 solver or certificate", "130 interrupted"):
        assert word in text


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    """Help answers at once because no numerical library is loaded for it."""
    code = (
        "import sys; from optimizer.cli.app import run; run(['--help'])\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr.strip() == "[]"


def test_check_imports_no_solver(tmp_path: Path) -> None:
    """Checking a portfolio needs neither the solver nor pandas."""
    write_portfolio(tmp_path)
    code = (
        "import sys; from optimizer.cli.app import run; run(['check', 'given'])\n"
        "print(sorted({'pyomo', 'highspy', 'pandas', 'scipy', 'altair'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr.strip() == "[]"


def test_version_is_printed(tmp_path: Path) -> None:
    """`wattsplit --version` names program and version."""
    done = wattsplit("--version", folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "wattsplit 0.1.0\n")


@pytest.mark.parametrize("words", [[], ["pla"], ["plan"], ["plan", "given", "--colour"], ["audit", "nowhere"]])
def test_misuse_ends_with_exit_code_2_and_a_hint(tmp_path: Path, words: list[str]) -> None:
    """No command, a wrong one, a missing argument, an unknown option or folder: usage on stderr, nothing on stdout."""
    done = wattsplit(*words, folder=tmp_path)
    assert done.returncode == 2
    assert "Usage: wattsplit" in done.stderr
    assert done.stdout == ""
    assert files(tmp_path) == set()


def test_plan_is_written_and_summed_up(tmp_path: Path) -> None:
    """The default folder is plans/NAME; the summary names contract, verdict and report; stderr stays empty."""
    write_portfolio(tmp_path)
    done = wattsplit("plan", "given", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for words in ("lab", "2027-04", "Certificate: passed", "plans/given/report.html"):
        assert words in done.stdout
    summary = json.loads((tmp_path / "plans" / "given" / "summary.json").read_text())
    assert summary["status"] == "optimal"
    assert (tmp_path / "plans" / "given" / "report.html").stat().st_size > 10_000


def test_plan_can_be_named_by_its_yaml_file(tmp_path: Path) -> None:
    """A YAML file by any name is a portfolio; its name becomes the plan's."""
    (tmp_path / "texas.yaml").write_text(PORTFOLIO)
    assert wattsplit("plan", "texas.yaml", "--quiet", folder=tmp_path).returncode == 0
    assert (tmp_path / "plans" / "texas" / "manifest.json").is_file()


def test_json_prints_the_summary_file_and_nothing_else(tmp_path: Path) -> None:
    """A script reads the very content of summary.json from standard output."""
    write_portfolio(tmp_path)
    done = wattsplit("plan", "given", "--out", "out", "--json", folder=tmp_path)
    assert done.stdout == (tmp_path / "out" / "summary.json").read_text()


def test_quiet_prints_nothing_even_with_warnings(tmp_path: Path) -> None:
    """A scheduled job sees output only when something is wrong."""
    write_portfolio(tmp_path, PORTFOLIO.replace("price_usd_per_kw_month: 150", "price_usd_per_kw_month: 0.15"))
    done = wattsplit("plan", "given", "--quiet", folder=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_warnings_go_to_stderr_and_do_not_stop(tmp_path: Path) -> None:
    """A rent of 0.15 USD per kW-month is possible but odd: it is said, and the plan is made."""
    write_portfolio(tmp_path, PORTFOLIO.replace("price_usd_per_kw_month: 150", "price_usd_per_kw_month: 0.15"))
    done = wattsplit("plan", "given", folder=tmp_path)
    assert done.returncode == 0
    assert "warning: contracts 'lab' price_usd_per_kw_month = 0.15" in done.stderr
    assert "warning" not in done.stdout


def test_check_says_what_was_understood(tmp_path: Path) -> None:
    """A sound portfolio is echoed record by record and nothing is written."""
    write_portfolio(tmp_path)
    before = files(tmp_path)
    done = wattsplit("check", "given", folder=tmp_path)
    assert done.returncode == 0
    for words in ("1 site, 20 MW", "site pecos", "fleet first", "17.5 J/TH", "offer lab", "no errors, no warnings"):
        assert words in done.stdout
    assert files(tmp_path) == before


def test_existing_plan_is_refused_before_solving_and_replaced_with_force(tmp_path: Path) -> None:
    """Without --force: exit code 2, before the solver is loaded; with it the new plan stands there."""
    write_portfolio(tmp_path)
    assert wattsplit("plan", "given", "--out", "out", folder=tmp_path).returncode == 0
    before = (tmp_path / "out" / "summary.json").read_bytes()
    (tmp_path / "given" / "portfolio.yaml").write_text(PORTFOLIO.replace("usd_per_ph_day: 45", "usd_per_ph_day: 50"))
    refused = wattsplit("plan", "given", "--out", "out", folder=tmp_path)
    assert refused.returncode == 2
    assert "holds a plan already; replace it with --force" in refused.stderr
    assert (tmp_path / "out" / "summary.json").read_bytes() == before
    assert wattsplit("plan", "given", "--out", "out", "--force", folder=tmp_path).returncode == 0
    assert (tmp_path / "out" / "summary.json").read_bytes() != before


def test_folder_of_the_user_is_not_replaced_even_with_force(tmp_path: Path) -> None:
    """--force replaces plans, nothing else."""
    write_portfolio(tmp_path)
    before = files(tmp_path)
    done = wattsplit("plan", "given", "--out", "given", "--force", folder=tmp_path)
    assert done.returncode == 2
    assert "holds files that are no plan of wattsplit" in done.stderr
    assert files(tmp_path) == before


def test_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    """Two runs, with different hash seeds, differ only in the manifest's time and seconds."""
    write_portfolio(tmp_path)
    for name, seed in (("one", "1"), ("two", "2")):
        assert started("plan", "given", "--out", name, folder=tmp_path, PYTHONHASHSEED=seed).returncode == 0
    one, two = tmp_path / "one", tmp_path / "two"
    assert files(one) == files(two)
    for name in files(one) - {"manifest.json"}:
        assert (one / name).read_bytes() == (two / name).read_bytes(), name
    manifests = [json.loads((folder / "manifest.json").read_text()) for folder in (one, two)]
    for manifest in manifests:
        del manifest["seconds"], manifest["created"]
    assert manifests[0] == manifests[1]


def test_copy_of_the_inputs_gives_the_same_plan(tmp_path: Path) -> None:
    """Planning DIR/inputs makes the same summary again."""
    write_portfolio(tmp_path)
    assert wattsplit("plan", "given", "--out", "one", folder=tmp_path).returncode == 0
    assert wattsplit("plan", "one/inputs", "--out", "two", folder=tmp_path).returncode == 0
    assert (tmp_path / "one" / "summary.json").read_bytes() == (tmp_path / "two" / "summary.json").read_bytes()


def test_audit_passes_an_untouched_plan_from_any_place(tmp_path: Path) -> None:
    """The plan folder alone is enough: it may have been moved and the input deleted."""
    write_portfolio(tmp_path)
    assert wattsplit("plan", "given", "--out", "out", folder=tmp_path).returncode == 0
    (tmp_path / "given" / "portfolio.yaml").unlink()
    (tmp_path / "out").rename(tmp_path / "moved")
    done = wattsplit("audit", "moved", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Certificate: passed" in done.stdout


def test_audit_finds_a_changed_number(tmp_path: Path) -> None:
    """One more MW for mining in one month: exit code 4, the file and the failing row are named."""
    write_portfolio(tmp_path)
    assert wattsplit("plan", "given", "--out", "out", folder=tmp_path).returncode == 0
    table = tmp_path / "out" / "allocation.csv"
    table.write_text(table.read_text().replace("2027-01,pecos,mining,first,20.0", "2027-01,pecos,mining,first,21.0"))
    done = wattsplit("audit", "out", folder=tmp_path)
    assert done.returncode == 4
    assert "allocation.csv differs from what was written" in done.stderr
    assert "FAILED" in done.stdout
    assert "pecos" in done.stdout


def test_audit_of_anything_else_is_refused(tmp_path: Path) -> None:
    """A folder without a plan is bad input, not a failed certificate."""
    write_portfolio(tmp_path)
    done = wattsplit("audit", "given", folder=tmp_path)
    assert done.returncode == 2
    assert "holds no plan of wattsplit" in done.stderr


def test_clashing_limits_end_with_exit_code_3_in_words(tmp_path: Path) -> None:
    """A hashrate that the site cannot reach is named; nothing is written."""
    write_portfolio(tmp_path, PORTFOLIO + "limits:\n  min_eh_s: 50\n")
    done = wattsplit("plan", "given", "--out", "out", folder=tmp_path)
    assert done.returncode == 3
    assert "EH/s" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        ("optimizer.errors.SolverError('no optimal answer')", 4, "error: no optimal answer"),
        ("optimizer.errors.CertificateError('row 7 fails')", 4, "error: row 7 fails"),
        ("MemoryError()", 1, "error: out of memory"),
        ("ZeroDivisionError('division by zero')", 1, "this is a bug in wattsplit; 'wattsplit --debug ...' shows where"),
    ],
)
def test_failures_of_the_program_have_their_codes(tmp_path: Path, error: str, code: int, words: str) -> None:
    """Solver and certificate end with 4, a defect with 1 and one line; nothing is written."""
    write_portfolio(tmp_path)
    program = (
        "import sys, optimizer.errors, optimizer.planning\n"
        f"def fail(*args, **named): raise {error}\n"
        "optimizer.planning.plan = fail\n"
        "from optimizer.cli import main; main()\n"
    )
    command = [sys.executable, "-c", program, "plan", "given", "--out", "out"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
    debugged = subprocess.run(
        [*command[:3], "--debug", *command[3:]],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" in debugged.stderr


def test_bundled_portfolios_are_listed_copied_and_planned(tmp_path: Path) -> None:
    """The names listed are those that can be copied; a copy is a portfolio; a second copy is refused."""
    listed = wattsplit("portfolios", folder=tmp_path)
    assert listed.returncode == 0
    for name in ("tiny", "crossroads", "single-site", "deal-desk", "north-america"):
        assert f"{name}: " in listed.stdout
    assert wattsplit("portfolios", "copy", "tiny", "mine", folder=tmp_path).returncode == 0
    assert wattsplit("check", "mine", folder=tmp_path).returncode == 0
    again = wattsplit("portfolios", "copy", "tiny", "mine", folder=tmp_path)
    assert again.returncode == 2
    assert "exists already" in again.stderr
    unknown = wattsplit("portfolios", "copy", "tinny", "other", folder=tmp_path)
    assert unknown.returncode == 2
    assert "did you mean 'tiny'?" in unknown.stderr


def test_progress_moves_on_a_terminal_only(tmp_path: Path) -> None:
    """On a terminal the stages are shown on stderr; in a pipe there is none of it."""
    write_portfolio(tmp_path)
    master, terminal = pty.openpty()
    done = subprocess.run(
        arguments("plan", "given"),
        cwd=tmp_path,
        env=environment(TERM="xterm", COLUMNS="100"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=terminal,
        timeout=120,
        check=False,
    )
    os.close(terminal)
    shown = os.read(master, 1_000_000)
    os.close(master)
    assert done.returncode == 0
    assert b"writing the report" in shown
    assert b"writing the report" not in done.stdout
