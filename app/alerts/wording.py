"""An event in words: one wording for every channel, the page and the history."""

from __future__ import annotations

from dataclasses import dataclass

from app.alerts import buckets
from app.alerts.buckets import Bucket
from app.alerts.evaluate import Event
from app.alerts.models import AlertRule
from app.data.metrics.base import METRICS
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
        return f"{value:g}"
    return Units(currency).full(value, METRICS.get(rule.metric).unit)


def metric_title(rule: AlertRule) -> str:
    return METRICS.get(rule.metric).title if rule.metric in METRICS else rule.metric


def day(rule: AlertRule, bucket: Bucket, settings: Settings, *, year: bool = True) -> str:
    """A bucket as people read it; hours in the rule's zone."""
    zone = rule.time_zone or settings.time_zone
    return buckets.words(bucket, Units(settings.currency), zone, year=year)


def title(rule: AlertRule, kind: str, member: str) -> str:
    """The headline: rule, member, what happened."""
    name = f"{rule.title}: {member}" if member else rule.title
    return t(f"alerts.title_{kind}", rule=name)


def text(rule: AlertRule, event: Event, member: str, settings: Settings) -> str:
    """One or two sentences with value, threshold and day."""
    currency = settings.currency
    return t(
        f"alerts.text_{event.kind}",
        metric=metric_title(rule) + (f" ({member})" if member else ""),
        day=day(rule, event.bucket, settings),
        value=value_text(rule, event.value, currency),
        threshold=value_text(rule, event.threshold, currency),
        condition=condition_text(rule),
    )


def condition_text(rule: AlertRule) -> str:
    """The condition as a sentence, its numbers in it."""
    fields = rule.condition
    kind = str(fields.get("kind", ""))
    known = {"below_average", "above_share_of", "threshold", "change"}
    if kind not in known:
        return kind
    other = str(fields.get("metric", ""))
    named = METRICS.get(other).title if other in METRICS else other
    count = fields.get("days", 28)
    return t(
        f"alerts.condition_{kind}",
        factor=f"{fields.get('factor', 0):g}",
        span=t(f"alerts.buckets_{rule.grain}", count=count),
        share=f"{fields.get('share', 0):g}",
        other=named.lower(),
        side=fields.get("side", ""),
        limit=f"{fields.get('limit', 0):g}",
        buckets=fields.get("buckets", 7),
    )
