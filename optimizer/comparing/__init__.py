"""Stored plans side by side: what was given, what was decided, and which input is worth how much."""

from __future__ import annotations

from optimizer.comparing.comparing import Comparison, compare
from optimizer.comparing.folders import CompareError

__all__ = ["CompareError", "Comparison", "compare"]
