"""What a portfolio says of its own reading, so that one loaded from its saved copy tells the same story.

Saving keeps every value, but not where each was read: the lines of warnings, the files of price series and of the
network's history, and what was cleaned in them. A report tells these too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from sites.findings import Finding
from sites.portfolio import Portfolio
from sites.records import PowerSeries, Settings


def origin_of(portfolio: Portfolio) -> dict[str, Any]:
    """How the portfolio was read, as plain values for JSON."""
    return {
        "warnings": [asdict(warning) for warning in portfolio.warnings],
        "settings": _plain(portfolio.settings),
        "power_series": [_plain(record) for record in portfolio.power_series],
        "prices": {
            name: {"cleaning": list(prices.cleaning), "notes": list(prices.notes)}
            for name, prices in sorted(portfolio.prices.items())
        },
    }


def with_origin(portfolio: Portfolio, origin: Mapping[str, Any]) -> Portfolio:
    """The portfolio as if it had been read where `origin_of` says.

    Raises
    ------
    KeyError, TypeError, ValueError : that is no origin of this portfolio.
    """
    prices = {
        name: replace(series, cleaning=tuple(told["cleaning"]), notes=tuple(told["notes"]))
        for name, told in origin["prices"].items()
        for series in (portfolio.prices[name],)
    }
    return replace(
        portfolio,
        warnings=tuple(Finding(**warning) for warning in origin["warnings"]),
        settings=Settings.model_validate_json(json.dumps(origin["settings"])),
        power_series=tuple(PowerSeries.model_validate_json(json.dumps(row)) for row in origin["power_series"]),
        prices={**portfolio.prices, **prices},
        input_files=(),
    )


def _plain(record: Settings | PowerSeries) -> Any:
    return json.loads(record.model_dump_json(by_alias=True))
