"""The records of capital: machines bought and sold, sites and halls that grow, and the cash that pays for it.

Months of a window are those in which an order is placed, a loan drawn or shares are sold.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sites.quantities import (
    AnnualRate,
    Fraction,
    Identifier,
    Kind,
    LeadMonths,
    Megawatts,
    Month,
    Name,
    TailShare,
    TermMonths,
    Usd,
    UsdPerMonth,
    UsdPerMw,
    unit_of,
)
from sites.records import HallCooling, Record

UsdPerTh = Annotated[float, Kind.NUMBER, Field(ge=0, le=10_000, json_schema_extra=unit_of("USD/(TH/s)"))]
MonthlyDecline = Annotated[float, Kind.NUMBER, Field(ge=0, le=0.5, json_schema_extra=unit_of("fraction per month"))]
Coverage = Annotated[float, Kind.NUMBER, Field(ge=0, le=20, json_schema_extra=unit_of("ratio"))]
Leverage = Annotated[float, Kind.NUMBER, Field(ge=0, le=100, json_schema_extra=unit_of("ratio"))]
Bitcoin = Annotated[float, Kind.NUMBER, Field(ge=0, le=2_000_000, json_schema_extra=unit_of("BTC"))]
UsdPerBtc = Annotated[float, Kind.NUMBER, Field(ge=0, le=1e9, json_schema_extra=unit_of("USD/BTC"))]
DepreciationClass = Literal["macrs_5", "macrs_7", "macrs_15", "macrs_39", "straight_line"]


class RigOffer(Record):
    """Machines that can be bought. They come to the portfolio's stock, from which fleets of their type are filled."""

    id: Identifier = Field(description="Name of the offer.")
    rig: Identifier = Field(description="Id of the machine type, of the portfolio or of the catalogue.")
    usd_per_th: UsdPerTh = Field(description="Price per TH/s of the nameplate, paid when ordered.")
    monthly_decline: MonthlyDecline = Field(default=0.0, description="Fall of that price in every month of the plan.")
    lead_months: LeadMonths = Field(default=0, description="Months from the order until the machines are in stock.")
    max_mw: Megawatts = Field(description="Most MW at the meter bought in all.")
    max_mw_per_month: Megawatts | None = Field(default=None, description="Most MW ordered in a month; any when absent.")
    first_order: Month | None = Field(default=None, description="First month of an order; the plan's when absent.")
    last_order: Month | None = Field(default=None, description="Last month of an order; the plan's when absent.")


class RigStock(Record):
    """A machine type that is handled: what it costs to install, take out and move, and what it sells for."""

    rig: Identifier = Field(description="Id of the machine type, of the portfolio or of the catalogue.")
    mw: Megawatts = Field(default=0.0, description="MW at the meter in stock, in no fleet, when the plan starts.")
    install_usd_per_mw: UsdPerMw = Field(default=0.0, description="Cost of putting machines into a fleet.")
    uninstall_usd_per_mw: UsdPerMw = Field(default=0.0, description="Cost of taking machines out of a fleet.")
    move_months: LeadMonths = Field(default=0, description="Months off between one fleet and the stock.")
    sell_usd_per_th: UsdPerTh = Field(default=0.0, description="Sale price per TH/s when the plan starts.")
    sell_decline: MonthlyDecline = Field(default=0.0, description="Fall of the sale price in every month.")
    max_sell_mw_per_month: Megawatts | None = Field(default=None, description="Most MW sold in a month.")
    residual_usd_per_th: UsdPerTh = Field(
        default=0.0, description="Value per TH/s of what is owned when the plan ends."
    )
    life_months: TermMonths = Field(default=36, description="Months over which the books depreciate a purchase.")


class HallBuild(Record):
    """Mining halls that can be built at a site, beside those that it has."""

    id: Identifier = Field(description="Name of the halls.")
    site: Identifier = Field(description="Id of the site.")
    cooling: HallCooling = Field(default="any", description="Which machines may stand in them.")
    usd_per_mw: UsdPerMw = Field(description="Cost, spread evenly from the order until they are ready.")
    lead_months: LeadMonths = Field(default=0, description="Months from the order until they are ready.")
    max_mw: Megawatts = Field(description="Most MW built in all.")
    first_order: Month | None = Field(default=None, description="First month of an order; the plan's when absent.")
    last_order: Month | None = Field(default=None, description="Last month of an order; the plan's when absent.")
    residual_share: Fraction = Field(default=0.0, description="Share of the cost counted as value when the plan ends.")
    life_months: TermMonths = Field(default=120, description="Months over which the books depreciate them.")


class Expansion(Record):
    """More capacity of a site's grid connection. With a fixed cost or a least size it is ordered once or never."""

    id: Identifier = Field(description="Name of the expansion.")
    site: Identifier = Field(description="Id of the site.")
    usd_per_mw: UsdPerMw = Field(description="Cost, spread evenly from the order until the MW are ready.")
    lead_months: LeadMonths = Field(default=0, description="Months from the order until the MW are ready.")
    min_mw: Megawatts = Field(default=0.0, description="Least MW, if it is ordered at all.")
    max_mw: Megawatts = Field(description="Most MW added in all.")
    first_order: Month | None = Field(default=None, description="First month of an order; the plan's when absent.")
    last_order: Month | None = Field(default=None, description="Last month of an order; the plan's when absent.")
    land_usd: Usd = Field(default=0.0, description="Price of the land, paid when ordered whatever the size.")
    substation_usd: Usd = Field(default=0.0, description="Price of the substation, paid when ordered, any size.")
    deposit_usd_per_mw: UsdPerMw = Field(default=0.0, description="Interconnection security, paid when ordered.")
    deposit_refund: Fraction = Field(default=1.0, description="Share of the security returned when the MW are ready.")
    residual_share: Fraction = Field(
        default=0.0, description="Share of all its cost but the security that counts as value when the plan ends."
    )
    life_months: TermMonths = Field(default=240, description="Months over which the books depreciate it; not the land.")


class Loan(Record):
    """Debt that can be drawn, at one rate. Each draw is repaid on a schedule of its own."""

    id: Identifier = Field(description="Name of the loan.")
    limit_usd: Usd = Field(description="Most drawn in all.")
    rate: AnnualRate = Field(description="Effective annual rate; a month costs (1 + rate) ** (1 / 12) - 1.")
    fee: Fraction = Field(default=0.0, description="Share of every draw, paid when drawn.")
    first_draw: Month | None = Field(default=None, description="First month of a draw; the plan's when absent.")
    last_draw: Month | None = Field(default=None, description="Last month of a draw; the plan's when absent.")
    grace_months: LeadMonths = Field(default=0, description="Months after a draw in which interest alone is paid.")
    tenor_months: TermMonths = Field(description="Months of repayment that follow the grace months.")
    repayment: Literal["level", "annuity", "bullet"] = Field(
        default="level", description="level principal, level payment, or all principal in the last month."
    )
    opening_usd: Usd = Field(
        default=0.0, description="Debt when the plan starts, repaid as if drawn the month before and out of grace."
    )
    contract: Name = Field(
        default="", description="Id of the contract whose building it finances; any purpose when absent."
    )
    capex_share: Fraction | None = Field(
        default=None, description="Most drawn by any month, per capex of its contract spent by then."
    )
    min_dscr: Coverage | None = Field(
        default=None, description="Least net rent of its contract per debt service, once its draws are out of grace."
    )


class Equity(Record):
    """Shares that can be sold. What comes in belongs to the new holders; the cost of it is borne by the old ones."""

    id: Identifier = Field(description="Name of the issue.")
    limit_usd: Usd = Field(description="Most raised in all.")
    cost: Fraction = Field(description="Fees, discount and dilution of the old holders, per dollar raised.")
    first_month: Month | None = Field(default=None, description="First month of a sale; the plan's when absent.")
    last_month: Month | None = Field(default=None, description="Last month of a sale; the plan's when absent.")


class Treasury(Record):
    """Bitcoin held when the plan starts, and how it may be sold. Coin mined later is sold in its month."""

    opening_btc: Bitcoin = Field(description="Coin held when the plan starts.")
    btc_price_usd: UsdPerBtc | None = Field(
        default=None, description="Price of one BTC when the plan starts; that of the settings' market when absent."
    )
    btc_growth: Annotated[float, Kind.NUMBER, Field(gt=-1, le=5, json_schema_extra=unit_of("fraction per year"))] = (
        Field(default=0.0, description="Yearly growth of that price.")
    )
    policy: Literal["free", "fixed_share"] = Field(
        default="free", description="free: sold when it is worth most; fixed_share: a share of it every month."
    )
    sale_share: Fraction = Field(default=0.0, description="fixed_share: share of the coin held sold in every month.")
    max_sale_btc: Bitcoin | None = Field(default=None, description="Most coin sold in a month.")
    cost_basis_usd: UsdPerBtc = Field(
        default=0.0, description="What one BTC was bought for; the rest of a sale is gain."
    )


class Tax(Record):
    """Tax on the income of calendar years, after tax depreciation and losses carried forward."""

    rate: Fraction = Field(description="Share of the taxable income.")
    loss_limit: Fraction = Field(default=0.8, description="Most of a year's income that earlier losses may offset.")
    opening_losses_usd: Usd = Field(default=0.0, description="Losses carried forward when the plan starts.")
    bonus_share: Fraction = Field(default=0.0, description="Share of a cost written off in its first year.")
    rigs: DepreciationClass = Field(default="macrs_5", description="Class of machines bought.")
    compute: DepreciationClass = Field(default="macrs_5", description="Class of the servers of AI offers.")
    ai_capex: DepreciationClass = Field(default="macrs_15", description="Class of the building of AI offers.")
    halls: DepreciationClass = Field(default="macrs_15", description="Class of mining halls built.")
    expansions: DepreciationClass = Field(default="macrs_15", description="Class of expansions; land is none.")
    straight_line_months: TermMonths = Field(default=120, description="Life of what is depreciated straight-line.")
    opening_book_usd: Usd = Field(default=0.0, description="Cost not yet depreciated when the plan starts.")
    opening_life_months: TermMonths = Field(default=36, description="Months over which that is still depreciated.")


class Liquidity(Record):
    """The cash account: what is there, what must stay there, and what the lenders ask of the whole company."""

    opening_cash_usd: Annotated[float, Kind.NUMBER, Field(ge=-1e11, le=1e11, json_schema_extra=unit_of("USD"))] = Field(
        description="Cash when the plan starts."
    )
    min_cash_usd: Usd = Field(default=0.0, description="Least cash at the end of every month.")
    overhead_usd_per_month: UsdPerMonth = Field(default=0.0, description="Cost of the company whatever it does.")
    overhead_escalation: AnnualRate = Field(default=0.0, description="Rise of the overhead after every 12 months.")
    scope: Literal["base", "all", "all_but_worst"] = Field(
        default="base", description="Where min_cash_usd holds: on the mean, in every scenario, or in all but the worst."
    )
    worst_share: TailShare = Field(default=0.05, description="all_but_worst: probability of the scenarios left out.")
    max_debt_to_income: Leverage | None = Field(
        default=None, description="Most debt less cash per yearly net rent under contract."
    )
    min_dscr: Coverage | None = Field(
        default=None, description="Least operating cash flow per debt service, month by month."
    )
    covenants_from: Month | None = Field(
        default=None, description="First month in which these two are tested; the plan's when absent."
    )
