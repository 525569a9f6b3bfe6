"""Worksheets that keep every digit: the library writes 16 of the 17 that a number may need."""

from __future__ import annotations

from typing import Any

from xlsxwriter.worksheet import Worksheet


class ExactWorksheet(Worksheet):  # type: ignore[misc]  # the library has no type hints
    """A worksheet whose numbers read back as the very same floats."""

    def _xml_number_element(self, number: float, attributes: Any = ()) -> None:
        marks = "".join(f' {key}="{self._escape_attributes(value)}"' for key, value in attributes)
        self.fh.write(f"<c{marks}><v>{float(number)!r}</v></c>")
