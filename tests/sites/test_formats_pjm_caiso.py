"""PJM Data Miner and CAISO OASIS files: clean UTC stamps, and rows that are not prices or no longer current."""

from __future__ import annotations

import pytest

from sites.hourly import PriceFileError
from sites.price_formats import caiso, pjm
from tests.sites.format_files import (
    SHARED_POWER,
    by_utc,
    by_wall,
    monthly_means,
    needs_real_files,
    readings,
    real_table,
    table,
)

PJM_HEADER = (
    "datetime_beginning_utc,datetime_beginning_ept,pnode_id,pnode_name,voltage,equipment,type,zone,"
    "system_energy_price_{0},total_lmp_{0},congestion_price_{0},marginal_loss_price_{0},row_is_current,version_nbr\n"
)


def pjm_row(utc: str, price: float, node: str = "51288,WESTERN HUB,,,HUB", current: str = "True,1") -> str:
    """A row of Data Miner; the Eastern stamp is not read and left as text."""
    return f"{utc},not read,{node},,30.0,{price},0.1,0.2,{current}\n"


def pjm_text(*rows: str, market: str = "rt") -> str:
    """A file of Data Miner."""
    return PJM_HEADER.format(market) + "".join(rows)


def test_pjm_spring_day_leaves_two_oclock_out() -> None:
    """06:00 UTC of 10 March 2024 is 01:00 in the east and 07:00 UTC is 03:00."""
    read = readings(pjm_text(pjm_row("3/10/2024 6:00:00 AM", 11), pjm_row("3/10/2024 7:00:00 AM", 12)), pjm.FORMAT)
    assert by_wall(read) == [("03-10 01:00", 11), ("03-10 03:00", 12)]


def test_pjm_autumn_day_has_one_oclock_twice() -> None:
    """05:00 and 06:00 UTC of 3 November 2024 are both 01:00 in the east."""
    rows = [pjm_row(f"11/3/2024 {hour}:00:00 AM", 10 + hour) for hour in (4, 5, 6, 7)]
    expected = [("11-03 00:00", 14), ("11-03 01:00", 15), ("11-03 01:00", 16), ("11-03 02:00", 17)]
    assert by_wall(readings(pjm_text(*rows), pjm.FORMAT)) == expected


def test_pjm_clock_of_twelve_hours() -> None:
    """12 AM is midnight and 12 PM is noon, of UTC."""
    rows = [pjm_row("1/1/2024 12:00:00 AM", 1), pjm_row("1/1/2024 1:00:00 AM", 2), pjm_row("1/1/2024 12:00:00 PM", 3)]
    assert by_utc(readings(pjm_text(*rows), pjm.FORMAT)) == [("01-01 00:00", 1), ("01-01 01:00", 2), ("01-01 12:00", 3)]


def test_pjm_superseded_rows_are_left_out_and_told() -> None:
    """Of two versions of an hour only the current one counts, wherever it stands."""
    rows = [
        pjm_row("3/5/2024 5:00:00 AM", 20, current="False,1"),
        pjm_row("3/5/2024 5:00:00 AM", 21, current="True,2"),
        pjm_row("3/5/2024 6:00:00 AM", 22),
    ]
    read = readings(pjm_text(*rows), pjm.FORMAT)
    assert read.prices.tolist() == [21, 22]
    assert read.notes == (
        "1 superseded row left out",
        "'WESTERN HUB' is a hub; a load pays the price of its zone, not of a hub",
    )


def test_pjm_one_name_for_two_nodes_needs_the_id() -> None:
    """A name that two voltages share is refused with both ids, and either id is a location."""
    rows = [
        pjm_row("1/1/2024 5:00:00 AM", 31, "1001,BEDINGTO,138 KV,TX1,LOAD"),
        pjm_row("1/1/2024 5:00:00 AM", 32, "1002,BEDINGTO,500 KV,TX2,LOAD"),
    ]
    with pytest.raises(
        PriceFileError, match=r"stands for several: .*'BEDINGTO = 1001', 'BEDINGTO = 1002'; write the id"
    ):
        readings(pjm_text(*rows), pjm.FORMAT, "bedingto")
    assert readings(pjm_text(*rows), pjm.FORMAT, "1002").prices.tolist() == [32]


def test_pjm_location_by_name_id_and_case() -> None:
    """Exact name, other case and id mean the same node; none and a wrong one list all of them."""
    rows = [pjm_row("1/1/2024 5:00:00 AM", 41), pjm_row("1/1/2024 5:00:00 AM", 42, "1,PJM-RTO,,,ZONE")]
    for location in ("WESTERN HUB", "western hub", "51288"):
        assert readings(pjm_text(*rows), pjm.FORMAT, location).prices.tolist() == [41]
    for location in ("", "WESTERN HUBB"):
        with pytest.raises(
            PriceFileError, match=r"market.csv:1: location .*one of the file's locations: 'PJM-RTO', 'WES"
        ):
            readings(pjm_text(*rows), pjm.FORMAT, location)


def test_pjm_market_is_checked() -> None:
    """A day-ahead file is read for dam and refused for rtm."""
    text = pjm_text(pjm_row("1/1/2024 5:00:00 AM", 51), market="da")
    assert readings(text, pjm.FORMAT, market="dam").prices.tolist() == [51]
    with pytest.raises(PriceFileError, match="the file holds day-ahead prices: expected dam"):
        readings(text, pjm.FORMAT, market="rtm")


def test_pjm_five_minutes() -> None:
    """The five-minute feed has the same columns; the step comes from the rows."""
    rows = [pjm_row(f"1/1/2024 5:{minute:02d}:00 AM", minute) for minute in range(0, 60, 5)]
    assert readings(pjm_text(*rows), pjm.FORMAT).step_minutes == 5


def test_pjm_faulty_cells_are_all_told_with_their_line() -> None:
    """Text in a price, a blank price, a wrong time and a short row are four findings."""
    rows = [
        pjm_row("1/1/2024 5:00:00 AM", 1).replace(",1,0.1", ",n.a.,0.1"),
        pjm_row("1/1/2024 6:00:00 AM", 1).replace(",1,0.1", ",,0.1"),
        pjm_row("1/1/2024 25:00:00", 1),
        "1/1/2024 8:00:00 AM,short\n",
    ]
    with pytest.raises(PriceFileError) as error:
        readings(pjm_text(*rows), pjm.FORMAT)
    assert {finding.line for finding in error.value.findings} == {2, 3, 4, 5}
    assert "market.csv:2: total_lmp_rt = n.a.: expected a price in USD/MWh" in str(error.value)
    assert "market.csv:3: total_lmp_rt is blank" in str(error.value)
    assert "market.csv:4: datetime_beginning_utc = 1/1/2024 25:00:00: expected a time" in str(error.value)
    assert "market.csv:5: the row has 2 fields: expected 14" in str(error.value)


@needs_real_files
def test_pjm_real_year() -> None:
    """PJM-RTO in 2024, real time: 24 hours of 5 March are there in two versions."""
    read = readings(real_table("rt_hrl_lmps.csv"), pjm.FORMAT)
    assert (len(read.prices), read.location, read.currency) == (8784, "PJM-RTO", "USD")
    assert (read.prices.min(), read.prices.max()) == (
        pytest.approx(-40.31, abs=0.005),
        pytest.approx(448.14, abs=0.005),
    )
    # All 8,808 rows together have the mean 31.29.
    assert read.prices.mean() == pytest.approx(31.309, abs=0.0005)
    assert (int((read.prices > 200).sum()), int((read.prices < 0).sum())) == (25, 3)
    assert read.notes[0] == "24 superseded rows left out"
    expected = [40.38, 24.4, 22.44, 26.5, 33.88, 30.21, 42.27, 32.7, 29.98, 30.81, 27.47, 33.87]
    assert monthly_means(read) == expected


CAISO_HEADERS = {
    "MW": "INTERVALSTARTTIME_GMT,INTERVALENDTIME_GMT,OPR_DT,OPR_HR,OPR_INTERVAL,NODE_ID_XML,NODE_ID,NODE,MARKET_RUN_ID,"
    "LMP_TYPE,XML_DATA_ITEM,PNODE_RESMRID,GRP_TYPE,POS,MW,GROUP\n",
    "VALUE": "INTERVALSTARTTIME_GMT,INTERVALENDTIME_GMT,OPR_DT,OPR_HR,NODE_ID_XML,NODE_ID,NODE,MARKET_RUN_ID,LMP_TYPE,"
    "XML_DATA_ITEM,PNODE_RESMRID,GRP_TYPE,POS,VALUE,OPR_INTERVAL,GROUP\n",
    "PRC": "INTERVALSTARTTIME_GMT,INTERVALENDTIME_GMT,OPR_DT,OPR_HR,NODE_ID_XML,NODE_ID,NODE,MARKET_RUN_ID,LMP_TYPE,"
    "XML_DATA_ITEM,PNODE_RESMRID,GRP_TYPE,POS,PRC,OPR_INTERVAL,GROUP\n",
}
NP15 = "TH_NP15_GEN-APND"


def caiso_row(
    day: str, start: str, end: str, price: float, kind: str = "LMP", node: str = NP15, run: str = "DAM"
) -> str:
    """A row of PRC_LMP."""
    stamps = f"{day}T{start}:00-00:00,{day}T{end}:00-00:00"
    return f"{stamps},not read,0,0,{node},{node},{node},{run},{kind},{kind}_PRC,{node},ALL,1,{price},1\n"


def other_row(start: str, end: str, price: float, run: str) -> str:
    """A row of the interval reports, whose columns stand in another order."""
    stamps = f"2024-01-01T{start}:00-00:00,2024-01-01T{end}:00-00:00"
    return f"{stamps},2024-01-01,1,{NP15},{NP15},{NP15},{run},LMP,LMP_PRC,{NP15},ALL,1,{price},1,1\n"


def test_caiso_only_lmp_rows_in_any_order() -> None:
    """Parts of a price are no prices, and rows may come in any order."""
    text = CAISO_HEADERS["MW"] + "".join(
        [
            caiso_row("2019-02-02", "03:00", "04:00", 49.4),
            caiso_row("2019-02-02", "03:00", "04:00", -1.2, "MCL"),
            caiso_row("2019-02-02", "02:00", "03:00", 56.1),
            caiso_row("2019-02-02", "02:00", "03:00", 7.5, "MGHG"),
        ]
    )
    read = readings(text, caiso.FORMAT)
    assert by_wall(read) == [("02-01 18:00", 56.1), ("02-01 19:00", 49.4)]
    assert read.notes == ("'TH_NP15_GEN-APND' is a hub; a load pays the price of its zone, not of a hub",)


def test_caiso_spring_and_autumn_day() -> None:
    """10:00 GMT of 10 March 2019 is 03:00 in the west; 08:00 and 09:00 GMT of 3 November are both 01:00."""
    spring = [caiso_row("2019-03-10", f"{hour:02d}:00", f"{hour + 1:02d}:00", hour) for hour in (8, 9, 10)]
    autumn = [caiso_row("2019-11-03", f"{hour:02d}:00", f"{hour + 1:02d}:00", hour) for hour in (7, 8, 9, 10)]
    read = readings(CAISO_HEADERS["MW"] + "".join(spring), caiso.FORMAT)
    assert by_wall(read) == [("03-10 00:00", 8), ("03-10 01:00", 9), ("03-10 03:00", 10)]
    read = readings(CAISO_HEADERS["MW"] + "".join(autumn), caiso.FORMAT)
    assert by_wall(read) == [("11-03 00:00", 7), ("11-03 01:00", 8), ("11-03 01:00", 9), ("11-03 02:00", 10)]


@pytest.mark.parametrize(
    ("column", "end", "run", "minutes"), [("VALUE", "10:05", "RTM", 5), ("PRC", "10:15", "RTPD", 15)]
)
def test_caiso_real_time_reports(column: str, end: str, run: str, minutes: int) -> None:
    """The price column of the interval reports has another name, and a row says how long it holds."""
    read = readings(CAISO_HEADERS[column] + other_row("10:00", end, 33.3, run), caiso.FORMAT, market="rtm")
    assert (read.prices.tolist(), read.step_minutes) == ([33.3], minutes)


def test_caiso_market_and_location_are_chosen() -> None:
    """Two markets and two nodes in one file: each must be named, and the choice is the row that fits."""
    text = CAISO_HEADERS["MW"] + "".join(
        [
            caiso_row("2024-01-01", "10:00", "11:00", 1),
            caiso_row("2024-01-01", "10:00", "11:00", 2, run="HASP"),
            caiso_row("2024-01-01", "10:00", "11:00", 3, node="DLAP_SCE-APND"),
        ]
    )
    assert readings(text, caiso.FORMAT, "dlap_sce-apnd", "dam").prices.tolist() == [3]
    assert readings(text, caiso.FORMAT, "DLAP_SCE-APND", "dam").notes == (
        "'DLAP_SCE-APND' is a zone, whose price a load pays",
    )
    assert readings(text, caiso.FORMAT, NP15, "rtm").prices.tolist() == [2]
    with pytest.raises(PriceFileError, match="market is not given: expected dam or rtm, to choose one of DAM, HASP"):
        readings(text, caiso.FORMAT, NP15)
    with pytest.raises(PriceFileError, match=r"location is not given: .*'DLAP_SCE-APND', 'TH_NP15_GEN-APND'"):
        readings(text, caiso.FORMAT, market="dam")


def test_caiso_file_of_parts_only() -> None:
    """A download of one component holds no prices, and is refused in those words."""
    text = CAISO_HEADERS["MW"] + caiso_row("2024-01-01", "10:00", "11:00", 2, "MCC")
    with pytest.raises(PriceFileError, match="no row has the LMP_TYPE LMP"):
        readings(text, caiso.FORMAT)


def test_caiso_end_before_start() -> None:
    """An interval that does not end later is refused at its line."""
    text = CAISO_HEADERS["MW"] + caiso_row("2024-01-01", "10:00", "09:00", 2)
    with pytest.raises(PriceFileError, match=r"market.csv:2: INTERVALENDTIME_GMT = 2024-01-01T09:00:00-00:00"):
        readings(text, caiso.FORMAT)


@needs_real_files
def test_caiso_real_months_with_the_spring_change() -> None:
    """Three nodes, February and March 2019: 1,415 hours each, as OPR_DT counts them."""
    files = sorted(path.name for path in SHARED_POWER.glob("*PRC_LMP_DAM*.csv"))
    tables = [real_table(name) for name in files]
    means = {"NP15SLAK_5_N001": [77.33, 37.71], "SP26SLAK_5_N001": [73.37, 36.74], "ZP26SLAK_5_N001": [73.59, 37.25]}
    for node, expected in means.items():
        parts = [readings(source, caiso.FORMAT, node) for source in tables]
        assert [mean for part in parts for mean in monthly_means(part)] == expected
        assert sum(len(part.prices) for part in parts) == 1415
    prices = [price for source in tables for price in readings(source, caiso.FORMAT, "NP15SLAK_5_N001").prices.tolist()]
    assert (min(prices), max(prices)) == (pytest.approx(-4.39, abs=0.005), pytest.approx(255.65, abs=0.005))
    assert sum(prices) / len(prices) == pytest.approx(56.53, abs=0.005)
    assert (sum(price > 200 for price in prices), sum(price < 0 for price in prices)) == (9, 20)


def test_other_files_are_not_recognised() -> None:
    """A header that only resembles is left to other formats."""
    assert pjm.FORMAT.recognise(table("datetime_beginning_utc,total_lmp\n1,2\n")) is None
    assert caiso.FORMAT.recognise(table("INTERVALSTARTTIME_GMT,ANC_TYPE,MW\n1,2,3\n")) is None
