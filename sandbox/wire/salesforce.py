"""Salesforce: sign-in on one port, the org's instance on another, SOQL in batches, array-shaped errors."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox.limits import HOUR
from sandbox.site import Site
from sandbox.wire.soql import Soql, SoqlError, compile_soql
from sandbox.wire.tokens import JWT_GRANT, GrantRefused

SOURCE = "salesforce"
VERSIONS = ("62.0", "63.0", "64.0", "65.0", "66.0", "67.0")
LOGIN_AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")
EXHAUSTED = ("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")


class SalesforceError(Exception):
    """An error in Salesforce's array."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def login(site: Site) -> Blueprint:
    """The login host's routes, below `/salesforce`."""
    routes = Blueprint("salesforce_login", __name__, url_prefix=f"/{SOURCE}")

    @routes.post("/services/oauth2/token")
    def sign_in() -> tuple[Response, int]:
        try:
            return jsonify(_grant(site)), 200
        except GrantRefused as refused:
            return jsonify(error=refused.error, error_description=refused.description), 400

    @routes.get("/services/data/")
    def elsewhere() -> tuple[Response, int]:
        return jsonify(
            [{"message": "Use the instance_url of the token answer", "errorCode": "URL_NOT_RESET"}]
        ), 404

    return routes


def _grant(site: Site) -> dict[str, str]:
    tokens, form = site.tokens[SOURCE], request.form
    grant, fresh = form.get("grant_type", ""), None
    if grant == JWT_GRANT:
        tokens.check_assertion(
            form.get("assertion", ""), site.keys.client_id, (site.bases.get(SOURCE, ""), *LOGIN_AUDIENCES)
        )
    elif grant == "client_credentials":
        tokens.check_client(form, request.headers.get("Authorization"))
    elif grant == "refresh_token":
        tokens.check_client(form, request.headers.get("Authorization"))
        fresh = tokens.check_refresh(form, rotate=True)
    else:
        raise GrantRefused("unsupported_grant_type", "grant type not supported")
    answer = {
        "access_token": tokens.issue(site.clock.wall()),
        "instance_url": site.bases.get("salesforce_instance", ""),
        "id": "https://login.salesforce.com/id/00DLF0000000aaaMAA/005LF000000owner1AAA",
        "token_type": "Bearer",
        "issued_at": str(site.seconds() * 1000),
        "signature": "c2FuZGJveA==",
        "scope": "api refresh_token",
    }
    return answer | ({"refresh_token": fresh} if fresh else {})


def instance(site: Site) -> Blueprint:
    """The org's own routes, at the root of the second port."""
    routes = Blueprint("salesforce_instance", __name__)

    @routes.get("/services/data/")
    def versions() -> Response:
        return jsonify([{"label": f"v{v}", "url": f"/services/data/v{v}", "version": v} for v in VERSIONS])

    @routes.get("/services/data/v<version>/limits")
    def limits(version: str) -> Response:
        admit(site, version)
        return jsonify(_limits(site))

    @routes.get("/services/data/v<version>/query", strict_slashes=False)
    @routes.get("/services/data/v<version>/queryAll", strict_slashes=False)
    def query(version: str) -> Response:
        admit(site, version)
        deleted = request.path.endswith("queryAll")
        return jsonify(_batch(site, version, request.args.get("q", ""), deleted, site.seconds(), 0))

    @routes.get("/services/data/v<version>/query/<locator>")
    @routes.get("/services/data/v<version>/queryAll/<locator>")
    def more(version: str, locator: str) -> Response:
        admit(site, version)
        text, deleted, now, offset = _located(site, locator)
        return jsonify(_batch(site, version, text, deleted, now, offset))

    @routes.get("/services/data/v<version>/sobjects/<name>/describe")
    def describe(version: str, name: str) -> Response:
        admit(site, version)
        soql = compiled(f"SELECT COUNT() FROM {name}", True)
        return jsonify(
            name=soql.sobject.name, fields=[{"name": f, "type": t} for f, t in soql.sobject.types.items()]
        )

    answers(site, routes)
    return routes


def _limits(site: Site) -> dict[str, dict[str, int]]:
    most, jobs = site.limits.salesforce_requests_per_day, site.limits.salesforce_bulk_jobs_per_day
    left = most - used_today(site, "salesforce_requests")
    free = jobs - used_today(site, "salesforce_bulk_jobs")
    return {
        "DailyApiRequests": {"Max": most, "Remaining": left},
        "DailyBulkV2QueryJobs": {"Max": jobs, "Remaining": free},
        "DailyBulkV2QueryFileStorageMB": {"Max": 976_562, "Remaining": 976_562},
    }


def answers(site: Site, routes: Blueprint) -> None:
    """What every answer has: errors in an array, and the header that counts requests."""

    @routes.errorhandler(SalesforceError)
    def refused(error: SalesforceError) -> tuple[Response, int]:
        return jsonify([{"message": error.message, "errorCode": error.code}]), error.status

    @routes.after_request
    def usage(response: Response) -> Response:
        used = used_today(site, "salesforce_requests")
        response.headers["Sforce-Limit-Info"] = f"api-usage={used}/{site.limits.salesforce_requests_per_day}"
        return response


def admit(site: Site, version: str) -> None:
    """Faults, sign-in, version and the daily allowance."""
    if fault := site.faults.take(SOURCE, "status", request.path):
        raise SalesforceError(
            fault.status,
            "UNKNOWN_EXCEPTION" if fault.status >= 500 else "REQUEST_REFUSED",
            "An unexpected error occurred. Please include this ErrorId if you contact support: "
            "1180414287-8921 (-1736518104)",
        )
    if not site.signed_in(SOURCE, request.headers.get("Authorization")):
        raise SalesforceError(401, "INVALID_SESSION_ID", "Session expired or invalid")
    if version not in VERSIONS:
        raise SalesforceError(404, "NOT_FOUND", "The requested resource does not exist")
    if site.faults.take(SOURCE, "throttle", request.path):
        raise SalesforceError(403, *EXHAUSTED)
    if used_today(site, "salesforce_requests") >= site.limits.salesforce_requests_per_day:
        raise SalesforceError(403, *EXHAUSTED)
    site.usage.add("salesforce_requests", site.clock.wall(), HOUR)


def used_today(site: Site, name: str) -> int:
    """What was used of an allowance of 24 hours, which roll."""
    return site.usage.trailing(name, site.clock.wall(), 24)


def compiled(text: str, deleted: bool) -> Soql:
    try:
        return compile_soql(text, deleted)
    except SoqlError as error:
        raise SalesforceError(400, error.code, error.message) from None


def _batch(site: Site, version: str, text: str, deleted: bool, now: int, offset: int) -> dict[str, Any]:
    """Up to two thousand records as they stood when the query was first asked."""
    soql, size = compiled(text, deleted), site.limits.salesforce_batch_rows
    if offset and site.faults.take(SOURCE, "duplicate_page"):
        offset -= size
    total, found = rows(site, soql, now, size, offset)
    if soql.count:
        return {"totalSize": total, "done": True, "records": []}
    if site.faults.take(SOURCE, "empty_window"):
        found, total = [], 0
    done = offset + size >= total
    answer: dict[str, Any] = {"totalSize": total, "done": done}
    if not done:
        locator = _locate(site, text, deleted, now, offset + size)
        answer["nextRecordsUrl"] = f"/services/data/v{version}/query/{locator}"
    fault = site.faults.take(SOURCE, "changed_field")
    changed = (fault.field or soql.fields[-1]) if fault else ""
    return answer | {"records": [_record(version, soql, row, changed) for row in found]}


def rows(site: Site, soql: Soql, now: int, size: int, offset: int) -> tuple[int, list[tuple[Any, ...]]]:
    """How many records the query has, and one batch of them."""
    when = {"now": now} if "$now" in soql.sql else {}
    with site.company.cursor() as cursor:
        count = cursor.execute(
            soql.sql if soql.count else f"select count(*) from ({soql.sql})", when
        ).fetchone()
        found = int(count[0]) if count else 0
        if soql.count:
            return found, []
        total = min(max(found - soql.offset, 0), found if soql.limit is None else soql.limit)
        room = min(size, max(total - offset, 0))
        return total, cursor.execute(
            f"{soql.sql} limit {room} offset {offset + soql.offset}", when
        ).fetchall()


def _record(version: str, soql: Soql, row: tuple[Any, ...], changed: str) -> dict[str, Any]:
    name = soql.sobject.name
    values = {
        f"{f}_V2" if f == changed else f: written(soql.sobject.types[f], v)
        for f, v in zip(soql.fields, row, strict=True)
    }
    url = f"/services/data/v{version}/sobjects/{name}/{values.get('Id', '')}"
    return {"attributes": {"type": name, "url": url}, **values}


def written(kind: str, value: Any) -> Any:
    """A value as the REST API writes it."""
    if value is None:
        return None
    if kind == "datetime":
        return datetime.fromtimestamp(int(value), UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    if kind == "date":
        return value.isoformat() if isinstance(value, date) else str(value)
    return value


def _locate(site: Site, text: str, deleted: bool, now: int, offset: int) -> str:
    """A locator for the records from `offset` on, kept for as long as the org keeps one."""
    key = json.dumps([text, deleted, now])
    mark = "01gLF" + hashlib.sha256(key.encode()).hexdigest()[:13]
    site.locators[mark] = (text, (deleted, now), site.clock.wall() + site.limits.salesforce_locator_seconds)
    return f"{mark}-{offset}"


def _located(site: Site, locator: str) -> tuple[str, bool, int, int]:
    mark, _, offset = locator.rpartition("-")
    known = site.locators.get(mark)
    if known is None or known[2] < site.clock.wall() or not offset.isdigit():
        raise SalesforceError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    text, (deleted, now), _ = known
    return text, bool(deleted), int(str(now)), int(offset)
