"""The bundled machines: enough of them, each number sourced, known efficiencies met."""

from __future__ import annotations

import pytest

from sites.catalogue import catalogue_entries, load_catalogue
from sites.portfolio import Portfolio

# J/TH as makers and the trade press quote them, to the digits quoted.
QUOTED = {
    "s9": 98.0,
    "s19": 34.2,
    "s19-pro": 29.5,
    "s19j-pro": 29.5,
    "s19k-pro": 23.0,
    "s19-xp": 21.5,
    "s19-xp-hyd": 20.8,
    "t21": 19.0,
    "s21": 17.5,
    "s21-hyd": 16.0,
    "s21-plus": 16.5,
    "s21-pro": 15.0,
    "s21-xp": 13.5,
    "s21-xp-hyd": 12.0,
    "s23": 11.0,
    "s23-hyd": 9.5,
    "m60s": 18.5,
    "m56s-pp": 22.0,
    "m66s-plus": 17.0,
    "sealminer-a2": 16.5,
    "sealminer-a3-pro": 12.5,
    "sealminer-a4-ultra-hyd": 9.45,
    "proto-rig": 14.7,
    "avalon-a1466i": 19.5,
}


def test_catalogue_covers_the_market() -> None:
    """At least twenty machines of several makers, air, hydro and immersion."""
    entries = catalogue_entries()
    assert len(entries) >= 20
    assert {entry.maker for entry in entries} >= {"Bitmain", "MicroBT", "Bitdeer", "Canaan", "Auradine", "Block"}
    assert {entry.rig.cooling for entry in entries} == {"air", "hydro", "immersion"}


@pytest.mark.parametrize("rig", QUOTED)
def test_efficiency_is_the_quoted_one(rig: str) -> None:
    """Watts over TH/s agree with the efficiency the market quotes, within rounding."""
    assert load_catalogue()[rig].j_per_th == pytest.approx(QUOTED[rig], abs=0.06)


def test_every_number_has_source_and_date() -> None:
    """Specifications and prices say where and when they come from; a price without a date is not listed."""
    for entry in catalogue_entries():
        assert entry.rig.source, entry.rig.id
        assert entry.rig.as_of, entry.rig.id
        assert entry.name, entry.rig.id
        assert entry.release, entry.rig.id
        assert (entry.price_usd_per_th is not None) == bool(entry.price_as_of) == bool(entry.price_source), entry.rig.id


def test_ids_are_unique() -> None:
    """No machine is listed twice."""
    assert len(load_catalogue()) == len(catalogue_entries())


def test_a_fleet_may_name_a_machine_of_the_catalogue() -> None:
    """No rigs table is needed; the portfolio carries the machine it uses, and only that one."""
    case = Portfolio.from_tables(
        {
            "settings": {"name": "case", "start": "2027-01", "months": 1, "discount_rate": 0.1},
            "sites": [{"id": "alpha", "capacity_mw": 10.0, "power": 30.0}],
            "fleets": [{"id": "old", "site": "alpha", "rig": "s21", "mw": 10.0}],
            "hashprice": [{"month": "2027-01", "usd_per_ph_day": 40.0}],
        }
    )
    assert [rig.id for rig in case.rigs] == ["s21"]
    assert case.rig("s21").j_per_th == pytest.approx(17.5)
