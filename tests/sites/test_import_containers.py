"""What files are unpacked to tables by their content: text, gzip, zip, workbooks, Parquet; and what is refused."""

from __future__ import annotations

import gzip
import io
import warnings
import zipfile
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import fastparquet
import numpy as np
import pandas
import pytest

from sites.hourly import PriceFileError
from sites.price_formats import containers
from sites.price_formats.base import Table
from sites.price_formats.containers import cell_text, tables_of

CSV = b"time,usd_per_mwh\n2024-01-01T00:00,5\n"
CELLS = [["time", "usd_per_mwh"], ["2024-01-01T00:00", "5"]]

# What a workbook needs at least (ECMA-376, part 1, SpreadsheetML): types, relations, the list of sheets, the sheets.
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
ROOT = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>'
)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
# Style 1 is a date with time (number format 22).
STYLES = f'<styleSheet xmlns="{MAIN}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs></styleSheet>'


def zipped(members: dict[str, bytes | str]) -> bytes:
    """A zip file with these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def workbook(sheets: dict[str, list[list[str]]]) -> bytes:
    """A workbook whose cells are given as XML, such as ``text(...)`` makes it."""
    names = list(sheets)
    relations = "".join(
        f'<Relationship Id="rId{place}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{place}.xml"/>'
        for place in range(1, len(names) + 1)
    )
    listed = "".join(
        f'<sheet name="{name}" sheetId="{place}" r:id="rId{place}"/>' for place, name in enumerate(names, start=1)
    )
    members: dict[str, bytes | str] = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": ROOT,
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": (
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'{relations}<Relationship Id="rId99" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>'
        ),
        "xl/styles.xml": STYLES,
    }
    for place, rows in enumerate(sheets.values(), start=1):
        lines = "".join(
            f'<row r="{number}">{"".join(cells)}</row>' for number, cells in enumerate(rows, start=1) if cells
        )
        members[f"xl/worksheets/sheet{place}.xml"] = (
            f'<worksheet xmlns="{MAIN}"><sheetData>{lines}</sheetData></worksheet>'
        )
    return zipped(members)


def text(place: str, value: str) -> str:
    """A cell that holds a text."""
    return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'


def number(place: str, value: float, style: int = 0) -> str:
    """A cell that holds a number, or with style 1 a time as days since 1899-12-30."""
    return f'<c r="{place}" s="{style}"><v>{value!r}</v></c>'


def tables(folder: Path, content: bytes, name: str = "prices.dat") -> list[Table]:
    """The tables of a file with this content."""
    path = folder / name
    path.write_bytes(content)
    return list(tables_of(path))


def refusal(folder: Path, content: bytes) -> str:
    """The message with which a file of this content is refused."""
    with pytest.raises(PriceFileError) as caught:
        tables(folder, content)
    return str(caught.value)


def cells(table: Table) -> list[list[str]]:
    """The cells of a table without the numbers of its lines."""
    return [row for _, row in table.lines]


def test_text_keeps_the_numbers_of_its_lines(tmp_path: Path) -> None:
    """Blank lines, also such as hold only separators or quotes, are left out but counted."""
    (table,) = tables(tmp_path, b'\xef\xbb\xbfPool Price\r\n\r\n""\r\n,,\ntime,"a, b"\r\n1,2\n')
    assert table.file == "prices.dat"
    assert table.lines == [(1, ["Pool Price"]), (5, ["time", "a, b"]), (6, ["1", "2"])]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a;b;c\n1,5;2;3\n", [["a", "b", "c"], ["1,5", "2", "3"]]),
        (b"a\tb\n1\t2\n", [["a", "b"], ["1", "2"]]),
        (b"time;price\n2024-01-01 00:00;12,5\n", [["time", "price"], ["2024-01-01 00:00", "12,5"]]),
        (b"a,b\n1,2;3\n", [["a", "b"], ["1", "2;3"]]),
    ],
)
def test_the_separator_is_what_the_lines_have_most_of(
    tmp_path: Path, content: bytes, expected: list[list[str]]
) -> None:
    """Semicolons and tabs separate where they outnumber commas, or stand in more lines."""
    assert cells(tables(tmp_path, content)[0]) == expected


def test_gzip_is_unpacked_even_twice_and_in_parts(tmp_path: Path) -> None:
    """A gzip file may be several in a row, and may hold another."""
    for content in (
        gzip.compress(CSV),
        gzip.compress(gzip.compress(CSV)),
        gzip.compress(CSV[:9]) + gzip.compress(CSV[9:]),
    ):
        (table,) = tables(tmp_path, content)
        assert (table.file, cells(table)) == ("prices.dat", CELLS)


def test_every_member_of_a_zip_is_a_table_in_the_order_of_names(tmp_path: Path) -> None:
    """Members are named in messages; folders and what desktops add are left out; a zip in a zip is opened."""
    content = zipped(
        {
            "b.csv": CSV,
            "a/": b"",
            "a/inner.zip": zipped({"x.csv": gzip.compress(CSV)}),
            "__MACOSX/._b.csv": b"\x00\x05",
            "a/.DS_Store": b"\x00",
        }
    )
    found = tables(tmp_path, content)
    assert [table.file for table in found] == ["prices.dat/a/inner.zip/x.csv", "prices.dat/b.csv"]
    assert all(cells(table) == CELLS for table in found)


def test_every_sheet_is_a_table_also_an_empty_one(tmp_path: Path) -> None:
    """Numbers lose no digit, whole ones no sense, and lines keep their numbers across blank rows."""
    content = workbook(
        {
            "Jan": [
                [text("A1", "Delivery Date"), text("B1", "Price")],
                [],
                [text("A3", "01/01/2024"), number("B3", -12.34)],
                [number("A4", 7.0), number("B4", 0.1 + 0.2)],
            ],
            "Feb": [],
        }
    )
    january, february = tables(tmp_path, content, "any.name")
    assert january.file == "any.name[Jan]"
    assert january.lines == [
        (1, ["Delivery Date", "Price"]),
        (3, ["01/01/2024", "-12.34"]),
        (4, ["7", "0.30000000000000004"]),
    ]
    assert (february.file, february.lines) == ("any.name[Feb]", [])


def test_times_of_a_workbook_are_rounded_to_the_second(tmp_path: Path) -> None:
    """01:00 on 1 January 2024 is day 45292 + 1/24, which no binary fraction hits."""
    (table,) = tables(
        tmp_path, workbook({"x": [[number("A1", 45292 + 1 / 24, style=1), number("B1", 45292.0, style=1)]]})
    )
    assert cells(table) == [["2024-01-01 01:00:00", "2024-01-01 00:00:00"]]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        (float("nan"), ""),
        (True, "True"),
        (3.0, "3"),
        (-0.5, "-0.5"),
        (1e300, "1e+300"),
        (12, "12"),
        ("x", "x"),
        (date(2024, 1, 31), "2024-01-31 00:00:00"),
        (time(13, 15), "13:15:00"),
        (datetime(2024, 1, 31, 23, 59, 59, 999_900, tzinfo=UTC), "2024-02-01 00:00:00+00:00"),
    ],
)
def test_cells_as_text(value: object, expected: str) -> None:
    """Every kind of cell has one way of being written."""
    assert cell_text(value) == expected


def parquet(frame: Any, folder: Path) -> bytes:
    """The content of a Parquet file of a frame."""
    path = folder / "written"
    with warnings.catch_warnings():
        # The library writes by a way of pandas that a later version will close; nothing here reads by it.
        warnings.simplefilter("ignore")
        fastparquet.write(str(path), frame)
    return path.read_bytes()


def test_parquet_columns_become_text(tmp_path: Path) -> None:
    """Times keep the offset of their zone, also across its change; numbers are whole where they are; blanks are ''."""
    frame = pandas.DataFrame(
        {
            "Interval Start": pandas.to_datetime(["2024-03-10T07:00Z", "2024-03-10T08:00Z"]).tz_convert("US/Central"),
            "naive": pandas.to_datetime(["2024-03-10T01:00", "2024-03-10T03:00"]),
            "SPP": [5.0, float("nan")],
            "single": np.array([23.45, -1.5], dtype=np.float32),
            "Location": ["HB_WEST", None],
        }
    )
    (table,) = tables(tmp_path, parquet(frame, tmp_path))
    assert cells(table) == [
        ["Interval Start", "naive", "SPP", "single", "Location"],
        ["2024-03-10 01:00:00-06:00", "2024-03-10 01:00:00", "5", "23.45", "HB_WEST"],
        ["2024-03-10 03:00:00-05:00", "2024-03-10 03:00:00", "", "-1.5", ""],
    ]


def test_parquet_keeps_both_autumn_hours_apart(tmp_path: Path) -> None:
    """The hour that comes twice has another offset the second time."""
    times = pandas.to_datetime(["2024-11-03T06:00Z", "2024-11-03T07:00Z"]).tz_convert("America/Chicago")
    (table,) = tables(tmp_path, parquet(pandas.DataFrame({"t": times}), tmp_path))
    assert cells(table)[1:] == [["2024-11-03 01:00:00-05:00"], ["2024-11-03 01:00:00-06:00"]]


def test_parquet_times_in_utc_stay_in_utc_without_notes_of_pandas(tmp_path: Path) -> None:
    """Where no note on the frame says it, the schema's own word that times are in UTC counts."""
    content = parquet(pandas.DataFrame({"t": pandas.to_datetime(["2024-03-10T07:00Z"])}), tmp_path)
    # The notes stand under the key "pandas", six letters long.
    (table,) = tables(tmp_path, content.replace(b"\x06pandas", b"\x06others"))
    assert cells(table)[1] == ["2024-03-10 07:00:00+00:00"]


def test_damaged_files_are_refused_by_name(tmp_path: Path) -> None:
    """Half a gzip, half a zip, half a workbook and a Parquet file without its end are told, not half read."""
    packed, archive = gzip.compress(CSV * 50), zipped({"a.csv": CSV * 50})
    assert "ends too early" in refusal(tmp_path, packed[:-12])
    assert "is damaged" in refusal(tmp_path, packed[:10] + b"\xff" * 20)
    assert "is damaged" in refusal(tmp_path, archive[: len(archive) // 2])
    assert "cannot be read as a workbook" in refusal(tmp_path, zipped({"[Content_Types].xml": TYPES}))
    assert "cannot be read as Parquet" in refusal(tmp_path, b"PAR1" + b"\x00" * 40)
    assert "byte 2 (0xFF) is not UTF-8" in refusal(tmp_path, b"a,\xff\n")
    assert "line cannot be read" in refusal(tmp_path, b'a,"b\n')


def test_bombs_are_refused_before_they_are_unpacked(tmp_path: Path) -> None:
    """What would unpack to more than 100 MB, or to a hundred times its size, is refused by what it says of itself."""
    zeros = b"0" * (containers.LARGEST_PART + 1)
    assert "unpacks to more than 100 MB" in refusal(tmp_path, gzip.compress(zeros))
    assert "unpacks to more than 100 MB" in refusal(tmp_path, zipped({"a.csv": zeros}))
    flat = b"0" * (2 * containers.HARMLESS_BYTES)
    assert "more than 100 times its size" in refusal(tmp_path, gzip.compress(flat))
    assert "prices.dat/a.csv: unpacks to more than 100 times its size" in refusal(tmp_path, zipped({"a.csv": flat}))
    sheet = zipped({"[Content_Types].xml": TYPES, "xl/worksheets/sheet1.xml": flat})
    assert "prices.dat/xl/worksheets/sheet1.xml" in refusal(tmp_path, sheet)


def test_many_small_members_may_not_add_up_to_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sum of all members is limited too."""
    monkeypatch.setattr(containers, "LARGEST_WHOLE", 2 * len(CSV))
    assert len(tables(tmp_path, zipped({"a": CSV, "b": CSV}))) == 2
    assert "unpacks to more than" in refusal(tmp_path, zipped({"a": CSV, "b": CSV, "c": CSV}))


def test_archives_are_not_opened_without_end(tmp_path: Path) -> None:
    """The fourth archive inside another is refused."""
    content = CSV
    for _ in range(5):
        content = zipped({"a.zip": content})
    assert "is an archive in an archive" in refusal(tmp_path, content)


def test_too_many_members_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The directory of a zip file may be huge by itself."""
    monkeypatch.setattr(containers, "MOST_ARCHIVE_ENTRIES", 2)
    assert "holds 3 files: expected at most 2" in refusal(tmp_path, zipped({"a": CSV, "b": CSV, "c": CSV}))


def test_encrypted_members_are_refused(tmp_path: Path) -> None:
    """A set bit 0 of the flags means encryption (APPNOTE 4.4.4); there is nobody to ask for a password."""
    content = bytearray(zipped({"a.csv": CSV}))
    content[content.index(b"PK\x03\x04") + 6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert "prices.dat/a.csv: is encrypted" in refusal(tmp_path, bytes(content))


def test_files_above_the_limit_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The size on disk is looked at first."""
    monkeypatch.setattr(containers, "LARGEST_FILE", 10)
    assert "the file has 0 MB" in refusal(tmp_path, CSV)
