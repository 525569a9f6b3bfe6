"""Constants and conversions of mining economics: functions named ``a_to_b`` that take numbers and arrays.

Nomenclature
------------
hashprice : revenue of one unit of hashrate in a day, transaction fees included. [USD/(PH/s day), if not named]
j_per_th : energy per hash. A machine's figure is at the wall; times its cooling overhead it is at the meter. [J/TH]
difficulty : the protocol's difficulty as a plain number, such as 1.26e14 (not in trillions).
fee share : transaction fees per total reward (subsidy + fees). [fraction]
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Quantity = float | FloatArray
"""A number, or an array of numbers; functions of several quantities broadcast them as numpy does."""

HOURS_PER_DAY = 24.0
HOURS_PER_YEAR = 8_760.0
DAYS_PER_YEAR = 365.0
SECONDS_PER_BLOCK = 600.0
# The expected number of hashes for one block is difficulty x 2^32: at difficulty 1 a hash must begin with 32 zero bits.
# Source: Bitcoin developer guide, "Target nBits" (pool difficulty 1 differs by 1.5e-5, which is left out everywhere).
HASHES_PER_DIFFICULTY = 2.0**32
_CENTS_PER_KWH = 10.0  # 1 c/kWh = 0.01 USD per 0.001 MWh = 10 USD/MWh
_THOUSAND = 1_000.0
_H_PER_EH = 1e18


class QuantityError(ValueError):
    """A number that cannot be what it is said to be, such as an uptime of 95 or a fee share of 1."""

    exit_code = 2


def require_range(name: str, value: Quantity, *, least: float, most: float, unit: str) -> None:
    """Refuse a number outside a range, or an array holding one.

    Raises
    ------
    QuantityError : a value is below ``least``, above ``most`` or not a number; names it and the range.
    """
    values = np.atleast_1d(np.asarray(value, dtype=np.float64))
    outside = ~((values >= least) & (values <= most))
    if outside.any():
        found = float(values[outside][0])
        raise QuantityError(f"{name} is {found:g}, expected {least:g} to {most:g} {unit}".rstrip())


def plain(values: FloatArray) -> Quantity:
    """An array as it is; an array without axes as the number it holds."""
    return values if values.ndim else float(values)


def eh_s_to_ph_s(hashrate_eh_s: Quantity) -> Quantity:
    """Hashrate: 1 EH/s is 1,000 PH/s. [PH/s]"""
    return hashrate_eh_s * _THOUSAND


def h_s_to_eh_s(hashrate_h_s: Quantity) -> Quantity:
    """Hashrate: 1 EH/s is 10^18 hashes a second. [EH/s]"""
    return hashrate_h_s / _H_PER_EH


def usd_per_eh_day_to_usd_per_ph_day(usd_per_eh_day: Quantity) -> Quantity:
    """Hashprice quoted per EH/s, as analysts do, per PH/s: 54,300 is 54.3. [USD/(PH/s day)]"""
    return usd_per_eh_day / _THOUSAND


def usd_per_ph_day_to_usd_per_th_day(usd_per_ph_day: Quantity) -> Quantity:
    """Hashprice quoted per PH/s, per TH/s: 54.3 is 0.0543. [USD/(TH/s day)]"""
    return usd_per_ph_day / _THOUSAND


def usd_per_mwh_to_cents_per_kwh(usd_per_mwh: Quantity) -> Quantity:
    """Power price as miners quote it: 45 USD/MWh is 4.5 c/kWh. [US cents/kWh]"""
    return usd_per_mwh / _CENTS_PER_KWH


def cents_per_kwh_to_usd_per_mwh(cents_per_kwh: Quantity) -> Quantity:
    """Power price per MWh: 4.5 c/kWh is 45 USD/MWh. [USD/MWh]"""
    return cents_per_kwh * _CENTS_PER_KWH


def j_per_th_to_ph_s_per_mw(j_per_th: Quantity) -> Quantity:
    """Hashrate of one MW: 1 MW is 10^6 J/s, 1 PH is 1,000 TH, so 17.5 J/TH gives 57.1. [PH/s per MW]"""
    return _THOUSAND / j_per_th


def j_per_th_to_mwh_per_ph_day(j_per_th: Quantity) -> Quantity:
    """Energy of one PH/s in a day: 1 PH/s at e J/TH draws e kW, so a day takes 0.024 e MWh. [MWh/(PH/s day)]"""
    return j_per_th * HOURS_PER_DAY / _THOUSAND


def usd_per_th_to_usd_per_ph(usd_per_th: Quantity) -> Quantity:
    """Price of machines: 13.5 USD/TH is 13,500 USD for one PH/s. [USD/(PH/s)]"""
    return usd_per_th * _THOUSAND


def usd_per_mw_year_to_usd_per_mwh(usd_per_mw_year: Quantity, *, uptime: Quantity) -> Quantity:
    """Fixed cost of an energised MW per MWh drawn, when it draws the share ``uptime`` of 8,760 hours. [USD/MWh]"""
    return usd_per_mw_year / (HOURS_PER_YEAR * uptime)


def fee_share_to_fees_per_subsidy(fee_share: Quantity) -> Quantity:
    """Fees per subsidy f from their share s of the total reward: f = s / (1 - s), so 4.82 % gives 5.06 %. [ratio]

    Raises
    ------
    QuantityError : the share is not in 0 to below 1 (a share of 1 would mean that there is no subsidy).
    """
    require_range("fee_share", fee_share, least=0.0, most=float(np.nextafter(1.0, 0.0)), unit="of the reward")
    return fee_share / (1.0 - fee_share)


def difficulty_to_eh_s(difficulty: Quantity) -> Quantity:
    """Network hashrate that finds a block every 600 s at this difficulty: D x 2^32 / 600. [EH/s]"""
    return h_s_to_eh_s(difficulty * HASHES_PER_DIFFICULTY / SECONDS_PER_BLOCK)


def eh_s_to_difficulty(hashrate_eh_s: Quantity) -> Quantity:
    """Difficulty at which this hashrate finds a block every 600 s; the inverse of :func:`difficulty_to_eh_s`."""
    return hashrate_eh_s * _H_PER_EH * SECONDS_PER_BLOCK / HASHES_PER_DIFFICULTY
