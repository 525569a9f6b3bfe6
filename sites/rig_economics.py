"""All figures of one machine at one hashprice and one power price, as `wattsplit economics` prints them."""

from __future__ import annotations

from dataclasses import dataclass

from sites import economics as formulas
from sites.economics import OperatingCosts
from sites.network import hashprice_btc_per_ph_day
from sites.records import Rig
from sites.units import require_range, usd_per_mwh_to_cents_per_kwh

# Listed miners write their machines off over 3 to 5 years.
DEPRECIATION_YEARS = 4.0
_SMALLEST = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class MiningCase:
    """What all machines are compared at.

    hashprice_usd_per_ph_day : revenue of one PH/s in a day. [USD/(PH/s day)]
    costs : power and operating cost.
    btc_price_usd : price of one BTC; without it there is no cost per BTC. [USD]
    depreciation_years : life over which a machine is written off, in a straight line to nothing. [years]
    overhead_usd_per_btc : administration and other cost that is in the all-in cost only. [USD/BTC]

    Raises
    ------
    QuantityError : a price or the life is not positive, or the overhead is negative.
    """

    hashprice_usd_per_ph_day: float
    costs: OperatingCosts
    btc_price_usd: float | None = None
    depreciation_years: float = DEPRECIATION_YEARS
    overhead_usd_per_btc: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        hashprice = self.hashprice_usd_per_ph_day
        require_range("hashprice_usd_per_ph_day", hashprice, least=_SMALLEST, most=1e6, unit="USD/(PH/s day)")
        if self.btc_price_usd is not None:
            require_range("btc_price_usd", self.btc_price_usd, least=_SMALLEST, most=1e9, unit="USD")
        require_range("depreciation_years", self.depreciation_years, least=_SMALLEST, most=100, unit="years")
        require_range("overhead_usd_per_btc", self.overhead_usd_per_btc, least=0, most=1e9, unit="USD/BTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class BtcCosts:
    """What one mined BTC costs, three ways; None where an input is not known. [USD/BTC]

    energy_mwh_per_btc : energy of one BTC. [MWh/BTC]
    energy_cost_usd_per_btc : power alone.
    cash_cost_usd_per_btc : power, operating cost, and the pool's fee (a share of the BTC's price).
    all_in_cost_usd_per_btc : cash, depreciation of the machine, and overhead.
    """

    energy_mwh_per_btc: float | None = None
    energy_cost_usd_per_btc: float | None = None
    cash_cost_usd_per_btc: float | None = None
    all_in_cost_usd_per_btc: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RigEconomics:
    """One machine's figures; units are in the names, None stands where an input is missing.

    j_per_th : at the meter, cooling overhead included.
    energy_margin, both breakevens : power-only; see :mod:`sites.economics` for the three bases.
    payback_days : on the cash margin; infinite where there is none.
    """

    rig: str
    j_per_th: float
    revenue_usd_per_mwh: float
    energy_margin_usd_per_mwh: float
    cash_margin_usd_per_mwh: float
    breakeven_power_usd_per_mwh: float
    breakeven_power_cents_per_kwh: float
    switch_off_power_usd_per_mwh: float
    breakeven_hashprice_usd_per_ph_day: float
    energy_mwh_per_btc: float | None
    energy_cost_usd_per_btc: float | None
    cash_cost_usd_per_btc: float | None
    all_in_cost_usd_per_btc: float | None
    rig_price_usd_per_th: float | None
    payback_days: float | None


def btc_costs(case: MiningCase, *, j_per_th: float, rig_price_usd_per_th: float | None) -> BtcCosts:
    """Cost of one BTC mined by a machine; nothing without the price of a BTC, no all-in cost without the machine's.

    Notes
    -----
    The price of the BTC less the cash cost, per MWh, is the cash margin: both vanish at the same power price.
    """
    if case.btc_price_usd is None:
        return BtcCosts()
    costs = case.costs
    btc_per_ph_day = hashprice_btc_per_ph_day(
        hashprice_usd_per_ph_day=case.hashprice_usd_per_ph_day, btc_price_usd=case.btc_price_usd
    )
    energy_mwh = float(formulas.energy_mwh_per_btc(j_per_th=j_per_th, hashprice_btc_per_ph_day=btc_per_ph_day))
    cash = energy_mwh * costs.usd_per_mwh + costs.pool_fee * case.btc_price_usd
    all_in = None
    if rig_price_usd_per_th is not None:
        depreciation = formulas.depreciation_usd_per_btc(
            rig_price_usd_per_th=rig_price_usd_per_th,
            depreciation_years=case.depreciation_years,
            hashprice_btc_per_ph_day=btc_per_ph_day,
            uptime=costs.uptime,
        )
        all_in = cash + float(depreciation) + case.overhead_usd_per_btc
    return BtcCosts(
        energy_mwh_per_btc=energy_mwh,
        energy_cost_usd_per_btc=energy_mwh * costs.power_usd_per_mwh,
        cash_cost_usd_per_btc=cash,
        all_in_cost_usd_per_btc=all_in,
    )


def rig_economics(rig: Rig, case: MiningCase, *, rig_price_usd_per_th: float | None = None) -> RigEconomics:
    """All figures of one machine.

    rig_price_usd_per_th : price of the machine; without it there is neither all-in cost nor payback. [USD/TH]

    Raises
    ------
    QuantityError : the machine's price is negative.
    """
    if rig_price_usd_per_th is not None:
        require_range("rig_price_usd_per_th", rig_price_usd_per_th, least=0, most=1e6, unit="USD/TH")
    hashprice, costs, j_per_th = case.hashprice_usd_per_ph_day, case.costs, rig.j_per_th * rig.overhead
    revenue = float(formulas.revenue_usd_per_mwh(hashprice_usd_per_ph_day=hashprice, j_per_th=j_per_th))
    after_fee = revenue * (1.0 - costs.pool_fee)
    needed = formulas.breakeven_hashprice_usd_per_ph_day(power_usd_per_mwh=costs.power_usd_per_mwh, j_per_th=j_per_th)
    per_btc = btc_costs(case, j_per_th=j_per_th, rig_price_usd_per_th=rig_price_usd_per_th)
    return RigEconomics(
        rig=rig.id,
        j_per_th=j_per_th,
        revenue_usd_per_mwh=revenue,
        energy_margin_usd_per_mwh=revenue - costs.power_usd_per_mwh,
        cash_margin_usd_per_mwh=after_fee - costs.usd_per_mwh,
        breakeven_power_usd_per_mwh=revenue,
        breakeven_power_cents_per_kwh=float(usd_per_mwh_to_cents_per_kwh(revenue)),
        switch_off_power_usd_per_mwh=after_fee - costs.variable_opex_usd_per_mwh,
        breakeven_hashprice_usd_per_ph_day=float(needed),
        energy_mwh_per_btc=per_btc.energy_mwh_per_btc,
        energy_cost_usd_per_btc=per_btc.energy_cost_usd_per_btc,
        cash_cost_usd_per_btc=per_btc.cash_cost_usd_per_btc,
        all_in_cost_usd_per_btc=per_btc.all_in_cost_usd_per_btc,
        rig_price_usd_per_th=rig_price_usd_per_th,
        payback_days=_payback(case, j_per_th, rig_price_usd_per_th),
    )


def _payback(case: MiningCase, j_per_th: float, rig_price_usd_per_th: float | None) -> float | None:
    if rig_price_usd_per_th is None:
        return None
    return float(
        formulas.payback_days(
            rig_price_usd_per_th=rig_price_usd_per_th,
            hashprice_usd_per_ph_day=case.hashprice_usd_per_ph_day,
            j_per_th=j_per_th,
            costs=case.costs,
        )
    )
