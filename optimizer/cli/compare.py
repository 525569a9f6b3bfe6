"""`wattsplit compare`: stored plans side by side."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.cli.progress import progress_line


@click.command()
@click.argument("folders", metavar="DIR DIR...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Page (.html), workbook (.xlsx), or folder for all files.")
@click.option("--force", is_flag=True, help="Replace what stands at --out.")
@click.option("--no-bridge", is_flag=True, help="Leave out what each part of the inputs is worth; nothing is solved.")
@click.option("--quiet", is_flag=True, help="Print nothing unless something is wrong.")
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON instead of tables.")
def compare(
    folders: tuple[Path, ...], out: Path | None, force: bool, no_bridge: bool, quiet: bool, as_json: bool
) -> None:
    """Compare plans in folders of 'wattsplit plan': inputs that differ, decisions that moved, and what that is worth.

    The first DIR is the base; every other, up to seven, is told against it. A bridge leads from the base's net present
    value to the other's: parts of the inputs are exchanged one after another, in a fixed order that is told with it,
    and each portfolio on the way is planned. A folder with a file that is not the one that was written is refused.

    \b
    Example:
      wattsplit plan tiny --out before
      wattsplit plan tiny --set settings.discount_rate=0.1 --out after
      wattsplit compare before after --out comparison
    """
    from reports.compare_files import check_compare_target, write_comparison

    if out is not None:
        check_compare_target(out, force=force)
    with progress_line(quiet=quiet) as say:
        say("loading the solver")
        from optimizer.comparing import compare as compare_plans

        found = compare_plans(folders, with_bridge=not no_bridge, progress=say)
        if out is not None:
            say("writing the files")
            write_comparison(found, out, force=force)
    if as_json:
        from reports.compare import compare_json

        click.echo(compare_json(found))
    elif not quiet:
        from reports.compare_terminal import print_comparison

        print_comparison(found)
        if out is not None:
            click.echo(f"written: {out}")
