"""What may be imported: each stream with its columns, and what a row of it becomes. One entry a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

from app.data.metrics.base import METRICS
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
from app.settings import currencies
from app.text import t

Row = Mapping[str, Any]
HIGHEST_RATE = 10_000_000  # no currency is worth more of another; far beyond it amounts overflow


@dataclass(frozen=True)
class ImportStream:
    """`required` and `optional`: columns of the header; `person`: whose personal columns are split off.

    `key`: columns that tell rows apart, so that a file has one row of each; where it may have several, `adds`
    is the value of their records that is added up. `fact`: what its rows become, its key in the order of
    `key`; empty for rates, which are no fact.
    """

    id: str
    required: tuple[str, ...]
    key: tuple[str, ...]
    transform: Transform
    optional: tuple[str, ...] = ()
    personal: tuple[str, ...] = ()
    person: str = ""
    adds: str = ""
    fact: str = ""

    @property
    def title(self) -> str:
        return t(f"imports.title_{self.id}")

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
    if code not in currencies():
        near = get_close_matches(code.upper(), sorted(currencies()), n=1, cutoff=0.75)
        raise Untypable(t("imports.reason_currency", code=code, near=near[0] if near else "USD"))
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
    low, high = micros(row.get("low"), "low"), micros(row.get("high"), "high")
    if low is not None and high is not None and low > high:
        raise Untypable(t("imports.reason_bounds", low=row["low"], high=row["high"]))
    yield (
        "fact_market",
        {
            **context.key,
            "date": _month(row, "month"),
            "estimate_of": text(row.get("source")),
            "currency": _currency(row),
            "revenue_micros": _money(row, "market_revenue"),
            "low_micros": low,
            "high_micros": high,
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
    named = {"metric": _metric(row), "date": starts, "ends_on": ends, "value": fraction(row, "value")}
    yield "fact_target", {**context.key, **named}


def _metric(row: Row) -> str:
    name = _id(row, "metric")
    if name not in METRICS:
        near = get_close_matches(name, METRICS.ids(), n=1)
        meant = t("names.near", name=near[0]) if near else t("imports.metrics_listed")
        raise Untypable(t("imports.reason_metric", name=name, meant=meant))
    return name


def _rate(row: Row, _context: Context) -> Iterator[tuple[str, Values]]:
    rate = fraction(row, "rate")
    if not 0 < rate <= HIGHEST_RATE:
        raise Untypable(t("imports.reason_rate", value=row.get("rate"), most=HIGHEST_RATE))
    named = {"date": day(row.get("date"), "date"), "currency": _currency(row)}
    yield "dim_rate", {**named, "rate": rate, "source": text(row.get("source"))}


_PLACE = ("country", "region")


def _stream(
    stream_id: str, required: str, key: str, transform: Callable[..., Any], **more: Any
) -> ImportStream:
    columns = tuple(required.split()), tuple(key.split())
    return STREAMS.add(ImportStream(stream_id, *columns, transform, **more))


_stream(
    "subscriptions",
    "subscription_id customer_id plan interval price currency status started_on ended_on",
    "subscription_id started_on",
    _subscription,
    fact="subscription",
    optional=("customer_name", *_PLACE, "source", "medium", "campaign", "discount_percent"),
    personal=("customer_name",),
    person="customer_id",
)
_stream(
    "invoices",
    "invoice_id customer_id issued_on amount currency",
    "invoice_id",
    _invoice,
    fact="invoice",
    optional=("due_on", "paid_on", "plan", *_PLACE),
)
_stream(
    "account_activity",
    f"customer_id date {' '.join(_ACTIVITY)}",
    "customer_id date",
    _activity,
    fact="activity",
)
_stream(
    "surveys",
    "response_id date survey",
    "response_id",
    _survey,
    fact="survey",
    optional=("wave", "score", "aided", "unaided", *_PLACE, "email", "name"),
    personal=("email", "name"),
    person="response_id",
)
_stream(
    "market_size",
    "month market_revenue currency source",
    "month",
    _market,
    fact="market",
    optional=("low", "high"),
)
_stream(
    "costs",
    "month category amount currency",
    "month category channel",
    _cost,
    fact="cost",
    optional=("channel",),
    adds="amount_micros",
)
_stream("targets", "metric starts_on ends_on value", "metric starts_on ends_on", _target, fact="target")
_stream("exchange_rates", "date currency rate", "date currency", _rate, optional=("source",))
