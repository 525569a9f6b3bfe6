"""From pages of blocks to the bytes of a PDF: a typesetter, its fonts and nothing else of the machine."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports import format as fmt
from reports.page import part
from reports.pdf.pages import plan_pages

if TYPE_CHECKING:
    from optimizer.results import Plan
    from reports.options import ReportOptions

_TEMPLATE = "report.typ"


def render_pdf(plan: Plan, options: ReportOptions) -> bytes:
    """The report of a plan for a board, as PDF.

    The same plan and options give the same bytes: the fonts are those that the typesetter brings, the day is that of
    the options. Names from the input reach the typesetter as data and are never read as its language.
    """
    import typst

    with fmt.money_in(options.scale):
        content = plan_pages(plan, options)
    with tempfile.TemporaryDirectory(prefix="wattsplit-") as spare:
        folder = Path(spare)
        for name, drawing in content.drawings.items():
            (folder / name).write_text(drawing, encoding="utf-8")
        logo = _logo(options, folder)
        data: dict[str, Any] = {"pages": content.pages, "logo": logo, **_frame(plan, options)}
        (folder / "data.json").write_text(json.dumps(data, allow_nan=False, ensure_ascii=False), encoding="utf-8")
        source = folder / _TEMPLATE
        source.write_text(part(_TEMPLATE), encoding="utf-8")
        made = typst.compile(str(source), root=str(folder), ignore_system_fonts=True, timestamp=options.day)
    assert isinstance(made, bytes)
    return made


def _logo(options: ReportOptions, folder: Path) -> str:
    if options.logo is None:
        return ""
    name = f"logo{options.logo.suffix}"
    (folder / name).write_bytes(options.logo.content)
    return name


def _frame(plan: Plan, options: ReportOptions) -> dict[str, str]:
    """What stands on every page."""
    return {
        "title": plan.portfolio.settings.name,
        "company": options.company,
        "day": fmt.day(options.day),
        "status": "" if plan.certificate["passed"] else "NOT PROVED",
    }
