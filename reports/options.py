"""What a reader wants of a plan's report: which files, in what unit, under whose name, with what besides."""

from __future__ import annotations

import base64
import io
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reports.additions import FOLDER as ADDITIONS
from reports.additions import Addition, read_additions
from reports.folder import OutputError

# The files for people, in the order in which they are written.
FORMATS: dict[str, str] = {"html": "report.html", "pdf": "report.pdf", "xlsx": "plan.xlsx"}
EPOCH = "SOURCE_DATE_EPOCH"


@dataclass(frozen=True)
class Logo:
    """A company's logo. suffix : .png or .jpg. content : the picture."""

    suffix: str
    content: bytes

    @property
    def uri(self) -> str:
        """The picture as an address that holds it."""
        kind = "image/png" if self.suffix == ".png" else "image/jpeg"
        return f"data:{kind};base64,{base64.b64encode(self.content).decode()}"


@dataclass(frozen=True)
class ReportOptions:
    """How the files for people are made; the same plan and options give the same bytes.

    formats : keys of `FORMATS`. scale : a key of `format.MONEY_SCALES`, the unit of dollars in tables and charts.
    company, logo : on the first page. additions : tables, pages of text and pages of other commands that go with the
    plan. created : when the report says it was made.
    """

    formats: tuple[str, ...] = tuple(FORMATS)
    scale: str = "m"
    company: str = ""
    logo: Logo | None = None
    additions: tuple[Addition, ...] = ()
    created: datetime = field(default_factory=lambda: now())

    def files(self) -> list[str]:
        """The names of the files for people."""
        return [FORMATS[name] for name in FORMATS if name in self.formats]

    @property
    def day(self) -> datetime:
        """The day on which the report was made, which is all that the files for people say; midnight in UTC."""
        return self.created.replace(hour=0, minute=0, second=0, microsecond=0)

    def as_json(self) -> dict[str, Any]:
        """For the manifest, without the contents of files, which stand in the folder."""
        return {
            "formats": list(self.formats),
            "scale": self.scale,
            "company": self.company,
            "logo": None if self.logo is None else f"logo{self.logo.suffix}",
            "additions": [addition.name for addition in self.additions],
        }


_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
MOST_LOGO_BYTES = 1_000_000


def read_logo(path: Path) -> Logo:
    """The logo in a file.

    Raises
    ------
    OutputError : there is none, it is too large, or it is no PNG or JPEG picture, which all of the files can show.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise OutputError(f"logo {path}: cannot be read: {error.strerror or error}") from None
    if len(content) > MOST_LOGO_BYTES:
        raise OutputError(f"logo {path}: {len(content):,} bytes; expected at most {MOST_LOGO_BYTES:,}")
    suffix = ".png" if content.startswith(_PNG) else ".jpg" if content.startswith(_JPEG) else ""
    if not suffix or not _is_whole(content):
        raise OutputError(f"logo {path}: expected a whole PNG or JPEG picture")
    return Logo(suffix, content)


def _is_whole(picture: bytes) -> bool:
    """Whether the picture says how large it is and ends where it should."""
    from xlsxwriter.exceptions import UnsupportedImageFormat
    from xlsxwriter.image import Image

    try:
        size = Image(io.BytesIO(picture))
    except (UnsupportedImageFormat, OSError, ValueError, IndexError, struct.error):
        return False
    ends = picture.rstrip(b"\0").endswith((b"IEND\xaeB`\x82", b"\xff\xd9"))
    return ends and size.width > 0 and size.height > 0


def options_of(folder: Path, manifest: Mapping[str, Any]) -> ReportOptions:
    """The options with which the plan in a folder was written.

    Raises
    ------
    OutputError : the manifest tells none, or a file that it names is gone.
    """
    told = manifest.get("report")
    try:
        assert isinstance(told, Mapping)
        created = datetime.fromisoformat(str(manifest["created"]))
        logo = told["logo"]
        return ReportOptions(
            formats=tuple(name for name in FORMATS if name in told["formats"]),
            scale=str(told["scale"]),
            company=str(told["company"]),
            logo=None if logo is None else read_logo(folder / logo),
            additions=read_additions(folder / ADDITIONS / name for name in told["additions"]),
            created=created,
        )
    except (AssertionError, KeyError, TypeError, ValueError):
        raise OutputError(f"{folder}: its manifest does not say how its report was made") from None


def now() -> datetime:
    """The time in UTC, to the second; from the environment's SOURCE_DATE_EPOCH where that is set.

    Raises
    ------
    OutputError : what is set there is no number of seconds.
    """
    given = os.environ.get(EPOCH, "")
    if not given:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        return datetime.fromtimestamp(int(given), UTC)
    except (ValueError, OverflowError, OSError):
        raise OutputError(f"{EPOCH} = {given!r}: expected whole seconds since 1970-01-01, such as 1767225600") from None
