"""The numbers drawn from hourly prices, each worked out by hand from a series of a few different prices."""

from __future__ import annotations

import numpy as np
import pytest

from sites.hourly import HourlyPrices
from sites.power_statistics import (
    Calendar,
    RunningTerms,
    duration_curve,
    idling,
    idling_ladder,
    month_hour_means,
    monthly_means,
    price_statistics,
    run_hours,
    with_adder,
    yearly_statistics,
)
from sites.records import Rig
from sites.units import QuantityError

# At 42 USD/PH/s/day it earns 42 / (0.024 x 17.5) = 100 USD/MWh.
RIG = Rig(id="box", th_s=200, watts=3500)
HASHPRICE = 42.0


def series(*levels: tuple[int, float], years: tuple[int, ...] = (2023,), rest: float = 0.0) -> HourlyPrices:
    """A series that begins with so many hours at each price and goes on at `rest`."""
    hours = 8760 * len(years) + 24 * sum(year % 4 == 0 for year in years)
    prices = np.full(hours, rest)
    place = 0
    for count, price in levels:
        prices[place : place + count] = price
        place += count
    return HourlyPrices("made", years, prices)


def test_the_account_counts_and_averages() -> None:
    """10 hours at 500, 20 at -5 and 8,730 at 30 have the mean (5,000 - 100 + 261,900) / 8,760 and the median 30."""
    account = price_statistics(series((10, 500.0), (20, -5.0), rest=30.0))
    assert account.period == "2023"
    assert account.hours == 8760
    assert account.mean == pytest.approx(266_800 / 8760)
    assert (account.median, account.least, account.most) == (30.0, -5.0, 500.0)
    assert (account.below_zero_hours, account.high_hours) == (20, 10)


def test_zero_and_two_hundred_themselves_are_not_counted() -> None:
    """Hours at exactly 0 are not below it and hours at exactly 200 not above."""
    account = price_statistics(series((5, 200.0), rest=0.0))
    assert (account.below_zero_hours, account.high_hours) == (0, 0)


def test_on_peak_is_sixteen_hours_of_every_weekday() -> None:
    """2023 has 260 weekdays: 4,160 on-peak hours; priced at 50 and all others at 20 they give these two means."""
    on_peak = Calendar.of(series()).on_peak
    assert on_peak.sum() == 260 * 16
    account = price_statistics(HourlyPrices("made", (2023,), np.where(on_peak, 50.0, 20.0)))
    assert (account.on_peak_mean, account.off_peak_mean) == (50.0, 20.0)


def test_the_calendar_knows_the_days() -> None:
    """2024 begins on a Monday; its hour 59 x 24 + 7 is 07:00 of Thursday 29 February, its last one of a Tuesday."""
    calendar = Calendar.of(series(years=(2024,)))
    place = 59 * 24 + 7
    found = [int(part[place]) for part in (calendar.year, calendar.month, calendar.hour, calendar.weekday)]
    assert found == [2024, 2, 7, 3]
    assert int(calendar.weekday[0]) == 0
    assert (int(calendar.month[-1]), int(calendar.hour[-1]), int(calendar.weekday[-1])) == (12, 23, 1)


def test_on_peak_begins_at_six_and_ends_at_ten() -> None:
    """On Monday 2 January 2023 the hours beginning 06:00 to 21:00 are on-peak, on Sunday the 1st none is."""
    on_peak = Calendar.of(series()).on_peak
    assert not on_peak[:24].any()
    assert np.flatnonzero(on_peak[24:48]).tolist() == list(range(6, 22))


def test_each_year_is_told_by_itself() -> None:
    """A year at 10 and a leap year at 40 have their own means; together they have 87,600 + 351,360 over 17,544."""
    both = series((8760, 10.0), years=(2023, 2024), rest=40.0)
    assert [(year.period, year.hours, year.mean) for year in yearly_statistics(both)] == [
        ("2023", 8760, 10.0),
        ("2024", 8784, 40.0),
    ]
    whole = price_statistics(both)
    assert whole.period == "2023-2024"
    assert whole.mean == pytest.approx((87_600 + 351_360) / 17_544)


def test_means_by_month_and_hour() -> None:
    """Where every price is 100 x month + hour, the table of means says just that; with 2,400 more in the next year
    the mean lies 1,200 higher."""
    calendar = Calendar.of(series(years=(2022, 2023)))
    second = np.where(calendar.year == 2023, 2400.0, 0.0)
    means = month_hour_means(HourlyPrices("made", (2022, 2023), 100.0 * calendar.month + calendar.hour + second))
    assert means.shape == (12, 24)
    assert means[0, 0] == pytest.approx(1300.0)
    assert means[11, 23] == pytest.approx(2423.0)


def test_means_by_year_and_month() -> None:
    """January 2023 at 10 in its first 372 hours and at 30 in the others averages 20; next January is a row below."""
    both = series((372, 10.0), (372, 30.0), years=(2023, 2024), rest=7.0)
    means = monthly_means(both)
    assert means.shape == (2, 12)
    assert means[0, 0] == 20.0
    assert (means[0, 1], means[1, 0]) == (7.0, 7.0)


def test_the_duration_curve_keeps_every_hour() -> None:
    """The dearest hour comes first and the cheapest last."""
    curve = duration_curve(series((2, -8.0), (3, 90.0), rest=5.0))
    assert len(curve) == 8760
    assert curve[:4].tolist() == [90.0, 90.0, 90.0, 5.0]
    assert curve[-3:].tolist() == [5.0, -8.0, -8.0]


def test_idling_in_the_dearest_twentieth() -> None:
    """438 hours at 190 cost as much as the other 8,322 at 10: idling in them cuts half of the bill."""
    found = idling(series((438, 190.0), rest=10.0), 0.05)
    assert (found.hours, found.price_usd_per_mwh) == (438, 190.0)
    assert found.bill_cut == pytest.approx(0.5)


def test_idling_cuts_more_than_the_bill_where_the_rest_is_paid_to_run() -> None:
    """438 hours at 100 and 8,322 at -1 make a bill of 35,478, of which 43,800 fall away."""
    assert idling(series((438, 100.0), rest=-1.0), 0.05).bill_cut == pytest.approx(43_800 / 35_478)


def test_a_bill_that_is_no_cost_cannot_be_cut() -> None:
    """Where all hours together cost nothing, or less, there is no share to tell."""
    assert idling(series(rest=0.0), 0.05).bill_cut is None
    assert idling(series(rest=-3.0), 0.05).bill_cut is None


def test_even_the_smallest_share_is_one_hour() -> None:
    """A millionth of the hours is the dearest hour itself."""
    found = idling(series((1, 500.0), rest=10.0), 1e-6)
    assert (found.hours, found.price_usd_per_mwh) == (1, 500.0)


def test_the_ladder_climbs() -> None:
    """More hours idle, more of the bill falls away."""
    cuts = [line.bill_cut for line in idling_ladder(series((100, 300.0), (800, 60.0), rest=20.0))]
    assert None not in cuts
    assert cuts == sorted(cuts, key=float)
    assert len(set(cuts)) == len(cuts)


def test_a_machine_runs_below_its_switch_off_price() -> None:
    """Off above 100: 1,000 hours at 150 are left out; 7,760 at 40 cost 40, against 52.6 on average.

    Running flat out would lose 50 in each of the 1,000 hours; 60 stay in each of the others.
    """
    run = run_hours(series((1000, 150.0), rest=40.0), RIG, hashprice_usd_per_ph_day=HASHPRICE)
    assert run.switch_off_usd_per_mwh == pytest.approx(100.0)
    assert (run.hours, run.share) == (7760, pytest.approx(7760 / 8760))
    assert run.paid_usd_per_mwh == pytest.approx(40.0)
    assert run.market_usd_per_mwh == pytest.approx((150_000 + 310_400) / 8760)
    assert run.saving_usd_per_mw_year == pytest.approx(50_000)
    assert run.saving_usd_per_mwh == pytest.approx(50_000 / 8760)
    assert run.margin_usd_per_mw_year == pytest.approx(60 * 7760)


def test_what_is_kept_is_running_flat_out_and_the_saving() -> None:
    """Switched off, a MW keeps what it would keep running flat out, and the loss avoided."""
    prices = series((1000, 150.0), (50, -20.0), (200, 900.0), rest=40.0)
    run = run_hours(prices, RIG, hashprice_usd_per_ph_day=HASHPRICE)
    flat_out = float((100.0 - prices.prices).sum())
    assert run.margin_usd_per_mw_year == pytest.approx(flat_out + run.saving_usd_per_mw_year)


def test_fee_and_opex_lower_the_switch_off_price() -> None:
    """With a fee of a tenth and 10 USD/MWh of opex, 100 becomes 80: hours at 85 are left out too."""
    terms = RunningTerms(pool_fee=0.1, variable_opex_usd_per_mwh=10.0)
    run = run_hours(series((500, 85.0), rest=40.0), RIG, hashprice_usd_per_ph_day=HASHPRICE, terms=terms)
    assert run.switch_off_usd_per_mwh == pytest.approx(80.0)
    assert run.hours == 8260


def test_overheads_of_rig_and_site_multiply() -> None:
    """17.5 J/TH with 1.25 of the rig and 1.6 of the site are 35 at the meter, which halves the revenue per MWh."""
    rig = RIG.model_copy(update={"overhead": 1.25})
    run = run_hours(series(), rig, hashprice_usd_per_ph_day=HASHPRICE, terms=RunningTerms(overhead=1.6))
    assert run.j_per_th == pytest.approx(35.0)
    assert run.switch_off_usd_per_mwh == pytest.approx(50.0)


def test_uptime_scales_money_and_not_hours() -> None:
    """At an uptime of one half the same hours are worth running, and half of the money is made and saved."""
    prices = series((1000, 150.0), rest=40.0)
    run = run_hours(prices, RIG, hashprice_usd_per_ph_day=HASHPRICE, terms=RunningTerms(uptime=0.5))
    assert run.hours == 7760
    assert run.margin_usd_per_mw_year == pytest.approx(30 * 7760)
    assert run.saving_usd_per_mw_year == pytest.approx(25_000)
    assert run.saving_usd_per_mwh == pytest.approx(50_000 / 8760)


def test_money_is_of_an_average_year() -> None:
    """Two years with 1,000 hours at 150 in the first save 25,000 a year, and hours count over both."""
    prices = series((1000, 150.0), years=(2022, 2023), rest=40.0)
    run = run_hours(prices, RIG, hashprice_usd_per_ph_day=HASHPRICE)
    assert run.saving_usd_per_mw_year == pytest.approx(25_000)
    assert run.hours == 2 * 8760 - 1000


def test_an_hour_that_earns_nothing_is_not_run() -> None:
    """At a price equal to the switch-off price, up to rounding, the machine is off, and no price was paid."""
    run = run_hours(series(rest=100.0), RIG, hashprice_usd_per_ph_day=HASHPRICE)
    assert (run.hours, run.paid_usd_per_mwh) == (0, None)
    assert run.margin_usd_per_mw_year == 0.0


def test_the_adder_is_in_every_hour() -> None:
    """8 USD/MWh on top move every price and leave name, years and account as they are."""
    plain = HourlyPrices("made", (2023,), np.full(8760, 30.0), ("a repair",))
    paid = with_adder(plain, 8.0)
    assert set(paid.prices.tolist()) == {38.0}
    assert (paid.id, paid.years, paid.cleaning) == ("made", (2023,), ("a repair",))
    assert with_adder(plain, 0.0) is plain


@pytest.mark.parametrize(
    "wrong",
    [{"pool_fee": 1.5}, {"variable_opex_usd_per_mwh": -1.0}, {"uptime": 0.0}, {"uptime": 1.5}, {"overhead": 0.5}],
)
def test_terms_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    """No fee above the revenue, no negative cost, no uptime outside 0 to 1, no overhead below 1; the name is said."""
    with pytest.raises(QuantityError, match=next(iter(wrong))):
        RunningTerms(**wrong)
