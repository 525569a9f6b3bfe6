"""How sure the whole numbers of lumpy offers are, and which decisions were forced, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports import format as fmt

if TYPE_CHECKING:
    from optimizer.results import Plan

# A gap of 1e-6, which is what is asked for by default, still shows.
_GAP_DECIMALS = 4
_STOPPED = {"time limit": "by its time limit", "interrupted": "by the user"}


def sureness(plan: Plan) -> str:
    """One sentence on the solver's search for whole numbers; empty where no offer needs any."""
    search = plan.summary["search"]
    if search is None:
        return ""
    others = plan.certificate["other_whole_numbers"]
    if not search["stopped"]:
        gap = fmt.percent(search["asked_gap"], _GAP_DECIMALS)
        asked = f"That no other whole numbers of lumpy offers are better by more than {gap}"
        if others.get("proved"):
            return f"{asked} is proved: {fmt.count(others['leaves'], 'part')} hold all plans, and prices bound each."
        known = f"; proved is that none is worth more than {fmt.usd(others['bound_usd'])}" if others else ""
        return f"{asked} is the solver's word{known}."
    return (
        f"Best plan found, not the best there is: the search for the whole numbers of lumpy offers was stopped "
        f"{_STOPPED[search['stopped']]} at a gap of {fmt.percent(search['gap'], _GAP_DECIMALS)}; by the solver's word "
        f"no plan is worth more than {fmt.usd(search['bound_usd'])}."
    )


def is_best(plan: Plan) -> bool:
    """Whether the plan is the best there is, and not only the best one found so far."""
    return bool(plan.status == "optimal")


def forced(plan: Plan) -> str:
    """One sentence on the decisions forced upon the plan; empty where there are none."""
    pins = plan.summary["pins"]
    return f"Forced upon this plan: {', '.join(pins)} (offer@site:first rent month=critical MW)." if pins else ""


def price_lines(plan: Plan) -> list[str]:
    """What the plan's prices mean beside whole numbers; empty where there are none."""
    if plan.summary["search"] is None:
        return []
    return [
        "Offers with a least size, blocks, an exclusive group or a requirement are taken in whole steps, which a "
        "search by branch and bound decides. With these numbers fixed the rest is a linear programme again, and all "
        "prices on this page (of capacity, capital and limits) are its prices: what one more MW or dollar brings "
        "while all that comes in whole steps stays as it is. Reservation rents are free of it: they are "
        "found by planning again at other rents."
    ]
