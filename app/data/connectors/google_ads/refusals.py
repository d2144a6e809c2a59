"""What Google Ads means by an error: whether to ask again, what to mend, and the way out."""

from __future__ import annotations

import httpx

from app.data.connectors.http import any_json, by_status, message_of
from app.errors import SourceError, SourcePermanent, SourceTransient
from app.text import t

SOURCE = "google_ads"
VERSION = "v25"  # of the interface, where the credentials name none
# Errors after which the same question may succeed.
AGAIN = {
    "RESOURCE_EXHAUSTED",
    "RESOURCE_TEMPORARILY_EXHAUSTED",
    "EXCESSIVE_SHORT_TERM_QUERY_RESOURCE_CONSUMPTION",
    "INTERNAL_ERROR",
    "TRANSIENT_ERROR",
    "DEADLINE_EXCEEDED",
}
# Errors that only other credentials mend, or another account.
SIGN_IN = {
    "OAUTH_TOKEN_REVOKED",
    "OAUTH_TOKEN_EXPIRED",
    "OAUTH_TOKEN_INVALID",
    "NOT_ADS_USER",
    "DEVELOPER_TOKEN_MISSING",
    "DEVELOPER_TOKEN_INVALID",
}
ACCOUNT = {"USER_PERMISSION_DENIED", "CUSTOMER_NOT_FOUND", "INVALID_CUSTOMER_ID"}
# Errors of one customer: it is cancelled, suspended or not set up yet, and says nothing against its fellows.
OFF = {"CUSTOMER_NOT_ENABLED", "ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT", "INCOMPLETE_SIGNUP"}
# Google has not let the program in yet, whoever signs in. Since September 2026 the Cloud project is what is
# approved, before it was the developer token.
UNAPPROVED = {
    "CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION",
    "DEVELOPER_TOKEN_NOT_APPROVED",
    "DEVELOPER_TOKEN_NOT_ON_ALLOWLIST",
    "DEVELOPER_TOKEN_PROHIBITED",
    "ACTION_NOT_PERMITTED",
}


class PageExpired(SourcePermanent):
    """The token of a further page has died; only the query from its beginning brings that page."""


class CustomerOff(SourcePermanent):
    """One customer is switched off, in Google's words; others may be read."""


def judge(response: httpx.Response, version: str) -> SourceError | None:
    """What an answer to a question in a version of the interface means; nothing where it is good."""
    if response.is_success:
        return None
    error = _failure(response)
    if error is None:
        gone = response.status_code == httpx.codes.NOT_FOUND
        said = message_of(response)
        # A customer that there is not is refused by a failure; without one it is the path that is unknown.
        return _retired(version, "404", said) if gone else by_status(response, SOURCE, said)
    code, message, delay = error
    if code in AGAIN or response.is_server_error:
        return SourceTransient(
            t("connectors.google_ads_busy", message=message, code=code),
            hint=t("connectors.later_hint"),
            retry_after=delay,
        )
    return _final(code, message, version)


def _final(code: str, message: str, version: str) -> SourcePermanent:
    if code == "EXPIRED_PAGE_TOKEN":
        return PageExpired(message)
    if code in OFF:
        return CustomerOff(message, reason="account")
    if code == "UNSUPPORTED_VERSION" or (code == "UNKNOWN" and "is deprecated" in message):
        return _retired(version, code, message)
    reason = "sign_in" if code in SIGN_IN else "account" if code in ACCOUNT else ""
    return SourcePermanent(
        t("connectors.google_ads_refused", message=message, code=code), hint=_way_out(code), reason=reason
    )


def _retired(version: str, code: str, message: str) -> SourcePermanent:
    return SourcePermanent(
        t("connectors.google_ads_retired", version=version, message=message, code=code),
        hint=t("connectors.google_ads_retired_hint", usual=VERSION),
    )


def _failure(response: httpx.Response) -> tuple[str, str, float | None] | None:
    """Code, message and delay of the first error of a GoogleAdsFailure."""
    try:
        body = any_json(response)[1]
        body = body[0] if isinstance(body, list) else body
        first = body["error"]["details"][0]["errors"][0]
        code = str(next(iter(first["errorCode"].values())))
        delay = first.get("details", {}).get("quotaErrorDetails", {}).get("retryDelay", "")
        return code, str(first.get("message", "")), float(delay.removesuffix("s")) if delay else None
    except (ValueError, KeyError, IndexError, TypeError, StopIteration):
        return None


def _way_out(code: str) -> str:
    if code in SIGN_IN:
        return t("connectors.google_ads_sign_in_hint")
    if code in UNAPPROVED:
        return t("connectors.google_ads_unapproved_hint")
    if code == "PROJECT_DISABLED":
        return t("connectors.google_ads_project_hint")
    if code == "USER_PERMISSION_DENIED":
        return t("connectors.google_ads_manager_hint")
    return t("connectors.google_ads_final_hint")
