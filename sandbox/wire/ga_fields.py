"""GA4's dimensions and metrics as SQL over the simulated sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sandbox.campaigns import CAMPAIGNS

_DISPLAY = ", ".join(str(i) for i, c in enumerate(CAMPAIGNS) if c.kind == "DISPLAY")


@dataclass(frozen=True)
class Dimension:
    """One dimension: SQL of its code, the table to join, and SQL that writes a `{code}` as on the wire.

    `{start}` in it is the first marketing day.
    """

    sql: str
    join: str = ""
    text: str = "{code}"

    def written(self, code: str, start: date) -> str:
        """SQL of the text of a code."""
        return self.text.format(code=code, start=start)


@dataclass(frozen=True)
class Metric:
    """One metric: its type on the wire and its SQL; `$now` is the instant of asking."""

    type: str
    sql: str


_DATE = "strftime(date '{start}' + {code}::integer, '%Y%m%d')"
_DATE_HOUR = "strftime(timestamp '{start}' + to_hours(({code})::integer), '%Y%m%d%H')"
_HOUR = "lpad(({code})::varchar, 2, '0')"

DIMENSIONS: dict[str, Dimension] = {
    "date": Dimension("s.day", text=_DATE),
    "dateHour": Dimension("s.day::integer * 24 + s.hour", text=_DATE_HOUR),
    "hour": Dimension("s.hour", text=_HOUR),
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
