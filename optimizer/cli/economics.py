"""`wattsplit economics`: what machines earn, where they break even, what a bitcoin costs."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sites.catalogue import CatalogueRig
    from sites.economics import RigEconomics

DEFAULT_RIGS = ("s19j-pro", "s19-xp", "s21", "s21-pro", "s21-xp-hyd")

# Beyond these a number is in another unit than asked for: no network, price or tariff has come near.
HASHPRICE_RANGE = (1.0, 2000.0)
NETWORK_EH_S_RANGE = (1e-6, 1e6)
LOWEST_DIFFICULTY = 1e6
LOWEST_POWER = 1.0


@dataclass(frozen=True)
class Market:
    """Hashprice and bitcoin price, and one sentence on where they come from."""

    hashprice_usd_per_ph_day: float
    btc_price_usd: float | None
    origin: str


def _between(low: float, high: float, hint: Callable[[float], str]) -> Callable[..., float | None]:
    """An option's number within a range; outside it an error with the unit that was probably meant."""

    def check(_: click.Context, __: click.Parameter, value: float | None) -> float | None:
        if value is not None and not low <= value <= high:
            raise click.BadParameter(f"{value:g} is not between {low:g} and {high:g}; {hint(value)}")
        return value

    return check


def _power(_: click.Context, __: click.Parameter, value: float) -> float:
    if 0.0 < abs(value) < LOWEST_POWER:
        raise click.BadParameter(f"{value:g} USD/MWh looks like USD/kWh; write {value * 1000:g}")
    return value


def _hashprice_hint(value: float) -> str:
    if value < HASHPRICE_RANGE[0]:
        return f"this looks like USD per TH/s per day; write {value * 1000:g} USD per PH/s per day"
    return f"this looks like USD per EH/s per day; write {value / 1000:g} USD per PH/s per day"


def _network_hint(value: float) -> str:
    return f"this looks like H/s or TH/s; write it in EH/s, such as {value / 1e18 if value > 1e15 else value / 1e6:g}"


def _fraction_hint(value: float) -> str:
    return f"this looks like a percentage; write {value / 100:g}"


def _difficulty(_: click.Context, __: click.Parameter, value: float | None) -> float | None:
    if value is not None and value < LOWEST_DIFFICULTY:
        raise click.BadParameter(f"{value:g} looks like trillions; write {value:g}e12")
    return value


def _list_rigs(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    """Print the catalogue, one machine a line, and end."""
    if not wanted or context.resilient_parsing:
        return
    from sites.catalogue import catalogue_entries

    for entry in catalogue_entries():
        rig = entry.rig
        price = (
            f"; {entry.price_usd_per_th:g} USD/TH ({entry.price_as_of}, {entry.price_source})"
            if entry.price_as_of
            else ""
        )
        click.echo(
            f"{rig.id:24}{entry.name:26}{rig.th_s:>8g} TH/s{rig.watts:>8g} W{rig.j_per_th:>7.1f} J/TH  {rig.cooling:10}"
            f"{rig.source} ({rig.as_of}){price}"
        )
    context.exit()


_FRACTION = _between(0.0, 1.0, _fraction_hint)


@click.command()
@click.option("--rig", "rigs", multiple=True, help="Machine of the catalogue; may be repeated. See --list-rigs.")
@click.option(
    "--list-rigs",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list_rigs,
    help="List the catalogue with its sources and stop.",
)
@click.option("--hashprice", type=float, callback=_between(*HASHPRICE_RANGE, _hashprice_hint), help="USD/PH/s/day.")
@click.option("--btc-price", type=click.FloatRange(min=0, min_open=True), help="USD per bitcoin.")
@click.option("--network-eh-s", type=float, callback=_between(*NETWORK_EH_S_RANGE, _network_hint), help="EH/s.")
@click.option("--difficulty", type=float, callback=_difficulty, help="Network difficulty, such as 125.87e12.")
@click.option("--subsidy", type=click.FloatRange(min=0), help="Block subsidy in BTC.")
@click.option("--height", type=click.IntRange(min=0), help="Block height; gives the subsidy.")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Day; gives the subsidy and the next halving.")
@click.option("--fee-share", type=float, default=0.0, callback=_FRACTION, help="Fees as a share of the reward.")
@click.option("--power", type=float, required=True, callback=_power, help="USD/MWh at the meter.")
@click.option("--pool-fee", type=float, default=0.0, show_default=True, callback=_FRACTION, help="Share of the reward.")
@click.option("--uptime", type=float, default=1.0, show_default=True, callback=_FRACTION, help="Share of the hours.")
@click.option("--overhead", type=click.FloatRange(1, 3), help="Cooling: power at the meter per power at the wall.")
@click.option("--variable-opex", type=click.FloatRange(min=0), default=0.0, help="USD/MWh, without power.")
@click.option("--fixed-opex-per-mw-year", type=click.FloatRange(min=0), default=0.0, help="USD/MW-year, without power.")
@click.option("--overhead-usd-per-btc", type=click.FloatRange(min=0), default=0.0, help="Administration, USD/BTC.")
@click.option("--rig-price-usd-per-th", type=click.FloatRange(min=0), help="Default: the catalogue's dated price.")
@click.option("--depreciation-years", type=click.FloatRange(min=0, min_open=True), default=4.0, show_default=True)
@click.option("--format", "layout", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
def economics(
    rigs: tuple[str, ...],
    hashprice: float | None,
    btc_price: float | None,
    network_eh_s: float | None,
    difficulty: float | None,
    subsidy: float | None,
    height: int | None,
    day: datetime | None,
    fee_share: float,
    power: float,
    pool_fee: float,
    uptime: float,
    overhead: float | None,
    variable_opex: float,
    fixed_opex_per_mw_year: float,
    overhead_usd_per_btc: float,
    rig_price_usd_per_th: float | None,
    depreciation_years: float,
    layout: str,
) -> None:
    """Print what machines earn per MWh, where they break even and what a bitcoin costs.

    The hashprice is given (--hashprice) or built from --btc-price, --network-eh-s or --difficulty, the subsidy
    (--subsidy, --height or --date) and --fee-share. Costs per bitcoin need --btc-price.

    \b
    Example:
      wattsplit economics --rig s19j-pro --rig s21 --hashprice 32 --power 45 --btc-price 69000
      wattsplit economics --btc-price 70717 --difficulty 125.87e12 --date 2026-02-08 --fee-share 0.0042 --power 40
    """
    from sites.economics import Costs, rig_economics
    from sites.records import Rig

    market = build_market(hashprice, btc_price, network_eh_s, difficulty, subsidy, height, day, fee_share)
    found = []
    for entry in chosen_rigs(rigs):
        price = rig_price_usd_per_th if rig_price_usd_per_th is not None else entry.price_usd_per_th
        costs = Costs(
            power_usd_per_mwh=power,
            pool_fee=pool_fee,
            uptime=uptime,
            variable_opex_usd_per_mwh=variable_opex,
            fixed_opex_usd_per_mw_year=fixed_opex_per_mw_year,
            rig_price_usd_per_th=price,
            depreciation_years=depreciation_years,
            overhead_usd_per_btc=overhead_usd_per_btc,
        )
        rig = entry.rig if overhead is None else Rig.model_validate({**entry.rig.model_dump(), "overhead": overhead})
        found.append(
            rig_economics(
                rig,
                costs,
                hashprice_usd_per_ph_day=market.hashprice_usd_per_ph_day,
                btc_price_usd=market.btc_price_usd,
            )
        )
    print_economics(found, market, layout)


def chosen_rigs(names: Sequence[str]) -> list[CatalogueRig]:
    """The machines asked for, or a few that span the market."""
    from difflib import get_close_matches

    from sites.catalogue import catalogue_entries

    known = {entry.rig.id: entry for entry in catalogue_entries()}
    for name in names:
        if name not in known:
            near = get_close_matches(name.lower(), known, n=3, cutoff=0.4)
            meant = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
            raise click.BadParameter(f"'{name}' is not in the catalogue{meant} (see --list-rigs)", param_hint="--rig")
    return [known[name] for name in names or DEFAULT_RIGS]


def build_market(
    hashprice: float | None,
    btc_price: float | None,
    network_eh_s: float | None,
    difficulty: float | None,
    subsidy: float | None,
    height: int | None,
    day: datetime | None,
    fee_share: float,
) -> Market:
    """The hashprice, as given or built, with a sentence on how."""
    from sites.network import difficulty_to_hashrate_eh_s, hashprice_usd_per_ph_day

    halving = _subsidy_and_halving(subsidy, height, day)
    if hashprice is not None:
        if network_eh_s is not None or difficulty is not None:
            raise click.UsageError("give --hashprice, or what it is built from, not both")
        return Market(hashprice, btc_price, f"hashprice as given{halving[1]}")
    if btc_price is None or (network_eh_s is None) == (difficulty is None):
        raise click.UsageError("give --hashprice, or --btc-price with one of --network-eh-s and --difficulty")
    if halving[0] is None:
        raise click.UsageError("the subsidy is missing: give one of --subsidy, --height and --date")
    if fee_share >= 1.0:
        raise click.BadParameter("fees cannot be the whole reward", param_hint="--fee-share")
    network = network_eh_s if difficulty is None else float(difficulty_to_hashrate_eh_s(difficulty))
    assert network is not None  # one of the two was given
    built = float(
        hashprice_usd_per_ph_day(
            btc_price_usd=btc_price, network_eh_s=network, subsidy_btc=halving[0], fee_share=fee_share
        )
    )
    of = f"{network:,.1f} EH/s" + ("" if difficulty is None else f" (difficulty {difficulty / 1e12:,.2f} T)")
    reward = f"144 blocks x {halving[0]:g} BTC, fees {fee_share:.2%} of the reward"
    origin = f"{reward}, {btc_price:,.0f} USD/BTC, {of}{halving[1]}"
    return Market(built, btc_price, origin)


def _subsidy_and_halving(subsidy: float | None, height: int | None, day: datetime | None) -> tuple[float | None, str]:
    """The subsidy, and what is known of the next halving, from the one thing that was given."""
    from sites.network import estimated_height, next_halving, subsidy_at_height

    if sum(given is not None for given in (subsidy, height)) > 1 or (subsidy is not None and day is not None):
        raise click.UsageError("give only one of --subsidy, --height and --date (a height may have its date)")
    if height is None and day is not None:
        try:
            height = estimated_height(day.date())
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--date") from None
    if height is None:
        return subsidy, ""
    text = f"; subsidy {subsidy_at_height(height):g} BTC at height {height:,}"
    halving = next_halving(height, day.date()) if day is not None else None
    if halving is not None:
        text += (
            f"; next halving at {halving.height:,}, in {halving.blocks_left:,} blocks, about {halving.day.isoformat()}"
        )
    return subsidy_at_height(height), text


COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("revenue_usd_per_mwh", "revenue USD/MWh", ",.1f"),
    ("energy_margin_usd_per_mwh", "energy margin USD/MWh", ",.1f"),
    ("breakeven_power_usd_per_mwh", "break-even power USD/MWh", ",.1f"),
    ("breakeven_power_c_per_kwh", "c/kWh", ",.1f"),
    ("breakeven_hashprice_usd_per_ph_day", "break-even hashprice USD/PH/day", ",.1f"),
    ("energy_cost_usd_per_btc", "energy USD/BTC", ",.0f"),
    ("cash_cost_usd_per_btc", "cash USD/BTC", ",.0f"),
    ("all_in_cost_usd_per_btc", "all-in USD/BTC", ",.0f"),
    ("payback_days", "payback days", ",.0f"),
)


def _row(result: RigEconomics) -> dict[str, str | float | None]:
    cents = result.breakeven_power_usd_per_mwh / 10.0
    numbers = {name: cents if name == "breakeven_power_c_per_kwh" else getattr(result, name) for name, _, _ in COLUMNS}
    return {"rig": result.rig.id, "j_per_th": result.rig.j_per_th * result.rig.overhead, **numbers}


def print_economics(found: Sequence[RigEconomics], market: Market, layout: str) -> None:
    """The table, or the same numbers unrounded as CSV or JSON."""
    rows = [_row(result) for result in found]
    if layout == "json":
        head = {"hashprice_usd_per_ph_day": market.hashprice_usd_per_ph_day, "btc_price_usd": market.btc_price_usd}
        click.echo(json.dumps({**head, "origin": market.origin, "rigs": rows}, indent=2, allow_nan=False))
    elif layout == "csv":
        text = io.StringIO()
        writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        click.echo(text.getvalue(), nl=False)
    else:
        _print_table(rows, market)


def _print_table(rows: Sequence[dict[str, str | float | None]], market: Market) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    click.echo(f"Hashprice {market.hashprice_usd_per_ph_day:,.2f} USD per PH/s per day: {market.origin}")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("rig")
    for heading in ("J/TH at the meter", *(title for _, title, _ in COLUMNS)):
        table.add_column(heading, justify="right")
    for row in rows:
        cells = [f"{row['j_per_th']:.1f}"]
        cells += ["n/a" if row[name] is None else format(row[name], spec) for name, _, spec in COLUMNS]
        table.add_row(str(row["rig"]), *cells)
    console = Console(markup=False, highlight=False)
    (console if console.is_terminal else Console(markup=False, highlight=False, width=150)).print(table)
    click.echo(
        "Break-even and energy figures are power only; cash adds pool fee and opex, all-in adds depreciation and"
    )
    click.echo("overhead. The payback is the machine's price over its margin after power.")
