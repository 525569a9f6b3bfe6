"""One file that appears complete or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from pathlib import Path

from reports.folder import OutputError, explained

# Some file systems have no hard links; a file that appears there in the very last moment is replaced.
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK}


def check_file(target: Path, *, force: bool) -> None:
    """Make sure, before the long work, that a file may be written at `target`.

    Raises
    ------
    OutputError : something stands there that may not be replaced, or nothing can be written there.
    """
    if target.is_dir():
        raise OutputError(f"{target} is a folder; choose a file")
    if target.exists() and not force:
        raise _taken(target)
    ancestor = next(folder for folder in target.resolve().parents if folder.exists())
    with explained(ancestor):
        if not ancestor.is_dir():
            raise OutputError(f"{ancestor} is a file; nothing can be written below it")
        probe = _hidden(ancestor / target.name)
        probe.touch(exist_ok=False)
        probe.unlink()


def write_file(target: Path, content: bytes, *, force: bool = False) -> None:
    """Write a file; parents are made when missing, and what stood there stays until the new file is on disk.

    Raises
    ------
    OutputError : a file stands there and `force` is not given, or the operating system refuses.
    """
    check_file(target, force=force)
    # What a link points at is replaced, not the link.
    target = target.resolve()
    with explained(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        hidden = _hidden(target)
        try:
            with hidden.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if force:
                hidden.replace(target)
            else:
                # A link, unlike a rename, never replaces what appeared meanwhile.
                _link(hidden, target)
        finally:
            with contextlib.suppress(FileNotFoundError):
                hidden.unlink()


def _link(hidden: Path, target: Path) -> None:
    try:
        os.link(hidden, target)
    except FileExistsError:
        raise _taken(target) from None
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        hidden.replace(target)


def _taken(target: Path) -> OutputError:
    return OutputError(f"{target} exists; replace it with --force, or choose another place with --out")


def _hidden(target: Path) -> Path:
    return target.parent / f".{target.name}.new-{secrets.token_hex(4)}.wattsplit"
