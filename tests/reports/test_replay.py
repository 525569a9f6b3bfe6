"""A replay as a page, a picture, tables and terminal text."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

from rich.console import Console

from reports.replay import fan_words, headline, key_figures, months_table, replay_json, values_table
from reports.replay_files import write_replay
from reports.replay_page import replay_html
from reports.replay_terminal import print_replay
from tests.optimizer.test_replaying import found


def test_words_say_what_the_values_say() -> None:
    """The sentences and the key figures repeat the tables."""
    values = found().values.set_index("made_by")["npv_usd"]
    said = "".join(phrase.text for phrase in headline(found()))
    signed = found().decisions.query("made_by == 'plan'")["mw"].sum()
    assert f"the best was to sign {signed:.1f} MW. Hashprice then went from 58.05 to 32.13 USD/PH/s/day." in said
    assert f"worth USD {(values['plan'] - values['mining only']) / 1e6:.1f} m more than mining only." in said
    assert fan_words(found()).startswith(
        "Hashprice fell by 45% from the first month to the last, the BTC price fell by"
    )
    assert key_figures(found())[1].value == f"USD {values['plan'] / 1e6:.1f} m"
    assert [row[0].text for row in values_table(found()).rows][1] == "Mining only"
    assert len(months_table(found()).rows) == 14
    assert json.loads(replay_json(found()))["held"]["95%"] <= 1.0


def test_pages_and_files(tmp_path: Path) -> None:
    """All files into a folder; the page is equal twice and asks for nothing."""
    write_replay(found(), tmp_path / "out")
    names = {"replay.html", "replay.png", "replay.csv", "replay.json", "replay_decisions.csv", "replay_values.csv"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == names
    page = replay_html(found())
    assert page == replay_html(found())
    assert "://" not in page.replace("http://www.w3.org", "")
    assert page.count("<figure") == 2


def test_terminal_text() -> None:
    """The three tables."""
    out = StringIO()
    print_replay(found(), console=Console(file=out, width=140, markup=False, highlight=False))
    for words in ("What each plan is worth, in Jan 2025 dollars", "What is signed", "Month by month"):
        assert words in out.getvalue()
