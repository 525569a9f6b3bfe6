"""Lumpy portfolios of one site whose optimum is worked out by hand."""

from __future__ import annotations

from typing import Any

from oracle_lumpy import Sizes


def hand(*offers: dict[str, Any], **site: Any) -> dict[str, Any]:
    """A site of 10 MW without mining; a MW of an offer brings 100,000 USD a month, in April and May 2027."""
    given = {
        "sites": ["site"],
        "max_mw": 5.0,
        "first_start": "2027-04",
        "last_start": "2027-04",
        "build_months": 0,
        "term_months": 2,
        "price_usd_per_kw_month": 100.0,
        "capex_usd_per_mw": 0.0,
        "gross_ratio": 1.0,
    }
    return {
        "settings": {"name": "hand", "start": "2027-04", "months": 2, "discount_rate": 0.0},
        "sites": [{"id": "site", "capacity_mw": 10.0, "power": 40.0} | site],
        "rigs": [],
        "fleets": [],
        "hashprice": [{"month": "2027-04", "usd_per_ph_day": 48.0}],
        "contracts": [given | offer for offer in offers],
        "limits": {},
    }


A: dict[str, Any] = {"id": "a"}
B: dict[str, Any] = {"id": "b", "price_usd_per_kw_month": 50.0}
BY_HAND: dict[str, tuple[dict[str, Any], Sizes, float | None]] = {
    # 5 MW at 200,000 each.
    "any size": (hand(A), {}, 1_000_000.0),
    # Of 4 MW, one block of 3.
    "blocks": (hand(A | {"block_mw": 3.0}, ai_max_mw=4.0), {}, 600_000.0),
    # 4 MW fit, 4.5 are the least.
    "least size": (hand(A | {"min_mw": 4.5}, ai_max_mw=4.0), {}, 0.0),
    # Two blocks of 2 are 4 MW, less than the least of 4.5, and a third is beyond 5.
    "least size of no whole blocks": (hand(A | {"min_mw": 4.5, "block_mw": 2.0}), {}, 0.0),
    # 5 MW at 200,000, or 5 at 100,000.
    "exclusive": (hand(A | {"exclusive_group": "g"}, B | {"exclusive_group": "g"}), {}, 1_000_000.0),
    # The signed 1 MW at 100,000 keeps the better one out.
    "exclusive with a signed deal": (
        hand(A | {"exclusive_group": "g"}, B | {"exclusive_group": "g", "max_mw": 1.0, "committed_mw": 1.0}),
        {},
        100_000.0,
    ),
    # 4 MW of AI: 3 are for b, which a requires, 1 for a.
    "requires": (hand(A | {"requires": "b"}, B | {"min_mw": 3.0}, ai_max_mw=4.0), {}, 500_000.0),
    # b alone fits: 2 MW at 100,000.
    "required offer does not fit": (hand(A | {"requires": "b"}, B | {"min_mw": 3.0}, ai_max_mw=2.0), {}, 0.0),
    "signed deal requires what does not fit": (
        hand(A | {"max_mw": 1.0, "committed_mw": 1.0, "requires": "b"}, B | {"min_mw": 3.0}, ai_max_mw=2.0),
        {},
        None,
    ),
    # Six blocks, though 1.2 / 0.2 is less than 6 in floating point: 1.2 MW at 200,000.
    "blocks that divide but for rounding": (hand(A | {"max_mw": 1.2, "block_mw": 0.2}), {}, 240_000.0),
    # Two phases and a member of the other's group: the chain, 2 MW at 200,000 and 3 at 100,000, or c, 5 at 50,000.
    "chain through a group": (
        hand(
            A | {"max_mw": 2.0, "requires": "b"},
            B | {"min_mw": 3.0, "max_mw": 3.0, "exclusive_group": "g"},
            {"id": "c", "price_usd_per_kw_month": 25.0, "exclusive_group": "g"},
        ),
        {},
        700_000.0,
    ),
    # a and b require each other, and only 4 MW of AI fit where they need 2 + 3.
    "each requires the other": (
        hand(A | {"min_mw": 2.0, "requires": "b"}, B | {"min_mw": 3.0, "requires": "a"}, ai_max_mw=4.0),
        {},
        0.0,
    ),
    "requires a member of its own group": (
        hand(A | {"exclusive_group": "g", "requires": "b"}, B | {"min_mw": 1.0, "exclusive_group": "g"}),
        {},
        500_000.0,
    ),
    # The signed 1 MW at 200,000 demands 3 MW at a loss of 100,000 each.
    "signed deal requires a loss": (
        hand(
            A | {"max_mw": 1.0, "committed_mw": 1.0, "requires": "b"},
            B | {"min_mw": 3.0, "capex_usd_per_mw": 200_000.0},
        ),
        {},
        -100_000.0,
    ),
    "signed deal requires a member of its group": (
        hand(
            A | {"max_mw": 1.0, "committed_mw": 1.0, "exclusive_group": "g", "requires": "b"},
            B | {"min_mw": 1.0, "exclusive_group": "g"},
        ),
        {},
        None,
    ),
    "signed deal requires what comes too late": (
        hand(
            A | {"max_mw": 1.0, "committed_mw": 1.0, "requires": "b"},
            B | {"min_mw": 1.0, "first_start": "2027-06", "last_start": "2027-06"},
        ),
        {},
        None,
    ),
    "signed deal requires a least size of no whole blocks": (
        hand(A | {"max_mw": 1.0, "committed_mw": 1.0, "requires": "b"}, B | {"min_mw": 4.5, "block_mw": 2.0}),
        {},
        None,
    ),
    "two signed deals of one group": (
        hand(
            A | {"max_mw": 1.0, "committed_mw": 1.0, "exclusive_group": "g"},
            B | {"max_mw": 1.0, "committed_mw": 1.0, "exclusive_group": "g"},
        ),
        {},
        None,
    ),
    "a signed deal's own size": (
        hand(A | {"max_mw": 3.0, "committed_mw": 1.0, "min_mw": 2.0, "block_mw": 0.7}),
        {},
        200_000.0,
    ),
    # 2 MW are forced; the least size of 4.5 over both sizes is then not met by one start.
    "pinned below the least size": (hand(A | {"min_mw": 4.5}), {("a", "site", 0): 2.0}, None),
    "pinned to nothing": (hand(A | {"min_mw": 4.5}), {("a", "site", 0): 0.0}, 0.0),
    # One block of 2 forced where two would be worth it.
    "pinned block": (hand(A | {"block_mw": 2.0}), {("a", "site", 0): 2.0}, 400_000.0),
    # b, 100,000 a MW, is forced: 2 MW of it, though a would bring more.
    "pinned member of a group": (
        hand(A | {"exclusive_group": "g"}, B | {"exclusive_group": "g"}),
        {("b", "site", 0): 2.0},
        200_000.0,
    ),
    "pinned beside a signed deal of the group": (
        hand(A | {"exclusive_group": "g"}, B | {"exclusive_group": "g", "max_mw": 1.0, "committed_mw": 1.0}),
        {("a", "site", 0): 1.0},
        None,
    ),
    "pinned to nothing beside a signed deal of the group": (
        hand(A | {"exclusive_group": "g"}, B | {"exclusive_group": "g", "max_mw": 1.0, "committed_mw": 1.0}),
        {("a", "site", 0): 0.0},
        100_000.0,
    ),
    "pinned to a least size of no whole blocks": (
        hand(A | {"min_mw": 4.5, "block_mw": 2.0}),
        {("a", "site", 0): 2.0},
        None,
    ),
    "pinned where what it requires cannot be": (
        hand(A | {"requires": "b"}, B | {"min_mw": 4.5, "block_mw": 2.0}),
        {("a", "site", 0): 1.0},
        None,
    ),
    # b is forced out, and a with it.
    "pinned requirement": (hand(A | {"requires": "b"}, B | {"min_mw": 3.0}), {("b", "site", 0): 0.0}, 0.0),
}
