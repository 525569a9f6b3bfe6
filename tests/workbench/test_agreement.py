"""The page says what the command line says, to the last digit shown, for what is changed and for what is exported."""

from __future__ import annotations

import io
import json
import shlex
import zipfile
from pathlib import Path
from typing import Any

import pytest

from reports import format as fmt
from tests.cli.command import wattsplit
from tests.workbench.users import Server, User, figure, plan_summary, serving


def change(record: str, field: str, value: str) -> dict[str, str]:
    """A changed field of an offer."""
    return {"table": "contracts", "record": record, "field": field, "value": value}


CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "nothing": ("single-site", {}),
    "market": ("single-site", {"hashprice": 0.85, "power": -3.5}),
    "tiny pin": ("tiny", {"pin": [{"contract": "inference", "site": "mill", "month": "2027-04", "mw": 1.25}]}),
    "lumpy": ("deal-desk", {"set": [change("inference-pods", "price_usd_per_kw_month", "139.5")], "hashprice": 1.1}),
    "scenarios that are feared": ("crossroads", {"power": 2.0}),
    "several": (
        "north-america",
        {
            "set": [
                change("neocloud-triple-net", "price_usd_per_kw_month", "171.3"),
                change("turnkey-conversion", "max_mw", "155"),
                change("hyperscaler-triple-net", "term_months", "132"),
            ],
            "drop": ["powered-land"],
            "hashprice": 0.93,
        },
    ),
    "financing": ("north-america", {"financing": True, "hashprice": 0.97}),
}


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A server for bundled portfolios of all kinds."""
    pytest.importorskip("uvicorn", reason="the extra web is not installed")
    with serving("tiny", "--cases", tmp_path_factory.mktemp("cases")) as running:
        yield running


def agree(answer: dict[str, Any], summary: dict[str, Any]) -> None:
    """The figures of an answer are those of a plan, as both are written."""
    assert figure(answer, "npv_usd") == fmt.usd_m(summary["npv_usd"])
    assert figure(answer, "capex_usd") == fmt.usd_m(summary["capex_usd"])
    assert figure(answer, "peak_ai_mw") == fmt.mw(summary["peak_ai_mw"])
    assert figure(answer, "cash_low_usd") == fmt.usd_m(summary["cash_low_usd"])


@pytest.mark.parametrize("case", CASES)
def test_the_page_and_the_command_line_agree(case: str, everything: Server, tmp_path: Path) -> None:
    """After other questions on the same warm programme: figures, contracts and the options that are shown."""
    name, state = CASES[case]
    user = User(everything)
    key = user.open(name)
    financing = {"financing": state.get("financing", False)}
    user.answer(key, **financing, hashprice=0.8)
    answer = user.answer(key, **state)
    summary = plan_summary(name, *shlex.split(answer["command"]), folder=tmp_path)
    agree(answer, summary)
    rows = [[cell[0] for cell in row] for row in answer["contracts"]["rows"] if row[0][1] != "not taken"]
    lines = [line.split(",") for line in (tmp_path / "plan" / "contracts.csv").read_text().splitlines()]
    place = {column: lines[0].index(column) for column in ("contract", "site", "start", "mw", "npv_usd")}
    planned = {
        (
            line[place["contract"]],
            line[place["site"]],
            fmt.month(line[place["start"]]),
            fmt.mw(float(line[place["mw"]])),
        )
        for line in lines[1:]
        if float(line[place["mw"]]) > fmt.NOISE
    }
    assert {tuple(row[:4]) for row in rows} == planned


@pytest.mark.parametrize("form", ["yaml", "xlsx", "zip"])
def test_an_exported_case_gives_the_same_numbers(form: str, everything: Server, tmp_path: Path) -> None:
    """Edits, a new offer, a dropped one, shifts and pins are all in the file, which needs no option."""
    user = User(everything)
    key = user.open("tiny")
    new = {
        "id": "second <b>",
        "sites": "mill",
        "max_mw": "2",
        "first_start": "2027-03",
        "last_start": "2027-04",
        "build_months": "1",
        "term_months": "3",
        "price_usd_per_kw_month": "95",
        "capex_usd_per_mw": "30000",
    }
    state = {
        "offers": [new],
        "set": [change("inference", "price_usd_per_kw_month", "88.5")],
        "pin": [{"contract": "inference", "site": "mill", "month": "2027-05", "mw": 1.75}],
        "hashprice": 1.07,
        "power": 1.5,
    }
    answer = user.answer(key, **state)
    assert answer["status"] == "optimal", answer
    content = user.work("export", key, state, format=form).body
    file = tmp_path / {"yaml": "case.yaml", "xlsx": "case.xlsx", "zip": "case"}[form]
    if form == "zip":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            archive.extractall(file)
    else:
        file.write_bytes(content)
    summary = plan_summary(file, folder=tmp_path)
    agree(answer, summary)
    assert summary["pins"] == ["inference@mill:2027-05=1.75"]


def test_a_portfolio_with_series_is_exported_whole(everything: Server, tmp_path: Path) -> None:
    """One YAML file cannot hold hourly prices, which is said; the ZIP and the workbook hold them, shifted."""
    user = User(everything)
    key = user.open("north-america")
    state = {"power": 4.0}
    answer = user.answer(key, **state)
    assert "take the workbook or the ZIP" in user.work("export", key, state, format="yaml").json["words"]
    with zipfile.ZipFile(io.BytesIO(user.work("export", key, state, format="zip").body)) as archive:
        archive.extractall(tmp_path / "case")
    agree(answer, plan_summary(tmp_path / "case", folder=tmp_path))


def test_prices_and_comparisons_agree_too(everything: Server, tmp_path: Path) -> None:
    """The walk-away price is that of `wattsplit price`, the compared NPV that of the live answers."""
    user = User(everything)
    key = user.open("single-site")
    offer = json.loads(json.dumps(user.post("/api/open", {"source": "single-site"}).json["view"]["offers"]))[0]["id"]
    done = wattsplit("price", "single-site", offer, "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    shown = {one["label"]: one["value"] for one in user.work("price", key, contract=offer).json["figures"]}
    assert shown["Walk-away rent"] == fmt.price(told["headline"]["reservation"])
    ids = [user.save(key, f"case {factor}", hashprice=factor)["id"] for factor in (0.9, 1.1)]
    table = user.finished(user.post("/api/compare", {"cases": ids})).json["tables"][0]
    assert [column["label"] for column in table["columns"]] == ["", "Base", "case 0.9", "case 1.1"]
    npv = [cell[0] for cell in table["rows"][0][1:]]
    assert npv == [figure(user.answer(key, hashprice=factor), "npv_usd") for factor in (1.0, 0.9, 1.1)]
