"""Real market files, imported as they are: hours, mean, extremes and counts as counted from the files by hand."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import numpy as np
import pytest
from format_files import SHARED_POWER, needs_real_files

from sites.hourly import PriceFileError, read_hourly_prices
from sites.price_formats import ercot
from sites.price_formats.base import Request
from sites.price_formats.containers import tables_of
from sites.price_import import import_prices

WORKBOOK = "rpt.00013060.0000000000000000.DAMLZHBSPP_2025.xlsx"
QUARTERS = [f"ercot_lmp_rt_15min_hubs_2024Q{quarter}.csv" for quarter in (1, 2, 3, 4)]
ROUNDED = 0.006  # figures are known to the cent

pytestmark = needs_real_files


def paths(*names: str) -> list[Path]:
    """The real files of these names."""
    return [SHARED_POWER / name for name in names]


@pytest.mark.parametrize(
    ("names", "location", "year", "low", "mean", "high", "dear", "negative"),
    [
        (["aeso_pool_price_2022.csv"], "", 2022, 0.0, 162.46, 999.99, 1659, 0),
        (["PUB_PriceHOEPPredispOR_2021.csv"], "", 2021, -3.94, 26.75, 1660.80, 12, 47),
        (["Day-ahead Prices_202201010000-202301010000.csv"], "BZN|FR", 2022, -1.44, 275.88, 2987.78, 5847, 4),
        (["GUI_ENERGY_PRICES_202412312300-202512312300.csv"], "", 2025, -462.33, 82.57, 517.57, 74, 519),
    ],
)
def test_years_in_another_currency(
    names: list[str], location: str, year: int, low: float, mean: float, high: float, dear: int, negative: int
) -> None:
    """At a rate of 1, the figures are those in the currency of the files; without a rate they are refused."""
    prices = read_hourly_prices(paths(*names), id="x", location=location, fx="1")
    assert prices.years == (year,)
    assert (prices.prices.min(), prices.prices.max()) == pytest.approx((low, high))
    # The mean counted by hand is over the rows, both autumn hours among them and no spring hour.
    assert prices.prices.mean() == pytest.approx(mean, abs=ROUNDED + (abs(mean) + 100) * 2 / 8760 / 4)
    # The doubled autumn hour and the missing spring hour can move a count by one.
    assert int((prices.prices > 200).sum()) == pytest.approx(dear, abs=1)
    assert int((prices.prices < 0).sum()) == pytest.approx(negative, abs=1)
    with pytest.raises(PriceFileError, match=r"the prices are in (CAD|EUR)"):
        read_hourly_prices(paths(*names), id="x", location=location)


def test_a_year_of_pjm_without_its_superseded_rows() -> None:
    """The 24 rows of 5 March that were corrected are left out and told."""
    imported = import_prices(paths("rt_hrl_lmps.csv"), id="pjm")
    prices = imported.prices.prices
    assert len(prices) == 8784
    assert (prices.min(), prices.max()) == pytest.approx((-40.31, 448.14), abs=ROUNDED)
    assert (int((prices > 200).sum()), int((prices < 0).sum())) == (25, 3)
    assert "24 superseded rows left out" in imported.notes


@pytest.mark.parametrize(
    ("location", "low", "mean", "high", "dear", "negative"),
    [
        ("HB_WEST", -13.21, 34.12, 911.12, 30, 321),
        ("HB_NORTH", 0.00, 33.24, 913.72, 26, 0),
        ("HB_HOUSTON", -0.10, 34.97, 772.08, 23, 2),
        ("LZ_WEST", -9.00, 43.18, 1037.97, 38, 204),
    ],
)
def test_the_twelve_sheets_of_an_ercot_workbook(
    location: str, low: float, mean: float, high: float, dear: int, negative: int
) -> None:
    """Every sheet is read, the short one of December too: 8,328 hours."""
    parts = [ercot.FORMAT.read(table, 0, Request(location=location)) for table in tables_of(SHARED_POWER / WORKBOOK)]
    prices = np.concatenate([part.prices for part in parts])
    assert (len(parts), len(prices)) == (12, 8328)
    assert (prices.min(), prices.max()) == (low, high)
    assert prices.mean() == pytest.approx(mean, abs=ROUNDED)
    assert (int((prices > 200).sum()), int((prices < 0).sum())) == (dear, negative)
    assert len(np.unique(np.concatenate([part.instants for part in parts if part.instants is not None]))) == 8328


def test_an_incomplete_year_says_which_hours_are_missing() -> None:
    """The workbook ends on 13 December."""
    with pytest.raises(PriceFileError, match="432 hours are missing, 2025-12-14 00:00 to 2025-12-31 23:00"):
        read_hourly_prices(paths(WORKBOOK), id="x", location="LZ_WEST")
    with pytest.raises(PriceFileError, match=r"location is not given: expected one of .*'HB_WEST'.*'LZ_WEST'"):
        read_hourly_prices(paths(WORKBOOK), id="x")


def test_packed_files_give_the_same_series(tmp_path: Path) -> None:
    """Four quarters of a year in one zip, two of them in gzip, are what they are unpacked."""
    archive = tmp_path / "year"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for place, path in enumerate(paths(*QUARTERS)):
            content = path.read_bytes()
            file.writestr(f"{3 - place}.bin", gzip.compress(content) if place % 2 else content)
    packed = import_prices([archive], id="west", location="West")
    assert packed.prices == read_hourly_prices(paths(*QUARTERS), id="west", location="West")
    assert packed.formats == ("EIA wholesale market data",)


def test_two_of_three_months_leave_the_year_open() -> None:
    """Two monthly files of California are February and March; ten months are missing."""
    names = [path.name for path in sorted(SHARED_POWER.glob("*_PRC_LMP_DAM_*.csv"))]
    with pytest.raises(PriceFileError) as caught:
        read_hourly_prices(paths(*names), id="x", location="NP15SLAK_5_N001")
    assert "744 hours are missing, 2019-01-01 00:00 to 2019-01-31 23:00" in str(caught.value)
    assert "6600 hours are missing, 2019-04-01 00:00 to 2019-12-31 23:00" in str(caught.value)


def test_a_file_given_twice_counts_once() -> None:
    """Rows that two files have at the same price are left out and told."""
    imported = import_prices(paths(*QUARTERS, QUARTERS[1]), id="west", location="West")
    assert imported.prices == read_hourly_prices(paths(*QUARTERS), id="west", location="West")
    assert any("8736 rows" in note for note in imported.notes)
