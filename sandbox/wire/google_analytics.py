"""Google Analytics 4, Data API v1beta: reports, metadata, quotas and errors on the wire."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from flask import Blueprint, Response, jsonify, request

from sandbox.site import GA_PROPERTY, Site
from sandbox.wire import ga_report
from sandbox.wire.ga_fields import DIMENSIONS, METRICS
from sandbox.wire.google import UNAUTHENTICATED, GoogleError, token

SOURCE = "google_analytics"
SCOPE = "https://www.googleapis.com/auth/analytics.readonly"
HOUR, DAY = 3_600, 86_400
PACIFIC = ZoneInfo("America/Los_Angeles")
EXHAUSTED_PROJECT = (
    "Exhausted property tokens for a project per hour. These quota tokens will return in under an hour. "
    "To learn more, see the Analytics Data API quota documentation."
)
EXHAUSTED_HOUR = (
    "Exhausted property tokens per hour. These quota tokens will return in under an hour. "
    "To learn more, see the Analytics Data API quota documentation."
)
EXHAUSTED_DAY = (
    "Exhausted property tokens per day. These quota tokens will return in under 24 hours. "
    "To learn more, see the Analytics Data API quota documentation."
)
EXHAUSTED_ERRORS = "Exhausted server errors quota."
SERVER_ERRORS = "serverErrorsPerProjectPerHour"
POOLS = (
    ("tokensPerDay", "ga_tokens_per_day", DAY, EXHAUSTED_DAY),
    ("tokensPerHour", "ga_tokens_per_hour", HOUR, EXHAUSTED_HOUR),
    ("tokensPerProjectPerHour", "ga_tokens_per_project_per_hour", HOUR, EXHAUSTED_PROJECT),
)


def blueprint(site: Site) -> Blueprint:
    """The routes below `/google_analytics`."""
    routes = Blueprint(SOURCE, __name__, url_prefix=f"/{SOURCE}")

    @routes.post("/token")
    def sign_in() -> tuple[Response, int]:
        return token(site, SOURCE, SCOPE)

    @routes.post("/v1beta/properties/<property_id>:runReport")
    def run_report(property_id: str) -> Response:
        _admit(site, property_id)
        return _json(_counted(site, request.get_json(force=True)))

    @routes.post("/v1beta/properties/<property_id>:batchRunReports")
    def batch_run_reports(property_id: str) -> Response:
        _admit(site, property_id)
        asked = request.get_json(force=True).get("requests", [])
        if not 1 <= len(asked) <= 5:
            raise GoogleError(400, f"A batch holds 1 to 5 requests, got {len(asked)}.")
        reports = [_counted(site, one) for one in asked]
        return _json({"reports": reports, "kind": "analyticsData#batchRunReports"})

    @routes.get("/v1beta/properties/<property_id>/metadata")
    def metadata(property_id: str) -> Response:
        _admit(site, property_id)
        return jsonify(
            name=f"properties/{property_id}/metadata",
            dimensions=[{"apiName": n, "uiName": n} for n in DIMENSIONS],
            metrics=[{"apiName": n, "uiName": n, "type": m.type} for n, m in METRICS.items()],
        )

    @routes.errorhandler(GoogleError)
    def refused(error: GoogleError) -> tuple[Response, int]:
        return jsonify(error.body()), error.code

    return routes


def _json(answer: dict[str, Any]) -> Response:
    """An answer whose rows are JSON already."""
    return Response(orjson.dumps(answer), mimetype="application/json")


def _admit(site: Site, property_id: str) -> None:
    """Sign-in, faults, access and quota, in the order a real answer would fail."""
    if _server_errors_left(site) <= 0:
        raise GoogleError(429, EXHAUSTED_ERRORS)
    if fault := site.faults.take(SOURCE, "status", request.path):
        site.usage.add(SERVER_ERRORS, pacific(site), HOUR, int(fault.status >= 500))
        raise GoogleError(
            fault.status, "Internal error encountered." if fault.status >= 500 else "Request refused."
        )
    if not site.signed_in(SOURCE, request.headers.get("Authorization")):
        raise GoogleError(401, UNAUTHENTICATED)
    if site.faults.take(SOURCE, "throttle", request.path):
        raise GoogleError(429, EXHAUSTED_PROJECT)
    if property_id not in (GA_PROPERTY, "0"):
        raise GoogleError(
            403,
            "User does not have sufficient permissions for this property. To learn more about "
            "Property ID, see the Analytics Data API documentation.",
        )
    for pool, setting, window, message in POOLS:
        if site.usage.used(pool, pacific(site), window) >= getattr(site.limits, setting):
            raise GoogleError(429, message)


def _server_errors_left(site: Site) -> int:
    """Errors of its own servers that a project may still meet within this hour."""
    met = site.usage.used(SERVER_ERRORS, pacific(site), HOUR)
    return site.limits.ga_server_errors_per_project_per_hour - met


def pacific(site: Site) -> float:
    """Seconds on the clock of California, where the days of quotas end; its hours end with everybody's."""
    now = site.clock.wall()
    shift = datetime.fromtimestamp(now, PACIFIC).utcoffset() or timedelta()
    return now + shift.total_seconds()


def _counted(site: Site, body: dict[str, Any]) -> dict[str, Any]:
    """One report within the concurrency limit, with what is left of the quota."""
    try:
        if site.usage.change("concurrent", 1) > site.limits.ga_concurrent_requests:
            raise GoogleError(429, "Exhausted concurrent requests quota.")
        offset = int(body.get("offset", 0)) > 0
        answer, cost = ga_report.run(site, body, bool(offset and site.faults.take(SOURCE, "duplicate_page")))
    finally:
        site.usage.change("concurrent", -1)
    for pool, _, window, _ in POOLS:
        site.usage.add(pool, pacific(site), window, cost)
    if body.get("returnPropertyQuota"):
        answer["propertyQuota"] = _quota(site, cost)
    return _spoil(site, answer)


def _quota(site: Site, cost: int) -> dict[str, Any]:
    quota: dict[str, Any] = {}
    for pool, setting, window, _ in POOLS:
        left = getattr(site.limits, setting) - site.usage.used(pool, pacific(site), window)
        quota[pool] = {"consumed": cost, "remaining": max(left, 0)}
    quota["concurrentRequests"] = {"remaining": site.limits.ga_concurrent_requests}
    quota[SERVER_ERRORS] = {"remaining": _server_errors_left(site)}
    quota["potentiallyThresholdedRequestsPerHour"] = {"remaining": 120}
    return quota


def _spoil(site: Site, answer: dict[str, Any]) -> dict[str, Any]:
    """Planned faults of content."""
    if site.faults.take(SOURCE, "empty_window"):
        answer.pop("rows", None), answer.pop("rowCount", None)
    if fault := site.faults.take(SOURCE, "changed_field"):
        for header in answer["metricHeaders"]:
            if header["name"] == (fault.field or answer["metricHeaders"][0]["name"]):
                header["name"] += "V2"
    if site.faults.take(SOURCE, "sampled"):
        answer["metadata"] |= {
            "subjectToThresholding": True,
            "dataLossFromOtherRow": True,
            "samplingMetadatas": [{"samplesReadCount": "50000", "samplingSpaceSize": "211042"}],
        }
    return answer
