"""The certificate of a plan: what was recomputed outside the solver and outside the model, and how well it agrees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.proving.books import allocation_checks, cashflow_checks, fleet_checks
from optimizer.proving.books_capital import capital_checks, cash_in_scenarios, settled
from optimizer.proving.books_hours import hour_checks, power_checks, power_summary_checks
from optimizer.proving.books_prices import price_checks
from optimizer.proving.books_programmes import programme_checks
from optimizer.proving.books_scenarios import objective_check, scenario_cash_checks, scenario_checks, worst_share_checks
from optimizer.proving.books_totals import contract_checks, site_checks, summary_checks, term_checks
from optimizer.proving.checks import HALF_A_CENT_USD, RELATIVE_TOLERANCE, Check, broken, json_number
from optimizer.proving.proof import FEASIBILITY_TOLERANCE, GAP_TOLERANCE, ExactCheck, Proof, ProofError, exact_check
from optimizer.proving.replay import Replay, replay
from optimizer.proving.replay_calendar import calendar_of
from optimizer.proving.replay_capital import CapitalReplay, has_capital, replay_physical
from optimizer.proving.replay_choices import choice_checks
from optimizer.proving.replay_frames import ReplayError
from optimizer.proving.replay_inputs import USD_PER_MILLION
from optimizer.proving.replay_mean import mean_replay
from optimizer.proving.replay_scenarios import lived_scenarios
from optimizer.proving.replay_tightest import LimitReplay
from optimizer.proving.tree import TreeError
from optimizer.proving.whole_numbers import OtherWholeNumbers, whole_number_checks
from sites.portfolio import Portfolio

if TYPE_CHECKING:
    import pandas as pd

    from optimizer.results import Frames

# A limit is recomputed from the same decisions with other roundings; the solver's own tolerance is all it may miss by.
LIMIT_TOLERANCE = FEASIBILITY_TOLERANCE
# A price on a limit that does not exist counts as zero in the dual bound, so its size can only widen the gap. Above the
# solver's dual tolerance it means that the prices belong to another programme.
DUAL_TOLERANCE = 1e-7
# The part of the gap that a single row or column leaves, per USD million of objective. Looser than the gap itself:
# a row that is broken by the feasibility tolerance contributes that times its price.
COMPLEMENTARITY_TOLERANCE = 1e-7


# A damaged frame may hold numbers whose product no float holds; the check of that number fails, which says it all.
@np.errstate(over="ignore", invalid="ignore")
def make_certificate(
    portfolio: Portfolio,
    frames: Frames,
    summary: Mapping[str, Any],
    proof: Proof,
    lived: Mapping[int, tuple[pd.DataFrame, pd.DataFrame]] = MappingProxyType({}),
) -> dict[str, Any]:
    """Check a plan from its tables, its frames and its proof.

    lived : of a plan with several scenarios, what its fleets and power contracts do in those that are replayed, by
        position; empty for a plan with one. Where they are not all, the books of means are not replayed.

    Returns
    -------
    Ready for JSON: `passed`; `checks`, each with name, value, tolerance, passed and where; `exact`, the verdict of
    exact arithmetic on the proof, its whole numbers held; `other_whole_numbers`, the most that plans with others are
    worth; `not_proved`, sentences on what rests on the solver's word; `replay`, the recomputed value by term and the
    tightest place of every limit.
    Numbers that JSON cannot hold are null. A plan that cannot be read fails a check which says why; nothing is raised.
    """
    checks: list[Check] = []
    exact: ExactCheck | None = None
    others: OtherWholeNumbers | None = None
    try:
        exact = exact_check(proof)
        checks += [*proof_checks(exact, proof), *whole_number_checks(proof)]
        others = OtherWholeNumbers.of(proof, exact, summary)
        checks += others.checks()
        checks += [*worst_share_checks(portfolio, proof), *scenario_cash_checks(portfolio, proof)]
    except (ProofError, TreeError) as unsound:
        checks.append(broken("proof", str(unsound)))
    books: Replay | None = None
    whole = True
    capital: CapitalReplay | None = None
    try:
        if has_capital(portfolio):
            capital = replay_physical(portfolio, calendar_of(portfolio), frames.capital)
        scenarios = lived_scenarios(portfolio, calendar_of(portfolio))
        if lived:
            replays = {
                at: replay(portfolio, frames.contracts, *tables, scenarios[at], capital)
                for at, tables in sorted(lived.items())
            }
            whole = len(replays) == len(scenarios)
            tables = frames.contracts, frames.fleets, frames.programmes
            books = (
                mean_replay(portfolio, [*replays.values()], tables, capital) if whole else next(iter(replays.values()))
            )
        else:
            replays = {}
            books = replay(portfolio, frames.contracts, frames.fleets, frames.programmes, capital=capital)
        checks += limit_checks(books.limits)
        if capital is not None:
            checks += limit_checks(settled(books, capital, frames, whole=whole))
            books = replace(books, capital=capital)
            replays = {at: replace(one, capital=capital) for at, one in replays.items()}
            checks += limit_checks(cash_in_scenarios(capital, replays, [lived.probability for lived in scenarios]))
    except (ReplayError, KeyError, TypeError, ValueError) as unreadable:
        checks.append(broken("replay", _reason(unreadable)))
    if books is not None:
        decisions = books.decisions
        checks += _guarded("lumpy offers", lambda: choice_checks(decisions, summary["pins"]))
        checks += _book_checks(books, frames, summary) if whole else []
    if books is not None and lived:
        told = scenarios, replays, frames.scenarios, summary
        checks += _guarded("scenarios", lambda: scenario_checks(portfolio, *told))
    if books is not None and exact is not None:
        checks.append(
            objective_check(summary, -exact.objective, portfolio.risk.cvar_weight, books.turnover_usd)
            if lived
            else value_check(books, exact)
        )
        checks += _guarded("prices", lambda: price_checks(frames, proof, portfolio))
    return {
        "passed": all(check.passed for check in checks),
        "checks": [check.as_json() for check in checks],
        "exact": {} if exact is None else _json_fields(asdict(exact)),
        "other_whole_numbers": {} if others is None else others.as_json(),
        "not_proved": [*([] if others is None else others.not_proved()), *_unreplayed(lived, frames, whole=whole)],
        "replay": {} if books is None else _replay_as_json(books),
    }


def _unreplayed(lived: Mapping[int, Any], frames: Frames, *, whole: bool) -> list[str]:
    """What is said of books that are means over more scenarios than were replayed."""
    if whole:
        return []
    count = f"{len(lived)} of {len(frames.scenarios):,} scenarios"
    return [f"the value was replayed hour by hour in {count}; cash flows, hours and power are means over all of them"]


def proof_checks(exact: ExactCheck, proof: Proof) -> list[Check]:
    """The proof itself: the plan keeps the programme's limits, and nothing better exists.

    Beside whole numbers it says: nothing better with the same ones.
    """
    size = 1.0 + abs(exact.objective)
    gap = "proof: duality gap, whole numbers held" if proof.matrices.integer.any() else "proof: duality gap"
    return [
        Check("proof: rows are kept", exact.row_violation, FEASIBILITY_TOLERANCE, exact.row_at),
        Check("proof: bounds are kept", exact.bound_violation, FEASIBILITY_TOLERANCE, exact.bound_at),
        Check(gap, exact.relative_gap, GAP_TOLERANCE, exact.unbounded_at),
        Check("proof: prices press on limits that exist", exact.dropped_dual, DUAL_TOLERANCE, exact.dropped_dual_at),
        Check(
            "proof: complementarity",
            exact.complementarity,
            COMPLEMENTARITY_TOLERANCE * size,
            exact.complementarity_at,
        ),
    ]


def limit_checks(limits: Iterable[LimitReplay]) -> list[Check]:
    """How far each kind of limit is broken at its tightest place."""
    return [
        Check(f"limit: {limit.name} [{limit.unit}]", max(0.0, -limit.slack), LIMIT_TOLERANCE, limit.where)
        for limit in limits
    ]


def value_check(books: Replay, exact: ExactCheck) -> Check:
    """Tie proof and books together: the proved optimum is the value that the frames' decisions replay to."""
    proved = -exact.objective * USD_PER_MILLION
    allowed = HALF_A_CENT_USD + RELATIVE_TOLERANCE * books.turnover_usd
    where = f"{proved!r} USD proved, {books.npv_usd!r} USD replayed"
    return Check("proved optimum is the replayed NPV", abs(proved - books.npv_usd), allowed, where)


def _book_checks(books: Replay, frames: Frames, summary: Mapping[str, Any]) -> list[Check]:
    return [
        *_guarded("fleets", lambda: fleet_checks(books, frames.fleets)),
        *_guarded("programmes", lambda: programme_checks(books, frames.programmes)),
        *_guarded("hours", lambda: hour_checks(books, frames.hours)),
        *_guarded("power", lambda: power_checks(books, frames.power)),
        *_guarded("allocation", lambda: allocation_checks(books, frames.allocation, frames.fleets)),
        *_guarded("cashflow", lambda: cashflow_checks(books, frames.cashflow)),
        *_guarded("contracts", lambda: contract_checks(books, frames.contracts)),
        *_guarded("sites", lambda: site_checks(books, frames.sites)),
        *_guarded("terms", lambda: term_checks(books, frames.terms, summary)),
        *_guarded("summary", lambda: summary_checks(books, summary)),
        *_guarded("capital", lambda: capital_checks(books, frames)),
        *_guarded("summary: power", lambda: power_summary_checks(summary, frames.hours, frames.power)),
    ]


def _guarded(name: str, checks: Callable[[], list[Check]]) -> list[Check]:
    """The checks of one frame, or one failed check where the frame cannot be read."""
    try:
        return checks()
    except (ReplayError, KeyError, TypeError, ValueError, AttributeError) as unreadable:
        return [broken(name, _reason(unreadable))]


def _reason(error: Exception) -> str:
    return f"no entry {error}" if isinstance(error, KeyError) else str(error)


def _json_fields(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: json_number(value) if isinstance(value, float) else value for name, value in fields.items()}


def _replay_as_json(books: Replay) -> dict[str, Any]:
    return {
        "npv_usd": json_number(books.npv_usd),
        "terms_usd": _json_fields(books.terms_usd),
        "contracts_npv_usd": [
            {
                "contract": deal.delivery.offer.id,
                "site": deal.delivery.site.id,
                "start": books.decisions.months.label(deal.delivery.tau),
                "npv_usd": json_number(deal.npv_usd),
            }
            for deal in books.hosting
        ],
        "limits": [
            {"limit": limit.name, "slack": json_number(limit.slack), "unit": limit.unit, "where": limit.where}
            for limit in books.limits
        ],
    }
