"""Google Analytics 4 rows to sessions, hours, landing pages and visitor windows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.data.transform import (
    Context,
    Untypable,
    Values,
    country,
    day,
    device,
    fraction,
    stored,
    text,
    traffic,
    whole,
)
from app.text import t

ALL = "*"


def _counts(row: Mapping[str, Any]) -> dict[str, object]:
    sessions = whole(row, "sessions")
    return {
        "sessions": sessions,
        "engaged_sessions": whole(row, "engagedSessions"),
        # The rate over these very sessions is exact, so the count behind it is whole.
        "key_event_sessions": round(fraction(row, "sessionKeyEventRate") * sessions),
        "page_views": whole(row, "screenPageViews"),
        "engagement_seconds": round(fraction(row, "userEngagementDuration")),
        "key_events": round(fraction(row, "keyEvents")),
    }


def _traffic(row: Mapping[str, Any]) -> tuple[Mapping[str, object], Sequence[tuple[str, Values]]]:
    return traffic(row.get("sessionSource"), row.get("sessionMedium"), row.get("sessionCampaignName"))


def session(row: Mapping[str, Any], context: Context) -> Iterator[tuple[str, Values]]:
    keys, dimensions = _traffic(row)
    yield from dimensions
    yield (
        "fact_session",
        {
            **context.key,
            **keys,
            "date": day(row.get("date"), "date"),
            "device": device(row.get("deviceCategory")),
            "visitor_type": text(row.get("newVsReturning")),
            "country": country(row.get("countryId")),
            "region": text(row.get("region")),
            **_counts(row),
        },
    )


def session_hour(row: Mapping[str, Any], context: Context) -> Iterator[tuple[str, Values]]:
    keys, dimensions = _traffic(row)
    yield from dimensions
    local, hour, moment = local_hour(str(row.get("dateHour")), context.time_zone)
    yield (
        "fact_session_hour",
        {
            **context.key,
            **keys,
            "date": local,
            "hour": hour,
            "instant": moment,
            "device": device(row.get("deviceCategory")),
            **_counts(row),
        },
    )


def landing_page(row: Mapping[str, Any], context: Context) -> Iterator[tuple[str, Values]]:
    yield (
        "fact_landing",
        {
            **context.key,
            "date": day(row.get("date"), "date"),
            "landing_page": text(row.get("landingPage")),
            "device": device(row.get("deviceCategory")),
            **_counts(row),
        },
    )


def visitor_window(row: Mapping[str, Any], context: Context) -> Iterator[tuple[str, Values]]:
    visitors = whole(row, "totalUsers")
    yield (
        "fact_visitor_window",
        {
            **context.key,
            "window_start": day(row.get("windowStart"), "windowStart"),
            "window_end": day(row.get("windowEnd"), "windowEnd"),
            "device": device(row["deviceCategory"]) if "deviceCategory" in row else ALL,
            "visitor_type": text(row["newVsReturning"]) if "newVsReturning" in row else ALL,
            "country": country(row["countryId"]) if "countryId" in row else ALL,
            "region": text(row["region"]) if "region" in row else ALL,
            "visitors": visitors,
            "converted_visitors": round(fraction(row, "userKeyEventRate") * visitors),
        },
    )


def local_hour(stamp: str, zone: str) -> tuple[Any, int, datetime]:
    """Day, hour and UTC instant of `YYYYMMDDHH` in a zone (the first of a doubled hour)."""
    try:
        local = datetime.strptime(stamp, "%Y%m%d%H").replace(tzinfo=ZoneInfo(zone))
    except ValueError:
        raise Untypable(t("connectors.reason_date_hour", value=stamp)) from None
    return local.date(), local.hour, stored(local.astimezone(UTC))
