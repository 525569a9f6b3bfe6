"""Reading text files of prices needs neither pandas nor a reader of workbooks."""

from __future__ import annotations

import subprocess
import sys


def test_reading_prices_does_not_import_what_only_workbooks_and_frames_need() -> None:
    """The readers of text do without pandas and its like, whose import would cost more than the reading."""
    heavy = "{'pandas', 'fastparquet', 'python_calamine'}"
    code = f"import sys, sites.price_import; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
