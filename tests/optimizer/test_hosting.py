"""Cash flows and present values of AI offers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.horizon import discount_factors
from optimizer.hosting import HOSTING_TERMS, OfferProfile, expected_cash_flows
from optimizer.parameters import Parameters, build_parameters
from sites.records import Contract
from tests.optimizer.cases import offer, portfolio, settings, site


def contract(**changes: Any) -> Contract:
    """The offer of the case as a record."""
    return Contract(**offer(**changes))


def flows(p: Parameters, start: int = 0) -> dict[str, np.ndarray]:
    """Cash flows inside the horizon of one start."""
    return expected_cash_flows(p.hosting, start, p.horizon.months)


def test_rent_escalates_every_twelve_rent_months() -> None:
    """100 USD/kW-month is 100,000 USD per MW and month; with 3 % it is 103,000 from the 13th rent month on."""
    rent = 100.0 * OfferProfile.of(contract(escalator=0.03), 25).rent_at_unit_price
    assert rent[[0, 11, 12, 24]].tolist() == pytest.approx([100_000.0, 100_000.0, 103_000.0, 106_090.0])


def test_ramp_rises_in_equal_steps_to_full_rent() -> None:
    """Three ramp months: a quarter, a half, three quarters, then all."""
    profile = OfferProfile.of(contract(ramp_months=3, power="included"), 5)
    assert (profile.rent_at_unit_price / 1000.0).tolist() == pytest.approx([0.25, 0.5, 0.75, 1.0, 1.0])
    assert profile.load.tolist() == pytest.approx([0.25, 0.5, 0.75, 1.0, 1.0])  # PUE 1.25 times load factor 0.8


def test_credit_losses_and_recovery() -> None:
    """At 10 % defaults a year and half recovered, the 13th rent month keeps 0.9 + 0.1 * 0.5 = 0.95 of its rent."""
    profile = OfferProfile.of(contract(default_rate=0.1, recovery=0.5, sla_credit=0.02), 13)
    assert profile.rent_at_unit_price[12] == pytest.approx(1000.0 * 0.98 * 0.95)


def test_renewed_rent_is_a_share_of_the_last_step() -> None:
    """A 24-month term at 10 % ends on 110; renewed at 80 % it pays 88 from the 25th month on, without further steps."""
    renewed = contract(term_months=24, escalator=0.1, after_term="renew", renewal_factor=0.8)
    rent = 100.0 * OfferProfile.of(renewed, 60).rent_at_unit_price / 1000.0
    assert rent[[23, 24, 59]].tolist() == pytest.approx([110.0, 88.0, 88.0])


def test_capex_is_spread_over_the_building_months() -> None:
    """A March start with two building months and a tenant who pays a quarter: 37,500 USD in January and February."""
    p = build_parameters(portfolio(contracts=[offer(tenant_capex_share=0.25)]))
    assert flows(p)["capex"].tolist() == [-37_500.0, -37_500.0, 0.0, 0.0, 0.0, 0.0]


def test_capex_without_building_months_falls_into_the_start() -> None:
    """Nothing to build: all capex in the first rent month."""
    p = build_parameters(portfolio(contracts=[offer(build_months=0)]))
    assert flows(p)["capex"].tolist() == [0.0, 0.0, -100_000.0, 0.0, 0.0, 0.0]


def test_prepaid_rents_come_in_the_signing_month() -> None:
    """Two prepaid months of a March start signed in January: 200,000 USD in January, rent again from May on."""
    p = build_parameters(portfolio(contracts=[offer(prepaid_months=2)]))
    assert flows(p)["prepaid_rent"].tolist() == [200_000.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert flows(p)["rent"].tolist() == [0.0, 0.0, 0.0, 0.0, 100_000.0, 100_000.0]


def test_prepaid_rents_of_months_after_the_horizon_are_received_too() -> None:
    """Six prepaid months of which four lie in the horizon: all 600,000 USD come in January, no rent is left."""
    p = build_parameters(portfolio(contracts=[offer(prepaid_months=6)]))
    assert flows(p)["prepaid_rent"][0] == pytest.approx(600_000.0)
    assert flows(p)["rent"].sum() == 0.0


def test_included_power_is_paid_by_the_landlord() -> None:
    """PUE 1.25 at a load factor of 0.8 draws 1 MW per critical MW: 744 hours of March at 30 USD/MWh."""
    p = build_parameters(portfolio(contracts=[offer(power="included")]))
    assert flows(p)["ai_power"][:3].tolist() == pytest.approx([0.0, 0.0, -744 * 30.0])


def test_opex_escalates_with_its_own_rate() -> None:
    """10 USD/kW-month of opex is 10,000 USD per MW and month."""
    p = build_parameters(portfolio(contracts=[offer(opex_usd_per_kw_month=10.0)]))
    assert flows(p)["ai_opex"].tolist() == [0.0, 0.0, -10_000.0, -10_000.0, -10_000.0, -10_000.0]


def test_deal_signed_before_the_start_has_sunk_its_capex_and_prepayment() -> None:
    """Rent from January 2027 with two building months in 2026: no capex, and the prepaid first month brings nothing."""
    signed = offer(committed_mw=4.0, first_start="2027-01", last_start="2027-01", prepaid_months=1)
    p = build_parameters(portfolio(contracts=[signed]))
    assert flows(p)["capex"].sum() == 0.0
    assert flows(p)["prepaid_rent"].sum() == 0.0
    assert flows(p)["rent"].tolist() == [0.0, 100_000.0, 100_000.0, 100_000.0, 100_000.0, 100_000.0]


def test_deal_half_built_at_the_start_has_half_its_capex_left() -> None:
    """Rent from February 2027, built in December and January: only January's half is still to pay."""
    signed = offer(committed_mw=4.0, first_start="2027-02", last_start="2027-02")
    p = build_parameters(portfolio(contracts=[signed]))
    assert flows(p)["capex"].tolist() == [-50_000.0, 0.0, 0.0, 0.0, 0.0, 0.0]


def test_running_deal_counts_its_offsets_from_its_first_month() -> None:
    """A deal running since January 2026 at 3 % pays its second step, 103, throughout the first half of 2027."""
    signed = offer(committed_mw=4.0, first_start="2026-01", last_start="2026-01", escalator=0.03)
    p = build_parameters(portfolio(contracts=[signed]))
    assert flows(p)["rent"].tolist() == pytest.approx([103_000.0] * 6)


def test_tail_counts_a_share_of_the_term_after_the_horizon() -> None:
    """A 12-month term from March leaves eight months after June: half of 8 * (100,000 - 10,000) USD."""
    p = build_parameters(
        portfolio(
            settings=settings(contract_tail=0.5),
            contracts=[offer(term_months=12, opex_usd_per_kw_month=10.0)],
        )
    )
    assert p.start_terms_usd_m["contract_tail"][0] == pytest.approx(0.5 * 8 * 0.09)


def test_price_slope_is_the_rent_of_one_dollar() -> None:
    """Four months of rent in the horizon at 1 USD/kW-month are 4,000 USD per MW."""
    p = build_parameters(portfolio())
    assert p.price_slope_usd_m[0] == pytest.approx(0.004)


@given(
    changes=st.fixed_dictionaries(
        {
            "build_months": st.integers(0, 3),
            "term_months": st.integers(1, 30),
            "ramp_months": st.integers(0, 8),
            "prepaid_months": st.integers(0, 1),
            "escalator": st.sampled_from([0.0, 0.03]),
            "default_rate": st.sampled_from([0.0, 0.05]),
            "recovery": st.sampled_from([0.0, 0.4]),
            "sla_credit": st.sampled_from([0.0, 0.01]),
            "opex_usd_per_kw_month": st.sampled_from([0.0, 15.0]),
            "opex_escalator": st.sampled_from([0.0, 0.02]),
            "tenant_capex_share": st.sampled_from([0.0, 0.5]),
            "power": st.sampled_from(["pass_through", "included"]),
            "after_term": st.sampled_from(["release", "renew"]),
            "renewal_factor": st.sampled_from([1.0, 0.7]),
        }
    ),
    committed=st.booleans(),
    start_offset=st.integers(-20, 10),
)
def test_running_sums_equal_discounted_cash_flows(changes: dict[str, Any], committed: bool, start_offset: int) -> None:
    """For any offer, every term's present value is the discounted sum of its month-by-month cash flow."""
    index = 2027 * 12 + start_offset if committed else 2027 * 12 + 3
    month = f"{index // 12}-{index % 12 + 1:02d}"
    given_offer = offer(**changes, first_start=month, last_start=month, committed_mw=2.0 if committed else 0.0)
    case = portfolio(
        settings=settings(months=15, discount_rate=0.15, ai_discount_rate=0.08, contract_tail=0.6),
        sites=[site(escalation=0.05, adder_usd_per_mwh=3.0)],
        contracts=[given_offer],
    )
    p = build_parameters(case)
    for start in range(p.starts.count):
        whole = expected_cash_flows(p.hosting, start, p.power_bills.shape[1])
        factors = discount_factors(0.08, np.arange(p.power_bills.shape[1]))
        for term in HOSTING_TERMS:
            inside = (whole[term] * factors)[:15].sum() / 1e6
            assert p.start_terms_usd_m[term][start] == pytest.approx(inside, rel=1e-9, abs=1e-12)
        tail = 0.6 * sum((whole[term] * factors)[15:].sum() for term in HOSTING_TERMS) / 1e6
        assert p.start_terms_usd_m["contract_tail"][start] == pytest.approx(tail, rel=1e-9, abs=1e-12)
