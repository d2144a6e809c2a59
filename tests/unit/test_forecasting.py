"""Forecasts of series whose future a person can tell, and of those that nobody can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from app.errors import DataUnavailable, InputError
from app.ml import series_file
from app.ml.backtest import Fold, backtest, mean_error, origins, predict, spread_at
from app.ml.base import FORECASTERS
from app.ml.forecasting import forecast
from app.ml.intervals import Past, spread
from app.ml.series import Series, series

SWING = np.sin(np.arange(60) / 12 * 2 * np.pi)
STEADY = Series(date(2021, 1, 1), "M", 100 + np.arange(60) + 10 * SWING)
CHEAP = ("seasonal_naive", "theta", "ets")


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The race without the models that take seconds."""
    monkeypatch.setattr(FORECASTERS, "_items", {name: FORECASTERS.get(name) for name in CHEAP})


@pytest.mark.parametrize("name", FORECASTERS.ids())
@pytest.mark.parametrize(
    "values",
    [np.zeros(48), np.full(48, 7.0)],
    ids=["zeros", "constant"],
)
def test_every_model_goes_on_with_what_never_changed(name: str, values: np.ndarray) -> None:
    told = predict(FORECASTERS.get(name), Series(date(2021, 1, 1), "M", values), 6)
    assert told == pytest.approx(values[:6], abs=0.05)


@pytest.mark.parametrize("name", FORECASTERS.ids())
def test_every_model_follows_a_negative_line_or_repeats_its_last_year(name: str) -> None:
    told = predict(FORECASTERS.get(name), Series(date(2021, 1, 1), "M", -50 - np.arange(48.0)), 6)
    off = 12 if name == "seasonal_naive" else 0  # the same months of last year
    assert np.abs(told - (-98 - np.arange(6.0) + off)).max() <= 3.1  # Theta takes half of the slope


def test_a_level_shift_is_not_won_by_a_model_that_ignores_it() -> None:
    """Half as much again since nine months: the naive still repeats three months of before, Prophet bends."""
    months, noise = np.arange(66), np.random.default_rng(4).normal(0, 1.5, 66)
    values = 100 + 10 * np.sin(months / 12 * 2 * np.pi) + noise + np.where(months >= 51, 50, 0)
    found = forecast(Series(date(2021, 1, 1), "M", values[:60]), 6)
    came, told = values[60:], np.array([point.value for point in found.points])
    wape = np.abs(told - came).sum() / came.sum()
    naive = np.abs(values[48:54] - came).sum() / came.sum()
    assert found.model not in ("seasonal_naive", "prophet")
    assert wape < 0.08 < naive / 2


def test_a_negative_series_keeps_its_bands_on_both_sides(cheap: None) -> None:
    found = forecast(Series(date(2021, 1, 1), "M", -STEADY.values), 6)
    assert [point.value for point in found.points][0] == pytest.approx(-160, abs=3)
    assert all(
        point.low_95 <= point.low_80 < point.value < point.high_80 <= point.high_95 < 0
        for point in found.points
    )


def test_a_series_of_zeros_goes_on_with_zeros_without_a_band(cheap: None) -> None:
    found = forecast(Series(date(2021, 1, 1), "M", np.zeros(50)), 6)
    assert {(point.value, point.low_95, point.high_95) for point in found.points} == {(0.0, 0.0, 0.0)}


@pytest.mark.parametrize("name", FORECASTERS.ids())
def test_every_model_bridges_gaps(name: str) -> None:
    values = STEADY.values.copy()
    values[[20, 33, 59]] = np.nan
    told = predict(FORECASTERS.get(name), Series(STEADY.start, "M", values), 3)
    assert np.abs(told - [160, 166, 170.7]).max() < 20


def test_seasonal_naive_says_the_same_month_of_last_year() -> None:
    told = FORECASTERS.get("seasonal_naive").forecast(STEADY, 13)
    assert told[:12] == pytest.approx(STEADY.values[48:])
    assert told[12] == STEADY.values[48]


def test_three_points_are_not_enough_history() -> None:
    with pytest.raises(DataUnavailable, match="Not enough history: 3 values, and 41 are needed"):
        origins(Series(date(2026, 1, 1), "M", np.arange(3.0)), 12)


def test_forty_months_are_one_short_of_six_origins() -> None:
    assert len(origins(Series(date(2021, 1, 1), "M", np.arange(41.0)), 12)) == 6
    with pytest.raises(DataUnavailable):
        origins(Series(date(2021, 1, 1), "M", np.arange(40.0)), 12)


def test_a_later_value_changes_no_earlier_origin(cheap: None) -> None:
    changed = STEADY.values.copy()
    changed[-1] = 9999.0
    before = backtest(STEADY, 6)
    after = backtest(Series(STEADY.start, "M", changed), 6)
    for old, new in zip(before.folds, after.folds, strict=True):
        for model in old.predicted:
            assert new.predicted[model] == pytest.approx(old.predicted[model])


def test_a_trend_with_season_is_told_better_than_by_the_naive(cheap: None) -> None:
    found = backtest(STEADY, 6)
    assert found.winner != "seasonal_naive"
    assert found.scores["seasonal_naive"].versus_naive == 1
    assert found.scores["seasonal_naive"].mase == pytest.approx(1.0)  # it lags by 12, now as in training
    assert (found.scores[found.winner].mase or 9) < 0.5


def test_a_forecast_is_judged_by_what_was_chosen_at_each_origin(cheap: None) -> None:
    """The winner is the best of those tried on the very origins, so the procedure can only do worse."""
    noise = np.random.default_rng(11).normal(0, 12, 60)
    found = backtest(Series(date(2021, 1, 1), "M", 100 + 10 * SWING + noise), 6)
    assert found.chosen[0] == "mean_of_best"  # nothing is known before the first
    known = found.folds[1].origin - found.folds[0].origin
    errors = {model: found.folds[0].error(model, known) for model in found.folds[1].predicted}
    assert found.chosen[1] == min(errors, key=lambda model: errors[model])
    wape, best = found.procedure.wape, found.scores[found.winner].wape
    assert wape is not None and best is not None and wape > best
    off = [np.abs(f.actual - f.predicted[m]).sum() for f, m in zip(found.folds, found.chosen, strict=True)]
    assert wape == pytest.approx(sum(off) / sum(fold.actual.sum() for fold in found.folds))
    # Three origins have no band: the first of all, and those before three were known in part.
    assert found.procedure.counted == 6 * sum(fold.origin > found.folds[2].origin for fold in found.folds)


def test_a_value_near_zero_leaves_shares_without_meaning(cheap: None) -> None:
    values = STEADY.values.copy()
    values[50] = 0.5
    found = backtest(Series(STEADY.start, "M", values), 6).procedure
    assert found.mape is None and found.wape is not None


def test_two_years_are_told_before_prophet_looks_for_a_yearly_season(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for months in (24, 25):
        FORECASTERS.get("prophet").forecast(STEADY.until(months), 2)
    assert "730 days" not in caplog.text


def test_a_series_of_zeros_has_no_relative_errors(cheap: None) -> None:
    found = backtest(Series(date(2021, 1, 1), "M", np.zeros(50)), 6)
    one = found.scores[found.winner]
    assert (found.winner, one.mape, one.wape, one.mase, one.r2) == ("seasonal_naive", None, None, None, None)


def test_scaled_errors_are_those_by_hand() -> None:
    fold = Fold(24, np.array([10.0, np.nan, 14.0]), 2.0, {"m": np.array([12.0, 0.0, 13.0])})
    assert mean_error([fold], "m") == pytest.approx((2 + 1) / 2 / 2)


def test_intervals_cover_what_they_promise_on_errors_of_their_own_kind() -> None:
    rng = np.random.default_rng(3)
    past = [Past(np.zeros(12), rng.normal(0, 1, 12)) for _ in range(40)]
    found = spread(past)
    assert found is not None
    low, high = found.bounds(np.zeros(12), 0.95)
    fresh = rng.normal(0, 1, (4000, 12))
    assert 0.92 < ((fresh >= low) & (fresh <= high)).mean() < 0.985


def test_a_lucky_winner_is_not_believed_closer_than_a_typical_candidate() -> None:
    def off(size: float) -> list[Past]:
        """Errors of a size and of three times as much, so that their mean square is five times its square."""
        return [Past(np.zeros(3), np.full(3, size * times)) for times in (1, 1, 3, 3)]

    alone, among = spread(off(1.0)), spread(off(1.0), [off(size) for size in (2.0, 4.0, 8.0)])
    assert alone is not None and among is not None
    # Student's quantile of three freedoms, 1.638; a normal one is 1.2816; the median candidate is of size 4.
    assert alone.bounds(np.zeros(3), 0.80)[1] == pytest.approx([1.638 * 5**0.5] * 3, abs=2e-3)
    assert among.bounds(np.zeros(3), 0.80)[1] == pytest.approx([1.2816 * 4 * 5**0.5] * 3, abs=1e-3)


def folds_of(errors: Mapping[str, Sequence[float] | np.ndarray]) -> list[Fold]:
    """One origin after another, one step ahead: nothing came, and each model said its error."""
    origins = zip(*errors.values(), strict=True)
    return [
        Fold(24 + at, np.zeros(1), 1.0, dict(zip(errors, np.array(said)[:, None], strict=True)))
        for at, said in enumerate(origins)
    ]


def test_a_band_rests_on_the_errors_of_what_was_chosen_at_each_origin() -> None:
    """Four origins: who wins in the end was off by 1, but what would have been said by 1, 3, 3 and 1."""
    folds = folds_of({"winner": (1, 1, 1, 1), "rival": (3, 3, 3, 3)})
    found = spread_at(folds, ("winner", "rival", "rival", "winner"), 28)
    assert found is not None
    # Student's quantiles of three freedoms, 1.6377 and 3.1824, times the root of (1 + 9 + 9 + 1) / 4; no band
    # is wider than the largest error, 3, widened by those over the normal ones, 1.2816 and 1.9600. That would
    # be 4.87 at 95%, and 1.9600 / 1.2816 times the 80% band is more.
    assert found.bounds(np.zeros(1), 0.80)[1][0] == pytest.approx(1.6377 * 5**0.5, abs=1e-3)
    assert found.bounds(np.zeros(1), 0.95)[1][0] == pytest.approx(1.6377 * 5**0.5 * 1.5293, abs=1e-3)


def test_an_origin_calibrates_only_as_far_as_it_was_known() -> None:
    folds = [Fold(at, np.zeros(3), 1.0, {"m": np.array([1.0, 1.0, 9.0])}) for at in (24, 25, 26, 27)]
    assert spread_at(folds, ("m",) * 4, 26) is None  # the first two alone
    early, late = spread_at(folds[:3], ("m",) * 3, 27), spread_at(folds, ("m",) * 4, 30)
    assert early is not None and early.own.largest.tolist() == [1, 1, 9]  # the first is known to its end
    assert late is not None and late.freedom == 3


def test_bands_hold_what_they_say_though_the_winner_was_lucky() -> None:
    """Eight models that are equally good, errors of known spread, 600 back-tests: who looks best is no
    better. Its own errors give 80% bands that hold clearly less."""
    rng = np.random.default_rng(7)
    held = {"procedure": 0, "winner": 0}
    for _ in range(600):
        folds = folds_of({f"m{at}": rng.normal(0, 5, 10) for at in range(8)})
        chosen = ["m0", *(winner_of(folds[:at]) for at in range(1, 10))]
        own = spread([fold.past(winner_of(folds)) for fold in folds])
        came = abs(rng.normal(0, 5))
        for name, found in (("procedure", spread_at(folds, chosen, 34)), ("winner", own)):
            assert found is not None
            held[name] += came <= found.bounds(np.zeros(1), 0.80)[1][0]
    margin = 3 * (0.8 * 0.2 / 600) ** 0.5
    assert abs(held["procedure"] / 600 - 0.8) < margin
    assert held["winner"] / 600 < 0.8 - 2 * margin


def winner_of(folds: Sequence[Fold]) -> str:
    return min(folds[0].predicted, key=lambda model: mean_error(folds, model))


def test_one_origin_that_was_far_off_makes_no_band_wider_than_what_it_missed_by() -> None:
    """Nine origins off by 1 and one by 300 from its seventh step on: its first six steps stay sure."""
    past = [Past(np.full(12, 500.0), np.full(12, 501.0)) for _ in range(9)]
    past += [Past(np.full(12, 500.0), 500.0 + np.where(np.arange(12) < 6, 1.0, 300.0))]
    found = spread(past)
    assert found is not None and not found.shares
    low, high = found.bounds(np.full(12, 800.0), 0.95)
    # Student's quantile of nine freedoms over the normal one at 80%, and how much wider 95% is than that.
    widened = 1.3830 / 1.2816 * 1.9600 / 1.2816
    assert high[:6] == pytest.approx([800 + widened] * 6, abs=1e-3)
    assert (800 - low == pytest.approx(high - 800)) and high[-1] <= 800 + widened * 300 + 1e-3


@pytest.mark.parametrize("shares", [False, True], ids=["differences", "shares"])
def test_the_95_band_is_no_80_band_by_another_name_where_the_largest_error_bounds_both(shares: bool) -> None:
    """Six origins that were each off by 1 in 100: both bands end at that, widened by 1.4759 / 1.2816 and by
    2.5706 / 1.9600, so that the wider one would be 1.14 times the other."""
    side = 1.0 if shares else -1.0  # below zero there are no shares
    past = [Past(np.array([100.0 * side]), np.array([101.0 * side])) for _ in range(6)]
    found = spread(past)
    assert found is not None and found.shares == shares
    at = np.array([100.0 * side])
    ends = [found.bounds(at, level)[1] for level in (0.80, 0.95)]
    narrow, wide = (float(np.log(high / at)[0] if shares else (high - at)[0]) for high in ends)
    off = np.log(1.01) if shares else 1.0
    assert narrow == pytest.approx(off * 1.4759 / 1.2816, rel=1e-4)
    assert wide == pytest.approx(narrow * 1.9600 / 1.2816, rel=1e-4)


def test_a_level_shift_gives_a_band_of_its_size_and_not_many_times_the_series(cheap: None) -> None:
    """From 200 to 500 at month 46: what may come is so much more or less again, never five times as much."""
    months, noise = np.arange(60), np.random.default_rng(4).normal(0, 5, 60)
    values = 200 + months + 10 * np.sin(months / 6 * np.pi) + noise + np.where(months >= 46, 300, 0)
    last = forecast(Series(date(2019, 1, 1), "M", values), 12).points[-1]
    assert last.value == pytest.approx(570, rel=0.1)
    assert 200 < last.high_80 - last.value < 350
    assert last.high_95 - last.value < 350 * 1.53
    assert 0 < last.low_95 < last.low_80 < last.value < last.high_80 < last.high_95 < 1_100


def test_two_origins_give_no_interval() -> None:
    assert spread([Past(np.ones(3), np.ones(3) * 2)] * 2) is None


def test_a_series_file_is_read_by_month_and_gaps_stay_gaps(tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_text("ds,y\n" + "".join(f"2025-{m:02},{m if m != 3 else ''}\n" for m in range(1, 11)))
    found = series_file.read(file, "M").series
    assert (len(found), found.gaps, found.date(10)) == (10, 1, date(2025, 11, 1))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a,b\n1,2\n", "in.csv lacks the columns ds and y."),
        ("ds,z\n1,2\n", "in.csv lacks the column y."),
        ("ds,y\n", "no rows"),
        ("ds,y\n2025-01-01,ten\n", "Line 2 of in.csv: 'ten' is no number"),
        ("ds,y\n2025-01-01,1,200\n", "Line 2 of in.csv has the wrong number of fields"),
        ("ds,y\n2025-01-01\n", "Line 2 of in.csv has the wrong number of fields"),
        ("ds,y\nsoon,1\n", "'soon' is no date"),
        ("ds,y\n2017-12-01,1\n2018-01-01zzz,2\n", "Line 3 of in.csv: '2018-01-01zzz' is no date"),
        ("ds,y\n2018-01-01 10:00 or so,2\n", "Line 2 of in.csv: '2018-01-01 10:00 or so' is no date"),
        ("ds,y\n2025-01-01,1\n2025-01-31,2\n", "Two rows fall on the month"),
    ],
)
def test_a_wrong_series_file_is_refused_by_name(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "in.csv").write_text(text)
    with pytest.raises(InputError, match=problem):
        series_file.read(tmp_path / "in.csv", "M")


@pytest.mark.parametrize(
    "written", ["2018-01-31", " 2018-01-31 ", "2018-01-31 00:00:00", "2018-01-31T23:30:00Z", "2018-01"]
)
def test_a_day_of_a_series_file_may_have_a_time_or_be_a_month(tmp_path: Path, written: str) -> None:
    (tmp_path / "in.csv").write_text(f"ds,y\n{written},1\n2018-02-28,2\n")
    found = series_file.read(tmp_path / "in.csv", "M").series
    assert found.start == (date(2018, 1, 1) if written == "2018-01" else date(2018, 1, 31))


@pytest.mark.parametrize(
    ("newest", "told"),
    [
        (["", "nan", "NA"], ["in.csv: the newest 3 values, of 2025-05-01 to 2025-07-01, are empty, so the "
                             "forecast starts after 2025-04-01, the last one that is known."]),
        ([""], ["in.csv: the newest value, of 2025-05-01, is empty, so the forecast starts after 2025-04-01, "
                "the last one that is known."]),
        (["", "5"], []),  # a gap
        ([], []),
    ],
)  # fmt: skip
def test_empty_newest_values_end_a_series_and_are_told(
    tmp_path: Path, newest: list[str], told: list[str]
) -> None:
    values = ["1", "2", "3", "4", *newest]
    rows = [f"2025-{at:02},{value}\n" for at, value in enumerate(values, start=1)]
    (tmp_path / "in.csv").write_text("ds,y\n" + "".join(reversed(rows)))
    found = series_file.read(tmp_path / "in.csv", "M")
    assert list(found.warnings) == told
    assert found.series.date(len(found.series)) == date(2025, 5 if told or not newest else 7, 1)


def test_a_series_file_that_is_no_text_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(b"ds,y\n2025-01-01,1\n# \xa3\n")
    with pytest.raises(InputError, match="in.csv is not text in UTF-8"):
        series_file.read(tmp_path / "in.csv", "M")


def test_half_empty_series_are_refused() -> None:
    days = [date(2026, 1, 1) + timedelta(days=3 * at) for at in range(20)]
    with pytest.raises(InputError, match="values are missing"):
        series(days, [1.0] * 20, "D")
