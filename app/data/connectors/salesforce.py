"""Salesforce REST: leads, opportunities and web touches, read by what changed since.

Source: https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

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
from app.data.connectors.http import Session, by_status
from app.data.connectors.oauth import Token
from app.errors import SourceError, SourcePermanent, SourceTransient

VERSION = "62.0"
AN_HOUR = 3600.0

FIELDS = {
    "leads": (
        "Lead",
        "Id Email FirstName LastName Company Status LeadSource IsConverted ConvertedDate ConvertedAccountId "
        "ConvertedOpportunityId CreatedDate SystemModstamp IsDeleted Country State Lead_Score__c "
        "Utm_Source__c Utm_Medium__c Utm_Campaign__c Device__c Visitor_Type__c",
    ),
    "opportunities": (
        "Opportunity",
        "Id AccountId Name StageName Amount CurrencyIsoCode CloseDate IsClosed IsWon CreatedDate "
        "SystemModstamp IsDeleted Lead__c Plan__c Country__c Region__c",
    ),
    "touches": (
        "Web_Touch__c",
        "Id Lead__c Occurred_At__c Utm_Source__c Utm_Medium__c Utm_Campaign__c Landing_Page__c Device__c "
        "Visitor_Type__c Country__c Region__c SystemModstamp IsDeleted",
    ),
}
# An organisation may lack these: one currency only, no score, no plan field. Everything else is needed.
OPTIONAL = ("CurrencyIsoCode", "Lead_Score__c", "Plan__c")
MOST_USED = 0.8  # of the day's requests, which all programs of the organisation share
CHANGED_MEANWHILE = "INVALID_QUERY_LOCATOR"


class Salesforce:
    """One organisation."""

    id: ClassVar[str] = "salesforce"
    title: ClassVar[str] = "Salesforce"
    streams: ClassVar[tuple[Stream, ...]] = (
        Stream(
            "leads",
            ("fact_lead", "dim_traffic", "dim_campaign"),
            by="cursor",
            personal=("Email", "FirstName", "LastName", "Company"),
            person="Email Id",  # somebody who is entered twice is one person
        ),
        Stream("opportunities", ("fact_opportunity",), by="cursor", personal=("Name",), person="AccountId"),
        Stream("touches", ("fact_touch", "dim_traffic", "dim_campaign"), by="cursor"),
    )

    def __init__(self, http: Session, base_url: str, credentials: Mapping[str, Any]) -> None:
        self.http = http
        self.version = str(credentials.get("api_version") or VERSION).removeprefix("v")
        login = str(credentials.get("login_url") or "") if base_url == HOST else base_url
        self._zone = str(credentials.get("time_zone") or "")
        self._currency = str(credentials.get("currency") or "")
        self._missing: set[str] = set()
        self._used = 0.0
        self._client = _client(credentials)
        url = f"{(login or HOST).rstrip('/')}/services/oauth2/token"
        self.token = Token(http, url, lambda: self._client, rotated=self._rotated)
        http.sign_in = self.token

    def accounts(self) -> tuple[Account, ...]:
        """The organisation itself; its instants are UTC, days are cut in the zone of the settings."""
        rows = [
            row
            for page in self._query("SELECT Id, Name FROM Organization LIMIT 1", every=False, optional=True)
            for row in page
        ]
        told = rows[0] if rows else {"Id": "organisation", "Name": "Salesforce"}
        return (Account(str(told["Id"]), str(told["Name"]), self._zone, self._currency),)

    def fetch(self, stream: Stream, account: Account, window: Window) -> Iterator[list[PayloadRow]]:
        """Pages of records as received, the deleted ones too."""
        name, fields = FIELDS[stream.name]
        while True:
            wanted = [field for field in fields.split() if field not in self._missing]
            since = f" WHERE SystemModstamp >= {window.since}" if window.since else ""
            try:
                soql = f"SELECT {', '.join(wanted)} FROM {name}{since} ORDER BY SystemModstamp, Id"
                for page in self._query(soql, every=True):
                    _require(page, wanted)
                    yield page
                return
            except UnknownField as problem:
                # The first page says so; nothing was yielded yet.
                self._missing.add(problem.field)

    def _rotated(self, refresh_token: str) -> None:
        self._client["refresh_token"] = refresh_token
        self.http.keep_refresh_token(refresh_token)

    def _query(self, soql: str, *, every: bool, optional: bool = False) -> Iterator[list[PayloadRow]]:
        root = f"/services/data/v{self.version}"
        path, parameters = f"{root}/{'queryAll' if every else 'query'}", {"q": soql}
        seen: set[str] = set()
        while path:
            try:
                answer = self._get(path, parameters)
            except SourcePermanent as problem:
                if optional and problem.reason != "sign_in":
                    return
                raise
            yield [{k: v for k, v in row.items() if k != "attributes"} for row in answer.get("records", [])]
            path, parameters = (
                ("" if answer.get("done", True) else str(answer.get("nextRecordsUrl") or "")),
                {},
            )
            if path in seen:
                raise SourceTransient(
                    "Salesforce sent the same page twice.", hint="The stream is read again at the next sync."
                )
            seen.add(path)

    def _get(self, path: str, parameters: dict[str, str]) -> dict[str, Any]:
        if self._used > MOST_USED:
            raise SourceTransient(
                f"Salesforce counts {self._used:.0%} of the day's requests as used.",
                hint="The rest is left to your other programs; the stream is read at a later sync.",
                retry_after=AN_HOUR,
            )
        # The login host answers sign-ins only; records stand at the instance that it names.
        self.token.headers()
        url = f"{str(self.token.answer['instance_url']).rstrip('/')}{path}"
        answer: dict[str, Any] = self.http.call("GET", url, self._judge, params=parameters or None)
        return answer

    def _judge(self, response: httpx.Response) -> SourceError | None:
        self._used = _usage(response)
        return _judge(response)


class UnknownField(SourcePermanent):
    """The organisation lacks an optional field."""

    def __init__(self, field: str) -> None:
        super().__init__(f"This organisation has no field {field}.")
        self.field = field


def _require(page: list[PayloadRow], wanted: list[str]) -> None:
    """Every record has every field that was asked, be it null."""
    if missing := {name for row in page for name in wanted if name not in row}:
        raise SourcePermanent(
            f"Salesforce answered without the field {', '.join(sorted(missing))}.",
            hint="The platform changed its answer; set api_version, or update the connector.",
        )


def _client(credentials: Mapping[str, Any]) -> dict[str, str]:
    """The form of a token request: by refresh token where there is one, else by client credentials."""
    fields = {
        name: str(credentials.get(name) or "") for name in ("client_id", "client_secret", "refresh_token")
    }
    if not fields["client_id"]:
        raise SourcePermanent(
            "The credentials of salesforce lack client_id.",
            hint="Give client_id and client_secret of the app.",
            reason="sign_in",
        )
    grant = "refresh_token" if fields["refresh_token"] else "client_credentials"
    return {"grant_type": grant, **{name: value for name, value in fields.items() if value}}


def _usage(response: httpx.Response) -> float:
    """The share of the day's requests that the organisation has used, as every answer tells."""
    told = re.search(r"api-usage=(\d+)/(\d+)", response.headers.get("Sforce-Limit-Info", ""))
    return int(told[1]) / max(int(told[2]), 1) if told else 0.0


def _judge(response: httpx.Response) -> SourceError | None:
    if response.is_success:
        return None
    code, message = _failure(response)
    if field := next((name for name in OPTIONAL if code == "INVALID_FIELD" and name in message), ""):
        return UnknownField(field)
    if code == "REQUEST_LIMIT_EXCEEDED":
        # The allocation is counted over 24 hours; a later sync finds some of it free again.
        return SourceTransient(f"Salesforce: {message}", hint="Sync less often.", retry_after=AN_HOUR)
    if code in ("QUERY_TIMEOUT", CHANGED_MEANWHILE):
        return SourceTransient(f"Salesforce: {message} ({code}).", hint="The sync is repeated later.")
    if code == "INVALID_FIELD":
        return SourcePermanent(
            f"Salesforce refused a field: {message}",
            hint="Add the field, or give the user the right to see it.",
        )
    return by_status(response, Salesforce.id, f"{message} ({code})" if code else response.text[:200])


def _failure(response: httpx.Response) -> tuple[str, str]:
    try:
        body = response.json()
        first = body[0] if isinstance(body, list) else body
        return str(first.get("errorCode", "")), str(first.get("message", ""))
    except (ValueError, KeyError, IndexError, AttributeError):
        return "", ""


HOST = "https://login.salesforce.com"
CONNECTORS.add(
    ConnectorKind(
        Salesforce,
        HOST,
        (
            CredentialField("login_url", needed=False),
            CredentialField("client_id"),
            CredentialField("client_secret"),
            CredentialField("refresh_token", needed=False),
            CredentialField("time_zone", needed=False),
            CredentialField("currency", needed=False),
        ),
    )
)
