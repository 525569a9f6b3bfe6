"""A process that has imported everything and is copied for every command: `python -m tests.cli.forking`.

Half of the time of a command is spent importing. Each line of standard input asks for one run: its words, folder,
environment and files for its output, as JSON. A copy of this process runs it as a process of its own, with its own
folder, environment and exit code, and the code is printed as a line.
"""

from __future__ import annotations

import json
import os
import pkgutil
import sys
import traceback
from importlib import import_module
from typing import Any, NoReturn

# Loaded by the commands that need them alone, and dear to import.
_LEFT_OUT = ("sites.market.calibration", "sites.market.stochastic", "sites.market.backtest")
_PACKAGES = ("sites", "optimizer", "reports")


def import_all() -> None:
    """Import every module of the product, and what those need."""
    for name in _PACKAGES:
        package = import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not module.name.endswith("__main__") and module.name not in _LEFT_OUT:
                import_module(module.name)


def run(asked: dict[str, Any]) -> NoReturn:
    """Run one command in this copy, and end it."""
    code = 1
    try:
        os.chdir(asked["folder"])
        os.environ.clear()
        os.environ.update(asked["environment"])
        for number, name in ((0, os.devnull), (1, asked["stdout"]), (2, asked["stderr"])):
            flags = os.O_RDONLY if number == 0 else os.O_WRONLY
            os.dup2(os.open(name, flags), number)
        sys.stdin, sys.stdout, sys.stderr = (
            open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115 (the process ends with them)
            for number, mode in ((0, "r"), (1, "w"), (2, "w"))
        )
        sys.argv = ["wattsplit", *asked["words"]]
        import_module("optimizer.cli").main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:  # noqa: BLE001 (told, as the interpreter would)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code & 0xFF)


def main() -> None:
    """Answer until standard input ends."""
    import_all()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            run(json.loads(line))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
