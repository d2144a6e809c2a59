"""The windows of distinct visitors: people do not add up, so each is counted by the platform itself. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from app.data.connectors.base import Window
from app.periods import DAY, PRESETS, Grain, Period, base, bucket_start, buckets, preset


def visitor_spans(window: Window) -> tuple[Period, ...]:
    """Everything that a read of visitors brings, once: each day, and each window that is kept."""
    days = (window.start + index * DAY for index in range((window.end - window.start).days + 1))
    return (*(Period(day, day) for day in days), *visitor_windows(window))


def visitor_windows(window: Window) -> tuple[Period, ...]:
    """The windows whose distinct visitors are kept: each calendar bucket that the days touch, and every
    preset range with its fair bases, as they stand on `today`.

    Never a single one of the days: these are read as days, and would be counted twice.
    """
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
    return tuple(span for span in found.values() if not _a_day_of(span, window))


def _a_day_of(span: Period, window: Window) -> bool:
    return span.start == span.end and window.start <= span.start <= window.end
