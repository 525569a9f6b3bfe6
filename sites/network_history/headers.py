"""What the columns of a history file mean, told by their names: which format it is, which unit each column has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sites.network_history.quantities import HASHRATE_UNITS, UNITS, Column, Quantity

OWN = "network history of this program"
REPORT_LIBRARY = "daily network metrics"
COIN_METRICS = "Coin Metrics"
INVESTING = "Investing.com prices"
EXPLORER = "explorer series"
BARE = "days and values without a name"

DAY_NAMES = ("day", "date", "time", "timestamp", "t", "x", "datetime", "datetime (utc)")
BARE_VALUES = frozenset({"y", "v", "value"})


def _column(quantity: Quantity, unit: str, *, said: bool = False) -> Column:
    return Column(quantity, UNITS[quantity][unit], said)


_OWN_NAMES: Mapping[str, Column] = {
    "price_usd": _column(Quantity.PRICE, "USD", said=True),
    "network_eh_s": _column(Quantity.HASHRATE, "EH/s", said=True),
    "difficulty": _column(Quantity.DIFFICULTY, "1", said=True),
    "subsidy_btc": _column(Quantity.SUBSIDY, "BTC", said=True),
    "fees_btc": _column(Quantity.FEES, "BTC", said=True),
}
# Coin Metrics writes capitals inside names; its hash rate is in TH/s, "Ntv" is BTC. Of the two ways to say one thing
# the first found is taken.
_COIN_METRICS_NAMES: Mapping[str, Column] = {
    "PriceUSD": _column(Quantity.PRICE, "USD"),
    "ReferenceRateUSD": _column(Quantity.PRICE, "USD"),
    "HashRate": _column(Quantity.HASHRATE, "TH/s"),
    "DiffMean": _column(Quantity.DIFFICULTY, "1"),
    "DiffLast": _column(Quantity.DIFFICULTY, "1"),
    "IssTotNtv": _column(Quantity.SUBSIDY, "BTC"),
    "IssTotUSD": _column(Quantity.SUBSIDY, "USD"),
    "FeeTotNtv": _column(Quantity.FEES, "BTC"),
    "FeeTotUSD": _column(Quantity.FEES, "USD"),
    "RevNtv": _column(Quantity.REVENUE, "BTC"),
    "RevUSD": _column(Quantity.REVENUE, "USD"),
}
# Names of explorers' series and of files made from them, folded: letters and digits in lower case with one "-" between
# words. Blockchain.com gives hash rate in TH/s and miners' revenue in USD, fees in BTC unless the name says USD;
# mempool.space and Glassnode give H/s. A hashprice without a unit is in satoshi per PH/s and day, as the public long
# files are, and is refused where that cannot be checked. A name whose unit nobody can know (None) needs to be told it.
_EXPLORER_NAMES: Mapping[str, tuple[Quantity, str | None]] = {
    "btc-price": (Quantity.PRICE, "USD"),
    "bitcoin-price": (Quantity.PRICE, "USD"),
    "market-price": (Quantity.PRICE, "USD"),
    "price": (Quantity.PRICE, "USD"),
    "price-usd-close": (Quantity.PRICE, "USD"),
    "close": (Quantity.PRICE, "USD"),
    "hash-rate": (Quantity.HASHRATE, "TH/s"),
    "hash-rate-mean": (Quantity.HASHRATE, "H/s"),
    "avghashrate": (Quantity.HASHRATE, "H/s"),
    "hashrate": (Quantity.HASHRATE, None),
    "network": (Quantity.HASHRATE, None),
    "network-hashrate": (Quantity.HASHRATE, None),
    "network-hash-rate": (Quantity.HASHRATE, None),
    "difficulty": (Quantity.DIFFICULTY, "1"),
    "network-difficulty": (Quantity.DIFFICULTY, "1"),
    "difficulty-latest": (Quantity.DIFFICULTY, "1"),
    "subsidy": (Quantity.SUBSIDY, "BTC"),
    "fees": (Quantity.FEES, "BTC"),
    "total-fees": (Quantity.FEES, "BTC"),
    "transaction-fees": (Quantity.FEES, "BTC"),
    "total-transaction-fees": (Quantity.FEES, "BTC"),
    "miner-revenue": (Quantity.REVENUE, "USD"),
    "miners-revenue": (Quantity.REVENUE, "USD"),
    "hashprice": (Quantity.HASHPRICE, "sat/PH/day"),
    "hash-price": (Quantity.HASHPRICE, "sat/PH/day"),
}
_HASHRATE_SUFFIX = re.compile(r"(?P<name>.*?)-(?P<unit>[kmgtpez]?h)-?s$")
_MONEY_SUFFIX = re.compile(r"(?P<name>.*)-(?P<unit>btc|usd)$")
_HASHPRICE_SUFFIX = re.compile(r"(?P<name>.*?)-(?P<money>sats?|btc|usd)-(per-)?(?P<rate>[tpe]h)(-s)?-(per-)?day$")
_HASHRATES_BY_LETTERS = {name[:-2].casefold(): name for name in HASHRATE_UNITS}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a header means.

    format : as messages call it. day : position of the column of days. asset : that of the coins' names, if any.
    columns : meaning by position. unsaid : positions whose unit neither the file nor its format tells.
    bare : position of the values of which the file does not say what they are, if it is such a file.
    """

    format: str
    day: int
    columns: Mapping[int, Column]
    unsaid: frozenset[int] = frozenset()
    asset: int | None = None
    bare: int | None = None


def meaning_of(header: tuple[str, ...]) -> Meaning | None:
    """What the columns of this header mean; None when it is of no known kind."""
    folded = [name.casefold() for name in header]
    day = next((folded.index(name) for name in DAY_NAMES if name in folded), None)
    if day is None:
        return None
    if folded[day] == "day" and any(name in _OWN_NAMES for name in header):
        return Meaning(OWN, day, _each_once({at: _OWN_NAMES[name] for at, name in _known(header, _OWN_NAMES)}))
    vendor = {at: _COIN_METRICS_NAMES[name] for at, name in _known(header, _COIN_METRICS_NAMES)}
    if vendor:
        asset = folded.index("asset") if "asset" in folded else None
        return Meaning(COIN_METRICS, day, _each_once(vendor), asset=asset)
    read = {at: found for at, name in enumerate(header) if at != day and (found := _explorer_column(name))}
    if not read:
        others = [at for at in range(len(header)) if at != day]
        bare = len(others) == 1 and folded[others[0]] in BARE_VALUES
        return Meaning(BARE, day, {}, bare=others[0]) if bare else None
    columns = _each_once({at: column for at, (column, _) in read.items()})
    unsaid = frozenset(at for at in columns if not read[at][1])
    return Meaning(_explorer_format(folded), day, columns, unsaid)


def _explorer_format(folded: list[str]) -> str:
    if "price" in folded and "vol." in folded:
        return INVESTING
    return REPORT_LIBRARY if "btc price" in folded and len(folded) > 2 else EXPLORER


def _known(header: tuple[str, ...], names: Mapping[str, Column]) -> list[tuple[int, str]]:
    return sorted(
        ((at, name) for at, name in enumerate(header) if name in names), key=lambda pair: list(names).index(pair[1])
    )


def _each_once(columns: Mapping[int, Column]) -> dict[int, Column]:
    """The columns without a second one of the same quantity, the first kept."""
    kept: dict[int, Column] = {}
    for at, column in columns.items():
        if column.quantity not in [other.quantity for other in kept.values()]:
            kept[at] = column
    return kept


def _explorer_column(name: str) -> tuple[Column, bool] | None:
    """What a series of this name is, and whether its unit is known; None when the name says nothing."""
    words = "-".join(re.findall(r"[a-z0-9]+", name.casefold()))
    if name in HASHRATE_UNITS:
        return None
    if found := _EXPLORER_NAMES.get(words):
        quantity, unit = found
        return _column(quantity, unit or next(iter(UNITS[quantity]))), unit is not None
    for pattern in (_HASHPRICE_SUFFIX, _HASHRATE_SUFFIX, _MONEY_SUFFIX):
        if (match := pattern.fullmatch(words)) and (found := _EXPLORER_NAMES.get(match["name"])):
            unit = _suffix_unit(match)
            if unit in UNITS[found[0]]:
                return _column(found[0], unit, said=True), True
    return None


def _suffix_unit(match: re.Match[str]) -> str:
    parts = match.groupdict()
    if "rate" in parts:
        money = "sat" if parts["money"].startswith("sat") else parts["money"].upper()
        return f"{money}/{parts['rate'].upper()}/day"
    if parts["unit"] in ("btc", "usd"):
        return parts["unit"].upper()
    return _HASHRATES_BY_LETTERS[parts["unit"]]
