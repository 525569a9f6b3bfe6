"""Every family of constraints, row by row against the inequality written out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimizer.errors import InfeasiblePlanError, SolverError
from optimizer.families import LIMIT_OF_COLUMN, LIMITS
from optimizer.matrices import Matrices, check_matrices
from tests.optimizer.cases import bound, compiled, offer, row, site, tables

INF = float("inf")
MARCH, APRIL = "signed_mw[lab@alpha,2027-03]", "signed_mw[lab@alpha,2027-04]"


def test_variables_and_bounds() -> None:
    """Starts up to the offer's size, blocks up to the fleet's MW, AI up to the site's limit."""
    _, m = compiled(sites=[site(ai_max_mw=8.0)])
    assert bound(m, MARCH) == (0.0, 4.0)
    assert bound(m, "mining_mw[old,2027-03]") == (0.0, 10.0)
    assert bound(m, "ai_mw[alpha,2027-03]") == (0.0, 8.0)
    assert bound(m, "retrofit_mw[alpha,2027-03]") == (0.0, 10.0)


def test_committed_deal_is_fixed() -> None:
    """A signed deal has no choice left."""
    _, m = compiled(contracts=[offer(committed_mw=3.0, last_start="2027-03")])
    assert bound(m, MARCH) == (3.0, 3.0)


def test_running_total_adds_starts_and_releases() -> None:
    """1.25 site MW per critical MW enter in the start month and leave after a term of one month."""
    _, m = compiled(contracts=[offer(term_months=1)])
    assert row(m, "ai_mw_balance[alpha,2027-03]") == ({"ai_mw[alpha,2027-03]": 1.0, MARCH: -1.25}, 0.0, 0.0)
    assert row(m, "ai_mw_balance[alpha,2027-04]") == (
        {"ai_mw[alpha,2027-04]": 1.0, "ai_mw[alpha,2027-03]": -1.0, MARCH: 1.25, APRIL: -1.25},
        0.0,
        0.0,
    )


def test_retrofit_takes_halls_for_good() -> None:
    """Halls lost to a one-month deal do not come back in April."""
    _, m = compiled(contracts=[offer(term_months=1, last_start="2027-03")])
    assert row(m, "retrofit_mw_balance[alpha,2027-03]") == ({"retrofit_mw[alpha,2027-03]": 1.0, MARCH: -1.25}, 0.0, 0.0)
    assert "retrofit_mw_balance[alpha,2027-04]" not in m.row_names


def test_greenfield_offer_takes_no_halls() -> None:
    """Only capacity is touched."""
    _, m = compiled(contracts=[offer(retrofit=False)])
    assert not any(name.startswith("retrofit") for name in m.row_names)


def test_offer_size() -> None:
    """All starts of an offer together stay within its size."""
    _, m = compiled()
    assert row(m, "offer_size[lab,2027-01]") == ({MARCH: 1.0, APRIL: 1.0}, -INF, 4.0)


def test_site_capacity() -> None:
    """Fleet and AI share 10 MW from March on; before, the fleet alone cannot exceed them and no row is needed."""
    _, m = compiled()
    assert row(m, "site_capacity[alpha,2027-03]") == (
        {"mining_mw[old,2027-03]": 1.0, "ai_mw[alpha,2027-03]": 1.0},
        -INF,
        10.0,
    )
    assert "site_capacity[alpha,2027-01]" not in m.row_names


def test_mining_halls() -> None:
    """Seven MW of halls hold the fleet and what retrofits take."""
    _, m = compiled(sites=[site(mining_ready_mw=7.0)])
    assert row(m, "mining_halls[alpha,2027-01]") == ({"mining_mw[old,2027-01]": 1.0}, -INF, 7.0)
    assert row(m, "mining_halls[alpha,2027-03]") == (
        {"mining_mw[old,2027-03]": 1.0, "retrofit_mw[alpha,2027-03]": 1.0},
        -INF,
        7.0,
    )


def test_curtailable_share() -> None:
    """A quarter must be curtailable: AI <= 0.75 (AI + mining), so 0.25 AI - 0.75 mining <= 0."""
    _, m = compiled(sites=[site(curtailable_min_share=0.25)])
    assert row(m, "curtailable_share[alpha,2027-03]") == (
        {"ai_mw[alpha,2027-03]": 0.25, "mining_mw[old,2027-03]": -0.75},
        -INF,
        0.0,
    )


def test_capex_budget_counts_what_is_spent_by_the_end_of_each_step() -> None:
    """Budget 0 in January, 0.1 million from February on; a March start has spent half by the end of January."""
    _, m = compiled(limits={"capex_budget": [{"month": "2027-02", "usd": 100_000.0}]})
    assert row(m, "capex_budget[portfolio,2027-01]") == ({MARCH: 0.05}, -INF, 0.0)
    assert row(m, "capex_budget[portfolio,2027-06]") == ({MARCH: 0.1, APRIL: 0.1}, -INF, 0.1)


def test_build_limit_is_a_bound_on_what_is_under_construction() -> None:
    """Building for March occupies January and February, for April February and March."""
    _, m = compiled(limits={"max_build_mw": 3.0})
    assert bound(m, "building_mw[portfolio,2027-02]") == (0.0, 3.0)
    assert row(m, "building_mw_balance[portfolio,2027-01]") == (
        {"building_mw[portfolio,2027-01]": 1.0, MARCH: -1.25},
        0.0,
        0.0,
    )
    assert row(m, "building_mw_balance[portfolio,2027-03]")[0] == {
        "building_mw[portfolio,2027-03]": 1.0,
        "building_mw[portfolio,2027-02]": -1.0,
        MARCH: 1.25,
    }


def test_ai_shares() -> None:
    """At most 40 %: 0.6 AI - 0.4 mining <= 0; at least 10 %: 0.1 mining - 0.9 AI <= 0."""
    _, m = compiled(limits={"ai_share_max": 0.4, "ai_share_min": 0.1})
    assert row(m, "ai_share_max[portfolio,2027-04]") == (
        {"ai_mw[alpha,2027-04]": pytest.approx(0.6), "mining_mw[old,2027-04]": -0.4},
        -INF,
        0.0,
    )
    assert row(m, "ai_share_min[portfolio,2027-04]") == (
        {"ai_mw[alpha,2027-04]": -0.9, "mining_mw[old,2027-04]": 0.1},
        -INF,
        0.0,
    )
    assert row(m, "ai_share_min[portfolio,2027-01]") == ({"mining_mw[old,2027-01]": 0.1}, -INF, 0.0)


def test_min_hashrate() -> None:
    """50 PH/s per MW are 0.05 EH/s."""
    _, m = compiled(limits={"min_eh_s": 0.3})
    assert row(m, "min_hashrate[portfolio,2027-01]") == ({"mining_mw[old,2027-01]": 0.05}, 0.3, INF)


def test_min_hashrate_without_fleets_is_refused_in_words() -> None:
    """A floor on hashrate cannot be met by a portfolio that has no machine."""
    with pytest.raises(InfeasiblePlanError, match=r"0\.3 EH/s, but no fleet can hash in 2027-01"):
        compiled(limits={"min_eh_s": 0.3}, fleets=[])


def two_parties(**limits: float) -> Matrices:
    """Two counterparties at two sites in two regions."""
    return compiled(
        sites=[site(region="ercot"), site(id="beta", region="pjm")],
        contracts=[
            offer(last_start="2027-03"),
            offer(id="big", counterparty="Big", sites=["beta"], last_start="2027-03", gross_ratio=1.5),
        ],
        limits=limits,
    )[1]


def test_counterparty_share() -> None:
    """Half at most: 0.5 Lab - 0.5 Big <= 0, in critical MW."""
    m = two_parties(counterparty_share_max=0.5)
    assert row(m, "counterparty_share[Lab,2027-03]") == (
        {"counterparty_mw[Lab,2027-03]": 0.5, "counterparty_mw[Big,2027-03]": -0.5},
        -INF,
        0.0,
    )
    assert row(m, "counterparty_mw_balance[Lab,2027-03]")[0] == {"counterparty_mw[Lab,2027-03]": 1.0, MARCH: -1.0}


def test_region_share() -> None:
    """At most 60 % of AI in one region: 0.4 ercot - 0.6 pjm <= 0, in site MW."""
    m = two_parties(region_share_max=0.6)
    assert row(m, "region_share[ercot,2027-03]") == (
        {"region_mw[ercot,2027-03]": pytest.approx(0.4), "region_mw[pjm,2027-03]": -0.6},
        -INF,
        0.0,
    )
    assert row(m, "region_mw_balance[ercot,2027-03]")[0] == {"region_mw[ercot,2027-03]": 1.0, MARCH: -1.25}


def test_objective_is_minimised_in_usd_million() -> None:
    """A March start earns four rents of 0.1 less 0.1 capex; January's and February's block 1,416 h * 20 USD per MW."""
    _, m = compiled(sites=[site(fixed_cost_usd_per_month=1000.0)])
    assert m.cost[m.col_names.index(MARCH)] == pytest.approx(-0.3)
    assert m.cost[m.col_names.index(APRIL)] == pytest.approx(-0.2)
    assert m.cost[m.col_names.index("mining_mw[old,2027-01]")] == pytest.approx(-1416 * 20e-6)
    assert m.offset == pytest.approx(6 * 1000e-6)


def test_order_of_input_is_irrelevant() -> None:
    """Sites and offers in another order compile to the very same numbers."""
    extra = {"sites": [site(), site(id="beta")], "contracts": [offer(), offer(id="big", sites=["beta"])]}
    turned = {table: records[::-1] for table, records in extra.items()}
    _, one = compiled(**extra)
    _, other = compiled(**turned)
    assert one.col_names == other.col_names
    assert np.array_equal(one.cost, other.cost)
    assert (one.a != other.a).nnz == 0


def test_every_family_of_rows_and_columns_is_known_to_the_reports() -> None:
    """All limits at once: whatever is compiled is a definition or has words for it."""
    _, m = compiled(
        sites=[site(curtailable_min_share=0.1, mining_ready_mw=7.0)],
        limits={
            "capex_budget": [{"month": "2027-01", "usd": 1e6}],
            "max_build_mw": 3.0,
            "ai_share_min": 0.0,
            "ai_share_max": 0.9,
            "min_eh_s": 0.1,
            "counterparty_share_max": 0.9,
            "region_share_max": 0.9,
        },
    )
    families = {group.family for group in m.rows}
    assert {f for f in families if not f.endswith("_balance")} <= set(LIMITS)
    assert {group.family for group in m.cols} - set(LIMIT_OF_COLUMN) == {"region_mw", "counterparty_mw"}
    assert len(families) == 15


def spoiled(matrices: Matrices, **arrays: Any) -> Matrices:
    """The matrices with some arrays replaced."""
    return Matrices(**{**{name: getattr(matrices, name) for name in matrices.__dataclass_fields__}, **arrays})


@pytest.mark.parametrize("wrong", [np.nan, np.inf, 1e9])
@pytest.mark.parametrize("array", ["cost", "col_upper", "row_upper"])
def test_numbers_that_a_solver_would_swallow_are_refused(array: str, wrong: float) -> None:
    """NaN comes back from HiGHS as optimal: it is stopped before, by the name of its row or column."""
    _, m = compiled()
    values = getattr(m, array).copy()
    position = int(np.flatnonzero(np.isinf(m.row_lower) if array == "row_upper" else np.isfinite(values))[0])
    values[position] = wrong
    names = m.row_names if array == "row_upper" else m.col_names
    with pytest.raises(SolverError) as refusal:
        check_matrices(spoiled(m, **{array: values}))
    assert names[position] in str(refusal.value)


def test_coefficient_out_of_range_is_refused() -> None:
    """HiGHS drops entries below 1e-9 without a word; such a coefficient is named instead."""
    _, m = compiled()
    a = m.a.copy()
    a.data[0] = 1e-12
    with pytest.raises(SolverError, match=r"coefficient out of range in \w+\["):
        check_matrices(spoiled(m, a=a))


def test_case_has_the_tables_it_says() -> None:
    """The shared case holds one record per table, so that the names used above are all there are."""
    assert {table: len(rows) for table, rows in tables().items() if isinstance(rows, list)} == {
        "sites": 1,
        "rigs": 1,
        "fleets": 1,
        "hashprice": 1,
        "contracts": 1,
    }
