"""Tell what a plan decides: files, the terminal summary and the report. Nothing here solves or changes a plan."""

from reports.files import OutputError, check_target, read_manifest, write_report

__all__ = ["OutputError", "check_target", "read_manifest", "write_report"]
