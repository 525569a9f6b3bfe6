"""The plan in Excel: the tables of the report with exact numbers, native charts and totals that are live formulas."""

from reports.plan_workbook.book import render_workbook

__all__ = ["render_workbook"]
