"""The windows of distinct visitors: people do not add up, so each is counted by the platform itself. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from app.data.connectors.base import Window
from app.periods import DAY, PRESETS, Grain, Period, base, bucket_start, buckets, preset


def visitor_spans(window: Window) -> tuple[Period, ...]:
    """Everything that a read of visitors brings: each day, and each window that is kept."""
    days = (window.start + index * DAY for index in range((window.end - window.start).days + 1))
    spans = [(day, day) for day in days] + [(one.start, one.end) for one in visitor_windows(window)]
    return tuple(Period(*span) for span in dict.fromkeys(spans))


def visitor_windows(window: Window) -> tuple[Period, ...]:
    """The windows whose distinct visitors are kept: each calendar bucket that the days touch, and every
    preset range with its fair bases, as they stand on `today`."""
    found: dict[tuple[date, date], Period] = {}
    touched = Period(window.start, window.end)
    grains: tuple[Grain, ...] = ("week", "month", "quarter", "year")
    for grain in grains:
        whole = replace(touched, start=bucket_start(window.start, grain))
        for bucket in buckets(whole, grain):
            found[(bucket.start, bucket.end)] = bucket
    for name in PRESETS:
        span = preset(name, window.today)
        for one in (span, base(span, "previous"), base(span, "year")):
            if one and one.start >= window.today - 731 * DAY:
                found[(one.start, one.end)] = one
    return tuple(found.values())
