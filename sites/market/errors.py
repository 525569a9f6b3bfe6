"""The error of a market that cannot make a hashprice."""

from __future__ import annotations


class MarketError(ValueError):
    """A market's model cannot be run on what is given; says what was expected instead."""

    exit_code = 2

    def __init__(self, problem: str, expected: str, hint: str = "") -> None:
        """Keeps the parts of the finding that a caller may make of it."""
        self.problem, self.expected, self.hint = problem, expected, hint
        super().__init__(f"the market {problem}: expected {expected}" + (f"; {hint}" if hint else ""))
