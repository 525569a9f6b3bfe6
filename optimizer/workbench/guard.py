"""What stands before every request: whom it names, where it comes from, how large it is, and who sends it.

Written as ASGI middleware of our own because Starlette limits no body and checks no origin by itself.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from optimizer.workbench.limits import MOST_BODY_BYTES, MOST_HEADER_BYTES

JSON_TYPE, UPLOAD_TYPE = "application/json", "application/vnd.wattsplit.upload"
SESSION_COOKIE = "wattsplit_session"
_YEAR_S = 365 * 24 * 3600

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)


@dataclass(frozen=True)
class Door:
    """Who may come in.

    hosts : values of the Host header that are our own, port included. token : of this start of the server.
    """

    hosts: frozenset[str]
    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    @classmethod
    def of(cls, names: Sequence[str], port: int) -> Door:
        """For these names of this machine."""
        return cls(frozenset(f"{name}:{port}" for name in names), port)

    @property
    def cookie(self) -> str:
        """Name of the cookie with the token; browsers keep the cookies of all ports of a host together."""
        return f"wattsplit_token_{self.port}"


class Guard:
    """Lets through what comes from our own page, and refuses everything else with a sentence."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self.app, self.door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        cookies = _cookies(headers)
        refusal = self._refused(scope, headers, cookies)
        if refusal is not None:
            await _answer(send, *refusal)
            return
        token = self._token_in_address(scope)
        if token is not None:
            await self._let_in(send, cookies)
            return
        scope["state"] = {**scope.get("state", {}), "session": cookies.get(SESSION_COOKIE, "")}
        await self.app(scope, _limited(receive), _dressed(send))

    def _refused(
        self, scope: Scope, headers: list[tuple[bytes, bytes]], cookies: dict[str, str]
    ) -> tuple[int, str] | None:
        if sum(len(name) + len(value) for name, value in headers) > MOST_HEADER_BYTES:
            return 431, "the request's headers are too long"
        hosts = _all(headers, b"host")
        if len(hosts) != 1:
            return 400, "expected one Host header"
        if hosts[0].lower() not in self.door.hosts:
            return 403, f"this server does not answer to that name; open it as {min(self.door.hosts)}"
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return 405, "only GET and POST are answered"
        origins = _all(headers, b"origin")
        if origins and origins != [f"http://{hosts[0]}"]:
            return 403, "this request comes from another site"
        if _all(headers, b"sec-fetch-site")[:1] not in ([], ["same-origin"], ["none"]) and scope["path"] != "/":
            return 403, "this request comes from another site"
        if scope["method"] == "POST":
            if not origins:
                return 403, "a change must come from the page: it carries no Origin"
            kind = (_all(headers, b"content-type") or [""])[0].partition(";")[0].strip().lower()
            if kind != (UPLOAD_TYPE if scope["path"] == "/api/upload" else JSON_TYPE):
                return 415, "expected another content type"
            length = (_all(headers, b"content-length") or ["0"])[0]
            if not length.isdigit() or int(length) > MOST_BODY_BYTES:
                return 413, f"expected at most {MOST_BODY_BYTES >> 20} MB"
        if self._token_in_address(scope) is not None:
            return None
        if not hmac.compare_digest(cookies.get(self.door.cookie, "").encode(), self.door.token.encode()):
            return 401, "open the address that `wattsplit serve` has printed; it holds the key to this page"
        return None

    def _token_in_address(self, scope: Scope) -> str | None:
        """The right token in the address of the page, None if there is none."""
        if scope["path"] != "/" or scope["method"] != "GET":
            return None
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        return given if hmac.compare_digest(given.encode(), self.door.token.encode()) else None

    async def _let_in(self, send: Send, cookies: dict[str, str]) -> None:
        """Move the token from the address into a cookie, and give a session to who has none."""
        session = cookies.get(SESSION_COOKIE, "")
        if not _is_secret(session):
            session = secrets.token_urlsafe(32)
        rest = "Path=/; HttpOnly; SameSite=Strict"
        headers = [
            (b"location", b"/"),
            (b"set-cookie", f"{self.door.cookie}={self.door.token}; {rest}".encode()),
            (b"set-cookie", f"{SESSION_COOKIE}={session}; Max-Age={_YEAR_S}; {rest}".encode()),
            (b"cache-control", b"no-store"),
            *HEADERS,
        ]
        await send({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


def _is_secret(session: str) -> bool:
    return 40 <= len(session) <= 64 and session.replace("-", "").replace("_", "").isalnum()


def _all(headers: list[tuple[bytes, bytes]], name: bytes) -> list[str]:
    return [value.decode("latin-1").strip() for key, value in headers if key == name]


def _cookies(headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in _all(headers, b"cookie"):
        try:
            found |= {name: morsel.value for name, morsel in SimpleCookie(text).items()}
        except CookieError:
            continue
    return found


class TooMuchError(Exception):
    """A body was longer than it said, or than it may be."""


def _limited(receive: Receive) -> Receive:
    """The body, up to what is allowed, whatever the header has said."""
    read = 0

    async def limited() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > MOST_BODY_BYTES:
            raise TooMuchError
        return message

    return limited


def _dressed(send: Send) -> Send:
    """Every answer with the headers of safety."""

    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *HEADERS]
        await send(message)

    return dressed


async def _answer(send: Send, status: int, words: str) -> None:
    body = json.dumps({"error": words}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
