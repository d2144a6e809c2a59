"""GA4's dimensions and metrics as SQL over the simulated sessions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sandbox.campaigns import CAMPAIGNS
from sandbox.timeline import Timeline

_DISPLAY = ", ".join(str(i) for i, c in enumerate(CAMPAIGNS) if c.kind == "DISPLAY")


@dataclass(frozen=True)
class Dimension:
    """One dimension: SQL of its code, the table to join, and how a code is written on the wire."""

    sql: str
    join: str = ""
    write: Callable[[Timeline, object], str] = lambda _, value: str(value)


@dataclass(frozen=True)
class Metric:
    """One metric: its type on the wire and its SQL; `$now` is the instant of asking."""

    type: str
    sql: str


def _date(timeline: Timeline, value: object) -> str:
    return (timeline.start + timedelta(days=int(str(value)))).strftime("%Y%m%d")


def _date_hour(timeline: Timeline, value: object) -> str:
    day, hour = divmod(int(str(value)), 24)
    return f"{_date(timeline, day)}{hour:02d}"


DIMENSIONS: dict[str, Dimension] = {
    "date": Dimension("s.day", write=_date),
    "dateHour": Dimension("s.day::integer * 24 + s.hour", write=_date_hour),
    "hour": Dimension("s.hour", write=lambda _, value: f"{int(str(value)):02d}"),
    "sessionSource": Dimension("c.source", "c"),
    "sessionMedium": Dimension("c.medium", "c"),
    "sessionSourceMedium": Dimension("c.source || ' / ' || c.medium", "c"),
    "sessionDefaultChannelGroup": Dimension(
        f"case when s.campaign in ({_DISPLAY}) then 'Display' else c.grp end", "c"
    ),
    "sessionCampaignName": Dimension("u.name", "u"),
    "sessionCampaignId": Dimension("u.campaign_id", "u"),
    "deviceCategory": Dimension("v.name", "v"),
    "newVsReturning": Dimension("case when s.first then 'new' else 'returning' end"),
    "country": Dimension("p.country", "p"),
    "countryId": Dimension("p.country_id", "p"),
    "region": Dimension("p.region", "p"),
    "landingPage": Dimension("l.page", "l"),
}
JOINS = {
    "c": "join dim_channel c using (channel)",
    "u": "join dim_utm u using (utm)",
    "v": "join dim_device v using (device)",
    "p": "join dim_place p using (place)",
    "l": "join dim_landing l using (landing)",
}

_KEY = "sum(case when s.event > 0 and s.event_at <= $now then 1 else 0 end)"
METRICS: dict[str, Metric] = {
    "sessions": Metric("TYPE_INTEGER", "count(*)"),
    "engagedSessions": Metric("TYPE_INTEGER", "sum(s.engaged::integer)"),
    "totalUsers": Metric("TYPE_INTEGER", "count(distinct s.visitor)"),
    "activeUsers": Metric(
        "TYPE_INTEGER", "count(distinct case when s.engaged or s.first then s.visitor end)"
    ),
    "newUsers": Metric("TYPE_INTEGER", "sum(s.first::integer)"),
    "screenPageViews": Metric("TYPE_INTEGER", "sum(s.pages)"),
    "userEngagementDuration": Metric("TYPE_SECONDS", "sum(s.seconds)"),
    "averageSessionDuration": Metric("TYPE_SECONDS", "sum(s.seconds) / count(*)::double"),
    "bounceRate": Metric("TYPE_FLOAT", "1 - sum(s.engaged::integer) / count(*)::double"),
    "engagementRate": Metric("TYPE_FLOAT", "sum(s.engaged::integer) / count(*)::double"),
    "keyEvents": Metric("TYPE_FLOAT", _KEY),
    "sessionKeyEventRate": Metric("TYPE_FLOAT", f"{_KEY} / count(*)::double"),
    "userKeyEventRate": Metric(
        "TYPE_FLOAT",
        "count(distinct case when s.event > 0 and s.event_at <= $now then s.visitor end) "
        "/ count(distinct s.visitor)::double",
    ),
    "eventCount": Metric("TYPE_INTEGER", f"sum(s.pages) + count(*) + sum(s.first::integer) + {_KEY}"),
    "totalRevenue": Metric("TYPE_CURRENCY", "sum(0)"),
}
for _code, _name in enumerate(("newsletter_signup", "pricing_download", "demo_request", "signup"), 1):
    METRICS[f"keyEvents:{_name}"] = Metric(
        "TYPE_FLOAT", f"sum(case when s.event = {_code} and s.event_at <= $now then 1 else 0 end)"
    )

EVENT_SCOPED = ("source", "medium", "campaignId", "campaignName", "defaultChannelGroup", "sourceMedium")
NOT_WITH_EVENT_SCOPED = (
    "screenPageViews",
    "averageSessionDuration",
    "eventCount",
    "newUsers",
    "transactions",
    "userEngagementDuration",
)
