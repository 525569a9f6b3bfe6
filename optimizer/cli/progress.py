"""What a command is doing, said while it does it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_line(*, quiet: bool) -> Iterator[Callable[[str], None]]:
    """A way to say what is being done: a moving line on a terminal, silence elsewhere."""
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True, markup=False).status("starting") as status:
        yield status.update
