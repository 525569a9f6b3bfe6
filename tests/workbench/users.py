"""A server started as a process, and users who talk to it over HTTP."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from tests.cli.command import wattsplit

STATE: dict[str, Any] = {}
UPLOAD_TYPE = "application/vnd.wattsplit.upload"


@dataclass
class Server:
    """A running `wattsplit serve`: its process, and the address with the key that it printed."""

    process: subprocess.Popen[str]
    address: str

    @property
    def port(self) -> int:
        """The port on which it listens."""
        return int(urlsplit(self.address).port or 0)

    def stop(self, number: int = signal.SIGINT) -> int:
        """End it; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(20)


@contextmanager
def serving(*arguments: str | Path, environment: dict[str, str] | None = None) -> Iterator[Server]:
    """A server that is stopped at the end, whatever happens."""
    command = [sys.executable, "-m", "optimizer.cli", "serve", *map(str, arguments)]
    environment = {**os.environ, **(environment or {})}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found is not None, (line, process.stderr.read() if process.stderr and process.poll() else "")
        yield Server(process, found.group())
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


@dataclass
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes
    cookies: list[str] = field(default_factory=list)

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


class User:
    """Somebody with the address of a page, whose browser keeps cookies."""

    def __init__(self, server: Server, cookies: dict[str, str] | None = None) -> None:
        self.host, self.port = "127.0.0.1", server.port
        self.cookies = dict(cookies or {})
        path = urlsplit(server.address)
        reply = self.ask("GET", f"/?{path.query}")
        assert reply.status == 303, reply.body
        for cookie in reply.cookies:
            name, _, rest = cookie.partition("=")
            if name not in self.cookies:
                self.cookies[name] = rest.partition(";")[0]

    def ask(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Reply:
        """One request, with nothing but what is given and the cookies."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=120)
        try:
            cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            connection.request(method, path, body, {"Cookie": cookie, **(headers or {})} if cookie else headers or {})
            reply = connection.getresponse()
            return Reply(
                reply.status, dict(reply.getheaders()), reply.read(), reply.headers.get_all("set-cookie") or []
            )
        finally:
            connection.close()

    @property
    def own(self) -> dict[str, str]:
        """The headers of a request that comes from the page."""
        return {"Origin": f"http://127.0.0.1:{self.port}", "Content-Type": "application/json"}

    def get(self, path: str) -> Reply:
        """Ask for what is there."""
        return self.ask("GET", path)

    def post(self, path: str, content: Any) -> Reply:
        """Ask for something to be done."""
        return self.ask("POST", path, json.dumps(content).encode(), self.own)

    def upload(self, name: str, content: bytes) -> Reply:
        """Send a file."""
        headers = {**self.own, "Content-Type": UPLOAD_TYPE, "X-File-Name": quote(name)}
        return self.ask("POST", "/api/upload", content, headers)

    def open(self, source: str = "served") -> str:
        """Open a portfolio; its key."""
        reply = self.post("/api/open", {"source": source})
        assert reply.status == 200, reply.body
        return str(reply.json["key"])

    def answer(self, key: str, **state: Any) -> dict[str, Any]:
        """The live answer to a state; asked again while the server is busy."""
        for _ in range(600):
            reply = self.post("/api/answer", {"portfolio": key, "state": state, "revision": 7})
            if reply.status not in (429, 503):
                break
            time.sleep(0.1)
        assert reply.status == 200, reply.body
        assert reply.json["revision"] == 7
        return dict(reply.json["answer"])

    def work(self, kind: str, key: str, state: dict[str, Any] | None = None, **options: Any) -> Reply:
        """Long work to its end; the result."""
        body = {"kind": kind, "portfolio": key, "state": state or {}, "options": options}
        return self.finished(self.post("/api/jobs", body))

    def finished(self, started: Reply) -> Reply:
        """The result of long work that was begun; where it failed, its state."""
        assert started.status == 200, started.body
        job = started.json
        deadline = time.monotonic() + 180
        while job["state"] in ("waiting", "running"):
            assert time.monotonic() < deadline, job
            time.sleep(0.05)
            job = self.get(f"/api/jobs/{job['id']}").json
        if job["state"] != "done":
            return Reply(0, {}, json.dumps(job).encode())
        return self.get(f"/api/jobs/{job['id']}/result")

    def save(self, key: str, name: str, **state: Any) -> dict[str, Any]:
        """Save a case."""
        reply = self.post("/api/cases", {"name": name, "portfolio": key, "state": state})
        assert reply.status == 200, reply.body
        return dict(reply.json["case"])

    @property
    def cases(self) -> list[str]:
        """The names of the saved cases."""
        return [case["name"] for case in self.get("/api/start").json["cases"]]


def figure(answer: dict[str, Any], name: str) -> str:
    """A figure of an answer as the page shows it."""
    return next(str(one["value"]) for one in answer["figures"] if one["name"] == name)


def plan_summary(*words: str | Path, folder: Path) -> dict[str, Any]:
    """The summary that `wattsplit plan` prints; its tables are in the folder `plan` below `folder`."""
    options = ("--json", "--force", "--formats", "none", "--out", folder / "plan")
    done = wattsplit("plan", *words, *options, folder=folder)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))
