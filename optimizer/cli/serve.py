"""`wattsplit serve`: the what-if workbench in the browser."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import click

from optimizer.cli.inputs import portfolio_source

LOOPBACK = "127.0.0.1"
LEAST_TOKEN = 16


@click.command()
@click.argument("portfolio", default="north-america")
@click.option(
    "--cases", "folder", type=click.Path(path_type=Path), default=Path("cases"), help="Folder of saved cases."
)
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="Port; 0, the default, takes a free one.")
@click.option("--listen", "address", default=LOOPBACK, help="Another address of this machine; needs --token.")
@click.option("--token", help="Key to the page, at least 16 characters; default: a random one in the address shown.")
@click.option("--open", "browse", is_flag=True, help="Open the page in the browser.")
def serve(portfolio: str, folder: Path, port: int, address: str, token: str | None, browse: bool) -> None:
    """Negotiate with the optimum on screen: a page that plans PORTFOLIO anew while the hand is on a slider.

    Rents, MW, terms, starts, capex, hashprice and power prices are moved, offers added, dropped and pinned; cases are
    saved, compared and exported. Without PORTFOLIO the bundled example north-america is shown. Ctrl-C stops it.

    The page is for this machine only: nobody else can reach it, and it asks nothing of any other. With --listen it
    is reached over the network by whoever has the token; the traffic is not encrypted.

    \b
    Example:
      wattsplit serve
      wattsplit serve my-portfolio --open
      wattsplit serve book.xlsx --port 8800 --cases ~/negotiation
    """
    missing = [name for name in ("starlette", "uvicorn") if importlib.util.find_spec(name) is None]
    if missing:
        raise click.UsageError(f"the workbench needs {' and '.join(missing)}: pip install 'wattsplit[web]'")
    if token is not None and (len(token) < LEAST_TOKEN or not token.isascii() or not token.isalnum()):
        raise click.BadParameter(f"expected at least {LEAST_TOKEN} letters and digits", param_hint="--token")
    if address not in (LOOPBACK, "localhost", "::1") and token is None:
        raise click.UsageError("--listen needs --token: whoever reaches the address must show a key")
    source = portfolio_source(portfolio)
    from optimizer.workbench.serving import serve as run

    def ready(page: str) -> None:
        click.echo(f"Workbench: {page}")
        click.echo(f"Cases are saved in {folder}; Ctrl-C stops the server")
        if browse:
            click.launch(page)

    where = LOOPBACK if address == "localhost" else address
    try:
        run(source, portfolio, folder, address=where, port=port, token=token, ready=ready)
    except KeyboardInterrupt:
        click.echo("Stopped; every saved case is in its folder")
