"""The report's vocabulary: what each use, cash flow line, value term and limit is called, and what it means.

The frames carry short machine names; a committee reads these labels, each with a plain gloss where the words are not
everyday ones.
"""

USES: tuple[str, ...] = ("mining", "ai", "construction", "idle")
USE_LABELS: dict[str, str] = {
    "mining": "Bitcoin mining",
    "ai": "AI hosting",
    "construction": "Under construction",
    "idle": "Idle",
}

LINE_LABELS: dict[str, str] = {
    "mining_revenue": "Mining revenue",
    "rent": "AI rent",
    "prepaid_rent": "AI rent paid in advance",
    "pool_fee": "Pool fees",
    "mining_power": "Power for mining",
    "mining_opex": "Mining operating cost",
    "ai_power": "Power for AI",
    "ai_opex": "AI operating cost",
    "site_fixed": "Fixed site cost",
    "capex": "Capital spending (AI)",
}

TERM_LABELS: dict[str, str] = {
    **LINE_LABELS,
    "contract_tail": "Contract value after the horizon",
}

CASE_LABELS: dict[str, str] = {
    "plan": "This plan",
    "mining_only": "Mining only",
    "max_ai": "Most AI",
    "no_action": "No action",
}
CASE_GLOSSES: dict[str, str] = {
    "plan": "the allocation with the highest net present value",
    "mining_only": "no offer beyond those already signed",
    "max_ai": "first the most AI the limits allow, then the best value at that level",
    "no_action": "nothing new is signed, bought, built, moved or sold",
}

GLOSSARY: tuple[tuple[str, str], ...] = (
    ("NPV", "net present value: all cash flows of the horizon, discounted to the first month. [USD]"),
    ("IRR", "internal rate of return: the yearly discount rate at which a contract's NPV is zero."),
    ("Payback", "months from the first payment until the money spent has come back, undiscounted."),
    ("Critical MW", "electric power reaching the tenant's computers. Rent is paid on it."),
    ("Site MW", "power capacity of a site; an AI critical MW takes more than one (cooling, redundancy)."),
    (
        "Reservation rent",
        "the lowest rent at which the best plan would take the first MW of an offer. [USD per kW-month]",
    ),
    ("Capacity value", "what one more MW of capacity at a site would add to the plan in a month. [USD per MW-month]"),
    ("Hashprice", "what a miner earns for computing power. [USD per PH/s per day]"),
    ("Break-even hashprice", "the hashprice at which mining at the site earns just its running costs."),
    (
        "Flip hashprice",
        "the first-year average hashprice at which a MW of mining would be worth as much as the site's best AI offer.",
    ),
    ("PH/s, EH/s", "computing power of mining machines; 1 EH/s is 1,000 PH/s."),
    ("Horizon", "the months the plan looks at."),
)

LIMIT_LABELS: dict[str, str] = {
    "site_capacity": "Site capacity",
    "mining_halls": "Mining halls",
    "ai_limit": "AI limit of the site",
    "curtailable_share": "Load that must be curtailable",
    "offer_size": "Size of the offer",
    "committed_deal": "Deal already signed",
    "fleet_size": "Installed mining machines",
    "capex_budget": "Capital budget",
    "build_limit": "MW under construction at once",
    "ai_share_min": "Least share of AI",
    "ai_share_max": "Largest share of AI",
    "min_hashrate": "Least hashrate",
    "counterparty_share": "Share of one counterparty",
    "region_share": "Share of one region",
}


def label(words: dict[str, str], name: str) -> str:
    """The label of a machine name; a name nobody has worded yet is shown with its underscores as spaces."""
    return words.get(name) or name.replace("_", " ").capitalize()
