"""Mining economics of a machine: what a MWh earns, where it breaks even, what a bitcoin costs.

All results are per machine type, not per site: power-only figures leave everything but electricity out and say so in
their names; cash cost adds the pool fee and opex; all-in cost adds depreciation and overhead.
"""

from __future__ import annotations

from dataclasses import dataclass

from sites.records import Rig

HOURS_PER_DAY = 24.0
DAYS_PER_YEAR = 365.0
HOURS_PER_YEAR = HOURS_PER_DAY * DAYS_PER_YEAR
USD_PER_MWH_PER_CENT_PER_KWH = 10.0
TH_PER_PH = 1000.0
KWH_PER_MWH = 1000.0


@dataclass(frozen=True)
class Costs:
    """What running a machine costs.

    power_usd_per_mwh : electricity. [USD/MWh]
    pool_fee : share of the reward. [-]
    uptime : share of the hours run. [-]
    variable_opex_usd_per_mwh, fixed_opex_usd_per_mw_year : without power, per MW at the meter.
    rig_price_usd_per_th, depreciation_years : straight line to zero; None where the price is not known.
    overhead_usd_per_btc : administration per bitcoin mined.
    """

    power_usd_per_mwh: float
    pool_fee: float = 0.0
    uptime: float = 1.0
    variable_opex_usd_per_mwh: float = 0.0
    fixed_opex_usd_per_mw_year: float = 0.0
    rig_price_usd_per_th: float | None = None
    depreciation_years: float = 4.0
    overhead_usd_per_btc: float = 0.0


@dataclass(frozen=True)
class RigEconomics:
    """The economics of one machine type at one hashprice and one set of costs.

    revenue_usd_per_mwh : reward per MWh at the meter, before the pool fee.
    energy_margin_usd_per_mwh : after pool fee, power and variable opex.
    breakeven_power_usd_per_mwh, breakeven_hashprice_usd_per_ph_day : power only; nothing else is paid.
    energy_cost_usd_per_btc : power only. cash_cost_usd_per_btc : and pool fee and opex.
    all_in_cost_usd_per_btc : and depreciation and overhead; None if the machine's price is not known.
    Costs per bitcoin are None without a BTC price.
    payback_days : price of the machine over its daily power-only margin; None if it earns none or has no price.
    """

    rig: Rig
    revenue_usd_per_mwh: float
    energy_margin_usd_per_mwh: float
    breakeven_power_usd_per_mwh: float
    breakeven_hashprice_usd_per_ph_day: float
    energy_mwh_per_btc: float | None
    energy_cost_usd_per_btc: float | None
    cash_cost_usd_per_btc: float | None
    all_in_cost_usd_per_btc: float | None
    payback_days: float | None


def meter_j_per_th(rig: Rig) -> float:
    """Efficiency at the meter, cooling overhead included. [J/TH]"""
    return rig.j_per_th * rig.overhead


def revenue_usd_per_mwh(*, hashprice_usd_per_ph_day: float, j_per_th: float) -> float:
    """Reward per MWh. [USD/MWh]

    Notes
    -----
    One MW at e J/TH is 1000 / e PH/s, so a MWh earns hashprice / 24 * 1000 / e = hashprice / (0.024 * e).
    """
    return hashprice_usd_per_ph_day / (HOURS_PER_DAY / TH_PER_PH * j_per_th)


def breakeven_power_usd_per_mwh(*, hashprice_usd_per_ph_day: float, j_per_th: float) -> float:
    """Power price that takes all of the reward. [USD/MWh]; a tenth of it is c/kWh."""
    return revenue_usd_per_mwh(hashprice_usd_per_ph_day=hashprice_usd_per_ph_day, j_per_th=j_per_th)


def breakeven_hashprice_usd_per_ph_day(*, power_usd_per_mwh: float, j_per_th: float) -> float:
    """Hashprice that just pays the power: 0.024 * J/TH * USD/MWh. [USD per PH/s per day]"""
    return HOURS_PER_DAY / TH_PER_PH * j_per_th * power_usd_per_mwh


def energy_mwh_per_btc(*, hashprice_btc_per_ph_day: float, j_per_th: float) -> float:
    """Electricity behind one bitcoin. [MWh/BTC]

    Notes
    -----
    A PH/s draws e kW: a day takes 24 * e kWh and earns hashprice_btc, a bitcoin takes 24 * e / hashprice_btc kWh.
    """
    return HOURS_PER_DAY * j_per_th / hashprice_btc_per_ph_day / KWH_PER_MWH


def payback_days(
    *, rig_price_usd_per_th: float, hashprice_usd_per_ph_day: float, j_per_th: float, power_usd_per_mwh: float
) -> float | None:
    """Days until a machine has earned its price after power; None if it never does.

    Notes
    -----
    price / (hashprice - 0.024 * J/TH * USD/MWh), all per PH/s.
    """
    power = breakeven_hashprice_usd_per_ph_day(power_usd_per_mwh=power_usd_per_mwh, j_per_th=j_per_th)
    margin = hashprice_usd_per_ph_day - power
    return rig_price_usd_per_th * TH_PER_PH / margin if margin > 0.0 else None


def depreciation_usd_per_mwh(rig: Rig, costs: Costs) -> float:
    """Straight-line depreciation of the machine over the MWh it runs. [USD/MWh]"""
    th_s_per_mw = rig.ph_s_per_mw * TH_PER_PH
    per_year = th_s_per_mw * (costs.rig_price_usd_per_th or 0.0) / costs.depreciation_years
    return per_year / (HOURS_PER_YEAR * costs.uptime)


def rig_economics(
    rig: Rig, costs: Costs, *, hashprice_usd_per_ph_day: float, btc_price_usd: float | None = None
) -> RigEconomics:
    """The economics of a machine.

    btc_price_usd : turns the hashprice into bitcoin; without it costs per bitcoin are None. [USD/BTC]
    """
    j_per_th = meter_j_per_th(rig)
    revenue = revenue_usd_per_mwh(hashprice_usd_per_ph_day=hashprice_usd_per_ph_day, j_per_th=j_per_th)
    fixed_opex = costs.fixed_opex_usd_per_mw_year / (HOURS_PER_YEAR * costs.uptime)
    opex = costs.variable_opex_usd_per_mwh + fixed_opex
    energy = energy_cost = cash = all_in = None
    if btc_price_usd is not None:
        per_ph_day = hashprice_usd_per_ph_day / btc_price_usd
        energy = energy_mwh_per_btc(hashprice_btc_per_ph_day=per_ph_day, j_per_th=j_per_th)
        kept = 1.0 - costs.pool_fee  # bitcoin that reach the miner; costs per bitcoin are per bitcoin kept
        energy_cost = energy * costs.power_usd_per_mwh
        cash = (energy_cost + energy * opex) / kept
        if costs.rig_price_usd_per_th is not None:
            all_in = cash + energy * depreciation_usd_per_mwh(rig, costs) / kept + costs.overhead_usd_per_btc
    return RigEconomics(
        rig=rig,
        revenue_usd_per_mwh=revenue,
        energy_margin_usd_per_mwh=revenue * (1.0 - costs.pool_fee)
        - costs.power_usd_per_mwh
        - costs.variable_opex_usd_per_mwh,
        breakeven_power_usd_per_mwh=revenue,
        breakeven_hashprice_usd_per_ph_day=breakeven_hashprice_usd_per_ph_day(
            power_usd_per_mwh=costs.power_usd_per_mwh, j_per_th=j_per_th
        ),
        energy_mwh_per_btc=energy,
        energy_cost_usd_per_btc=energy_cost,
        cash_cost_usd_per_btc=cash,
        all_in_cost_usd_per_btc=all_in,
        payback_days=None
        if costs.rig_price_usd_per_th is None
        else payback_days(
            rig_price_usd_per_th=costs.rig_price_usd_per_th,
            hashprice_usd_per_ph_day=hashprice_usd_per_ph_day,
            j_per_th=j_per_th,
            power_usd_per_mwh=costs.power_usd_per_mwh,
        ),
    )
