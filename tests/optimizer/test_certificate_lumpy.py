"""The certificate sees every condition of lumpy offers: each is broken in the frames, found, and named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.branching import grow_tree
from optimizer.frames_io import write_frame
from optimizer.pins import parse_pin
from optimizer.planning import plan
from optimizer.proving.audit import audit
from optimizer.proving.checks import Check
from optimizer.proving.proof import load_proof, save_proof
from optimizer.proving.replay_choices import choice_checks
from optimizer.proving.replay_frames import ReplayError
from optimizer.proving.replay_inputs import Decisions, read_decisions
from optimizer.proving.replay_scenarios import only_scenario
from optimizer.proving.tree import Tree
from optimizer.results import Plan
from sites.portfolio import Portfolio
from tests.optimizer.cases import offer, portfolio, site
from tests.optimizer.certified import Stated, certified, change, failed, first, seal, stated_by, write_plan

LEAST = "lumpy offers: least size is reached [critical MW]"
BLOCKS = "lumpy offers: starts come in whole blocks [critical MW]"
GROUP = "lumpy offers: one offer of an exclusive group [offers too many]"
REQUIRED = "lumpy offers: required offers are taken [offers without]"
FORCED = "forced decisions: sizes are followed [critical MW]"
OTHERS = "proof: value that other whole numbers could add [USD]"
UNTOLD = "that no plan with other whole numbers of lumpy offers is worth more"
WHOLE = "proof: whole numbers are whole"
HELD = "proof: duality gap, whole numbers held"


def lumpy_portfolio() -> Portfolio:
    """Room for 6.4 critical MW at 8 MW of AI; every kind of condition, and one offer in the group is the worse.

    In the plan: first 1 MW, second 2 MW (two blocks of 1 MW), good 2 MW of its group.
    """
    return portfolio(
        sites=[site(ai_max_mw=8.0)],
        contracts=[
            offer(id="first", min_mw=1.0, max_mw=1.0, price_usd_per_kw_month=60.0),
            offer(id="second", max_mw=2.0, block_mw=1.0, requires="first", price_usd_per_kw_month=180.0),
            offer(id="good", max_mw=2.0, min_mw=1.5, exclusive_group="hall", price_usd_per_kw_month=150.0),
            offer(id="poor", max_mw=1.0, min_mw=0.5, exclusive_group="hall"),
        ],
    )


@cache
def lumpy_plan() -> Plan:
    """The plan of that portfolio, with the start of one offer forced; made once."""
    return plan(lumpy_portfolio(), pins=[parse_pin("second@alpha:2027-03=2")])


def decided(case: Portfolio, *rows: tuple[str, float]) -> Decisions:
    """The decisions of frames in which these offers have these MW at alpha from March on."""
    frames = plan(case, full=False).frames
    contracts = frames.contracts.iloc[[0] * len(rows)].copy()
    contracts["contract"], contracts["mw"] = [row[0] for row in rows], [row[1] for row in rows]
    contracts["site"], contracts["start"] = "alpha", "2027-03"
    return read_decisions(case, only_scenario(case), contracts, frames.fleets, frames.programmes)


def broken(checks: list[Check]) -> dict[str, tuple[float, str]]:
    """Size and place of the errors that are found."""
    return {check.name: (check.value, check.where) for check in checks if not check.passed}


def resize(contract: str, mw: float) -> Callable[[Stated], None]:
    """Give an offer another size in the frame of contracts, at alpha from March on."""

    def tamper(stated: Stated) -> None:
        row = first(stated.frames.contracts, contract=contract)
        for column, value in (("site", "alpha"), ("start", "2027-03"), ("mw", mw)):
            stated.frames.contracts.loc[row, column] = value

    return tamper


def test_a_lumpy_plan_is_certified() -> None:
    """Every condition is checked by name and kept; the gap of the LP says that whole numbers are held."""
    found = lumpy_plan()
    taken = found.frames.contracts.set_index("contract")["mw"]
    assert taken.to_dict() == {"first": 1.0, "second": 2.0, "good": 2.0, "poor": 0.0}
    assert failed(found.certificate) == {}
    names = {check["name"] for check in found.certificate["checks"]}
    assert {LEAST, BLOCKS, GROUP, REQUIRED, FORCED, WHOLE, HELD} <= names
    assert found.certificate["exact"]["whole_numbers_held"] == int(found.proof.matrices.integer.sum()) > 0


@cache
def stepped_plan() -> Plan:
    """Room for 6.4 critical MW and an offer in halls of 3 MW: of any size, it would be worth more."""
    return plan(portfolio(sites=[site(ai_max_mw=8.0)], contracts=[offer(max_mw=9.0, block_mw=3.0)]))


def grown(found: Plan) -> Tree:
    """A tree that proves the plan's whole numbers."""
    return grow_tree(found.proof.matrices, found.proof.x, 1e-6 * abs(found.summary["npv_usd"]) * 1e-6)


def with_tree(tree: Tree | None) -> dict[str, Any]:
    """The certificate of the plan in halls with this tree."""
    stated = stated_by(stepped_plan())
    stated.proof = replace(stated.proof, tree=tree)
    return certified(stated, stepped_plan())


def test_a_tree_proves_that_no_other_whole_numbers_are_better() -> None:
    """The value that others could add is a check, to the gap that was asked for; nothing rests on anybody's word."""
    certificate = with_tree(grown(stepped_plan()))
    assert failed(certificate) == {}
    (check,) = [check for check in certificate["checks"] if check["name"] == OTHERS]
    npv = stepped_plan().summary["npv_usd"]
    assert check["value"] <= check["tolerance"] == pytest.approx(1e-6 * npv + 0.005, rel=1e-9)
    assert certificate["not_proved"] == []
    others = certificate["other_whole_numbers"]
    assert (others["proved"], others["leaves"] > 1) == (True, True)
    assert others["bound_usd"] == pytest.approx(npv, rel=1e-6)


def test_without_a_tree_the_certificate_says_what_it_does_not_prove() -> None:
    """The plan is certified with its own whole numbers; about others there is the solver's gap, told as its word."""
    certificate = with_tree(None)
    assert failed(certificate) == {}
    assert certificate["other_whole_numbers"] == {}
    assert OTHERS not in [check["name"] for check in certificate["checks"]]
    gap = stepped_plan().summary["search"]["gap"]
    assert certificate["not_proved"] == [f"{UNTOLD}: by the solver's word, to a gap of {gap:.3g}"]


def test_a_tree_that_was_cut_bounds_what_is_not_proved() -> None:
    """One leaf is the programme of divisible offers: what they would be worth more is told beside the solver's word."""
    tree = grow_tree(stepped_plan().proof.matrices, stepped_plan().proof.x, 1e9)
    certificate = with_tree(tree)
    assert failed(certificate) == {}
    others = certificate["other_whole_numbers"]
    assert (others["proved"], others["leaves"], others["where"]) == (False, 1, "all whole numbers")
    more = others["bound_usd"] - stepped_plan().summary["npv_usd"]
    assert more > 1000.0
    (untold,) = certificate["not_proved"]
    assert untold.startswith(f"{UNTOLD}: by the solver's word")
    assert untold.endswith(f"; proved is that none is worth {more:,.0f} USD more")


def test_prices_taken_from_a_tree_prove_less() -> None:
    """A tree whose prices are gone is not believed; one that leaves a part out fails."""
    tree = grown(stepped_plan())
    assert with_tree(replace(tree, row_dual=np.zeros_like(tree.row_dual)))["not_proved"] != []
    parts = replace(tree, child=np.where(tree.child == 1, 2, tree.child).astype(np.int32))
    assert failed(with_tree(parts)) == {"proof": "proof: the tree's nodes do not hang together"}


def test_a_plan_of_divisible_offers_has_none_of_these_checks() -> None:
    """Nothing is said where there is nothing to say, and the bound is for all plans."""
    certificate = plan(portfolio()).certificate
    names = [check["name"] for check in certificate["checks"]]
    assert not [name for name in names if name.startswith(("lumpy", "forced", WHOLE))]
    assert "proof: duality gap" in names
    assert (certificate["exact"]["whole_numbers_held"], certificate["not_proved"]) == (0, [])


TAMPERED: dict[str, tuple[Callable[[Stated], None], str, str]] = {
    "a size off its blocks": (
        change("contracts", "mw", -0.25, contract="second"),
        BLOCKS,
        "contract 'second' at site 'alpha' from 2027-03: 1.75 in blocks of 1.0",
    ),
    "a size below the least": (resize("good", 1.25), LEAST, "contract 'good': 1.25, at least 1.5"),
    "two of a group": (resize("poor", 0.5), GROUP, "group 'hall': 'good', 'poor'"),
    "a required offer dropped": (resize("first", 0.0), REQUIRED, "contract 'second' without 'first'"),
    "a forced start in another size": (
        resize("second", 1.0),
        FORCED,
        "pin 'second@alpha:2027-03=2': 1.0 signed",
    ),
    "a forced start in another month": (
        lambda stated: stated.frames.contracts.replace({"start": {"2027-03": "2027-04"}}, inplace=True),
        FORCED,
        "pin 'second@alpha:2027-03=2': 0.0 signed",
    ),
}


@pytest.fixture(scope="module")
def stored_plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of the lumpy plan, to be copied."""
    folder = tmp_path_factory.mktemp("stored") / "plan"
    write_plan(lumpy_plan(), folder)
    return folder


@pytest.mark.parametrize("case", TAMPERED)
def test_an_edited_folder_is_found_by_an_audit(case: str, stored_plan: Path, tmp_path: Path) -> None:
    """The same edits in contracts.csv, covered up in the manifest or not: the audit names condition, place and file."""
    tamper, name, where = TAMPERED[case]
    stated = stated_by(lumpy_plan())
    tamper(stated)
    folder = tmp_path / "plan"
    shutil.copytree(stored_plan, folder)
    write_frame(stated.frames.contracts, folder / "contracts.csv")
    assert "contracts.csv differs" in failed(audit(folder))["files are the ones that were written"]
    seal(folder)
    assert failed(audit(folder))[name] == where


@pytest.mark.parametrize("case", TAMPERED)
def test_a_broken_condition_is_found_and_named(case: str) -> None:
    """The check of that condition fails, and says where."""
    tamper, name, where = TAMPERED[case]
    stated = stated_by(lumpy_plan())
    tamper(stated)
    assert failed(certified(stated, lumpy_plan()))[name] == where


def test_a_size_within_a_watt_is_rounding() -> None:
    """A millionth of a MW is not a block that is broken, nor an offer that is taken; two millionths are."""
    case = portfolio(contracts=[offer(block_mw=2.0, min_mw=2.0)])
    assert broken(choice_checks(decided(case, ("lab", 2.0 - 9e-7)), [])) == {}
    assert broken(choice_checks(decided(case, ("lab", 9e-7)), [])) == {}
    assert set(broken(choice_checks(decided(case, ("lab", 2.0 - 2e-6)), []))) == {LEAST, BLOCKS}


def test_a_least_size_counts_all_starts_and_blocks_each() -> None:
    """Two starts of 1.5 MW reach the least size of 3 MW, and neither is a whole block of 1 MW."""
    case = portfolio(
        sites=[site(), site(id="beta")], contracts=[offer(sites=["alpha", "beta"], min_mw=3.0, block_mw=1.0)]
    )
    frames = plan(case, full=False).frames
    contracts = frames.contracts.iloc[[0, 0]].copy()
    contracts["site"], contracts["mw"], contracts["start"] = ["alpha", "beta"], 1.5, "2027-03"
    checks = choice_checks(read_decisions(case, only_scenario(case), contracts, frames.fleets, frames.programmes), [])
    assert broken(checks) == {BLOCKS: (0.5, "contract 'lab' at site 'alpha' from 2027-03: 1.5 in blocks of 1.0")}


def test_an_offer_beside_a_signed_deal_of_its_group_is_found() -> None:
    """The signed deal counts as taken, also where it begins after the horizon and has no MW in the plan."""
    signed = offer(id="old", committed_mw=1.0, last_start="2027-03", exclusive_group="g")
    later = offer(
        id="old", committed_mw=1.0, first_start="2030-03", last_start="2030-03", exclusive_group="g", build_months=0
    )
    new = offer(min_mw=1.0, exclusive_group="g")
    case = portfolio(contracts=[signed, new])
    assert broken(choice_checks(decided(case, ("old", 1.0), ("lab", 2.0)), [])) == {
        GROUP: (1.0, "group 'g': 'old', 'lab'")
    }
    assert GROUP in broken(choice_checks(decided(portfolio(contracts=[later, new]), ("lab", 2.0)), []))


def test_whole_blocks_below_the_least_size_are_found() -> None:
    """Two blocks of 1.5 MW do not make 3.5 MW: whoever signs one block has signed too little."""
    case = portfolio(contracts=[offer(min_mw=3.5, block_mw=1.5)])
    assert broken(choice_checks(decided(case, ("lab", 1.5)), [])) == {LEAST: (2.0, "contract 'lab': 1.5, at least 3.5")}


def test_an_offer_without_the_one_that_can_never_be_taken_is_found() -> None:
    """The required offer cannot reach its least size in whole blocks, so the other one cannot be signed either."""
    phases = [offer(id="a", min_mw=3.5, block_mw=1.5), offer(id="b", max_mw=2.0, requires="a")]
    checks = choice_checks(decided(portfolio(contracts=phases), ("b", 1.5)), ["b@alpha:2027-03=1.5"])
    assert broken(checks) == {REQUIRED: (1.0, "contract 'b' without 'a'")}


def test_a_signed_deal_without_the_offer_it_requires_is_found() -> None:
    """What is signed needs the other one as much as what is open."""
    phases = [offer(id="a", min_mw=1.0), offer(id="b", committed_mw=1.0, last_start="2027-03", requires="a")]
    checks = choice_checks(decided(portfolio(contracts=phases), ("b", 1.0)), [])
    assert broken(checks) == {REQUIRED: (1.0, "contract 'b' without 'a'")}


def test_signed_deals_have_no_least_size_and_no_blocks() -> None:
    """A deal is delivered as signed, whatever the offer it came from said."""
    case = portfolio(contracts=[offer(committed_mw=1.25, min_mw=2.0, block_mw=1.0, last_start="2027-03")])
    assert broken(choice_checks(decided(case, ("lab", 1.25)), [])) == {}


def test_a_start_that_is_forbidden_is_followed_by_no_row() -> None:
    """A pin of 0 MW asks for nothing in the frame, and finds what stands there."""
    case = portfolio()
    assert broken(choice_checks(decided(case, ("lab", 0.0)), ["lab@alpha:2027-03=0"])) == {}
    assert broken(choice_checks(decided(case, ("lab", 2.0)), ["lab@alpha:2027-03=0"])) == {
        FORCED: (2.0, "pin 'lab@alpha:2027-03=0': 2.0 signed")
    }


@pytest.mark.parametrize(
    ("pins", "message"),
    [
        (None, "summary: pins = None: expected the list of forced decisions"),
        (["lab"], "summary: pin 'lab': expected OFFER@SITE:MONTH=MW"),
        (["law@alpha:2027-03=1"], "summary: pin 'law@alpha:2027-03=1': the portfolio has no 'law'"),
        (["lab@omega:2027-03=1"], "summary: pin 'lab@omega:2027-03=1': the portfolio has no 'omega'"),
    ],
)
def test_what_is_no_forced_decision_is_refused(pins: object, message: str) -> None:
    """The summary of somebody else's plan is named as such."""
    with pytest.raises(ReplayError, match=message.replace("(", r"\(")):
        choice_checks(decided(portfolio(), ("lab", 0.0)), pins)


def test_a_summary_without_pins_fails_a_check() -> None:
    """The missing entry is named; nothing is raised."""
    stated = stated_by(lumpy_plan())
    del stated.summary["pins"]
    assert failed(certified(stated, lumpy_plan())) == {"lumpy offers": "no entry 'pins'"}


def test_a_fraction_in_the_proof_fails() -> None:
    """Half a block is no plan of whole numbers, whatever the rows say; the column is named."""
    stated = stated_by(lumpy_plan())
    column = stated.proof.matrices.col_names.index("blocks[second@alpha,2027-03]")
    x = stated.proof.x.copy()
    x[column] -= 0.5
    stated.proof = replace(stated.proof, x=x)
    names = failed(certified(stated, lumpy_plan()))
    assert names[WHOLE] == "blocks[second@alpha,2027-03]"
    x[column] = np.nan
    assert "is nan" in failed(certified(stated, lumpy_plan()))["proof"]


def test_pins_taken_from_a_stored_plan_are_missed(tmp_path: Path) -> None:
    """An audit finds that the proof is of another programme than the one without the forced decision."""
    case = portfolio(contracts=[offer(block_mw=1.0)])
    write_plan(plan(case, pins=[parse_pin("lab@alpha:2027-03=1")], full=False), folder := tmp_path / "plan")
    assert audit(folder)["passed"]
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    (folder / "summary.json").write_text(json.dumps({**summary, "pins": []}), encoding="utf-8")
    seal(folder)
    places = failed(audit(folder))
    assert "signed_mw[lab@alpha,2027-03]" in places["the proof is of the programme of the inputs"]


def test_a_stored_tree_is_audited(tmp_path: Path) -> None:
    """The tree survives its file; without its prices, the audit finds that the certificate promises too much."""
    found = stepped_plan()
    proof = replace(found.proof, tree=grown(found))
    stated = stated_by(found)
    stated.proof = proof
    write_plan(replace(found, proof=proof, certificate=certified(stated, found)), folder := tmp_path / "plan")
    assert failed(audit(folder)) == {}
    assert audit(folder)["other_whole_numbers"]["proved"]
    tree = load_proof(folder / "proof.npz").tree
    assert tree is not None
    assert proof.tree is not None
    assert np.array_equal(tree.row_dual, proof.tree.row_dual)
    save_proof(replace(proof, tree=replace(tree, row_dual=np.zeros_like(tree.row_dual))), folder / "proof.npz")
    seal(folder)
    assert failed(audit(folder)) == {
        "the stored certificate says the same": "it leaves something else to the solver's word"
    }
