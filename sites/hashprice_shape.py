"""The hashprice path of the bundled portfolios: one level, one trend, and what a halving does.

An assumption, not a forecast; each of its numbers is an anchor from public history:

- It begins at 32 USD per PH/s per day: February 2026 averaged 32.1, August 2026 (21 days) 32.4.
- It falls by 0.15 % a month. The mean of May 2024 to July 2026 was 1.9 % a month, which held on would leave 3 % of
  it after 15 years, below the power cost of any machine; the rate chosen ends, after four halvings, where a machine
  of 12 J/TH just pays its power at 45 USD/MWh.
- A halving (April 2028, then every four years) cuts it to 65 % in its first full month, for half the subsidy is gone
  but the worst machines leave; over twelve months it comes back to 85 %. In 2024 it went from 83.8 in February
  (before the fee spike of the halving) to 55.3 in June, 66 %, to 43.5 in August and to 59.7 in December, 71 %.
"""

from __future__ import annotations

from pathlib import Path

from sites.months import month_label, month_number

ANCHOR_MONTH = "2027-01"
ANCHOR_USD_PER_PH_DAY = 32.0
MONTHLY_DECLINE = 0.0015
HALVINGS = ("2028-04", "2032-04", "2036-04", "2040-04")
FIRST_MONTH_SHARE = 0.65
RECOVERED_SHARE = 0.85
RECOVERY_MONTHS = 12
# Of the bundled portfolio with several futures: the path above times the first number, reached evenly in logarithms
# after so many months and kept. Judgement; see its README.
FUTURES = {"boom": (1.9, 24), "lean": (0.7, 18), "crash": (0.5, 12)}
SOURCE = "made by python -m sites.price_shapes; see sites/hashprice_shape.py"


def hashprice_usd_per_ph_day(month: int) -> float:
    """Hashprice of the month with this number. [USD per PH/s per day]"""
    price = ANCHOR_USD_PER_PH_DAY * (1 - MONTHLY_DECLINE) ** (month - month_number(ANCHOR_MONTH))
    for halving in HALVINGS:
        price *= _share_left(month - month_number(halving))
    return price


def _share_left(months_since: int) -> float:
    """What a halving leaves of the hashprice, so many months after it; it falls into the middle of its month."""
    if months_since < 0:
        return 1.0
    if months_since == 0:
        return (1 + FIRST_MONTH_SHARE) / 2
    recovered = min(1.0, (months_since - 1) / RECOVERY_MONTHS)
    return FIRST_MONTH_SHARE + (RECOVERED_SHARE - FIRST_MONTH_SHARE) * recovered


def write_hashprice_csv(path: Path, start: str, months: int) -> None:
    """Write the hashprice table of a horizon, rounded to cents."""
    lines = ["month,usd_per_ph_day,source"]
    for month in range(month_number(start), month_number(start) + months):
        lines.append(f"{month_label(month)},{hashprice_usd_per_ph_day(month):.2f},{SOURCE}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def write_futures_csv(path: Path, start: str, months: int) -> None:
    """Write the hashprice table of a horizon with all futures as scenarios, rounded to cents."""
    first = month_number(start)
    lines = ["month,usd_per_ph_day,scenario,source"]
    for name, (factor, reached) in {"base": (1.0, 1), **FUTURES}.items():
        for month in range(first, first + months):
            price = hashprice_usd_per_ph_day(month) * factor ** min(1.0, (month - first) / reached)
            lines.append(f"{month_label(month)},{price:.2f},{name},{SOURCE}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
