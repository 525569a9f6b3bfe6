"""Files that cannot be used as a network history: every fault told with its place, and units that cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest
from network_files import DAYS, DIFFICULTY, EH_S, FEES, HASHPRICE, PRICE, REVENUE, SUBSIDY, table, write

from sites.findings import PortfolioError
from sites.network_history import NetworkHistoryError, read_network_history
from sites.network_history.quantities import HASHRATE_UNITS

TH_S = [eh_s * 1e6 for eh_s in EH_S]


def faults(*paths: Path, series: dict[str, str] | None = None, units: dict[str, str] | None = None) -> list[str]:
    """What is said of these files."""
    with pytest.raises(NetworkHistoryError) as caught:
        read_network_history(paths, series=series, units=units)
    assert isinstance(caught.value, PortfolioError)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "x.csv: is empty: expected a table of days and values"),
        ("  \n\n", "x.csv: is empty: expected a table of days and values"),
        ("date,hash-rate\n", "x.csv: holds no row to read: expected at least one day"),
        ("date,hash-rate\n2026-03-01,\n", "x.csv: hold no value: expected days with values"),
        ("a,b\n1,2\n", "x.csv:1: is no network history that is known: .*its first line is a, b"),
        ("date,volume\n2026-03-01,2\n", "x.csv:1: is no network history that is known"),
        ('date,price\n"2026-03-01,2\n', r"x.csv:2: cannot be read \(unexpected end of data\).*check quotes"),
        ("date,price\n03/04/2026,70000\n", "x.csv:2: date = 03/04/2026 may be day/month or month/day"),
        ("date,price\n13/04/2026,7e4\n04/13/2026,7e4\n", "date = 13/04/2026 may be day/month or month/day"),
        ('{"a": 1}', "x.csv: holds no list of days that is known"),
        ('{"a":', "x.csv: is not valid JSON"),
        ("[1, 2]", "x.csv: holds a list of other things than records"),
        ('{"data": [{"asset": "eth", "time": "2026-03-01", "PriceUSD": "1"}]}', "holds no row to read: .*of Bitcoin"),
    ],
)
def test_a_file_without_a_history(tmp_path: Path, text: str, words: str) -> None:
    """What is no table of days and values is refused in one line."""
    with pytest.raises(NetworkHistoryError, match=words):
        read_network_history([write(tmp_path, "x.csv", text)])


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    """A missing file and one in another encoding are told together."""
    found = faults(tmp_path / "none.csv", write(tmp_path, "l.csv", "date,price\n2026-03-01,é\n", "latin-1"))
    assert found[0].startswith("none.csv: cannot be read (No such file or directory)")
    assert found[1].startswith("l.csv:2: byte 22 (0xE9) is not UTF-8")
    assert faults() == ["network history: no file is given: expected at least one file"]


def test_all_bad_cells_are_told_at_once(tmp_path: Path) -> None:
    """Days, numbers, signs and days given twice, each with line, column and value."""
    text = (
        "date,hash-rate,price\n2026-03-01,1e9,70000\n2026-03-01,1.1e9,70000\n2026-03-02,-5,0\n2026-13-02,1e9,1\n"
        ",1e9,70000\n1950-01-01,1e9,1\n2026-03-09,many,1e999\n"
    )
    found = faults(write(tmp_path, "x.csv", text))
    assert [line.partition(": expected")[0] for line in found] == [
        "x.csv:5: date = 2026-13-02",
        "x.csv:6: date is blank",
        "x.csv:7: date = 1950-01-01",
        "x.csv:3: hash-rate = 1.1e9",
        "x.csv:4: hash-rate = -5",
        "x.csv:8: hash-rate = many",
        "x.csv:4: price = 0",
        "x.csv:8: price = 1e999",
    ]
    assert found[3].endswith("expected one value a day; line 2 has 2026-03-01 already")


def test_many_alike_are_counted(tmp_path: Path) -> None:
    """Of many bad cells of one kind the first five are shown."""
    found = faults(table(tmp_path, "x.csv", "date,price", ["?"] * 13))
    assert len(found) == 6
    assert "and 8 more like these" in found[-1]


@pytest.mark.parametrize("unit", [name for name in HASHRATE_UNITS if name != "TH/s"])
@pytest.mark.parametrize("with_difficulty", [False, True])
def test_hashrate_in_another_unit_is_refused(tmp_path: Path, unit: str, with_difficulty: bool) -> None:
    """A series said to be TH/s that is in another unit is off by 1,000 or more: the unit that fits is named."""
    values = [eh_s / HASHRATE_UNITS[unit].factor for eh_s in EH_S]
    files = [table(tmp_path, "h.csv", "Timestamp,hash-rate", values)]
    if with_difficulty:
        files.append(table(tmp_path, "d.csv", "date,difficulty", DIFFICULTY))
    found = faults(*files)
    assert len(found) == 1 + with_difficulty
    assert all(f"{unit} would fit" in line and f"h.csv={unit}" in line for line in found)
    told = read_network_history(files, units={"h.csv": unit})
    assert list(told.frame["network_eh_s"]) == pytest.approx(EH_S)


def test_a_unit_in_the_header_counts(tmp_path: Path) -> None:
    """What the header says needs no word of the user's; when it is wrong the series is refused all the same."""
    history = read_network_history([table(tmp_path, "a.csv", "date,hashrate_ehs", EH_S)])
    assert list(history.frame["network_eh_s"]) == EH_S
    found = faults(table(tmp_path, "b.csv", "date,Hash Rate (PH/s)", EH_S))
    assert "b.csv: Hash Rate (PH/s) read as hash-rate in PH/s is 1e-3 times the public figures" in found[0]


def test_a_hashrate_without_any_unit_is_asked_for(tmp_path: Path) -> None:
    """A column 'hashrate' says no unit, and none is guessed."""
    path = table(tmp_path, "x.csv", "date,hashrate", TH_S)
    assert faults(path)[0].startswith("x.csv:1: does not say in which unit 'hashrate' is: expected one of EH/s, H/s")
    assert list(read_network_history([path], units={"x.csv": "th/s"}).frame["network_eh_s"]) == pytest.approx(EH_S)


def test_a_bare_series_is_asked_for(tmp_path: Path) -> None:
    """Price and hashrate are never told apart by their size; a wrong word is found out by it."""
    path = table(tmp_path, "xy.csv", '"x","y"', TH_S)
    assert "xy.csv: does not say of what its values are" in faults(path)[0]
    assert "xy.csv: = speed: expected one of market-price, hash-rate" in faults(path, series={"xy.csv": "speed"})[0]
    assert "is it market-price at all?" in faults(path, series={"xy.csv": "market-price"})[0]


def test_words_that_fit_no_file(tmp_path: Path) -> None:
    """A unit that the file cannot have, a word about a named series, and one about a file that is not given."""
    path = table(tmp_path, "h.csv", "date,hash-rate", TH_S)
    assert "= XH/s is no unit of this file: expected one of EH/s" in faults(path, units={"h.csv": "XH/s"})[0]
    assert "leave it out, the column names say it" in faults(path, series={"h.csv": "difficulty"})[0]
    assert "is said something about, but is no file" in faults(path, units={"x.csv": "TH/s"})[0]


def test_money_in_another_unit(tmp_path: Path) -> None:
    """Revenue in BTC taken for USD, fees in USD taken for BTC: too small and too large by the price."""
    price = table(tmp_path, "p.csv", "date,price", PRICE)
    revenue = table(tmp_path, "r.csv", "date,miner_revenue", REVENUE)
    assert "r.csv=BTC" in faults(price, revenue)[0]
    fees = table(tmp_path, "f.csv", "date,transaction-fees", [fee * usd for fee, usd in zip(FEES, PRICE, strict=True)])
    found = faults(price, fees)[0]
    assert "read as transaction-fees in BTC is" in found
    assert "USD would fit" in found
    assert faults(revenue)[0].startswith("r.csv: miner_revenue is in USD, and no file gives the price")
    history = read_network_history([price, revenue], units={"r.csv": "BTC"})
    assert list(history.frame["subsidy_btc"]) == pytest.approx(REVENUE)


def test_a_hashprice_of_unknown_unit(tmp_path: Path) -> None:
    """Satoshi are assumed only where hashrate or difficulty prove it; otherwise the unit is asked for."""
    price = table(tmp_path, "p.csv", "date,btc_price", PRICE)
    satoshi = [usd / btc * 1e8 for usd, btc in zip(HASHPRICE, PRICE, strict=True)]
    in_satoshi = table(tmp_path, "s.csv", "date,hashprice", satoshi)
    found = faults(price, in_satoshi)[0]
    assert "in a unit that nothing says or lets us check; its first value is 44" in found
    assert "a file with hash rate or difficulty beside it" in found
    told = read_network_history([price, in_satoshi], units={"s.csv": "sat/PH/s/day"})
    assert list(told.hashprice()) == pytest.approx(HASHPRICE)
    difficulty = table(tmp_path, "d.csv", "date,difficulty", DIFFICULTY)
    in_usd = table(tmp_path, "u.csv", "date,hashprice", HASHPRICE)
    assert "USD/PH/day would fit" in faults(price, difficulty, in_usd)[0]
    named = table(tmp_path, "n.csv", "date,hashprice_usd_per_ph_day", HASHPRICE)
    assert list(read_network_history([price, difficulty, named]).hashprice()) == pytest.approx(HASHPRICE)


def test_subsidy_that_the_protocol_cannot_have_paid(tmp_path: Path) -> None:
    """More than twice the subsidy of 144 blocks is of another year, or of another coin."""
    path = table(tmp_path, "x.csv", "date,subsidy", [4 * subsidy for subsidy in SUBSIDY])
    assert "read as subsidy in BTC is" in faults(path)[0]


def test_files_that_disagree(tmp_path: Path) -> None:
    """Two files of one quantity that differ by more than a quarter are not of the same thing."""
    first = table(tmp_path, "a.csv", "date,price", PRICE)
    second = table(tmp_path, "b.csv", "date,price", [1.6 * price for price in PRICE])
    assert "b.csv: price read as market-price is 1.6 times that of a.csv" in faults(first, second)[0]
    later = table(tmp_path, "c.csv", "date,price", [1.01 * price for price in PRICE[3:]], days=DAYS[3:])
    assert list(read_network_history([first, later]).frame["price_usd"]) == PRICE


def test_difficulty_in_trillions_is_refused(tmp_path: Path) -> None:
    """Difficulty written as 140 stands for 140 T, which must be said."""
    path = table(tmp_path, "d.csv", "date,difficulty", [difficulty / 1e12 for difficulty in DIFFICULTY])
    assert "T would fit" in faults(path)[0]
    told = read_network_history([path], units={"d.csv": "T"})
    assert list(told.frame["difficulty"]) == pytest.approx(DIFFICULTY)
