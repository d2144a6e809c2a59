"""Salesforce: leads, opportunities and web touches, read by what changed since; large reads by bulk jobs.

Source: https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, ClassVar

import structlog

from app.data.connectors.base import (
    CONNECTORS,
    Account,
    ConnectorKind,
    CredentialField,
    PayloadRow,
    Stream,
    Window,
    title,
)
from app.data.connectors.http import Session
from app.data.connectors.salesforce import bulk, queries, records
from app.data.connectors.salesforce.answers import NoAccess, UnknownField
from app.data.connectors.salesforce.organisation import Organisation
from app.errors import SourcePermanent
from app.text import t

log = structlog.get_logger()

VERSION = "62.0"
HOST = "https://login.salesforce.com"
# Up to here an increment is read by queries: five pages cost no more requests than a job and need no waiting.
MOST_BY_QUERY = 10_000

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


class Salesforce:
    """One organisation."""

    id: ClassVar[str] = "salesforce"
    streams: ClassVar[tuple[Stream, ...]] = (
        Stream(
            "leads",
            ("fact_lead", "dim_traffic", "dim_campaign"),
            records.lead,
            by="cursor",
            personal=("Email", "FirstName", "LastName", "Company"),
            person="Email Id",  # somebody who is entered twice is one person
        ),
        Stream(
            "opportunities",
            ("fact_opportunity",),
            records.opportunity,
            by="cursor",
            personal=("Name",),
            person="AccountId",
        ),
        Stream("touches", ("fact_touch", "dim_traffic", "dim_campaign"), records.touch, by="cursor"),
    )

    def __init__(self, http: Session, base_url: str, credentials: Mapping[str, Any]) -> None:
        version = str(credentials.get("api_version") or VERSION).removeprefix("v")
        login = str(credentials.get("login_url") or "") if base_url == HOST else base_url
        self._organisation = Organisation(http, login or HOST, version, credentials)
        self._zone = str(credentials.get("time_zone") or "")
        self._currency = str(credentials.get("currency") or "")
        self._missing: set[str] = set()

    def accounts(self) -> tuple[Account, ...]:
        """The organisation itself; its instants are UTC, days are cut in the zone of the settings.

        Its id is the key of all positions. The sign-in tells it, whatever rights the user gets or loses.
        """
        told = self._told()
        key = self._organisation.id or str(told.get("Id") or "")
        if not key:
            raise SourcePermanent(
                t("connectors.salesforce_unnamed"),
                hint=t("connectors.salesforce_unnamed_hint"),
                reason="account",
            )
        return (Account(key, str(told.get("Name") or title(self.id)), self._zone, self._currency),)

    def _told(self) -> PayloadRow:
        """What the organisation says of itself; nothing where the user may not read that."""
        asked = "SELECT Id, Name FROM Organization LIMIT 1"
        try:
            rows = [row for page in queries.pages(self._organisation, asked, deleted=False) for row in page]
        except NoAccess:
            rows = []
        return rows[0] if rows else {}

    def fetch(self, stream: Stream, account: Account, window: Window) -> Iterator[list[PayloadRow]]:
        """Pages of records as received, the deleted ones too."""
        name, fields = FIELDS[stream.name]
        while True:
            wanted = [field for field in fields.split() if field not in self._missing]
            try:
                for page in self._records(f"SELECT {', '.join(wanted)} FROM {name}", window.since):
                    _require(page, wanted)
                    yield page
                return
            except UnknownField as problem:
                # The first answer says so; nothing was yielded yet.
                self._missing.add(problem.field)

    def _records(self, select: str, since: str) -> Iterator[list[PayloadRow]]:
        """By queries what is small, by a job what is large: everything, or very many changes at once."""
        soql = f"{select} WHERE SystemModstamp >= {since}" if since else select
        in_order = f"{soql} ORDER BY SystemModstamp, Id"
        if since:
            try:
                yield from queries.pages(self._organisation, in_order, most=MOST_BY_QUERY)
                return
            except queries.TooMany:
                pass
        try:
            yield from bulk.pages(self._organisation, soql)
        except bulk.JobRefused as problem:
            reason = self._organisation.http.redacted(problem).message
            log.warning("read by queries, for no job does it", source=self.id, reason=reason)
            yield from queries.pages(self._organisation, in_order)


def _require(page: list[PayloadRow], wanted: list[str]) -> None:
    """Every record has every field that was asked, be it null."""
    if missing := {name for row in page for name in wanted if name not in row}:
        raise SourcePermanent(
            t("connectors.salesforce_lacks", missing=", ".join(sorted(missing))),
            hint=t("connectors.salesforce_changed_hint"),
        )


# A record is there when it is saved; long transactions and queues are given an hour.
CONNECTORS.add(
    ConnectorKind(
        Salesforce,
        HOST,
        (
            CredentialField("login_url", needed=False, plain=True),
            CredentialField("client_id", plain=True),
            CredentialField("client_secret"),
            CredentialField("refresh_token", needed=False),
            CredentialField("time_zone", needed=False, plain=True),
            CredentialField("currency", needed=False, plain=True),
        ),
        late_after=timedelta(hours=4),
        settles_after=timedelta(hours=1),
        begins=date(1999, 3, 8),  # the day that Salesforce was founded
    )
)
