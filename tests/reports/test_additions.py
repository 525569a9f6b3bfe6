"""Tables, texts and pages that a planner adds to a report."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from reports.additions import Block, read_additions
from reports.folder import OutputError
from reports.options import ReportOptions, now, read_logo

# One grey pixel.
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==")


def test_a_table_is_shown_as_typed(tmp_path: Path) -> None:
    """Columns of numbers are numbers, years keep their form, and blanks stay blank."""
    (tmp_path / "peer-deals.csv").write_text("Year,Peer,Rent\n2026,A,1.50\n2027,=B,\n")
    (added,) = read_additions([tmp_path / "peer-deals.csv"])
    assert added.title == "Peer deals"
    assert added.table is not None
    assert [column.numeric for column in added.table.columns] == [True, False, True]
    assert [cell.text for cell in added.table.rows[0]] == ["2026", "A", "1.50"]
    assert added.table.rows[0][2].value == 1.5
    assert added.table.rows[1][2].value is None


def test_a_text_is_read_in_blocks(tmp_path: Path) -> None:
    """Headings, items and paragraphs; everything else is plain text."""
    (tmp_path / "memo.md").write_text("# Memo\none\ntwo\n\n- first\n- <b>second</b>\nlast *line*")
    (added,) = read_additions([tmp_path / "memo.md"])
    assert added.blocks == (
        Block("heading", "Memo"),
        Block("paragraph", "one two"),
        Block("item", "first"),
        Block("item", "<b>second</b>"),
        Block("paragraph", "last *line*"),
    )


def test_pages_of_a_folder_are_linked(tmp_path: Path) -> None:
    """All of a command's files go along, its pages are linked."""
    folder = tmp_path / "what-if"
    folder.mkdir()
    (folder / "what-if.html").write_text("<p>page</p>")
    (folder / "cases.csv").write_text("a\n1\n")
    (folder / "proof.npz").write_bytes(b"no")
    (added,) = read_additions([folder])
    assert added.pages == ("additions/what-if/what-if.html",)
    assert set(added.files) == {"what-if/what-if.html", "what-if/cases.csv"}


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """Each says its file and what was expected."""
    (tmp_path / "short.csv").write_text("a,b\n1\n")
    (tmp_path / "empty.csv").write_text("a,b\n")
    (tmp_path / "latin.md").write_bytes(b"caf\xe9")
    (tmp_path / "bell.md").write_bytes(b"a\x07b")
    (tmp_path / "run.exe").write_bytes(b"x")
    (tmp_path / "bare").mkdir()
    names = ["short.csv", "empty.csv", "latin.md", "bell.md", "run.exe", "bare", "gone.csv"]
    with pytest.raises(OutputError) as caught:
        read_additions([tmp_path / name for name in names])
    told = str(caught.value).splitlines()
    assert len(told) == len(names)
    for name, words in zip(
        names,
        [
            "row 2 has 1 fields",
            "at least one row",
            "byte 3 is not UTF-8",
            "hidden",
            "expected a table",
            "no page",
            "read",
        ],
        strict=True,
    ):
        assert any(name in line and words in line for line in told), (name, told)


def test_two_additions_of_one_name_are_refused(tmp_path: Path) -> None:
    """They would overwrite each other in the plan's folder."""
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "note.md").write_text("x")
    with pytest.raises(OutputError, match="second addition"):
        read_additions([tmp_path / "a" / "note.md", tmp_path / "b" / "note.md"])


def test_a_logo_is_a_picture(tmp_path: Path) -> None:
    """What is no PNG or JPEG is refused, whatever its name says."""
    (tmp_path / "logo.bin").write_bytes(PNG)
    assert read_logo(tmp_path / "logo.bin").suffix == ".png"
    for content in (b"<svg/>", PNG[:-9], PNG[:8], b"\xff\xd8\xff\xd9"):
        (tmp_path / "logo.png").write_bytes(content)
        with pytest.raises(OutputError, match="whole PNG or JPEG"):
            read_logo(tmp_path / "logo.png")


def test_the_time_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """SOURCE_DATE_EPOCH sets it; what is no number is refused."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    assert ReportOptions().created.isoformat() == "2026-01-01T00:00:00+00:00"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    with pytest.raises(OutputError, match="whole seconds"):
        now()
