"""`wattsplit replay` as a process."""

from __future__ import annotations

from pathlib import Path

from tests.cli.command import files, wattsplit


def test_2025_is_replayed(tmp_path: Path) -> None:
    """CSV for machines, a page by its ending; an unknown year is refused with the known ones."""
    done = wattsplit("replay", "2025", "--paths", "40", "--csv", "--out", "replay.html", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    header, *rows = done.stdout.splitlines()
    assert header.startswith("month,btc_price_usd,actual_usd_per_ph_day,mean,p2_5")
    assert len(rows) == 14
    assert files(tmp_path) == {"replay.html"}
    done = wattsplit("replay", "2019", folder=tmp_path)
    assert (done.returncode, "there is no replay of '2019'; choose one of 2025" in done.stderr) == (2, True)
