"""What one energised MW of a fleet is worth in a month."""

from __future__ import annotations

import pytest

from optimizer.parameters import build_parameters
from tests.optimizer.cases import hourly, portfolio, settings, site


def fleet(**changes: object) -> dict[str, object]:
    """The fleet of the case with some columns replaced."""
    return {"id": "old", "site": "alpha", "rig": "rig20", "mw": 10.0, **changes}


def test_margin_at_a_flat_price() -> None:
    """50 PH/s per MW at 24 USD/PH/day earn 50 USD/MWh; less 30 for power, 744 hours of January leave 14,880 USD."""
    margins = build_parameters(portfolio(contracts=[])).margins
    assert margins.gain_usd[0, 0] == pytest.approx(744 * 20.0)
    assert margins.revenue_usd[0, 0] == pytest.approx(744 * 50.0)
    assert margins.power_usd[0, 0] == pytest.approx(744 * 30.0)


def test_pool_fee_opex_and_uptime() -> None:
    """Pool fee 2 %: 49 USD/MWh; less 3 opex and 30 power: 16; 90 % of 744 hours, less 1,000 fixed: 9,713.6 USD."""
    case = portfolio(
        contracts=[],
        settings=settings(pool_fee=0.02),
        fleets=[fleet(uptime=0.9, variable_opex_usd_per_mwh=3.0, fixed_opex_usd_per_mw_month=1000.0)],
    )
    margins = build_parameters(case).margins
    assert margins.gain_usd[0, 0] == pytest.approx(0.9 * 744 * 16.0 - 1000.0)
    assert margins.pool_fee_usd[0, 0] == pytest.approx(0.9 * 744 * 1.0)
    assert margins.variable_opex_usd[0, 0] == pytest.approx(0.9 * 744 * 3.0)
    assert margins.fixed_opex_usd[0, 0] == pytest.approx(1000.0)


def test_dear_hours_are_not_run() -> None:
    """With 44 January hours at 200 USD/MWh the fleet runs the other 700 and keeps 20 USD in each."""
    market = hourly(2023, 30.0, dict.fromkeys(range(100, 144), 200.0))
    case = portfolio(prices={"market": market}, sites=[site(power="market")], contracts=[])
    margins = build_parameters(case).margins
    assert margins.run_hours[0, 0] == pytest.approx(700.0)
    assert margins.gain_usd[0, 0] == pytest.approx(700 * 20.0)


def test_fleet_that_does_not_earn_its_fixed_cost_is_mothballed() -> None:
    """January's margin of 14,880 does not pay 15,000 fixed: nothing runs and nothing is paid."""
    case = portfolio(contracts=[], fleets=[fleet(fixed_opex_usd_per_mw_month=15_000.0)])
    margins = build_parameters(case).margins
    assert margins.gain_usd[0, 0] == 0.0
    for figure in (margins.run_hours, margins.energy_mwh, margins.revenue_usd, margins.fixed_opex_usd):
        assert figure[0, 0] == 0.0


def test_hour_at_break_even_is_not_run() -> None:
    """At a power price of exactly 50 USD/MWh, what mining earns, no hour is run."""
    margins = build_parameters(portfolio(contracts=[], sites=[site(power=50.0)])).margins
    assert margins.run_hours[0, 0] == 0.0


def test_cooling_overhead_costs_hashrate() -> None:
    """A rig with overhead 1.25 yields 40 PH/s per MW at the meter: 40 USD/MWh, 10 after power."""
    rig = {"id": "rig20", "th_s": 100.0, "watts": 2000.0, "overhead": 1.25}
    margins = build_parameters(portfolio(contracts=[], rigs=[rig])).margins
    assert margins.gain_usd[0, 0] == pytest.approx(744 * 10.0)


def test_retired_fleet_has_no_mw() -> None:
    """A fleet that retires in March is installed in January and February only."""
    p = build_parameters(portfolio(contracts=[], fleets=[fleet(retire="2027-03")]))
    assert p.installed_mw[0].tolist() == [10.0, 10.0, 0.0, 0.0, 0.0, 0.0]
