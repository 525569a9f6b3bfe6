"""The distribution: what is in the wheel, what it depends on, and whether the locks say the same."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from optimizer.version import VERSION

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = ("sites", "optimizer", "reports")
LOCKS = {
    "requirements.lock": ["forecast", "web"],
    "requirements-dev.lock": ["forecast", "web", "test", "dev"],
    "requirements-bench.lock": ["forecast", "web", "bench"],
}
# Where the name to import differs from the name to install.
MODULES = {"python-calamine": "python_calamine", "ruamel-yaml": "ruamel", "vl-convert-python": "vl_convert"}
# Read by the standard library's zoneinfo, not imported by us.
DATA_ONLY = {"tzdata"}
OLDEST_SETUPTOOLS = Version("77")

needs_setuptools = pytest.mark.skipif(
    Version(version("setuptools")) < OLDEST_SETUPTOOLS, reason="this environment's setuptools is older than the lock's"
)


def names(requirements: list[str]) -> set[str]:
    """The canonical names of some requirements."""
    return {canonicalize_name(Requirement(requirement).name) for requirement in requirements}


def locked(lock: str) -> dict[str, Version]:
    """Name and version of every entry of a lock."""
    pairs = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / lock).read_text(), flags=re.MULTILINE)
    return {canonicalize_name(name): Version(number) for name, number in pairs}


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_host_and_hashes_everything(lock: str) -> None:
    """Each entry carries at least one SHA-256; no line holds an address."""
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert "--index" not in text
    entries = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert entries
    for entry in entries:
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


@pytest.mark.parametrize(("lock", "extras"), LOCKS.items())
def test_lock_satisfies_the_project(lock: str, extras: list[str]) -> None:
    """Every dependency of the project, of the lock's extras and of the build is locked in an allowed version."""
    wanted = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["build"]]
    for extra in extras:
        wanted += PROJECT["project"]["optional-dependencies"][extra]
    found = locked(lock)
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(found[canonicalize_name(requirement.name)]), requirement


@pytest.mark.parametrize("lock", ["requirements-dev.lock", "requirements-bench.lock"])
def test_locks_agree_with_each_other(lock: str) -> None:
    """Tests and benchmarks run on the very versions that users get."""
    found = locked(lock)
    assert locked("requirements.lock").items() <= found.items()


def test_wrong_solver_release_is_excluded() -> None:
    """highspy 1.14 answers some models wrongly; neither the project nor the lock allows it."""
    highspy = next(r for r in map(Requirement, PROJECT["project"]["dependencies"]) if r.name == "highspy")
    assert not highspy.specifier.contains("1.14.0")
    assert locked("requirements.lock")["highspy"] >= Version("1.15.1")


def test_dependencies_are_exactly_what_is_imported() -> None:
    """Nothing is installed that no module imports, and nothing is imported that is not declared."""
    imported: set[str] = set()
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.split(".")[0])
    third_party = imported - set(sys.stdlib_module_names) - set(PACKAGES)
    extras = PROJECT["project"]["optional-dependencies"]
    asked = [*PROJECT["project"]["dependencies"], *extras["forecast"], *extras["web"]]
    declared = {MODULES.get(name, name) for name in names(asked) - DATA_ONLY}
    assert third_party == declared


def built_wheel(folder: Path) -> Path:
    """The wheel, built from a copy of the checkout with the tools of the lock and no network."""
    source = folder / "source"
    source.mkdir()
    listed = ["pyproject.toml", "README.md", "LICENSE", *PACKAGES]
    subprocess.run(["cp", "-r", *(str(ROOT / name) for name in listed), str(source)], check=True)
    code = f"import setuptools.build_meta as backend; print(backend.build_wheel({str(folder)!r}))"
    subprocess.run([sys.executable, "-c", code], cwd=source, capture_output=True, timeout=120, check=True)
    return next(folder.glob("*.whl"))


@needs_setuptools
def test_wheel_holds_code_and_data_and_runs_from_anywhere(tmp_path: Path) -> None:
    """Every module, the rig catalogue, the portfolios and the templates are in, and work from another folder."""
    wheel = built_wheel(tmp_path)
    assert wheel.name == f"wattsplit-{VERSION}-py3-none-any.whl"
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
        archive.extractall(unpacked)
    wanted = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted <= inside
    assert not any(name.startswith(("tests/", "docs/", "benchmarks/")) for name in inside)
    entry_points = (unpacked / f"wattsplit-{VERSION}.dist-info" / "entry_points.txt").read_text()
    assert "wattsplit = optimizer.cli:main" in entry_points
    listed = subprocess.run(
        [sys.executable, "-P", "-m", "optimizer.cli", "portfolios"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(unpacked), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "north-america: " in listed.stdout
