"""Tables and prices in CSV files beside ``portfolio.yaml``: what is read, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from sites import Portfolio, load_portfolio
from tests.sites.small import tables, write_yaml, yaml_findings

FLEETS_YAML = "fleets:\n  - {id: pecos-box, site: pecos, rig: box, mw: 50}\n"
CONTRACTS = (
    "id,counterparty,sites,max_mw,first_start,last_start,build_months,term_months,price_usd_per_kw_month,"
    "capex_usd_per_mw\nlab,Lab,pecos;oswego,30,2027-07,2028-01,6,120,150,1e7\n"
)


def with_fleets(folder: Path, text: str, name: str = "fleets.csv") -> Path:
    """The small portfolio with its fleets in a CSV file."""
    write_yaml(folder, (FLEETS_YAML, f"fleets: {{file: {name}}}\n"))
    (folder / "fleets.csv").write_text(text, encoding="utf-8")
    return folder


def test_a_table_may_be_a_csv_file(tmp_path: Path) -> None:
    """Quotes, blanks, empty cells, empty lines and lists with semicolons are read; the file counts as input."""
    with_fleets(tmp_path, '\ufeffid, site ,rig,mw,retire\n\n"pecos-box", pecos,box,50,\n,,,,\n')
    text = (tmp_path / "portfolio.yaml").read_text(encoding="utf-8")
    head = text[: text.index("contracts:")]
    (tmp_path / "portfolio.yaml").write_text(f"{head}contracts: {{file: offers/c.csv}}\n", encoding="utf-8")
    (tmp_path / "offers").mkdir()
    (tmp_path / "offers" / "c.csv").write_text(CONTRACTS, encoding="utf-8", newline="\r\n")
    loaded = load_portfolio(tmp_path)
    assert loaded == Portfolio.from_tables(tables())
    assert [path.name for path in loaded.input_files] == ["portfolio.yaml", "fleets.csv", "c.csv"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "id,site,rig,mw\nf,pecos,box,95%\n",
            "fleets.csv:2: fleets 'f' mw = 95%: expected a number of MW between 0 and 20000; "
            "a percentage is written as a fraction: 0.95",
        ),
        (
            "id,site,rig,mw\nf,pecos,box,\n",
            "fleets.csv:2: fleets 'f' mw is missing: expected a number of MW between 0 and 20000; "
            "the column is compulsory",
        ),
        (
            'id,site,rig,mw\n"f\n2",pecos,box,5\n',
            "fleets.csv:2: fleets 'f\\n2' id = f\\n2: expected an id of 1 to 120 visible characters without ';'; "
            "character 2 is U+000A, which cannot be seen; remove it",
        ),
        (
            "id;site;rig;mw\nf;pecos;box;5\n",
            "fleets.csv:1: table 'fleets' the columns are separated by a semicolon: expected commas between the "
            "columns; save it as CSV with commas",
        ),
        (
            "id\tsite\trig\tmw\nf\tpecos\tbox\t5\n",
            "fleets.csv:1: table 'fleets' the columns are separated by a tab: expected commas between the columns; "
            "save it as CSV with commas",
        ),
        (
            "id,site,rig,mw,mw\nf,pecos,box,5,5\n",
            "fleets.csv:1: table 'fleets' the column 'mw' stands there twice: expected every column once",
        ),
        (
            "id,site,rig,mw,utpime\nf,pecos,box,5,1\n",
            "fleets.csv:1: table 'fleets' 'utpime' is an unknown column: expected a column of this table; "
            "did you mean 'uptime'?",
        ),
        (
            "id,site,rig\nf,pecos,box\n",
            "fleets.csv:1: table 'fleets' the column mw is missing: expected a number of MW between 0 and 20000; "
            "the column is compulsory",
        ),
        (
            "id,site,rig,mw\nf,pecos,box,5,5\n",
            "fleets.csv:2: fleets row 1 has 5 fields: expected 4 as in the first line; "
            "put a text or number that holds a comma in quotes; numbers have a decimal point",
        ),
        (
            "id,site,rig,mw\ng,pecos,box,1\nf,pecos\n",
            "fleets.csv:3: fleets row 2 has 2 fields: expected 4 as in the first line; "
            "leave a cell empty by writing its comma",
        ),
        (
            'id,site,rig,mw\n"f,pecos,box,5\n',
            "fleets.csv:2: table 'fleets' the line cannot be read (unexpected end of data): "
            "expected lines of CSV; check quotes",
        ),
        (
            "",
            "fleets.csv:1: table 'fleets' the file is empty: expected a first line with the columns' names",
        ),
    ],
)
def test_a_fault_in_a_csv_file_is_told_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    """One fault makes one finding, with the CSV's name and line."""
    assert yaml_findings(with_fleets(tmp_path, text)) == [message]


def test_all_rows_at_fault_are_told_at_once(tmp_path: Path) -> None:
    """The faults of a CSV file come together with those of the YAML."""
    with_fleets(tmp_path, 'id,site,rig,mw\na,pecos,box,"1,234"\nb,pecso,box,5\nc,pecos,box,5,\nd,pecos,box,50000\n')
    text = (tmp_path / "portfolio.yaml").read_text(encoding="utf-8")
    (tmp_path / "portfolio.yaml").write_text(text.replace("months: 24", "months: 0"), encoding="utf-8")
    places = [line.split(": ")[0] for line in yaml_findings(tmp_path)]
    assert places == ["fleets.csv:2", "fleets.csv:3", "fleets.csv:4", "fleets.csv:5", "portfolio.yaml:4:11"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("../fleets.csv", "the path leads out of the portfolio's folder"),
        ("sub/../../fleets.csv", "the path leads out of the portfolio's folder"),
        ("/etc/hostname", "not an absolute one"),
        ("C:/fleets.csv", "not an absolute one"),
        ("'..\\fleets.csv'", "write / between folders"),
        ("'https://example.org/fleets.csv'", "never fetched from an address"),
        ("fleet.csv", "did you mean 'fleets.csv'?"),
        ("zzz", "there is no such file"),
        ("sub", "this is not a regular file"),
        ("ring.csv", "the path cannot be followed"),
        ("x" * 5_000, "the path cannot be followed"),
        ("link.csv", "the path leads out of the portfolio's folder"),
    ],
)
def test_only_files_of_the_folder_are_read(tmp_path: Path, name: str, hint: str) -> None:
    """No path, link or address leads out of the portfolio's folder."""
    folder = tmp_path / "portfolio"
    (folder / "sub").mkdir(parents=True)
    outside = tmp_path / "fleets.csv"
    outside.write_text("id,site,rig,mw\nf,pecos,box,5\n", encoding="utf-8")
    (folder / "link.csv").symlink_to(outside)
    (folder / "ring.csv").symlink_to(folder / "ring.csv")
    found = yaml_findings(with_fleets(folder, "id,site,rig,mw\n", name))
    assert len(found) == 1
    assert found[0].startswith("portfolio.yaml:17:16: table 'fleets' file = ")
    assert "expected a file inside the portfolio's folder" in found[0]
    assert hint in found[0]


def test_a_folder_whose_name_begins_alike_is_outside(tmp_path: Path) -> None:
    """``portfolio-private`` is not inside ``portfolio``."""
    folder = tmp_path / "portfolio"
    folder.mkdir()
    (tmp_path / "portfolio-private").mkdir()
    (tmp_path / "portfolio-private" / "fleets.csv").write_text("id\n", encoding="utf-8")
    found = yaml_findings(with_fleets(folder, "id\n", "../portfolio-private/fleets.csv"))
    assert "leads out of the portfolio's folder" in found[0]


def test_settings_may_be_a_csv_file_of_one_row(tmp_path: Path) -> None:
    """Every table may be kept in a file of its own."""
    old = "settings:\n  name: small\n  start: 2027-01\n  months: 24\n  discount_rate: 0.12\n"
    write_yaml(tmp_path, (old, "settings: {file: settings.csv}\n"))
    (tmp_path / "settings.csv").write_text("name,start,months,discount_rate\nsmall,2027-01,24,0.12\n", encoding="utf-8")
    assert load_portfolio(tmp_path) == Portfolio.from_tables(tables())


def test_hourly_prices_are_read_from_their_files(tmp_path: Path) -> None:
    """A site's power names a series, whose file is read; a fault in it has the file's line."""
    series = "power_series:\n  - {id: hub, file: prices/hub.csv}\n"
    write_yaml(tmp_path, ("power: 40", "power: hub"), ("hashprice:\n", f"{series}hashprice:\n"))
    (tmp_path / "prices").mkdir()
    lines = [
        f"2023-{m:02d}-{d:02d}T{h:02d}:00,{m}.5" for m, n in MONTH_DAYS for d in range(1, n + 1) for h in range(24)
    ]
    path = tmp_path / "prices" / "hub.csv"
    path.write_text("\n".join(["time,usd_per_mwh", *lines]) + "\n", encoding="utf-8")
    portfolio = load_portfolio(tmp_path)
    assert portfolio.prices["hub"].years == (2023,)
    assert portfolio.prices["hub"].month_prices(2023, 2).tolist() == [2.5] * 672
    assert portfolio.input_files[1] == path
    lines[99] = "2023-01-05T03:00,12%"
    path.write_text("\n".join(["time,usd_per_mwh", *lines]) + "\n", encoding="utf-8")
    found = yaml_findings(tmp_path)
    assert any(line.startswith("hub.csv:101") and "12%" in line for line in found)


MONTH_DAYS = list(enumerate((31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), start=1))


def test_a_missing_price_file_is_told_at_its_series(tmp_path: Path) -> None:
    """The finding stands at the file's name in the YAML."""
    series = "power_series:\n  - {id: hub, file: hub.csv}\n"
    write_yaml(tmp_path, ("power: 40", "power: hub"), ("hashprice:\n", f"{series}hashprice:\n"))
    assert yaml_findings(tmp_path) == [
        "portfolio.yaml:20:21: power_series 'hub' file = hub.csv: expected a file inside the portfolio's folder; "
        "there is no such file"
    ]


POWER_CSV = (
    "site,kind,mw,price_usd_per_mwh,usd_per_kw_month,hours,months,from,to\n"
    "pecos,block,20,35.5,,,,2027-03,\n"
    "pecos,coincident_peak,,,5.25,4,6;7;8;9,,2028-12\n"
    "pecos,demand_charge,,,9,,11-2,,\n"
)
MODES_CSV = "rig,mode,th_s,watts\nbox,eco,140,2000\nbox,turbo,210,4000\n"


def test_power_contracts_and_modes_may_be_csv_files(tmp_path: Path) -> None:
    """Blank cells are defaults, and calendar months stand in one cell; from Python the same tables are equal."""
    write_yaml(tmp_path)
    with (tmp_path / "portfolio.yaml").open("a", encoding="utf-8") as text:
        text.write("power_contracts: {file: power.csv}\nrig_modes: {file: modes.csv}\n")
    (tmp_path / "power.csv").write_text(POWER_CSV, encoding="utf-8")
    (tmp_path / "modes.csv").write_text(MODES_CSV, encoding="utf-8")
    loaded = load_portfolio(tmp_path)
    assert loaded.warnings == ()
    assert [contract.months for contract in loaded.power_contracts] == [(), (6, 7, 8, 9), (11, 12, 1, 2)]
    assert [contract.to_month for contract in loaded.power_contracts] == [None, "2028-12", None]
    power: list[dict[str, object]] = [
        {"site": "pecos", "kind": "block", "mw": 20, "price_usd_per_mwh": 35.5, "from": "2027-03"},
        {"site": "pecos", "kind": "coincident_peak", "usd_per_kw_month": 5.25, "hours": 4, "months": "6-9"}
        | {"to": "2028-12"},
        {"site": "pecos", "kind": "demand_charge", "usd_per_kw_month": 9, "months": [11, 12, 1, 2]},
    ]
    modes = [
        {"rig": "box", "mode": "eco", "th_s": 140, "watts": 2000},
        {"rig": "box", "mode": "turbo", "th_s": 210, "watts": 4000},
    ]
    assert loaded == Portfolio.from_tables({**tables(), "power_contracts": power, "rig_modes": modes})
