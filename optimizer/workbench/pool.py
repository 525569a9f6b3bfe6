"""Who does what: live answers on children that keep programmes warm, long work on children that give way to them."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import deque
from dataclasses import dataclass, field

from optimizer.workbench.children import CancelledError, Child, ChildError, NotKnownHereError
from optimizer.workbench.limits import (
    LIVE_CHILDREN,
    LIVE_S,
    LIVE_WAIT_S,
    LIVE_WAITING,
    LONG_CHILDREN,
    LONG_S,
    LONG_WAITING,
    MOST_JOBS_KEPT,
)

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"


class BusyError(Exception):
    """Too many are waiting already."""


class Live:
    """Children that answer at once; a user comes back to the child that holds his programme if it is free."""

    def __init__(self, size: int = LIVE_CHILDREN) -> None:
        self.children = [Child() for _ in range(size)]
        self._free = list(self.children)
        self._last: dict[str, Child] = {}
        self._waiting: deque[tuple[str, asyncio.Future[Child]]] = deque()

    async def call(self, who: str, task: str, asked: object, whole: object = None) -> bytes:
        """Do a task for a user.

        whole : the same question with the portfolio, for a child that does not hold it.

        Raises
        ------
        BusyError, ChildError : no child became free in time; or the task failed.
        """
        child = await self._taken(who)
        try:
            try:
                return await asyncio.to_thread(child.call, task, asked, within_s=LIVE_S)
            except NotKnownHereError:
                return await asyncio.to_thread(child.call, task, whole, within_s=LIVE_S)
        finally:
            self._give_back(child)

    async def _taken(self, who: str) -> Child:
        if self._free:
            child = self._last.get(who)
            if child not in self._free:
                held = set(map(id, self._last.values()))
                child = next((one for one in self._free if id(one) not in held), self._free[0])
            self._free.remove(child)
            self._last[who] = child
            return child
        if len(self._waiting) >= LIVE_WAITING:
            raise BusyError
        turn: asyncio.Future[Child] = asyncio.get_running_loop().create_future()
        self._waiting.append((who, turn))
        try:
            return await asyncio.wait_for(asyncio.shield(turn), LIVE_WAIT_S)
        except TimeoutError:
            if turn.done():
                return turn.result()
            turn.cancel()
            raise BusyError from None
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give_back(turn.result())
            turn.cancel()
            raise

    def _give_back(self, child: Child) -> None:
        while self._waiting:
            who, turn = self._waiting.popleft()
            if not turn.done():
                self._last[who] = child
                turn.set_result(child)
                return
        self._free.append(child)

    def close(self) -> None:
        """End all children."""
        for child in self.children:
            child.kill()


@dataclass
class Job:
    """Long work of one user.

    kind : the name of a task. asked : what it is about. file : the name under which the result is downloaded, if it is.
    state : waiting, running, done, failed or cancelled. words : how far it is, or why it failed.
    result : what it gave, once it is done.
    """

    kind: str
    who: str
    asked: object
    file: str = ""
    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    state: str = WAITING
    words: str = "waiting for a free place"
    result: bytes | None = None
    begun: float = field(default_factory=time.monotonic)
    ended: float | None = None
    child: Child | None = None

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.state in (WAITING, RUNNING)

    @property
    def seconds(self) -> float:
        """How long it took, or has taken so far. [s]"""
        return (self.ended or time.monotonic()) - self.begun

    def end(self, state: str, words: str = "") -> None:
        """Say how it ended, once."""
        if self.is_open:
            self.state, self.words, self.ended = state, words, time.monotonic()


class Jobs:
    """The long work of all users, two at a time."""

    def __init__(self, size: int = LONG_CHILDREN) -> None:
        self._by_id: dict[str, Job] = {}
        self._places = asyncio.Semaphore(size)
        self._running: set[asyncio.Task[None]] = set()

    def start(self, job: Job) -> Job:
        """Put a job in the queue; an older one of the same kind and user is cancelled.

        Raises
        ------
        BusyError : too many are waiting already.
        """
        for other in list(self._by_id.values()):
            if other.who == job.who and other.kind == job.kind and other.is_open:
                self.cancel(other)
        if sum(other.state == WAITING for other in self._by_id.values()) >= LONG_WAITING:
            raise BusyError
        self._by_id[job.id] = job
        self._drop_old(job.who)
        running = asyncio.create_task(self._run(job))
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        return job

    def of(self, who: str, job_id: str) -> Job | None:
        """A user's own job by its id."""
        job = self._by_id.get(job_id)
        return job if job is not None and job.who == who else None

    def cancel(self, job: Job) -> None:
        """End a job; its process goes with it."""
        if job.child is not None:
            job.child.cancel()
        job.end(CANCELLED, "cancelled")

    def close(self) -> None:
        """End all jobs."""
        for job in self._by_id.values():
            if job.child is not None:
                job.child.kill()
            job.end(CANCELLED, "the server stopped")

    def _drop_old(self, who: str) -> None:
        ended = [job for job in self._by_id.values() if job.who == who and not job.is_open]
        for job in ended[: max(0, len(ended) - MOST_JOBS_KEPT)]:
            del self._by_id[job.id]

    async def _run(self, job: Job) -> None:
        async with self._places:
            if not job.is_open:
                return
            job.state, job.words, job.child = RUNNING, "starting", Child(nice=True)

            def say(words: str) -> None:
                job.words = words

            try:
                job.result = await asyncio.to_thread(job.child.call, job.kind, job.asked, within_s=LONG_S, say=say)
                job.end(DONE)
            except CancelledError:
                job.end(CANCELLED, "cancelled")
            except ChildError as error:
                job.end(FAILED, str(error))
            finally:
                await asyncio.to_thread(job.child.kill)
                job.child = None
