"""Whether two folders hold the same plan, byte for byte."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reports.files import MANIFEST, read_manifest
from reports.folder import OutputError

# What no run can repeat.
_TIMES = frozenset({"seconds"})


def differences(first: Path, second: Path) -> list[str]:
    """What differs between two folders of plans, one line per file or manifest entry; empty where they are the same.

    The manifests' seconds by stage are left out, for no run can repeat them.

    Raises
    ------
    OutputError : one of them holds no plan.
    """
    one, two = _manifest(first), _manifest(second)
    mine, its = one["files"], two["files"]
    lines = [f"{name}: only in {first}" for name in mine if name not in its]
    lines += [f"{name}: only in {second}" for name in its if name not in mine]
    lines += [f"{name}: differs" for name in mine if name in its and mine[name] != its[name]]
    told = [name for name in (*one, *(name for name in two if name not in one)) if name not in {"files", *_TIMES}]
    lines += [
        f"{MANIFEST}, {name}: {_shown(one, name)}, then {_shown(two, name)}"
        for name in told
        if _differs(one, two, name)
    ]
    return lines


def _differs(one: Mapping[str, Any], two: Mapping[str, Any], name: str) -> bool:
    return name not in one or name not in two or one[name] != two[name]


def _shown(manifest: Mapping[str, Any], name: str) -> str:
    value = manifest.get(name, "nothing")
    return str(value) if isinstance(value, (str, int, float)) else "one value"


def _manifest(folder: Path) -> dict[str, Any]:
    manifest = read_manifest(folder)
    if manifest is None:
        raise OutputError(f"{folder} holds no plan of wattsplit: there is no {MANIFEST} of one")
    return manifest
