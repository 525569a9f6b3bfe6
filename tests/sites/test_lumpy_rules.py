"""Lumpy offers that are sound: what the rules on them leave unsaid. What they say is in lumpy_cases.py."""

from __future__ import annotations

from tests.sites.lumpy_cases import SIGNED, committed, offers, second_offer
from tests.sites.small import changed, findings_of, only_finding


def test_lumpy_offers_are_valid_records() -> None:
    """Least sizes, blocks, groups and requirements are part of the tables."""
    content = second_offer(requires="lab", exclusive_group="g")
    content["contracts"][0].update(min_mw=10, block_mw=5)
    content["contracts"].append({**content["contracts"][1], "id": "third", "requires": ""})
    assert findings_of(content) == []


def test_blocks_that_fill_the_offer_but_for_rounding_are_silent() -> None:
    """0.3 / 0.1 is a little less than 3 in floats; three blocks fill the offer all the same."""
    assert 0.3 / 0.1 < 3
    assert findings_of(changed("contracts", 0, max_mw=0.3, block_mw=0.1, min_mw=0.3)) == []


def test_a_least_size_below_one_block_is_silent() -> None:
    """It makes the offer one that others may require; the block says how much is the least."""
    assert findings_of(changed("contracts", 0, block_mw=15, min_mw=1)) == []


def test_a_signed_deal_in_whole_blocks_but_for_rounding_is_silent() -> None:
    """0.3 MW are three blocks of 0.1, and reach a least size of 0.3."""
    assert findings_of(committed(committed_mw=0.1 + 0.2, block_mw=0.1, min_mw=0.3)) == []
    assert findings_of(committed(committed_mw=0.3, block_mw=0.1, min_mw=0.1 + 0.2)) == []


def test_a_deal_may_require_what_is_signed_or_open() -> None:
    """What it requires is signed, wherever its start lies, or open in a group of open offers: both can be had."""
    old = {**SIGNED, "first_start": "2026-01", "last_start": "2026-01"}
    assert findings_of(offers(old, {**SIGNED, "requires": "a"}, {"requires": "b"})) == []
    open_group = {"exclusive_group": "g"}
    assert findings_of(offers(open_group, open_group, {**SIGNED, "requires": "a"}, {"requires": "a"})) == []


def test_a_circle_with_a_signed_deal_has_a_plan() -> None:
    """The one that is signed and the one that is open are both taken; only the circle is told."""
    circle = only_finding(offers({**SIGNED, "requires": "b"}, {"requires": "a"}))
    assert circle.hint == "'a' requires 'b' requires 'a': all of them are taken, or none"
