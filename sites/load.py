"""Loading a portfolio from its folder, its YAML file or its workbook."""

from __future__ import annotations

from pathlib import Path

from sites.assembly import portfolio_from
from sites.findings import Finding, PortfolioError
from sites.hints import nearest
from sites.portfolio import Portfolio
from sites.text_files import TextRefusedError, read_text
from sites.yaml_source import rows_from_yaml

PORTFOLIO_FILE = "portfolio.yaml"
YAML_SUFFIXES = (".yaml", ".yml")
WORKBOOK_SUFFIX = ".xlsx"
PATH_EXPECTED = f"a folder that holds {PORTFOLIO_FILE}, a .yaml file or a workbook ({WORKBOOK_SUFFIX})"


def load_portfolio(path: str | Path) -> Portfolio:
    """The portfolio in a folder that holds ``portfolio.yaml``, in a YAML file or in a workbook.

    Raises
    ------
    PortfolioError : there is no such portfolio, or something in it is wrong; lists every finding at once.
    """
    file = _portfolio_file(Path(path))
    if file.suffix.lower() == WORKBOOK_SUFFIX:
        from sites.workbook import load_workbook

        return load_workbook(file)
    try:
        text = read_text(file, file.name)
    except TextRefusedError as refusal:
        raise PortfolioError([refusal.finding]) from None
    given = rows_from_yaml(text, file.name, file.parent)
    given.input_files.insert(0, file)
    return portfolio_from(given)


def _portfolio_file(path: Path) -> Path:
    if path.is_dir():
        if not (path / PORTFOLIO_FILE).is_file():
            others = sorted(other.name for other in path.iterdir() if other.suffix in YAML_SUFFIXES)
            hint = f"did you mean {path / others[0]}?" if others else ""
            raise PortfolioError([_refused(path, f"the folder holds no {PORTFOLIO_FILE}", hint)])
        return path / PORTFOLIO_FILE
    if not path.exists():
        raise PortfolioError([_refused(path, "there is no such file or folder", _neighbour(path))])
    if not path.is_file() or path.suffix.lower() not in (*YAML_SUFFIXES, WORKBOOK_SUFFIX):
        hint = "save the workbook as .xlsx" if path.suffix.lower() in (".xls", ".xlsm", ".xlsb", ".ods") else ""
        raise PortfolioError([_refused(path, "this is no portfolio", hint)])
    return path


def _neighbour(path: Path) -> str:
    parent = path.parent
    names = sorted(other.name for other in parent.iterdir()) if parent.is_dir() else []
    return nearest(path.name, names)


def _refused(path: Path, problem: str, hint: str) -> Finding:
    return Finding(str(path), problem=problem, expected=PATH_EXPECTED, hint=hint)
