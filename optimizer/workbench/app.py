"""The routes of the workbench. A GET reads what is there; everything that is solved is asked for by POST."""

from __future__ import annotations

import asyncio
import json
import pickle
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import quote, unquote

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from optimizer.version import VERSION
from optimizer.workbench.children import ChildError
from optimizer.workbench.guard import Door, Guard, TooMuchError
from optimizer.workbench.limits import MOST_CASES, MOST_COMPARED, MOST_JSON_DEPTH
from optimizer.workbench.pool import BusyError, Job, Jobs, Live
from optimizer.workbench.sessions import Opened, Session, Sessions
from optimizer.workbench.states import Name, State
from optimizer.workbench.store import SavedCase, new_case
from optimizer.workbench.tasks import EXPORTS, Asked, Cases, Source
from reports.workbench.assets import ASSETS, page
from sites.bundled import portfolio_description, portfolio_names, portfolio_path

SERVED = "served"
_SUFFIXES = (".yaml", ".yml", ".xlsx")
_MEDIA = {".zip": "application/zip", ".yaml": "application/yaml", ".xlsx": "application/octet-stream"}


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Open(_Body):
    """Open the portfolio that is served, a bundled one, or one that this user has opened before."""

    source: Annotated[str, Field(max_length=200)]


class Ask(_Body):
    """A portfolio and what is changed in it; `revision` comes back with the answer."""

    portfolio: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
    state: State
    revision: int = 0


class Options(_Body):
    """What long work is about; which of these a kind needs is its own affair."""

    contract: Annotated[str, Field(max_length=200)] = ""
    cells: Annotated[int, Field(ge=3, le=21)] = 9
    reach: Annotated[float, Field(gt=0.0, le=0.9)] = 0.3
    format: Literal["yaml", "xlsx", "zip"] = "yaml"


class Work(Ask):
    """Long work on a changed portfolio."""

    kind: Literal["price", "map", "risk", "pack", "export"]
    options: Options = Options()


class Save(Ask):
    """Save what is changed as a case; with an id, instead of the one that has it."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    id: Annotated[str, Field(pattern="^[0-9a-f]{16}$")] | None = None


class Compare(_Body):
    """Saved cases side by side."""

    cases: Annotated[list[Name], Field(min_length=1, max_length=MOST_COMPARED)]


class Which(_Body):
    """One case."""

    id: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]


Body = TypeVar("Body", bound=BaseModel)


class Workbench:
    """Everything behind the routes.

    served : the portfolio that the page opens first, as the command line names it. folder : where cases are kept.
    """

    def __init__(self, served: Path, label: str, folder: Path) -> None:
        self.served, self.label = served, label
        self.sessions = Sessions(folder)
        self.live, self.jobs = Live(), Jobs()
        self._read: dict[str, asyncio.Task[dict[str, Any]]] = {}

    # ------------------------------------------------------------ portfolios

    async def opened(self, session: Session, source: str) -> Opened | dict[str, Any]:
        """A portfolio by where it is; or what is wrong with it."""
        if source in session.portfolios:
            return session.portfolios[source]
        kept = session.store.portfolio_path(source)
        if kept is not None:
            return self._taken(session, await self._load(session, Source(str(kept))), keep=False)
        if source == SERVED:
            path = self.served
        elif source in portfolio_names():
            path = portfolio_path(source)
        else:
            raise HTTPException(404, "there is no such portfolio here")
        # Read once for all users: the files of the server do not differ between them.
        reading = self._read.get(str(path))
        if reading is None or (reading.done() and (reading.exception() is not None or "refused" in reading.result())):
            reading = self._read[str(path)] = asyncio.create_task(self._load(session, Source(str(path))))
        return self._taken(session, await asyncio.shield(reading), keep=True)

    async def uploaded(self, session: Session, name: str, content: bytes) -> Opened | dict[str, Any]:
        """A portfolio from a file that was sent; or what is wrong with it."""
        return self._taken(session, await self._load(session, Source(name=name, content=content)), keep=True)

    async def _load(self, session: Session, source: Source) -> dict[str, Any]:
        found: dict[str, Any] = pickle.loads(await self.live.call(session.id, "open", source))
        return found

    def _taken(self, session: Session, found: dict[str, Any], *, keep: bool) -> Opened | dict[str, Any]:
        if "refused" in found:
            refused: dict[str, Any] = found["refused"]
            return refused
        opened = Opened(found["key"], found["portfolio"], found["view"])
        if keep:
            session.store.keep_portfolio(opened.key, found["files"])
        session.add(opened)
        return opened

    async def known(self, session: Session, key: str) -> Opened:
        """A portfolio that this user has opened."""
        found = await self.opened(session, key)
        if not isinstance(found, Opened):
            raise HTTPException(409, "the portfolio of this case can no longer be read")
        return found

    # ------------------------------------------------------------ answers

    async def answer(self, session: Session, ask: Ask) -> bytes:
        """The live answer; one at a time for every user."""
        if session.busy.locked():
            raise HTTPException(429, "one question at a time: the page asks the next one when this one is answered")
        async with session.busy:
            portfolio = await self.known(session, ask.portfolio)
            asked = Asked(portfolio.key, ask.state)
            return await self.live.call(session.id, "answer", asked, replace(asked, pickled=portfolio.pickled))

    async def start(self, session: Session, work: Work) -> Job:
        """Begin long work."""
        portfolio = await self.known(session, work.portfolio)
        asked = Asked(portfolio.key, work.state, portfolio.pickled, work.options.model_dump())
        file = ""
        if work.kind == "pack":
            file = "wattsplit-pack.zip"
        elif work.kind == "export":
            file = EXPORTS[work.options.format]
        return self.jobs.start(Job(work.kind, session.id, asked, file))

    async def compare(self, session: Session, ids: list[str]) -> Job:
        """Begin a comparison of saved cases."""
        cases = [session.store.case(case_id) for case_id in dict.fromkeys(ids)]
        if any(case is None for case in cases):
            raise HTTPException(404, "one of these cases is no longer there")
        known = [case for case in cases if case is not None]
        portfolios = {case.portfolio: (await self.known(session, case.portfolio)).pickled for case in known}
        names = _distinct([case.name for case in known])
        given = tuple(
            (name, case.portfolio, State.model_validate_json(json.dumps(case.state)))
            for name, case in zip(names, known, strict=True)
        )
        return self.jobs.start(Job("compare", session.id, Cases(portfolios, given)))

    async def save(self, session: Session, save: Save) -> SavedCase:
        """Keep a case, with its figures as they are now."""
        if save.id is None and len(session.store.cases()) >= MOST_CASES:
            raise HTTPException(409, f"there are {MOST_CASES} cases already; delete some")
        if save.id is not None and session.store.case(save.id) is None:
            raise HTTPException(404, "the case that this replaces is no longer there")
        view = json.loads(await self.answer(session, save))
        if view["status"] not in ("optimal", "best found", "infeasible"):
            raise HTTPException(409, "a case is saved once its changes are valid")
        name = " ".join(save.name.split())
        state, figures = save.state.model_dump(), view.get("figures", [])
        title = json.loads(session.portfolios[save.portfolio].view)["name"]
        case = new_case(name, save.portfolio, title, state, figures)
        if save.id is not None:
            case = SavedCase(**{**case.__dict__, "id": save.id})
        await asyncio.to_thread(session.store.save, case)
        return case

    def close(self) -> None:
        """End everything that runs."""
        self.jobs.close()
        self.live.close()


def _distinct(names: list[str]) -> list[str]:
    """Names made different by numbers; a case called like the base is told apart from it too."""
    found: list[str] = []
    for name in names:
        candidate, number = name, 2
        while candidate in (*found, "base"):
            candidate, number = f"{name} ({number})", number + 1
        found.append(candidate)
    return found


def make_app(workbench: Workbench, door: Door) -> Guard:
    """The web app, behind its guard."""

    def session_of(request: Request) -> Session:
        return workbench.sessions.of(request.state.session)

    async def home(_: Request) -> Response:
        return Response(page(VERSION), media_type="text/html")

    async def asset(request: Request) -> Response:
        found = ASSETS.get(request.path_params["name"])
        if found is None:
            raise HTTPException(404, "there is no such file")
        content = await asyncio.to_thread(found.content)
        return Response(content, media_type=found.kind, headers={"cache-control": "no-cache"})

    async def start(request: Request) -> Response:
        session = session_of(request)
        bundled = [{"name": name, "about": portfolio_description(name)} for name in portfolio_names()]
        return _json({"label": workbench.label, "bundled": bundled, "cases": _cases(session)})

    async def open_(request: Request) -> Response:
        body = await _read(request, Open)
        return _portfolio(await workbench.opened(session_of(request), body.source))

    async def upload(request: Request) -> Response:
        name = unquote(request.headers.get("x-file-name", ""))[:200]
        suffix = Path(name).suffix.lower()
        content = await request.body()
        if suffix not in _SUFFIXES or (suffix == ".xlsx") != content.startswith(b"PK"):
            raise HTTPException(415, "expected a portfolio as .yaml, .yml or .xlsx")
        return _portfolio(await workbench.uploaded(session_of(request), name, content))

    async def answer(request: Request) -> Response:
        body = await _read(request, Ask)
        found = await workbench.answer(session_of(request), body)
        return Response(b'{"revision":%d,"answer":%b}' % (body.revision, found), media_type="application/json")

    async def job(request: Request) -> Response:
        return _json(_job(await workbench.start(session_of(request), await _read(request, Work))))

    async def compare(request: Request) -> Response:
        return _json(_job(await workbench.compare(session_of(request), (await _read(request, Compare)).cases)))

    def own_job(request: Request) -> Job:
        found = workbench.jobs.of(session_of(request).id, request.path_params["id"])
        if found is None:
            raise HTTPException(404, "there is no such work")
        return found

    async def job_state(request: Request) -> Response:
        return _json(_job(own_job(request)))

    async def job_result(request: Request) -> Response:
        found = own_job(request)
        if found.result is None:
            raise HTTPException(409, "this is not done yet")
        if not found.file:
            return Response(found.result, media_type="application/json")
        disposition = f"attachment; filename*=UTF-8''{quote(found.file)}"
        media = _MEDIA[Path(found.file).suffix]
        return Response(found.result, media_type=media, headers={"content-disposition": disposition})

    async def cancel(request: Request) -> Response:
        found = own_job(request)
        workbench.jobs.cancel(found)
        return _json(_job(found))

    async def save(request: Request) -> Response:
        session = session_of(request)
        case = await workbench.save(session, await _read(request, Save))
        return _json({"case": case.__dict__, "cases": _cases(session)})

    async def delete(request: Request) -> Response:
        session = session_of(request)
        session.store.delete((await _read(request, Which)).id)
        return _json({"cases": _cases(session)})

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        workbench.jobs = Jobs()
        warming = [asyncio.create_task(asyncio.to_thread(child.warm_up)) for child in workbench.live.children]
        yield
        del warming
        workbench.close()

    routes = [
        Route("/", home),
        Route("/assets/{name}", asset),
        Route("/api/start", start),
        Route("/api/open", open_, methods=["POST"]),
        Route("/api/upload", upload, methods=["POST"]),
        Route("/api/answer", answer, methods=["POST"]),
        Route("/api/jobs", job, methods=["POST"]),
        Route("/api/jobs/{id}", job_state),
        Route("/api/jobs/{id}/result", job_result),
        Route("/api/jobs/{id}/cancel", cancel, methods=["POST"]),
        Route("/api/compare", compare, methods=["POST"]),
        Route("/api/cases", save, methods=["POST"]),
        Route("/api/cases/delete", delete, methods=["POST"]),
    ]
    handlers: dict[Any, Callable[..., Any]] = {
        HTTPException: _refused,
        BusyError: _busy,
        ChildError: _failed,
        TooMuchError: _too_much,
        ValidationError: _invalid,
    }
    return Guard(Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers), door)


async def _read(request: Request, kind: type[Body]) -> Body:
    text = await request.body()
    if _depth(text) > MOST_JSON_DEPTH:
        raise HTTPException(400, "the request is nested too deeply")
    return kind.model_validate_json(text)


def _depth(text: bytes) -> int:
    """How deeply brackets are nested, those inside texts included: a bound that needs no parser."""
    deepest = depth = 0
    for byte in text:
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest


def _portfolio(found: Opened | dict[str, Any]) -> Response:
    if isinstance(found, Opened):
        return Response(b'{"key":"%b","view":%b}' % (found.key.encode(), found.view), media_type="application/json")
    return _json({"refused": found}, 422)


def _cases(session: Session) -> list[dict[str, Any]]:
    return [case.__dict__ for case in session.store.cases()]


def _job(job: Job) -> dict[str, Any]:
    seconds = round(job.seconds, 1)
    return {"id": job.id, "kind": job.kind, "state": job.state, "words": job.words, "seconds": seconds}


def _json(content: Any, status: int = 200) -> Response:
    return JSONResponse(content, status, headers={"cache-control": "no-store"})


async def _refused(_: Request, error: HTTPException) -> Response:
    return _json({"error": error.detail}, error.status_code)


async def _busy(_: Request, __: BusyError) -> Response:
    return JSONResponse({"error": "too many calculations are waiting; try again"}, 503, headers={"retry-after": "2"})


async def _failed(_: Request, error: ChildError) -> Response:
    return _json({"error": str(error)}, 503)


async def _too_much(_: Request, __: TooMuchError) -> Response:
    return _json({"error": "the request is too large"}, 413)


async def _invalid(_: Request, error: ValidationError) -> Response:
    faults = [f"{'.'.join(map(str, one['loc'])) or 'request'}: {one['msg']}" for one in error.errors()[:5]]
    return _json({"error": "; ".join(faults)}, 400)
