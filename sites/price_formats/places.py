"""What kind of location a price is of, in words for the account: a load pays the price of its zone, not of a hub."""

from __future__ import annotations

from sites.price_formats.market_table import LOAD_PAYS_ZONE


def hub_note(location: str) -> str:
    """That a location is a hub, and why it matters."""
    return f"'{location}' is a hub; {LOAD_PAYS_ZONE}"


def zone_note(location: str) -> str:
    """That a location is a zone of loads."""
    return f"'{location}' is a zone, whose price a load pays"


def kind_note(location: str, kind: str) -> str:
    """What a file's own words for the kind of a location, such as ``Trading Hub`` or ``LZ``, say of it."""
    words = kind.casefold()
    if "hub" in words or words in ("hu", "sh", "ah"):
        return hub_note(location)
    if "zone" in words or words.startswith("lz"):
        return zone_note(location)
    return f"'{location}' is of the type {kind}"
