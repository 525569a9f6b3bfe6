"""A deal sheet as tables and sentences. Nothing is solved here."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pandas as pd

from reports import format as fmt
from reports.csv_table import table_csv
from reports.decision import Phrase
from reports.display import Cell, Column, Table, figure, text
from reports.money import place
from reports.words import LIMIT_LABELS, label

if TYPE_CHECKING:
    from optimizer.deal_sheet import Deal
    from optimizer.displacement import Exchange

RENT = "USD/kW-month"
TAKEN, FORCED = "taken", "forced"
# Pieces of the bid curve whose MW differ by less are one step.
_SAME_MW = 0.05
_KINDS = {"fleet": "mining", "offer": "other offer", "site bill": "site's bill"}
# MW and dollars below these are not worth a line.
_SHOWN_MW, _SHOWN_USD = 0.05, 5e3


@dataclass(frozen=True)
class TermWords:
    """How a term is called, what its values are, and how one is written."""

    title: str
    unit: str
    value: Callable[[float], str]
    scale: float = 1.0


def _years(months: float) -> str:
    return f"{months / 12:.4g}"


def _percent(share: float) -> str:
    return f"{share * 100:.4g}%"


def _plain(value: float) -> str:
    return f"{value:.4g}"


TERM_WORDS: dict[str, TermWords] = {
    "term_months": TermWords("Term", "years", _years, 1 / 12),
    "escalator": TermWords("Escalator", "a year", _percent, 100),
    "start_delay_months": TermWords("Start delayed", "months", _plain),
    "tenant_capex_share": TermWords("Tenant's share of capex", "0% = landlord funds all", _percent, 100),
    "prepaid_months": TermWords("Prepaid rent", "months", _plain),
    "pue": TermWords("PUE", "MW at the meter per MW of IT", _plain),
    "default_rate": TermWords("Credit risk", "default rate a year", _percent, 100),
    "hashprice_factor": TermWords("Hashprice", "times the given path", _plain),
}


def name_of(deal: Deal) -> str:
    """The offer, and its counterparty where it has one."""
    return deal.contract.id + (f" ({deal.contract.counterparty})" if deal.contract.counterparty else "")


def headline(deal: Deal) -> list[Phrase]:
    """The deal in one or two sentences."""
    found, offer = deal.headline, deal.contract.id
    quoted = f"USD {fmt.price(found.quoted)}"
    if found.status == FORCED:
        return [
            Phrase("Without "),
            Phrase(offer, strong=True),
            Phrase(" the limits cannot hold: the plan takes it at any rent, and it has no walk-away rent."),
        ]
    if math.isnan(found.reservation):
        room = (
            "The limits leave no room for a MW of " if found.possible_mw <= fmt.NOISE else "No rent pays for a MW of "
        )
        return [Phrase(room), Phrase(offer, strong=True), Phrase(".")]
    walk_away = Phrase(f"USD {fmt.price(found.reservation)}", strong=True)
    if found.status == TAKEN:
        return [
            Phrase("Take it: at "),
            Phrase(quoted, strong=True),
            Phrase(" per kW-month the best plan signs "),
            Phrase(f"{fmt.mw(found.taken_mw)} MW", strong=True),
            Phrase(f" of {fmt.mw(found.all_mw)}, which adds "),
            Phrase(fmt.usd(found.gain_usd), strong=True),
            Phrase(". Walk away below "),
            walk_away,
            Phrase(
                f", {fmt.percent(found.headroom_share)} less." if found.reservation > 0.0 else ": it pays at any rent."
            ),
        ]
    return [
        Phrase("Leave it: at "),
        Phrase(quoted, strong=True),
        Phrase(" per kW-month the best plan signs none of it. Its first MW is worth taking from "),
        walk_away,
        Phrase(" on." if math.isnan(found.headroom_share) else f" on, {fmt.percent(-found.headroom_share)} more."),
    ]


def taken_words(deal: Deal) -> str:
    """What the plan takes at the quoted rent."""
    mw = deal.headline.taken_mw
    return f"{fmt.mw(mw)} MW are taken at it" if mw > fmt.NOISE else "none is taken at it"


def full_size(deal: Deal) -> tuple[str, str, str]:
    """What the rent for all MW is called, that rent, and what is to be said beside it."""
    found = deal.headline
    if not math.isnan(found.all_mw_rent):
        return (
            f"All {fmt.mw(found.all_mw)} MW",
            fmt.price(found.all_mw_rent),
            "from this rent on the plan takes them all",
        )
    if found.status == FORCED or math.isnan(found.most_mw_rent):
        return f"All {fmt.mw(found.all_mw)} MW", "never", "no rent changes the MW"
    held = held_words(deal)
    return f"Most MW: {fmt.mw(found.most_mw)} of {fmt.mw(found.all_mw)}", fmt.price(found.most_mw_rent), held


def held_words(deal: Deal) -> str:
    """What holds the deal below its full size."""
    found = deal.headline
    if found.possible_mw > found.most_mw + _SAME_MW:
        return f"the limits allow {fmt.mw(found.possible_mw)} MW, but no rent is worth them"
    names = [f"{label(LIMIT_LABELS, row.limit).lower()} ({place(row.where)})" for row in deal.limits.itertuples()]
    held = list(dict.fromkeys(names))
    more = f" and {len(held) - 2} more" if len(held) > 2 else ""
    return f"held by {', '.join(held[:2])}{more}" if held else "held by the whole steps of offers"


def flip_words(deal: Deal) -> tuple[str, str]:
    """The hashprice at which the deal flips, and what happens there."""
    if deal.flips.empty:
        if deal.headline.status == FORCED or math.isnan(deal.headline.reservation):
            return "none", "no hashprice changes the decision"
        return "none", "at the quoted rent the decision is the same from a quarter of the hashprice to four times it"
    row = next(row for row in deal.flips.itertuples() if row.is_nearest)
    change = "taken below it, not above" if row.taken_below else "taken above it, not below"
    more = "; there is another flip on the other side" if len(deal.flips) > 1 else ""
    return (
        f"{fmt.price(row.usd_per_ph_day)} USD/PH/s/day",
        f"{fmt.price(row.hashprice_factor)} times the path: {change}{more}",
    )


def conditions(deal: Deal) -> list[str]:
    """What the terms of the offer tie it to."""
    offer, lines = deal.contract, []
    if offer.requires:
        lines.append(
            f"It requires '{offer.requires}': taking it includes taking that one, at that one's own rent and value."
        )
    for other in deal.contracts:
        if other.requires == offer.id:
            lines.append(f"'{other.id}' requires it: what that one adds counts for this deal.")
    rivals = [
        other.id
        for other in deal.contracts
        if offer.exclusive_group and other.exclusive_group == offer.exclusive_group and other.id != offer.id
    ]
    if rivals:
        names = ", ".join(f"'{name}'" for name in rivals)
        lines.append(f"Only one of the group '{offer.exclusive_group}' can be taken: it or {names}.")
    if offer.min_mw > 0.0 or offer.block_mw > 0.0:
        least = f"at least {fmt.mw(offer.min_mw)} MW" if offer.min_mw > 0.0 else ""
        blocks = f"whole blocks of {fmt.mw(offer.block_mw)} MW" if offer.block_mw > 0.0 else ""
        lines.append(f"It comes in {' and in '.join(filter(None, (least, blocks)))}, or not at all.")
    lines += [f"Forced: {pin}." for pin in deal.pins]
    return lines


def steps(deal: Deal) -> pd.DataFrame:
    """The bid curve by steps of MW: rent_from, rent_to, mw, npv_usd at rent_from; pieces of one size are one step."""
    rows: list[list[float]] = []
    for row in deal.curve.itertuples():
        if rows and abs(rows[-1][2] - row.mw) < _SAME_MW:
            rows[-1][1] = row.rent_to
        else:
            rows.append([row.rent_from, row.rent_to, row.mw, row.npv_usd])
    return pd.DataFrame(rows, columns=["rent_from", "rent_to", "mw", "npv_usd"])


def curve_table(deal: Deal, *, most: int | None = None) -> Table:
    """The steps of the bid curve; `most` of them at most, spread over all."""
    found = steps(deal)
    kept = found if most is None or len(found) <= most else found.iloc[_spread(len(found), most)]
    without = deal.headline.npv_without_usd
    rows = [
        (
            text("below" if math.isinf(row.rent_from) else fmt.price(row.rent_from)),
            figure(row.mw, fmt.mw),
            figure(row.npv_usd - without, fmt.usd_m_signed),
        )
        for row in kept.itertuples()
    ]
    columns = (
        Column("From rent", RENT),
        Column("MW taken", "critical"),
        Column("Adds there", "USD m", gloss="net present value of the portfolio against that without the deal"),
    )
    note = "" if len(kept) == len(found) else f"{len(kept)} of {len(found)} steps; all are in bid_curve.csv."
    return Table("bid-curve", "MW taken by rent", columns, tuple(rows), note=note)


def _spread(count: int, most: int) -> list[int]:
    """Places spread evenly over all, with both ends and the first step above nothing."""
    return sorted({0, *(1 + round(n * (count - 2) / (most - 2)) for n in range(most - 1))})


def term_rows(deal: Deal) -> list[tuple[str, pd.DataFrame]]:
    """The points of every term, in the order of the frame."""
    return [
        (str(name), deal.terms.loc[[n for n, _ in rows]])
        for name, rows in groupby(enumerate(deal.terms["term"]), key=lambda entry: entry[1])
    ]


def terms_table(deal: Deal) -> Table:
    """The walk-away rent at every point of every term."""
    rows = []
    for name, points in term_rows(deal):
        words = TERM_WORDS[name]
        for row in points.itertuples():
            known = row.status == "exact"
            rows.append(
                (
                    text(words.title),
                    text(words.value(row.value), tag="as offered" if row.is_own else ""),
                    text(words.unit),
                    figure(row.reservation_usd_per_kw_month, fmt.price) if known else text(row.status),
                    figure(row.change_usd_per_kw_month, _signed_price) if known else text(""),
                )
            )
    columns = (
        Column("Term", numeric=False),
        Column("Value"),
        Column("Unit", numeric=False),
        Column("Walk-away rent", RENT),
        Column("Change", RENT),
    )
    return Table("terms", "Walk-away rent by term, all else as offered", columns, tuple(rows))


def _signed_price(value: float | None) -> str:
    words = fmt.price(value)
    return f"+{words}" if value is not None and value > fmt.NOISE else words


def displaced_table(deal: Deal, at: str) -> Table:
    """What the deal displaces, line by line, dearest first, and what that adds up to."""
    table = deal.displaced[deal.displaced["at"] == at]
    table = table.sort_values("usd", ascending=False, kind="stable")
    large = (table["usd"].abs() >= _SHOWN_USD) | (table["mw"].abs() >= _SHOWN_MW)
    rows: list[tuple[Cell, ...]] = [_displaced_row(row) for row in table[large].itertuples()]
    rest = float(table.loc[~large, "usd"].sum())
    if (~large).any() and abs(rest) >= fmt.CENT:
        rows.append((text("smaller lines"), text(""), text(""), *[text("")] * 3, figure(rest, fmt.usd_m)))
    balance = next(one for one in deal.exchanges if one.at == at)
    total = (text("Opportunity cost"), *[text("")] * 5, figure(balance.opportunity_cost_usd, fmt.usd_m))
    columns = (
        Column("Displaced", numeric=False),
        Column("Use", numeric=False),
        Column("Site", numeric=False),
        Column("MW", gloss="mean over the horizon; of an offer its critical MW. Negative is gained"),
        Column("MW-months", "of the site"),
        Column("Hashrate", "EH/s"),
        Column("Value", "USD m", gloss="present value that is lost; negative is gained"),
    )
    caption = f"Displaced by the deal: {at}"
    return Table(f"displaced-{at.replace(' ', '-').lower()}", caption, columns, tuple(rows), total)


def net_displaced(deal: Deal, at: str) -> pd.DataFrame:
    """What the deal displaces by fleet and offer over all their sites, dearest first: an offer that moves is one line.

    Columns kind, name, mw, mw_months, hashrate_eh_s, usd; bills of sites are one line together, without a name.
    """
    table = deal.displaced[deal.displaced["at"] == at]
    net = table.groupby(["kind", "name"], as_index=False)[["mw", "mw_months", "hashrate_eh_s", "usd"]].sum()
    return net.sort_values("usd", ascending=False, kind="stable").reset_index(drop=True)


def net_table(deal: Deal, at: str, *, most: int | None = None) -> Table:
    """These lines as a table; `most` of them at most, the others together."""
    found = net_displaced(deal, at)
    order = found["usd"].abs().sort_values(ascending=False, kind="stable").index
    kept = found.loc[sorted(order[:most])]
    rows: list[tuple[Cell, ...]] = [
        (
            text(row.name or "sites' bills"),
            text(_KINDS[row.kind]),
            figure(row.mw, fmt.mw) if row.name else text(""),
            figure(row.mw_months, fmt.usd_whole) if row.name else text(""),
            figure(row.hashrate_eh_s, fmt.hashrate) if row.kind == "fleet" else text(""),
            figure(row.usd, fmt.usd_m),
        )
        for row in kept.itertuples(index=False)
    ]
    if len(found) > len(kept):
        rest = float(found["usd"].sum() - kept["usd"].sum())
        rows.append((text(f"{len(found) - len(kept)} smaller"), *[text("")] * 4, figure(rest, fmt.usd_m)))
    total = (text("Opportunity cost"), *[text("")] * 4, figure(float(found["usd"].sum()), fmt.usd_m))
    columns = (
        Column("Displaced", numeric=False),
        Column("Use", numeric=False),
        Column("MW"),
        Column("MW-months"),
        Column("Hashrate", "EH/s"),
        Column("Value", "USD m"),
    )
    return Table("displaced", f"Displaced: {at}", columns, tuple(rows), total)


def _displaced_row(row: Any) -> tuple[Cell, ...]:
    return (
        text(row.name or "site's bill"),
        text(_KINDS[row.kind]),
        text(row.site),
        figure(row.mw, fmt.mw) if row.kind != "site bill" else text(""),
        figure(row.mw_months, fmt.usd_whole) if row.kind != "site bill" else text(""),
        figure(row.hashrate_eh_s, fmt.hashrate) if row.kind == "fleet" else text(""),
        figure(row.usd, fmt.usd_m),
    )


def displaced_by_site(deal: Deal, at: str) -> Table:
    """What the deal displaces at every site."""
    table = deal.displaced[deal.displaced["at"] == at]
    sums = table.groupby("site", as_index=False)[["mw_months", "hashrate_eh_s", "usd"]].sum()
    sums = sums[(sums["usd"].abs() >= _SHOWN_USD)].sort_values("usd", ascending=False, kind="stable")
    rows = tuple(
        (
            text(row.site),
            figure(row.mw_months, fmt.usd_whole),
            figure(row.hashrate_eh_s, fmt.hashrate),
            figure(row.usd, fmt.usd_m),
        )
        for row in sums.itertuples()
    )
    columns = (
        Column("Site", numeric=False),
        Column("MW-months"),
        Column("Hashrate", "EH/s"),
        Column("Value", "USD m"),
    )
    return Table("displaced-sites", f"Displaced by site: {at}", columns, rows)


def exchange_words(one: Exchange) -> str:
    """The balance of an exchange in a sentence."""
    cost = one.opportunity_cost_usd
    rest = (
        f"what it displaces is worth {fmt.usd(cost)}"
        if cost >= 0.0
        else f"all else is worth {fmt.usd(-cost)} more with it than without"
    )
    return (
        f"At USD {fmt.price(one.rent_usd_per_kw_month)} per kW-month, with {fmt.mw(one.mw)} MW, the deal's own cash "
        f"flows are worth {fmt.usd(one.own_npv_usd)}; {rest}; it adds {fmt.usd(_clean(one.gain_usd))}."
    )


def _clean(usd: float) -> float:
    return 0.0 if abs(usd) < fmt.CENT else usd


def curve_csv(deal: Deal) -> str:
    """The bid curve, every piece; infinite ends are blank."""
    return table_csv(deal.curve.replace([math.inf, -math.inf], math.nan))


def terms_csv(deal: Deal) -> str:
    """The walk-away rents."""
    return table_csv(deal.terms)


def displaced_csv(deal: Deal) -> str:
    """What is displaced, line by line."""
    return table_csv(deal.displaced)


def deal_json(deal: Deal) -> str:
    """Everything, for machines: numbers in full, infinite and missing ones null."""
    whole = {
        "portfolio": deal.settings.name,
        "contract": deal.contract.id,
        "pins": [str(pin) for pin in deal.pins],
        "hashprice_usd_per_ph_day": deal.hashprice,
        "headline": asdict(deal.headline),
        "bid_curve": deal.curve.to_dict("records"),
        "limits": deal.limits.to_dict("records"),
        "terms": deal.terms.to_dict("records"),
        "flips": deal.flips.to_dict("records"),
        "exchanges": [asdict(one) for one in deal.exchanges],
        "displacement": deal.displaced.to_dict("records"),
    }
    return json.dumps(_finite(whole), indent=2, ensure_ascii=False)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_finite(inner) for inner in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
