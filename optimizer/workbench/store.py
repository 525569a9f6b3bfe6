"""What outlives the server: the portfolios and cases of every user, in files that appear whole or not at all.

FOLDER/USER/portfolios/KEY/portfolio.yaml and what it names; FOLDER/USER/cases/ID.json. USER is a hash of the secret
that the user's browser holds, so that nobody becomes another by reading names of folders.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reports.folder import sync

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HEX = re.compile(r"[0-9a-f]{32}")
_PRIVATE = 0o700


@dataclass(frozen=True)
class SavedCase:
    """A case as it was saved: its name, the key of its portfolio, what is changed, and its figures then."""

    id: str
    name: str
    portfolio: str
    portfolio_name: str
    state: Mapping[str, Any]
    figures: Any
    saved: str


class Store:
    """The files of one user."""

    def __init__(self, folder: Path, secret: str) -> None:
        self.home = folder / hashlib.sha256(secret.encode()).hexdigest()[:32]

    def keep_portfolio(self, key: str, files: Mapping[str, bytes]) -> None:
        """Keep the files of a portfolio; its key is a hash of them, so that it is kept once."""
        target = self._portfolio(key)
        if target.is_dir():
            return
        hidden = target.with_name(f".{key}.{secrets.token_hex(4)}")
        for name, data in files.items():
            _write_synced(hidden / name, data)
        sync(hidden)
        try:
            hidden.rename(target)
        except OSError:  # another request was first
            shutil.rmtree(hidden, ignore_errors=True)
        sync(target.parent)

    def portfolio_path(self, key: str) -> Path | None:
        """Where a kept portfolio is; None if this user has none of that key."""
        if not _HEX.fullmatch(key):
            return None
        path = self._portfolio(key)
        return path if path.is_dir() else None

    def save(self, case: SavedCase) -> None:
        """Keep a case; it is on the disk when this returns."""
        target = self._case(case.id)
        part = target.with_name(f".{case.id}.{secrets.token_hex(4)}")
        _write_synced(part, json.dumps(case.__dict__, ensure_ascii=False, indent=1).encode())
        part.rename(target)
        sync(target.parent)

    def cases(self) -> list[SavedCase]:
        """All cases that were saved, the oldest first."""
        found = []
        for path in sorted(self.home.glob("cases/*.json")):
            try:
                found.append(SavedCase(**json.loads(path.read_text(encoding="utf-8"))))
            except (OSError, ValueError, TypeError):
                continue  # not one of ours
        return sorted(found, key=lambda case: (case.saved, case.id))

    def case(self, case_id: str) -> SavedCase | None:
        """One case by its id."""
        return next((case for case in self.cases() if case.id == case_id), None)

    def delete(self, case_id: str) -> bool:
        """Forget a case; whether there was one."""
        if not _ID.fullmatch(case_id):
            return False
        try:
            self._case(case_id).unlink()
        except FileNotFoundError:
            return False
        return True

    def _portfolio(self, key: str) -> Path:
        return self.home / "portfolios" / key

    def _case(self, case_id: str) -> Path:
        assert _ID.fullmatch(case_id)
        return self.home / "cases" / f"{case_id}.json"


def new_case(name: str, portfolio: str, portfolio_name: str, state: Mapping[str, Any], figures: Any) -> SavedCase:
    """A case with an id of its own, saved now."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return SavedCase(secrets.token_hex(8), name, portfolio, portfolio_name, state, figures, now)


def _write_synced(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
