"""`wattsplit whatif`: the plan of a portfolio beside those of changed copies of it."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.cli.changes import Changes, change_options
from optimizer.cli.inputs import portfolio_source
from optimizer.cli.progress import progress_line
from optimizer.cli.searching import search_options


@click.command()
@click.argument("portfolio")
@change_options
@click.option("--cases", "case_file", type=click.Path(path_type=Path), metavar="FILE", help="YAML file of named cases.")
@click.option("--out", type=click.Path(path_type=Path), help="Page (.html), or folder for it and all tables.")
@click.option("--force", is_flag=True, help="Replace what stands at --out.")
@search_options
@click.option("--quiet", is_flag=True, help="Print nothing unless something is wrong.")
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON instead of tables.")
def whatif(
    portfolio: str,
    changes: Changes,
    case_file: Path | None,
    out: Path | None,
    force: bool,
    gap: float | None,
    time_limit: float | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Plan a portfolio and changed copies of it, and show them side by side: value, capex, MW, and what moved.

    \b
    A change is TABLE.RECORD.FIELD=VALUE. RECORD is an id, a month (hashprice),
    a row number (tables without ids), or * for every record; settings and
    limits have none. VALUE is one of
      130        sets the field
      *1.1       multiplies what stands there
      +5, +-5    adds to it, takes from it; -5 sets minus five
      (nothing)  leaves the field blank

    Offers are added first, then fields are changed in the order given, then contracts are dropped. A file of cases
    is a mapping from names to set, add, drop and pin; what is given as options comes first in each of them.

    A case that no plan can follow is told beside the others; exit code 3 if it is the only one.

    \b
    Example:
      wattsplit whatif tiny --set contracts.inference.price_usd_per_kw_month=50
      wattsplit whatif tiny --set 'hashprice.*.usd_per_ph_day=*0.8' \\
        --pin inference@mill:2027-04=2
      wattsplit whatif north-america --cases cases.yaml --out what-if
    """
    if changes.is_empty and case_file is None:
        raise click.UsageError("nothing is changed; give --set, --add-contract, --drop, --pin or --cases")
    from optimizer.case_file import read_cases
    from optimizer.search import DEFAULT_GAP
    from optimizer.what_ifs import find_what_if
    from reports.what_if_files import check_what_if_target, write_what_if
    from sites import load_portfolio

    given = changes.given(load_portfolio(portfolio_source(portfolio)))
    cases = read_cases(case_file) if case_file is not None else {}
    if out is not None:
        check_what_if_target(out, force=force)
    with progress_line(quiet=quiet) as say:
        found = find_what_if(
            given,
            common=changes.case(),
            cases=cases,
            gap=DEFAULT_GAP if gap is None else gap,
            time_limit=time_limit,
            progress=say,
        )
        found.refuse_only_case()
        if out is not None:
            say("writing the files")
            write_what_if(found, out, force=force)
    if not quiet:
        for warning in dict.fromkeys(warning for case in (found.base, *found.cases) for warning in case.warnings):
            click.echo(warning, err=True)
    if as_json:
        from reports.what_if import what_if_json

        click.echo(what_if_json(found))
    elif not quiet:
        from reports.what_if_terminal import print_what_if

        print_what_if(found)
        if out is not None:
            click.echo(f"written: {out}")
