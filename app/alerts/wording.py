"""An event in words: one wording for every channel, the page and the history."""

from __future__ import annotations

from dataclasses import dataclass

from app import members
from app.alerts import buckets
from app.alerts.buckets import Bucket
from app.alerts.evaluate import COOL_DOWN, QUIET_HOURS, Event
from app.alerts.models import AlertEvent, AlertRule
from app.alerts.series import filters
from app.data.metrics.base import DIMENSIONS, METRICS
from app.data.query.spec import Filter
from app.notify.outbox import FileRef
from app.settings import Settings
from app.text import t
from app.units import Units


@dataclass(frozen=True)
class Notice:
    """What an action is handed: everything in words, nothing left to compute."""

    rule_id: str
    event_id: int
    title: str
    text: str
    link: str
    severity: str
    owner: str
    picture: FileRef | None = None
    shown: tuple[tuple[str, tuple[str, ...]], ...] = ()  # dimension -> members that it tells of


def value_text(rule: AlertRule, value: float | None, currency: str) -> str:
    """A value of the watched metric as people read it; a metric that is gone leaves the bare number."""
    if value is None:
        return t("alerts.no_value")
    if rule.metric not in METRICS:
        return Units(currency).full(value, "count")
    return Units(currency).full(value, METRICS.get(rule.metric).unit)


def watched(rule: AlertRule, member: str = "") -> str:
    """What is watched: the metric, and in brackets what it is narrowed to."""
    metric = METRICS.get(rule.metric).title if rule.metric in METRICS else rule.metric
    parts = [_narrowed(entry) for entry in filters(rule)]
    parts += [members.words(rule.by, member)] if member else []
    return f"{metric} ({'; '.join(parts)})" if parts else metric


def _narrowed(entry: Filter) -> str:
    values = members.listed(entry.dimension, entry.values)
    return t("alerts.without", values=values) if entry.negate else values


def named(rule: AlertRule, member: str) -> str:
    """A rule and the member that is told of."""
    return f"{rule.title}: {members.words(rule.by, member)}" if member else rule.title


def day(rule: AlertRule, bucket: Bucket, settings: Settings, *, year: bool = True) -> str:
    """A bucket as people read it; hours in the rule's zone."""
    zone = rule.time_zone or settings.time_zone
    return buckets.words(bucket, Units(settings.currency), zone, year=year)


def title(rule: AlertRule, kind: str, member: str) -> str:
    """The headline: rule, member, what happened."""
    return t(f"alerts.title_{kind}", rule=named(rule, member))


def text(rule: AlertRule, event: Event, member: str, settings: Settings) -> str:
    """One or two sentences with value, threshold and day."""
    currency = settings.currency
    return t(
        f"alerts.text_{event.kind}",
        metric=watched(rule, member),
        day=day(rule, event.bucket, settings),
        value=value_text(rule, event.value, currency),
        threshold=value_text(rule, event.threshold, currency),
        condition=condition_text(rule, currency),
    )


def told_of(event: Event | AlertEvent) -> bool:
    """Whether people are told of a firing, at once or after their quiet hours."""
    return event.kind == "firing" and event.silenced in ("", QUIET_HOURS)


def silence(rule: AlertRule, silenced: str, told: Bucket | None, settings: Settings) -> str:
    """Why people are not told of an event, or not yet; nothing when they are. A load may bring many buckets,
    which are all judged at one moment: `told` is the one of them that people are told of.
    """
    if silenced == COOL_DOWN and told is not None:
        return t("alerts.silenced_at_once", day=day(rule, told, settings))
    return t(f"alerts.silenced_{silenced}") if silenced else ""


def rule_text(rule: AlertRule, currency: str) -> str:
    """What a rule watches, for each of what, and when it fires."""
    each = t("alerts.by_each", name=DIMENSIONS.get(rule.by).title.lower()) if rule.by in DIMENSIONS else ""
    return " ".join(filter(None, (watched(rule), each, condition_text(rule, currency))))


def condition_text(rule: AlertRule, currency: str) -> str:
    """The condition as a sentence, with its numbers and by what it is judged; a limit is an amount of what is
    watched."""
    fields = rule.condition
    kind = str(fields.get("kind", ""))
    known = {"below_average", "above_share_of", "threshold", "change"}
    if kind not in known:
        return kind
    other = str(fields.get("metric", ""))
    named = METRICS.get(other).title if other in METRICS else other
    back = fields.get("days", 28) if kind == "below_average" else fields.get("buckets", 7)
    words = t(
        f"alerts.condition_{kind}",
        factor=f"{fields.get('factor', 0):g}",
        span=span(rule.grain, back),
        share=f"{fields.get('share', 0):g}",
        other=named,
        side=fields.get("side", ""),
        limit=value_text(rule, fields.get("limit", 0), currency),
    )
    return t("alerts.condition_by", condition=words, bucket=t(f"alerts.grain_{rule.grain}"))


def span(grain: str, count: int) -> str:
    """So many buckets: 1 hour, 28 days."""
    return t(f"alerts.one_{grain}") if count == 1 else t(f"alerts.buckets_{grain}", count=count)
