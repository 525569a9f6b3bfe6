"""The bundled catalogue of mining machines: rigs.csv, each figure with its source and date.

Hashrate and watts are the maker's, at the wall and without cooling overhead, which depends on the hall and not on the
machine. A machine sold in several bins has one row, its note says the others. Prices are indications of their date, and
absent where no public price was found.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files

from sites.hints import nearest
from sites.records import Rig

CATALOGUE_FILE = "rigs.csv"


class UnknownRigError(LookupError):
    """There is no machine of this id in the catalogue."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueRig:
    """One machine of the catalogue, with what a planner does not need but a buyer does.

    rig : the record that a portfolio uses; its source, as_of and note are those of hashrate and watts.
    name, maker : as the maker calls it.
    release : year or month of the first deliveries, ``YYYY`` or ``YYYY-MM``.
    price_usd_per_th : indicative price, None where no public one was found. [USD/TH]
    price_as_of, price_source : of that price; empty without one.
    """

    rig: Rig
    name: str
    maker: str
    release: str
    price_usd_per_th: float | None
    price_as_of: str
    price_source: str


def load_catalogue() -> dict[str, Rig]:
    """Machines of the catalogue by id, in the order of the file."""
    return {entry.rig.id: entry.rig for entry in catalogue_entries()}


def catalogue_entries() -> tuple[CatalogueRig, ...]:
    """The whole catalogue with names, release dates and prices, in the order of the file."""
    text = files("sites").joinpath(CATALOGUE_FILE).read_text(encoding="utf-8")
    return tuple(_entry(row) for row in csv.DictReader(text.splitlines(), strict=True))


def catalogue_entry(rig_id: str) -> CatalogueRig:
    """The machine with this id; case does not matter.

    Raises
    ------
    UnknownRigError : there is none; names the one most like it.
    """
    entries = {entry.rig.id: entry for entry in catalogue_entries()}
    found = entries.get(rig_id.strip().casefold())
    if found is None:
        # A maker's own name ("Antminer S21 Pro", "S21+") is as good a start for a guess as the id.
        by_name = {entry.name: entry.rig.id for entry in entries.values()}
        hint = _named(rig_id, by_name) or nearest(rig_id, entries) or "none is like it."
        raise UnknownRigError(f"no rig '{rig_id}' in the catalogue of {len(entries)}: {hint}")
    return found


def _named(text: str, id_by_name: dict[str, str]) -> str:
    wanted = text.strip().casefold()
    ends = [rig_id for name, rig_id in id_by_name.items() if f" {name}".casefold().endswith(f" {wanted}")]
    return f"did you mean '{ends[0]}'?" if wanted and len(ends) == 1 else ""


def _entry(row: dict[str, str]) -> CatalogueRig:
    return CatalogueRig(
        rig=Rig.model_validate(
            {
                "id": row["id"],
                "th_s": float(row["th_s"]),
                "watts": float(row["watts"]),
                "cooling": row["cooling"],
                "source": row["source"],
                "as_of": row["as_of"],
                "note": row["note"],
            }
        ),
        name=row["name"],
        maker=row["maker"],
        release=row["release"],
        price_usd_per_th=float(row["price_usd_per_th"]) if row["price_usd_per_th"] else None,
        price_as_of=row["price_as_of"],
        price_source=row["price_source"],
    )
