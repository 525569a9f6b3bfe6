"""The files of a plan: what `wattsplit plan` leaves on disk, and whether it is still what was written."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports.additions import FOLDER as ADDITIONS
from reports.folder import OutputError, appearing, check_writable, sweep
from reports.options import FORMATS, ReportOptions

if TYPE_CHECKING:
    from optimizer.results import Plan

__all__ = ["OutputError", "check_target", "read_manifest", "write_report"]

MANIFEST = "manifest.json"
# Written into the manifest and looked for before a folder is taken for a plan that may be replaced.
FORMAT = "wattsplit plan"


def check_target(folder: Path | str, force: bool = False) -> Path:
    """Make sure, before the long work, that a plan can be written to `folder`; gives its resolved path.

    Allowed are a folder that does not exist yet, an empty one and, with `force`, one that holds a plan and nothing
    else.

    Raises
    ------
    OutputError : a file, somebody's folder or, without `force`, a plan stands there; or nothing can be written there.
    """
    target = Path(folder).resolve()
    sweep(target)
    _check_replaceable(target, force)
    check_writable(target)
    return target


def write_report(plan: Plan, folder: Path | str, *, options: ReportOptions | None = None, force: bool = False) -> Path:
    """Write a plan with its files for people to `folder`, which appears complete or not at all.

    Parameters
    ----------
    plan : what `optimizer.plan` gave.
    folder : the folder to make. Parents are made when missing.
    options : which files for people, and how; all of them, in USD million, when not given.
    force : replace a plan that stands there already.

    Returns
    -------
    The resolved path of the folder.

    Raises
    ------
    OutputError : as `check_target`, and when the disk fills up. What stood at `folder` before is untouched then.
    """
    target = check_target(folder, force)
    wanted = ReportOptions() if options is None else options
    # A plan that is made again says of which files its first run was read.
    given = plan.manifest.get("inputs") or _input_digests(plan)
    told = replace(plan, manifest={**plan.manifest, "inputs": given})
    pages = {FORMATS[name]: _rendered(told, name, wanted) for name in FORMATS if name in wanted.formats}
    with appearing(target, lambda existing: _check_replaceable(existing, force)) as hidden:
        _write_contents(plan, hidden)
        _write_files_for_people(pages, wanted, hidden)
        _write_json(hidden / MANIFEST, _manifest(told, wanted, hidden))
    return target


def _rendered(plan: Plan, name: str, options: ReportOptions) -> bytes:
    """One of the files for people."""
    if name == "html":
        from reports.html import render_html

        return render_html(plan, options).encode()
    if name == "pdf":
        from reports.pdf import render_pdf

        return render_pdf(plan, options)
    from reports.plan_workbook import render_workbook

    return render_workbook(
        plan,
        created=options.day,
        company=options.company,
        logo=None if options.logo is None else options.logo.content,
        scale=options.scale,
        additions=[(addition.title, addition.table) for addition in options.additions if addition.table is not None],
    )


def _write_files_for_people(pages: dict[str, bytes], options: ReportOptions, folder: Path) -> None:
    """Write the pages, and what they were given besides the plan."""
    for name, content in pages.items():
        (folder / name).write_bytes(content)
    if options.logo is not None:
        (folder / f"logo{options.logo.suffix}").write_bytes(options.logo.content)
    for addition in options.additions:
        for name, content in addition.files.items():
            path = folder / ADDITIONS / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def _check_replaceable(target: Path, force: bool) -> None:
    """Raise unless nothing, an empty folder or (with force) a plan without foreign files stands at `target`."""
    if not target.exists():
        return
    if not target.is_dir():
        raise OutputError(f"{target} is a file; choose a folder that does not exist yet")
    present = set(_files(target)) | {entry.name for entry in target.iterdir() if entry.is_dir()}
    if not present:
        return
    manifest = read_manifest(target)
    if manifest is None:
        raise OutputError(
            f"{target} holds files that are no plan of wattsplit; choose a folder that does not exist yet"
        )
    if not force:
        raise OutputError(
            f"{target} holds a plan already; replace it with --force, or choose another folder with --out"
        )
    written = {MANIFEST, *manifest["files"]}
    written |= {Path(name).parts[0] for name in written}
    foreign = sorted(present - written)
    if foreign:
        names = ", ".join(foreign[:5]) + (", ..." if len(foreign) > 5 else "")
        raise OutputError(
            f"{target} holds files that wattsplit did not write ({names}); "
            "move them away or choose another folder with --out"
        )


def _write_contents(plan: Plan, folder: Path) -> None:
    """Write the plan itself: figures, tables, proof and inputs."""
    from optimizer.frames_io import write_frame
    from optimizer.proving.proof import save_proof
    from sites import save_portfolio

    _write_json(folder / "summary.json", plan.summary)
    for name, frame in plan.frames.items():
        write_frame(frame, folder / f"{name}.csv")
    _write_json(folder / "certificate.json", plan.certificate)
    save_proof(plan.proof, folder / "proof.npz")
    inputs = folder / "inputs"
    inputs.mkdir()
    save_portfolio(plan.portfolio, inputs)


def _manifest(plan: Plan, options: ReportOptions, folder: Path) -> dict[str, Any]:
    """What made the plan, and the digest of every file in it; all but the times is the same for the same input."""
    from sites.origin import origin_of

    digests = {name: _digest(folder / name) for name in _files(folder)}
    own = {name: digest for name, digest in digests.items() if name.startswith("inputs/")}
    return {
        "format": FORMAT,
        "created": options.created.isoformat().replace("+00:00", "Z"),
        "portfolio": _joint_digest(own),
        **plan.manifest,
        "report": options.as_json(),
        "origin": origin_of(plan.portfolio),
        "inputs": plan.manifest["inputs"] or own,
        "files": digests,
    }


def _joint_digest(digests: dict[str, str]) -> str:
    """One digest of several files: the same for the same portfolio, wherever it was read from."""
    return hashlib.sha256("".join(f"{name} {digests[name]}\n" for name in sorted(digests)).encode()).hexdigest()


def _input_digests(plan: Plan) -> dict[str, str | None]:
    """The digest of every file the portfolio was read from; None for one that is gone since."""
    files = plan.portfolio.input_files
    if not files:
        return {}
    root = Path(os.path.commonpath([file.resolve().parent for file in files]))
    return {file.resolve().relative_to(root).as_posix(): _digest_or_none(file) for file in files}


def _write_json(path: Path, content: object) -> None:
    """JSON that every reader accepts: no NaN, keys in the order in which the plan gives them."""
    path.write_text(
        json.dumps(content, indent=2, allow_nan=False, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n"
    )


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of a plan, or None when the folder holds no plan."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if (
        not isinstance(manifest, dict)
        or manifest.get("format") != FORMAT
        or not isinstance(manifest.get("files"), dict)
    ):
        return None
    return manifest


def _files(folder: Path) -> list[str]:
    """Every file below a folder, as sorted paths with forward slashes."""
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()
    )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest_or_none(path: Path) -> str | None:
    try:
        return _digest(path)
    except OSError:
        return None
