"""The records of a portfolio: one frozen type per table, one field per column, with unit, range and meaning.

An attribute has the name of its column; only ``from`` of the capacity steps, a word of the language, is
``from_month``. Defaults are those of the tables: an absent column means the default written here.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from sites.market_record import Market
from sites.months import month_number
from sites.quantities import (
    RECORD_CONFIG,
    AnnualRate,
    AnnualShare,
    CalendarMonths,
    ChargedHours,
    CostPerMwh,
    DearestHours,
    ExahashPerSecond,
    Factor,
    FileNames,
    Flag,
    Fraction,
    GapHours,
    HorizonMonths,
    Identifier,
    Identifiers,
    KgPerMwh,
    LeadMonths,
    Megawatts,
    Month,
    Name,
    PathCount,
    PriceFactor,
    PriceOrSeries,
    RatioFromOne,
    Seed,
    TailShare,
    TerahashPerSecond,
    TermMonths,
    Text,
    Usd,
    UsdPerKwMonth,
    UsdPerMonth,
    UsdPerMw,
    UsdPerMwh,
    UsdPerMwMonth,
    UsdPerPhDay,
    Watts,
)

BASE_SCENARIO = "base"
Cooling = Literal["air", "hydro", "immersion"]
HallCooling = Literal["any", "air", "hydro", "immersion"]


class Record(BaseModel):
    """What every record has: it cannot be changed, knows no other columns, and may say where it comes from."""

    model_config = RECORD_CONFIG

    source: Text = Field(default="", description="Where the record's figures come from.")
    as_of: Text = Field(default="", description="The date of which the record's figures are.")
    note: Text = Field(default="", description="Free remark; printed in the register of assumptions.")


class Settings(Record):
    """The plan's horizon, its discount rates and what holds for the whole portfolio."""

    name: Name = Field(min_length=1, description="Name of the portfolio.")
    start: Month = Field(description="First month of the horizon.")
    months: HorizonMonths = Field(description="Length of the horizon.")
    discount_rate: AnnualRate = Field(description="Annual rate for every cash flow that is not an AI offer's.")
    ai_discount_rate: AnnualRate | None = Field(
        default=None, description="Annual rate for the cash flows of AI offers; as discount_rate when absent."
    )
    pool_fee: Fraction = Field(default=0.0, description="Share of the mining revenue that the pool keeps.")
    contract_tail: Fraction = Field(
        default=0.0, description="Share of the contracted cash flows beyond the horizon that is counted."
    )
    market: Market | None = Field(
        default=None, description="Model of the hashprice, in months that the table hashprice does not give."
    )

    @property
    def ai_rate(self) -> float:
        """Annual discount rate of AI cash flows, whether given or taken over from ``discount_rate``."""
        return self.discount_rate if self.ai_discount_rate is None else self.ai_discount_rate


class Site(Record):
    """A place with a grid connection, whose megawatts are split between mining and AI hosting."""

    id: Identifier = Field(description="Name by which other tables mean this site.")
    capacity_mw: Megawatts = Field(description="Power at the utility meter that the site may draw.")
    ai_max_mw: Megawatts | None = Field(
        default=None, description="Most gross MW that AI may occupy; the capacity when absent."
    )
    mining_ready_mw: Megawatts | None = Field(
        default=None, description="MW of halls that rigs can stand in; the capacity when absent."
    )
    power: PriceOrSeries = Field(description="Id of an hourly price series, or one flat price.")
    adder_usd_per_mwh: UsdPerMwh = Field(default=0.0, description="Added to every hour's price; does not escalate.")
    escalation: AnnualRate = Field(default=0.0, description="Yearly rise of the power price, from the first year on.")
    fixed_cost_usd_per_month: UsdPerMonth = Field(default=0.0, description="Cost of the site whatever runs there.")
    curtailable_min_share: Fraction = Field(
        default=0.0, lt=1, description="Least share of the energised load that must be mining, which can be shed."
    )
    region: Name = Field(default="", description="Region whose share of AI may be limited.")
    kg_co2_per_mwh: KgPerMwh = Field(default=0.0, description="Carbon intensity of the power.")
    cooling: HallCooling = Field(default="any", description="Which machines may stand in the site's mining halls.")
    closure_cost_usd: Usd | None = Field(
        default=None, description="Cost of closing the site for good, after which it costs nothing; never when absent."
    )
    first_closure: Month | None = Field(
        default=None, description="First month in which it may be closed; the plan's when absent."
    )

    @property
    def ai_limit_mw(self) -> float:
        """Most gross MW of AI: ``ai_max_mw``, or the site's (first) capacity. [MW at the meter]"""
        return self.capacity_mw if self.ai_max_mw is None else self.ai_max_mw

    @property
    def mining_halls_mw(self) -> float:
        """MW of mining halls: ``mining_ready_mw``, or the site's (first) capacity. [MW at the meter]"""
        return self.capacity_mw if self.mining_ready_mw is None else self.mining_ready_mw


class CapacityStep(Record):
    """A new capacity of a site, from a month on until the next step."""

    site: Identifier = Field(description="Id of the site.")
    from_month: Month = Field(alias="from", description="First month with the new capacity.")
    capacity_mw: Megawatts = Field(description="The site's capacity from that month on.")


class Rig(Record):
    """A mining machine type."""

    id: Identifier = Field(description="Name of the machine; one of the catalogue's is replaced by the portfolio's.")
    th_s: TerahashPerSecond = Field(description="Hashrate of one machine.")
    watts: Watts = Field(description="Power of one machine at the wall.")
    cooling: Cooling = Field(default="air", description="How the machine is cooled.")
    overhead: float = Field(
        default=1.0,
        ge=1,
        le=3,
        description="Power at the meter per power at the wall: cooling, fans, losses.",
        json_schema_extra={"unit": "ratio"},
    )

    @property
    def j_per_th(self) -> float:
        """Efficiency at the wall. [J/TH]"""
        return self.watts / self.th_s

    @property
    def ph_s_per_mw(self) -> float:
        """Hashrate of one MW at the meter, overhead included. [PH/s per MW]"""
        return 1000.0 / (self.j_per_th * self.overhead)


class RigMode(Record):
    """Another way of running a machine type, beside the one of its nameplate: eco, normal, turbo."""

    rig: Identifier = Field(description="Id of the machine type, of the portfolio or of the catalogue.")
    mode: Name = Field(min_length=1, description="Name of the mode.")
    th_s: TerahashPerSecond = Field(description="Hashrate of one machine in this mode.")
    watts: Watts = Field(description="Power of one machine at the wall in this mode.")


class Fleet(Record):
    """Machines of one type at one site."""

    id: Identifier = Field(description="Name of the fleet.")
    site: Identifier = Field(description="Id of the site where it stands.")
    rig: Identifier = Field(description="Id of its machine type, of the portfolio or of the catalogue.")
    mw: Megawatts = Field(description="Installed power at the meter, overhead included, in the most powerful mode.")
    uptime: Fraction = Field(default=1.0, description="Share of a running hour in which the machines really run.")
    variable_opex_usd_per_mwh: CostPerMwh = Field(default=0.0, description="Cost of running beside the power.")
    fixed_opex_usd_per_mw_month: UsdPerMwMonth = Field(default=0.0, description="Cost of being ready for a month.")
    retire: Month | None = Field(default=None, description="First month without the fleet; never when absent.")
    max_mw: Megawatts | None = Field(
        default=None, description="Most MW that may stand there once machines are bought or moved; mw when absent."
    )

    @property
    def room_mw(self) -> float:
        """Most MW that may ever stand in the fleet: ``max_mw``, or what stands there. [MW at the meter]"""
        return self.mw if self.max_mw is None else self.max_mw


class Hashprice(Record):
    """What one PH/s earns in a day of a month."""

    month: Month = Field(description="The month; its value holds until the next month given.")
    usd_per_ph_day: UsdPerPhDay = Field(description="Expected revenue of one PH/s in a day.")
    scenario: Name = Field(default=BASE_SCENARIO, min_length=1, description="Name of the price path.")


class PowerSeries(Record):
    """Hourly power prices of one or more whole calendar years, in files of the portfolio's folder."""

    id: Identifier = Field(description="Name by which a site's power means this series.")
    file: FileNames = Field(description="Files of hourly prices, in our own form or as a market publishes them.")
    timezone: Name = Field(default="", description="Time zone of the stamps where the file does not say it.")
    location: Name = Field(default="", description="Which location, where a file holds several.")
    market: Literal["", "dam", "rtm"] = Field(
        default="", description="Day ahead or real time, where a file holds both."
    )
    time: Name = Field(default="", description="Name of the time column of a file of no known format.")
    price: Name = Field(default="", description="Name of the price column of a file of no known format.")
    stamp: Literal["", "begin", "end"] = Field(
        default="", description="Whether times mark the beginning or the end of an interval, where the file cannot say."
    )
    fx: Name = Field(
        default="", description="USD per unit of the file's currency: one number, or a file of monthly rates."
    )
    max_gap_hours: GapHours = Field(default=3, description="Longest run of missing hours that is interpolated.")


class ForcedStart(Record):
    """A decision that is forced upon every plan: the size of one start of an offer."""

    contract: Identifier = Field(description="Id of the offer.")
    site: Identifier = Field(description="Id of the site.")
    month: Month = Field(description="First month of rent.")
    mw: Megawatts = Field(description="Critical MW that begin then; 0 forbids the start.")


class PowerContract(Record):
    """A block, a charge or a programme of a site's power; which columns it needs depends on its kind."""

    site: Identifier = Field(description="Id of the site.")
    kind: Literal["block", "demand_charge", "coincident_peak", "curtailment", "demand_response"] = Field(
        description="What the contract is."
    )
    mw: Megawatts | None = Field(default=None, description="block: power bought in every hour.")
    price_usd_per_mwh: UsdPerMwh | None = Field(default=None, description="block: fixed price of that power.")
    resale: Literal["spot", "none"] = Field(
        default="spot", description="block: whether what the load leaves over is sold at spot or lost."
    )
    resale_fee_usd_per_mwh: CostPerMwh = Field(default=0.0, description="block: deducted from spot when selling.")
    usd_per_kw_month: UsdPerKwMonth | None = Field(
        default=None, description="demand_charge, coincident_peak: charge per kW of load in a month."
    )
    usd_per_mw_month: UsdPerMwMonth | None = Field(
        default=None, description="demand_response: pay of one enrolled MW in a month."
    )
    max_mw: Megawatts | None = Field(
        default=None, description="demand_response: most MW enrolled at the site; any number when absent."
    )
    hours: ChargedHours | None = Field(
        default=None, description="coincident_peak: how many of a month's highest-priced hours are charged."
    )
    hours_per_month: DearestHours | None = Field(
        default=None,
        description="curtailment, demand_response: how many of a month's highest-priced hours mining is off.",
    )
    months: CalendarMonths = Field(default=(), description="Calendar months that count; all twelve when absent.")
    backup_usd_per_mwh: CostPerMwh = Field(
        default=0.0, description="curtailment: cost of carrying AI load on backup, on top of its power."
    )
    from_month: Month | None = Field(
        default=None, alias="from", description="First month in force; as long as the plan goes when absent."
    )
    to_month: Month | None = Field(
        default=None, alias="to", description="Last month in force; as long as the plan goes when absent."
    )
    ratchet_share: Fraction = Field(
        default=0.0, description="demand_charge: share of an earlier month's peak that is billed at least."
    )
    ratchet_months: LeadMonths = Field(
        default=0, description="demand_charge: how many months back the ratchet looks for the highest peak."
    )

    def in_force(self, month: int) -> bool:
        """Whether the contract counts in a month, as numbered by :func:`sites.months.month_number`."""
        begun = self.from_month is None or month_number(self.from_month) <= month
        over = self.to_month is not None and month_number(self.to_month) < month
        return begun and not over and (not self.months or month % 12 + 1 in self.months)


class Contract(Record):
    """An offer of AI hosting: who, where, how much, when, and at what terms. Sizes are critical IT MW."""

    id: Identifier = Field(description="Name of the offer.")
    counterparty: Name = Field(default="", description="Customer; its share of all AI may be limited.")
    sites: Identifiers = Field(description="Ids of the sites where it may be delivered.")
    min_mw: Megawatts = Field(default=0.0, description="Least critical MW, if it is taken at all.")
    max_mw: Megawatts = Field(description="Most critical MW, over all sites and starts.")
    block_mw: Megawatts = Field(default=0.0, description="Size of a whole block of critical MW; 0 is any size.")
    committed_mw: Megawatts = Field(default=0.0, description="Critical MW already signed; 0 is an open offer.")
    exclusive_group: Name = Field(default="", description="Group of offers of which at most one is taken.")
    requires: Name = Field(default="", description="Id of the offer that must be taken too.")
    first_start: Month = Field(description="First month in which the rent may begin.")
    last_start: Month = Field(description="Last month in which the rent may begin.")
    build_months: LeadMonths = Field(description="Months of building before the first rent month.")
    disruption_months: LeadMonths = Field(
        default=0, description="Months before the first rent month in which the MW are already taken from other use."
    )
    retrofit: Flag = Field(default=True, description="Whether it is built in mining halls, which it takes for good.")
    term_months: TermMonths = Field(description="Months of rent.")
    price_usd_per_kw_month: UsdPerKwMonth = Field(description="Rent per critical kW in the first year.")
    escalator: AnnualRate = Field(default=0.0, description="Rise of the rent after every 12 months.")
    ramp_months: LeadMonths = Field(default=0, description="Months until the full rent; it rises evenly.")
    prepaid_months: LeadMonths = Field(default=0, description="First rents that are received at signing.")
    gross_ratio: RatioFromOne = Field(default=1.35, description="Site MW reserved per critical MW.")
    pue: RatioFromOne = Field(default=1.25, description="MW drawn at the meter per MW of IT load.")
    load_factor: Fraction = Field(default=0.8, description="Mean IT load per critical MW.")
    power: Literal["pass_through", "included"] = Field(
        default="pass_through", description="Who pays the energy: the customer, or the rent includes it."
    )
    capex_usd_per_mw: UsdPerMw = Field(description="Cost of building, per critical MW, the customer's part included.")
    tenant_capex_share: Fraction = Field(default=0.0, description="Share of the capex that the customer pays.")
    opex_usd_per_kw_month: UsdPerKwMonth = Field(default=0.0, description="Running cost per critical kW.")
    opex_escalator: AnnualRate = Field(default=0.0, description="Rise of the running cost after every 12 months.")
    sla_credit: Fraction = Field(default=0.0, description="Share of the rent lost to service credits.")
    default_rate: AnnualShare = Field(default=0.0, description="Yearly chance that the customer defaults.")
    recovery: Fraction = Field(default=0.0, description="Share of the rent that goes on after a default.")
    after_term: Literal["release", "renew"] = Field(
        default="release", description="Whether the MW come back after the term, or the rent goes on."
    )
    renewal_factor: Factor = Field(default=1.0, description="Rent after a renewal per last rent of the term.")
    rent_trend: AnnualRate = Field(
        default=0.0, description="Yearly change of the first year's rent for starts after first_start."
    )
    compute_capex_usd_per_mw: UsdPerMw = Field(
        default=0.0, description="Cost of own servers per critical MW, paid in the first rent month and at a refresh."
    )
    refresh_months: TermMonths | None = Field(
        default=None,
        description="Months after which the servers are bought anew while the rent runs; never when absent.",
    )
    compute_trend: AnnualRate = Field(
        default=0.0, description="Yearly change of the servers' cost, from the plan's start on."
    )


class CapexBudgetStep(BaseModel):
    """The most that may have been spent in all, from a month on until the next step."""

    model_config = Record.model_config

    month: Month = Field(description="First month for which this budget holds.")
    usd: Usd = Field(description="Most capex spent since the start of the plan, cumulative.")


class Limits(Record):
    """What the portfolio as a whole may do; an absent limit does not limit."""

    capex_budget: tuple[CapexBudgetStep, ...] = Field(
        default=(), strict=False, description="Steps of the cumulative budget for capex; before the first it is 0."
    )
    max_build_mw: Megawatts | None = Field(default=None, description="Most gross MW under construction at a time.")
    ai_share_min: Fraction | None = Field(default=None, description="Least share of AI in the energised MW.")
    ai_share_max: Fraction | None = Field(default=None, description="Largest share of AI in the energised MW.")
    min_eh_s: ExahashPerSecond | None = Field(default=None, description="Least hashrate in every month.")
    counterparty_share_max: Fraction | None = Field(
        default=None, description="Largest share of one customer in all occupied critical MW."
    )
    region_share_max: Fraction | None = Field(default=None, description="Largest share of one region in all AI MW.")


class Scenario(Record):
    """One way in which the future may turn out: a hashprice path, a level of power prices, a delay of all building."""

    id: Identifier = Field(description="Name of the scenario.")
    probability: Fraction = Field(description="How likely it is; those of all scenarios add up to 1.")
    hashprice: Name = Field(
        default=BASE_SCENARIO, min_length=1, description="Price path of the table hashprice, by its scenario name."
    )
    power_factor: PriceFactor = Field(
        default=1.0, description="Factor of every hour's power price before the site's adder; fixed prices keep theirs."
    )
    build_delay_months: LeadMonths = Field(
        default=0, description="Months by which every offer that is still to be delivered is late; its release is not."
    )


class Risk(Record):
    """How much the plan fears bad scenarios, and how many of them a stochastic market draws."""

    cvar_weight: Fraction = Field(
        default=0.0, description="Weight of the worst share's mean in the objective; the rest is the mean of all."
    )
    cvar_alpha: TailShare = Field(default=0.05, description="The worst share of the scenarios, by probability.")
    paths: PathCount | None = Field(
        default=None, description="Equally likely scenarios drawn from a stochastic market, in place of a table."
    )
    seed: Seed = Field(
        default=1, description="Of the random numbers of these scenarios; the same seed, the same paths."
    )
