"""Guesses at what was meant: the classic slips of units, and other ways of writing numbers, months and names."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from math import inf

from sites.findings import Severity
from sites.months import month_label

NUMBER_PATTERN = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
GROUPED_PATTERN = re.compile(r"[+-]?[0-9]{1,3}([,'  \u202f_][0-9]{3})+(\.[0-9]+)?")
DECIMAL_COMMA_PATTERN = re.compile(r"[+-]?[0-9]+(\.[0-9]{3})*,[0-9]+")
WITH_UNIT_PATTERN = re.compile(r"[$€£]?\s*([+-]?[0-9.]+([eE][+-]?[0-9]+)?)\s*[$€£A-Za-z/·*²³ .-]*")
NO_NUMBER_WORDS = frozenset(
    {"na", "n/a", "nan", "none", "null", "nil", "-", "--", "tbd", "?", "inf", "-inf", "infinity"}
)
TRUE_WORDS = frozenset({"yes", "y", "on", "1", "t", "x", "wahr", "1.0"})
FALSE_WORDS = frozenset({"no", "n", "off", "0", "f", "falsch", "0.0"})
CALENDAR_MONTHS_ARE_NUMBERS = "calendar months are numbers from 1 (January) to 12 (December)"
MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def nearest(word: str, known: Iterable[str]) -> str:
    """``did you mean 'x'?`` with the known word most like this one; empty when none is like it."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    close = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return f"did you mean '{by_folded[close[0]]}'?" if close else ""


def number_hint(text: str) -> str:
    """How a text that is no plain number might be written as one."""
    if text.endswith("%") and NUMBER_PATTERN.fullmatch(text[:-1].strip()):
        return f"a percentage is written as a fraction: {float(text[:-1]) / 100:.12g}"
    if text.casefold() in NO_NUMBER_WORDS:
        return "write a finite number, or leave an optional column blank"
    if GROUPED_PATTERN.fullmatch(text):
        plain = re.sub(r"[^0-9.+-]", "", text)
        if text.count(",") == 1 and "." not in text:
            return f"did you mean {plain} or {text.replace(',', '.')}? Write it without separators of thousands"
        return f"write {plain}, without separators of thousands"
    if DECIMAL_COMMA_PATTERN.fullmatch(text):
        return f"write {text.replace('.', '').replace(',', '.')}, with a decimal point"
    return _odd_digits_hint(text)


def _odd_digits_hint(text: str) -> str:
    plain = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)
    if plain != text and NUMBER_PATTERN.fullmatch(plain):
        return f"write {plain} with the digits 0 to 9"
    if "_" in text and NUMBER_PATTERN.fullmatch(text.replace("_", "")):
        return f"write {text.replace('_', '')}, without separators of thousands"
    with_unit = WITH_UNIT_PATTERN.fullmatch(text)
    if with_unit and NUMBER_PATTERN.fullmatch(with_unit.group(1)):
        return f"write the number alone ({with_unit.group(1)} if it is in the column's unit)"
    return "write a plain number such as 1234.5 or 1e6"


def month_hint(text: str) -> str:
    """How a text that is no month label might be written as one."""
    label = _other_month_label(text)
    if label:
        return f"write {label}"
    if re.fullmatch(r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-]([0-9]{2}|[0-9]{4})", text):
        return "day and month cannot be told apart here; write the month as YYYY-MM"
    if re.fullmatch(r"[0-9]{4}", text):
        return f"this is a year; write one of its months, such as {text}-01"
    quarter = re.fullmatch(r"([0-9]{4})[ -]?[qQ]([1-4])", text)
    if quarter:
        return f"this is a quarter; its first month is {quarter.group(1)}-{3 * int(quarter.group(2)) - 2:02d}"
    return "write it like 2027-03"


def _other_month_label(text: str) -> str:
    numeric = re.fullmatch(r"([0-9]{4})([-/. ]?)([0-9]{1,2})(\2[0-9]{1,2}([T ].*)?)?", text)
    if numeric and (numeric.group(2) or len(numeric.group(3)) == 2):
        return _label(int(numeric.group(1)), int(numeric.group(3)))
    reverse = re.fullmatch(r"([0-9]{1,2})[-/. ]([0-9]{4})", text)
    if reverse:
        return _label(int(reverse.group(2)), int(reverse.group(1)))
    worded = re.fullmatch(r"([A-Za-z]{3,9})[-/. ']*([0-9]{4}|[0-9]{2})", text)
    if worded is None:
        swapped = re.fullmatch(r"([0-9]{4}|[0-9]{2})[-/. ']*([A-Za-z]{3,9})", text)
        name, year = (swapped.group(2), swapped.group(1)) if swapped else ("", "")
    else:
        name, year = worded.group(1), worded.group(2)
    if name[:3].casefold() in MONTH_NAMES:
        return _label(int(year) if len(year) == 4 else 2000 + int(year), MONTH_NAMES.index(name[:3].casefold()) + 1)
    return ""


def _label(year: int, month: int) -> str:
    return month_label(year * 12 + month - 1) if 1 <= month <= 12 else ""


def calendar_month_hint(text: str) -> str:
    """How a text that is no month of the year, 1 to 12, might be written as one or several."""
    if re.fullmatch(r"[0-9]{1,2}(\s*[, /]\s*[0-9]{1,2})+", text):
        return f"write {';'.join(re.findall('[0-9]+', text))}, with ';' between the months"
    year_month = re.fullmatch(r"[0-9]{4}-([0-9]{1,2})(-[0-9]{1,2}.*)?", text)
    if year_month and 1 <= int(year_month.group(1)) <= 12:
        number = int(year_month.group(1))
        return f"{CALENDAR_MONTHS_ARE_NUMBERS}; write {number}, and say the years with from and to"
    words = re.findall(r"[^\W\d_]+", text)
    if words and all(word[:3].casefold() in MONTH_NAMES for word in words):
        numbers = re.sub(r"[^\W\d_]+\.?", lambda word: str(MONTH_NAMES.index(word.group()[:3].casefold()) + 1), text)
        return f"{CALENDAR_MONTHS_ARE_NUMBERS}; write {re.sub(r'[, ]+', ';', numbers)}"
    return CALENDAR_MONTHS_ARE_NUMBERS


def choice_hint(text: str, choices: Collection[str]) -> str:
    """Which of a column's words a text seems to mean; yes and no where one word of two is ``none``."""
    word = text.casefold()
    others = [choice for choice in choices if choice != "none"]
    if "none" in choices and len(others) == 1:
        if word == "true" or word in TRUE_WORDS:
            return f"write {others[0]}"
        if word == "false" or word in FALSE_WORDS:
            return "write none"
    return nearest(word.replace("-", "_").replace(" ", "_"), choices)


def flag_hint(text: str) -> str:
    """Which of true and false a text seems to mean."""
    word = text.casefold()
    if word in TRUE_WORDS:
        return "write true"
    return "write false" if word in FALSE_WORDS else ""


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
    },
    "capex_budget": {"usd": BUDGET},
    "market": {
        "btc_price_usd": (Slip(0, 1_000, "warning", 1e3, "if this is thousand USD, write {write}"),),
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
}
