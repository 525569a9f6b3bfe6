"""Questions about one portfolio, against plans made from scratch: `python -m benchmarks.desk`.

The bundled portfolio north-america without its tables of capital: re-solves after a change of one offer's rent, a
switching map of 20 x 20 cells and a deal sheet, each against cold plans of the same process. Exits with 1 when a
requirement is not met.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from statistics import median

from benchmarks.command import PORTFOLIO
from benchmarks.run import Requirement, verdict
from optimizer import plan
from optimizer.deal_sheet import deal
from optimizer.sweeping import sweep
from optimizer.warm import WarmModel
from sites import load_portfolio
from sites.bundled import portfolio_path
from sites.portfolio import Portfolio

COLD_PLANS = 3
RE_SOLVES = 60
# Rents from 30 % below to 30 % above what is offered: wide enough to bring offers in and out.
RENT_CHANGE = 0.3
MAP_SIDE = 20
MAP = (
    f"hashprice.*.usd_per_ph_day=*0.6:*1.4:{MAP_SIDE}",
    f"contracts.neocloud-triple-net.price_usd_per_kw_month=100:200:{MAP_SIDE}",
)
# One offer that the plan takes and one that it does not.
DEALS = ("turnkey-conversion", "neocloud-triple-net")

MOST_RE_SOLVE_S, MOST_RE_SOLVE_SHARE = 0.1, 0.05
MOST_MAP_PLANS, MOST_DEAL_PLANS = 30.0, 20.0


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of the processor and on the wall. [s]"""
    processor, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - processor, time.perf_counter() - wall


def with_other_rent(portfolio: Portfolio, chance: random.Random) -> Portfolio:
    """A copy in which one open offer pays another rent."""
    chosen = chance.choice([offer.id for offer in portfolio.contracts if offer.committed_mw == 0.0])
    factor = chance.uniform(1.0 - RENT_CHANGE, 1.0 + RENT_CHANGE)
    offers = (
        offer.model_copy(update={"price_usd_per_kw_month": offer.price_usd_per_kw_month * factor})
        if offer.id == chosen
        else offer
        for offer in portfolio.contracts
    )
    return replace(portfolio, contracts=tuple(offers))


def re_solves(portfolio: Portfolio) -> list[tuple[float, float]]:
    """Seconds of re-solves after changed rents, the NPV and MW of each read off. [s]"""
    model, chance = WarmModel(portfolio), random.Random(20260901)
    copies = [with_other_rent(portfolio, chance) for _ in range(RE_SOLVES)]

    def answer(copy: Portfolio) -> tuple[float, dict[str, float]]:
        solved = model.solve(copy)
        return solved.npv_usd, solved.taken_mw

    return [timed(partial(answer, copy)) for copy in copies]


def at_most(what: str, seconds: float, cold: float, most: float) -> Requirement:
    """A requirement in cold plans."""
    return Requirement(
        f"{what} at most {most:g} cold plans", f"{seconds / cold:.1f} ({seconds:.1f} s)", seconds <= most * cold
    )


def main() -> int:
    """Run everything and say what holds."""
    print(f"machine: {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; processor seconds")
    portfolio = load_portfolio(portfolio_path(PORTFOLIO)).without_capital()
    plans = [timed(partial(plan, portfolio)) for _ in range(COLD_PLANS)]
    cold = median(processor for processor, _ in plans)
    bare = median(timed(partial(plan, portfolio, full=False))[0] for _ in range(COLD_PLANS))
    print(
        f"cold plan of {PORTFOLIO}: {cold:.2f} s, median of {COLD_PLANS}; of it without baselines, reservation prices "
        f"and why not: {bare:.2f} s"
    )
    runs = re_solves(portfolio)
    own, walls = zip(*runs, strict=True)
    middle = median(own)
    print(
        f"re-solve after a rent change: median {middle * 1e3:.0f} ms ({median(walls) * 1e3:.0f} on the wall), "
        f"from {min(own) * 1e3:.0f} to {max(own) * 1e3:.0f}, of {RE_SOLVES}"
    )
    map_s, _ = timed(partial(sweep, portfolio, MAP))
    print(f"switching map of {MAP_SIDE} x {MAP_SIDE}: {map_s:.1f} s")
    deals = {name: timed(partial(deal, portfolio, name))[0] for name in DEALS}
    for name, seconds in deals.items():
        print(f"deal sheet of {name}: {seconds:.1f} s")
    requirements = [
        Requirement(
            f"median re-solve at most {MOST_RE_SOLVE_SHARE:.0%} of a cold plan",
            f"{middle / cold:.1%}",
            middle <= MOST_RE_SOLVE_SHARE * cold,
        ),
        Requirement(
            f"median re-solve at most {MOST_RE_SOLVE_S * 1e3:g} ms", f"{middle * 1e3:.0f} ms", middle <= MOST_RE_SOLVE_S
        ),
        at_most(f"switching map of {MAP_SIDE} x {MAP_SIDE}", map_s, cold, MOST_MAP_PLANS),
        at_most("deal sheet", max(deals.values()), cold, MOST_DEAL_PLANS),
    ]
    print(
        f"in plans without these: re-solve {middle / bare:.1%}, map {map_s / bare:.0f}, "
        f"deal sheet {max(deals.values()) / bare:.0f}"
    )
    return verdict(requirements)


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.exit(main())
