"""A forecast on disk: the page, the picture, the fan, and tables of a portfolio."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reports.file_set import check_set, write_set
from reports.forecast import fan_csv, forecast_json, hashprice_csv, past_csv, scenarios_csv

if TYPE_CHECKING:
    from sites.market.forecast import Forecast

PAGE, PICTURE, FAN, RECORD = "forecast.html", "forecast.png", "forecast.csv", "forecast.json"
PAST, HASHPRICE, SCENARIOS = "forecast_past.csv", "hashprice.csv", "scenarios.csv"
_NAMES = (PAGE, PICTURE, FAN, RECORD, PAST, HASHPRICE, SCENARIOS)
_COMMAND = "forecast"


def check_forecast_target(target: Path, *, force: bool) -> None:
    """Make sure, before the long work, that a forecast can be written to `target`.

    target : a file ending in .html, .png, .csv or .json, or a folder for all files.

    Raises
    ------
    OutputError : it has another ending, something stands there that may not be replaced, or nothing can be written.
    """
    check_set(target, _NAMES, command=_COMMAND, force=force)


def write_forecast(forecast: Forecast, target: Path, *, force: bool = False) -> None:
    """Write the file that `target` names, or all files into a folder that appears complete or not at all.

    The folder's hashprice.csv is a table of a portfolio; scenarios.csv stands there when scenarios were asked for.

    Raises
    ------
    OutputError : as `check_forecast_target`, and when the disk fills up. What stood there is untouched then.
    """
    from reports.forecast_page import forecast_html, forecast_png

    contents = {
        PAGE: lambda: forecast_html(forecast).encode(),
        PICTURE: lambda: forecast_png(forecast),
        FAN: lambda: fan_csv(forecast).encode(),
        RECORD: lambda: forecast_json(forecast).encode(),
        PAST: lambda: past_csv(forecast).encode(),
        HASHPRICE: lambda: hashprice_csv(forecast).encode(),
    }
    if len(forecast.scenarios):
        contents[SCENARIOS] = lambda: scenarios_csv(forecast).encode()
    write_set(target, contents, command=_COMMAND, force=force)
