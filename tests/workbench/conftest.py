"""The browser, and a server that the tests of one module share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.reports.conftest import chromium
from tests.workbench.users import Server, User, serving

__all__ = ["chromium"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the smallest bundled portfolio."""
    pytest.importorskip("uvicorn", reason="the extra web is not installed")
    with serving("tiny", "--cases", tmp_path_factory.mktemp("cases")) as running:
        yield running


@pytest.fixture
def user(server: Server) -> User:
    """A user of it without a past."""
    return User(server)
