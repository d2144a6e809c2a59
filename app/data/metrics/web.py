"""Visits to the web property, as its analytics platform counts them."""

from __future__ import annotations

from app.data.metrics.base import METRICS, Measure, Metric, of

VISITORS = Measure("visitors", "visitor", "visitors", "window")
SESSIONS = Measure("sessions", "session", "sessions")
ENGAGED = Measure("engaged_sessions", "session", "engaged_sessions")
CONVERTED = Measure("key_event_sessions", "session", "key_event_sessions")
PAGE_VIEWS = Measure("page_views", "session", "page_views")
ENGAGEMENT = Measure("engagement_seconds", "session", "engagement_seconds")

for _metric in (
    Metric("visitors", "count", "up", of(VISITORS), basis="web_analytics", theme="web"),
    Metric("sessions", "count", "up", of(SESSIONS), basis="web_analytics", theme="web"),
    Metric(
        "bounce_rate",
        "ratio",
        "down",
        of(SESSIONS) - of(ENGAGED),
        of(SESSIONS),
        basis="web_analytics",
        theme="web",
        low_volume=True,
    ),
    Metric(
        "engagement_rate",
        "ratio",
        "up",
        of(ENGAGED),
        of(SESSIONS),
        basis="web_analytics",
        theme="web",
        low_volume=True,
    ),
    Metric(
        "session_duration",
        "seconds",
        "up",
        of(ENGAGEMENT),
        of(SESSIONS),
        basis="web_analytics",
        theme="web",
        low_volume=True,
    ),
    Metric(
        "pages_per_session",
        "multiple",
        "up",
        of(PAGE_VIEWS),
        of(SESSIONS),
        basis="web_analytics",
        theme="web",
        low_volume=True,
    ),
    Metric(
        "session_conversion_rate",
        "ratio",
        "up",
        of(CONVERTED),
        of(SESSIONS),
        basis="web_analytics",
        theme="web",
        low_volume=True,
    ),
):
    METRICS.add(_metric)
