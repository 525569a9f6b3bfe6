"""The server itself: an address, a port, a token, and how to stop."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn

from optimizer.errors import OptimizerError
from optimizer.workbench.app import Workbench, make_app
from optimizer.workbench.children import prepare
from optimizer.workbench.guard import Door
from optimizer.workbench.limits import MOST_HEADER_BYTES

LOOPBACK = "127.0.0.1"
LOCAL_NAMES = ("127.0.0.1", "localhost")
EVERYWHERE = ("0.0.0.0", "::", "")
_GRACE_S = 2


class AddressError(OptimizerError):
    """The server cannot listen where it was told to."""

    exit_code = 2


def listening(address: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one.

    Raises
    ------
    AddressError : the port is taken, or the address is none of this machine.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((address, port))
        found.listen(128)
    except OSError as error:
        found.close()
        raise AddressError(f"cannot listen on {address}:{port}: {error.strerror}; give another --port") from None
    return found


def serve(
    portfolio: Path,
    label: str,
    folder: Path,
    *,
    address: str = LOOPBACK,
    port: int = 0,
    token: str | None = None,
    ready: Callable[[str], None],
) -> None:
    """Serve the workbench until it is stopped.

    address, port : where to listen; port 0 takes a free one. token : the key to the page; a random one if absent.
    ready : called with the page's address, the key in it.

    Raises
    ------
    AddressError : it cannot listen there.
    """
    if address in EVERYWHERE:
        raise AddressError("give the one address of this machine that is meant, not every address that it has")
    listener = listening(address, port)
    taken = int(listener.getsockname()[1])
    shown = f"[{address}]" if ":" in address else address
    names = {shown, *LOCAL_NAMES} if address == LOOPBACK else {shown}
    door = Door.of(sorted(names), taken)
    door = door if token is None else Door(door.hosts, taken, token)
    prepare()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s")
    app = make_app(Workbench(portfolio, label, folder), door)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        ws="none",
        http="h11",
        h11_max_incomplete_event_size=MOST_HEADER_BYTES,
        timeout_graceful_shutdown=_GRACE_S,
    )
    ready(f"http://{shown}:{taken}/?token={door.token}")
    uvicorn.Server(config).run(sockets=[listener])
