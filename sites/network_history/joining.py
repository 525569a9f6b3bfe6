"""Series of several files joined to one daily frame: which one counts, and what follows from which.

A quantity in several files is each day that of the first file that has it. Hashrate that is not given follows from what
is; subsidy that is not given is the protocol's. What miners got in all, given alone, stands as subsidy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sites.findings import Finding
from sites.network import BLOCKS_PER_DAY, subsidy_btc_on_date
from sites.network_history import scale
from sites.network_history.filling import Account, combined, in_every_unit
from sites.network_history.history import COLUMNS
from sites.network_history.quantities import UNITS, Base, Quantity, Series
from sites.network_history.scale import SAY, DayArray, FloatArray
from sites.units import difficulty_to_eh_s, eh_s_to_ph_s

_IN_MONEY = frozenset({Quantity.SUBSIDY, Quantity.FEES, Quantity.REVENUE, Quantity.HASHPRICE})


def joined(series: Sequence[Series], account: Account) -> pd.DataFrame:
    """The daily frame of a history; what is wrong or was done goes to the account.

    series : at least one.
    """
    first = min(int(one.days[0]) for one in series)
    last = max(int(one.days[-1]) for one in series)
    return _Joining(series, np.arange(first, last + 1, dtype=np.int64), account).frame()


@dataclass(frozen=True)
class _Paid:
    """What miners were paid by day, NaN where unknown. [BTC]"""

    subsidy: FloatArray
    fees: FloatArray
    revenue: FloatArray

    @property
    def known_subsidy(self) -> FloatArray:
        """The subsidy as it is given, or what fees leave of the revenue. [BTC]"""
        return np.where(np.isfinite(self.subsidy), self.subsidy, self.revenue - self.fees)


class _Joining:
    def __init__(self, series: Sequence[Series], days: DayArray, account: Account) -> None:
        self.series = series
        self.days = days
        self.account = account
        self.price = np.full(days.size, np.nan)
        subsidy = np.asarray(subsidy_btc_on_date(days.astype("datetime64[D]")))
        self.protocol = BLOCKS_PER_DAY * subsidy

    def frame(self) -> pd.DataFrame:
        for one in self.series:
            self._check_usual_size(one)
        self.price = self._quantity(Quantity.PRICE)
        self._refuse_money_without_price()
        difficulty = self._quantity(Quantity.DIFFICULTY)
        implied = np.asarray(difficulty_to_eh_s(difficulty))
        network = self._given_network(implied)
        paid = _Paid(*(self._paid(quantity) for quantity in (Quantity.SUBSIDY, Quantity.FEES, Quantity.REVENUE)))
        hashprice = self._hashprice(network if not _unknown(network) else implied, paid.revenue)
        if _unknown(network):
            network = self._network_of_others(implied, paid, hashprice)
        if _unknown(paid.revenue) and not _unknown(hashprice):
            paid = replace(paid, revenue=hashprice * eh_s_to_ph_s(network))
            self.account.notes.append("miners' revenue: no file gives it; it is the hashprice times the hashrate")
        subsidy, fees = self._split(paid, network / implied)
        self._tell_missing(network)
        stamps = self.days.astype("datetime64[D]").astype("datetime64[ns]")
        index = pd.DatetimeIndex(stamps, tz="UTC", name="day")
        values = (self.price, network, difficulty, subsidy, fees)
        return pd.DataFrame(dict(zip(COLUMNS, values, strict=True)), index=index, dtype=np.float64)

    def _of(self, quantity: Quantity) -> list[Series]:
        return [one for one in self.series if one.column.quantity is quantity]

    def _quantity(self, quantity: Quantity) -> FloatArray:
        return combined(self._of(quantity), self.days, self.account, self.price)

    def _check_usual_size(self, one: Series) -> None:
        expected = scale.usual(one.column.quantity, self.days)
        if expected is not None:
            values = in_every_unit(one, self.days)
            compared = "the public figures of these years"
            self.account.fault(scale.fault(one, values, expected, scale.USUAL, compared))

    def _refuse_money_without_price(self) -> None:
        for one in self.series:
            if one.column.unit.base is Base.USD and one.column.quantity in _IN_MONEY and _unknown(self.price):
                self.account.fault(
                    Finding(
                        one.file,
                        column=one.name,
                        problem="is in USD, and no file gives the price",
                        expected="a file with the price of BTC beside it",
                    )
                )

    def _given_network(self, implied: FloatArray) -> FloatArray:
        """Hashrate as files give it. [EH/s]"""
        for one in self._of(Quantity.HASHRATE):
            values = in_every_unit(one, self.days)
            self.account.fault(scale.fault(one, values, implied, scale.OF_DIFFICULTY, "that of the difficulty"))
        return self._quantity(Quantity.HASHRATE)

    def _network_of_others(self, implied: FloatArray, paid: _Paid, hashprice: FloatArray) -> FloatArray:
        """Hashrate that no file gives, from what else is known. [EH/s]

        Divided by the hashprice, revenue gives the hashrate itself; subsidy says how many blocks were found, and blocks
        and difficulty how much was hashed; the difficulty alone gives the hashrate that keeps to the timetable.
        """
        if not _unknown(paid.revenue / hashprice):
            network, how = paid.revenue / hashprice / eh_s_to_ph_s(1.0), "miners' revenue divided by the hashprice"
        elif not _unknown(implied * paid.known_subsidy):
            pace = np.where(np.isfinite(paid.known_subsidy), paid.known_subsidy / self.protocol, 1.0)
            network, how = implied * pace, "that of the difficulty and of the blocks which the subsidy was paid for"
        elif not _unknown(implied):
            network, how = implied, "that of the difficulty, D x 2^32 / 600 s"
        elif not _unknown(hashprice):
            network = self.protocol / hashprice / eh_s_to_ph_s(1.0)
            how = "what the subsidy of 144 blocks at the hashprice comes to, too low by the share of fees"
        else:
            return implied
        self.account.notes.append(f"hash-rate: no file gives it; it is {how}")
        return np.asarray(network)

    def _paid(self, quantity: Quantity) -> FloatArray:
        """Subsidy, fees or revenue. [BTC a day]"""
        for one in self._of(quantity):
            values = in_every_unit(one, self.days, self.price)
            bounds, compared = scale.OF_SUBSIDY[quantity], "the subsidy of 144 blocks"
            self.account.fault(scale.fault(one, values, self.protocol, bounds, compared))
        return self._quantity(quantity)

    def _hashprice(self, network: FloatArray, revenue: FloatArray) -> FloatArray:
        """Hashprice, checked as far as its unit is not said by the file. [BTC/(PH/s day)]"""
        expected = self.protocol / eh_s_to_ph_s(network)
        bounds, compared = scale.OF_SUBSIDY[Quantity.HASHPRICE], "the subsidy of 144 blocks per PH/s of the network"
        if _unknown(network):
            usual = scale.usual(Quantity.HASHRATE, self.days)
            assert usual is not None
            expected = revenue / eh_s_to_ph_s(usual)
            bounds, compared = scale.USUAL, "miners' revenue per PH/s by the public figures of these years"
        for one in self._of(Quantity.HASHPRICE):
            values = in_every_unit(one, self.days, self.price)
            if one.column.said or np.isfinite(scale.median_ratio(values[one.column.unit.name], expected)):
                self.account.fault(scale.fault(one, values, expected, bounds, compared))
            else:
                self.account.fault(_unchecked(one))
        return self._quantity(Quantity.HASHPRICE)

    def _split(self, paid: _Paid, pace: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Subsidy and fees of every day, each from the other two of subsidy, fees and revenue where they tell it.

        pace : blocks found per block of the timetable; NaN where unknown. [ratio]
        """
        subsidy, revenue = paid.known_subsidy, paid.revenue
        fees = np.where(np.isfinite(paid.fees), paid.fees, revenue - subsidy)
        alone = np.isfinite(revenue) & ~np.isfinite(subsidy) & ~np.isfinite(fees)
        if alone.any():
            self.account.notes.append(
                f"subsidy: on {int(alone.sum())} days it is all of miners' revenue, fees not told apart"
            )
        subsidy = np.where(alone, revenue, subsidy)
        computed = ~np.isfinite(subsidy)
        if computed.any():
            known = "the blocks of the day" if np.isfinite(pace[computed]).any() else "144 blocks a day"
            self.account.notes.append(f"subsidy: on {int(computed.sum())} days that of the protocol for {known}")
        return np.where(computed, self.protocol * np.where(np.isfinite(pace), pace, 1.0), subsidy), fees

    def _tell_missing(self, network: FloatArray) -> None:
        files = ", ".join(dict.fromkeys(one.file for one in self.series))
        missing = {"hash rate (or difficulty)": network, "price": self.price}
        for name, values in missing.items():
            if _unknown(values):
                self.account.warnings.append(
                    Finding(
                        files,
                        problem=f"give no {name}, so that no hashprice is known",
                        expected=f"a file with the {name} beside it",
                        severity="warning",
                    )
                )


def _unchecked(one: Series) -> Finding:
    unit = one.column.unit
    names = ", ".join(UNITS[Quantity.HASHPRICE])
    return Finding(
        one.file,
        column=one.name,
        problem=f"is in a unit that nothing says or lets us check; {scale.first_and_last(one, unit)}",
        expected=f"its unit, one of {names}, or a file with hash rate or difficulty beside it",
        hint=f"{SAY} {one.file}={unit.name}",
    )


def _unknown(values: FloatArray) -> bool:
    return not bool(np.isfinite(values).any())
