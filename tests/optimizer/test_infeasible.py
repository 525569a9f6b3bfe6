"""No plan: the message names the limits that clash and the smallest repair, in a planner's words."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from optimizer.errors import InfeasiblePlanError
from optimizer.planning import plan
from tests.optimizer.cases import offer, portfolio, site

SIGNED = [offer(committed_mw=4.0, last_start="2027-03")]
DEAL = "deal already signed 'lab@alpha' (2027-03): 4 MW critical"

# Each case: what makes it infeasible, one limit that the clash must name, and the smallest repair by hand.
CASES: dict[str, tuple[dict[str, Any], list[str], str]] = {
    # 9 critical MW need 11.25 MW of a 10 MW site.
    "capacity": (
        {"contracts": [offer(committed_mw=9.0, max_mw=9.0, last_start="2027-03")]},
        ["deal already signed 'lab@alpha' (2027-03): 9 MW critical"],
        "relax capacity of site 'alpha' by 1.25 MW",
    ),
    # 4 critical MW take 5 MW; the site allows 2.
    "ai limit": (
        {"sites": [site(ai_max_mw=2.0)], "contracts": SIGNED},
        [DEAL, "AI limit of site 'alpha' (2027-03): 2 MW"],
        "relax AI limit of site 'alpha' by 3 MW",
    ),
    # A retrofit of 5 MW needs 5 MW of halls; there are 2.
    "halls": (
        {"sites": [site(mining_ready_mw=2.0)], "contracts": SIGNED},
        [DEAL, "mining halls of site 'alpha' (2027-03): 2 MW"],
        "relax mining halls of site 'alpha' by 3 MW",
    ),
    # 10 MW yield 0.5 EH/s.
    "hashrate": (
        {"limits": {"min_eh_s": 0.7}},
        ["lowest hashrate (2027-01): 0.7 EH/s", "installed fleet 'old' (2027-01): 10 MW"],
        "relax lowest hashrate by 0.2 EH/s (2027-01 to 2027-06)",
    ),
    # The deal costs 400,000 USD; the budget is 100,000.
    "capex": (
        {"limits": {"capex_budget": [{"month": "2027-01", "usd": 1e5}]}, "contracts": SIGNED},
        [DEAL, "capex budget (2027-06): 100,000 USD"],
        "relax capex budget by 300,000 USD",
    ),
    # 5 MW under construction in January; 2 allowed.
    "build": (
        {"limits": {"max_build_mw": 2.0}, "contracts": SIGNED},
        [DEAL, "build limit (2027-01): 2 MW"],
        "relax build limit by 3 MW",
    ),
    # 5 MW of AI may be a fifth: 20 MW of mining would be needed. With 5 MW of it AI may be 2 MW.
    "ai share": (
        {"limits": {"ai_share_max": 0.2}, "contracts": SIGNED},
        [DEAL, "highest AI share (2027-06): 0.2 of AI and energised mining MW"],
        "relax highest AI share by 3 MW (2027-03 to 2027-06)",
    ),
    # The only counterparty has all of it.
    "counterparty": (
        {"limits": {"counterparty_share_max": 0.6}, "contracts": SIGNED},
        [DEAL, "highest share of counterparty 'Lab' (2027-03): 0.6 of all critical AI MW"],
        "relax highest share of counterparty 'Lab' by 1.6 MW critical",
    ),
    "region": (
        {"limits": {"region_share_max": 0.6}, "sites": [site(region="ercot")], "contracts": SIGNED},
        [DEAL, "highest share of region 'ercot' (2027-03): 0.6 of all AI MW"],
        "relax highest share of region 'ercot' by 2 MW",
    ),
    # 6.25 MW of AI leave 3.75 MW for mining where as much as AI is asked for.
    "curtailable": (
        {
            "sites": [site(curtailable_min_share=0.5)],
            "contracts": [offer(committed_mw=5.0, max_mw=5.0, last_start="2027-03")],
        },
        ["curtailable share of site 'alpha' (2027-06): 0.5 of the site's AI and energised mining MW must be mining"],
        "relax curtailable share of site 'alpha' by 1.25 MW",
    ),
}


@pytest.mark.parametrize("case", CASES, ids=list(CASES))
def test_clash_and_repair_are_named(case: str) -> None:
    """The error lists the limits of the clash and how far the nearest feasible portfolio is."""
    changes, clashing, repair = CASES[case]
    with pytest.raises(InfeasiblePlanError) as error:
        plan(portfolio(**changes))
    message = str(error.value)
    for limit in clashing:
        assert f"  - {limit}\n" in message
    assert f"smallest repair: {repair}" in message
    assert error.value.exit_code == 3


def test_clash_names_no_bystander() -> None:
    """A share that cannot hold has nothing to do with the site's own AI limit, which is not named."""
    with pytest.raises(InfeasiblePlanError) as error:
        plan(portfolio(limits={"region_share_max": 0.6}, sites=[site(region="ercot")], contracts=SIGNED))
    assert not any(clash.startswith("AI limit") for clash in error.value.clashes)


def test_error_survives_a_trip_between_processes() -> None:
    """Sweeps run in worker processes: the error comes back whole."""
    error = pickle.loads(pickle.dumps(InfeasiblePlanError(("a clashes", "b clashes"))))
    assert error.clashes == ("a clashes", "b clashes")
    assert "  - b clashes" in str(error)
