"""The command `wattsplit`.

Nothing is imported here until `main` runs, so that an interrupt during start-up ends as quietly as one later.
"""

from __future__ import annotations

import signal
import sys

# Exit codes, as documented in README.md.
DONE = 0
BUG = 1
BAD_INPUT = 2
INFEASIBLE = 3
FAILED = 4
INTERRUPTED = 130


def main() -> None:
    """Run the command line and leave the process with its documented exit code."""
    try:
        from optimizer.cli.app import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; no unfinished plan was left behind\n")
        code = INTERRUPTED
    # All is done: an interrupt that arrives while the interpreter shuts down would only replace the exit code.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(code)
