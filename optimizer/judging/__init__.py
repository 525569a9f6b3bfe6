"""Judging a plan: how its value and its cash are spread over the scenarios, and what knowing more would be worth."""
