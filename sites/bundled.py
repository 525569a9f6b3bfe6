"""The portfolios that come with the package: their names, where they are, and copies to start from."""

from __future__ import annotations

import shutil
import tempfile
from importlib.resources import files
from pathlib import Path

from sites.findings import Finding, PortfolioError
from sites.hints import nearest
from sites.load import PORTFOLIO_FILE

README_FILE = "README.md"


class BundledPortfolioError(PortfolioError):
    """There is no bundled portfolio of this name, or it cannot be copied to this folder."""


def portfolio_names() -> list[str]:
    """Names of the bundled portfolios, the smallest first."""
    folders = [path for path in _home().iterdir() if (path / PORTFOLIO_FILE).is_file()]
    return [path.name for path in sorted(folders, key=lambda path: ((path / PORTFOLIO_FILE).stat().st_size, path.name))]


def portfolio_path(name: str) -> Path:
    """Folder of the bundled portfolio of this name.

    Raises
    ------
    BundledPortfolioError : there is none.
    """
    names = portfolio_names()
    if name in names:
        return _home() / name
    expected = f"one of the bundled portfolios: {', '.join(names)}"
    raise BundledPortfolioError([Finding(name, problem="is unknown", expected=expected, hint=nearest(name, names))])


def portfolio_description(name: str) -> str:
    """One line about a bundled portfolio: the first sentence below the title of its README.

    Raises
    ------
    BundledPortfolioError : there is no bundled portfolio of this name.
    """
    lines = (portfolio_path(name) / README_FILE).read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line and not line.startswith("#"))


def copy_portfolio(name: str, folder: str | Path) -> Path:
    """Copy a bundled portfolio, with its files and README, to a new folder, and return that folder.

    Nothing is overwritten, and the folder appears complete or not at all.

    Raises
    ------
    BundledPortfolioError : there is no portfolio of this name, the folder exists, or it cannot be written.
    """
    source = portfolio_path(name)
    target = Path(folder)
    if target.exists() or target.is_symlink():
        hint = "choose another folder; nothing is overwritten"
        raise BundledPortfolioError(
            [Finding(str(folder), problem="exists already", expected="the name of a new folder", hint=hint)]
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as room:
            copied = Path(room) / target.name
            shutil.copytree(source, copied, copy_function=shutil.copyfile)
            copied.rename(target)
    except OSError as error:
        problem = f"cannot be written ({error.strerror or type(error).__name__})"
        raise BundledPortfolioError(
            [Finding(str(folder), problem=problem, expected="a folder that can be written")]
        ) from None
    return target


def _home() -> Path:
    return Path(str(files("sites") / "portfolios"))
