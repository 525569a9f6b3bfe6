"""The rules that hold across columns, rows and tables, in one list."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sites import (
    contract_rules,
    horizon_rules,
    limit_rules,
    lumpy_rules,
    market_rules,
    power_rules,
    reference_rules,
    scenario_rules,
)
from sites.findings import Finding
from sites.tables import Tables

Rule = Callable[[Tables], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    reference_rules.ids_are_unique,
    reference_rules.series_ids_are_no_numbers,
    reference_rules.sites_are_known,
    reference_rules.contract_sites_are_named_once,
    reference_rules.rigs_are_known,
    reference_rules.power_series_are_known,
    reference_rules.required_offers_can_be_required,
    reference_rules.names_differ_by_more_than_case,
    contract_rules.start_window_is_in_order,
    contract_rules.committed_offer_has_one_site_and_start,
    contract_rules.sizes_fit_the_offer,
    contract_rules.prepaid_months_fit_the_term,
    contract_rules.offer_can_start,
    contract_rules.committed_offer_is_not_over,
    contract_rules.disruption_follows_signing,
    lumpy_rules.sizes_fit_whole_blocks,
    lumpy_rules.signed_sizes_fit_the_steps,
    lumpy_rules.exclusive_groups_have_several_members,
    lumpy_rules.exclusive_groups_have_one_signed_deal,
    lumpy_rules.open_offers_are_not_shut_out,
    lumpy_rules.required_offers_are_not_excluded,
    lumpy_rules.required_offers_can_be_taken,
    lumpy_rules.requirements_form_no_circle,
    horizon_rules.hashprice_has_base_scenario,
    horizon_rules.hashprice_months_are_given_once,
    horizon_rules.hashprice_covers_the_start,
    horizon_rules.hashprice_has_no_gap,
    market_rules.market_has_what_it_needs,
    market_rules.market_years_are_in_order,
    market_rules.market_points_are_in_order,
    market_rules.market_fields_have_an_effect,
    market_rules.market_makes_some_month,
    scenario_rules.probabilities_add_up_to_one,
    scenario_rules.price_paths_are_known,
    scenario_rules.scenarios_are_given_once,
    scenario_rules.paths_need_a_stochastic_market,
    horizon_rules.capacity_steps_are_given_once,
    horizon_rules.steps_do_not_raise_default_limits,
    horizon_rules.fleets_are_not_retired_at_start,
    limit_rules.ai_shares_are_in_order,
    limit_rules.budget_months_ascend,
    limit_rules.budget_does_not_fall,
    limit_rules.rig_efficiency_is_possible,
    limit_rules.fleets_fit_their_halls,
    power_rules.contracts_have_their_columns,
    power_rules.other_columns_are_blank,
    power_rules.contract_months_are_in_order,
    power_rules.contracts_are_in_force,
    power_rules.ratchets_are_complete,
    power_rules.blocks_fit_their_site,
    power_rules.called_hours_are_few,
    power_rules.programmes_do_not_overlap,
    power_rules.fleets_are_not_called_ai,
    power_rules.rig_modes_are_named_once,
    power_rules.rig_modes_are_possible,
    power_rules.rig_modes_are_worth_running,
)


def check_tables(tables: Tables) -> Iterator[Finding]:
    """The findings of every rule."""
    for rule in RULES:
        yield from rule(tables)
