"""Reading a text file of a portfolio: its size and encoding checked before anything else looks at it."""

from __future__ import annotations

from pathlib import Path

from sites.findings import Finding

LARGEST_BYTES = 20_000_000
ENCODING_EXPECTED = "a text file in UTF-8"


class TextRefusedError(Exception):
    """A file is too large or not UTF-8; carries the finding."""

    def __init__(self, finding: Finding) -> None:
        """Keeps the finding."""
        self.finding = finding
        super().__init__(str(finding))


def read_text(path: Path, name: str) -> str:
    """The text of a UTF-8 file, with or without a byte order mark.

    path : the file; a regular one, see :func:`sites.folder.file_inside`.
    name : the file as messages call it.

    Raises
    ------
    TextRefusedError : the file cannot be read, is larger than 20 MB, or is not UTF-8; says at which byte.
    """
    return decoded(read_bytes(path, name), name)


def read_bytes(path: Path, name: str, largest: int = LARGEST_BYTES) -> bytes:
    """The content of a file of at most ``largest`` bytes.

    Raises
    ------
    TextRefusedError : the file cannot be read or is larger.
    """
    try:
        size = path.stat().st_size
        if size > largest:
            problem = f"the file has {size / 1e6:.0f} MB"
            raise TextRefusedError(Finding(name, problem=problem, expected=f"at most {largest // 10**6} MB"))
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise TextRefusedError(
            Finding(name, problem=f"cannot be read ({reason})", expected="a readable file")
        ) from None


def decoded(content: bytes, name: str) -> str:
    """The text of UTF-8 bytes, without their byte order mark; see :func:`read_text`."""
    hint = "save it as UTF-8 in the editor or spreadsheet"
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        problem = "byte 0 begins a UTF-16 file"
        raise TextRefusedError(Finding(name, problem=problem, expected=ENCODING_EXPECTED, hint=hint))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        byte = content[error.start]
        line = content.count(b"\n", 0, error.start) + 1
        problem = f"byte {error.start} (0x{byte:02X}) is not UTF-8"
        raise TextRefusedError(Finding(name, line, problem=problem, expected=ENCODING_EXPECTED, hint=hint)) from None
