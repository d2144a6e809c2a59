"""Which days a sync reads, and which windows of distinct visitors it keeps."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from app.data.connectors.base import Account, Stream, Window
from app.data.connectors.google_analytics import HOST, GoogleAnalytics
from app.data.connectors.google_analytics.windows import visitor_spans, visitor_windows
from app.data.connectors.http import Judge, Session
from app.data.pipeline.windows import due, slices
from tests.ingest_cast import CREDENTIALS

MONDAY = date(2026, 10, 26)
VISITORS = next(stream for stream in GoogleAnalytics.streams if stream.name == "visitors")


@pytest.mark.parametrize("weekday", range(7))
def test_a_first_read_of_visitors_asks_only_for_windows_that_its_load_covers(weekday: int) -> None:
    window = due(VISITORS, "", MONDAY + timedelta(days=weekday))
    asked = {span for one in slices(VISITORS, window) for span in visitor_windows(one)}
    assert asked == set(visitor_windows(window))


class Listener(Session):
    """Keeps the spans of days of which all visitors are asked; answers nothing."""

    def call(self, _method: str, _url: str, _judge: Judge, **options: Any) -> Any:
        names = [one["name"] for one in options["json"]["dimensions"]]
        for span in options["json"]["dateRanges"] if names in ([], ["date"]) else ():
            start, end = (date.fromisoformat(span[side]) for side in ("startDate", "endDate"))
            each = [start + timedelta(days=n) for n in range((end - start).days + 1)]
            self.asked.extend([(day, day) for day in each] if names else [(start, end)])
        return {}

    def hear(self, window: Window) -> list[tuple[date, date]]:
        self.asked: list[tuple[date, date]] = []
        site = Account("318204455", "", "UTC")
        list(GoogleAnalytics(self, HOST, CREDENTIALS).fetch(VISITORS, site, window))
        return self.asked


@pytest.mark.parametrize("since", ["the beginning", "yesterday"])
def test_no_span_of_visitors_is_asked_twice_on_any_day(since: str) -> None:
    """On the 2nd of June 'this month' is the 1st alone, which is asked as a day already."""
    with httpx.Client() as client:
        listener = Listener(client, "google_analytics")
        for number in range(400):
            today = date(2026, 1, 1) + timedelta(days=number)
            window = due(VISITORS, f"{today - timedelta(days=1)}" if since == "yesterday" else "", today)
            asked = listener.hear(window)
            assert len(asked) == len(set(asked)), today
            assert set(asked) == {(span.start, span.end) for span in visitor_spans(window)}, today


def test_a_read_of_days_is_cut_into_requests_that_meet_without_a_gap() -> None:
    stream = Stream("days", ("fact_session",), lambda _row, _context: (), slice_days=10)
    window = Window(date(2026, 1, 1), date(2026, 1, 25), date(2026, 1, 26))
    spans = [(one.start.day, one.end.day) for one in slices(stream, window)]
    assert spans == [(1, 10), (11, 20), (21, 25)]


def test_a_later_read_goes_back_by_the_look_back_and_no_further() -> None:
    window = due(VISITORS, "2026-10-20", date(2026, 10, 26))
    assert (window.start, window.end) == (date(2026, 10, 7), date(2026, 10, 26))


@pytest.mark.parametrize("stream", GoogleAnalytics.streams, ids=lambda stream: stream.name)
def test_a_key_event_is_read_again_until_twelve_days_of_credit_are_over(stream: Stream) -> None:
    """The 13th is still told anew on the 25th; the first sync after that day reads it once more."""
    days = [date(2026, 10, 13) + timedelta(days=n) for n in range(20)]
    reads = [today for today in days if due(stream, f"{today}", today).start <= date(2026, 10, 13)]
    assert reads[-1] == date(2026, 10, 26)
