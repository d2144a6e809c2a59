"""The picture of a firing: the watched value over the last buckets, its threshold, the firing as a dot."""

from __future__ import annotations

from collections.abc import Mapping

from app.alerts import buckets, wording
from app.alerts.buckets import Bucket
from app.alerts.conditions import Point, condition
from app.alerts.models import AlertRule
from app.data.metrics.base import METRICS
from app.figures import picture
from app.figures.rehearsal import rehearsed
from app.notify import archive
from app.notify.outbox import FileRef
from app.services import Services
from app.text import t
from app.units import Units

SHOWN = 28  # buckets
FOLDER = "alerts"


def kept(
    services: Services, rule: AlertRule, points: Mapping[Bucket, Point], bucket: Bucket
) -> FileRef | None:
    """Draw what led to a firing and keep it in the archive; None where nothing can be drawn."""
    days = [day for day in sorted(points) if day <= bucket][-SHOWN:]
    if rule.metric not in METRICS or len(days) < 2:
        return None
    units, metric = Units(services.settings.currency), METRICS.get(rule.metric)
    judge, ordered = condition(rule.condition), [points[day] for day in sorted(points)]
    thresholds = [
        judge.judge([point for point in ordered if point.bucket < day], points[day], False).threshold
        for day in days
    ]
    names = [wording.day(rule, day, services.settings, year=False) for day in days]
    values = [points[day].value for day in days]
    figure = rehearsed(names, values, thresholds, [len(days) - 1], metric.unit, units)
    note = t("alerts.picture_note", condition=wording.condition_text(rule, units.currency))
    content = picture.png(figure, metric.title, note)
    name = f"{rule.id}-{buckets.text(bucket).replace(':', '')}.png"
    _, paths = archive.keep(services.settings.home, f"{FOLDER}/{rule.id}", {name: content})
    shown = (wording.value_text(rule, value, units.currency) for value in values)
    words = "; ".join(f"{day}: {value}" for day, value in zip(names, shown, strict=True))
    return FileRef(name, picture.MIME, paths[name], f"{metric.title}. {words}")
