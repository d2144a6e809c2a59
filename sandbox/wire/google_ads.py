"""Google Ads API: search, searchStream and the list of accounts, with its failures and quotas."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox.campaigns import ACCOUNTS, MANAGER_ID
from sandbox.site import Site
from sandbox.wire import ads_report
from sandbox.wire.gaql import QueryError
from sandbox.wire.google import GoogleError, token

SOURCE = "google_ads"
SCOPE = "https://www.googleapis.com/auth/adwords"
DAY = 86_400
VERSIONS = ("v23", "v24", "v25", "v26")
ENDED = ("v22",)  # so lately that it is still known; of older ones nothing is left but a 404
CUSTOMERS = (MANAGER_ID, *(a.id for a in ACCOUNTS))


def blueprint(site: Site) -> Blueprint:
    """The routes below `/google_ads`."""
    routes = Blueprint(SOURCE, __name__, url_prefix=f"/{SOURCE}")

    @routes.post("/token")
    def sign_in() -> tuple[Response, int]:
        return token(site, SOURCE, SCOPE)

    @routes.get("/<version>/customers:listAccessibleCustomers")
    def accessible(version: str) -> Response:
        _admit(site, version)
        return jsonify(resourceNames=[f"customers/{MANAGER_ID}"])

    @routes.post("/<version>/customers/<customer>/googleAds:search")
    def search(version: str, customer: str) -> Response:
        _admit(site, version, customer)
        return jsonify(_search(site, version, customer, request.get_json(force=True)))

    @routes.post("/<version>/customers/<customer>/googleAds:searchStream")
    def search_stream(version: str, customer: str) -> Response:
        _admit(site, version, customer)
        return jsonify(_stream(site, version, customer, request.get_json(force=True)))

    @routes.errorhandler(GoogleError)
    def refused(error: GoogleError) -> tuple[Response, int]:
        body: Any = error.body()
        response = jsonify([body] if request.path.endswith(":searchStream") else body)
        response.headers["request-id"] = site.request_id()
        return response, error.code

    return routes


def failure(
    code: int,
    group: str,
    value: str,
    message: str,
    version: str = "v25",
    details: dict[str, Any] | None = None,
    status: str = "",
) -> GoogleError:
    """An error with a GoogleAdsFailure in its details."""
    item: dict[str, Any] = {"errorCode": {group: value}, "message": message}
    if details:
        item["details"] = details
    summary = {
        429: "Resource has been exhausted (e.g. check quota).",
        400: "Request contains an invalid argument.",
        401: "Request is missing required authentication credential.",
        500: "Internal error encountered.",
        403: "The caller does not have permission",
    }.get(code, message)
    return GoogleError(
        code,
        summary,
        status,
        [
            {
                "@type": f"type.googleapis.com/google.ads.googleads.{version}.errors.GoogleAdsFailure",
                "errors": [item],
                "requestId": Site.request_id(),
            }
        ],
    )


def exhausted(version: str, seconds: int) -> GoogleError:
    """The quota error with its delay."""
    return failure(
        429,
        "quotaError",
        "RESOURCE_EXHAUSTED",
        f"Too many requests. Retry in {seconds} seconds.",
        version,
        {
            "quotaErrorDetails": {
                "rateScope": "DEVELOPER",
                "retryDelay": f"{seconds}s",
                "rateName": "Number of operations for basic access",
            }
        },
    )


def _admit(site: Site, version: str, customer: str | None = None) -> None:
    """Version, faults, sign-in, headers, access and quota, in the order a real answer would fail."""
    if version in ENDED:
        raise failure(
            400,
            "requestError",
            "UNSUPPORTED_VERSION",
            f"Version {version} is deprecated. Requests to this version will be blocked.",
            version,
        )
    if version not in VERSIONS:
        raise GoogleError(404, "The requested URL was not found on this server.")
    if fault := site.faults.take(SOURCE, "status", request.path):
        kind = ("internalError", "INTERNAL_ERROR") if fault.status >= 500 else ("requestError", "UNKNOWN")
        raise failure(fault.status, *kind, "An internal error has occurred.", version)
    if not site.signed_in(SOURCE, request.headers.get("Authorization")):
        raise failure(
            401, "authenticationError", "OAUTH_TOKEN_EXPIRED", "The OAuth token has expired.", version
        )
    if site.faults.take(SOURCE, "throttle", request.path):
        raise exhausted(version, 2)
    given = request.headers.get("developer-token")
    if site.limits.ads_developer_token_required and given != site.keys.developer_token:
        raise failure(
            401 if not given else 403,
            "authorizationError" if given else "authenticationError",
            "DEVELOPER_TOKEN_NOT_APPROVED" if given else "DEVELOPER_TOKEN_MISSING",
            "The developer token is missing or not approved.",
            version,
        )
    if customer is not None:
        _admit_customer(site, version, customer)
    _count(site, version)


def _count(site: Site, version: str) -> None:
    """One search is one operation, however many pages it has."""
    now = site.clock.wall()
    if (request.get_json(force=True, silent=True) or {}).get("pageToken"):
        return
    if site.usage.used("ads_operations", now, DAY) >= site.limits.ads_operations_per_day:
        raise exhausted(version, int(DAY - now % DAY) + 1)
    site.usage.add("ads_operations", now, DAY)


def _admit_customer(site: Site, version: str, customer: str) -> None:
    known = customer in CUSTOMERS
    through = (
        request.headers.get("login-customer-id") == MANAGER_ID or not site.limits.ads_login_customer_required
    )
    if not known or not through:
        raise failure(
            403,
            "authorizationError",
            "USER_PERMISSION_DENIED",
            "User doesn't have permission to access customer. Note: If you're accessing a client customer, "
            "the manager's customer id must be set in the 'login-customer-id' header.",
            version,
        )
    if not site.limits.ads_project_approved:
        raise failure(
            403,
            "authorizationError",
            "CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION",
            "The Google Cloud project is only approved for use with test accounts.",
            version,
        )
    if customer in site.limits.ads_customers_off:
        raise failure(
            403,
            "authorizationError",
            "CUSTOMER_NOT_ENABLED",
            "The customer account can't be accessed because it is not yet enabled or has been deactivated.",
            version,
        )


def _page(
    site: Site, version: str, customer: str, query: str, now: int, limit: int | None, offset: int
) -> ads_report.Page:
    try:
        page = ads_report.answer(site, customer, query, now, limit, offset)
    except QueryError as error:
        raise failure(400, "queryError", error.code, error.message, version) from None
    if site.faults.take(SOURCE, "empty_window"):
        return ads_report.Page([], 0, page.fields)
    if fault := site.faults.take(SOURCE, "changed_field"):
        part, _, name = fault.field.rpartition(".")
        for result in page.results:
            fields = result.get(part or "metrics", {})
            old = name or next(iter(fields), "")
            if old in fields:
                fields[old + "V2"] = fields.pop(old)
    return page


def _search(site: Site, version: str, customer: str, body: dict[str, Any]) -> dict[str, Any]:
    if "pageSize" in body:
        raise failure(
            400,
            "requestError",
            "PAGE_SIZE_NOT_SUPPORTED",
            "Setting the page size is not supported. Search Responses will have fixed page size of "
            f"'{site.limits.ads_page_rows}' rows.",
            version,
        )
    query, rows = body.get("query", ""), site.limits.ads_page_rows
    if body.get("pageToken") and site.faults.take(SOURCE, "expired_page"):
        raise failure(400, "requestError", "EXPIRED_PAGE_TOKEN", "Page token has expired.", version)
    now, offset = _read_token(version, query, body.get("pageToken", "")) or (site.seconds(), 0)
    if offset and site.faults.take(SOURCE, "duplicate_page"):
        offset -= rows
    page = _page(site, version, customer, query, now, rows, offset)
    answer: dict[str, Any] = {"results": page.results} if page.results else {}
    if offset + rows < page.total:
        answer["nextPageToken"] = _token(query, now, offset + rows)
    if body.get("searchSettings", {}).get("returnTotalResultsCount"):
        answer["totalResultsCount"] = str(page.total)
    return answer | {"fieldMask": _mask(page), "queryResourceConsumption": str(len(page.results) + 100)}


def _stream(site: Site, version: str, customer: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    page = _page(site, version, customer, body.get("query", ""), site.seconds(), None, 0)
    size, asked = site.limits.ads_page_rows, site.request_id()
    chunks = [page.results[at : at + size] for at in range(0, len(page.results), size)]
    return [
        {
            "results": chunk,
            "fieldMask": _mask(page),
            "requestId": asked,
            "queryResourceConsumption": str(len(chunk) + 100),
        }
        for chunk in chunks
    ]


def _mask(page: ads_report.Page) -> str:
    return ",".join(".".join(ads_report.camel(part) for part in name.split(".")) for name in page.fields)


def _token(query: str, now: int, offset: int) -> str:
    mark = hashlib.sha256(query.encode()).hexdigest()[:12]
    return base64.urlsafe_b64encode(json.dumps([mark, now, offset]).encode()).decode()


def _read_token(version: str, query: str, text: str) -> tuple[int, int] | None:
    if not text:
        return None
    try:
        mark, now, offset = json.loads(base64.urlsafe_b64decode(text))
    except ValueError:
        mark, now, offset = "", 0, 0
    if mark != hashlib.sha256(query.encode()).hexdigest()[:12]:
        raise failure(400, "requestError", "INVALID_PAGE_TOKEN", "Page token is invalid.", version)
    return now, offset
