"""A network history: the formats by their headers, files joined, units checked, gaps told, sums by month."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from network_files import (
    BLOCKS,
    DAYS,
    DIFFICULTY,
    EH_S,
    FEES,
    HASHPRICE,
    IMPLIED_EH_S,
    PRICE,
    REVENUE,
    SHARED_NETWORK,
    SUBSIDY,
    as_json,
    needs_real_network,
    seconds,
    table,
    write,
)

from sites.network_history import NetworkHistory, read_network_history, series_and_units
from sites.network_history.own_format import network_history_csv

TH_S = [eh_s * 1e6 for eh_s in EH_S]
H_S = [eh_s * 1e18 for eh_s in EH_S]
USD_REVENUE = [revenue * price for revenue, price in zip(REVENUE, PRICE, strict=True)]
SAT_HASHPRICE = [usd / price * 1e8 for usd, price in zip(HASHPRICE, PRICE, strict=True)]
PROTOCOL = [450.0] * len(DAYS)
STAMPS = [seconds(day) for day in DAYS]


def column(history: NetworkHistory, name: str) -> list[float]:
    """A column of the frame, as a list."""
    return list(history.frame[name])


def notes(history: NetworkHistory) -> str:
    """Everything that was done, on lines."""
    return "\n".join(history.notes)


def test_two_files_of_daily_metrics_are_joined(tmp_path: Path) -> None:
    """Price and hashrate of one file, subsidy and fees of the other; hashprice is revenue per PH/s."""
    first = table(tmp_path, "a.csv", "date,BTC Price,Hash Rate (H/s),Hash Rate 30-Day MA (H/s)", PRICE, H_S, [1.0] * 13)
    second = table(
        tmp_path, "b.csv", "date,BTC Price,Fleet Efficiency (J/GH),Subsidy (BTC),Fees (BTC),Miner Revenue (BTC)",
        PRICE, [0.03] * 13, SUBSIDY, FEES, REVENUE,
    )  # fmt: skip
    history = read_network_history([first, second])
    assert column(history, "network_eh_s") == pytest.approx(EH_S)
    assert column(history, "subsidy_btc") == SUBSIDY
    assert column(history, "fees_btc") == FEES
    assert list(history.hashprice()) == pytest.approx(HASHPRICE)
    assert history.frame.index.name == "day"
    assert str(history.frame.index.tz) == "UTC"
    assert set(history.frame.dtypes) == {np.dtype(np.float64)}
    assert history.files == ("a.csv", "b.csv")
    assert history.findings == ()
    assert "market-price: from a.csv; days that it lacks from b.csv" in notes(history)


def test_each_of_the_two_goes_as_far_as_it_can(tmp_path: Path) -> None:
    """Without hashrate there is no hashprice, which is told; power draw and efficiency are not taken for one."""
    header = "date,BTC Price,Fleet Efficiency (J/GH),Network Power Draw (W),Subsidy (BTC),Fees (BTC)"
    path = table(tmp_path, "b.csv", header, PRICE, [0.03] * 13, [3e10] * 13, SUBSIDY, FEES)
    history = read_network_history([path])
    assert history.frame["network_eh_s"].isna().all()
    assert history.hashprice().isna().all()
    assert [finding.problem for finding in history.findings] == [
        "give no hash rate (or difficulty), so that no hashprice is known"
    ]
    alone = read_network_history([table(tmp_path, "a.csv", "date,BTC Price,Hash Rate (H/s)", PRICE, H_S)])
    assert column(alone, "subsidy_btc") == PROTOCOL
    assert alone.frame["fees_btc"].isna().all()
    assert not alone.has_fees
    assert list(alone.hashprice()) == pytest.approx(
        [450 * price / (eh_s * 1e3) for price, eh_s in zip(PRICE, EH_S, strict=True)]
    )


COIN_METRICS = "AdrActCnt,DiffMean,FeeTotNtv,HashRate,IssTotNtv,PriceUSD"


@pytest.mark.parametrize("day", ["time", "date"])
def test_coin_metrics(tmp_path: Path, day: str) -> None:
    """Hash rate is in TH/s, Ntv is BTC; the last row may have a price alone."""
    last: list[object] = [None]
    path = table(
        tmp_path, "x.csv", f"{day},{COIN_METRICS}", [1] * 13, [*DIFFICULTY[:-1], *last], [*FEES[:-1], *last],
        [*TH_S[:-1], *last], [*SUBSIDY[:-1], *last], PRICE,
    )  # fmt: skip
    history = read_network_history([path])
    assert column(history, "network_eh_s")[:-1] == pytest.approx(EH_S[:-1])
    assert column(history, "difficulty")[:-1] == DIFFICULTY[:-1]
    assert column(history, "price_usd") == PRICE
    assert np.isnan(column(history, "network_eh_s")[-1])
    assert list(history.hashprice())[:-1] == pytest.approx(HASHPRICE[:-1])


def test_coin_metrics_by_the_api(tmp_path: Path) -> None:
    """Stamps to the nanosecond, numbers as text, several coins in one file; as CSV and as JSON."""
    records = [
        {"asset": asset, "time": f"{day}T00:00:00.000000000Z", "HashRate": str(th_s), "PriceUSD": str(price)}
        for day, th_s, price in zip(DAYS, TH_S, PRICE, strict=True)
        for asset in ("btc", "eth")
    ]
    lines = [",".join(f'"{cell}"' for cell in record.values()) for record in records]
    flat = write(tmp_path, "api.csv", "\n".join(["asset,time,HashRate,PriceUSD", *lines]))
    nested = as_json(tmp_path, "api.json", {"data": records})
    for path in (flat, nested):
        history = read_network_history([path])
        assert column(history, "network_eh_s") == pytest.approx(EH_S)
        assert "13 rows of other coins left out" in notes(history)


def test_explorer_series_of_every_fourth_day(tmp_path: Path) -> None:
    """One series a file, with a byte order mark; days between are filled on a straight line of logarithms."""
    fourth = [f"{day} 00:00:00" for day in DAYS[::4]]
    files = [
        table(tmp_path, "h.csv", "\ufeffTimestamp,hash-rate", TH_S[::4], days=fourth),
        table(tmp_path, "p.csv", "\ufefftimestamp,market-price", PRICE[::4], days=fourth),
        table(tmp_path, "f.csv", "Timestamp,transaction-fees", FEES[::4], days=fourth),
        table(tmp_path, "r.csv", "Timestamp,miners-revenue", USD_REVENUE[::4], days=fourth),
    ]
    history = read_network_history(files)
    assert column(history, "price_usd") == pytest.approx(PRICE)
    assert column(history, "network_eh_s") == pytest.approx(EH_S)
    assert column(history, "fees_btc") == pytest.approx(FEES)
    assert list(history.hashprice())[::4] == pytest.approx(HASHPRICE[::4])
    assert "hash-rate: 9 days without a value are filled between their neighbours" in notes(history)


def test_a_bare_series_must_be_told(tmp_path: Path) -> None:
    """Milliseconds and numbers alone could be anything: what they are is told by the user."""
    path = table(tmp_path, "xy.csv", '"x","y"', TH_S, days=[stamp * 1000 for stamp in STAMPS])
    history = read_network_history([path], series={"xy.csv": "hash-rate"})
    assert column(history, "network_eh_s") == pytest.approx(EH_S)
    both = read_network_history([path], series={"xy.csv": "hash-rate"}, units={"xy.csv": "TH/s"})
    assert column(both, "network_eh_s") == pytest.approx(EH_S)


def test_words_about_files() -> None:
    """A quantity and a unit of one file are told apart by themselves."""
    assert series_and_units(["xy.csv=hash-rate", "xy.csv=H/s"]) == ({"xy.csv": "hash-rate"}, {"xy.csv": "H/s"})


def test_long_files_by_series(tmp_path: Path) -> None:
    """Difficulty, price, revenue in USD and hashprice in satoshi: hashrate is revenue by hashprice."""
    files = [
        table(tmp_path, "d.csv", "date,network_difficulty", DIFFICULTY),
        table(tmp_path, "p.csv", "date,btc_price", PRICE),
        table(tmp_path, "r.csv", "date,miner_revenue", USD_REVENUE),
        table(tmp_path, "h.csv", "date,hashprice", SAT_HASHPRICE),
    ]
    history = read_network_history(files)
    assert column(history, "network_eh_s") == pytest.approx(EH_S)
    assert list(history.hashprice()) == pytest.approx(HASHPRICE)
    without_revenue = read_network_history([files[0], files[1], files[3]])
    assert column(without_revenue, "network_eh_s") == pytest.approx(IMPLIED_EH_S)
    assert list(without_revenue.hashprice()) == pytest.approx(HASHPRICE)
    difficulty_alone = read_network_history(files[:2])
    assert column(difficulty_alone, "subsidy_btc") == PROTOCOL


def test_difficulty_and_blocks_give_the_hashrate(tmp_path: Path) -> None:
    """A day of 140 blocks at a difficulty for 144 was hashed at 140/144 of what the difficulty says."""
    path = table(tmp_path, "x.csv", "date,difficulty,price,subsidy,fees", DIFFICULTY, PRICE, SUBSIDY, FEES)
    history = read_network_history([path])
    expected = [eh_s * blocks / 144 for eh_s, blocks in zip(IMPLIED_EH_S, BLOCKS, strict=True)]
    assert column(history, "network_eh_s") == pytest.approx(expected)


def test_glassnode_like(tmp_path: Path) -> None:
    """Hash rate in H/s is beyond 64-bit integers."""
    whole = [int(h_s) for h_s in H_S]
    assert min(whole) > 2**63
    header = "t,hash_rate_mean,close,total_fees,total_supply"
    path = table(tmp_path, "g.csv", header, whole, PRICE, FEES, [2e7] * 13, days=STAMPS)
    history = read_network_history([path])
    assert column(history, "network_eh_s") == pytest.approx(EH_S)
    assert column(history, "fees_btc") == FEES


@pytest.mark.parametrize("form", ["%b %d, %Y", "%m/%d/%Y", "%d/%m/%Y", "%d-%b-%Y"])
def test_prices_newest_first(tmp_path: Path, form: str) -> None:
    """Month names or parts of which one is above 12, thousands with commas, a volume in K."""
    lines = [
        f'"{day.strftime(form)}","{price:,.1f}","1","2","3","44.17K","-1.2%"'
        for day, price in zip(DAYS, PRICE, strict=True)
    ]
    header = '\ufeff"Date","Price","Open","High","Low","Vol.","Change %"'
    history = read_network_history([write(tmp_path, "i.csv", "\n".join([header, *reversed(lines)]))])
    assert column(history, "price_usd") == pytest.approx(PRICE, abs=0.06)
    assert "Investing.com prices" in notes(history)


def test_mempool(tmp_path: Path) -> None:
    """Hashrate by day in H/s, and a list of retargets of which each holds until the next."""
    content = {
        "hashrates": [{"timestamp": at, "avgHashrate": h_s} for at, h_s in zip(STAMPS, H_S, strict=True)],
        "difficulty": [
            {"time": STAMPS[0] + 40_000, "height": 939_456, "difficulty": 140e12, "adjustment": 0.99},
            {"time": STAMPS[6] + 40_000, "height": 941_472, "difficulty": 145e12, "adjustment": 1.04},
        ],
        "currentHashrate": H_S[-1],
        "currentDifficulty": 145e12,
    }
    price = table(tmp_path, "p.csv", "date,price", PRICE)
    history = read_network_history([as_json(tmp_path, "m.json", content), price])
    assert column(history, "difficulty")[:7] == DIFFICULTY[:7]
    assert column(history, "network_eh_s") == pytest.approx(EH_S)
    # The subsidy that no file gives is that of the blocks found: hashrate over what the difficulty keeps to time.
    expected = [450 * eh_s / implied for eh_s, implied in zip(EH_S, IMPLIED_EH_S, strict=True)]
    assert column(history, "subsidy_btc")[:7] == pytest.approx(expected[:7])


def test_a_chart_as_json(tmp_path: Path) -> None:
    """A chart of Blockchain.com says its name and unit."""
    values = [{"x": at, "y": th_s} for at, th_s in zip(STAMPS, TH_S, strict=True)]
    chart = {"status": "ok", "name": "Hash Rate", "unit": "Hash Rate TH/s", "period": "day", "values": values}
    assert column(read_network_history([as_json(tmp_path, "c.json", chart)]), "network_eh_s") == pytest.approx(EH_S)


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    """A history in the program's own format is the same history, unknown days included."""
    given = table(tmp_path, "x.csv", f"time,{COIN_METRICS}", [1] * 13, DIFFICULTY, FEES, TH_S, SUBSIDY, PRICE)
    first = read_network_history([given])
    first.frame.iloc[5:11, 2] = np.nan
    again = read_network_history([write(tmp_path, "own.csv", network_history_csv(first))])
    pd.testing.assert_frame_equal(again.frame, first.frame, check_freq=False)
    assert "network history of this program" in notes(again)


def test_months(tmp_path: Path) -> None:
    """Means of price and hashprice, sums of payments, the last price; a month that lacks days is told apart."""
    days = pd.date_range("2026-02-01", "2026-03-05").strftime("%Y-%m-%d").tolist()
    price = [60_000.0] * 28 + [70_000.0, 71_000.0, 72_000.0, 73_000.0, 74_000.0]
    rows = (price, [1e9] * 33, [450.0] * 33, [2.0] * 33)
    path = table(tmp_path, "x.csv", "time,PriceUSD,HashRate,IssTotNtv,FeeTotNtv", *rows, days=days)
    monthly = read_network_history([path]).monthly()
    assert list(monthly.index) == ["2026-02", "2026-03"]
    assert list(monthly["complete"]) == [True, False]
    assert list(monthly["days"]) == [28, 5]
    march = monthly.loc["2026-03"]
    assert (march["price_mean_usd"], march["price_close_usd"]) == (72_000.0, 74_000.0)
    assert (march["subsidy_btc"], march["fees_btc"]) == (2_250.0, 10.0)
    assert march["usd_per_ph_day"] == pytest.approx(452 * 72_000 / 1e6)


def test_long_gaps_stay_open_and_are_told(tmp_path: Path) -> None:
    """Three days in a row are filled, four are not."""
    kept = [0, 1, 2, 3, 7, 12]
    path = table(tmp_path, "x.csv", "date,price", [PRICE[at] for at in kept], days=[DAYS[at] for at in kept])
    history = read_network_history([path])
    assert np.isnan(column(history, "price_usd")).tolist() == [False] * 8 + [True] * 4 + [False]
    assert str(history.findings[0]) == (
        "x.csv: warning: market-price has no value on 2026-03-09 to 2026-03-12: expected at most 3 days in a row "
        "without a value; these days stay unknown"
    )


def test_order_does_not_matter_and_doubles_are_counted(tmp_path: Path) -> None:
    """Rows in any order; a day that is given again with the same value is no fault."""
    order = [3, 0, 5, 1, 4, 2, 3]
    path = table(tmp_path, "x.csv", "date,price", [PRICE[at] for at in order], days=[DAYS[at] for at in order])
    history = read_network_history([path])
    assert column(history, "price_usd") == PRICE[:6]
    assert "1 rows of 'price' say a day again" in notes(history)


def test_the_first_years_had_days_without_price(tmp_path: Path) -> None:
    """Zeros before 2011 mean that nothing was known yet."""
    days = ["2010-08-14", "2010-08-15", "2010-08-16"]
    history = read_network_history([table(tmp_path, "x.csv", "Timestamp,market-price", [0.0, 0.0, 0.07], days=days)])
    assert column(history, "price_usd") == [0.07]
    assert "2 zeros of 'market-price' before 2011 taken as not known" in notes(history)


def test_stamps_with_an_offset_count_in_utc(tmp_path: Path) -> None:
    """Half past midnight two hours east of Greenwich is the day before."""
    days = ["2026-03-02 00:30:00+02:00", "2026-03-02T23:59:59Z"]
    history = read_network_history([table(tmp_path, "x.csv", "datetime,price", PRICE[:2], days=days)])
    assert [f"{day:%m-%d}" for day in history.frame.index] == ["03-01", "03-02"]


@needs_real_network
def test_real_daily_metrics() -> None:
    """Both files of the daily metrics together: monthly means as published with them."""
    files = [SHARED_NETWORK / name for name in ("network_model_metrics.csv", "electricity_cost_scenarios.csv")]
    history = read_network_history(files)
    assert history.findings == ()
    monthly = history.monthly()
    known = {"2024-12": 59.7, "2025-01": 58.1, "2025-02": 54.33, "2025-10": 48.3, "2026-02": 32.2, "2026-08": 32.5}
    for month, hashprice in known.items():
        assert monthly.loc[month, "usd_per_ph_day"] == pytest.approx(hashprice, abs=0.06), month
    assert monthly.loc["2024-04", ["subsidy_btc", "fees_btc"]].tolist() == pytest.approx([22_759.4, 4_328.9], abs=0.1)
    assert not monthly.loc["2026-08", "complete"]


@needs_real_network
def test_real_coin_metrics() -> None:
    """The community file to July 2020, and joined to the other source: the means of both."""
    path = SHARED_NETWORK / "coinmetrics_btc.csv"
    monthly = read_network_history([path]).monthly()["usd_per_ph_day"]
    assert monthly[["2020-01", "2020-05", "2020-07"]].tolist() == pytest.approx([147.5, 108.9, 76.3], abs=0.06)
    others = [SHARED_NETWORK / name for name in ("network_model_metrics.csv", "electricity_cost_scenarios.csv")]
    both = read_network_history([path, *others]).monthly()["usd_per_ph_day"]
    assert both[["2020-01", "2025-02"]].tolist() == pytest.approx([147.5, 54.33], abs=0.06)
