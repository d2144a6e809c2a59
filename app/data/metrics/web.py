"""Visits to the web property, as its analytics platform counts them."""

from __future__ import annotations

from app.data.metrics.base import METRICS, Measure, Metric, of

VISITORS = Measure("visitors", "visitor", "visitors", "window")
SESSIONS = Measure("sessions", "session", "sessions")
ENGAGED = Measure("engaged_sessions", "session", "engaged_sessions")
CONVERTED = Measure("key_event_sessions", "session", "key_event_sessions")
PAGE_VIEWS = Measure("page_views", "session", "page_views")
ENGAGEMENT = Measure("engagement_seconds", "session", "engagement_seconds")
ANALYTICS = "As counted by the web property's analytics platform."

for _metric in (
    Metric(
        "visitors",
        "Visitors",
        "Distinct visitors of the range. Visitors cannot be added over days or segments, so they are known"
        " only for ranges that the platform counted as a whole.",
        "count",
        "up",
        of(VISITORS),
        source=ANALYTICS,
        group="Web",
    ),
    Metric(
        "sessions",
        "Sessions",
        "Visits to the site.",
        "count",
        "up",
        of(SESSIONS),
        source=ANALYTICS,
        group="Web",
    ),
    Metric(
        "bounce_rate",
        "Bounce rate",
        "Sessions that were not engaged, divided by sessions; engaged: 10 seconds, two views or a key event.",
        "ratio",
        "down",
        of(SESSIONS) - of(ENGAGED),
        of(SESSIONS),
        source=ANALYTICS,
        group="Web",
        low_volume=True,
    ),
    Metric(
        "engagement_rate",
        "Engagement rate",
        "Engaged sessions divided by sessions, one less the bounce rate; engaged: 10 seconds, two views or a"
        " key event.",
        "ratio",
        "up",
        of(ENGAGED),
        of(SESSIONS),
        source=ANALYTICS,
        group="Web",
        low_volume=True,
    ),
    Metric(
        "session_duration",
        "Session duration",
        "Engaged seconds divided by sessions, bounces included.",
        "seconds",
        "up",
        of(ENGAGEMENT),
        of(SESSIONS),
        source=ANALYTICS,
        group="Web",
        low_volume=True,
    ),
    Metric(
        "pages_per_session",
        "Pages per session",
        "Page views divided by sessions.",
        "multiple",
        "up",
        of(PAGE_VIEWS),
        of(SESSIONS),
        source=ANALYTICS,
        group="Web",
        low_volume=True,
    ),
    Metric(
        "session_conversion_rate",
        "Session conversion rate",
        "Sessions with at least one key event, divided by sessions.",
        "ratio",
        "up",
        of(CONVERTED),
        of(SESSIONS),
        source=ANALYTICS,
        group="Web",
        low_volume=True,
    ),
):
    METRICS.add(_metric)
