"""The report for a board: a typeset PDF of some pages, with the tables and charts of the page for screens."""

from reports.pdf.render import render_pdf

__all__ = ["render_pdf"]
