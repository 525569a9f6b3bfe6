"""Reading a year of our own format is quick, and needs no pandas."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from sites.hourly import HourlyPrices, read_hourly_prices, write_hourly_csv

# It takes about 0.03 s; the limit is the promise of the design, with the best of three against a busy machine.
SECONDS_FOR_A_YEAR = 0.15


def test_a_year_is_read_in_a_moment(tmp_path: Path) -> None:
    """8,760 rows in less than 0.15 s."""
    path = tmp_path / "west.csv"
    write_hourly_csv(HourlyPrices(id="west", years=(2023,), prices=np.linspace(-20, 300, 8760)), path)
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        read_hourly_prices([path], id="west")
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < SECONDS_FOR_A_YEAR


def test_reading_prices_does_not_import_pandas() -> None:
    """The readers do without pandas, whose import would cost more than the reading."""
    code = "import sys, sites.price_files_eia, sites.price_calendar; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
