"""Small portfolios with lumpy offers and signed deals, and what the rules say of them."""

from __future__ import annotations

from collections.abc import Callable

from sites import lumpy_rules
from tests.sites.small import Tables, added, changed, tables

SIGNED: dict[str, object] = {"committed_mw": 20, "sites": ["pecos"], "last_start": "2027-07"}


def second_offer(**cells: object) -> Tables:
    """The small portfolio with a second offer."""
    return added("contracts", {**tables()["contracts"][0], "id": "second", **cells})


def committed(**cells: object) -> Tables:
    """The small portfolio with its offer signed: at Pecos, from July 2027 on."""
    return changed("contracts", 0, **{**SIGNED, **cells})


def offers(*changes: dict[str, object]) -> Tables:
    """The small portfolio with its offer several times, named a, b, c and so on, each with a least size of 5 MW."""
    lab = {**tables()["contracts"][0], "min_mw": 5}
    return {**tables(), "contracts": [{**lab, "id": "abcdef"[n], **cells} for n, cells in enumerate(changes)]}


# Every rule with its one warning, and those that follow from it, one on a line.
LUMPY: list[tuple[Callable[..., object], Callable[[], Tables], str]] = [
    (
        lumpy_rules.sizes_fit_whole_blocks,
        lambda: changed("contracts", 0, block_mw=12),
        "contracts 'lab' max_mw = 30: expected whole blocks of 12; the most that can be taken is 24",
    ),
    (
        lumpy_rules.sizes_fit_whole_blocks,
        lambda: changed("contracts", 0, block_mw=12, min_mw=25),
        "contracts 'lab' min_mw = 25: expected at most 24, the most in whole blocks of 12 within max_mw 30; "
        "the offer can never be taken in this plan",
    ),
    (
        lumpy_rules.sizes_fit_whole_blocks,
        lambda: changed("contracts", 0, block_mw=6, min_mw=14),
        "contracts 'lab' min_mw = 14: expected whole blocks of 6; the least that can be taken is 18",
    ),
    (
        lumpy_rules.signed_sizes_fit_the_steps,
        lambda: committed(block_mw=15),
        "contracts 'lab' committed_mw = 20: expected whole blocks of 15; it is planned as signed, whatever its steps",
    ),
    (
        lumpy_rules.signed_sizes_fit_the_steps,
        lambda: committed(min_mw=25, block_mw=10),
        "contracts 'lab' committed_mw = 20: expected at least min_mw 25; it is planned as signed, whatever its steps",
    ),
    (
        lumpy_rules.exclusive_groups_have_several_members,
        lambda: changed("contracts", 0, exclusive_group="hall"),
        "contracts 'lab' exclusive_group = hall: expected a group with at least two contracts; "
        "alone in its group, an offer excludes nothing",
    ),
    (
        lumpy_rules.exclusive_groups_have_several_members,
        lambda: offers({"exclusive_group": "hall"}, {"exclusive_group": "hall"}, {"exclusive_group": "hal"}),
        "contracts 'c' exclusive_group = hal: expected a group with at least two contracts; did you mean 'hall'?",
    ),
    (
        lumpy_rules.exclusive_groups_have_one_signed_deal,
        lambda: offers({**SIGNED, "exclusive_group": "hall"}, {**SIGNED, "exclusive_group": "hall"}),
        "contracts 'b' exclusive_group = hall: expected one signed contract in a group; "
        "'a' of this group is signed too, so no plan can keep both",
    ),
    (
        lumpy_rules.required_offers_are_not_excluded,
        lambda: offers({"exclusive_group": "hall"}, {"exclusive_group": "hall", "requires": "a"}),
        "contracts 'b' requires = a: expected a contract of another group; "
        "of exclusive_group 'hall' one contract is taken, so 'b' could never be",
    ),
    (
        lumpy_rules.open_offers_are_not_shut_out,
        lambda: offers({"exclusive_group": "hall"}, {**SIGNED, "exclusive_group": "hall"}),
        "contracts 'a' exclusive_group = hall: expected a group without a signed contract; "
        "'b' is signed; this offer can never be taken in this plan",
    ),
    (
        lumpy_rules.required_offers_can_be_taken,
        lambda: offers({"first_start": "2027-02", "last_start": "2027-06"}, {**SIGNED, "requires": "a"}),
        "contracts 'a' first_start = 2027-02 to 2027-06: expected a start between 2027-07 (after building) and 2028-12 "
        "(horizon's end); the offer can never be taken in this plan\n"
        "contracts 'b' requires = a: expected a contract that can be taken; "
        "'a' can not: no start lies in the plan's months; no plan can keep this deal",
    ),
    (
        lumpy_rules.required_offers_can_be_taken,
        lambda: offers({"block_mw": 12, "min_mw": 25, "max_mw": 30}, {"requires": "a"}, {"requires": "b"}),
        "contracts 'a' min_mw = 25: expected at most 24, the most in whole blocks of 12 within max_mw 30; "
        "the offer can never be taken in this plan\n"
        "contracts 'b' requires = a: expected a contract that can be taken; "
        "'a' can not: its whole blocks do not make min_mw 25; 'b' could never be taken\n"
        "contracts 'c' requires = b: expected a contract that can be taken; "
        "'a' can not: its whole blocks do not make min_mw 25; 'c' could never be taken",
    ),
    (
        lumpy_rules.required_offers_can_be_taken,
        lambda: offers({"exclusive_group": "hall"}, {**SIGNED, "exclusive_group": "hall"}, {**SIGNED, "requires": "a"}),
        "contracts 'a' exclusive_group = hall: expected a group without a signed contract; "
        "'b' is signed; this offer can never be taken in this plan\n"
        "contracts 'c' requires = a: expected a contract that can be taken; "
        "'a' can not: 'b' of 'hall' is signed; no plan can keep this deal",
    ),
    (
        lumpy_rules.required_offers_can_be_taken,
        lambda: offers(
            {"exclusive_group": "hall"}, {"exclusive_group": "hall", "requires": "a"}, {**SIGNED, "requires": "b"}
        ),
        "contracts 'b' requires = a: expected a contract of another group; "
        "of exclusive_group 'hall' one contract is taken, so 'b' could never be\n"
        "contracts 'c' requires = b: expected a contract that can be taken; "
        "'b' can not: it requires one of its own group 'hall'; no plan can keep this deal",
    ),
    (
        lumpy_rules.requirements_form_no_circle,
        lambda: offers({"requires": "b"}, {"requires": "c"}, {"requires": "a"}, {"requires": "a"}),
        "contracts 'a' requires = b: expected no circle of requirements; "
        "'a' requires 'b' requires 'c' requires 'a': all of them are taken, or none",
    ),
]
