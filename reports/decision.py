"""The decision in one sentence and a strip of key figures: what a committee reads if it reads nothing else."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports import format as fmt
from reports import scenarios
from reports.tables import offers, taken_contracts

if TYPE_CHECKING:
    from optimizer.results import Plan


@dataclass(frozen=True)
class Phrase:
    """A piece of the headline; the figures are set off."""

    text: str
    strong: bool = False


@dataclass(frozen=True)
class KeyFigure:
    """One tile of the strip: a figure, its name, and what it is measured against."""

    name: str
    value: str
    detail: str


@dataclass(frozen=True)
class Signing:
    """How much AI the plan holds: newly signed, signed before, at how many sites, from when. [critical MW]"""

    new_mw: float
    committed_mw: float
    contracts: int
    sites: int
    first_start: str


def signing(plan: Plan) -> Signing:
    """What the plan signs anew and what was signed before."""
    given = offers(plan)
    taken = taken_contracts(plan)
    is_old = taken["contract"].map(lambda contract: given[contract].committed_mw > 0).astype(bool)
    new = taken[~is_old]
    return Signing(
        new_mw=math.fsum(new["mw"]),
        committed_mw=math.fsum(taken[is_old]["mw"]),
        contracts=int(new["contract"].nunique()),
        sites=int(new["site"].nunique()),
        first_start=min(new["start"], default=""),
    )


def headline(plan: Plan) -> tuple[Phrase, ...]:
    """The decision in one sentence with its numbers."""
    return (*_action(plan), *_value(plan))


def _action(plan: Plan) -> tuple[Phrase, ...]:
    deal = signing(plan)
    mines = bool((plan.frames.sites["average_mining_mw"] > fmt.NOISE).any())
    if not deal.contracts:
        open_offers = sum(offer.committed_mw == 0 for offer in plan.portfolio.contracts)
        refusal = f"Sign none of the {open_offers} AI offers" if open_offers > 1 else "Do not sign the AI offer"
        start = refusal if open_offers else "There is no AI offer to sign"
        return (Phrase(f"{start}{'; keep mining' if mines else ''}. "),)
    where = fmt.count(deal.sites, "site")
    return (
        Phrase("Sign "),
        Phrase(f"{fmt.mw(deal.new_mw)} MW", strong=True),
        Phrase(f" of AI hosting under {fmt.count(deal.contracts, 'contract')} at {where} (critical MW, first rent "),
        Phrase(fmt.month(deal.first_start), strong=True),
        Phrase("), spend "),
        Phrase(fmt.usd(plan.summary["capex_usd"]), strong=True),
        Phrase(f" of own capital{', keep mining with the rest' if mines else ''}. AI peaks at "),
        Phrase(f"{fmt.mw(plan.summary['peak_ai_mw'])} MW", strong=True),
        Phrase(". "),
    )


def _value(plan: Plan) -> tuple[Phrase, ...]:
    npv = float(plan.summary["npv_usd"])
    base = plan.summary["baselines"].get("mining_only")
    start = (Phrase("Net present value "), Phrase(fmt.usd(npv), strong=True))
    if base is None:
        return (*start, Phrase("; mining only cannot keep the limits."))
    lead = npv - float(base)
    if fmt.usd(lead) == fmt.usd(0.0):
        return (*start, Phrase(", the same as mining only."))
    return (
        *start,
        Phrase(", "),
        Phrase(fmt.usd(abs(lead)), strong=True),
        Phrase(f" {_direction(lead)} than mining only."),
    )


def key_figures(plan: Plan) -> tuple[KeyFigure, ...]:
    """The strip of key figures."""
    summary, deal = plan.summary, signing(plan)
    npv, base = float(summary["npv_usd"]), summary["baselines"].get("mining_only")
    lead = None if base is None else npv - float(base)
    hashrate = {str(year): float(value) for year, value in summary["hashrate_eh_s"].items()}
    years = sorted(hashrate)
    path = f"{years[0]}; {fmt.hashrate(hashrate[years[-1]])} in {years[-1]}" if years else ""
    signed = (
        f"critical MW; {fmt.mw(deal.committed_mw)} signed before" if deal.committed_mw else "critical MW, new contracts"
    )
    signed += f"; AI takes up to {fmt.mw(summary['peak_ai_gross_mw'])} site MW"
    return (
        KeyFigure("Net present value", fmt.usd(npv), _over(plan)),
        KeyFigure("Against mining only", fmt.usd_signed(lead), _against(npv, base)),
        KeyFigure("AI to sign", f"{fmt.mw(deal.new_mw)} MW", signed),
        KeyFigure("Own capital", fmt.usd(summary["capex_usd"]), "undiscounted, tenants' share excluded"),
        KeyFigure("Return on it", fmt.percent(summary["irr_over_mining_only"]), "IRR of the cash over mining only"),
        KeyFigure(
            "Hashrate", f"{fmt.hashrate(hashrate[years[0]])} EH/s" if years else fmt.MISSING, f"average of {path}"
        ),
    )


def _over(plan: Plan) -> str:
    if not scenarios.has_several(plan):
        return "discounted, whole horizon"
    tail = fmt.usd(plan.summary["cvar_usd"])
    return f"mean over {len(plan.frames.scenarios):,} scenarios; {scenarios.tail_name(plan)}: {tail}"


def _against(npv: float, base: float | None) -> str:
    if base is None:
        return "mining only breaks a limit"
    share = f", {fmt.percent(npv / base - 1)} more" if base > fmt.NOISE and npv > base else ""
    return f"mining only: {fmt.usd(float(base))}{share}"


def _direction(lead: float) -> str:
    return "more" if lead > 0 else "less"
