"""From pages of blocks to the bytes of a PDF: a typesetter, its fonts and nothing else of the machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reports import format as fmt
from reports.page import part
from reports.pdf.pages import plan_pages

if TYPE_CHECKING:
    from optimizer.results import Plan
    from reports.options import Logo, ReportOptions

_TEMPLATE, _LOGO = "report.typ", "logo.svg"


def render_pdf(plan: Plan, options: ReportOptions) -> bytes:
    """The report of a plan for a board, as PDF.

    The same plan and options give the same bytes: the fonts are those that the typesetter brings, the day is that of
    the options. Names from the input reach the typesetter as data and are never read as its language.
    """
    import typst

    with fmt.money_in(options.scale):
        content = plan_pages(plan, options)
    parts = {name: drawing.encode() for name, drawing in content.drawings.items()}
    if options.logo is not None:
        parts[_LOGO] = _framed(options.logo).encode()
    data: dict[str, Any] = {"pages": content.pages, **_frame(plan, options)}
    parts["data.json"] = json.dumps(data, allow_nan=False, ensure_ascii=False).encode()
    parts["main.typ"] = part(_TEMPLATE).encode()
    # The type hints do not know of files in memory, which spare a folder on disk.
    made: bytes = typst.compile(parts, ignore_system_fonts=True, timestamp=options.day)  # type: ignore[call-overload]
    return made


def _framed(logo: Logo) -> str:
    """A picture in a drawing, for the typesetter takes texts only; it keeps its proportions at the right edge."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 100" width="400" height="100"><image width="400" '
        f'height="100" preserveAspectRatio="xMaxYMid meet" href="{logo.uri}"/></svg>'
    )


def _frame(plan: Plan, options: ReportOptions) -> dict[str, str]:
    """What stands on every page."""
    return {
        "title": plan.portfolio.settings.name,
        "company": options.company,
        "logo": "" if options.logo is None else _LOGO,
        "day": fmt.day(options.day),
        "status": "" if plan.certificate["passed"] else "NOT PROVED",
    }
