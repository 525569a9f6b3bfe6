"""The record of a hashprice model, ``market`` of the settings, and how it is written in one cell.

In YAML and Python it is a mapping; in a cell of a sheet, fields separated by ``;`` and, in a list of months,
points (and files of a history) separated by ``,``:
``model=fundamental; btc_price_usd_by_month=2027-01:95000,2028-01:120000; network_eh_s=950; fee_share=0.01``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from sites.quantities import (
    RECORD_CONFIG,
    FileNames,
    Flag,
    Kind,
    Month,
    Name,
    unit_of,
)

MarketModel = Literal["curve", "fundamental", "stochastic"]
CURVE: MarketModel = "curve"
Growth = Annotated[float, Kind.NUMBER, Field(gt=-1, le=5, json_schema_extra=unit_of("fraction per year"))]
BtcPrice = Annotated[float, Kind.NUMBER, Field(gt=0, le=1e9, json_schema_extra=unit_of("USD"))]
NetworkExahash = Annotated[float, Kind.NUMBER, Field(gt=0, le=1e5, json_schema_extra=unit_of("EH/s"))]
FeeShare = Annotated[float, Kind.NUMBER, Field(ge=0, le=0.95, json_schema_extra=unit_of("fraction"))]
Difficulty = Annotated[float, Kind.NUMBER, Field(gt=0, le=1e20, json_schema_extra=unit_of("difficulty"))]
BlockHeight = Annotated[int, Kind.WHOLE, Field(ge=0, le=6_000_000, json_schema_extra=unit_of("blocks"))]
HistoryYear = Annotated[int, Kind.WHOLE, Field(ge=2009, le=2200, json_schema_extra=unit_of("calendar years"))]
YearlyVolatility = Annotated[float, Kind.NUMBER, Field(ge=0, le=5, json_schema_extra=unit_of("fraction per year"))]
YearlySpeed = Annotated[float, Kind.NUMBER, Field(gt=0, le=100, json_schema_extra=unit_of("1/year"))]
Correlation = Annotated[float, Kind.NUMBER, Field(ge=-1, le=1, json_schema_extra=unit_of("ratio"))]


class MarketPoint(BaseModel):
    """What a path is in a month."""

    model_config = RECORD_CONFIG

    month: Month = Field(description="Month in whose middle the path has this value.")
    value: Annotated[float, Kind.NUMBER, Field(ge=0, le=1e9)] = Field(
        description="USD for a price, EH/s for a hashrate, a fraction of the reward for fees."
    )


class Market(BaseModel):
    """Where the hashprice of months that the table hashprice does not give comes from."""

    model_config = RECORD_CONFIG

    model: MarketModel = Field(
        default=CURVE,
        description="curve: the table alone; fundamental: of price, hashrate and fees; stochastic: mean of many paths.",
    )
    btc_price_usd: BtcPrice | None = Field(
        default=None, description="Price of one BTC when the plan starts; stochastic: the history's last when absent."
    )
    btc_growth: Growth = Field(default=0.0, description="fundamental: yearly growth of that price, compounded by day.")
    btc_price_usd_by_month: tuple[MarketPoint, ...] = Field(
        default=(), strict=False, description="fundamental: the price by month, in place of level and growth."
    )
    network_eh_s: NetworkExahash | None = Field(
        default=None, description="Network hashrate when the plan starts; stochastic: the history's last when absent."
    )
    network_growth: Growth = Field(default=0.0, description="fundamental: yearly growth of that hashrate.")
    network_eh_s_by_month: tuple[MarketPoint, ...] = Field(
        default=(), strict=False, description="fundamental: the hashrate by month, in place of level and growth."
    )
    fee_share: FeeShare | None = Field(
        default=None, description="Transaction fees per total reward; stochastic: the history's when absent."
    )
    fee_share_by_month: tuple[MarketPoint, ...] = Field(
        default=(), strict=False, description="fundamental: that share by month, in place of one number."
    )
    difficulty: Difficulty | None = Field(
        default=None, description="In force when the plan starts; in balance with the hashrate when absent."
    )
    block_height: BlockHeight | None = Field(
        default=None, description="Of the chain when the plan starts; at 144 blocks a day when absent."
    )
    history: FileNames = Field(
        default=(),
        min_length=0,
        description="stochastic: files of the network's daily history, in the portfolio's folder.",
    )
    history_as: Annotated[tuple[Name, ...], Kind.NAMES, Field(strict=False)] = Field(
        default=(), description="stochastic: FILE=hash-rate or FILE=TH/s for files that do not say what they hold."
    )
    first_year: HistoryYear | None = Field(default=None, description="stochastic: first year to calibrate on.")
    last_year: HistoryYear | None = Field(default=None, description="stochastic: last year to calibrate on.")
    btc_drift: Growth | None = Field(
        default=None, description="stochastic: yearly drift of the price's logarithm; as calibrated when absent."
    )
    hashrate_response: Flag = Field(
        default=True, description="stochastic: whether miners below break-even switch off, and come back."
    )
    power_volatility: YearlyVolatility = Field(
        default=0.0, description="stochastic: volatility of the factor of all power prices; 0 keeps it at 1."
    )
    power_mean_reversion: YearlySpeed | None = Field(
        default=None, description="stochastic: how fast that factor comes back to 1; needed with a volatility."
    )
    power_correlation: Correlation = Field(
        default=0.0, description="stochastic: correlation of that factor's shocks with those of the BTC price."
    )


class MarketTextError(ValueError):
    """A cell does not spell a market; says why."""


def market_cells(text: str) -> dict[str, object]:
    """The fields in one cell, as texts; ``model=fundamental; btc_price_usd=95000`` gives two.

    Raises
    ------
    MarketTextError : a part is no ``field=value``, or a field stands there twice.
    """
    cells: dict[str, object] = {}
    for part in text.split(";"):
        if not part.strip():
            continue
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not name:
            raise MarketTextError(f"'{part.strip()}' is no field=value; write model=fundamental; btc_price_usd=95000")
        if name in cells:
            raise MarketTextError(f"{name} stands there twice")
        cells[name] = [file.strip() for file in value.split(",")] if name in ("history", "history_as") else value
    return cells


def market_points(text: str) -> list[dict[str, object]]:
    """Points of a path in one cell: ``2027-01:95000, 2028-01:120000``.

    Raises
    ------
    MarketTextError : a part is no ``month:value``.
    """
    points: list[dict[str, object]] = []
    for part in text.split(","):
        month, colon, value = (piece.strip() for piece in part.partition(":"))
        if not colon:
            raise MarketTextError("write months and values like 2027-01:95000, 2028-01:120000")
        points.append({"month": month, "value": value})
    return points


def named_model(cell: object) -> str:
    """The model that a cell of the settings names, readable or not; ``curve`` where it names none."""
    if isinstance(cell, str):
        try:
            cell = market_cells(cell)
        except MarketTextError:
            return CURVE
    if isinstance(cell, Market):
        return cell.model
    return str(cell.get("model") or CURVE).strip() if isinstance(cell, Mapping) else CURVE
