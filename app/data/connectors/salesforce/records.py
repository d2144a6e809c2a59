"""Salesforce records to leads, opportunities and touches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.data.transform import (
    Context,
    Untypable,
    Values,
    country,
    device,
    fraction,
    instant,
    maybe_day,
    micros,
    stored,
    text,
    traffic,
    truth,
)
from app.text import t


def lead(row: Mapping[str, Any], context: Context) -> Iterator[tuple[str, Values]]:
    keys, dimensions = _traffic(row)
    yield from dimensions
    created = instant(row.get("CreatedDate"), "CreatedDate")
    yield (
        "fact_lead",
        {
            **context.key,
            **keys,
            "lead_id": _id(row),
            "person_key": row.get("person_key"),
            "date": context.local_day(created),
            "created_at": stored(created),
            "device": device(row.get("Device__c")),
            "visitor_type": text(row.get("Visitor_Type__c")),
            "country": country(row.get("Country")),
            "region": text(row.get("State")),
            "status": text(row.get("Status")),
            "score": fraction(row, "Lead_Score__c") if row.get("Lead_Score__c") is not None else None,
            "converted_on": maybe_day(row.get("ConvertedDate"), "ConvertedDate"),
            "opportunity_id": row.get("ConvertedOpportunityId"),
            "is_deleted": truth(row, "IsDeleted"),
        },
    )


def opportunity(row: Mapping[str, Any], context: Context) -> Iterator[tuple[str, Values]]:
    created = instant(row.get("CreatedDate"), "CreatedDate")
    yield (
        "fact_opportunity",
        {
            **context.key,
            "opportunity_id": _id(row),
            "customer_id": row.get("AccountId"),
            "lead_id": row.get("Lead__c"),
            "date": context.local_day(created),
            "created_at": stored(created),
            # A close date is a day without a zone: it is taken as written.
            "close_date": maybe_day(row.get("CloseDate"), "CloseDate"),
            "stage": text(row.get("StageName")),
            "is_closed": truth(row, "IsClosed"),
            "is_won": truth(row, "IsWon"),
            "plan": text(row.get("Plan__c")),
            "country": country(row.get("Country__c")),
            "region": text(row.get("Region__c")),
            "currency": str(row.get("CurrencyIsoCode") or context.currency),
            "amount_micros": micros(row.get("Amount"), "Amount"),
            "is_deleted": truth(row, "IsDeleted"),
        },
    )


def touch(row: Mapping[str, Any], context: Context) -> Iterator[tuple[str, Values]]:
    keys, dimensions = _traffic(row)
    yield from dimensions
    moment = instant(row.get("Occurred_At__c"), "Occurred_At__c")
    yield (
        "fact_touch",
        {
            **context.key,
            **keys,
            "touch_id": _id(row),
            "lead_id": row.get("Lead__c"),
            "date": context.local_day(moment),
            "occurred_at": stored(moment),
            "device": device(row.get("Device__c")),
            "visitor_type": text(row.get("Visitor_Type__c")),
            "country": country(row.get("Country__c")),
            "region": text(row.get("Region__c")),
            "landing_page": text(row.get("Landing_Page__c")),
            "is_deleted": truth(row, "IsDeleted"),
        },
    )


def _traffic(row: Mapping[str, Any]) -> tuple[Mapping[str, object], Sequence[tuple[str, Values]]]:
    return traffic(row.get("Utm_Source__c"), row.get("Utm_Medium__c"), row.get("Utm_Campaign__c"))


def _id(row: Mapping[str, Any]) -> str:
    if not row.get("Id"):
        raise Untypable(t("records.missing", field="Id"))
    return str(row["Id"])
