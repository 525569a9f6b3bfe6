"""Worked examples: a portfolio as it stood at a date, what was known then, and what came."""
