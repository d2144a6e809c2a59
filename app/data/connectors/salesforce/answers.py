"""What Salesforce's answers mean: good, worth another try (and when), or final; and how much was used."""

from __future__ import annotations

import re

import httpx

from app.data.connectors.http import any_json, by_status
from app.errors import SourceError, SourcePermanent, SourceTransient
from app.text import t

SOURCE = "salesforce"
AN_HOUR = 3600.0
# An organisation may lack these: one currency only, no score, no plan field. Everything else is needed.
OPTIONAL = ("CurrencyIsoCode", "Lead_Score__c", "Plan__c")
# Errors after which the same question may succeed, and what to do until then.
HINTS = {
    "REQUEST_LIMIT_EXCEEDED": "connectors.salesforce_limit_hint",
    "QUERY_TIMEOUT": "connectors.later_hint",
}


class UnknownField(SourcePermanent):
    """The organisation lacks an optional field."""

    def __init__(self, field: str) -> None:
        super().__init__(t("connectors.salesforce_no_field", field=field))
        self.field = field


class NoAccess(SourcePermanent):
    """Whoever signed in may not see the object, or the organisation has none."""


class Gone(SourcePermanent):
    """What was asked for is not there, or not any more."""


def usage(response: httpx.Response) -> float:
    """The share of the day's requests that the organisation has used, as every answer tells."""
    told = re.search(r"api-usage=(\d+)/(\d+)", response.headers.get("Sforce-Limit-Info", ""))
    return int(told[1]) / max(int(told[2]), 1) if told else 0.0


def require_all(announced: int, received: int) -> None:
    """Raises: SourceTransient when fewer records came than were announced."""
    if received < announced:
        raise SourceTransient(
            t("connectors.salesforce_short", announced=announced, received=received),
            hint=t("connectors.salesforce_records_hint"),
        )


def judge(response: httpx.Response) -> SourceError | None:
    """None for a good answer, else the error that it means."""
    if response.is_success:
        return None
    code, message = _failure(response)
    if code == "INVALID_FIELD" or "No such column" in message:
        return _unknown_field(message)
    if code in HINTS:
        # The day's allocation rolls over 24 hours; a later sync finds some of it free again.
        later = AN_HOUR if code == "REQUEST_LIMIT_EXCEEDED" else None
        return SourceTransient(
            t("connectors.salesforce_said", message=message, code=code),
            hint=t(HINTS[code]),
            retry_after=later,
        )
    said = f"{message} ({code})" if code else response.text[:200]
    if code in ("INVALID_TYPE", "INSUFFICIENT_ACCESS"):
        return NoAccess(
            t("connectors.salesforce_refused", said=said), hint=t("connectors.salesforce_object_hint")
        )
    if response.status_code == httpx.codes.NOT_FOUND or code == "INVALID_QUERY_LOCATOR":
        return Gone(
            t("connectors.answered", source=SOURCE, status=response.status_code, message=said),
            hint=t("connectors.salesforce_gone_hint"),
        )
    return by_status(response, SOURCE, said)


def _unknown_field(message: str) -> SourcePermanent:
    if field := next((name for name in OPTIONAL if name in message), ""):
        return UnknownField(field)
    return SourcePermanent(
        t("connectors.salesforce_field_refused", message=message),
        hint=t("connectors.salesforce_field_refused_hint"),
    )


def _failure(response: httpx.Response) -> tuple[str, str]:
    try:
        body = any_json(response)[1]
        first = body[0] if isinstance(body, list) else body
        return str(first.get("errorCode", "")), str(first.get("message", ""))
    except (IndexError, AttributeError):
        return "", ""
