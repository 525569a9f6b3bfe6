"""The tables of a portfolio as an Excel workbook: a sheet per table, written as a template and read like a folder."""

from sites.workbook.read import load_workbook
from sites.workbook.write import save_workbook, workbook_bytes

__all__ = ["load_workbook", "save_workbook", "workbook_bytes"]
