"""What may be imported: each stream with its columns, and what a row of it becomes. One entry a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.data.transform import (
    Context,
    Transform,
    Untypable,
    Values,
    country,
    day,
    fraction,
    maybe_day,
    micros,
    text,
    traffic,
    whole,
)
from app.data.warehouse.facts import MEDIA
from app.registry import Registry
from app.text import t

Row = Mapping[str, Any]


@dataclass(frozen=True)
class ImportStream:
    """`required` and `optional`: columns of the header; `person`: whose personal columns are split off."""

    id: str
    title: str
    required: tuple[str, ...]
    transform: Transform
    optional: tuple[str, ...] = ()
    personal: tuple[str, ...] = ()
    person: str = ""
    tables: tuple[str, ...] = field(default=())

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.required, *self.optional)


STREAMS: Registry[ImportStream] = Registry("import")


def _one_of(row: Row, name: str, *known: str) -> str:
    value = str(row.get(name) or "").strip()
    if value not in known:
        raise Untypable(t("imports.reason_unknown", name=name, value=value, known=", ".join(known)))
    return value


def _id(row: Row, name: str) -> str:
    value = str(row.get(name) or "").strip()
    if not value:
        raise Untypable(t("imports.reason_empty", name=name))
    return value


def _count(row: Row, name: str) -> int:
    if row.get(name) in (None, ""):
        raise Untypable(t("imports.reason_empty", name=name))
    return whole(row, name)


def _flag(row: Row, name: str) -> int | None:
    if row.get(name) in (None, ""):
        return None
    value = whole(row, name)
    if value not in (0, 1):
        raise Untypable(t("imports.reason_flag", name=name, value=row[name]))
    return value


def _money(row: Row, name: str) -> int:
    value = micros(row.get(name), name)
    if value is None:
        raise Untypable(t("imports.reason_empty", name=name))
    return value


def _currency(row: Row) -> str:
    code = str(row.get("currency") or "").strip()
    if len(code) != 3 or not code.isalpha() or not code.isupper():
        raise Untypable(t("imports.reason_currency", code=code))
    return code


def _month(row: Row, name: str) -> date:
    found = day(row.get(name), name)
    if found.day != 1:
        raise Untypable(t("imports.reason_month", name=name, found=found))
    return found


def _discount(row: Row) -> float | None:
    """What a lasting coupon takes off, as a share; the file says it in percent of the price."""
    percent = fraction(row, "discount_percent")
    if not 0 <= percent <= 100:
        raise Untypable(t("imports.reason_discount", value=row["discount_percent"]))
    return percent / 100 or None


def _place(row: Row) -> dict[str, object]:
    return {"country": country(row.get("country")), "region": text(row.get("region"))}


def _subscription(row: Row, context: Context) -> Iterator[tuple[str, Values]]:
    keys, dimensions = traffic(row.get("source"), row.get("medium"), row.get("campaign"))
    yield from dimensions
    yield (
        "fact_subscription",
        {
            **context.key,
            **keys,
            **_place(row),
            "subscription_id": _id(row, "subscription_id"),
            "customer_id": _id(row, "customer_id"),
            "person_key": row.get("person_key"),
            "plan": text(row.get("plan")),
            "billing_interval": _one_of(row, "interval", "month", "year"),
            "status": _one_of(row, "status", "active", "past_due", "trialing", "canceled"),
            "date": day(row.get("started_on"), "started_on"),
            "ended_on": maybe_day(row.get("ended_on"), "ended_on"),
            "currency": _currency(row),
            "price_micros": _money(row, "price"),
            "discount": _discount(row),
            "is_deleted": False,
        },
    )


def _invoice(row: Row, context: Context) -> Iterator[tuple[str, Values]]:
    yield (
        "fact_invoice",
        {
            **context.key,
            **_place(row),
            "invoice_id": _id(row, "invoice_id"),
            "customer_id": _id(row, "customer_id"),
            "date": day(row.get("issued_on"), "issued_on"),
            "due_on": maybe_day(row.get("due_on"), "due_on"),
            "paid_on": maybe_day(row.get("paid_on"), "paid_on"),
            "plan": text(row.get("plan")),
            "currency": _currency(row),
            "amount_micros": _money(row, "amount"),
        },
    )


_ACTIVITY = ("active_users", "features_used", "support_tickets", "invoices_late", "onboarding_step")


def _activity(row: Row, context: Context) -> Iterator[tuple[str, Values]]:
    counts = {name: _count(row, name) for name in _ACTIVITY}
    who = {"customer_id": _id(row, "customer_id"), "date": day(row.get("date"), "date")}
    yield "fact_activity", {**context.key, **who, **counts}


def _survey(row: Row, context: Context) -> Iterator[tuple[str, Values]]:
    survey = _one_of(row, "survey", "nps", "awareness")
    score = _count(row, "score") if survey == "nps" else None
    if score is not None and not 0 <= score <= 10:
        raise Untypable(t("imports.reason_score", score=score))
    yield (
        "fact_survey",
        {
            **context.key,
            **_place(row),
            "response_id": _id(row, "response_id"),
            "person_key": row.get("person_key"),
            "date": day(row.get("date"), "date"),
            "survey": survey,
            "wave": text(row.get("wave")),
            "score": score,
            "promoter": None if score is None else int(score >= 9),
            "passive": None if score is None else int(score in (7, 8)),
            "detractor": None if score is None else int(score <= 6),
            "aided": _flag(row, "aided"),
            "unaided": _flag(row, "unaided"),
        },
    )


def _market(row: Row, context: Context) -> Iterator[tuple[str, Values]]:
    yield (
        "fact_market",
        {
            **context.key,
            "date": _month(row, "month"),
            "estimate_of": text(row.get("source")),
            "currency": _currency(row),
            "revenue_micros": _money(row, "market_revenue"),
            "low_micros": micros(row.get("low"), "low"),
            "high_micros": micros(row.get("high"), "high"),
        },
    )


def _cost(row: Row, context: Context) -> Iterator[tuple[str, Values]]:
    if str(row.get("category") or "").strip() == MEDIA:
        raise Untypable(t("imports.reason_media"))
    category = _one_of(row, "category", "salaries", "tools", "agencies", "events", "content", "other")
    yield (
        "fact_cost",
        {
            **context.key,
            "date": _month(row, "month"),
            "category": category,
            "channel": _channel(row.get("channel")),
            "currency": _currency(row),
            "amount_micros": _money(row, "amount"),
        },
    )


def _channel(value: object) -> str:
    """`paid_search` as channels are written everywhere else: "Paid search"."""
    return text(str(value or "").replace("_", " ").strip().capitalize())


def _target(row: Row, context: Context) -> Iterator[tuple[str, Values]]:
    starts, ends = day(row.get("starts_on"), "starts_on"), day(row.get("ends_on"), "ends_on")
    if ends < starts:
        raise Untypable(t("imports.reason_span", ends=ends, starts=starts))
    if row.get("value") in (None, ""):
        raise Untypable(t("imports.reason_empty", name="value"))
    named = {"metric": _id(row, "metric"), "date": starts, "ends_on": ends, "value": fraction(row, "value")}
    yield "fact_target", {**context.key, **named}


def _rate(row: Row, _context: Context) -> Iterator[tuple[str, Values]]:
    rate = fraction(row, "rate")
    if rate <= 0:
        raise Untypable(t("imports.reason_rate", value=row.get("rate")))
    named = {"date": day(row.get("date"), "date"), "currency": _currency(row)}
    yield "dim_rate", {**named, "rate": rate, "source": text(row.get("source"))}


_PLACE = ("country", "region")


def _stream(
    stream_id: str, title: str, required: str, transform: Callable[..., Any], **more: Any
) -> ImportStream:
    return STREAMS.add(ImportStream(stream_id, title, tuple(required.split()), transform, **more))


_stream(
    "subscriptions",
    "Subscriptions",
    "subscription_id customer_id plan interval price currency status started_on ended_on",
    _subscription,
    optional=("customer_name", *_PLACE, "source", "medium", "campaign", "discount_percent"),
    personal=("customer_name",),
    person="customer_id",
)
_stream(
    "invoices",
    "Invoices",
    "invoice_id customer_id issued_on amount currency",
    _invoice,
    optional=("due_on", "paid_on", "plan", *_PLACE),
)
_stream("account_activity", "Account activity", f"customer_id date {' '.join(_ACTIVITY)}", _activity)
_stream(
    "surveys",
    "Surveys",
    "response_id date survey",
    _survey,
    optional=("wave", "score", "aided", "unaided", *_PLACE, "email", "name"),
    personal=("email", "name"),
    person="response_id",
)
_stream(
    "market_size", "Market size", "month market_revenue currency source", _market, optional=("low", "high")
)
_stream("costs", "Costs", "month category amount currency", _cost, optional=("channel",))
_stream("targets", "Targets", "metric starts_on ends_on value", _target)
_stream("exchange_rates", "Exchange rates", "date currency rate", _rate, optional=("source",))
