"""`wattsplit plans`: the plans in a folder."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path("plans"))
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of the table.")
def plans(folder: Path, as_json: bool) -> None:
    """List the plans in FOLDER (default: plans), oldest first: when made, of which inputs, and the net present value.

    Plans whose inputs have the same digest were made of the same portfolio; 'wattsplit compare' says what differs
    between two others.

    \b
    Example:
      wattsplit plan tiny
      wattsplit plans
    """
    from reports.ledger import ledger, ledger_json, print_ledger

    entries = ledger(folder)
    if as_json:
        click.echo(ledger_json(entries))
    elif entries:
        print_ledger(entries)
    else:
        click.echo(f"{folder} holds no plan")
