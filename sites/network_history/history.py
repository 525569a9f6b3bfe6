"""The daily history of the network as one frame, and the two things read off it: hashprice, and calendar months."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from sites.findings import Finding
from sites.network import realised_hashprice_usd_per_ph_day

COLUMNS = ("price_usd", "network_eh_s", "difficulty", "subsidy_btc", "fees_btc")


@dataclass(frozen=True, eq=False)
class NetworkHistory:
    """What the files say, joined: one row for every UTC day from the first to the last known.

    frame : index "day" (midnight UTC, without a gap), float64 columns, NaN where unknown:
        price_usd : of one BTC. [USD]
        network_eh_s : hashrate of the network. [EH/s]
        difficulty : as a plain number. [-]
        subsidy_btc : all subsidies of the day; the protocol's where no file says them. [BTC]
        fees_btc : all transaction fees of the day. [BTC]
    notes : what was joined, filled, converted or left out, one sentence each.
    files : names of the files that were read.
    findings : warnings about what is missing, such as long gaps.
    """

    frame: pd.DataFrame
    notes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def has_fees(self) -> bool:
        """Whether fees are known on any day; where they are not, hashprice counts the subsidy alone."""
        return bool(self.frame["fees_btc"].notna().any())

    def revenue_btc(self) -> pd.Series:
        """Subsidies and fees by day; the subsidy alone on days without known fees. [BTC]"""
        revenue: pd.Series = self.frame["subsidy_btc"] + self.frame["fees_btc"].fillna(0.0)
        return revenue.rename("revenue_btc")

    def hashprice(self) -> pd.Series:
        """What one PH/s of the network earned by day; NaN where price or hashrate is unknown. [USD/(PH/s day)]"""
        hashprice: pd.Series = realised_hashprice_usd_per_ph_day(
            revenue_btc_per_day=self.revenue_btc(),
            btc_price_usd=self.frame["price_usd"],
            network_eh_s=self.frame["network_eh_s"],
        )
        return hashprice.rename("usd_per_ph_day")

    def monthly(self) -> pd.DataFrame:
        """The history by calendar month.

        Returns
        -------
        Index "month" (text YYYY-MM), columns:
            price_mean_usd, price_close_usd : mean of the days, and the last day's. [USD]
            network_eh_s, difficulty : mean of the days.
            subsidy_btc, fees_btc : sums of the days; NaN where no day is known. [BTC]
            usd_per_ph_day : mean of the days' hashprice, which is what a machine earns that runs all month.
            days : days whose hashprice is known.
            complete : whether these are all days of the calendar month.
        """
        frame = self.frame.assign(usd_per_ph_day=self.hashprice())
        groups = frame.groupby(frame.index.strftime("%Y-%m"))
        monthly = pd.DataFrame(
            {
                "price_mean_usd": groups["price_usd"].mean(),
                "price_close_usd": groups["price_usd"].last(),
                "network_eh_s": groups["network_eh_s"].mean(),
                "difficulty": groups["difficulty"].mean(),
                "subsidy_btc": groups["subsidy_btc"].sum(min_count=1),
                "fees_btc": groups["fees_btc"].sum(min_count=1),
                "usd_per_ph_day": groups["usd_per_ph_day"].mean(),
                "days": groups["usd_per_ph_day"].count(),
            }
        )
        monthly.index.name = "month"
        in_month = pd.PeriodIndex(monthly.index, freq="M").days_in_month
        monthly["complete"] = monthly["days"].to_numpy() == in_month
        return monthly
