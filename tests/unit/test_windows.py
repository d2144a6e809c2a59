"""Which days a sync reads, and which windows of distinct visitors it keeps."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.data.connectors.base import Stream, Window
from app.data.connectors.google_analytics import GoogleAnalytics
from app.data.connectors.google_analytics.windows import visitor_windows
from app.data.pipeline.windows import due, slices

MONDAY = date(2026, 10, 26)
VISITORS = next(stream for stream in GoogleAnalytics.streams if stream.name == "visitors")


@pytest.mark.parametrize("weekday", range(7))
def test_a_first_read_of_visitors_asks_only_for_windows_that_its_load_covers(weekday: int) -> None:
    window = due(VISITORS, "", MONDAY + timedelta(days=weekday))
    asked = {span for one in slices(VISITORS, window) for span in visitor_windows(one)}
    assert asked == set(visitor_windows(window))


def test_a_read_of_days_is_cut_into_requests_that_meet_without_a_gap() -> None:
    stream = Stream("days", ("fact_session",), lambda _row, _context: (), slice_days=10)
    window = Window(date(2026, 1, 1), date(2026, 1, 25), date(2026, 1, 26))
    spans = [(one.start.day, one.end.day) for one in slices(stream, window)]
    assert spans == [(1, 10), (11, 20), (21, 25)]


def test_a_later_read_goes_back_by_the_look_back_and_no_further() -> None:
    window = due(VISITORS, "2026-10-20", date(2026, 10, 26))
    assert (window.start, window.end) == (date(2026, 10, 16), date(2026, 10, 26))
