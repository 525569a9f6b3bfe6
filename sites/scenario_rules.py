"""Rules on scenarios: probabilities that add up to one, price paths that exist, one source of scenarios."""

from __future__ import annotations

from collections.abc import Iterator

from sites.findings import Finding
from sites.hints import nearest
from sites.market_given import is_made_by_market
from sites.records import BASE_SCENARIO
from sites.tables import Tables

# Thirds and sevenths written with all the digits that a computer holds add up to 1 within this.
PROBABILITY_TOLERANCE = 1e-9


def probabilities_add_up_to_one(tables: Tables) -> Iterator[Finding]:
    """The probabilities of all scenarios together are 1."""
    if not tables.scenarios or not tables.is_whole("scenarios"):
        return
    total = sum(entry.record.probability for entry in tables.scenarios)
    if abs(total - 1.0) > PROBABILITY_TOLERANCE:
        hint = f"those of the table add up to {total:.12g}"
        if abs(total - 100.0) <= 100.0 * PROBABILITY_TOLERANCE:
            hint += "; were they percent?"
        elif abs(total - 1.0) < 0.05:
            hint += f"; write the last one as {tables.scenarios[-1].record.probability + 1.0 - total:.15g}"
        expected = "probabilities that add up to 1"
        yield tables.scenarios[-1].row.finding("probability", expected, hint=hint)


def price_paths_are_known(tables: Tables) -> Iterator[Finding]:
    """Every price path that a scenario names is one of the table hashprice."""
    if not tables.is_whole("hashprice"):
        return
    made = {BASE_SCENARIO} if is_made_by_market(tables.given) else set()
    known = sorted({entry.record.scenario for entry in tables.hashprice} | made)
    for entry in tables.scenarios:
        name = entry.record.hashprice
        if name not in known:
            hint = nearest(name, known) or f"the table hashprice has {', '.join(known)}"
            yield entry.row.finding("hashprice", "a scenario of the table hashprice", hint=hint, value=name)


def scenarios_are_given_once(tables: Tables) -> Iterator[Finding]:
    """Scenarios come from the table or from a stochastic market, not from both."""
    if tables.risk is None or tables.risk.record.paths is None or not tables.given.rows.get("scenarios"):
        return
    hint = "leave out risk.paths, or the table scenarios"
    yield tables.risk.row.finding("paths", "either a table of scenarios or a number of paths", hint=hint)


def paths_need_a_stochastic_market(tables: Tables) -> Iterator[Finding]:
    """Only a stochastic market draws scenarios."""
    if tables.risk is None or tables.risk.record.paths is None or tables.settings is None or tables.scenarios:
        return
    market = tables.settings.record.market
    if market is None or market.model != "stochastic":
        hint = "the scenarios of any other hashprice are given in the table scenarios"
        yield tables.risk.row.finding("paths", "settings.market with model: stochastic", hint=hint)
