"""Where a value should be by today, and how far it is."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from app.data.query.frame import Target
from app.layouts.board import context_of
from app.layouts.pacing import pace, question
from app.periods import Period
from tests.fakes import services, viewer


def test_a_level_is_due_on_the_line_from_where_it_started(tmp_path: Path) -> None:
    context = context_of(services(tmp_path), viewer(), "executive", "")
    target = Target("mrr", date(2026, 3, 2), date(2026, 3, 21), 200.0)
    found = pace(target, 130.0, 100.0, context)
    assert found is not None
    assert found.reached == pytest.approx(0.65)
    assert found.due == pytest.approx(0.75)  # half of the way from 100 to 200
    assert found.on_pace == pytest.approx(130 / 150)


def test_a_flow_is_counted_over_the_days_of_its_target(tmp_path: Path) -> None:
    context = context_of(services(tmp_path), viewer(), "executive", "?range=last_7_days")
    target = Target("leads", date(2026, 3, 2), date(2026, 3, 21), 400.0)
    assert question(target, context).period == Period(date(2026, 3, 2), date(2026, 3, 11))
    found = pace(target, 9_999.0, 220.0, context)
    assert found is not None
    assert found.on_pace == pytest.approx(220 / 200)


def test_without_a_value_there_is_no_pace(tmp_path: Path) -> None:
    context = context_of(services(tmp_path), viewer(), "executive", "")
    target = Target("mrr", date(2026, 3, 2), date(2026, 3, 21), 200.0)
    assert pace(target, None, 100.0, context) is None
