"""Every format is recognised by its header, wherever it stands, and by no other format."""

from __future__ import annotations

from pathlib import Path

import pytest

from sites.price_formats import FORMATS
from sites.price_formats.containers import text_table
from tests.sites.format_files import SHARED_POWER, needs_real_files

HOURS = ",".join(f"HE {hour}" for hour in range(1, 25))
HEADERS = {
    "PJM Data Miner": "datetime_beginning_utc,datetime_beginning_ept,pnode_id,pnode_name,total_lmp_da,row_is_current",
    "CAISO OASIS": "INTERVALSTARTTIME_GMT,INTERVALENDTIME_GMT,NODE,MARKET_RUN_ID,LMP_TYPE,MW",
    "NYISO": '"Time Stamp","Name","PTID","LBMP ($/MWHr)","Marginal Cost Losses ($/MWHr)"',
    "MISO market reports": f"Day Ahead Market LMPs\n01/01/2024\n\n,,,All Hours-Ending\nNode,Type,Value,{HOURS}",
    "SPP": "Interval,GMTIntervalEnd,Settlement Location,Pnode,LMP,MLC,MCC,MEC",
    "ISO New England hourly LMP": '"C","Report"\n"H","Date","Hour Ending","Location ID","Location Name",'
    '"Location Type","Locational Marginal Price"',
    "AESO pool price": 'Pool Price\r\n\r\n""\r\n\r\nDate (HE),Price ($),30Ravg ($),AIL Demand (MW)\r\n',
    "IESO": "\\\\Yearly HOEP OR Predispatch Report,,\n\\\\Created,,\n\\\\For 2021,,\nDate,Hour,HOEP",
    "IESO day-ahead Ontario price (XML)": '<?xml version="1.0"?>\n<Document>\n<HourlyPriceComponents>',
    "ENTSO-E day-ahead prices": '"MTU (CET/CEST)","Day-ahead Price [EUR/MWh]","Currency","BZN|FR"',
    "OMIE marginal prices": "MARGINALPDBC;\n2024;01;15;1;13.5;14.25;",
    "SMARD": "Datum von;Datum bis;Deutschland/Luxemburg [€/MWh] Originalauflösungen",
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_belongs_to_one_format(name: str) -> None:
    """The header of each format is taken by that format alone."""
    table = text_table(HEADERS[name].encode(), "market.csv")
    assert [form.name for form in FORMATS if form.recognise(table) is not None] == [name]


@pytest.mark.parametrize(
    "text", ["", "a,b,c\n1,2,3\n", "\n\n\n", "date,price\n2024-01-01,3\n", ";;\n", "<html>no prices</html>"]
)
def test_a_file_of_no_format_is_recognised_by_none(text: str) -> None:
    """Empty files and other headers are nobody's."""
    table = text_table(text.encode(), "market.csv")
    assert [form.name for form in FORMATS if form.recognise(table) is not None] == []


@needs_real_files
@pytest.mark.parametrize(
    "path", sorted(SHARED_POWER.glob("*.csv")) if SHARED_POWER.is_dir() else [], ids=lambda path: path.name[:20]
)
def test_a_real_file_belongs_to_one_format(path: Path) -> None:
    """Each real market file is recognised once."""
    table = text_table(path.read_bytes(), path.name)
    assert len([form.name for form in FORMATS if form.recognise(table) is not None]) == 1
