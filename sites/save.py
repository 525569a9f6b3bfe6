"""Saving a portfolio as a folder that loads to an equal one: one YAML file, large tables and prices as CSV."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sites.columns import SINGLE_RECORD_TABLES, TABLE_COLUMNS
from sites.hourly import write_hourly_csv
from sites.portfolio import Portfolio
from sites.quantities import LIST_SEPARATOR

PORTFOLIO_FILE = "portfolio.yaml"
PRICE_FOLDER = "prices"
HISTORY_FILE = "network-history.csv"
REMARKS = ("source", "as_of", "note")
# Reading YAML takes a hundred times as long as CSV, and a YAML file is limited to 200,000 values.
MOST_YAML_RECORDS = 1_000
# Rows of these tables are short and many, so each stands on one line.
ONE_LINE_TABLES = frozenset({"hashprice", "capacity_steps"})
PLAIN_TEXT = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
WORDS_WITH_A_MEANING = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
# A spreadsheet would run a text cell that begins like this as a formula.
FORMULA_STARTS = ("=", "+", "-", "@")


def save_portfolio(portfolio: Portfolio, folder: str | Path, *, overwrite: bool = False) -> Path:
    """Writes ``portfolio.yaml`` and ``prices/<series>.csv`` into a folder, made if need be; returns the YAML's path.

    The saved portfolio loads to an equal one, to the last digit. Only the files of the power series change:
    each series is written, cleaned as it was read, to one file, and the machines of the catalogue that it
    names are written among the portfolio's own. The network's history, where one is used, goes joined to one file too.

    Raises
    ------
    FileExistsError : the folder holds a ``portfolio.yaml`` already and ``overwrite`` is not given.
    """
    target = Path(folder)
    yaml_path = target / PORTFOLIO_FILE
    if yaml_path.exists() and not overwrite:
        raise FileExistsError(f"{yaml_path} exists already")
    target.mkdir(parents=True, exist_ok=True)
    tables = portfolio.to_tables()
    if portfolio.power_series:
        tables["power_series"] = _saved_series(portfolio, target)
    market = portfolio.settings.market
    if portfolio.history is not None and market is not None and market.model == "stochastic":
        from sites.network_history.own_format import network_history_csv

        _write(target / HISTORY_FILE, network_history_csv(portfolio.history))
        tables["settings"]["market"] |= {"history": [HISTORY_FILE]}
        tables["settings"]["market"].pop("history_as", None)
    for table, rows in tables.items():
        if table not in SINGLE_RECORD_TABLES and len(rows) > MOST_YAML_RECORDS and not _looks_like_formulas(rows):
            _write(target / f"{table}.csv", _csv_text(table, rows))
            tables[table] = {"file": f"{table}.csv"}
    _write(yaml_path, "\n".join(_yaml_table(table, content) for table, content in tables.items()))
    return yaml_path


def _saved_series(portfolio: Portfolio, target: Path) -> list[dict[str, object]]:
    """The rows of the power series, each with the one file into which its prices were written."""
    rows: list[dict[str, object]] = []
    names: set[str] = set()
    for row in portfolio.to_tables()["power_series"]:
        name = _file_name(str(row["id"]), names)
        (target / PRICE_FOLDER).mkdir(exist_ok=True)
        path = target / PRICE_FOLDER / name
        part = _part(path)
        write_hourly_csv(portfolio.prices[str(row["id"])], part)
        os.replace(part, path)
        # The file is in our own format: what told how to read the source would only mislead here.
        kept = {column: row[column] for column in ("id", *REMARKS) if column in row}
        rows.append({**kept, "file": [f"{PRICE_FOLDER}/{name}"]})
    return rows


def _file_name(series_id: str, taken: set[str]) -> str:
    """A file name for the series that every file system takes, not used yet."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", series_id)[:60]
    name, count = f"{stem}.csv", 1
    while name.casefold() in taken:
        count += 1
        name = f"{stem}-{count}.csv"
    taken.add(name.casefold())
    return name


def _looks_like_formulas(rows: Sequence[Mapping[str, object]]) -> bool:
    return any(isinstance(cell, str) and cell.startswith(FORMULA_STARTS) for row in rows for cell in row.values())


def _csv_text(table: str, rows: Sequence[Mapping[str, object]]) -> str:
    columns = [name for name in TABLE_COLUMNS[table] if any(name in row for row in rows)]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_csv_cell(row.get(name)) for name in columns] for row in rows)
    return text.getvalue()


def _csv_cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return LIST_SEPARATOR.join(str(part) for part in value)
    return value if isinstance(value, str) else repr(value)


def _yaml_table(table: str, content: Any) -> str:
    if isinstance(content, Mapping):
        lines = [f"  {name}: {_yaml_value(value)}" for name, value in content.items()]
        return "\n".join([f"{table}:", *lines]) + "\n" if lines else f"{table}: {{}}\n"
    if not content:
        return f"{table}: []\n"
    return "\n".join([f"{table}:", *_yaml_records(table, content)]) + "\n"


def _yaml_records(table: str, rows: Sequence[Mapping[str, object]]) -> Iterator[str]:
    for row in rows:
        if table in ONE_LINE_TABLES:
            yield f"  - {_yaml_value(row)}"
            continue
        for index, (name, value) in enumerate(row.items()):
            yield f"  {'- ' if index == 0 else '  '}{name}: {_yaml_value(value)}"


def _yaml_value(value: object) -> str:
    """A value on one line of YAML, numbers to the last digit."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_yaml_value(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_yaml_value(part) for part in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _yaml_text(value)
    return repr(value)


def _yaml_text(text: str) -> str:
    is_month = re.fullmatch(r"[0-9]{4}-[0-9]{2}", text) is not None
    is_plain = PLAIN_TEXT.fullmatch(text) is not None and text.casefold() not in WORDS_WITH_A_MEANING
    # JSON's quoting is YAML's too; only characters that a record may hold remain unescaped.
    return text if is_month or is_plain else json.dumps(text, ensure_ascii=False)


def _write(path: Path, text: str) -> None:
    """Writes a whole file or leaves the one that was there."""
    part = _part(path)
    part.write_text(text, encoding="utf-8", newline="\n")
    os.replace(part, path)


def _part(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")
