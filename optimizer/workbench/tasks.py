"""What the children of the workbench do: each task takes plain arguments and gives the bytes of what the page shows.

A child keeps a :class:`~optimizer.workbench.desk.Desk`; nothing else is held between tasks.
"""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import shlex
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from optimizer.errors import InfeasiblePlanError, OptimizerError
from optimizer.pins import Pin, all_pins
from optimizer.search import DEFAULT_GAP
from optimizer.workbench.desk import Desk, Say
from optimizer.workbench.limits import refuse_giant
from optimizer.workbench.states import State, option_text
from sites.columns import TABLE_COLUMNS
from sites.findings import PortfolioError
from sites.load import load_portfolio
from sites.portfolio import Portfolio
from sites.save import save_portfolio

EXPORTS = {"yaml": "portfolio.yaml", "xlsx": "workbook.xlsx", "zip": "portfolio.zip"}
# The day on which ZIP's calendar begins: files inside carry no clock, so that equal packs are equal bytes.
_NO_DAY = (1980, 1, 1, 0, 0, 0)

Task = Callable[[Desk, Say, Any], bytes]


@dataclass(frozen=True)
class Asked:
    """A question about a changed portfolio.

    key : of the portfolio. pickled : the portfolio, for a child that does not hold it. state : what is changed.
    options : what else the question needs, by name.
    """

    key: str
    state: State
    pickled: bytes | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    def applied(self, desk: Desk) -> tuple[Portfolio, tuple[Pin, ...]]:
        """The changed copy and the decisions forced upon its plan; raises as `State.applied` does."""
        return self.state.applied(known(desk, self))


@dataclass(frozen=True)
class Source:
    """A portfolio to be read: a path, or the content of a file that was sent, and its name."""

    path: str = ""
    name: str = ""
    content: bytes | None = None


@dataclass(frozen=True)
class Cases:
    """Cases to compare: portfolios pickled, by key; and of every case its name, the key of its portfolio, its state."""

    portfolios: Mapping[str, bytes]
    cases: tuple[tuple[str, str, State], ...]


class NotKnownError(Exception):
    """The child does not hold the portfolio; it must be given along."""


def told(content: object) -> bytes:
    """JSON for the page."""
    return json.dumps(content, allow_nan=False, ensure_ascii=False).encode()


# ---------------------------------------------------------------- portfolios


def open_portfolio(_: Desk, say: Say, source: Source) -> bytes:
    """Read a portfolio.

    Returns
    -------
    A pickle of its key, itself pickled, its files as saved, and its view; or of what is wrong with it.
    """
    from reports.workbench.views import findings_view, portfolio_view

    say("reading the tables")
    try:
        if source.content is None:
            portfolio = load_portfolio(source.path)
        else:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder, f"upload{Path(source.name).suffix.lower()}")
                file.write_bytes(source.content)
                portfolio = load_portfolio(file)
        refuse_giant(portfolio)
    except PortfolioError as error:
        lines = str(error).splitlines()
        return pickle.dumps({"refused": {**findings_view(error.findings), "lines": lines}})
    except OptimizerError as error:
        return pickle.dumps({"refused": {"status": "invalid", "findings": [], "lines": [str(error)]}})
    files = saved_files(portfolio)
    digest = hashlib.sha256()
    for file_name, data in sorted(files.items()):
        digest.update(file_name.encode() + b"\0" + hashlib.sha256(data).digest())
    key = digest.hexdigest()[:32]
    view = portfolio_view(portfolio, portfolio.to_tables(), TABLE_COLUMNS["contracts"])
    return pickle.dumps({"key": key, "portfolio": pickle.dumps(portfolio), "files": files, "view": told(view)})


def saved_files(portfolio: Portfolio) -> dict[str, bytes]:
    """The files of a portfolio's folder, by their names inside it."""
    with tempfile.TemporaryDirectory() as folder:
        save_portfolio(portfolio, folder)
        return _files(Path(folder))


# ---------------------------------------------------------------- the live answer


def answer(desk: Desk, _: Say, asked: Asked) -> bytes:
    """The best plan of a changed portfolio, for the page."""
    from reports.workbench.views import answer_view, clashes_view, findings_view

    portfolio, state = known(desk, asked), asked.state
    try:
        found, base = desk.answer(asked.key, state)
    except PortfolioError as error:
        return told(findings_view(error.findings))
    except InfeasiblePlanError as error:
        return told({**clashes_view(error.clashes, None), "command": command(portfolio, state)})
    except OptimizerError as error:
        return told({"status": "invalid", "findings": [_sentence(str(error))]})
    view = answer_view(found.portfolio, found.outcome, base, found.allocation, found.contracts)
    return told({**view, "command": command(portfolio, state)})


def command(portfolio: Portfolio, state: State) -> str:
    """The options of the command line that make the same changes."""
    case = state.case(state.given(portfolio))
    words: list[str] = [] if state.financing or portfolio == portfolio.without_capital() else ["--without-capital"]
    for edit in case.edits:
        assert not isinstance(edit, str)
        operator = "" if edit.operator == "=" else edit.operator
        words += ["--set", option_text(edit.table, edit.record, edit.field, operator + edit.text)]
    for name in case.drop:
        words += ["--drop", str(name)]
    for pin in case.pins:
        words += ["--pin", str(pin)]
    return shlex.join(words)


# ---------------------------------------------------------------- questions that take longer


def price(desk: Desk, say: Say, asked: Asked) -> bytes:
    """The walk-away price and the bid curve of one offer."""
    from optimizer.deal_sheet import deal
    from reports.workbench.views import deal_view

    copy, pins = asked.applied(desk)
    return told(deal_view(deal(copy, str(asked.options["contract"]), pins=pins, terms=False, progress=say)))


def switching_map(desk: Desk, say: Say, asked: Asked) -> bytes:
    """Which offers are taken over a rent and the hashprice."""
    from optimizer.sweeping import sweep
    from reports.workbench.views import map_view

    copy, pins = asked.applied(desk)
    contract, side = str(asked.options["contract"]), int(asked.options["cells"])
    offer = next((offer for offer in copy.contracts if offer.id == contract), None)
    if offer is None:
        raise OptimizerError(f"there is no offer '{contract}'")
    rent, reach = offer.price_usd_per_kw_month, float(asked.options["reach"])
    low, high = rent * (1.0 - reach), rent * (1.0 + reach)
    rents = option_text("contracts", contract, "price_usd_per_kw_month", f"{low:.6g}:{high:.6g}:{side}")
    other = f"hashprice.*.usd_per_ph_day=*{1.0 - reach:.6g}:*{1.0 + reach:.6g}:{side}"
    return told(map_view(sweep(copy, [other, rents], pins=pins, progress=say)))


def risk(desk: Desk, say: Say, asked: Asked) -> bytes:
    """What the value hangs on, and its distribution where there are scenarios."""
    from optimizer.planning import plan
    from optimizer.sensitivities import sensitivity
    from reports.workbench.views import risk_view

    copy, pins = asked.applied(desk)
    several = copy.scenario_paths.count > 1
    found = plan(copy, pins=pins, full=False, progress=say) if several else None
    return told(risk_view(sensitivity(copy, pins=pins, progress=say), found))


def compare(_: Desk, say: Say, asked: Cases) -> bytes:
    """Saved cases beside the portfolio of the first, each planned with its certificate."""
    from optimizer.what_ifs import Copy, planned
    from reports.workbench.views import comparison_view

    given = {key: pickle.loads(pickled) for key, pickled in asked.portfolios.items()}
    copies = {}
    for name, key, state in asked.cases:
        copy, pins = state.applied(given[key])
        refuse_giant(copy)
        copies[name] = Copy(copy, pins, state.case(state.given(given[key])).told)
    first = asked.cases[0]
    base = first[2].given(given[first[1]])
    return told(comparison_view(planned(base, copies, gap=DEFAULT_GAP, time_limit=None, progress=say)))


def pack(desk: Desk, say: Say, asked: Asked) -> bytes:
    """The planner's pack of the case as a ZIP: report, PDF, workbook, tables, certificate, and the portfolio itself."""
    from optimizer.planning import plan
    from reports import write_report

    copy, pins = asked.applied(desk)
    found = plan(copy, pins=pins, progress=say)
    say("writing the report")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "plan")
        write_report(found, target)
        files = {f"plan/{name}": data for name, data in _files(target).items()}
    files |= {f"portfolio/{name}": data for name, data in saved_files(exported(copy, pins)).items()}
    return zipped(files)


def export(desk: Desk, _: Say, asked: Asked) -> bytes:
    """The changed portfolio as a file that `wattsplit plan` reads: YAML, workbook, or a ZIP of its folder."""
    from sites.workbook.write import workbook_bytes

    copy, pins = asked.applied(desk)
    whole = exported(copy, pins)
    if asked.options["format"] == "xlsx":
        return workbook_bytes(whole)
    files = saved_files(whole)
    if asked.options["format"] == "zip":
        return zipped(files)
    if len(files) > 1:
        raise OptimizerError(
            "this portfolio has hourly prices or long tables in files of their own: take the workbook or the ZIP"
        )
    return files["portfolio.yaml"]


def exported(copy: Portfolio, pins: tuple[Pin, ...]) -> Portfolio:
    """The copy with its forced decisions among its tables, beside those that are there already."""
    return copy.with_tables({"pins": [asdict(pin) for pin in all_pins(copy, pins)]}) if pins else copy


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Files as a ZIP; equal files give equal bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, _NO_DAY), files[name], zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _files(folder: Path) -> dict[str, bytes]:
    """All files of a folder, by their names inside it."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def known(desk: Desk, asked: Asked) -> Portfolio:
    """The portfolio that is asked about.

    Raises
    ------
    NotKnownError : it is not held here, and was not given along.
    """
    portfolio = desk.take(asked.key, asked.pickled)
    if portfolio is None:
        raise NotKnownError
    return portfolio


def _sentence(words: str) -> dict[str, str]:
    return {"table": "", "record": "", "field": "", "words": words}


TASKS: Mapping[str, Task] = {
    "open": open_portfolio,
    "answer": answer,
    "price": price,
    "map": switching_map,
    "risk": risk,
    "compare": compare,
    "pack": pack,
    "export": export,
}
