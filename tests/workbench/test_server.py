"""The server of the workbench: whom it answers, what it refuses, and that nothing takes it down."""

from __future__ import annotations

import io
import itertools
import json
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from optimizer.workbench.children import Child, ChildError
from optimizer.workbench.limits import MOST_BODY_BYTES
from optimizer.workbench.states import State
from optimizer.workbench.tasks import Asked
from sites import load_portfolio
from sites.bundled import portfolio_path
from sites.save import save_portfolio
from sites.workbook.write import workbook_bytes
from tests.workbench.users import UPLOAD_TYPE, Server, User, figure, serving

# ---------------------------------------------------------------- who is answered


def test_only_the_page_itself_is_answered(user: User) -> None:
    """Of all mixes of Host, Origin, method and content type only those of our own page get through."""
    own = f"127.0.0.1:{user.port}"
    hosts = [own, f"localhost:{user.port}", "evil.example", f"evil.example:{user.port}", "127.0.0.1", ""]
    origins = [None, f"http://{own}", f"http://localhost:{user.port}", "http://evil.example", "null"]
    methods = ["GET", "POST", "PUT", "OPTIONS"]
    kinds = ["application/json", "text/plain", "application/x-www-form-urlencoded", None]
    body = json.dumps({"source": "served"}).encode()
    for host, origin, method, kind in itertools.product(hosts, origins, methods, kinds):
        headers = {"Host": host}
        headers |= {} if origin is None else {"Origin": origin}
        headers |= {} if kind is None else {"Content-Type": kind}
        path = "/api/open" if method == "POST" else "/api/start"
        reply = user.ask(method, path, body if method == "POST" else None, headers)
        is_own = host in hosts[:2]
        same = origin == f"http://{host}"
        good = is_own and (
            (method == "GET" and (same or origin is None)) or (method == "POST" and same and kind == kinds[0])
        )
        assert (reply.status == 200) == good, (host, origin, method, kind, reply.status, reply.body)
        assert reply.status < 500
        assert not [name for name in reply.headers if name.lower().startswith("access-control")]


def test_nobody_enters_without_the_key(server: Server) -> None:
    """Without the token, or with a wrong one, there is no page and no answer; the right one becomes a cookie."""
    stranger = User(server)
    stranger.cookies.clear()
    for path in ("/", "/api/start", "/assets/workbench.js", "/?token=wrong", "/?token="):
        assert stranger.get(path).status == 401
    assert stranger.ask("POST", "/api/open", b"{}", stranger.own).status == 401
    reply = stranger.get("/?" + server.address.partition("?")[2])
    assert reply.headers["location"] == "/"
    assert len(reply.cookies) == 2
    assert all("HttpOnly" in cookie and "SameSite=Strict" in cookie for cookie in reply.cookies)


def test_every_answer_carries_the_headers_of_safety(user: User) -> None:
    """Pages, files, answers and refusals alike; and the server does not say what it is made of."""
    for path in (
        "/",
        "/assets/charts.js",
        "/api/start",
        "/api/jobs/none",
        "/nowhere",
        "/assets/..%2f..%2fpyproject.toml",
    ):
        reply = user.get(path)
        headers = {name.lower(): value for name, value in reply.headers.items()}
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers
        assert reply.status == (200 if path in ("/", "/assets/charts.js", "/api/start") else 404)


def raw(port: int, text: bytes) -> bytes:
    """The first bytes that come back for a request written by hand."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(text)
        return line.recv(4096)


def test_malformed_requests_are_refused(user: User) -> None:
    """Two Host headers, none, endless headers, a websocket, a body longer than it says."""
    port = user.port
    host = b"Host: 127.0.0.1:%d\r\n" % port
    assert b" 400 " in raw(port, b"GET / HTTP/1.1\r\n" + host + b"Host: evil\r\n\r\n")
    assert b" 400 " in raw(port, b"GET / HTTP/1.1\r\n\r\n")
    assert raw(port, b"GET / HTTP/1.1\r\n" + host + b"X: " + b"a" * 40_000 + b"\r\n\r\n").split()[1] in (b"400", b"431")
    upgrade = (
        b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n\r\n"
    )
    assert b" 101 " not in raw(port, b"GET /api/start HTTP/1.1\r\n" + host + upgrade)
    assert user.get("/api/start").status == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"null", 400),
        (b"[" * 5_000 + b"]" * 5_000, 400),
        (b'{"source": "' + b"x" * 300 + b'"}', 400),
        (b'{"source": "nothing of that name"}', 404),
        (b'{"source": "../../etc"}', 404),
        (b'{"source": "served", "more": 1}', 400),
        (b"\xff\xfe", 400),
    ],
)
def test_a_request_of_another_shape_is_told_so(user: User, body: bytes, status: int) -> None:
    """It is refused with a sentence, never with a failure of the server."""
    reply = user.ask("POST", "/api/open", body, user.own)
    assert reply.status == status
    assert reply.json["error"]


@pytest.mark.parametrize(
    "state",
    [
        {"hashprice": 0},
        {"hashprice": "1"},
        {"power": float("nan")},
        {"power": 1e9},
        {"set": [{"table": "contracts", "record": "x", "field": "max_mw"}]},
        {"set": [{"table": "__class__", "record": "x", "field": "max_mw", "value": "1"}] * 600},
        {"pin": [{"contract": "inference", "site": "mill", "month": "27-4", "mw": 1}]},
        {"offers": [{"id": 7}]},
        {"secret": True},
    ],
)
def test_a_state_of_another_shape_is_refused(user: User, state: dict[str, Any]) -> None:
    """Types, ranges and counts are checked before anything is done with them."""
    reply = user.post("/api/answer", {"portfolio": user.open(), "state": state})
    assert reply.status == 400
    assert reply.json["error"]


def test_sizes_and_kinds_of_uploads_are_limited(user: User) -> None:
    """Too large, of another kind, or called what it is not: refused, and nothing is kept."""
    assert user.upload("big.yaml", b"a" * (MOST_BODY_BYTES + 1)).status == 413
    assert user.upload("book.xlsx", b"not a zip").status == 415
    assert user.upload("page.html", b"<script>").status == 415
    assert user.upload("", b"sites: []").status == 415
    headers = {**user.own, "Content-Type": "multipart/form-data; boundary=x"}
    assert user.ask("POST", "/api/upload", b"--x--", headers).status == 415
    assert user.ask("POST", "/api/open", b"{}", {**user.own, "Content-Type": UPLOAD_TYPE}).status == 415


def test_a_file_with_faults_is_told_fault_by_fault(user: User) -> None:
    """As on the command line: place, value, what was expected; and files beside an upload do not exist."""
    text = (
        (portfolio_path("tiny") / "portfolio.yaml")
        .read_text(encoding="utf-8")
        .replace("capacity_mw: 10", "capacity_mw: ten")
    )
    reply = user.upload("../../mine.yaml", text.encode())
    assert reply.status == 422
    assert any("capacity_mw = ten: expected" in line for line in reply.json["refused"]["lines"])
    reply = user.upload("mine.yaml", b"settings: {file: /etc/passwd}\nsites: []\n")
    assert reply.status == 422
    assert "root:" not in reply.body.decode()


def test_yaml_and_workbooks_are_opened(user: User) -> None:
    """Both give the portfolio that they hold."""
    portfolio = load_portfolio(portfolio_path("deal-desk"))
    reply = user.upload("book.xlsx", workbook_bytes(portfolio))
    assert reply.status == 200, reply.body
    assert reply.json["view"]["name"] == "deal-desk"
    text = (portfolio_path("tiny") / "portfolio.yaml").read_bytes()
    assert user.upload("tiny.yaml", text).json["key"] == user.open()


# ---------------------------------------------------------------- users apart


def test_users_cannot_reach_each_other(server: Server) -> None:
    """Portfolios, cases, results and downloads of one are not there for another, even when he knows their names."""
    one, other = User(server), User(server)
    key = one.upload("mine.xlsx", workbook_bytes(load_portfolio(portfolio_path("deal-desk")))).json["key"]
    case = one.save(key, "secret")
    job = one.post("/api/jobs", {"kind": "export", "portfolio": key, "state": {}}).json
    assert one.cases == ["secret"]
    assert other.cases == []
    assert other.post("/api/answer", {"portfolio": key, "state": {}}).status == 404
    assert other.post("/api/open", {"source": key}).status == 404
    assert other.post("/api/compare", {"cases": [case["id"]]}).status == 404
    assert other.get(f"/api/jobs/{job['id']}").status == 404
    assert other.get(f"/api/jobs/{job['id']}/result").status == 404
    assert other.post(f"/api/jobs/{job['id']}/cancel", {}).status == 404
    other.post("/api/cases/delete", {"id": case["id"]})
    assert one.cases == ["secret"]


# ---------------------------------------------------------------- nothing takes it down


def test_a_giant_portfolio_is_refused_with_a_sentence(user: User) -> None:
    """Before it is built; the next question is answered as if nothing had been."""
    months = "".join(f"  - {{month: {2027 + n // 12}-{n % 12 + 1:02d}, usd_per_ph_day: 50}}\n" for n in range(2))
    ids = [f"s{n}" for n in range(400)]
    sites = "".join(f"  - {{id: {name}, capacity_mw: 10, power: 40}}\n" for name in ids)
    offer = (
        "{max_mw: 5, first_start: 2028-01, last_start: 2060-01, build_months: 2, term_months: 60, "
        f"price_usd_per_kw_month: 100, capex_usd_per_mw: 1e6, sites: [{', '.join(ids)}]"
    )
    offers = "".join(f"  - {offer}, id: o{n}}}\n" for n in range(3))
    text = (
        "settings: {name: giant, start: 2027-01, months: 480, discount_rate: 0.1}\n"
        f"sites:\n{sites}fleets: []\nhashprice:\n{months}contracts:\n{offers}"
    )
    reply = user.upload("giant.yaml", text.encode())
    assert reply.status == 422
    assert "columns; the workbench plans up to" in reply.body.decode()
    assert user.answer(user.open())["status"] == "optimal"


def test_a_child_that_needs_too_much_is_told_so_and_replaced() -> None:
    """Memory has a limit, time has one, and a process that is gone is started again."""
    held = pickle.dumps(load_portfolio(portfolio_path("north-america")))
    large = Asked("k" * 32, State(financing=True), held)
    small = Asked("s" * 32, State(), pickle.dumps(load_portfolio(portfolio_path("tiny"))))
    narrow, child = Child(memory_mb=200), Child()
    try:
        # Where the memory ends decides who notices: Python, the solver, or the system.
        with pytest.raises(ChildError):
            narrow.call("answer", large, within_s=60.0)
        with pytest.raises(ChildError, match="longer than 0 s"):
            child.call("risk", large, within_s=0.2)
        assert json.loads(child.call("answer", small, within_s=60.0))["status"] == "optimal"
        child._process.kill()
        child._process.join()
        assert json.loads(child.call("answer", small, within_s=60.0))["status"] == "optimal"
    finally:
        narrow.kill()
        child.kill()


def test_long_work_is_cancelled(server: Server) -> None:
    """Its process goes, the place is free, and a result there is none; asking twice cancels the first."""
    user = User(server)
    key = user.open("north-america")
    body = {"kind": "map", "portfolio": key, "state": {}, "options": {"contract": "powered-land", "cells": 21}}
    first = user.post("/api/jobs", body).json
    second = user.post("/api/jobs", body).json
    assert user.get(f"/api/jobs/{first['id']}").json["state"] == "cancelled"
    deadline = time.monotonic() + 60
    while "cell" not in user.get(f"/api/jobs/{second['id']}").json["words"]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert user.get(f"/api/jobs/{second['id']}/result").status == 409
    assert user.post(f"/api/jobs/{second['id']}/cancel", {}).json["state"] == "cancelled"
    assert user.get(f"/api/jobs/{second['id']}/result").status == 409
    assert user.work("export", user.open()).status == 200


def test_work_that_cannot_be_done_says_why(user: User) -> None:
    """The command line's own sentence becomes the state of the job."""
    found = user.work("price", user.open(), contract="nobody")
    assert found.json["state"] == "failed"
    assert "expected an open offer of the portfolio: inference" in found.json["words"]
    changed = [{"table": "contracts", "record": "inference", "field": "max_mw", "value": "many"}]
    assert "expected a number" in user.work("risk", user.open(), {"set": changed}).json["words"]


def test_one_question_at_a_time(server: Server) -> None:
    """A second one of the same user is refused at once; other users are answered meanwhile."""
    one, other = User(server), User(server)
    key, own = one.open("north-america"), other.open()
    seen: list[int] = []

    def ask() -> None:
        seen.append(one.post("/api/answer", {"portfolio": key, "state": {"hashprice": 0.9}}).status)

    asking = [threading.Thread(target=ask) for _ in range(3)]
    for thread in asking:
        thread.start()
    assert other.answer(own)["status"] == "optimal"
    for thread in asking:
        thread.join()
    assert sorted(seen) == [200, 429, 429]


def test_it_listens_on_loopback_only(server: Server) -> None:
    """Neither the server nor its children listen on any other address."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:] if Path("/proc/net/tcp").exists() else []
    if not lines:
        pytest.skip("no list of sockets on this system")
    port = f":{server.port:04X}"
    listening = [line.split()[1] for line in lines if line.split()[3] == "0A" and line.split()[1].endswith(port)]
    assert listening == [f"0100007F{port}"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--listen", "192.0.2.1"], "--listen needs --token"),
        (["--listen", "0.0.0.0", "--token", "a" * 20], "not every address"),
        (["--listen", "192.0.2.1", "--token", "a" * 20], "cannot listen on 192.0.2.1"),
        (["--token", "short"], "at least 16 letters and digits"),
        (["nowhere"], "no bundled portfolio of that name"),
    ],
)
def test_addresses_need_a_key_and_a_name(arguments: list[str], words: str, tmp_path: Path) -> None:
    """Another address is meant on purpose, with a token; all addresses at once are never served."""
    command = [sys.executable, "-m", "optimizer.cli", "serve", *arguments, "--cases", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert words in ended.stderr


# ---------------------------------------------------------------- cases outlive it


def test_a_kill_at_any_moment_loses_no_saved_case(tmp_path: Path) -> None:
    """The server is killed while it saves and works; after a restart every case that was told as saved is there."""
    told: list[str] = []
    cookies: dict[str, str] = {}
    for run in range(2):
        with serving("tiny", "--cases", tmp_path) as server:
            user = User(server, {name: value for name, value in cookies.items() if name == "wattsplit_session"})
            cookies = user.cookies
            # One that was being saved when the end came may be there without having been told.
            assert set(told) <= set(user.cases)
            key = user.open()
            user.post("/api/jobs", {"kind": "pack", "portfolio": key, "state": {}})

            def save(run: int = run, user: User = user, key: str = key) -> None:
                for number in range(200):
                    try:
                        told.append(user.save(key, f"{run}-{number}", hashprice=1.0 + number / 1000)["name"])
                    except (OSError, AssertionError):
                        return

            saving = threading.Thread(target=save)
            saving.start()
            deadline = time.monotonic() + 60
            while len(told) < 6 * (run + 1) and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(0.02 * run)
            server.stop(signal.SIGKILL)
            saving.join()
    with serving("tiny", "--cases", tmp_path) as server:
        user = User(server, {"wattsplit_session": cookies["wattsplit_session"]})
        assert len(told) >= 12
        assert [name for name in told if name not in user.cases] == []
        case = user.get("/api/start").json["cases"][-1]
        assert user.answer(case["portfolio"], **case["state"])["status"] == "optimal"
        assert user.finished(user.post("/api/compare", {"cases": [case["id"]]})).status == 200


# ---------------------------------------------------------------- many at once


@pytest.mark.slow
def test_twenty_users_at_once(tmp_path: Path) -> None:
    """For some seconds twenty users move sliders: every answer is right, none is a failure, nobody waits for ever."""
    with serving("single-site", "--cases", tmp_path) as server:
        users = [User(server) for _ in range(20)]
        key = users[0].open()
        expected = {step: figure(users[0].answer(key, power=float(step)), "npv_usd") for step in range(5)}
        assert len(set(expected.values())) == 5
        until, waits, wrong = time.monotonic() + 5.0, [], []

        def move(user: User, step: int) -> None:
            assert user.open() == key
            while time.monotonic() < until:
                step = (step + 1) % 5
                begun = time.monotonic()
                found = figure(user.answer(key, power=float(step)), "npv_usd")
                waits.append(time.monotonic() - begun)
                if found != expected[step]:
                    wrong.append((step, found))

        threads = [threading.Thread(target=move, args=(user, n)) for n, user in enumerate(users)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert not any(thread.is_alive() for thread in threads)
        assert not wrong
        assert len(waits) > 40
        assert max(waits) < 60.0
        assert User(server).get("/api/start").status == 200


def test_a_pack_holds_everything(user: User, tmp_path: Path) -> None:
    """Report, PDF, workbook, tables and proof of the plan, and the portfolio from which it is made."""
    reply = user.work("pack", user.open(), {"hashprice": 0.9})
    assert reply.headers["content-disposition"].startswith("attachment;")
    with zipfile.ZipFile(io.BytesIO(reply.body)) as archive:
        names = set(archive.namelist())
        archive.extractall(tmp_path)
    assert {
        f"plan/{name}" for name in ("report.html", "report.pdf", "plan.xlsx", "contracts.csv", "manifest.json")
    } <= names
    assert load_portfolio(tmp_path / "portfolio").hashprice[0].usd_per_ph_day == pytest.approx(
        0.9 * load_portfolio(portfolio_path("tiny")).hashprice[0].usd_per_ph_day
    )


def test_what_is_kept_is_the_portfolio_itself(tmp_path: Path) -> None:
    """The folder of a kept portfolio loads to the one that was opened, and it is kept once."""
    save_portfolio(load_portfolio(portfolio_path("single-site")), tmp_path / "mine")
    with serving(tmp_path / "mine", "--cases", tmp_path / "cases") as server:
        user = User(server)
        assert user.open() == user.open()
    (kept,) = tmp_path.glob("cases/*/portfolios/*/portfolio.yaml")
    assert load_portfolio(kept) == load_portfolio(tmp_path / "mine")


def test_many_who_come_at_once_open_the_same(tmp_path: Path) -> None:
    """While the portfolio is still being read for the first user the others wait for it; nobody is turned away."""
    with serving("single-site", "--cases", tmp_path) as server:
        users, keys = [User(server) for _ in range(6)], []
        opening = [threading.Thread(target=lambda user=user: keys.append(user.open())) for user in users]
        for thread in opening:
            thread.start()
        for thread in opening:
            thread.join()
        assert len(keys) == 6
        assert len(set(keys)) == 1


def test_a_case_replaces_only_one_that_is_there(user: User) -> None:
    """An id is given by the server; another one makes no case."""
    body = {"name": "mine", "portfolio": user.open(), "state": {}, "id": "0" * 16}
    assert user.post("/api/cases", body).status == 404
    assert user.cases == []


def test_an_export_keeps_the_pins_of_the_portfolio(user: User) -> None:
    """A pin made on the page stands beside those of the opened file."""
    text = (portfolio_path("tiny") / "portfolio.yaml").read_text(encoding="utf-8")
    own = "pins:\n  - {contract: inference, site: mill, month: 2027-03, mw: 1}\n"
    key = user.upload("mine.yaml", f"{text}\n{own}".encode()).json["key"]
    pin = {"contract": "inference", "site": "mill", "month": "2027-05", "mw": 2}
    made = user.upload("again.yaml", user.work("export", key, {"pin": [pin]}).body)
    assert made.status == 200, made.body
    assert user.work("export", made.json["key"]).body.decode().count("contract: inference") == 2
