"""`wattsplit rerun`: a plan made again from its own folder."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from optimizer.cli import DONE, FAILED
from optimizer.cli.progress import progress_line


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Keep the new plan in this folder.")
@click.option("--force", is_flag=True, help="Replace a plan that stands in that folder.")
@click.option("--quiet", is_flag=True, help="Print nothing unless something differs.")
def rerun(folder: Path, out: Path | None, force: bool, quiet: bool) -> int:
    """Make the plan in FOLDER again from its own manifest and inputs, and compare every file byte for byte.

    The inputs in the folder, the pins, gap and time limit of its manifest, and the options of its report are used; the
    day of the report is that of the first. Exit code 4 when a file comes out otherwise, which another version, another
    processor or a search ended by its time limit can cause.

    \b
    Example:
      wattsplit plan tiny --out my-plan
      wattsplit rerun my-plan
    """
    from reports import check_target, read_manifest, write_report
    from reports.folder import OutputError
    from reports.options import options_of
    from reports.sameness import differences

    manifest = read_manifest(folder)
    if manifest is None:
        raise OutputError(f"{folder} holds no plan of wattsplit: there is no manifest.json of one")
    if out is not None and out.resolve() == folder.resolve():
        raise OutputError(f"{folder} is the plan that is made again; choose another folder with --out")
    with tempfile.TemporaryDirectory(prefix="wattsplit-") as spare, progress_line(quiet=quiet) as say:
        target = check_target(out or Path(spare, "plan"), force)
        options = options_of(folder, manifest)
        say("loading the solver")
        from optimizer.rerunning import plan_again

        again = plan_again(folder, progress=say)
        say("writing the report")
        write_report(again, target, options=options, force=force)
        differing = differences(folder, target)
    for line in differing:
        click.echo(f"error: {line}", err=True)
    if not differing and not quiet:
        click.echo(f"the same plan, byte for byte: {len(manifest['files']):,} files")
    return FAILED if differing else DONE
