"""Rate of return, payback and value of a deal on its own."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.parameters import build_parameters
from optimizer.valuation import annual_irr, deal_value, payback_months
from tests.optimizer.cases import offer, portfolio, settings


def test_irr_of_one_outlay_and_one_return() -> None:
    """100 out, 121 back after 24 months: 10 % a year. When it begins is irrelevant."""
    flow = np.zeros(25)
    flow[0], flow[24] = -100.0, 121.0
    assert annual_irr(flow) == pytest.approx(0.10)
    assert annual_irr(np.concatenate([np.zeros(7), flow, np.zeros(3)])) == pytest.approx(0.10)


@pytest.mark.parametrize(
    "flow",
    [
        [0.0, 0.0],
        [-1.0, -2.0],  # nothing comes back
        [1.0, 2.0],  # nothing is put in
        [5.0, -1.0, -1.0],  # money first is borrowing
        [-1.0, 5.0, -6.0],  # several rates may fit
        [-100.0, 1e-9],  # next to nothing comes back
    ],
    ids=["empty", "only costs", "only income", "borrowing", "ambiguous", "lost"],
)
def test_no_irr_where_there_is_no_single_return(flow: list[float]) -> None:
    """An IRR is shown only where it exists and is the only one."""
    assert annual_irr(np.array(flow)) is None


@pytest.mark.parametrize(
    ("flow", "months"),
    [
        ([-10.0, 5.0, 5.0], 3),
        ([0.0, -10.0, 20.0], 2),  # counted from the first outlay
        ([-10.0, 12.0, -5.0, 4.0], 4),  # positive for a while is not paid back for good
        ([-10.0, 9.0], None),
        ([3.0, 4.0], 0),
        ([5.0, -2.0], 0),  # never below zero
    ],
)
def test_payback_is_for_good(flow: list[float], months: int | None) -> None:
    """Payback is the last month in which the deal crosses zero upwards."""
    assert payback_months(np.array(flow)) == months


def test_deal_by_hand() -> None:
    """4 MW from March, undiscounted: four rents of 0.4 million less 0.4 million capex, paid back by the first rent."""
    value = deal_value(build_parameters(portfolio()), 0, 4.0)
    assert value.npv_usd == pytest.approx(1_200_000.0)
    assert value.capex_usd == pytest.approx(400_000.0)
    assert value.first_year_rent_usd == pytest.approx(4_800_000.0)
    assert value.payback_months == 3
    assert value.tail_npv_usd == 0.0


def test_first_year_rent_ends_with_a_short_term() -> None:
    """A three-month deal earns three rents in its first year, unless it is renewed."""
    short = deal_value(build_parameters(portfolio(contracts=[offer(term_months=3)])), 0, 1.0)
    renewed = deal_value(build_parameters(portfolio(contracts=[offer(term_months=3, after_term="renew")])), 0, 1.0)
    assert short.first_year_rent_usd == pytest.approx(300_000.0)
    assert renewed.first_year_rent_usd == pytest.approx(1_200_000.0)


def test_tail_is_part_of_the_deal() -> None:
    """All of a term of eight months counts at a tail of one: eight rents less capex."""
    p = build_parameters(portfolio(settings=settings(contract_tail=1.0), contracts=[offer(term_months=8)]))
    value = deal_value(p, 0, 1.0)
    assert value.tail_npv_usd == pytest.approx(400_000.0)
    assert value.npv_usd == pytest.approx(700_000.0)
