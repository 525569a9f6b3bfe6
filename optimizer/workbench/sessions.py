"""The users of the workbench while the server runs: each with portfolios, cases and requests of his own."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

from optimizer.workbench.limits import MOST_PORTFOLIOS, MOST_SESSIONS
from optimizer.workbench.store import Store


@dataclass(frozen=True)
class Opened:
    """A portfolio that a child has read: pickled for other children, and as the page shows it, in JSON."""

    key: str
    pickled: bytes = field(repr=False)
    view: bytes = field(repr=False)


@dataclass
class Session:
    """One user.

    portfolios : those opened, by key; the one used longest ago goes first. busy : held while a live answer is made.
    """

    id: str
    store: Store
    portfolios: OrderedDict[str, Opened] = field(default_factory=OrderedDict)
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)
    seen: float = field(default_factory=time.monotonic)

    def add(self, opened: Opened) -> None:
        """Remember a portfolio."""
        self.portfolios[opened.key] = opened
        self.portfolios.move_to_end(opened.key)
        while len(self.portfolios) > MOST_PORTFOLIOS:
            self.portfolios.popitem(last=False)


class Sessions:
    """All users by the secrets of their browsers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._by_secret: OrderedDict[str, Session] = OrderedDict()

    def of(self, secret: str) -> Session:
        """The session of a secret; the one unused for longest makes room for a new one."""
        session = self._by_secret.get(secret)
        if session is None:
            store = Store(self._folder, secret)
            session = self._by_secret[secret] = Session(store.home.name, store)
            while len(self._by_secret) > MOST_SESSIONS:
                self._by_secret.popitem(last=False)
        self._by_secret.move_to_end(secret)
        session.seen = time.monotonic()
        return session
