"""Child processes in which everything is solved: started apart, limited in memory and time, and killed to cancel."""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import resource
import signal
import threading
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from optimizer.workbench.limits import CHILD_MEMORY_MB, MEGABYTE

log = logging.getLogger("wattsplit.serve")

# Neither a copy of a process with threads nor one that has to import everything for every job.
_CONTEXT = multiprocessing.get_context("forkserver")
_PRELOADED = (
    "optimizer.workbench.tasks",
    "optimizer.workbench.desk",
    "reports.workbench.views",
    "optimizer.deal_sheet",
)
_NICE = 10
_POLL_S = 0.05
_FAREWELL_S = 2.0


class ChildError(Exception):
    """A task ended without a result; the sentence is for the user."""


class NotKnownHereError(Exception):
    """The child does not hold the portfolio."""


class CancelledError(ChildError):
    """The task was cancelled."""


def prepare() -> None:
    """Say what the process from which all children are forked imports beforehand."""
    _CONTEXT.set_forkserver_preload(list(_PRELOADED))


class Child:
    """One process that does one task after the other.

    nice : whether it gives way to those that answer sliders.
    """

    def __init__(self, *, nice: bool = False, memory_mb: int = CHILD_MEMORY_MB) -> None:
        self._nice, self._memory_mb = nice, memory_mb
        self._process: Any = None
        self._pipe: Connection | None = None
        self._cancelled = threading.Event()

    def call(self, task: str, asked: object, *, within_s: float, say: Callable[[str], None] | None = None) -> bytes:
        """Do one task; blocks, so it is for a thread of its own.

        Raises
        ------
        ChildError : it failed, took too long or too much memory, or was cancelled.
        NotKnownHereError : the portfolio must be given along.
        """
        self._cancelled.clear()
        pipe = self._started()
        deadline = time.monotonic() + within_s
        try:
            pipe.send((task, asked))
            while True:
                if self._cancelled.is_set():
                    raise CancelledError("cancelled")
                if time.monotonic() > deadline:
                    raise ChildError(f"this took longer than {within_s:.0f} s and was stopped; try a smaller question")
                if pipe.poll(_POLL_S):
                    kind, content = pipe.recv()
                    if kind == "done":
                        return bytes(content)
                    if kind == "unknown":
                        raise NotKnownHereError
                    if kind == "failed":
                        raise ChildError(content)
                    if say is not None:
                        say(content)
        except (EOFError, OSError):
            cancelled = self._cancelled.is_set()
            self.kill()
            if cancelled:
                raise CancelledError("cancelled") from None
            raise ChildError(_died(self._memory_mb)) from None
        except CancelledError:
            self.kill()
            raise
        except ChildError:
            if time.monotonic() > deadline:
                self.kill()
            raise

    def cancel(self) -> None:
        """End what is being done; the process goes with it."""
        self._cancelled.set()

    def kill(self) -> None:
        """End the process, whatever it does; the next task gets a new one."""
        if self._process is not None:
            self._process.kill()
            self._process.join(_FAREWELL_S)
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None

    def warm_up(self) -> None:
        """Start the process before it is needed."""
        self._started()

    def _started(self) -> Connection:
        if self._process is not None and self._process.is_alive() and self._pipe is not None:
            return self._pipe
        self.kill()
        self._pipe, theirs = _CONTEXT.Pipe()
        process = _CONTEXT.Process(target=work, args=(theirs, self._memory_mb, self._nice), daemon=True)
        process.start()
        self._process = process
        theirs.close()
        return self._pipe


def _died(memory_mb: int) -> str:
    return (
        f"the calculation was ended by the system; it may have needed more than the {memory_mb:,} MB that it may use. "
        "The server and your cases are as they were"
    )


def work(pipe: Connection, memory_mb: int, nice: bool) -> None:
    """The life of a child: tasks from the pipe until it is closed."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Writable memory of its own: addresses alone, which a JavaScript engine reserves by the gigabyte, do not count.
    resource.setrlimit(resource.RLIMIT_DATA, (memory_mb * MEGABYTE, memory_mb * MEGABYTE))
    if nice:
        os.nice(_NICE)
    from optimizer.workbench.desk import Desk
    from optimizer.workbench.tasks import TASKS, NotKnownError

    desk = Desk()
    # What was imported stays; walking through it again and again would hold up answers.
    gc.collect()
    gc.freeze()
    while True:
        try:
            task, asked = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            pipe.send(("done", TASKS[task](desk, lambda words: pipe.send(("said", words)), asked)))
        except NotKnownError:
            pipe.send(("unknown", ""))
        except MemoryError:
            desk = Desk()
            pipe.send(("failed", f"this needs more than the {memory_mb:,} MB of memory that a calculation may use"))
        except Exception as error:  # noqa: BLE001 (whatever it is, the child lives on and the user is told)
            pipe.send(("failed", _explained(error)))


def _explained(error: Exception) -> str:
    """An error of the project is a sentence already; another one is told by a number, its trace goes to the log."""
    from optimizer.errors import InfeasiblePlanError, OptimizerError
    from sites.findings import PortfolioError

    if isinstance(error, InfeasiblePlanError):
        return "no plan keeps all limits: " + "; ".join(error.clashes)
    if isinstance(error, OptimizerError | PortfolioError):
        return str(error)
    number = f"{time.time_ns() & 0xFFFFFFFF:08x}"
    log.error("error %s\n%s", number, "".join(traceback.format_exception(error)))
    return f"this failed inside wattsplit; the server's log has the trace under {number}"
