"""A deal sheet on disk: the page for people, and the tables for machines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reports.deal import curve_csv, deal_json, displaced_csv, terms_csv
from reports.file_set import check_set, write_set

if TYPE_CHECKING:
    from optimizer.deal_sheet import Deal

PAGE, CURVE, TERMS, DISPLACED, WHOLE = "deal.html", "bid_curve.csv", "terms.csv", "displacement.csv", "deal.json"
_NAMES = (PAGE, CURVE, TERMS, DISPLACED, WHOLE)
_COMMAND = "price"


def check_deal_target(target: Path, *, force: bool) -> None:
    """Make sure, before the long work, that a deal sheet can be written to `target`.

    target : a file ending in .html, .csv (the bid curve) or .json, or a folder for all files.

    Raises
    ------
    OutputError : it has another ending, something stands there that may not be replaced, or nothing can be written.
    """
    check_set(target, _NAMES, command=_COMMAND, force=force)


def write_deal(deal: Deal, target: Path, *, force: bool = False) -> None:
    """Write the file that `target` names, or all files into a folder that appears complete or not at all.

    Raises
    ------
    OutputError : as `check_deal_target`, and when the disk fills up. What stood there before is untouched then.
    """
    from reports.deal_page import deal_html

    contents = {
        PAGE: lambda: deal_html(deal).encode(),
        CURVE: lambda: curve_csv(deal).encode(),
        TERMS: lambda: terms_csv(deal).encode(),
        DISPLACED: lambda: displaced_csv(deal).encode(),
        WHOLE: lambda: f"{deal_json(deal)}\n".encode(),
    }
    write_set(target, contents, command=_COMMAND, force=force)
