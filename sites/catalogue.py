"""The bundled catalogue of mining machines: public figures, each with its source and date."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from sites.records import Rig


@dataclass(frozen=True)
class CatalogueRig:
    """One machine of the catalogue.

    rig : hashrate, power and cooling, as a portfolio's fleets use them; its source and date are on the record.
    name, maker, release : as the maker calls it, and when it came out (YYYY or YYYY-MM).
    price_usd_per_th : indicative price at `price_as_of`, from `price_source`; None where no dated one is public.
    """

    rig: Rig
    name: str
    maker: str
    release: str
    price_usd_per_th: float | None
    price_as_of: str
    price_source: str


@cache
def catalogue_entries() -> tuple[CatalogueRig, ...]:
    """All machines of the catalogue, maker by maker."""
    text = files("sites").joinpath("rigs.csv").read_text(encoding="utf-8")
    return tuple(_entry(row) for row in csv.DictReader(text.splitlines()))


def load_catalogue() -> dict[str, Rig]:
    """The machines of the catalogue by id."""
    return {entry.rig.id: entry.rig for entry in catalogue_entries()}


def _entry(row: dict[str, str]) -> CatalogueRig:
    rig = Rig.model_validate(
        {
            "id": row["id"],
            "th_s": float(row["th_s"]),
            "watts": float(row["watts"]),
            "cooling": row["cooling"],
            "source": row["source"],
            "as_of": row["as_of"],
            "note": row["note"],
        }
    )
    price = row["price_usd_per_th"]
    return CatalogueRig(
        rig=rig,
        name=row["name"],
        maker=row["maker"],
        release=row["release"],
        price_usd_per_th=float(price) if price else None,
        price_as_of=row["price_as_of"],
        price_source=row["price_source"],
    )
