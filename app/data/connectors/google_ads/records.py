"""Google Ads results to campaigns and ad facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.data.transform import (
    Context,
    Untypable,
    Values,
    country,
    day,
    device,
    fraction,
    maybe_day,
    micros,
    part,
    stored,
    text,
    whole,
)
from app.data.warehouse.dimensions import campaign_key, traffic_key
from app.text import t

PLATFORM = "google_ads"
STATUS = {"ENABLED": "active", "PAUSED": "paused", "REMOVED": "removed"}


def campaign(row: Mapping[str, Any], context: Context) -> Iterator[tuple[str, Values]]:
    told, budget, customer = part(row, "campaign"), row.get("campaignBudget", {}), row.get("customer", {})
    starts = maybe_day(told.get("startDateTime") or told.get("startDate"), "campaign.start_date")
    yield (
        "dim_campaign",
        {
            "campaign_key": _key(row, context),
            "platform": PLATFORM,
            "account_id": context.account_id,
            "account": text(customer.get("descriptiveName") or context.account),
            "campaign_id": str(told["id"]),
            "name_raw": text(told.get("name")),
            "status": STATUS.get(str(told.get("status")), "other"),
            "starts_on": starts,
        },
    )
    yield (
        "fact_campaign_budget",
        {
            **context.key,
            "campaign_key": _key(row, context),
            "currency": str(customer.get("currencyCode") or context.currency),
            "daily_budget_micros": _budget(budget, "amountMicros"),
            "total_budget_micros": _budget(budget, "totalAmountMicros"),
            "budget_id": _budget_id(budget),
            "shared": budget.get("explicitlyShared") is True,
            "starts_on": starts,
            "ends_on": _end(told.get("endDateTime") or told.get("endDate")),
        },
    )


def ad_day(row: Mapping[str, Any], context: Context) -> Iterator[tuple[str, Values]]:
    yield from _traffic_row(row)
    yield "fact_ad", {**_measured(row, context), "device": device(part(row, "segments").get("device"))}


def ad_hour(row: Mapping[str, Any], context: Context) -> Iterator[tuple[str, Values]]:
    yield from _traffic_row(row)
    measured = _measured(row, context)
    hour = whole(part(row, "segments"), "hour")
    yield (
        "fact_ad_hour",
        {**measured, "hour": hour, "instant": _instant(measured["date"], hour, context.time_zone)},
    )


def ad_place(row: Mapping[str, Any], context: Context) -> Iterator[tuple[str, Values]]:
    yield from _traffic_row(row)
    place = row.get("place", {})
    yield (
        "fact_ad_geo",
        {
            **_measured(row, context),
            "country": country(place.get("countryCode")),
            "region": text(place.get("region")),
        },
    )


def _measured(row: Mapping[str, Any], context: Context) -> dict[str, object]:
    metrics, segments = row.get("metrics", {}), part(row, "segments")
    return {
        **context.key,
        "date": day(segments.get("date"), "segments.date"),
        "traffic_key": traffic_key(*_traffic(row)),
        "campaign_key": _key(row, context),
        "impressions": whole(metrics, "impressions"),
        "clicks": whole(metrics, "clicks"),
        "claimed_conversions": fraction(metrics, "conversions"),
        "currency": str(row.get("customer", {}).get("currencyCode") or context.currency),
        "cost_micros": whole(metrics, "costMicros"),
        "claimed_value_micros": micros(metrics.get("conversionsValue", 0), "metrics.conversions_value"),
    }


def _traffic(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return "google", "cpc", text(part(row, "campaign").get("name"))


def _traffic_row(row: Mapping[str, Any]) -> Iterator[tuple[str, Values]]:
    source, medium, name = _traffic(row)
    yield (
        "dim_traffic",
        {
            "traffic_key": traffic_key(source, medium, name),
            "source": source,
            "medium": medium,
            "campaign_raw": name,
        },
    )


def _key(row: Mapping[str, Any], context: Context) -> int:
    if "id" not in part(row, "campaign"):
        raise Untypable(t("records.missing", field="campaign.id"))
    return campaign_key(PLATFORM, context.account_id, str(row["campaign"]["id"]))


def _budget(budget: Mapping[str, Any], field: str) -> int | None:
    return whole(budget, field) if budget.get(field) not in (None, "", "0") else None


def _budget_id(budget: Mapping[str, Any]) -> str | None:
    """A shared budget without its number would be taken for one of each campaign."""
    if budget.get("explicitlyShared") and not budget.get("id"):
        raise Untypable(t("records.missing", field="campaign_budget.id"))
    return str(budget["id"]) if budget.get("id") else None


def _end(value: object) -> date | None:
    """The platform writes "no end" as a day in 2037."""
    found = maybe_day(value, "campaign.end_date")
    return found if found and found.year < 2037 else None


def _instant(local: object, hour: int, zone: str) -> datetime:
    if not isinstance(local, date) or not 0 <= hour <= 23:
        raise Untypable(t("connectors.reason_hour_of_day", value=hour))
    return stored(datetime(local.year, local.month, local.day, hour, tzinfo=ZoneInfo(zone)).astimezone(UTC))
