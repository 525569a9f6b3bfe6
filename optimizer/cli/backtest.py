"""`wattsplit backtest`: how good the forecasts would have been, month after month of a history."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.cli.history import history_options, read_history
from optimizer.cli.progress import progress_line


@click.command()
@history_options
@click.option(
    "--horizon",
    "horizons",
    multiple=True,
    type=click.IntRange(1, 60),
    metavar="MONTHS",
    help="Months ahead; repeatable. Default: 1, 3, 6, 12.",
)
@click.option("--paths", type=click.IntRange(20, 100_000), help="Random paths of each forecast. Default: 500.")
@click.option("--seed", type=click.IntRange(min=0), default=1, help="The same seed gives the same paths. Default: 1.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Page (.html), picture (.png), scores (.csv), all figures (.json), or folder for all.",
)
@click.option("--force", is_flag=True, help="Replace what stands at --out.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the scores as CSV.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option("--quiet", is_flag=True, help="Print nothing unless something is wrong.")
def backtest(
    files: tuple[Path, ...],
    series: tuple[str, ...],
    units: tuple[str, ...],
    horizons: tuple[int, ...],
    paths: int | None,
    seed: int,
    out: Path | None,
    force: bool,
    as_csv: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Forecast from the end of every month of a history with what was known then, and score what came.

    Scores are the coverage of the 50, 80 and 95 % bands and the CRPS, beside those of a random walk with drift and of
    persistence with historical volatility. The history must be longer than three years.

    \b
    Example:
      wattsplit backtest --history network.csv
      wattsplit backtest --history network.csv --history fees.csv --out backtest
    """
    if as_csv and as_json:
        raise click.UsageError("--csv and --json both say how to print; give one of them")
    if not files:
        raise click.UsageError("missing option '--history FILE'")
    from reports.backtest import backtest_json, scores_csv
    from reports.backtest_files import check_backtest_target, write_backtest
    from sites.market.paths import libraries_needed

    if out is not None:
        check_backtest_target(out, force=force)
    with progress_line(quiet=quiet) as say, libraries_needed():
        from sites.market.backtest import DEFAULT_PATHS, HORIZONS
        from sites.market.backtest import backtest as run_backtest

        say("reading the history")
        history = read_history(files, series, units)
        ahead = tuple(sorted(set(horizons))) or HORIZONS
        found = run_backtest(history, horizons=ahead, paths=paths or DEFAULT_PATHS, seed=seed, progress=say)
        if out is not None:
            say("writing the files")
            write_backtest(found, out, force=force)
    if as_csv:
        click.echo(scores_csv(found), nl=False)
    elif as_json:
        click.echo(backtest_json(found))
    elif not quiet:
        from reports.backtest_terminal import print_backtest

        print_backtest(found)
        if out is not None:
            click.echo(f"written: {out}")
