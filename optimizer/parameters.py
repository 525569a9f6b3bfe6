"""From a portfolio to the plain numbers of the linear programme. All unit conversion ends here.

Inside the programme money is USD million and power is MW, which keeps coefficients near one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from optimizer.capital.capital import Capital
from optimizer.capital.machines import is_handled
from optimizer.capital.operating import Operating, start_write_offs
from optimizer.chains import Chain, Changes
from optimizer.choices import Choices, most_mw
from optimizer.errors import ScenarioError
from optimizer.horizon import USD_PER_USD_M, BoolArray, FloatArray, Horizon, IntArray
from optimizer.hosting import (
    HOSTING_TERMS,
    SITE_BILL_TERMS,
    AiLoadCosts,
    HostingCase,
    HostingValues,
    hosting_values,
    landlord_capex,
    server_purchases,
)
from optimizer.joint import Joint, hedge_gain_usd, make_joint
from optimizer.mining import MINING_TERMS, MiningMargins, Tiers, installed_mw
from optimizer.periods import SitePeriods, make_periods, rank_changes, value_changes
from optimizer.pins import Pin, all_pins, pinned_starts
from optimizer.price_duration import PowerPrices
from optimizer.scenario_margins import ScenarioMargins, portions, rank_disagrees, scenario_margins
from optimizer.scenario_values import ScenarioValues
from optimizer.sparse import csr_matrix
from optimizer.starts import Starts, allowed_starts
from optimizer.tariffs import Tariffs
from sites.portfolio import Portfolio
from sites.records import Fleet, Limits, Site
from sites.scenarios import ScenarioPaths

PH_PER_EH = 1000.0
# Joint months are written out for every scenario as long as they have no more variables than these in all.
MOST_OWN_COLUMNS = 400_000

LINES = (*MINING_TERMS, *HOSTING_TERMS, *SITE_BILL_TERMS, "demand_response", "power_blocks", "site_fixed")
START_TERMS = (*HOSTING_TERMS, *SITE_BILL_TERMS, "contract_tail")
TERMS = (*LINES, "contract_tail")


@dataclass(frozen=True)
class Blocks:
    """MW of one fleet in one period of its site: what the programme decides about mining.

    fleet, period : positions. mw : upper limit. [MW] value_usd_m : discounted margin. [USD million/MW]
    """

    fleet: IntArray
    period: IntArray
    mw: FloatArray
    value_usd_m: FloatArray


@dataclass(frozen=True)
class Totals:
    """Running totals over the starts.

    ai_mw : site capacity occupied, by site. retrofit_mw : mining halls taken for good, by site.
    building_mw : capacity under construction, one group. region_mw : capacity occupied, by region.
    counterparty_mw : critical MW, by counterparty.
    regions, counterparties : their names, in the order of the groups.
    """

    ai_mw: Chain
    retrofit_mw: Chain
    building_mw: Chain
    region_mw: Chain
    counterparty_mw: Chain
    regions: tuple[str, ...]
    counterparties: tuple[str, ...]


@dataclass(frozen=True)
class Parameters:
    """Every number of the programme, with its index.

    sites, fleets : records in the order of the index; sorted by id, so that the order of input is irrelevant.
    capacity_mw : one row per site, one column per month. [MW]
    installed_mw : most that may stand in each fleet: one row per fleet, one column per month. [MW]
    scenarios : what may happen. Figures below without scenarios of their own are means over them.
    prices : of power. tariffs : the power contracts.
    tiers : parts of the fleets' load, at the mean hashprice.
    mining : what one energised MW is worth, in every scenario and on average.
    joint : those months.
    power_bills : bill of a constant MW at each site, for every month that a deal can reach. [USD/MW]
    hosting : what AI load costs and when it begins to earn, for every delay of building that may happen.
    start_terms_usd_m : present value of one critical MW of each start, by objective term. [USD million/MW]
    price_slope_usd_m : the same per USD/kW-month of contract price.
    choices : what comes in whole numbers.
    pins : decisions that are forced. pinned_mw : critical MW that pins force upon a start, by its position. [MW]
    upper_mw : most critical MW of each start, pins aside. [MW]
    landlord_capex_usd_m : undiscounted capex of one critical MW of each start. [USD million/MW]
    site_fixed_usd_m : discounted fixed cost of each site, not positive. [USD million]
    capital : what the tables of capital let the plan decide; None without any.
    servers_usd_m : cost of the servers of one critical MW of each start: starts x months. [USD million/MW]
    own : the same in every scenario alone, as far as its joint months need it; only where there are several scenarios
        and joint months. `joint` then has no months, and its blocks' gain is the mean.
    """

    portfolio: Portfolio
    horizon: Horizon
    sites: tuple[Site, ...]
    fleets: tuple[Fleet, ...]
    fleet_site: IntArray
    capacity_mw: FloatArray
    installed_mw: FloatArray
    scenarios: ScenarioPaths
    prices: PowerPrices
    tariffs: Tariffs
    tiers: Tiers
    mining: ScenarioMargins
    joint: Joint
    power_bills: FloatArray
    hosting: tuple[HostingCase, ...]
    starts: Starts
    start_terms_usd_m: dict[str, FloatArray]
    price_slope_usd_m: FloatArray
    choices: Choices
    pins: tuple[Pin, ...]
    pinned_mw: dict[int, float]
    upper_mw: FloatArray
    landlord_capex_usd_m: FloatArray
    site_fixed_usd_m: FloatArray
    periods: SitePeriods
    blocks: Blocks
    totals: Totals
    capital: Capital | None
    servers_usd_m: FloatArray
    own: tuple[Parameters, ...] = ()

    @property
    def cvar_weight(self) -> float:
        """Weight of the worst share's mean in the objective; 0 where one scenario is certain. [-]"""
        return self.portfolio.risk.cvar_weight if self.scenarios.count > 1 else 0.0

    @cached_property
    def scenario_values(self) -> ScenarioValues:
        """What every decision is worth in every scenario."""
        return ScenarioValues.of(self)

    @property
    def margins(self) -> MiningMargins:
        """Economics of one energised MW, fleets x months; zero where a site's loads are planned together."""
        return self.mining.expected

    @property
    def limits(self) -> Limits:
        """The portfolio's limits."""
        return self.portfolio.limits

    @property
    def constant_usd_m(self) -> float:
        """What no decision changes: fixed costs, and the blocks before any load uses them. [USD million]"""
        blocks = float((self.joint.unused_gain_usd @ self.horizon.discount).sum()) / USD_PER_USD_M
        capital = 0.0 if self.capital is None else self.capital.constant_usd_m
        return float(self.site_fixed_usd_m.sum()) + blocks + capital

    @property
    def capital_values_usd_m(self) -> dict[str, FloatArray]:
        """Present value of a unit of every capital decision, by the name of its columns. [USD million/unit]"""
        return {} if self.capital is None else self.capital.values_usd_m

    @cached_property
    def operating(self) -> Operating:
        """What offers and mining bring every month."""
        return Operating.of(self)

    @cached_property
    def write_offs(self) -> tuple[csr_matrix, csr_matrix]:
        """What of one critical MW each tax year writes off, building and servers: starts x years. [USD million/MW]"""
        assert self.capital is not None  # only its tax asks
        return start_write_offs(self, self.capital.years)

    @property
    def start_write_offs(self) -> csr_matrix:
        """Both together: starts x years. [USD million/MW]"""
        return self.write_offs[0] + self.write_offs[1]

    @cached_property
    def growth_mw(self) -> FloatArray:
        """Most that each site's capacity may grow. [MW]"""
        return np.zeros(len(self.sites)) if self.capital is None else self.capital.building.growth_mw(len(self.sites))

    @cached_property
    def ai_growth_mw(self) -> FloatArray:
        """Most that each site's AI limit may grow: with its capacity, where it has no limit of its own. [MW]"""
        return np.where([site.ai_max_mw is None for site in self.sites], self.growth_mw, 0.0)

    @cached_property
    def cooling(self) -> tuple[str, ...]:
        """How the machines of every fleet are cooled."""
        return tuple(self.portfolio.rig(fleet.rig).cooling for fleet in self.fleets)

    @property
    def start_value_usd_m(self) -> FloatArray:
        """Present value of one critical MW of each start. [USD million/MW]"""
        return np.asarray(sum(self.start_terms_usd_m.values(), start=np.zeros(self.starts.count)))


def capacity_by_month(portfolio: Portfolio, sites: tuple[Site, ...], horizon: Horizon) -> FloatArray:
    """Capacity of every site and month, each step replacing it from its month on. [MW]"""
    capacity = np.repeat(np.array([site.capacity_mw for site in sites])[:, None], horizon.months, axis=1)
    row = {site.id: position for position, site in enumerate(sites)}
    for step in sorted(portfolio.capacity_steps, key=lambda step: step.from_month):
        capacity[row[step.site], max(0, horizon.index(step.from_month)) :] = step.capacity_mw
    return capacity


def mining_is_counted(
    sites: tuple[Site, ...], limits: Limits, tariffs: Tariffs, capital: Capital | None, fleet_site: IntArray
) -> BoolArray:
    """For each site, whether a limit, its power contracts or capital look at its mining MW month by month."""
    everywhere = any(limit is not None for limit in (limits.ai_share_min, limits.ai_share_max, limits.min_eh_s))
    curtailable = np.array([site.curtailable_min_share > 0.0 for site in sites], dtype=np.bool_)
    counted = everywhere | curtailable | tariffs.joint.any(axis=1)
    if capital is not None:
        building = capital.building
        handled = fleet_site[capital.machines.fleets]
        counted[[*handled, *building.hall_site, *building.expansion_site, *building.closable]] = True
    return np.asarray(counted)


def make_site_periods(
    counted: BoolArray,
    fleet_site: IntArray,
    starts: Starts,
    monthly: tuple[FloatArray, FloatArray],
    mining: ScenarioMargins,
    finer: Sequence[SitePeriods],
) -> SitePeriods:
    """The periods of every site; `monthly` is capacity by site and installed MW by fleet.

    A month in which the scenarios rank the fleets differently is a period of its own: filling the site in one order
    is then not best whatever the scenarios weigh.

    finer : where these have cut a site, it is cut too.
    """
    capacity, installed = monthly
    gain = mining.expected.gain_usd
    months = capacity.shape[1]
    breaks: list[set[int]] = []
    for position in range(counted.size):
        if counted[position]:
            breaks.append(set(range(months)))
            continue
        rows = np.flatnonzero(fleet_site == position)
        here = starts.site == position
        cuts = set(value_changes(capacity[position]).tolist())
        cuts.update(starts.begin[here].tolist(), starts.release[here].tolist())
        if rows.size:
            cuts.update(value_changes(installed[rows]).tolist(), rank_changes(gain[rows]).tolist())
            alone = np.flatnonzero(rank_disagrees(mining.gain_usd[:, rows], gain[rows]))
            cuts.update(alone.tolist(), (alone + 1).tolist())
        for other in finer:
            cuts.update(other.first[other.site == position].tolist())
        breaks.append(cuts)
    return make_periods(months, breaks)


def make_blocks(
    counted: BoolArray,
    fleet_site: IntArray,
    periods: SitePeriods,
    installed: FloatArray,
    discounted_gain: FloatArray,
    *,
    keep_idle: bool,
) -> Blocks:
    """One block for each fleet and period in which it is installed and could matter.

    A fleet that earns nothing in a period never improves a plan, unless a limit counts its energised MW.

    keep_idle : keep it all the same, for copies of the portfolio in which it earns.
    """
    running = np.concatenate((np.zeros((discounted_gain.shape[0], 1)), np.cumsum(discounted_gain, axis=1)), axis=1)
    fleet_of, period_of = _fleet_period_pairs(fleet_site, periods)
    value = running[fleet_of, periods.end[period_of]] - running[fleet_of, periods.first[period_of]]
    mw = installed[fleet_of, periods.first[period_of]]
    earns = discounted_gain[fleet_of, periods.first[period_of]] > 0.0
    keep = (mw > 0.0) & (earns | keep_idle | counted[fleet_site[fleet_of]])
    value = np.where(earns, value, 0.0)
    return Blocks(fleet_of[keep], period_of[keep], mw[keep], value[keep] / USD_PER_USD_M)


def _fleet_period_pairs(fleet_site: IntArray, periods: SitePeriods) -> tuple[IntArray, IntArray]:
    by_site = [np.flatnonzero(periods.site == site) for site in range(periods.of_month.shape[0])]
    fleets = [np.full(by_site[site].size, fleet) for fleet, site in enumerate(fleet_site.tolist())]
    chosen = [by_site[site] for site in fleet_site.tolist()]
    empty = np.zeros(0, dtype=np.int64)
    return np.concatenate([empty, *fleets]), np.concatenate([empty, *chosen])


def make_totals(starts: Starts, sites: tuple[Site, ...], limits: Limits) -> Totals:
    """The running totals; those that no limit asks for stay empty."""
    months, every = starts.horizon.months, np.arange(starts.count, dtype=np.int64)
    none, retrofit = every[:0], starts.retrofit
    building = every if limits.max_build_mw is not None else none
    by_region = every if limits.region_share_max is not None else none
    by_party = every if limits.counterparty_share_max is not None else none
    regions = tuple(sorted({site.region for site in sites}))
    region = np.array([regions.index(site.region) for site in sites], dtype=np.int64)[starts.site]
    names = tuple(sorted({offer.counterparty for offer in starts.offers}))
    party = starts.per_start([float(names.index(offer.counterparty)) for offer in starts.offers]).astype(np.int64)
    gross = starts.gross_ratio

    def chain(chosen: IntArray, group: IntArray, groups: int, span: tuple[IntArray, IntArray], mw: FloatArray) -> Chain:
        first, end = (side[chosen] for side in span)
        return Chain.of(Changes.spans(group[chosen], chosen, first, end, mw[chosen]), groups, months)

    occupied = (starts.begin, starts.release)
    construction = (np.maximum(0, starts.signing), np.maximum(0, starts.tau))
    for_good = (starts.begin, np.full(starts.count, months))
    return Totals(
        ai_mw=chain(every, starts.site, len(sites), occupied, gross),
        retrofit_mw=chain(retrofit, starts.site, len(sites), for_good, gross),
        building_mw=chain(building, np.zeros_like(every), 1, construction, gross),
        region_mw=chain(by_region, region, len(regions), occupied, gross),
        counterparty_mw=chain(by_party, party, len(names), occupied, np.ones(starts.count)),
        regions=regions,
        counterparties=names,
    )


def reachable_months(starts: Starts) -> int:
    """How many months from the start on any deal's term can touch."""
    terms = np.array([offer.term_months for offer in starts.offers], dtype=np.int64)
    last = int((starts.tau + terms[starts.offer]).max()) if starts.count else 0
    return max(starts.horizon.months, last)


def size_limits(starts: Starts, choices: Choices) -> FloatArray:
    """Most critical MW of each start: what is signed, or the offer's largest size, zero if it is barred. [MW]"""
    sizes = [offer.committed_mw or most_mw(offer) for offer in starts.offers]
    return starts.per_start([0.0 if c in choices.barred else mw for c, mw in enumerate(sizes)])


def servers_by_start(starts: Starts) -> FloatArray:
    """Cost of the servers of one critical MW of every start: starts x months. [USD/MW]"""
    cost = np.zeros((starts.count, starts.horizon.months))
    offers = [offer.compute_capex_usd_per_mw > 0.0 for offer in starts.offers]
    for start in np.flatnonzero(np.array(offers, dtype=np.bool_)[starts.offer]).tolist():
        offer, tau = starts.offers[int(starts.offer[start])], int(starts.tau[start])
        cost[start] = server_purchases(offer, tau, int(starts.release[start]), starts.horizon.months)
    return cost


def hosting_cases(
    starts: Starts, tariffs: Tariffs, unscaled: PowerPrices, scenarios: ScenarioPaths
) -> tuple[HostingCase, ...]:
    """What AI load costs and when it earns, for each delay of building that may happen.

    unscaled : the power prices, whose factor is replaced by the mean of the scenarios that are late alike.
    """
    delays = scenarios.build_delay_months
    cases = []
    for delay in np.unique(delays).tolist():
        rows = np.flatnonzero(delays == delay)
        probability = float(scenarios.probability[rows].sum())
        even = np.full(rows.size, 1.0 / rows.size)
        weight = scenarios.probability[rows] / probability if probability else even
        late = starts.late_by(int(delay))
        prices = replace(unscaled, factor=weight @ scenarios.power_factor[rows])
        bills = prices.constant_load_bills(reachable_months(starts))
        cases.append(HostingCase(probability, rows, late, AiLoadCosts.of(prices, tariffs, bills)))
    return tuple(cases)


def expected_hosting_values(hosting: Sequence[HostingCase], contract_tail: float) -> HostingValues:
    """Present values of one critical MW of every start, mean over the scenarios."""
    by_case = [(case.probability, hosting_values(case.starts, contract_tail, case.ai_costs)) for case in hosting]
    terms = by_case[0][1].terms
    return HostingValues(
        terms={term: np.asarray(sum(share * values.terms[term] for share, values in by_case)) for term in terms},
        price_slope=np.asarray(sum(share * values.price_slope for share, values in by_case)),
    )


def in_every_scenario(p: Parameters, scenarios: ScenarioPaths) -> Parameters:
    """The parameters with the joint months of every scenario, in which all that they decide adapts.

    Raises
    ------
    ScenarioError : these are too many decisions to be written out.
    """
    own: list[Parameters] = []
    for position in range(scenarios.count):
        one = scenarios.only(position)
        tiers = Tiers.of(p.portfolio, p.fleets, p.fleet_site, one.hashprice[0])
        prices = replace(p.prices, factor=one.power_factor[0])
        starts = p.starts.late_by(int(one.build_delay_months[0]))
        joint = make_joint(p.tariffs, tiers, p.fleets, p.installed_mw, prices, starts)
        own.append(replace(p, scenarios=one, tiers=tiers, prices=prices, joint=joint))
        columns = scenarios.count * sum(usd.size for usd in joint.usd.values())
        if columns > MOST_OWN_COLUMNS:
            site, month = np.argwhere(p.tariffs.joint)[0].tolist()
            raise ScenarioError(
                f"site '{p.sites[site].id}' has a power contract, in {p.horizon.label(month)} for one, that makes its "
                "loads depend on one another (a block without free resale, demand response, or a ratchet). Such months "
                f"are written out for every scenario: {columns:,} variables with {scenarios.count:,} scenarios, but "
                f"{MOST_OWN_COLUMNS:,} is the most; use fewer scenarios, or drop that contract"
            )
    gain = np.tensordot(scenarios.probability, np.array([q.joint.unused_gain_usd for q in own]), axes=1)
    return replace(p, joint=replace(p.joint, unused_gain_usd=gain), own=tuple(own))


def with_mean_hedges(joint: Joint, tariffs: Tariffs, prices: PowerPrices, scenarios: ScenarioPaths) -> Joint:
    """The joint months with the mean of what hedges bring in the scenarios; prices below zero are not sold at."""
    if scenarios.count == 1 or not any(tariff.is_hedge for tariff in tariffs.all):
        return joint
    gain = np.zeros_like(joint.unused_gain_usd)
    for rows in portions(scenarios.count, gain.size):
        by_scenario = hedge_gain_usd(tariffs, prices, scenarios.power_factor[rows])
        gain += np.tensordot(scenarios.probability[rows], by_scenario, axes=1)
    return replace(joint, unused_gain_usd=gain)


def build_parameters(
    portfolio: Portfolio,
    pins: Sequence[Pin] = (),
    finer: Sequence[SitePeriods] = (),
    scenarios: ScenarioPaths | None = None,
) -> Parameters:
    """Turn a portfolio into the numbers of the programme.

    pins : decisions that are forced, beside those of the portfolio's own table.
    scenarios : in place of the portfolio's own.
    finer : periods of changed copies. Where one of them is cut this one is cut too, and fleets that earn nothing are
        kept, so that the copies have the same columns and rows.

    Raises
    ------
    PinError : a pin forces what no plan of this portfolio could do.
    ScenarioError : too many joint months in too many scenarios.
    """
    forced = all_pins(portfolio, pins)
    horizon = Horizon.of(portfolio.settings)
    sites = tuple(sorted(portfolio.sites, key=lambda site: site.id))
    position = {site.id: row for row, site in enumerate(sites)}
    fleets = tuple(sorted(portfolio.fleets, key=lambda fleet: (fleet.site, fleet.id)))
    fleet_site = np.array([position[fleet.site] for fleet in fleets], dtype=np.int64)
    starts = allowed_starts(sorted(portfolio.contracts, key=lambda offer: offer.id), position, horizon)
    choices = Choices.of(starts)
    scenarios = scenarios or portfolio.scenario_paths
    prices = PowerPrices.of(portfolio, sites, horizon, scenarios.probability @ scenarios.power_factor)
    tariffs = Tariffs.of(portfolio, sites, horizon)
    hosting = hosting_cases(starts, tariffs, prices, scenarios)
    tiers = Tiers.of(portfolio, fleets, fleet_site, scenarios.expected_hashprice)
    mining = scenario_margins(portfolio, fleets, fleet_site, (prices, tariffs), scenarios)
    capacity = capacity_by_month(portfolio, sites, horizon)
    capital = Capital.of(portfolio, sites, fleets, horizon)
    installed = installed_mw(fleets, horizon, is_handled(portfolio, fleets))
    written_out = scenarios.count > 1 and bool(tariffs.joint.any())
    together = np.zeros_like(tariffs.joint) if written_out else tariffs.joint
    joint = make_joint(tariffs, tiers, fleets, installed, prices, hosting[0].starts, together)
    values = expected_hosting_values(hosting, portfolio.settings.contract_tail)
    counted = mining_is_counted(sites, portfolio.limits, tariffs, capital, fleet_site)
    periods = make_site_periods(counted, fleet_site, starts, (capacity, installed), mining, finer)
    gains = horizon.discount * mining.expected.gain_usd
    fixed = np.array([site.fixed_cost_usd_per_month for site in sites])
    p = Parameters(
        portfolio=portfolio,
        horizon=horizon,
        sites=sites,
        fleets=fleets,
        fleet_site=fleet_site,
        capacity_mw=capacity,
        installed_mw=installed,
        scenarios=scenarios,
        prices=prices,
        tariffs=tariffs,
        tiers=tiers,
        mining=mining,
        joint=with_mean_hedges(joint, tariffs, prices, scenarios),
        power_bills=prices.constant_load_bills(reachable_months(starts)),
        hosting=hosting,
        starts=starts,
        start_terms_usd_m={term: value / USD_PER_USD_M for term, value in values.terms.items()},
        price_slope_usd_m=values.price_slope / USD_PER_USD_M,
        choices=choices,
        pins=forced,
        pinned_mw=pinned_starts(forced, starts, position, choices.barred),
        upper_mw=size_limits(starts, choices),
        landlord_capex_usd_m=starts.per_start([landlord_capex(offer) / USD_PER_USD_M for offer in starts.offers]),
        capital=capital,
        servers_usd_m=servers_by_start(starts) / USD_PER_USD_M,
        site_fixed_usd_m=-fixed * horizon.discount.sum() / USD_PER_USD_M,
        periods=periods,
        totals=make_totals(starts, sites, portfolio.limits),
        blocks=make_blocks(counted, fleet_site, periods, installed, gains, keep_idle=bool(finer)),
    )
    return in_every_scenario(p, scenarios) if written_out else p
