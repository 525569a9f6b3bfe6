"""A folder that appears complete or not at all.

The files are made in a hidden folder beside the target, forced to disk, and the folder is renamed into place as the
last step. A process that dies at any moment leaves either the whole plan or none; the hidden folder it may leave behind
is swept by the next writer of the same target. Writers hold a lock on their hidden folder, which the operating system
drops when they die, so a sweep never takes the folder of a writer that is still at work.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
# Renaming onto a folder that somebody filled meanwhile fails with one of these.
_OCCUPIED = {errno.ENOTEMPTY, errno.EEXIST}
_ATTEMPTS = 5


class OutputError(Exception):
    """A plan cannot be written where it should; says why and what to do. Nothing half-written is left behind."""

    exit_code = 2


def check_writable(target: Path) -> None:
    """Try whether a folder can be made where `target` is to appear, without leaving anything.

    Raises
    ------
    OutputError : it cannot be made there, or `target` is a mount point, which nothing can be renamed onto.
    """
    if target.is_dir() and os.path.ismount(target):
        raise OutputError(f"{target} is a mount point and cannot be replaced as a whole; choose a folder inside it")
    ancestor = next(folder for folder in target.parents if folder.exists())
    probe = ancestor / f".{target.name}.new-{secrets.token_hex(4)}.wattsplit"
    with explained(ancestor):
        probe.mkdir()
        probe.rmdir()


def sweep(target: Path) -> None:
    """Remove what writers of `target` that died have left; put back a plan that one of them had moved aside.

    Folders whose writer is still at work, and everything not named by this module, stay untouched.
    """
    ours = re.compile(rf"\.{re.escape(target.name)}\.(new|old)-[0-9a-f]{{8}}\.wattsplit")
    if not target.parent.is_dir():
        return
    for entry in sorted(target.parent.iterdir()):
        match = ours.fullmatch(entry.name)
        if match is None or entry.is_symlink() or not entry.is_dir():
            continue
        # What another process takes away, or may not be touched, is not ours to report.
        with contextlib.suppress(OSError):
            lock = _lock(entry)
            if lock is None:
                continue
            if match[1] == "old" and not target.exists():
                entry.rename(target)
            else:
                shutil.rmtree(entry, ignore_errors=True)
            os.close(lock)


@contextlib.contextmanager
def appearing(target: Path, may_replace: Callable[[Path], None]) -> Iterator[Path]:
    """Give an empty hidden folder to fill; on leaving without an error it becomes `target` in one step.

    Parameters
    ----------
    target : where the folder is to appear. Parents are made when missing.
    may_replace : called with `target` when something stands there at the moment of the swap; raises unless that may be
        replaced.

    Raises
    ------
    OutputError : the disk is full, the place is read-only, or `may_replace` forbids it. The hidden folder is removed.
    """
    missing = [folder for folder in target.parents if not folder.exists()]
    try:
        with explained(target.parent):
            target.parent.mkdir(parents=True, exist_ok=True)
            with _hidden_folder(target) as hidden:
                yield hidden
                _sync_tree(hidden)
                _swap(hidden, target, may_replace)
                sync(target.parent)
    except BaseException:
        for folder in missing:
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


@contextlib.contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn an error of the operating system while writing below `folder` into words."""
    try:
        yield
    except OSError as error:
        raise OutputError(_explanation(error, folder)) from error


def _explanation(error: OSError, folder: Path) -> str:
    if error.errno in _FULL:
        free = shutil.disk_usage(folder).free if folder.is_dir() else 0
        return f"the disk is full: {free:,} bytes free in {folder}; nothing was written; choose another folder"
    if error.errno == errno.EFBIG:
        return f"a file in {folder} would pass the largest size allowed here (see 'ulimit -f'); nothing was written"
    if error.errno in _FORBIDDEN:
        return f"cannot write in {folder}: {error.strerror}; nothing was written; choose another folder"
    return f"cannot write in {folder}: {error.strerror or error}; nothing was written"


def _swap(hidden: Path, target: Path, may_replace: Callable[[Path], None]) -> None:
    """Rename `hidden` to `target`; what stands there is moved aside first and removed after."""
    for _ in range(_ATTEMPTS):
        try:
            # Onto nothing, or onto an empty folder, this is one step.
            hidden.rename(target)
        except OSError as error:
            if error.errno not in _OCCUPIED:
                raise
        else:
            return
        may_replace(target)
        aside = target.parent / f".{target.name}.old-{secrets.token_hex(4)}.wattsplit"
        try:
            target.rename(aside)
        except FileNotFoundError:
            continue  # another writer moved it first
        try:
            hidden.rename(target)
        except OSError as error:
            with contextlib.suppress(OSError):
                aside.rename(target)
            if error.errno not in _OCCUPIED:
                raise
        else:
            shutil.rmtree(aside, ignore_errors=True)
            return
    raise OutputError(f"{target} is being written by other runs at the same time; nothing was written")


@contextlib.contextmanager
def _hidden_folder(target: Path) -> Iterator[Path]:
    """A new, locked folder beside `target`; removed on leaving if it is still there."""
    hidden, lock = _make_hidden(target)
    try:
        yield hidden
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
        os.close(lock)


def _make_hidden(target: Path) -> tuple[Path, int]:
    """Make and lock a folder beside `target`: its path and the descriptor that holds the lock."""
    for _ in range(_ATTEMPTS):
        hidden = target.parent / f".{target.name}.new-{secrets.token_hex(4)}.wattsplit"
        hidden.mkdir()
        lock = _lock(hidden)
        # Between its making and its locking another writer's sweep may have taken the folder.
        if lock is not None and hidden.is_dir():
            return hidden, lock
        if lock is not None:
            os.close(lock)
    raise OutputError(f"no hidden folder can be kept beside {target}: other runs remove it at once")


def _lock(folder: Path) -> int | None:
    """A descriptor that holds the lock of a hidden folder; None when another process holds it or the folder is gone."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _sync_tree(folder: Path) -> None:
    """Force every file and folder below `folder` to disk, the folder itself last."""
    for parent, _, files in os.walk(folder, topdown=False):
        for name in files:
            sync(Path(parent, name))
        sync(Path(parent))


def sync(path: Path) -> None:
    """Force a file or folder to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
