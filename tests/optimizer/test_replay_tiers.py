"""The replay of rigs with modes, and what equal worth leaves open."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.proving.replay_tiers import rig_tiers
from tests.optimizer.cases import RIG, hourly, portfolio, site
from tests.optimizer.power_decisions import (
    BLOCK,
    DEAR,
    DEMAND,
    ECO,
    HOURS,
    fleet,
    january,
    replayed,
)

# ---------------------------------------------------------------- tiers


def tiers_of(*modes: tuple[float, float]) -> list[tuple[float, float]]:
    """The tiers of the rig of 2,000 W and 100 TH/s with these modes (watts, TH/s)."""
    rows = [
        {"rig": "rig20", "mode": f"mode-{number}", "watts": watts, "th_s": th_s}
        for number, (watts, th_s) in enumerate(modes)
    ]
    return rig_tiers(portfolio(rig_modes=rows), "rig20")


def test_a_rig_without_modes_is_one_tier() -> None:
    """All of its MW, at 1000 / 20 PH/s."""
    assert tiers_of() == [(1.0, 50.0)]


def test_modes_are_reduced_to_their_concave_hull() -> None:
    """Eco 1,000 W and 60 TH/s, turbo 3,000 W and 120: marginal hashrates of 60, 40 and 20 PH/s per MW by thirds."""
    assert np.array(tiers_of((3000.0, 120.0), (1000.0, 60.0))) == pytest.approx(
        np.array([(1 / 3, 60.0), (1 / 3, 40.0), (1 / 3, 20.0)])
    )


def test_modes_that_no_one_would_run_make_no_tier() -> None:
    """Below a chord, on it, of less hashrate for more power, or of less for the same: all are left out."""
    assert tiers_of((1000.0, 45.0), (1500.0, 75.0), (2500.0, 100.0), (2000.0, 90.0)) == [(1.0, 50.0)]


def test_the_rigs_own_point_may_lie_below_the_hull() -> None:
    """A mode of 1,900 W and 110 TH/s leaves nothing to the 2,000 W of the plain one."""
    assert tiers_of((1900.0, 110.0)) == [(1.0, pytest.approx(1000 * 110 / 1900))]


def test_each_tier_runs_in_its_own_hours() -> None:
    """By halves of 10 MW, tiers earn 60 and 40 USD/MWh: at 30 both run, at 50 the first one, at 90 neither."""
    prices = hourly(2027, 30.0, {**DEAR, **dict.fromkeys(range(100, 200), 50.0)})
    found = replayed([], {}, prices=prices, rig_modes=[ECO])
    assert found.mining.mining_mw[0, 0] == 10.0
    assert found.mining.energy_mwh[0, 0] == pytest.approx(641 * 10 + 100 * 5)
    assert found.mining.run_hours[0, 0] == pytest.approx(641 + 50)
    assert january(found, "mining_revenue") == pytest.approx(641 * 500 + 100 * 5 * 60)
    assert january(found, "mining_power") == pytest.approx(-(641 * 300 + 100 * 5 * 50))
    assert found.mining.hashrate_ph_s[0, 0] == pytest.approx((641 * 500 + 100 * 300) / HOURS)


def test_tiers_of_two_fleets_share_a_cap_by_what_they_earn() -> None:
    """Tiers earn 60 and 40, the other fleet 50: of 12 MW the first tier gets 5, the fleet 5, the second tier 2."""
    found = replayed(
        [DEMAND],
        {"demand_charge 1": {"": [12.0]}},
        active={"modal": [10.0], "plain": [5.0]},
        sites=[site(capacity_mw=20.0)],
        rigs=[RIG, {**RIG, "id": "other"}],
        fleets=[fleet(id="modal"), fleet(id="plain", rig="other")],
        rig_modes=[ECO],
    )
    assert found.mining.energy_mwh[:, 0] == pytest.approx([HOURS * 7, HOURS * 5])
    assert found.mining.revenue_usd[:, 0] == pytest.approx([HOURS * (300 + 80), HOURS * 250])
    assert found.mining.mining_mw[:, 0] == pytest.approx([10.0, 5.0]), "machines that run in a lower mode run"


# ---------------------------------------------------------------- what stays open


def test_of_two_fleets_that_earn_the_same_either_may_run_but_the_site_is_sure() -> None:
    """12 of 20 MW of one kind of machine run: which ones is open, what they earn and pay together is not."""
    found = replayed(
        [DEMAND],
        {"demand_charge 1": {"": [12.0]}},
        active={"a": [10.0], "b": [10.0]},
        sites=[site(capacity_mw=20.0)],
        fleets=[fleet(id="a"), fleet(id="b")],
    )
    assert found.mining.undecided_mwh[:, 0] == pytest.approx([HOURS * 10, HOURS * 10])
    assert found.undecided_usd[0, 0] == 0.0
    assert january(found, "mining_revenue") == pytest.approx(HOURS * 12 * 50)


def test_equal_worth_of_unequal_revenue_leaves_the_site_open_too() -> None:
    """A fleet with a third more hashrate and 12.5 USD/MWh of opex earns 50 as well, from 62.5 USD of revenue."""
    found = replayed(
        [DEMAND],
        {"demand_charge 1": {"": [12.0]}},
        active={"a": [10.0], "b": [10.0]},
        sites=[site(capacity_mw=20.0)],
        rigs=[RIG, {**RIG, "id": "rig16", "watts": 1600.0}],
        fleets=[fleet(id="a"), fleet(id="b", rig="rig16", variable_opex_usd_per_mwh=12.5)],
    )
    assert found.undecided_usd[0, 0] == pytest.approx(HOURS * 10 * (50 + 30 + 75 + 30))


def test_a_block_that_sells_at_what_mining_earns_leaves_its_hours_open() -> None:
    """At 90 USD/MWh and a fee of 40 the block's 4 MW sell for 50, as mining earns: three hours may go either way."""
    found = replayed([{**BLOCK, "resale_fee_usd_per_mwh": 40.0}], {"block 1": {"": [4.0]}})
    assert found.mining.undecided_mwh[0, 0] == pytest.approx(3 * 4)
    assert found.undecided_usd[0, 0] == pytest.approx(3 * 4 * (50 + 90))
