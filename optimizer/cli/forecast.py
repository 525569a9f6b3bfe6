"""`wattsplit forecast`: what hashprice may become, as a fan, as tables, and as scenarios to plan with."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.cli.history import history_options, read_history
from optimizer.cli.inputs import portfolio_source
from optimizer.cli.progress import progress_line


@click.command()
@click.argument("portfolio", required=False)
@history_options
@click.option("--start", metavar="YYYY-MM", help="First month. Default: the first whole month after the history.")
@click.option("--months", type=click.IntRange(1, 600), help="How many months. Default: 24.")
@click.option("--paths", type=click.IntRange(2, 100_000), help="How many random paths. Default: 2,000.")
@click.option("--seed", type=click.IntRange(min=0), help="The same seed gives the same paths. Default: 1.")
@click.option(
    "--scenarios",
    type=click.IntRange(0, 1_000),
    default=0,
    help="Choose so many paths that stand for all, as tables hashprice and scenarios of a portfolio.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Page (.html), picture (.png), fan (.csv), all figures (.json), or folder for all.",
)
@click.option("--force", is_flag=True, help="Replace what stands at --out.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the fan as CSV.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option("--quiet", is_flag=True, help="Print nothing unless something is wrong.")
def forecast(  # long because click hands over every option as an argument of its own
    portfolio: str | None,
    files: tuple[Path, ...],
    series: tuple[str, ...],
    units: tuple[str, ...],
    start: str | None,
    months: int | None,
    paths: int | None,
    seed: int | None,
    scenarios: int,
    out: Path | None,
    force: bool,
    as_csv: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Forecast hashprice: a fan of random paths, calibrated on a history of the network.

    With PORTFOLIO the market of its settings is shown as it is planned with. With --history the stochastic market is
    calibrated on the files: BTC price, network hashrate that answers to profit, fees, halvings and retargets.

    \b
    Example:
      wattsplit forecast --history network.csv --months 36 --out fan.html
      wattsplit forecast --history network.csv --scenarios 9 --out forecast
      wattsplit forecast my-portfolio
    """
    if as_csv and as_json:
        raise click.UsageError("--csv and --json both say how to print; give one of them")
    if bool(files) == (portfolio is not None):
        raise click.UsageError("give either a portfolio or --history FILE")
    if portfolio is not None and (start is not None or months is not None):
        raise click.UsageError("--start and --months are those of the portfolio; leave them out")
    from reports.forecast import fan_csv, forecast_json
    from reports.forecast_files import check_forecast_target, write_forecast
    from sites.market.forecast import DEFAULT_MONTHS, DEFAULT_PATHS, forecast_of
    from sites.market.forecast import forecast as make_forecast
    from sites.market.paths import libraries_needed
    from sites.months import MonthLabelError, month_number

    if start is not None:
        try:
            month_number(start)
        except MonthLabelError as error:
            raise click.UsageError(f"--start: {error}") from None
    if out is not None:
        check_forecast_target(out, force=force)
    with progress_line(quiet=quiet) as say, libraries_needed():
        if portfolio is None:
            say("reading the history")
            history = read_history(files, series, units)
            say("drawing paths")
            found = make_forecast(
                history,
                first_month=start,
                months=months or DEFAULT_MONTHS,
                paths=paths or DEFAULT_PATHS,
                seed=1 if seed is None else seed,
                scenarios=scenarios,
            )
        else:
            from sites import load_portfolio

            say("drawing paths")
            given = load_portfolio(portfolio_source(portfolio))
            found = forecast_of(given, paths=paths, seed=seed, scenarios=scenarios)
        if out is not None:
            say("writing the files")
            write_forecast(found, out, force=force)
    if as_csv:
        click.echo(fan_csv(found), nl=False)
    elif as_json:
        click.echo(forecast_json(found))
    elif not quiet:
        from reports.forecast_terminal import print_forecast

        print_forecast(found)
        if out is not None:
            click.echo(f"written: {out}")
