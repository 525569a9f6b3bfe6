"""The deal sheet of one offer: its walk-away price, its bid curve, what moves them, and what the deal displaces."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from optimizer.bid_curve import SAME_SHARE, BidCurve, bid_curve
from optimizer.capital.refusing import refuse_money
from optimizer.compiling import compile_portfolio
from optimizer.deal_flips import FIRST_YEAR, flips, no_flips
from optimizer.deal_terms import (
    HASHPRICE_FACTORS,
    Progress,
    at_hashprice,
    no_terms,
    own_walk_away,
    price_hashprices,
    price_terms,
)
from optimizer.displacement import Exchange, exchange, nothing_displaced
from optimizer.duals import limits_frame
from optimizer.errors import DealError, InfeasiblePlanError, SolverError
from optimizer.highs import InfeasibleError, refuse_wrong_solver
from optimizer.horizon import USD_PER_USD_M
from optimizer.infeasible import explain
from optimizer.parameters import Parameters
from optimizer.pins import Pin, all_pins
from optimizer.repricing import Repricer, refuse_interrupted, with_offer
from optimizer.reservation import UnprovedError
from optimizer.warm import Solved, WarmModel
from sites.hints import nearest
from sites.portfolio import Portfolio
from sites.records import Contract, Settings

TAKEN, NOT_TAKEN, FORCED = "taken", "not taken", "forced"
QUOTED, FIRST_MW, ALL_MW, MOST_MW = "quoted rent", "first MW", "all MW", "most MW"
CURVE_COLUMNS = ("rent_from", "rent_to", "mw", "npv_usd", "usd_per_rent")
LIMIT_COLUMNS = ("limit", "where", "month", "unit", "bound", "mw_per_unit")

# A plan that is optimal from a rent on is read off this share above it, where it has no equal.
_ABOVE = 1e-6
# An offer of less than a watt is the solver's rounding.
_TAKEN_MW = 1e-6


@dataclass(frozen=True)
class Headline:
    """What a negotiator must know; NaN where there is no such figure.

    status : "taken" or "not taken" at the quoted rent; "forced" where the limits cannot hold without the deal.
    quoted, reservation, all_mw_rent, most_mw_rent : rents: offered; at which the first MW is taken; all MW are; and the
        most MW that any rent buys. [USD/kW-month]
    headroom : the quoted rent less the reservation price. [USD/kW-month] headroom_share : over the quoted rent. [-]
    taken_mw : at the quoted rent. all_mw : of the offer. possible_mw : that the limits allow, whatever it costs.
        most_mw : that any rent buys. [MW critical]
    npv_usd : of the portfolio with the offer at its quoted rent. npv_without_usd : without it. gain_usd : the gain.
    exact_to : the bid curve is known up to this rent; infinite where no higher rent changes the plan. [USD/kW-month]
    """

    status: str
    quoted: float
    reservation: float
    all_mw_rent: float
    most_mw_rent: float
    headroom: float
    headroom_share: float
    taken_mw: float
    all_mw: float
    possible_mw: float
    most_mw: float
    npv_usd: float
    npv_without_usd: float
    gain_usd: float
    exact_to: float


@dataclass(frozen=True)
class Deal:
    """The deal sheet of one offer.

    settings : of the portfolio. contract : the offer. contracts : all of the portfolio. pins : decisions that are
    forced. hashprice : mean of the first year. [USD/PH/s/day]

    curve : one row per straight piece: rent_from, rent_to [USD/kW-month], mw [MW critical], npv_usd at rent_from (of
        the first piece, which is the plan without the deal, everywhere), usd_per_rent: what one USD/kW-month adds.
    limits : which limits hold the deal below its full size: limit, where, month, unit, bound, mw_per_unit (how many
        more MW of the deal one more unit of the limit allows).
    terms : walk-away prices, see :func:`optimizer.deal_terms.price_terms`; the hashprice among them, as a factor.
    flips : see :func:`optimizer.deal_flips.flips`.
    exchanges : the deal against what it displaces, at the quoted rent (or at the first MW), and at the rent of all MW.
    displaced : see :func:`optimizer.displacement.exchange`; at which exchange, in the column `at`.
    """

    settings: Settings
    contract: Contract
    contracts: tuple[Contract, ...]
    pins: tuple[Pin, ...]
    hashprice: float
    headline: Headline
    curve: pd.DataFrame
    limits: pd.DataFrame
    terms: pd.DataFrame
    flips: pd.DataFrame
    exchanges: tuple[Exchange, ...]
    displaced: pd.DataFrame


def deal(
    portfolio: Portfolio,
    contract: str,
    *,
    pins: Sequence[Pin] = (),
    terms: bool = True,
    time_limit: float | None = None,
    progress: Progress | None = None,
) -> Deal:
    """Price an open offer of a portfolio.

    contract : id of the offer. pins : decisions that are forced, of other offers.
    terms : whether other terms of the offer and hashprices are priced too, and what the deal displaces.
    time_limit : of every search for whole numbers, where offers are lumpy. [s]
    progress : called with a few words as prices are found.

    Raises
    ------
    DealError : there is no such offer, it is signed or pinned, or it can never be taken. CapitalError : the rent counts
    in tables of cash, tax or loans. PinError, InfeasiblePlanError : as `optimizer.plan` does. SolverError : no
    exact answer, such as within the limit.
    """
    refuse_money(portfolio, "no deal sheet is written for portfolios")
    offer = _open_offer(portfolio, contract, pins)
    say = progress or (lambda _: None)
    refuse_wrong_solver()
    say("preparing the programme")
    copies = (at_hashprice(portfolio, factor) for factor in (HASHPRICE_FACTORS if terms else ()))
    try:
        model = WarmModel(portfolio, alike=copies, pins=pins, time_limit=time_limit, progress=progress)
    except InfeasibleError as error:
        raise InfeasiblePlanError(explain(*compile_portfolio(portfolio, pins)) or error.clashes) from None
    repricer = Repricer(model, contract)
    _refuse_barred(model.base.p, repricer)
    try:
        return _priced(repricer, portfolio, offer, say, more=terms)
    except UnprovedError as error:
        refuse_interrupted(error)
        limit = "its time limit" if time_limit is None else f"the time limit of {time_limit:g} s"
        raise SolverError(
            f"a search for whole numbers was stopped by {limit} before it was exact: "
            "a price within a gap is no price; allow more time, or none"
        ) from None


def _priced(repricer: Repricer, portfolio: Portfolio, offer: Contract, say: Progress, *, more: bool) -> Deal:
    say("solving with and without the deal")
    taken, without = repricer.solve(portfolio), repricer.solve_without(portfolio)
    say("tracing the bid curve")
    p = repricer.model.load(portfolio)
    curve = bid_curve(repricer.session, p, repricer.position(p))
    headline = _headline(offer, curve, taken, without)
    limits = _limits(p, repricer, curve)
    terms, found, exchanges = no_terms(), no_flips(), []
    if without is not None and more:
        hashprices = price_hashprices(repricer, portfolio, own_walk_away(curve), say)
        terms = pd.concat([price_terms(repricer, portfolio, curve, say), hashprices], ignore_index=True)
        found = flips(repricer, portfolio, hashprices, say)
        say("finding what the deal displaces")
        exchanges = _exchanges(repricer, portfolio, curve, headline, (taken, without))
    parts = [table for _, table in exchanges if len(table)]
    return Deal(
        settings=portfolio.settings,
        contract=offer,
        contracts=portfolio.contracts,
        pins=all_pins(portfolio, repricer.model.pins),
        hashprice=float(portfolio.scenario_paths.expected_hashprice[:FIRST_YEAR].mean()),
        headline=headline,
        curve=_curve_frame(curve),
        limits=limits,
        terms=terms,
        flips=found,
        exchanges=tuple(balance for balance, _ in exchanges),
        displaced=pd.concat(parts, ignore_index=True) if parts else nothing_displaced(),
    )


def _open_offer(portfolio: Portfolio, contract: str, pins: Sequence[Pin]) -> Contract:
    """The offer, if it can be priced."""
    offers = {offer.id: offer for offer in portfolio.contracts}
    if contract not in offers:
        hint = nearest(contract, offers)
        open_ones = sorted(offer.id for offer in portfolio.contracts if offer.committed_mw == 0.0)
        expected = (
            f"an open offer of the portfolio: {', '.join(open_ones)}" if open_ones else "an open offer; there is none"
        )
        raise DealError(f"contract = {contract}: expected {expected}{f'; {hint}' if hint else ''}")
    offer = offers[contract]
    if offer.committed_mw > 0.0:
        raise DealError(
            f"contract = {contract}: expected an open offer; it is signed, with {offer.committed_mw:.12g} MW. "
            "Its value is in the plan; to price it as if it were open, set its committed_mw to 0"
        )
    own = [str(pin) for pin in all_pins(portfolio, pins) if pin.contract == contract]
    if own:
        raise DealError(
            f"contract = {contract}: expected an offer without pins of its own; it is pinned: {', '.join(own)}. "
            "Its sites and window say where and when it may start"
        )
    return offer


def _refuse_barred(p: Parameters, repricer: Repricer) -> None:
    why = p.choices.barred.get(repricer.position(p))
    if why:
        raise DealError(f"contract = {repricer.contract}: expected an offer that can be taken: {why}")


def _headline(offer: Contract, curve: BidCurve, taken: Solved, without: Solved | None) -> Headline:
    quoted, mw = offer.price_usd_per_kw_month, taken.taken_mw[offer.id]
    npv_without = math.nan if without is None else without.npv_usd
    status = FORCED if without is None else TAKEN if mw > _TAKEN_MW else NOT_TAKEN
    most = _first_with_most(curve)
    return Headline(
        status=status,
        quoted=quoted,
        reservation=curve.reservation,
        all_mw_rent=curve.all_mw_rent,
        most_mw_rent=most,
        headroom=quoted - curve.reservation,
        headroom_share=(quoted - curve.reservation) / quoted if quoted > 0.0 else math.nan,
        taken_mw=mw if mw > _TAKEN_MW else 0.0,
        all_mw=curve.all_mw,
        possible_mw=curve.possible_mw,
        most_mw=curve.most_mw,
        npv_usd=taken.npv_usd,
        npv_without_usd=npv_without,
        gain_usd=taken.npv_usd - npv_without,
        exact_to=curve.explored_to,
    )


def _first_with_most(curve: BidCurve) -> float:
    """The rent from which on the most MW are taken; NaN where none are, or at any rent."""
    enough = curve.most_mw * (1.0 - SAME_SHARE)
    rent = next(piece.rent_from for piece in curve.pieces if piece.support.mw >= enough)
    return rent if math.isfinite(rent) and enough > 0.0 else math.nan


def _curve_frame(curve: BidCurve) -> pd.DataFrame:
    rows = [
        (
            piece.rent_from,
            piece.rent_to,
            piece.support.mw,
            piece.support.at(piece.rent_from if math.isfinite(piece.rent_from) else 0.0) * USD_PER_USD_M,
            piece.support.slope * USD_PER_USD_M,
        )
        for piece in curve.pieces
    ]
    return pd.DataFrame(rows, columns=list(CURVE_COLUMNS))


def _limits(p: Parameters, repricer: Repricer, curve: BidCurve) -> pd.DataFrame:
    """The limits that hold the deal below its full size, those that give most MW first."""
    if curve.at_most is None:
        return pd.DataFrame(columns=list(LIMIT_COLUMNS))
    # The programme's value is MW here: what is called dollars per unit are MW per unit, in millions.
    table = limits_frame(p, repricer.session.matrices, curve.at_most)
    table["mw_per_unit"] = table["price_usd_per_unit"] / USD_PER_USD_M
    return table[list(LIMIT_COLUMNS)]


def _exchanges(
    repricer: Repricer,
    portfolio: Portfolio,
    curve: BidCurve,
    headline: Headline,
    solved: tuple[Solved, Solved],
) -> list[tuple[Exchange, pd.DataFrame]]:
    """At the quoted rent, or at the first MW where nothing is taken there; and at the most MW that any rent buys."""
    taken, without = solved
    offer = repricer.contract
    found = []
    if headline.status == TAKEN:
        found.append(exchange(QUOTED, offer, taken, without, headline.quoted))
    elif not math.isnan(headline.reservation):
        first = _just_above(repricer, portfolio, curve, headline.reservation)
        found.append(exchange(FIRST_MW, offer, first, without, headline.reservation))
    if not math.isnan(headline.most_mw_rent):
        name = MOST_MW if math.isnan(headline.all_mw_rent) else ALL_MW
        full = _just_above(repricer, portfolio, curve, headline.most_mw_rent)
        found.append(exchange(name, offer, full, without, headline.most_mw_rent))
    return found


def _just_above(repricer: Repricer, portfolio: Portfolio, curve: BidCurve, rent: float) -> Solved:
    """The plan of the piece of the curve that begins at a rent."""
    piece = next(piece for piece in curve.pieces if piece.rent_from == rent)
    step = min(_ABOVE * max(1.0, abs(rent)), (piece.rent_to - rent) / 2.0)
    return repricer.solve(with_offer(portfolio, repricer.contract, price_usd_per_kw_month=rent + step))
