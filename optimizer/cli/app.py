"""The command group, and what every error becomes: a sentence on stderr and an exit code."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn, TextIO

import click

from optimizer.cli import BAD_INPUT, BUG, DONE
from optimizer.version import VERSION

# Each command lives in the module of its name and is imported only when it is asked for.
COMMANDS = (
    "plan",
    "whatif",
    "serve",
    "price",
    "sweep",
    "sensitivity",
    "frontier",
    "judge",
    "wait",
    "check",
    "economics",
    "power",
    "import-power",
    "forecast",
    "backtest",
    "replay",
    "audit",
    "portfolios",
    "template",
    "compare",
    "plans",
    "rerun",
)

# A process ended by a signal leaves with 128 + the signal's number, as shells have it.
_SIGNAL_BASE = 128


class _Commands(click.Group):
    """A group whose commands are modules of this package, imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (the signature is click's)
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = cmd_name.replace("-", "_")
        command = getattr(importlib.import_module(f"optimizer.cli.{module}"), module)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, "-V", "--version", message="wattsplit %(version)s")
@click.option("--debug", is_flag=True, help="Show the traceback when wattsplit itself fails.")
def wattsplit(debug: bool) -> None:
    """Split the megawatts of a portfolio of sites between Bitcoin mining and AI hosting, month by month.

    \b
    Example:
      wattsplit portfolios
      wattsplit plan tiny --out my-plan

    \b
    Exit codes:
      0 done    2 bad input    3 no plan satisfies all limits
      4 solver or certificate failed    130 interrupted
    """
    del debug  # read by `run` from the context, which outlives the commands


class _Terminated(BaseException):
    """The process was asked to stop by a signal."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.code = _SIGNAL_BASE + number


def run(arguments: Sequence[str]) -> int:
    """Run one command line and give its exit code; every failure has become a sentence on stderr."""
    for stream in (sys.stdout, sys.stderr):
        _tolerate_any_character(stream)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _terminate)
    try:
        code = _invoke(arguments)
        # A reader that went away shows only when the last lines leave the buffer.
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still in the buffer has no reader; without this the interpreter would complain about it while it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _SIGNAL_BASE + signal.SIGPIPE
    except _Terminated as stop:
        return stop.code
    return code


def _invoke(arguments: Sequence[str]) -> int:
    try:
        # Not click's own `main`: it answers an interrupt and a closed pipe with exit codes of its own.
        with wattsplit.make_context("wattsplit", list(arguments)) as context:
            outcome = wattsplit.invoke(context)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return BAD_INPUT
    except (KeyboardInterrupt, BrokenPipeError, _Terminated):
        raise
    except Exception as error:  # noqa: BLE001 (the one place where every error becomes an exit code)
        return _explain(error, debug="--debug" in arguments)
    return outcome if isinstance(outcome, int) else DONE


def _explain(error: Exception, *, debug: bool) -> int:
    """Say what went wrong. Errors of the project carry their exit code; anything else is a defect of the program."""
    from sites.findings import PortfolioError

    if debug:
        traceback.print_exception(error)
    if isinstance(error, PortfolioError):
        errors = sum(finding.severity == "error" for finding in error.findings)
        click.echo(f"{error}\n{errors} error{'' if errors == 1 else 's'}; nothing was written", err=True)
        return BAD_INPUT
    code = getattr(error, "exit_code", None)
    if isinstance(code, int):
        click.echo(f"error: {error}", err=True)
        return code
    if isinstance(error, MemoryError):
        click.echo("error: out of memory; nothing was written", err=True)
        return BUG
    hint = "" if debug else "; 'wattsplit --debug ...' shows where"
    click.echo(f"error: {type(error).__name__}: {error}: this is a bug in wattsplit{hint}", err=True)
    return BUG


def _tolerate_any_character(stream: TextIO) -> None:
    """Show a character that the terminal's encoding lacks as '?' instead of failing on it."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")


def _terminate(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 (the signature is signal's)
    raise _Terminated(number)
