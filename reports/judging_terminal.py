"""A judgement on a terminal: the sentence, the spread, the regrets, and what knowing more would be worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from reports.judging import headline, hedge_words, information_words, sample_words
from reports.judging_tables import distribution_table, regret_table, samples_table, yearly_table
from reports.small_grid import console as standard_output
from reports.small_grid import grid, plain

if TYPE_CHECKING:
    from optimizer.judging.judging import Judgement


def print_judging(judgement: Judgement, *, console: Console | None = None) -> None:
    """Print the judgement.

    console : where to print; standard output when absent.
    """
    out = console or standard_output()
    out.print(f"{judgement.name}: {plain(''.join(phrase.text for phrase in headline(judgement)))}", soft_wrap=True)
    out.print()
    for table in (distribution_table(judgement), yearly_table(judgement), regret_table(judgement)):
        out.print(grid(table))
    for name, amount, words in (*information_words(judgement), hedge_words(judgement)):
        out.print(f"{name}: {plain(amount)}. {plain(words)}", soft_wrap=True)
    out.print()
    samples = samples_table(judgement)
    if not samples.is_empty:
        out.print(grid(samples))
    out.print(plain(sample_words(judgement)), soft_wrap=True)
