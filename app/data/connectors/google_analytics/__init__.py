"""Google Analytics 4, Data API v1beta: sessions, hours, landing pages and distinct visitors of windows.

Source: https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/properties/runReport
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from math import ceil
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import httpx

from app.data.connectors.base import (
    CONNECTORS,
    Account,
    ConnectorKind,
    CredentialField,
    PayloadRow,
    Stream,
    Window,
)
from app.data.connectors.google_analytics import records
from app.data.connectors.google_analytics.windows import visitor_spans, visitor_windows
from app.data.connectors.http import (
    QUOTED,
    Session,
    by_status,
    count_in,
    message_of,
    object_in,
    other_shape,
    retry_after,
    rows_in,
)
from app.data.connectors.oauth import GOOGLE_FIELDS, google
from app.errors import SourceError, SourcePermanent, SourceTransient
from app.periods import DAY, Period
from app.text import t

SCOPE = "https://www.googleapis.com/auth/analytics.readonly"
PAGE = 10_000  # rows of one answer, each of 4 KB once it is parsed: what a worker holds at once
ATTEMPTS = 3
# Days read again: what came late is in after three, but whom a key event is credited to is told anew for up
# to twelve, and the day itself is not over when it is read first.
LOOK_BACK = 13
RANGES_A_REQUEST = 4  # the API's limit
EXHAUSTED_HOUR = 1800.0  # what an exhausted hourly pool needs at least
BUSY = 30.0  # seconds until fewer reports are in flight
QUOTA_ZONE = "America/Los_Angeles"  # at whose midnight the tokens of a day come back
DAILY = "tokensPerDay"
POOLS = (DAILY, "tokensPerHour", "tokensPerProjectPerHour")

COUNTS = (
    "sessions",
    "engagedSessions",
    "sessionKeyEventRate",
    "screenPageViews",
    "userEngagementDuration",
    "keyEvents",
)
TRAFFIC = ("sessionSource", "sessionMedium", "sessionCampaignName")
DIMENSIONS: dict[str, tuple[str, ...]] = {
    "sessions": (
        "date",
        *TRAFFIC,
        "sessionCampaignId",
        "deviceCategory",
        "newVsReturning",
        "countryId",
        "region",
    ),
    "session_hours": ("dateHour", *TRAFFIC, "sessionCampaignId", "deviceCategory"),
    "landing_pages": ("date", "landingPage", "deviceCategory"),
}
VISITOR_COUNTS = ("totalUsers", "userKeyEventRate")
# Distinct people do not add up, so each way of looking at them is counted by the platform itself.
VISITOR_BREAKDOWNS: tuple[tuple[str, ...], ...] = (
    (),
    ("deviceCategory",),
    ("newVsReturning",),
    ("countryId",),
    ("region",),
)


class GoogleAnalytics:
    """One GA4 property, read by reports."""

    id: ClassVar[str] = "google_analytics"
    streams: ClassVar[tuple[Stream, ...]] = (
        Stream(
            "sessions",
            ("fact_session", "dim_traffic", "dim_campaign"),
            records.session,
            lookback_days=LOOK_BACK,
            slice_days=61,
        ),
        Stream(
            "session_hours",
            ("fact_session_hour", "dim_traffic", "dim_campaign"),
            records.session_hour,
            lookback_days=LOOK_BACK,
            slice_days=14,
            history_days=60,
        ),
        Stream(
            "landing_pages", ("fact_landing",), records.landing_page, lookback_days=LOOK_BACK, slice_days=92
        ),
        Stream(
            "visitors",
            ("fact_visitor_window",),
            records.visitor_window,
            by="window",
            spans=visitor_spans,
            lookback_days=LOOK_BACK,
        ),
    )

    def __init__(self, http: Session, base_url: str, credentials: Mapping[str, Any]) -> None:
        self.http = http
        # Ten server errors within an hour block the property for everybody, each of its tries counts.
        self.http.attempts = min(self.http.attempts, ATTEMPTS)
        self.base_url = base_url
        self.properties = _properties(credentials)
        self._low: dict[str, tuple[str, int] | None] = {}
        token_url = f"{base_url}/token"
        if base_url == HOST:
            token_url = str(credentials.get("token_uri") or "https://oauth2.googleapis.com/token")
        http.sign_in = google(http, credentials, token_url, SCOPE)

    def accounts(self) -> tuple[Account, ...]:
        """Each property, with the zone and currency that its reports state."""
        return tuple(self._account(property_id) for property_id in self.properties)

    def fetch(self, stream: Stream, account: Account, window: Window) -> Iterator[list[PayloadRow]]:
        """Pages of rows by name; every value is text, as on the wire."""
        if stream.name == "visitors":
            yield from self._visitors(account, window)
            return
        span = {"startDate": window.start.isoformat(), "endDate": window.end.isoformat()}
        names = DIMENSIONS[stream.name]
        yield from self._report(account.id, names, COUNTS, [span], names)

    def _account(self, property_id: str) -> Account:
        body = {
            "metrics": [{"name": "sessions"}],
            "dateRanges": [{"startDate": "yesterday", "endDate": "yesterday"}],
        }
        metadata = object_in(self._ask(property_id, body), "metadata", self.id)
        zone = str(metadata.get("timeZone") or "UTC")
        return Account(
            property_id,
            t("connectors.google_analytics_property", property=property_id),
            zone,
            str(metadata.get("currencyCode") or ""),
        )

    def _visitors(self, account: Account, window: Window) -> Iterator[list[PayloadRow]]:
        days = {"startDate": window.start.isoformat(), "endDate": window.end.isoformat()}
        for names in VISITOR_BREAKDOWNS:
            daily = ("date", *names)
            for page in self._report(account.id, daily, VISITOR_COUNTS, [days], daily):
                yield [row | {"windowStart": row["date"], "windowEnd": row["date"]} for row in page]
        spans = iter(visitor_windows(window))
        while group := tuple(islice(spans, RANGES_A_REQUEST)):
            for names in VISITOR_BREAKDOWNS:
                yield from self._windows(account.id, names, group)

    def _windows(
        self, property_id: str, names: tuple[str, ...], spans: Sequence[Period]
    ) -> Iterator[list[PayloadRow]]:
        named = {str(index): span for index, span in enumerate(spans)}
        asked = [
            {"startDate": span.start.isoformat(), "endDate": span.end.isoformat(), "name": name}
            for name, span in named.items()
        ]
        for page in self._report(property_id, names, VISITOR_COUNTS, asked, names):
            for row in page:
                span = _told_span(row, named)
                row["windowStart"], row["windowEnd"] = f"{span.start:%Y%m%d}", f"{span.end:%Y%m%d}"
            yield page

    def _report(
        self,
        property_id: str,
        dimensions: Sequence[str],
        metrics: Sequence[str],
        ranges: list[dict[str, str]],
        order: Sequence[str],
    ) -> Iterator[list[PayloadRow]]:
        """All pages of a report, in a fixed order so that pages do not shift.

        Of several ranges each row says by `dateRange` to which it belongs.
        """
        told = (*dimensions, "dateRange") if len(ranges) > 1 else dimensions
        body: dict[str, Any] = {
            "dimensions": [{"name": name} for name in dimensions],
            "metrics": [{"name": name} for name in metrics],
            "dateRanges": ranges,
            "orderBys": [{"dimension": {"dimensionName": name}} for name in order],
            "limit": PAGE,
            "returnPropertyQuota": True,
        }
        offset = 0
        while True:
            answer = self._ask(property_id, body | {"offset": offset})
            rows = _rows(answer, told, metrics)
            answer.pop("rows", None)  # as large again as what was made of it
            total = count_in(answer, "rowCount", self.id)
            _require_whole(rows, total, offset)
            self.http.caveats |= _caveats(answer)
            yield rows
            offset += PAGE
            if offset >= total:
                return

    def _ask(self, property_id: str, body: dict[str, Any]) -> dict[str, Any]:
        if low := self._low.get(property_id):
            name, left = low
            said = t("connectors.google_analytics_left", name=name, left=left)
            raise self._exhausted(
                t("connectors.google_analytics_quota", property=property_id, low=said), daily=name == DAILY
            )
        url = f"{self.base_url}/v1beta/properties/{property_id}:runReport"
        answer: dict[str, Any] = self.http.call("POST", url, self._judge, json=body)
        self._low[property_id] = _low(object_in(answer, "propertyQuota", self.id))
        return answer

    def _judge(self, response: httpx.Response) -> SourceError | None:
        if response.is_success:
            return None
        message = message_of(response)
        if response.status_code != httpx.codes.TOO_MANY_REQUESTS:
            return by_status(response, self.id, message)
        said = t("connectors.google_analytics_exhausted", message=message)
        if wait := retry_after(response) or (BUSY if "concurrent" in message else None):
            return SourceTransient(said, hint=t("connectors.later_hint"), retry_after=wait)
        return self._exhausted(said, daily="per day" in message)

    def _exhausted(self, said: str, *, daily: bool) -> SourceTransient:
        """A pool is used up: that of the day until midnight in California, any other for an hour at most."""
        if not daily:
            hint = t("connectors.google_analytics_quota_hint")
            return SourceTransient(said, hint=hint, retry_after=EXHAUSTED_HOUR)
        now = self.http.clock.now().astimezone(ZoneInfo(QUOTA_ZONE))
        midnight = datetime.combine(now.date() + DAY, time.min, ZoneInfo(QUOTA_ZONE))
        wait = (midnight.astimezone(UTC) - now.astimezone(UTC)).total_seconds()
        hint = t("connectors.google_analytics_day_hint", hours=ceil(wait / 3600))
        return SourceTransient(said, hint=hint, retry_after=wait)


def _properties(credentials: Mapping[str, Any]) -> tuple[str, ...]:
    many = credentials.get("property_ids") or [credentials.get("property_id")]
    ids = tuple(str(one).removeprefix("properties/") for one in many if one)
    if not ids or not all(one.isdigit() for one in ids):
        raise SourcePermanent(
            t("connectors.google_analytics_property_none"),
            hint=t("connectors.google_analytics_property_none_hint"),
            reason="account",
        )
    return ids


def _told_span(row: PayloadRow, named: Mapping[str, Period]) -> Period:
    """The span that a row is of. Raises: SourceTransient for one that was not asked."""
    name = str(row["dateRange"]) if len(named) > 1 else "0"
    if name not in named:
        raise other_shape(GoogleAnalytics.id, f"dateRange: {name!r}"[:QUOTED])
    return named[name]


def _rows(answer: dict[str, Any], dimensions: Sequence[str], metrics: Sequence[str]) -> list[PayloadRow]:
    """Rows by name instead of by position."""
    rows = rows_in(answer, "rows", GoogleAnalytics.id)
    headers = _names(answer, "dimensionHeaders")
    counted = _names(answer, "metricHeaders")
    if rows and (missing := {*dimensions, *metrics} - {*headers, *counted}):
        raise SourcePermanent(
            t("connectors.google_analytics_lacks", missing=", ".join(sorted(missing))),
            hint=t("connectors.google_analytics_lacks_hint"),
        )
    names = (*headers, *counted)
    return [dict(zip(names, _values(row, len(headers), len(counted)), strict=True)) for row in rows]


def _names(answer: dict[str, Any], part: str) -> list[str]:
    return [str(header.get("name", "")) for header in rows_in(answer, part, GoogleAnalytics.id)]


def _values(row: PayloadRow, dimensions: int, metrics: int) -> list[Any]:
    """The values of a row in the order of the headers. Raises: SourceTransient."""
    values = []
    for part, count in (("dimensionValues", dimensions), ("metricValues", metrics)):
        cells = row.get(part, [])
        if not isinstance(cells, list) or len(cells) != count or not all(type(one) is dict for one in cells):
            raise other_shape(GoogleAnalytics.id, f"{part}: {cells!r}"[:QUOTED])
        values += [cell.get("value", "") for cell in cells]
    return values


def _require_whole(rows: Sequence[PayloadRow], total: int, offset: int) -> None:
    expected = min(PAGE, total - offset)
    if len(rows) < expected:
        raise SourceTransient(
            t(
                "connectors.google_analytics_short_page",
                expected=expected,
                offset=offset,
                received=len(rows),
            ),
            hint=t("connectors.window_again_hint"),
        )


def _caveats(answer: Mapping[str, Any]) -> dict[str, str]:
    """What a report says against itself, by the rule under which it is counted."""
    told, source = object_in(answer, "metadata", GoogleAnalytics.id), GoogleAnalytics.id
    found: dict[str, str] = {}
    if samples := rows_in(told, "samplingMetadatas", source):
        share = min(
            count_in(one, "samplesReadCount", source) / max(count_in(one, "samplingSpaceSize", source), 1)
            for one in samples
        )
        found["sampled"] = t("connectors.google_analytics_sampled", share=share)
    if told.get("subjectToThresholding"):
        found["thresholded"] = t("connectors.google_analytics_thresholded")
    if told.get("dataLossFromOtherRow"):
        found["other_row"] = t("connectors.google_analytics_other_row")
    return found


def _low(quota: Mapping[str, Any]) -> tuple[str, int] | None:
    """The pool that a report as dear as the last one would empty, and what is left of it; running into it
    blocks everybody."""
    for name in POOLS:
        pool = object_in(quota, name, GoogleAnalytics.id)
        left = count_in(pool, "remaining", GoogleAnalytics.id)
        if "remaining" in pool and left < count_in(pool, "consumed", GoogleAnalytics.id):
            return name, left
    return None


HOST = "https://analyticsdata.googleapis.com"
# It tells of an hour after up to eight of them, and processes a day for up to 48. What still comes until
# the 72nd is a hundredth of a day: too little to turn a verdict, and not worth another day of silence.
CONNECTORS.add(
    ConnectorKind(
        GoogleAnalytics,
        HOST,
        (CredentialField("property_ids", plain=True, many=True), *GOOGLE_FIELDS),
        late_after=timedelta(hours=8),
        settles_after=timedelta(hours=48),
        begins=date(2020, 10, 14),  # the day that Google Analytics 4 was announced
    )
)
