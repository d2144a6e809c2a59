"""The forecast view of the MRR card: the fan with its judgement, or why there is none."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

from app.accounts.permissions import ANALYSIS
from app.data.query.predictions import ForecastPoint
from app.data.query.spec import Filter, Scope
from app.errors import AccessDenied
from app.layouts.board import context_of, one
from app.layouts.dashboards.base import DASHBOARDS
from app.layouts.forecast_view import show
from app.layouts.forecast_view import trained as trainings
from app.layouts.pages.base import PAGES, PageContext
from app.ml import runs
from app.ml.runs import ModelRun
from app.periods import shift_months
from app.services import Services
from tests.fakes import NOW, FakeRunner, services, viewer

MADE_ON = date(2026, 2, 1)
POINTS = tuple(
    ForecastPoint(shift_months(MADE_ON, n), n, 130_000.0 + 1_000 * n, 125_000.0, 140_000.0, 120_000.0,
                  151_234.5, MADE_ON, "ets")
    for n in range(1, 13)
)  # fmt: skip
SCORES: dict[str, Any] = {
    "made_on": "2026-02-01", "winner": "ets", "mase": 0.81, "mape": 0.042, "wape": 0.038, "r2": 0.52,
    "better_than_naive": True, "coverage": {"80%": 0.78, "95%": 0.93}, "counted": 84,
    "models": {"seasonal_naive": {"mase": 1.31, "mape": 0.0775, "wape": 0.0712, "r2": -0.4}},
}  # fmt: skip


@dataclass
class Forecasting(FakeRunner):
    """Has a forecast of MRR for those who may see the whole company."""

    def forecasts(self, query: Any) -> tuple[ForecastPoint, ...]:
        if not query.scope.unrestricted:
            raise AccessDenied("Not within your scope.", hint="Your view is limited by region.")
        return POINTS


def card(made: Services, search: str = "", who: Any = None) -> str:
    board = DASHBOARDS.get("executive")
    widget = next(entry for entry in board.widgets() if entry.id == "mrr")
    return unescape(
        one(made, widget, context_of(made, who or viewer(), PAGES.get("executive").id, search)).html
    )


def trained(home: Path, **scores: Any) -> Services:
    made = services(home, Forecasting())
    with made.database.session() as session:
        session.add(ModelRun(kind="forecast", subject="mrr", at=NOW, state="done", scores=SCORES | scores))
    return made


def test_the_card_names_winner_errors_beside_the_naive_and_measured_coverage(
    tmp_path: Path,
) -> None:
    text = card(trained(tmp_path))
    assert "Feb 2027: $142K; the 95% band runs from $120K to $151.2K." in text
    assert "ETS, twelve months ahead, known up to Feb 2026." in text
    assert (
        "Tried on the past (seasonal naive): MASE 0.81 (1.31), MAPE 4.2% (7.8%), WAPE 3.8% (7.1%), "
        "R² out of sample 0.52 (−0.40)." in text
    )
    held = "66 within the 80% band (67 expected), 78 within the 95% band (80 expected)."
    assert f"runs from $120K to $151.2K. Tried on 84 past values: {held}" in text
    assert "Errs" not in text


def test_the_card_leads_to_its_record_whoever_may_see_it(tmp_path: Path) -> None:
    made, reader = trained(tmp_path), viewer()
    assert re.search(r'<a [^>]*href="/forecasts\?series=mrr"[^>]*>How good is it\?</a>', card(made))
    shut = replace(reader, permissions=reader.permissions - {ANALYSIS})
    told = card(made, who=shut)
    assert "$151,234.50" in told and "/forecasts" not in told


def test_the_fan_goes_on_from_the_last_month_that_the_model_knew(tmp_path: Path) -> None:
    text = card(trained(tmp_path))
    assert "twelve months ahead, known up to Feb 2026" in text
    assert "$151,234.50" in text  # the end of the 95% band, in the table of the view


def test_a_forecast_with_a_mase_of_one_or_more_is_marked(tmp_path: Path) -> None:
    text = card(trained(tmp_path, mase=1.08, better_than_naive=False))
    assert "Errs more than last year’s value usually did (MASE 1.08). Tried on the past" in text


def test_without_a_forecast_the_card_says_so_and_offers_one_way(tmp_path: Path) -> None:
    text = card(services(tmp_path))
    assert "No forecast yet." in text
    assert text.count('href="/forecasts"') == 2  # in the view and in its table


def test_a_part_of_the_company_has_no_forecast_and_the_filters_can_be_lifted(tmp_path: Path) -> None:
    text = card(trained(tmp_path), "?plan=Team")
    assert "A forecast is of the whole company; there is none of a part." in text
    assert "Lift all filters" in text and "$151,234.50" not in text


def test_a_reader_of_one_region_is_told_why_there_is_no_forecast(tmp_path: Path) -> None:
    scoped = replace(viewer(), scope=Scope((Filter("region", ("California",)),)))
    text = card(trained(tmp_path), who=scoped)
    assert "Your view is limited by region." in text
    assert "$151,234.50" not in text


def test_a_training_that_is_kept_late_is_not_told_of_the_forecast_of_another(tmp_path: Path) -> None:
    made = trained(tmp_path)  # of today, on the points that are shown
    late = SCORES | {"made_on": "2026-01-01", "winner": "seasonal_naive", "better_than_naive": False}
    with made.database.session() as session:
        run = ModelRun(kind="forecast", subject="mrr", at=NOW - timedelta(days=28), state="done", scores=late)
        session.add(run)
    (newest,) = runs.newest(made.database, "forecast")
    last = runs.last(made.database, "forecast", "mrr")
    assert newest.at == NOW and last is not None and last.at == NOW
    assert "Seasonal naive itself did best" not in card(made)


def test_points_stand_beside_the_scores_of_the_training_that_made_them(tmp_path: Path) -> None:
    made = trained(tmp_path)
    unpublished = SCORES | {"made_on": "2026-03-01", "mase": 0.5}  # its points wait for the next publish
    with made.database.session() as session:
        session.add(
            ModelRun(
                kind="forecast", subject="mrr", at=NOW + timedelta(hours=1), state="done", scores=unpublished
            )
        )
    assert "MASE 0.81" in card(made)
    shown = show(made, viewer(), trainings(made)[0])
    assert (shown.run.at, shown.scores["mase"], {point.made_on for point in shown.points}) == (
        NOW,
        0.81,
        {MADE_ON},
    )


def test_a_series_that_nothing_was_trained_for_is_named_and_the_first_is_shown(tmp_path: Path) -> None:
    made, page = services(tmp_path, Forecasting()), PAGES.get("forecasts")
    with made.database.session() as session:
        session.add(ModelRun(kind="forecast", subject="mrr", at=NOW, state="not_enough_history", note="Few."))
    said = str(page.layout(PageContext(made, viewer(), "series=xx")))
    assert "Unknown series 'xx'." in said and "aria-current" in said
    assert "Unknown series" not in str(page.layout(PageContext(made, viewer(), "series=mrr")))
