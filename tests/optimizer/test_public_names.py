"""The names that the package offers are what they say, whatever was imported before."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from types import ModuleType

import pytest

import optimizer


@pytest.mark.parametrize("name", optimizer.__all__)
def test_a_public_name_is_no_module(name: str) -> None:
    """A module of the same name would hide the function as soon as anything imports it."""
    assert not isinstance(getattr(optimizer, name), ModuleType)
    assert name not in {module.name for module in pkgutil.iter_modules(optimizer.__path__)}
    assert getattr(import_module("optimizer"), name) is getattr(optimizer, name)
