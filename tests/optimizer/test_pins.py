"""Decisions that are forced: how they are written, which are refused, and what they cost."""

from __future__ import annotations

import pickle

import pytest

from optimizer.errors import InfeasiblePlanError, PinError
from optimizer.pins import Pin, parse_pin, parse_pins
from optimizer.planning import plan
from tests.optimizer.cases import offer, portfolio, site

BOTH = [site(), site(id="beta")]


def test_a_pin_is_read_and_written_the_same() -> None:
    """Offer ids may hold @ and :, since the last ones count."""
    pin = parse_pin(" hyper:2@west@desert:2027-03=40.5 ")
    assert pin == Pin("hyper:2@west", "desert", "2027-03", 40.5)
    assert parse_pin(str(pin)) == pin


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hyper", "expected OFFER@SITE:MONTH=MW"),
        ("hyper@desert:2027-13=4", "month = 2027-13: expected a month as YYYY-MM"),
        ("hyper@desert:2027-03=4 MW", "size = 4 MW: expected critical MW"),
        ("hyper@desert:2027-03=-4", "size = -4: expected critical MW"),
        ("hyper@desert:2027-03=nan", "size = nan: expected critical MW"),
        ("hyper@desert:2027-03=inf", "size = inf: expected critical MW"),
    ],
)
def test_a_text_that_is_no_pin_is_refused(text: str, words: str) -> None:
    """The message holds the text, what is wrong and what was expected."""
    with pytest.raises(PinError, match=words) as raised:
        parse_pins([text, "also wrong"])
    assert len(raised.value.faults) == 2
    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)


def test_every_pin_that_cannot_be_followed_is_named_with_the_reason() -> None:
    """Unknown offer, other site, signed deal, month outside, size too large, no whole block, and twice: all at once."""
    given = portfolio(
        sites=BOTH,
        contracts=[
            offer(),
            offer(id="old", committed_mw=1.0, last_start="2027-03"),
            offer(id="blocks", block_mw=1.5),
        ],
    )
    texts = {
        "labb@alpha:2027-03=1": "expected the id of a contract.*'lab'",
        "lab@beta:2027-03=1": "site = beta: expected a site of 'lab': alpha",
        "old@alpha:2027-03=1": "signed already, with 1 MW: change its committed_mw",
        "lab@alpha:2027-05=1": "a first rent month from 2027-03 to 2027-04",
        "lab@alpha:2027-03=5": "size = 5: expected at most max_mw 4",
        "blocks@alpha:2027-03=2": "size = 2: expected whole blocks of 1.5 MW",
        "lab@alpha:2027-04=1": "",
        "lab@alpha:2027-04=2": "the same start is pinned to 1 MW already",
    }
    with pytest.raises(PinError) as raised:
        plan(given, pins=parse_pins(list(texts)))
    faults = "\n".join(raised.value.faults)
    assert len(raised.value.faults) == len(texts) - 1
    for text, words in texts.items():
        if words:
            with pytest.raises(PinError, match=f"pin '{text}': .*{words}"):
                raise raised.value
    assert raised.value.exit_code == 2
    assert faults == str(raised.value)


BARRED = {
    "signed group": (
        [
            offer(id="old", committed_mw=1.0, last_start="2027-03", exclusive_group="hall"),
            offer(exclusive_group="hall"),
        ],
        "'old' of the same exclusive group is signed",
    ),
    "blocks": ([offer(min_mw=3.5, block_mw=1.5)], "min_mw 3.5 is above its whole blocks, 3 MW"),
    "requirement": (
        [offer(requires="never"), offer(id="never", min_mw=3.5, block_mw=1.5)],
        "it requires 'never', which can never be taken",
    ),
}


@pytest.mark.parametrize(("contracts", "reason"), BARRED.values(), ids=BARRED.keys())
def test_an_offer_that_can_never_be_taken_is_not_forced(contracts: list[dict[str, object]], reason: str) -> None:
    """The pin is refused with the reason; a pin of zero, which says the same as the plan, is not."""
    given = portfolio(contracts=contracts)
    with pytest.raises(PinError, match=f"'lab' can never be taken: {reason}"):
        plan(given, pins=[Pin("lab", "alpha", "2027-03", 1.5)])
    free = plan(given, pins=[Pin("lab", "alpha", "2027-03", 0.0)])
    assert free.summary["npv_usd"] == pytest.approx(plan(given).summary["npv_usd"], rel=1e-12)


def test_a_pin_costs_what_it_gives_up() -> None:
    """The plan signs 4 MW from March; 3 MW forced into April lose a month of 100 USD/kW less its 744 h at 25 USD."""
    free = plan(portfolio())
    forced = plan(portfolio(), pins=[Pin("lab", "alpha", "2027-04", 3.0)])
    assert free.summary["npv_usd"] - forced.summary["npv_usd"] == pytest.approx(3 * (100_000.0 - 744 * 25.0))
    starts = forced.frames.contracts.set_index("start")["mw"]
    assert starts.to_dict() == {"2027-03": 1.0, "2027-04": 3.0}
    assert forced.summary["pins"] == ["lab@alpha:2027-04=3"]
    assert forced.certificate["passed"]


def test_a_pin_of_zero_forbids_a_start() -> None:
    """Without March the offer starts in April."""
    forced = plan(portfolio(), pins=[Pin("lab", "alpha", "2027-03", 0.0)])
    assert forced.frames.contracts.set_index("start")["mw"].to_dict() == {"2027-04": 4.0}


def test_a_pin_that_breaks_a_limit_is_named_in_the_clash() -> None:
    """4 critical MW are forced and take 5 MW; the site allows 2."""
    with pytest.raises(InfeasiblePlanError, match="decision forced on offer 'lab@alpha' \\(2027-03\\): 4 MW critical"):
        plan(portfolio(sites=[site(ai_max_mw=2.0)]), pins=[Pin("lab", "alpha", "2027-03", 4.0)])


def test_a_pin_of_a_lumpy_offer_takes_it() -> None:
    """A block of 1.5 MW is forced; the plan may add another, and does."""
    forced = plan(portfolio(contracts=[offer(block_mw=1.5)]), pins=[Pin("lab", "alpha", "2027-04", 1.5)])
    assert forced.frames.contracts.set_index("start")["mw"].to_dict() == {"2027-03": 1.5, "2027-04": 1.5}
