"""What-ifs: cases beside the base, what moved, what pins cost, and every fault before anything is solved."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from optimizer.case_file import read_cases
from optimizer.cases import Case
from optimizer.errors import InfeasiblePlanError
from optimizer.pins import Pin, parse_pin
from optimizer.planning import plan
from optimizer.what_if_frames import SCHEMAS
from optimizer.what_ifs import ALL_PINS, CaseNameError, WhatIf, what_if
from sites import PortfolioError
from sites.edits import Typed
from tests.optimizer.cases import offer, portfolio, settings, site

RENT = "contracts.lab.price_usd_per_kw_month"
# 1 MW from April: three rents of 100,000 less the capex of 100,000 and mining of 1.25 MW at 20 USD/MWh for 2,184 h.
APRIL_USD = 300_000 - 100_000 - 25 * (720 + 744 + 720)
# From March: one rent more, and 744 h less of mining.
MARCH_USD = APRIL_USD + 100_000 - 25 * 744


@pytest.fixture(scope="module")
def found() -> WhatIf:
    """Three cases: half the rent, 3 MW forced into April, and more hashrate than there are machines."""
    cases = {
        "half": Case((f"{RENT}=*0.5",)),
        "april": Case(pins=("lab@alpha:2027-04=3",)),
        "impossible": Case(("limits.min_eh_s=9",)),
    }
    return what_if(portfolio(), cases=cases)


def told(error: PortfolioError) -> list[str]:
    """The findings as text."""
    return [str(finding) for finding in error.findings]


def test_cases_stand_beside_the_base(found: WhatIf) -> None:
    """4 MW lose four half rents of 50,000 each and stay worth it; 3 MW in April lose a month; no plan, no figures."""
    rows = found.comparison.set_index("case")
    assert list(rows.index) == ["base", "half", "april", "impossible"]
    assert rows.at["half", "npv_change_usd"] == pytest.approx(-4 * 4 * 50_000)
    assert rows.at["april", "npv_change_usd"] == pytest.approx(-3 * (MARCH_USD - APRIL_USD))
    assert rows.loc["base", ["npv_change_usd", "capex_change_usd"]].tolist() == [0.0, 0.0]
    assert rows["status"].tolist() == ["optimal", "optimal", "optimal", "infeasible"]
    assert rows.at["base", "capex_usd"] == pytest.approx(400_000)
    assert rows.at["base", "peak_ai_mw"] == pytest.approx(4.0)
    # AI takes 5 of 10 MW in four of six months, mining has the rest.
    assert rows.at["base", "ai_share"] == pytest.approx(20 / 60)
    # 1 MW of the rig is 50 PH/s, and mining has 10 MW for two months and 5 for four.
    assert rows.at["base", "hashrate_eh_s"] == pytest.approx(0.05 * 40 / 6)
    assert rows.at["impossible", "cash_low_month"] == ""
    assert rows.loc["impossible"].drop(["status", "cash_low_month"]).isna().all()


def test_every_plan_is_proved(found: WhatIf) -> None:
    """The base and each case with a plan carry a passed certificate of their own."""
    plans = [case.plan for case in (found.base, *found.cases) if case.plan]
    assert len(plans) == 3
    assert all(one.certificate["passed"] for one in plans)
    assert found.cases[1].plan is not None
    assert found.cases[1].plan.summary["pins"] == ["lab@alpha:2027-04=3"]


def test_moves_say_what_went_where(found: WhatIf) -> None:
    """3 of the 4 MW leave March for April; at half the rent nothing moves, and says so with zeros."""
    moves = found.moves.set_index(["case", "start"])
    assert moves.loc["april", ["base_mw", "case_mw", "change_mw"]].to_dict("index") == {
        "2027-03": pytest.approx({"base_mw": 4.0, "case_mw": 1.0, "change_mw": -3.0}),
        "2027-04": pytest.approx({"base_mw": 0.0, "case_mw": 3.0, "change_mw": 3.0}),
    }
    assert moves.loc["half", "change_mw"].tolist() == [pytest.approx(0.0)]
    assert set(moves["site"]) == {"alpha"}


def test_uses_and_months_count_site_megawatts(found: WhatIf) -> None:
    """In April's case 3 critical MW, 3.75 of the site, mine a month longer."""
    uses = found.uses.set_index(["case", "use"])
    assert uses.loc[("april", "mining"), "change_mw"].item() == pytest.approx(3.75 / 6)
    assert uses.loc[("april", "ai"), "base_mw"].item() == pytest.approx(20 / 6)
    months = found.months.set_index(["case", "month"])
    assert months.at[("base", "2027-03"), "ai_mw"] == pytest.approx(5.0)
    assert months.at[("april", "2027-03"), "ai_mw"] == pytest.approx(1.25)
    hashrate = found.hashrate.set_index("case")
    assert hashrate.at["april", "change_eh_s"] == pytest.approx(0.05 * 3.75 / 6)
    assert set(months.index.get_level_values("case")) == {"base", "half", "april"}


def test_frames_have_their_columns(found: WhatIf) -> None:
    """Each table has the documented columns, and the whole survives a trip between processes."""
    again = pickle.loads(pickle.dumps(found))
    for name, columns in SCHEMAS.items():
        frame = getattr(found, name)
        assert tuple(frame.columns) == columns
        assert getattr(again, name).equals(frame)


def test_a_case_without_a_plan_says_why_and_stops_no_other(found: WhatIf) -> None:
    """The clash is named; two other cases have their plans."""
    (none,) = found.infeasible
    assert none.name == "impossible"
    assert any("hashrate" in clash for clash in none.clashes)
    found.refuse_only_case()
    only = what_if(portfolio(), ["limits.min_eh_s=9"])
    with pytest.raises(InfeasiblePlanError, match="hashrate"):
        only.refuse_only_case()


def test_a_base_without_a_plan_ends_it() -> None:
    """There is nothing to compare with."""
    with pytest.raises(InfeasiblePlanError):
        what_if(portfolio(limits={"min_eh_s": 9}), ["limits.min_eh_s="])


def test_a_pin_costs_what_a_pencil_says() -> None:
    """Of 3 MW in April and half a MW in March each costs what the plan would do with it alone let go.

    Free, 4 MW start in March. Without the first pin 3.5 MW start in April instead of 3; without the second a whole
    MW in March instead of half.
    """
    april, march = "lab@alpha:2027-04=3", "lab@alpha:2027-03=0.5"
    found = what_if(portfolio(), pins=[april, parse_pin(march)])
    costs = found.pins.set_index("pin")["cost_usd"]
    assert costs[april] == pytest.approx(0.5 * APRIL_USD)
    assert costs[march] == pytest.approx(0.5 * MARCH_USD)
    assert costs[ALL_PINS] == pytest.approx(4 * MARCH_USD - 3 * APRIL_USD - 0.5 * MARCH_USD)
    assert found.pins.set_index("pin")["free_mw"].to_dict() == pytest.approx(
        {april: 3.5, march: 1.0, ALL_PINS: float("nan")}, nan_ok=True
    )
    change = found.comparison["npv_change_usd"].iloc[1]
    assert change == pytest.approx(-costs[ALL_PINS])


def test_pins_cost_beside_changes_of_their_own_case() -> None:
    """At half the rent a MW in April is worth 50,000 of 3 rents less; the pin's cost is that of the changed copy."""
    found = what_if(portfolio(), [f"{RENT}=*0.5"], pins=["lab@alpha:2027-04=3"])
    row = found.pins.iloc[0]
    assert row["cost_usd"] == pytest.approx(3 * (MARCH_USD - APRIL_USD - 50_000))
    assert found.comparison["npv_usd"].iloc[1] + row["cost_usd"] == pytest.approx(row["npv_free_usd"])


def test_a_pin_of_a_lumpy_offer_costs_its_search() -> None:
    """Blocks of 1.5 MW: two from March are best; one forced into April leaves one for March."""
    given = portfolio(contracts=[offer(block_mw=1.5)])
    found = what_if(given, pins=["lab@alpha:2027-04=1.5"])
    assert found.pins["cost_usd"].iloc[0] == pytest.approx(1.5 * (MARCH_USD - APRIL_USD))


def test_a_change_is_the_same_as_a_changed_table(tmp_path: Path) -> None:
    """Edits, an added offer and a dropped one give the plan of the portfolio that was written so."""
    extra = tmp_path / "extra.yaml"
    extra.write_text(
        "id: other\nsites: [alpha]\nmax_mw: 2\nfirst_start: 2027-03\nlast_start: 2027-03\nbuild_months: 1\n"
        "term_months: 24\nprice_usd_per_kw_month: 90\ncapex_usd_per_mw: 50000\n",
        encoding="utf-8",
    )
    given = portfolio(contracts=[offer(), offer(id="gone", max_mw=1.0)])
    found = what_if(given, ["settings.discount_rate=0.1", "sites.*.power=*1.2"], add=[extra], drop=["gone"])
    row = {
        "id": "other",
        "sites": ["alpha"],
        "max_mw": 2.0,
        "first_start": "2027-03",
        "last_start": "2027-03",
        "build_months": 1,
        "term_months": 24,
        "price_usd_per_kw_month": 90.0,
        "capex_usd_per_mw": 50_000.0,
    }
    written = portfolio(settings=settings(discount_rate=0.1), sites=[site(power=36.0)], contracts=[offer(), row])
    assert found.cases[0].portfolio == written
    expected = plan(written, full=False).summary
    assert found.cases[0].plan is not None
    assert found.cases[0].plan.summary == expected
    assert found.cases[0].changes == (
        f"add {extra}",
        "set settings.discount_rate=0.1",
        "set sites.*.power=*1.2",
        "drop gone",
    )


def test_common_changes_come_first_in_every_case() -> None:
    """Half of all rents, then 60 for one case: 60 stands."""
    found = what_if(portfolio(), [f"{RENT}=*0.5"], cases={"a": Case(), "b": Case((f"{RENT}=60",))})
    assert [case.portfolio.contracts[0].price_usd_per_kw_month for case in found.cases] == [50.0, 60.0]
    assert found.base.portfolio.contracts[0].price_usd_per_kw_month == 100.0


def test_a_case_with_another_horizon_leaves_gaps() -> None:
    """A year more has no base to compare with: missing, not zero."""
    found = what_if(portfolio(), ["settings.months=18"])
    hashrate = found.hashrate[found.hashrate["case"] == "what-if"].set_index("year")
    assert hashrate.at["2028", "hashrate_eh_s"] > 0.0
    assert hashrate["change_eh_s"].isna().tolist() == [False, True]
    uses = found.uses.set_index(["year", "use"])
    assert uses["base_mw"].isna().sum() == 2


def test_faults_of_all_cases_are_told_before_anything_is_solved() -> None:
    """Common faults once, each case's own, pins of another shape and pins that no plan could follow."""
    asked: list[str] = []
    cases = {
        "a": Case(("contracts.lab.peu=1",), pins=("nonsense",)),
        "b": Case(pins=(Pin("lab", "alpha", "2027-06", 1.0), "labb@alpha:2027-03=1")),
        "c": Case(drop=(Typed("labb", "cases.yaml:3:2: case 'c' drop"),)),
        "d": Case(pins=("lab@alpha:2027-03=1", "lab@alpha:2027-03=2")),
    }
    with pytest.raises(PortfolioError) as raised:
        what_if(portfolio(), cases=cases, progress=asked.append)
    lines = told(raised.value)
    assert asked == []
    assert lines[0].startswith("--set contracts.lab.peu=1: contracts 'lab' peu is an unknown column")
    assert lines[1].startswith("--pin nonsense: expected OFFER@SITE:MONTH=MW")
    assert lines[2].startswith("--pin lab@alpha:2027-06=1: start = 2027-06: expected a first rent month from 2027-03")
    assert lines[3].startswith("--pin labb@alpha:2027-03=1: offer = labb: expected the id of a contract; did you mean")
    assert lines[4].startswith("cases.yaml:3:2: case 'c' drop labb: contracts 'labb' is unknown")
    assert lines[5].startswith("--pin lab@alpha:2027-03=2: the same start is pinned to 1 MW already")
    assert len(lines) == 6


def test_a_fault_in_what_is_common_is_told_once() -> None:
    """Two cases with the same wrong option make one message."""
    with pytest.raises(PortfolioError) as raised:
        what_if(portfolio(), ["nonsense"], cases={"a": Case(), "b": Case()})
    assert len(raised.value.findings) == 1


def test_the_name_of_the_base_is_taken() -> None:
    """A case cannot be called base."""
    with pytest.raises(CaseNameError, match="case 'base': expected another name"):
        what_if(portfolio(), cases={"base": Case()})


CASES = """\
half rent:
  set: contracts.lab.price_usd_per_kw_month=*0.5
"forced & more":
  set:
    - settings.discount_rate=0.1
    - sites.*.power=40
  add: [offers/extra.csv]
  drop: [lab]
  pin: ["lab@alpha:2027-04=3"]
"""


def test_cases_are_read_from_a_file(tmp_path: Path) -> None:
    """Texts and lists of texts, files from the folder on; each keeps its place for messages."""
    (tmp_path / "offers").mkdir()
    (tmp_path / "offers" / "extra.csv").write_text("id\n", encoding="utf-8")
    (tmp_path / "cases.yaml").write_text(CASES, encoding="utf-8")
    cases = read_cases(tmp_path / "cases.yaml")
    assert list(cases) == ["half rent", "forced & more"]
    assert cases["half rent"].told == ("set contracts.lab.price_usd_per_kw_month=*0.5",)
    more = cases["forced & more"]
    assert more.add == (tmp_path.resolve() / "offers" / "extra.csv",)
    assert more.told[1:] == (
        "set settings.discount_rate=0.1",
        "set sites.*.power=40",
        "drop lab",
        "pin lab@alpha:2027-04=3",
    )
    place = f"{tmp_path / 'cases.yaml'}:5:7: case 'forced & more' set"
    assert getattr(more.edits[0], "option", "") == place


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "cases.yaml:1:1: the file holds nothing: expected a mapping from a case's name"),
        ("- a\n", "the file holds a list: expected a mapping from a case's name"),
        ("a:\n", "case 'a' holds nothing: expected at least one of set, add, drop, pin"),
        ("a: {}\n", "case 'a' holds a mapping: expected at least one of"),
        ("a: x\n", "cases.yaml:1:4: case 'a' holds 'x': expected at least one of"),
        ("a: {sett: x}\n", "cases.yaml:1:5: case 'a' sett is an unknown key: .*did you mean 'set'"),
        ("a: {set: x, set: y}\n", "case 'a' set = y is given twice: .*line 1 gives it already"),
        ("a: {drop: x}\na: {drop: y}\n", "cases.yaml:2:1: case a is given twice"),
        ("base: {drop: x}\n", "case 'base': expected another name"),
        ("a: {set: [[x]]}\n", "case 'a' set holds a list: expected a text"),
        ("a:\n  pin:\n    - x: y\n", "case 'a' pin holds a mapping: .*put a text that holds ': ' in quotes"),
        ("a: {drop: }\n", "case 'a' drop holds nothing"),
        ("a: {set: nonsense}\n", "cases.yaml:1:10: case 'a' set nonsense: expected TABLE.RECORD.FIELD=VALUE"),
        ("a: &x {set: y}\nb: *x\n", "anchors and aliases are not read"),
        ("a: !!python/object x\n", "tag"),
        ("a: {add: ../x.yaml}\n", "case 'a' add ../x.yaml: expected a .yaml or .csv file inside the folder"),
        ("a: {add: /etc/passwd}\n", "expected a .yaml or .csv file inside the folder of cases.yaml"),
        ("a: [\n", "expected YAML"),
        ("".join(f"c{n}: {{drop: x}}\n" for n in range(101)), "holds 101 cases: expected at most 100"),
        (f"{'n' * 121}: {{drop: x}}\n", "a name of 1 to 120 visible characters"),
    ],
)
def test_a_wrong_file_of_cases_is_told_with_case_and_key(tmp_path: Path, text: str, words: str) -> None:
    """Every fault has the file, the line, the case and the key."""
    (tmp_path / "cases.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PortfolioError, match=words):
        read_cases(tmp_path / "cases.yaml")


def test_an_absent_file_of_cases_is_told(tmp_path: Path) -> None:
    """A missing file, a folder, and another ending."""
    with pytest.raises(PortfolioError, match="there is no such file: expected a"):
        read_cases(tmp_path / "cases.yaml")
    with pytest.raises(PortfolioError, match="is no file of cases"):
        read_cases(tmp_path)
