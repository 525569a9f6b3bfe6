"""Loading ``portfolio.yaml``: what is read, and every way in which the file can be at fault."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sites import Portfolio, PortfolioError, load_portfolio, yaml_nodes
from tests.sites.small import SMALL_YAML, tables, write_yaml, yaml_findings


def test_the_folder_and_the_file_load_to_the_same(tmp_path: Path) -> None:
    """A folder means its portfolio.yaml; tables from Python make an equal portfolio."""
    write_yaml(tmp_path)
    loaded = load_portfolio(tmp_path)
    assert loaded == load_portfolio(str(tmp_path / "portfolio.yaml")) == Portfolio.from_tables(tables())
    assert loaded.warnings == ()
    assert loaded.input_files == (tmp_path / "portfolio.yaml",)


# Replacement in the small portfolio's YAML, and the one finding it makes.
FAULTS: list[tuple[str, str, str]] = [
    (
        "discount_rate: 0.12",
        "discount_rate: 12",
        "portfolio.yaml:5:18: settings discount_rate = 12: expected a fraction per year between -0.5 and 1; "
        "12 looks like a percentage; write 0.12",
    ),
    (
        "capacity_mw: 100",
        "capacity_mw: 300000",
        "portfolio.yaml:8:18: sites 'pecos' capacity_mw = 300000: expected a number of MW between 0 and 20000; "
        "this looks like kW - write 300",
    ),
    (
        "power: 40",
        "power: 0.04",
        "portfolio.yaml:9:12: sites 'pecos' power = 0.04: expected the id of a power series, or one number of USD/MWh "
        "between -1000 and 10000; this looks like USD/kWh - write 40",
    ),
    (
        "start: 2027-01",
        "start: 2027-01-15",
        "portfolio.yaml:3:10: settings start = 2027-01-15: expected a month written YYYY-MM, between 1970-01 and "
        "2200-12; write 2027-01",
    ),
    (
        "max_mw: 30",
        "max_mw: 1,234",
        "portfolio.yaml:26:13: contracts 'lab' max_mw = 1,234: expected a number of MW between 0 and 20000; "
        "did you mean 1234 or 1.234? Write it without separators of thousands",
    ),
    (
        "    max_mw: 30\n",
        "    max_mw: 30\n    max_mw: 40\n",
        "portfolio.yaml:27:5: contracts 'lab' max_mw = 40 is given twice: expected every name once; "
        "line 26 gives it already; remove one of the two",
    ),
    (
        "    max_mw: 30\n",
        "",
        "portfolio.yaml:23:5: contracts 'lab' max_mw is missing: expected a number of MW between 0 and 20000; "
        "the column is compulsory",
    ),
    (
        "    max_mw: 30\n",
        "    max_mw:\n",
        "portfolio.yaml:26:5: contracts 'lab' max_mw is missing: expected a number of MW between 0 and 20000; "
        "the column is compulsory",
    ),
    (
        "region: texas",
        "regoin: texas",
        "portfolio.yaml:10:13: sites 'pecos' regoin = texas is an unknown column: expected a column of this table; "
        "did you mean 'region'?",
    ),
    (
        "sites: [pecos, oswego]",
        "sites: [pecos, osweg]",
        "portfolio.yaml:25:20: contracts 'lab' sites = osweg: expected the id of a site; did you mean 'oswego'?",
    ),
    (
        "rig: box,",
        "rig: boxy,",
        "portfolio.yaml:18:39: fleets 'pecos-box' rig = boxy: expected the id of a rig, of the portfolio or the "
        "catalogue; did you mean 'box'?",
    ),
    (
        "usd_per_ph_day: 49",
        "usd_per_ph_day: 0.049",
        "portfolio.yaml:21:38: hashprice row 2 usd_per_ph_day = 0.049: expected a number of USD/(PH/s day) between 0 "
        "and 2000; this looks like USD per TH/s and day - write 49",
    ),
    (
        "months: 24",
        "months: &m 24",
        "portfolio.yaml:4:11: the anchor &m stands here: expected a value; remove it; anchors and aliases are not read",
    ),
    (
        "months: 24",
        "months: *m",
        "portfolio.yaml:4:11: the alias *m stands here: expected a value; write the value itself; aliases are not read",
    ),
    (
        "months: 24",
        "months: !!python/object/apply:os.system [ls]",
        "portfolio.yaml:4:11: the tag !!python/object/apply:os.system stands here: expected a plain value; "
        "remove it; every value is read by its column",
    ),
    (
        "months: 24",
        "months: 24\n  market: {model: bet}",
        "portfolio.yaml:5:19: settings market.model = bet: expected one of curve, fundamental, stochastic",
    ),
    (
        "    region: texas\n",
        "    region: {name: texas}\n",
        "portfolio.yaml:10:13: sites 'pecos' region = {'name': 'texas'}: expected a name of at most 120 visible "
        "characters; a mapping stands here; check the indentation",
    ),
    (
        "  - {id: box, th_s: 200, watts: 3500}\n",
        "  - {id: box, th_s: 200, watts: 3500}\n  - spare\n",
        "portfolio.yaml:17:5: rigs row 2 = spare: expected a record of columns and values, such as 'id: pecos'",
    ),
    (
        "rigs:\n  - {id: box, th_s: 200, watts: 3500}\n",
        "rigs:\n  - {id: box, th_s: 200, watts: 3500}\nquarry: []\n",
        "portfolio.yaml:17:1: table 'quarry' is unknown: expected only the tables settings, sites, capacity_steps, "
        "rigs, rig_modes, fleets, hashprice, power_series, contracts, pins, power_contracts, limits, scenarios, risk, "
        "rig_offers, rig_stock, hall_builds, expansions, loans, equity, treasury, tax, liquidity",
    ),
]


@pytest.mark.parametrize(("old", "new", "message"), FAULTS, ids=[new.strip()[:30] for _, new, _ in FAULTS])
def test_a_fault_is_told_with_its_place(tmp_path: Path, old: str, new: str, message: str) -> None:
    """Line, column, table, record, column, value, what was expected and the hint are all there."""
    assert yaml_findings(write_yaml(tmp_path, (old, new))) == [message]


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    """Faults of form, cells and references come together, in the order of the file."""
    write_yaml(
        tmp_path,
        ("name: small", "name: small\n  name: other"),
        ("capacity_mw: 100", "capacity_mw: 1_000"),
        ("site: pecos, rig", "site: pecso, rig"),
        ("months: 24", "months: *m"),
        ("max_mw: 30", "max_mw: -1"),
    )
    found = yaml_findings(tmp_path)
    assert [line.split(":")[1] for line in found] == ["3", "5", "9", "19", "27"]


@pytest.mark.parametrize("name", ["NO", "on", "yes", "null-island", "1e3", "12:30", "2027-01-01", "0x1F", "010", "NA"])
def test_names_stay_what_was_typed(tmp_path: Path, name: str) -> None:
    """No name becomes a truth value, a number, a date or nothing."""
    write_yaml(tmp_path, ("region: texas", f"region: {name}"))
    assert load_portfolio(tmp_path).site("pecos").region == name


def test_a_quoted_null_is_a_name_and_a_bare_one_is_nothing(tmp_path: Path) -> None:
    """Only an unquoted null or ~ is an absent value."""
    write_yaml(tmp_path, ("region: texas", "region: 'null'"), ("region: new york", "region: null"))
    portfolio = load_portfolio(tmp_path)
    assert [site.region for site in portfolio.sites] == ["null", ""]


def test_numbers_are_read_by_their_column(tmp_path: Path) -> None:
    """1e3 is a thousand, 010 is ten, and a quoted number is a number."""
    write_yaml(tmp_path, ("capacity_mw: 100", "capacity_mw: 1e3"), ("capacity_mw: 60", 'capacity_mw: "060"'))
    assert [site.capacity_mw for site in load_portfolio(tmp_path).sites] == [1000.0, 60.0]


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    """Windows editors write one."""
    (tmp_path / "portfolio.yaml").write_text(SMALL_YAML, encoding="utf-8-sig")
    assert load_portfolio(tmp_path) == Portfolio.from_tables(tables())


def test_other_encodings_are_refused_with_the_byte(tmp_path: Path) -> None:
    """Latin-1 and UTF-16 are told from UTF-8, with the place of the first wrong byte."""
    path = tmp_path / "portfolio.yaml"
    path.write_bytes(SMALL_YAML.replace("texas", "québec").encode("latin-1"))
    offset = SMALL_YAML.index("texas") + 2
    assert yaml_findings(tmp_path) == [
        f"portfolio.yaml:10: byte {offset} (0xE9) is not UTF-8: expected a text file in UTF-8; "
        "save it as UTF-8 in the editor or spreadsheet"
    ]
    path.write_bytes(SMALL_YAML.encode("utf-16"))
    assert "byte 0 begins a UTF-16 file" in yaml_findings(tmp_path)[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "portfolio.yaml:1:1: no tables are found: expected a mapping from table to records"),
        ("# only a remark\n", "portfolio.yaml:1:1: no tables are found"),
        ("- a\n- b\n", "portfolio.yaml:1:1: no tables are found"),
        ("settings:\n\tname: x\n", "indent with blanks, not tabs"),
        ("settings: {name: x\n", "portfolio.yaml:2:1: expected ',' or '}', but got"),
        ("settings:\n  name: a: b\n", "portfolio.yaml:2:10: mapping values are not allowed here"),
        ("settings: 'open\n", "portfolio.yaml:2:1: found unexpected end of stream"),
        ("a: 1\n---\nb: 2\n", "portfolio.yaml:2:1: a second document begins here: expected one document"),
        ("a: \x01\n", "remove the characters that cannot be seen"),
        ("? [a, b]\n: c\n", "portfolio.yaml:1:3: a list or mapping stands where a name belongs"),
        ("a: " + "[" * 30 + "]" * 30, "the nesting is too deep: expected at most 20 levels"),
        ("a: " + "{b: " * 3_000, "the nesting is too deep: expected at most 20 levels"),
    ],
)
def test_text_that_is_no_portfolio_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """Errors of syntax have their line, and only what can be known is reported."""
    (tmp_path / "portfolio.yaml").write_text(text, encoding="utf-8")
    found = yaml_findings(tmp_path)
    assert any(message in line for line in found)


def test_bombs_are_refused_quickly(tmp_path: Path) -> None:
    """A billion laughs, too many values and a too large file end at once, with a message."""
    path = tmp_path / "portfolio.yaml"
    laughs = "a: &a [x, x]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    path.write_text(laughs, encoding="utf-8")
    began = time.process_time()
    assert any("anchor &a" in line for line in yaml_findings(tmp_path))
    assert time.process_time() - began < 2
    path.write_bytes(b"#" * 20_000_001)
    assert yaml_findings(tmp_path) == ["portfolio.yaml: the file has 20 MB: expected at most 20 MB"]


def test_too_many_values_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a number of values tables belong into CSV files."""
    monkeypatch.setattr(yaml_nodes, "MOST_NODES", 1_000)
    root, findings = yaml_nodes.read_nodes("a: [" + "1," * 1_001 + "]", "portfolio.yaml")
    assert root is None
    assert "keep large tables in CSV files" in str(findings[0])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "sites:\n  - id: pecos\n    capacity_mw: 100\n    power: 40\n    region: texas\n  - id: oswego\n"
            "    capacity_mw: 60\n    power: 35\n    region: new york\n",
            "sites:\n  pecos: {capacity_mw: 100}\n",
            "portfolio.yaml:7:3: table 'sites' holds a mapping: expected a list of records, each beginning with '- ', "
            "or {file: name.csv}; write '- id: pecos'",
        ),
        (
            "fleets:\n  - {id: pecos-box, site: pecos, rig: box, mw: 50}\n",
            "fleets:\n  {id: pecos-box, site: pecos}\n",
            "portfolio.yaml:18:3: table 'fleets' holds a mapping: expected a list of records, each beginning with "
            "'- ', or {file: name.csv}; write '- ' before 'id'",
        ),
        (
            "fleets:\n  - {id: pecos-box, site: pecos, rig: box, mw: 50}\n",
            "fleets: none\n",
            "portfolio.yaml:17:9: table 'fleets' = none: expected a list of records, each beginning with '- ', "
            "or {file: name.csv}",
        ),
    ],
)
def test_a_table_of_the_wrong_shape_makes_one_finding(tmp_path: Path, old: str, new: str, message: str) -> None:
    """Nothing else is called unknown or missing because the table could not be read."""
    assert yaml_findings(write_yaml(tmp_path, (old, new))) == [message]


def test_compulsory_tables_are_missed_by_name(tmp_path: Path) -> None:
    """settings, sites, fleets and hashprice must be there; fleets may be empty."""
    (tmp_path / "portfolio.yaml").write_text("contracts: []\n", encoding="utf-8")
    found = yaml_findings(tmp_path)
    assert [line.split("'")[1] for line in found] == ["settings", "sites", "fleets", "hashprice"]
    assert "write 'fleets: []' for a portfolio without machines" in found[2]
    write_yaml(tmp_path, ("fleets:\n  - {id: pecos-box, site: pecos, rig: box, mw: 50}\n", "fleets: []\n"))
    assert load_portfolio(tmp_path).fleets == ()


def test_settings_hold_one_record(tmp_path: Path) -> None:
    """A second record of settings is refused."""
    write_yaml(tmp_path, ("settings:\n  name: small\n", "settings:\n  - {name: a}\n  - name: small\n"))
    lines = (tmp_path / "portfolio.yaml").read_text(encoding="utf-8")
    indented = lines.replace("\n  start", "\n    start").replace("\n  months", "\n    months")
    (tmp_path / "portfolio.yaml").write_text(indented.replace("\n  discount", "\n    discount"), encoding="utf-8")
    assert any("settings holds 2 records: expected one record" in line for line in yaml_findings(tmp_path))


def test_faults_inside_the_budget_have_their_place(tmp_path: Path) -> None:
    """Entries of the budget are records of their own, to the line."""
    first = "limits:\n  capex_budget:\n    - {month: 2027-05, usd: 50}\n"
    limits = f"{first}    - {{month: Jun-27, usd: 5e7, usd: 6e7}}\n    - 7\n"
    write_yaml(tmp_path, ("contracts:\n", f"{limits}contracts:\n"))
    found = yaml_findings(tmp_path)
    assert found[0].startswith("portfolio.yaml:24:29: limits capex_budget[0].usd = 50: ")
    assert found[1].startswith("portfolio.yaml:25:15: limits capex_budget[1].month = Jun-27: ")
    assert found[2].startswith("portfolio.yaml:25:33: limits usd = 6e7 is given twice")
    assert found[3] == "portfolio.yaml:26:7: limits capex_budget[2] = 7: expected a record of month and usd"
    limits = f"{first}    - {{month: Jun-27, usd: 5e7, us: 1}}\n"
    write_yaml(tmp_path, ("contracts:\n", f"{limits}contracts:\n"))
    assert yaml_findings(tmp_path) == [
        "portfolio.yaml:24:29: limits capex_budget[0].usd = 50: expected a number of USD between 0 and 1e+13; "
        "this looks like USD million - write 50000000",
        "portfolio.yaml:25:15: limits capex_budget[1].month = Jun-27: expected a month written YYYY-MM, between "
        "1970-01 and 2200-12; write 2027-06",
        "portfolio.yaml:25:37: limits capex_budget[1].us = 1 is an unknown column: expected a column of this table; "
        "did you mean 'usd'?",
    ]


def test_a_path_that_is_no_portfolio_is_refused_with_its_neighbour(tmp_path: Path) -> None:
    """A wrong path, a folder without a portfolio, and a workbook each have their own message."""
    write_yaml(tmp_path)
    (tmp_path / "plan.xlsx").write_bytes(b"PK")
    (tmp_path / "plan.xls").write_bytes(b"PK")
    (tmp_path / "empty").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "tiny.yaml").write_text("", encoding="utf-8")
    for path, message in (
        ("portfolio.yml", "there is no such file or folder: expected a folder that holds portfolio.yaml"),
        ("portfolio.yml", "did you mean 'portfolio.yaml'?"),
        ("empty", "the folder holds no portfolio.yaml"),
        ("other", "tiny.yaml?"),
        ("plan.xlsx", "is no workbook"),
        ("plan.xls", "save the workbook as .xlsx"),
    ):
        with pytest.raises(PortfolioError) as caught:
            load_portfolio(tmp_path / path)
        assert message in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """Only regular files are opened."""
    os.mkfifo(tmp_path / "portfolio.yaml")
    assert "the folder holds no portfolio.yaml" in yaml_findings(tmp_path)[0]
    with pytest.raises(PortfolioError, match="this is no portfolio"):
        load_portfolio(tmp_path / "portfolio.yaml")


def test_pandas_is_not_needed_to_load(tmp_path: Path) -> None:
    """Loading from files must be quick, so the heavy import waits until a frame is made."""
    write_yaml(tmp_path)
    code = "import sys; from sites import load_portfolio; load_portfolio(sys.argv[1]); print('pandas' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True, cwd=os.getcwd()
    )
    assert result.stdout.strip() == "False"


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_text_makes_more_than_findings(data: st.DataObject) -> None:
    """Any piece of the file replaced by anything is either a portfolio or a list of findings."""
    begin = data.draw(st.integers(0, len(SMALL_YAML)))
    end = data.draw(st.integers(begin, min(len(SMALL_YAML), begin + 15)))
    odd = st.sampled_from(
        ["{", "[", "]", "- ", ": ", "\t", "'", '"', "&a", "*a", "!x", "|", ">", "%", "?", "\n", "~", "é", "#"]
    )
    piece = data.draw(st.one_of(st.text(max_size=8), st.lists(odd, max_size=5).map("".join)))
    from sites.assembly import portfolio_from
    from sites.yaml_source import rows_from_yaml

    given_rows = rows_from_yaml(SMALL_YAML[:begin] + piece + SMALL_YAML[end:], "portfolio.yaml", Path("nowhere"))
    try:
        portfolio_from(given_rows)
    except PortfolioError as error:
        lines = str(error).splitlines()
    else:
        return
    assert lines
    assert len(lines) <= 51
