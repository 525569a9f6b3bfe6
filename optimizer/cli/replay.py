"""`wattsplit replay`: a year of the past, planned with what was known then and lived through what came."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.cli.progress import progress_line


@click.command()
@click.argument("year")
@click.option("--paths", type=click.IntRange(20, 5_000), help="Random paths of each outlook. Default: 500.")
@click.option("--seed", type=click.IntRange(min=0), default=1, help="The same seed gives the same paths. Default: 1.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Page (.html), picture (.png), months (.csv), all figures (.json), or folder for all.",
)
@click.option("--force", is_flag=True, help="Replace what stands at --out.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the months as CSV.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option("--quiet", is_flag=True, help="Print nothing unless something is wrong.")
def replay(
    year: str, paths: int | None, seed: int, out: Path | None, force: bool, as_csv: bool, as_json: bool, quiet: bool
) -> None:
    """Replay YEAR: plan with what was known at its start, live through what came, beside mining only.

    2025: a miner with 400 MW plans in January 2025 and lives through February 2026, on public monthly facts.

    \b
    Example:
      wattsplit replay 2025
      wattsplit replay 2025 --out replay
    """
    if as_csv and as_json:
        raise click.UsageError("--csv and --json both say how to print; give one of them")
    from optimizer.replaying import DEFAULT_PATHS, REPLAYS
    from optimizer.replaying import replay as run_replay
    from reports.replay import months_csv, replay_json
    from reports.replay_files import check_replay_target, write_replay

    if year not in REPLAYS:
        raise click.UsageError(f"there is no replay of '{year}'; choose one of {', '.join(REPLAYS)}")
    if out is not None:
        check_replay_target(out, force=force)
    with progress_line(quiet=quiet) as say:
        found = run_replay(year, paths=paths or DEFAULT_PATHS, seed=seed, progress=say)
        if out is not None:
            say("writing the files")
            write_replay(found, out, force=force)
    if as_csv:
        click.echo(months_csv(found), nl=False)
    elif as_json:
        click.echo(replay_json(found))
    elif not quiet:
        from reports.replay_terminal import print_replay

        print_replay(found)
        if out is not None:
            click.echo(f"written: {out}")
