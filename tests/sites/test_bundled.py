"""The bundled portfolios: they load without a warning, tell their origins, and can be copied."""

from __future__ import annotations

from pathlib import Path

import pytest

from sites import load_portfolio
from sites.bundled import (
    BundledPortfolioError,
    copy_portfolio,
    portfolio_description,
    portfolio_names,
    portfolio_path,
)
from sites.portfolio import Portfolio

NAMES = ("tiny", "crossroads", "single-site", "deal-desk", "north-america")
# A table too long to say the origin on every row may say it on its first.
ORIGIN_ON_THE_FIRST_ROW = {"tiny": {"hashprice"}}


def bundled(name: str) -> Portfolio:
    """A bundled portfolio."""
    return load_portfolio(portfolio_path(name))


def test_the_names_are_listed_the_smallest_first() -> None:
    """Five portfolios, from a toy to a continent."""
    assert tuple(portfolio_names()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_bundled_portfolio_loads_without_a_warning(name: str) -> None:
    """An example that needs excuses is no example."""
    portfolio = bundled(name)
    assert portfolio.settings.name == name
    assert [str(warning) for warning in portfolio.warnings] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_record_says_where_its_numbers_come_from(name: str) -> None:
    """Each row of each table carries a source."""
    for table, rows in bundled(name).to_tables().items():
        records = [rows] if isinstance(rows, dict) else rows
        if table in ORIGIN_ON_THE_FIRST_ROW.get(name, set()):
            records = records[:1]
        assert [record for record in records if record and not record.get("source")] == [], table


@pytest.mark.parametrize("name", NAMES)
def test_every_table_and_offer_is_explained_in_the_readme(name: str) -> None:
    """The README speaks of every table with numbers, and of every offer of the large portfolios by name."""
    text = (portfolio_path(name) / "README.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {name}\n")
    if name == "tiny":
        assert "2,125,600" in text
        return
    for table in ("settings", "sites", "rigs", "fleets", "contracts", "limits", "hashprice"):
        assert table in text
    if name in ("crossroads", "deal-desk", "north-america"):
        assert [contract.id for contract in bundled(name).contracts if f"`{contract.id}`" not in text] == []


def test_north_america_is_as_large_as_promised() -> None:
    """At least ten sites, 1.5 GW, eight open offers and three hourly markets, over fifteen years."""
    portfolio = bundled("north-america")
    assert len(portfolio.sites) >= 10
    assert sum(site.capacity_mw for site in portfolio.sites) >= 1500
    assert sum(contract.committed_mw == 0 for contract in portfolio.contracts) >= 8
    assert any(contract.committed_mw > 0 for contract in portfolio.contracts)
    assert portfolio.settings.months == 180
    used = {site.power for site in portfolio.sites if isinstance(site.power, str)}
    assert used == set(portfolio.prices)
    assert len(used) >= 3
    for name, prices in portfolio.prices.items():
        assert (prices.prices < 0).any(), name
        assert (prices.prices > 200).any(), name
        assert prices.cleaning == (), name


def test_the_single_site_is_a_40_mw_mine_in_texas() -> None:
    """One site of 40 MW on West Texas prices, with air-cooled machines and a few small offers."""
    portfolio = bundled("single-site")
    (site,) = portfolio.sites
    assert (site.capacity_mw, site.power) == (40, "ercot-west")
    assert {portfolio.rig(fleet.rig).cooling for fleet in portfolio.fleets} == {"air"}
    assert 2 <= len(portfolio.contracts) <= 3
    assert portfolio.settings.months == 120


def test_the_deal_desk_shows_every_kind_of_step() -> None:
    """Least sizes, blocks, all or nothing, an exclusive pair, a requirement, a signed deal and an offer of any size."""
    portfolio = bundled("deal-desk")
    offers = portfolio.contracts
    assert len(portfolio.sites) == 3
    assert sum(offer.committed_mw == 0 for offer in offers) == 7
    assert any(offer.committed_mw > 0 for offer in offers)
    assert any(0 < offer.min_mw < offer.max_mw and not offer.block_mw for offer in offers)
    assert any(offer.min_mw == offer.max_mw == 3 * offer.block_mw == 60 for offer in offers)
    (group,) = {offer.exclusive_group for offer in offers} - {""}
    assert [offer.exclusive_group for offer in offers].count(group) == 2
    assert [(offer.id, offer.requires) for offer in offers if offer.requires] == [
        ("retrofit-expansion", "retrofit-first")
    ]
    assert any(not (offer.min_mw or offer.block_mw or offer.exclusive_group or offer.requires) for offer in offers)


@pytest.mark.parametrize("name", NAMES)
def test_a_description_is_one_line(name: str) -> None:
    """The first sentence of the README, without marks."""
    description = portfolio_description(name)
    assert description.endswith(".")
    assert "\n" not in description
    assert not description.startswith(("#", "|"))


@pytest.mark.parametrize("name", NAMES)
def test_a_copy_is_the_same_portfolio(name: str, tmp_path: Path) -> None:
    """A copy loads to an equal portfolio, has the README, and nothing else is left behind."""
    folder = copy_portfolio(name, tmp_path / "new" / "mine")
    assert load_portfolio(folder) == bundled(name)
    assert (folder / "README.md").is_file()
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["mine"]


def test_a_copy_overwrites_nothing(tmp_path: Path) -> None:
    """A folder that exists, even an empty one, is left alone."""
    (tmp_path / "mine").mkdir()
    with pytest.raises(BundledPortfolioError, match="exists already: expected the name of a new folder"):
        copy_portfolio("tiny", tmp_path / "mine")
    assert list((tmp_path / "mine").iterdir()) == []


def test_a_copy_into_a_file_is_refused(tmp_path: Path) -> None:
    """A folder below a file cannot be made, and the message says so."""
    (tmp_path / "file").write_text("")
    with pytest.raises(BundledPortfolioError, match="cannot be written"):
        copy_portfolio("tiny", tmp_path / "file" / "mine")


def test_an_unknown_name_lists_the_known_ones() -> None:
    """A misspelt name gets the list and the nearest."""
    with pytest.raises(
        BundledPortfolioError, match=r"tiny, crossroads, single-site, deal-desk, north-america; did you mean 'tiny'\?"
    ):
        portfolio_path("tinny")
