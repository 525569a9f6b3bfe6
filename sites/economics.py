"""What a machine earns and costs: margins, break-even prices, cost of a BTC, payback.

Two bases, never mixed: *power-only* sets the revenue against the power bill alone, as the trade quotes break-evens;
*cash* adds pool fee, variable and fixed operating cost; *all-in* adds depreciation and overhead to cash. Every function
is pure and takes numbers or arrays; ``j_per_th`` is at the meter: the machine's J/TH times its cooling overhead.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sites.units import (
    DAYS_PER_YEAR,
    Quantity,
    j_per_th_to_mwh_per_ph_day,
    plain,
    require_range,
    usd_per_mw_year_to_usd_per_mwh,
    usd_per_th_to_usd_per_ph,
)

_SMALLEST = float(np.nextafter(0.0, 1.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingCosts:
    """What running a machine costs.

    power_usd_per_mwh : price of power at the meter. [USD/MWh]
    pool_fee : share of the revenue that the pool keeps. [fraction]
    uptime : share of the hours in which the machines run. [fraction, above 0]
    variable_opex_usd_per_mwh : cost of running beside the power. [USD/MWh]
    fixed_opex_usd_per_mw_year : cost of an energised MW, whether it runs or not. [USD/(MW year)]

    Raises
    ------
    QuantityError : a share is not one, or a cost is negative.
    """

    power_usd_per_mwh: float
    pool_fee: float = 0.0
    uptime: float = 1.0
    variable_opex_usd_per_mwh: float = 0.0
    fixed_opex_usd_per_mw_year: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        require_range("power_usd_per_mwh", self.power_usd_per_mwh, least=-1_000, most=10_000, unit="USD/MWh")
        require_range("pool_fee", self.pool_fee, least=0, most=1, unit="as a fraction")
        require_range("uptime", self.uptime, least=_SMALLEST, most=1, unit="as a fraction")
        opex = self.variable_opex_usd_per_mwh
        require_range("variable_opex_usd_per_mwh", opex, least=0, most=10_000, unit="USD/MWh")
        fixed = self.fixed_opex_usd_per_mw_year
        require_range("fixed_opex_usd_per_mw_year", fixed, least=0, most=1e8, unit="USD/(MW year)")

    @property
    def usd_per_mwh(self) -> float:
        """Power and operating cost per MWh drawn, the fixed part spread over the hours that run. [USD/MWh]"""
        fixed = float(usd_per_mw_year_to_usd_per_mwh(self.fixed_opex_usd_per_mw_year, uptime=self.uptime))
        return self.power_usd_per_mwh + self.variable_opex_usd_per_mwh + fixed


def revenue_usd_per_mwh(*, hashprice_usd_per_ph_day: Quantity, j_per_th: Quantity) -> Quantity:
    """Mining revenue per MWh drawn, before the pool's fee: hashprice / (0.024 x J/TH). [USD/MWh]"""
    return hashprice_usd_per_ph_day / j_per_th_to_mwh_per_ph_day(j_per_th)


def energy_margin_usd_per_mwh(
    *, hashprice_usd_per_ph_day: Quantity, j_per_th: Quantity, power_usd_per_mwh: Quantity
) -> Quantity:
    """Revenue less power, power-only: neither pool fee nor operating cost is in it. [USD/MWh]"""
    return revenue_usd_per_mwh(hashprice_usd_per_ph_day=hashprice_usd_per_ph_day, j_per_th=j_per_th) - power_usd_per_mwh


def cash_margin_usd_per_mwh(
    *, hashprice_usd_per_ph_day: Quantity, j_per_th: Quantity, costs: OperatingCosts
) -> Quantity:
    """Revenue after the pool's fee, less power, variable and fixed operating cost. [USD/MWh]"""
    revenue = revenue_usd_per_mwh(hashprice_usd_per_ph_day=hashprice_usd_per_ph_day, j_per_th=j_per_th)
    return revenue * (1.0 - costs.pool_fee) - costs.usd_per_mwh


def breakeven_power_usd_per_mwh(*, hashprice_usd_per_ph_day: Quantity, j_per_th: Quantity) -> Quantity:
    """Power price at which the power bill takes all revenue, power-only: the revenue per MWh. [USD/MWh]"""
    return revenue_usd_per_mwh(hashprice_usd_per_ph_day=hashprice_usd_per_ph_day, j_per_th=j_per_th)


def switch_off_power_usd_per_mwh(
    *,
    hashprice_usd_per_ph_day: Quantity,
    j_per_th: Quantity,
    pool_fee: Quantity,
    variable_opex_usd_per_mwh: Quantity,
) -> Quantity:
    """Power price above which an hour is better not run; the ``v`` of the planning model. [USD/MWh]

    Revenue after the pool's fee less variable operating cost; fixed cost is paid either way.
    """
    revenue = revenue_usd_per_mwh(hashprice_usd_per_ph_day=hashprice_usd_per_ph_day, j_per_th=j_per_th)
    return revenue * (1.0 - pool_fee) - variable_opex_usd_per_mwh


def breakeven_hashprice_usd_per_ph_day(*, power_usd_per_mwh: Quantity, j_per_th: Quantity) -> Quantity:
    """Hashprice that just pays the power, power-only: 0.024 x J/TH x price. [USD/(PH/s day)]"""
    return j_per_th_to_mwh_per_ph_day(j_per_th) * power_usd_per_mwh


def energy_mwh_per_btc(*, j_per_th: Quantity, hashprice_btc_per_ph_day: Quantity) -> Quantity:
    """Energy that mines one BTC: 0.024 x J/TH / hashprice in BTC. [MWh/BTC]

    Notes
    -----
    At 17.5 J/TH in February 2026 (32.13 USD/(PH/s day) at 68,849 USD/BTC) it is 900 MWh.
    """
    return j_per_th_to_mwh_per_ph_day(j_per_th) / hashprice_btc_per_ph_day


def depreciation_usd_per_btc(
    *,
    rig_price_usd_per_th: Quantity,
    depreciation_years: Quantity,
    hashprice_btc_per_ph_day: Quantity,
    uptime: Quantity,
) -> Quantity:
    """Straight-line cost of the machine per BTC that it mines in that time at today's pace. [USD/BTC]"""
    usd_per_day = usd_per_th_to_usd_per_ph(rig_price_usd_per_th) / (depreciation_years * DAYS_PER_YEAR)
    return usd_per_day / (hashprice_btc_per_ph_day * uptime)


def payback_days(
    *,
    rig_price_usd_per_th: Quantity,
    hashprice_usd_per_ph_day: Quantity,
    j_per_th: Quantity,
    costs: OperatingCosts,
) -> Quantity:
    """Days until the cash margin has paid the machine, at today's hashprice; infinite when there is no margin. [days]

    Notes
    -----
    Without fee and operating cost it is the rule of thumb price / (hashprice - 0.024 x J/TH x USD/MWh): an S21 at 13.5
    USD/TH, 32 USD/(PH/s day) and 45 USD/MWh takes 1,030 days.
    """
    margin = cash_margin_usd_per_mwh(hashprice_usd_per_ph_day=hashprice_usd_per_ph_day, j_per_th=j_per_th, costs=costs)
    usd_per_day = np.asarray(margin * j_per_th_to_mwh_per_ph_day(j_per_th) * costs.uptime, dtype=np.float64)
    price, earned = np.broadcast_arrays(usd_per_th_to_usd_per_ph(rig_price_usd_per_th), usd_per_day)
    days = np.full(earned.shape, np.inf)
    np.divide(price, earned, out=days, where=earned > 0)
    return plain(days)
