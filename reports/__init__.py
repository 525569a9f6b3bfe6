"""Tell what a plan decides: files, the terminal summary and the report. Nothing here solves or changes a plan."""

from reports.files import OutputError, check_target, write_report

__all__ = ["OutputError", "check_target", "write_report"]
