"""Prove: every plan recomputed outside the solver and outside the model, from its tables and in exact arithmetic.

`proof` checks optimality of the compiled programme without rounding; `replay` recomputes limits and cash
flows hour by hour from the portfolio; `books` compare the plan's tables with the replay; `certificate` gathers
the verdict; `audit` repeats it from the files of a plan.
"""
