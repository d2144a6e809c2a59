"""What a training reads, keeps and leaves out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.layouts import forecast_view
from app.ml import runs
from app.ml.runs import ModelRun
from app.training import trainings
from app.training.predictions import read
from tests.fakes import NOW, FakeRunner, services, viewer


@dataclass
class Late(FakeRunner):
    """A source whose newest day is `until`."""

    until: date = date(2026, 2, 28)

    def run(self, query: Any) -> Any:
        frame = super().run(query)
        return replace(frame, freshness=[replace(one, data_until=self.until) for one in frame.freshness])


@pytest.mark.parametrize(
    ("until", "last"),
    [(date(2026, 2, 28), date(2026, 2, 1)), (date(2026, 2, 27), date(2026, 1, 1))],
    ids=["known to the month's end", "a day short"],
)
def test_a_part_of_a_month_is_neither_learnt_nor_shown(tmp_path: Path, until: date, last: date) -> None:
    made = services(tmp_path, Late(until=until))
    known, _, _ = read(made, "mrr", "M")
    assert known is not None and known.date(len(known) - 1) == last
    shown = forecast_view.show(made, viewer(), ModelRun(kind="forecast", subject="mrr", at=NOW, state="done"))
    assert max(day for day, _ in shown.known) == last


def test_days_after_the_newest_known_one_are_not_learnt(tmp_path: Path) -> None:
    known, _, _ = read(services(tmp_path, Late(until=date(2026, 3, 9))), "sessions", "D")
    assert known is not None and known.date(len(known) - 1) == date(2026, 3, 9)


def test_a_subject_names_a_metric_and_a_grain_and_back() -> None:
    assert (runs.subject("mrr", "month"), runs.subject("sessions", "day")) == ("mrr", "sessions_daily")
    assert runs.series_of("mrr") == ("mrr", "month")
    assert runs.series_of("sessions_daily") == ("sessions", "day")


def test_the_timetable_names_every_series_that_is_predicted() -> None:
    assert sorted(trainings.series()) == [("leads", "D"), ("mrr", "D"), ("mrr", "M"), ("sessions", "D")]
