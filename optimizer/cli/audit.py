"""`wattsplit audit`: repeat a plan's certificate from its files alone."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.cli import DONE, FAILED


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def audit(folder: Path) -> int:
    """Recompute every limit, cash flow and the optimality proof of the plan in FOLDER, from its files alone.

    The solver takes no part; the model only to see that the proof is about the inputs in the folder. Exit code 4
    when a check fails or a file is not the one that was written.

    \b
    Example:
      wattsplit plan tiny --out my-plan
      wattsplit audit my-plan
    """
    if not (folder / "manifest.json").is_file():
        raise click.BadParameter(f"{folder} holds no plan of wattsplit: there is no manifest.json", param_hint="FOLDER")
    from optimizer.proving.audit import audit as repeat
    from reports.terminal import print_certificate

    certificate = repeat(folder)
    print_certificate(certificate)
    for check in certificate["checks"]:
        if not check["passed"]:
            click.echo(f"error: {check['name']}: {check['where']}", err=True)
    return DONE if certificate["passed"] else FAILED
