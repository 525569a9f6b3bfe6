"""The report's vocabulary: what each use, cash flow line, value term and limit is called, and what it means.

The frames carry short machine names; a committee reads these labels, each with a plain gloss where the words are not
everyday ones.
"""

from collections.abc import Collection, Mapping

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
    "demand_response": "Demand response income",
    "power_blocks": "Power blocks against spot",
    "pool_fee": "Pool fees",
    "mining_power": "Power for mining",
    "mining_opex": "Mining operating cost",
    "ai_power": "Power for AI",
    "ai_site_power": "Power for AI in the site's bill",
    "ai_opex": "AI operating cost",
    "peak_charge": "Coincident-peak charges",
    "demand_charge": "Demand charges",
    "backup": "Backup power for AI",
    "site_fixed": "Fixed site cost",
    "capex": "Capital spending (AI)",
    "rig_purchases": "Machines bought",
    "rig_sales": "Machines sold",
    "rig_handling": "Installing and taking out machines",
    "halls": "Mining halls built",
    "expansions": "Grid connections built",
    "deposits": "Interconnection security",
    "closures": "Closing sites",
    "site_fixed_saved": "Fixed cost saved by closing",
    "loan_draws": "Loans drawn",
    "loan_fees": "Loan fees",
    "loan_interest": "Interest",
    "loan_principal": "Loans repaid",
    "share_sales": "Shares sold",
    "share_costs": "Cost of shares sold",
    "coin_sales": "Bitcoin sold",
    "overhead": "Overhead",
    "tax": "Tax",
}

TERM_LABELS: dict[str, str] = {
    **LINE_LABELS,
    "contract_tail": "Contract value after the horizon",
    "residuals": "Machines and buildings in the end",
    "loans_owed": "Loans owed in the end",
    "coin_left": "Bitcoin left in the end",
}

CASE_LABELS: dict[str, str] = {
    "plan": "This plan",
    "mining_only": "Mining only",
    "max_ai": "Most AI",
    "no_action": "No action",
}
# Why a baseline has no figures.
MISSING_CASES: dict[str, str] = {
    "mining_only": "cannot keep the limits",
    "max_ai": "search stopped early",
    "no_action": "cannot keep the limits",
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
    ("Spot price", "the price of power in a single hour, the site's adder included. [USD per MWh]"),
    (
        "Value of curtailment",
        "what machines earn at spot prices by standing still or slowing down in dear hours, against running flat out.",
    ),
)

KINDS: tuple[str, ...] = ("block", "demand_response", "coincident_peak", "demand_charge", "curtailment")
KIND_LABELS: dict[str, str] = {
    "block": "Power block",
    "demand_response": "Demand response",
    "coincident_peak": "Coincident peak",
    "demand_charge": "Demand charge",
    "curtailment": "Curtailment",
}
KIND_GLOSSES: dict[str, str] = {
    "block": (
        "a fixed MW bought in every hour at a fixed price; what the site does not use is sold back or lost. Its gain "
        "is the difference to buying every MWh at spot."
    ),
    "demand_response": "a programme that pays for enrolled mining MW, which stand still in a month's dearest hours.",
    "coincident_peak": (
        "a charge per kW of load that runs in a month's dearest hours. What machines avoid is the charge that they "
        "would pay if they ran flat out."
    ),
    "demand_charge": "a charge per kW of the site's highest load of a month.",
    "curtailment": "a duty to stop all mining in a month's dearest hours, while AI load rides on backup power.",
}
# The sums of the section on hours and power, and the kind of contract without which a portfolio cannot have them.
WORTH_LABELS: dict[str, str] = {
    "curtailment_value": "Value of curtailment",
    "power_blocks": "Power blocks",
    "demand_response": "Demand response income",
    "peak_charge_avoided": "Peak charges avoided",
    "peak_charge": "Peak charges paid",
    "demand_charge": "Demand charges",
    "backup": "Backup power for AI",
}
WORTH_KINDS: dict[str, str] = {
    "power_blocks": "block",
    "demand_response": "demand_response",
    "peak_charge_avoided": "coincident_peak",
    "peak_charge": "coincident_peak",
    "demand_charge": "demand_charge",
    "backup": "curtailment",
}

RATCHET = ("Ratchet", "a demand charge bills at least a share of the highest load of the months before.")
RIG_MODE = ("Machine mode", "another way of running a mining machine, with its own hashrate and power draw.")


def glossary(kinds: Collection[str], *, ratchet: bool, modes: bool) -> tuple[tuple[str, str], ...]:
    """The words explained on the page: those of every plan, and those of the power contracts that this one has."""
    own = [(KIND_LABELS[kind], KIND_GLOSSES[kind]) for kind in KINDS if kind in kinds]
    return (*GLOSSARY, *own, *([RATCHET] if ratchet else []), *([RIG_MODE] if modes else []))


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
    "enrolment": "Size of a demand response programme",
    "least_size": "Least size of the offer",
    "exclusive_group": "Offers that exclude each other",
    "required_offer": "Offer that requires another",
    "pinned_start": "Decision forced upon the plan",
    "cooled_halls": "Mining halls by cooling",
    "site_closed": "Closed site",
    "rig_supply": "Machines on offer",
    "hall_supply": "Halls that can be built",
    "expansion_supply": "Expansion of a site",
    "fleet_room": "Room of a fleet",
    "loan_limit": "Limit of the loan",
    "share_limit": "Limit of the share issue",
    "loan_capex_share": "Share of capex that is lent",
    "loan_coverage": "Coverage of the loan",
    "debt_to_income": "Debt to contracted income",
    "debt_coverage": "Coverage of all debt",
    "least_cash": "Least cash",
    "scenario_cash": "Least cash in a scenario",
}


def label(words: Mapping[str, str], name: str) -> str:
    """The label of a machine name; a name nobody has worded yet is shown with its underscores as spaces."""
    return words.get(name) or name.replace("_", " ").capitalize()
