"""The classic slips of units: ranges in which a number was most likely typed in another one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from sites.findings import Severity


@dataclass(frozen=True, slots=True)
class Slip:
    """A range of values in which a number was most likely typed in another unit.

    The value lies strictly between ``above`` and ``below``; ``scale`` turns it into what was probably meant.
    """

    above: float
    below: float
    severity: Severity
    scale: float
    message: str

    def applies(self, value: float) -> bool:
        """Whether the value lies in the range of this slip."""
        return self.above < value < self.below

    def hint(self, value: float) -> str:
        """The message with the value as typed and as it was probably meant."""
        return self.message.format(value=f"{value:.12g}", write=f"{value * self.scale:.12g}")


PERCENT = Slip(1, inf, "error", 0.01, "{value} looks like a percentage; write {write}")
NEGATIVE_PERCENT = Slip(-inf, -0.5, "error", 0.01, "{value} looks like a percentage; write {write}")
RATE = (PERCENT, NEGATIVE_PERCENT)
HIGH_RATE = Slip(0.5, inf, "warning", 0.01, "{value} is more than 50 % a year; if it is a percentage, write {write}")
# A price or a network may double in a year, and has tripled; more looks like percent.
HIGH_GROWTH = Slip(2, inf, "error", 0.01, "{value} looks like a percentage; write {write}")
LOW_RATE = Slip(0, 0.005, "warning", 100, "{value} is less than 0.5 % a year; if it was divided twice, write {write}")
DISCOUNT = (*RATE, HIGH_RATE, LOW_RATE)
KILOWATTS = Slip(20_000, inf, "error", 1e-3, "this looks like kW - write {write}")
MANY_MEGAWATTS = Slip(2_000, inf, "warning", 1e-3, "few sites are as large; if this is kW, write {write}")
MEGAWATTS = (KILOWATTS, MANY_MEGAWATTS)
PRICE = (
    Slip(0, 0.5, "error", 1e3, "this looks like USD/kWh - write {write}"),
    Slip(-0.5, 0, "error", 1e3, "this looks like USD/kWh - write {write}"),
    Slip(0.5, 1, "warning", 1e3, "very cheap power; if this is USD/kWh, write {write}"),
    Slip(500, inf, "warning", 1e-2, "very dear power for a whole horizon; is it in USD/MWh?"),
    Slip(-inf, -100, "warning", 1, "very negative for a whole horizon; is it in USD/MWh?"),
)
PER_MWH = (Slip(0, 0.1, "warning", 1e3, "if this is USD/kWh, write {write}"),)
# Backup burns fuel: even its dearest figure per kWh is below any per MWh.
BACKUP = (Slip(0, 2, "warning", 1e3, "if this is USD/kWh, write {write}"),)
RENT = (
    Slip(20_000, inf, "error", 1e-3, "this looks like USD per MW and month - write {write}"),
    Slip(1_000, inf, "warning", 1 / 12, "this looks like USD per kW and year; if so, write {write}"),
    Slip(0, 1, "warning", 1e3, "if this is in thousand USD, write {write}"),
)
CAPEX = (
    Slip(0, 100, "error", 1e6, "this looks like USD million per MW - write {write}"),
    Slip(100, 1_000, "error", 1e3, "this looks like USD per kW - write {write}"),
    Slip(1_000, 100_000, "warning", 1e3, "very cheap; if this is USD per kW, write {write}"),
    Slip(1e8, inf, "warning", 1e-3, "very dear; is it in USD per critical MW?"),
)
BUDGET = (
    Slip(0, 1_000, "error", 1e6, "this looks like USD million - write {write}"),
    Slip(1_000, 100_000, "warning", 1e3, "a very small budget; if this is thousand USD, write {write}"),
)
RATIO = (
    Slip(0, 1, "error", 1, "the ratio includes the whole: 1 plus the extra part"),
    Slip(5, inf, "error", 0.01, "if {value} is a percentage, write 1 plus the extra part as a fraction"),
)

CHARGE = (
    Slip(20_000, inf, "error", 1e-3, "this looks like USD per MW and month - write {write}"),
    Slip(500, inf, "warning", 1e-3, "a very high charge; if this is USD per MW and month, write {write}"),
)
RESPONSE_PAY = (Slip(0, 100, "warning", 1e3, "very low pay; if this is USD per kW and month, write {write}"),)
# No month has more hours than 31 days.
MONTH_HOURS = (Slip(744, inf, "error", 1, "a month has at most 744 hours; are these hours of a year?"),)

# Machines were dearest in May 2021, at about 119 USD per TH/s (coindesk.com on prices of machines, July 2023).
PER_TH = (
    Slip(1_000, inf, "error", 1, "this looks like the price of a machine; divide it by its TH/s"),
    Slip(150, inf, "warning", 1, "dearer than machines ever were; is it the price of a machine?"),
    Slip(0, 0.1, "warning", 1e3, "if this is USD per GH/s, write {write}"),
)
DECLINE = (
    PERCENT,
    Slip(0.1, inf, "warning", 1 / 12, "a fall of this size every month; if it is per year, write {write}"),
)
BUILDING = (
    Slip(0, 10, "error", 1e6, "this looks like USD million per MW - write {write}"),
    Slip(10, 1_000, "error", 1e3, "this looks like USD per kW - write {write}"),
    Slip(1_000, 20_000, "warning", 1e3, "very cheap; if this is USD per kW, write {write}"),
    Slip(1e7, inf, "warning", 1e-3, "very dear; is it in USD per MW?"),
)
HANDLING = (Slip(0, 100, "warning", 1e3, "very cheap; if this is USD per kW, write {write}"),)
COVERAGE = (
    Slip(20, inf, "error", 0.01, "{value} looks like a percentage; write {write}"),
    Slip(5, inf, "warning", 0.01, "more than lenders ask; if it is a percentage, write {write}"),
)
LOAN_FEE = (PERCENT, Slip(0.2, inf, "warning", 0.01, "a very high fee; if in percent, write {write}"))
COIN_PRICE = (Slip(0, 1_000, "warning", 1e3, "if this is thousand USD, write {write}"),)

SLIPS: Mapping[str, Mapping[str, tuple[Slip, ...]]] = {
    "settings": {
        "discount_rate": DISCOUNT,
        "ai_discount_rate": DISCOUNT,
        "pool_fee": (PERCENT, Slip(0.1, inf, "warning", 0.01, "a very high pool fee; if in percent, write {write}")),
        "contract_tail": (PERCENT,),
    },
    "sites": {
        "capacity_mw": MEGAWATTS,
        "ai_max_mw": MEGAWATTS,
        "mining_ready_mw": MEGAWATTS,
        "power": PRICE,
        "adder_usd_per_mwh": PER_MWH,
        "escalation": RATE,
        "curtailable_min_share": (PERCENT,),
        "kg_co2_per_mwh": (Slip(0, 2, "warning", 1e3, "if this is t/MWh or kg/kWh, write {write}"),),
        "closure_cost_usd": BUDGET,
    },
    "capacity_steps": {"capacity_mw": MEGAWATTS},
    "rigs": {
        "overhead": (
            Slip(0, 1, "error", 1, "the ratio includes the machine: 1 plus the extra part, such as 1.05"),
            Slip(3, inf, "error", 0.01, "if {value} is a percentage, write 1 plus the extra part, such as 1.05"),
        )
    },
    "fleets": {
        "mw": MEGAWATTS,
        "max_mw": MEGAWATTS,
        "uptime": (PERCENT, Slip(0, 0.1, "warning", 100, "runs hardly ever; if divided twice, write {write}")),
        "variable_opex_usd_per_mwh": PER_MWH,
    },
    "power_contracts": {
        "mw": MEGAWATTS,
        "max_mw": MEGAWATTS,
        "price_usd_per_mwh": PRICE,
        "resale_fee_usd_per_mwh": PER_MWH,
        "backup_usd_per_mwh": BACKUP,
        "usd_per_kw_month": CHARGE,
        "usd_per_mw_month": RESPONSE_PAY,
        "hours": MONTH_HOURS,
        "hours_per_month": MONTH_HOURS,
        "ratchet_share": (PERCENT,),
    },
    "hashprice": {
        "usd_per_ph_day": (
            Slip(0, 0.25, "error", 1e3, "this looks like USD per TH/s and day - write {write}"),
            Slip(2_000, inf, "error", 1e-3, "this looks like USD per EH/s and day - write {write}"),
            Slip(0.25, 10, "warning", 1, "far below any hashprice seen so far; is it in USD per PH/s and day?"),
            Slip(500, inf, "warning", 1, "far above the hashprice of recent years; is it in USD per PH/s and day?"),
        )
    },
    "contracts": {
        "min_mw": MEGAWATTS,
        "max_mw": MEGAWATTS,
        "block_mw": MEGAWATTS,
        "committed_mw": MEGAWATTS,
        "price_usd_per_kw_month": RENT,
        "escalator": RATE,
        "gross_ratio": RATIO,
        "pue": RATIO,
        "load_factor": (PERCENT,),
        "capex_usd_per_mw": CAPEX,
        "tenant_capex_share": (PERCENT,),
        "opex_usd_per_kw_month": (RENT[0],),
        "opex_escalator": RATE,
        "sla_credit": (PERCENT,),
        "default_rate": (PERCENT,),
        "recovery": (PERCENT,),
        "renewal_factor": (Slip(10, inf, "error", 0.01, "{value} looks like a percentage; write {write}"),),
        "rent_trend": RATE,
        "compute_capex_usd_per_mw": CAPEX,
        "compute_trend": RATE,
    },
    "capex_budget": {"usd": BUDGET},
    "market": {
        "btc_price_usd": COIN_PRICE,
        "btc_growth": (HIGH_GROWTH,),
        "network_eh_s": (Slip(20_000, inf, "error", 1e-3, "this looks like PH/s - write {write}"),),
        "network_growth": (HIGH_GROWTH,),
        "fee_share": (PERCENT,),
        "difficulty": (Slip(0, 1e6, "error", 1e12, "this looks like trillions - write {write}"),),
    },
    "limits": {
        "max_build_mw": MEGAWATTS,
        "ai_share_min": (PERCENT,),
        "ai_share_max": (PERCENT,),
        "min_eh_s": (
            Slip(5_000, inf, "error", 1e-3, "this looks like PH/s - write {write}"),
            Slip(1_000, inf, "warning", 1e-3, "more than the whole network of 2025; if this is PH/s, write {write}"),
        ),
        "counterparty_share_max": (PERCENT,),
        "region_share_max": (PERCENT,),
    },
    "rig_offers": {
        "usd_per_th": PER_TH,
        "monthly_decline": DECLINE,
        "max_mw": MEGAWATTS,
        "max_mw_per_month": MEGAWATTS,
    },
    "rig_stock": {
        "mw": MEGAWATTS,
        "install_usd_per_mw": HANDLING,
        "uninstall_usd_per_mw": HANDLING,
        "sell_usd_per_th": PER_TH[:2],
        "sell_decline": DECLINE,
        "max_sell_mw_per_month": MEGAWATTS,
        "residual_usd_per_th": PER_TH[:2],
    },
    "hall_builds": {"usd_per_mw": BUILDING, "max_mw": MEGAWATTS, "residual_share": (PERCENT,)},
    "expansions": {
        "usd_per_mw": BUILDING,
        "min_mw": MEGAWATTS,
        "max_mw": MEGAWATTS,
        "land_usd": BUDGET,
        "substation_usd": BUDGET,
        "deposit_usd_per_mw": HANDLING,
        "deposit_refund": (PERCENT,),
        "residual_share": (PERCENT,),
    },
    "loans": {
        "limit_usd": BUDGET,
        "rate": DISCOUNT,
        "fee": LOAN_FEE,
        "opening_usd": BUDGET,
        "capex_share": (PERCENT,),
        "min_dscr": COVERAGE,
    },
    "equity": {"limit_usd": BUDGET, "cost": (PERCENT,)},
    "treasury": {
        "opening_btc": (Slip(2_000_000, inf, "error", 1, "more than a tenth of all bitcoin; is this in USD?"),),
        "btc_price_usd": COIN_PRICE,
        "btc_growth": (HIGH_GROWTH,),
        "sale_share": (PERCENT,),
    },
    "tax": {
        "rate": (PERCENT, Slip(0, 0.01, "warning", 100, "a very low tax; if it was divided twice, write {write}")),
        "loss_limit": (PERCENT,),
        "opening_losses_usd": BUDGET,
        "bonus_share": (PERCENT,),
        "opening_book_usd": BUDGET,
    },
    "liquidity": {
        "opening_cash_usd": BUDGET,
        "min_cash_usd": BUDGET,
        "overhead_usd_per_month": (Slip(0, 100, "warning", 1e6, "if this is USD million, write {write}"),),
        "overhead_escalation": RATE,
        "worst_share": (PERCENT,),
        "min_dscr": COVERAGE,
    },
}
