"""The cards that say how good models are: measures in plain words, and the specification's targets."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from typing import Any

from app.data.metrics.base import METRICS
from app.data.query.predictions import CustomerScore, ForecastPoint
from app.layouts import score_view
from app.layouts.forecast_view import Shown
from app.layouts.markup import sketch
from app.layouts.outlook import bands
from app.layouts.pages.customers import MOST_LISTED, _entries, _importance, _model_card
from app.layouts.pages.forecasts import _points, _scores, _tabs
from app.ml import runs
from app.ml.features import FEATURES
from app.ml.runs import ModelRun
from app.ml.specified import CHURN, FORECAST
from app.periods import Grain
from app.units import Units
from tests.fakes import NOW

UNITS = Units("USD")
NAIVE: dict[str, Any] = {"mape": 0.1, "wape": 0.1, "mase": 1.3, "r2": -0.4, "coverage": {"80%": 0.8}}
WORTH: dict[str, Any] = {
    "winner": "ets", "mape": 0.05, "wape": 0.04, "mase": 0.9, "r2": 0.5, "versus_naive": 0.6,
    "coverage": {"80%": 0.796, "95%": 0.878}, "counted": 84, "better_than_naive": True, "origins": 10,
    "values": 60, "horizon": 12, "models": {"seasonal_naive": NAIVE},
}  # fmt: skip
JUDGED: dict[str, Any] = {
    "rows": 2378, "groups": 1234, "auc": 0.8, "error": 0.02, "pr_auc": 0.3, "base_rate": 0.1,
    "calibration_error": 0.03, "precision": 0.85, "recall": 0.4, "f1": 0.54, "lift": 3.1, "signal": True,
    "judged_on": ["2026-08-27", "2026-07-28"], "trained_on": ["2026-01-01"], "training_rows": 9000,
}  # fmt: skip


def text_of(card: Any) -> str:
    """What a card says, without its tags."""
    return " ".join(re.sub("<[^>]*>", " ", unescape(sketch(card))).split())


def scorecard(metric: str, grain: Grain, **found: Any) -> Any:
    run = ModelRun(kind="forecast", subject=runs.subject(metric, grain), at=NOW, state="done")
    run.scores = WORTH | found
    return _scores(Shown(run, METRICS.get(metric), grain, (), (), ()), UNITS)


def test_the_specifications_figures_are_targets_of_revenue_by_month() -> None:
    text = text_of(scorecard("mrr", "month"))
    assert "5.0% 10.0% ≤ 8.5% met" in text and "0.50 −0.40 ≥ 0.92 not met" in text
    assert "Targets are those of the specification, not results." in text
    assert "Target" not in text_of(scorecard("mrr", "day"))


def test_the_targets_are_those_that_the_specification_names() -> None:
    assert {name: one.value for name, one in FORECAST.items()} == {"mape": 0.085, "r2": 0.92}
    wanted = {"auc": 0.89, "precision": 0.84, "recall": 0.78, "f1": 0.81}
    assert {name: one.value for name, one in CHURN.items()} == wanted
    assert (FORECAST["mape"].met(0.085), FORECAST["mape"].met(0.09), CHURN["auc"].met(0.88)) == (
        True,
        False,
        False,
    )


def test_a_band_says_how_many_past_values_it_held_or_else_what_it_is_meant_to() -> None:
    held = "67 within the 80% band (67 expected), 74 within the 95% band (80 expected)."
    assert bands(WORTH) == f"Tried on 84 past values: {held}"
    assert bands({"coverage": WORTH["coverage"]}) == "Bands meant to hold 80% and 95% of what comes."


def test_a_forecast_that_is_no_better_says_in_what() -> None:
    worse = text_of(scorecard("sessions", "day", mase=1.21, better_than_naive=False))
    assert "Errs more than last week’s value usually did (MASE 1.21)" in worse
    level = text_of(scorecard("sessions", "day", versus_naive=1.02, better_than_naive=False))
    assert "Errs no less than seasonal naive did at the same moments" in level


def test_a_share_of_values_near_zero_is_a_dash_with_its_reason() -> None:
    text = text_of(scorecard("leads", "day", mape=None))
    assert "MAPE – 10.0%" in text and "some values lie near zero" in text


def test_each_measure_is_explained_for_a_mouse_and_for_a_keyboard() -> None:
    for card in (scorecard("mrr", "month"), _model_card(JUDGED, UNITS, whole=True)):
        written = unescape(sketch(card))
        head, rest = written.split("</summary>", 1)
        body = rest.split("</details>", 1)
        assert "<details" in head  # a summary takes the focus and opens with a key
        for name in ("MAPE", "MASE") if "MAPE" in written else ("PR-AUC", "Calibration error"):
            assert name in body[0] and name in body[1]
        assert 'title="' in body[1]


def test_scores_of_customers_say_rows_customers_and_targets() -> None:
    text = text_of(_model_card(JUDGED, UNITS, whole=True))
    assert "Judged on 2,378 rows of 1,234 customers held out" in text
    assert "Target ≥ 0.89 not met" in text and "Target ≥ 84.0% met" in text


def test_what_moves_a_score_is_told_in_shares_of_all_that_does() -> None:
    """Ten facts, of which eight are shown; the shares are of all ten."""
    few = FEATURES[3:11]
    sizes = {"days_to_renewal": 2.1, "late_share_180": 0.6} | dict.fromkeys(few, 0.0375)
    text = text_of(_importance({"importance": sizes}))
    assert "Fact Share days to renewal 70.0% invoices paid late 20.0%" in text


def test_whoever_sees_a_part_of_the_company_is_told_no_count_of_the_whole() -> None:
    text = text_of(_model_card(JUDGED, UNITS, whole=False))
    assert (
        "held out, as of 28 Jul 2026 and 27 Aug 2026" in text
        and "How many: – (not available in your scope)" in text
    )
    assert "Base rate – Not available in your scope." in text and "0.80 ± 0.04" in text
    assert [count for count in ("2,378", "1,234", "9,000", "10.0%") if count in text] == []


def test_one_series_is_shown_and_the_others_are_a_link_away() -> None:
    found = [ModelRun(subject=name) for name in ("mrr", "sessions_daily")]
    drawn = sketch(_tabs(found, found[1]))
    assert 'href="/forecasts?series=mrr"' in drawn
    (here,) = re.findall(r"<a [^>]*aria-current[^>]*>([^<]*)", drawn)
    assert here == "Sessions, the next seven days"


def test_the_points_of_a_chart_are_a_table_too() -> None:
    point = ForecastPoint(
        date(2026, 7, 1), 1, 1250.0, 1100.0, 1400.0, 1000.0, 1500.0, date(2026, 6, 1), "ets"
    )
    shown = Shown(ModelRun(subject="mrr", scores=WORTH), METRICS.get("mrr"), "month", (), (point,), ())
    text = text_of(_points(shown, UNITS))
    assert "Predicted, USD" in text and text.endswith("Jul 2026 1,250 1,100 1,400 1,000 1,500")


def score(number: int, intervention: str = "renewal") -> CustomerScore:
    reasons = '[["users_trend", 0.4], ["days_to_renewal", 0.2]]'
    return CustomerScore(
        f"C-{number}", date(2026, 3, 8), 0.314, reasons, intervention, "Team", "DE", "Berlin"
    )


def test_a_phone_lists_why_a_customer_may_leave_and_what_to_do_below_each() -> None:
    said = text_of(_entries(score_view.lines([score(1), score(2, "")]), UNITS))
    why = "Team, DE Why: active users fall, renewal is near"
    assert f"C-1 31.4% {why} What to do: Talk about the renewal now C-2 31.4% {why}" in said
    assert said.count("What to do") == 1  # nothing is suggested for the second
    assert "wider screen" not in said


def test_a_phone_says_how_many_customers_its_list_leaves_out() -> None:
    said = text_of(_entries(score_view.lines([score(number) for number in range(MOST_LISTED + 20)]), UNITS))
    assert "C-99 " in said and "C-100" not in said
    assert said.endswith("The 100 likeliest to leave of 120. A wider screen lists all.")
