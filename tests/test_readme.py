"""The pages say what the program does: examples are run and compared, generated pages are made again."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from optimizer.cli.app import COMMANDS
from optimizer.results import SCHEMAS
from tests.cli.command import files, wattsplit

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def unspaced(text: str) -> list[str]:
    """The lines of a text without the spaces at their ends."""
    return [line.rstrip() for line in text.strip().splitlines()]


def test_first_two_commands_are_demo_and_test() -> None:
    """A newcomer meets `make demo` and `make test` before any other command."""
    block = re.search(r"```\n(.*?)```", README, flags=re.DOTALL)
    assert block is not None
    assert [line.split("#")[0].strip() for line in block[1].splitlines()] == ["make demo", "make test"]


def test_output_shown_is_the_real_one(tmp_path: Path) -> None:
    """The run in the README prints, word for word, what is shown."""
    shown = re.search(r"\$ \.venv/bin/wattsplit (plan tiny --out my-plan)\n(.*?)```", README, flags=re.DOTALL)
    assert shown is not None
    done = wattsplit(*shown[1].split(), folder=tmp_path, COLUMNS="140")
    assert unspaced(done.stdout) == unspaced(shown[2])
    table = README[README.index("## What is written") :]
    for name in files(tmp_path / "my-plan"):
        assert f"`{name.split('/')[0]}{'/' if '/' in name else ''}`" in table


def test_three_lines_of_python_do_the_main_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python of the README runs as it stands and writes a report."""
    assert wattsplit("portfolios", "copy", "tiny", "my-portfolio", folder=tmp_path).returncode == 0
    block = re.search(r"```python\n(from sites import load_portfolio.*?)```", README, flags=re.DOTALL)
    assert block is not None
    monkeypatch.chdir(tmp_path)
    exec(block[1], {})
    assert (tmp_path / "my-plan" / "report.html").is_file()


def test_every_command_is_mentioned() -> None:
    """Each command of the command line appears in the README."""
    for command in COMMANDS:
        assert f"wattsplit {command}" in README


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    """Every relative link of a page leads to a file of the project."""
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_page_of_input_tables_is_up_to_date() -> None:
    """docs/input-tables.md is what docs/make_input_tables.py makes."""
    path = ROOT / "docs" / "make_input_tables.py"
    spec = importlib.util.spec_from_file_location("make_input_tables", path)
    assert spec is not None
    assert spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    assert maker.PAGE.read_text(encoding="utf-8") == maker.page()


@pytest.mark.parametrize("table", SCHEMAS)
def test_every_column_of_the_result_tables_is_explained(table: str) -> None:
    """docs/tables.md has a section per table that names each of its columns."""
    page = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
    section = page[page.index(f"\n## {table}:") :].split("\n## ")[1]
    for column in SCHEMAS[table]:
        assert f"`{column}`" in section, column
