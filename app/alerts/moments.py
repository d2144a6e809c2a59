"""What was known when: every publish of the sources behind a rule, and how far it reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select

from app.alerts.buckets import Hour, Reached, Reading, ends_at
from app.alerts.models import AlertRule
from app.alerts.series import metrics
from app.data.metrics import catalogue
from app.data.models import Load
from app.data.query import maturity
from app.data.query.frame import MetricFrame
from app.data.query.route import choose
from app.periods import DAY
from app.registry import import_all
from app.services import Services


@dataclass(frozen=True)
class Moment:
    """A publish: what was known from then on."""

    load: int
    at: datetime
    reached: Reached

    def as_on(self, day: date, at: datetime) -> Moment:
        """What it would have told had it come when only the days up to one were over."""
        return Moment(self.load, at, Reached(min(day, self.reached.until)))

    def as_after(self, hour: Hour) -> Moment:
        """What it would have told had it come as soon as an hour was settled."""
        readings = self.reached.readings
        ends = max(ends_at(hour.day, hour.hour, one.zone) for one in readings)
        late = self.at - min(one.settled for one in readings)
        settled = tuple(Reading(one.zone, min(ends, one.settled)) for one in readings)
        return Moment(self.load, ends + late, Reached(self.reached.until, settled))


def moments(services: Services, rule: AlertRule, frame: MetricFrame) -> Iterator[Moment]:
    """Every publish of the sources behind the rule, oldest first.

    An hour is settled when its source was read its freshness target after the hour's end: platforms need
    that long to count it.
    """
    zone = services.settings.time_zone
    reached: dict[str, date] = {}
    readings: dict[str, Reading] = {}
    newest, targets = 0, {entry.source: entry.target or timedelta() for entry in frame.freshness}
    for group in _publishes(services, rule, frame):
        for load in group:
            own = ZoneInfo(load.time_zone or zone)
            known = load.data_until or load.extracted_at.astimezone(own).date() - DAY
            reached[load.source_id] = max(known, reached.get(load.source_id, known))
            settled = load.extracted_at - targets[load.source_id]
            readings[load.source_id] = Reading(own, settled)
        newest = max(newest, *(load.id for load in group))
        at = max(load.extracted_at for load in group)
        known = min(*reached.values(), at.astimezone(ZoneInfo(zone)).date() - DAY)
        until = maturity.settled(frame.query.metrics, known)
        yield Moment(newest, at, Reached(until, tuple(readings[name] for name in sorted(readings))))


def reached(services: Services, rule: AlertRule, frame: MetricFrame) -> Reached:
    """How far the sources behind an answer reach now, up to the newest cohorts that are old enough."""
    yesterday = services.clock.today(services.settings.time_zone) - DAY
    days = [entry.data_until for entry in frame.freshness if entry.data_until is not None]
    until = maturity.settled(frame.query.metrics, min([yesterday, *days]))
    if rule.grain != "hour":
        return Reached(until)
    known = [one.reached.readings for one in moments(services, rule, frame) if one.load <= (frame.as_of or 0)]
    return Reached(until, known[-1] if known else ())


def hour_streams(rule: AlertRule) -> frozenset[str]:
    """The streams that bring the hours of a rule: another stream of the same source says nothing of them."""
    import_all("app.data.connectors")
    from app.data.connectors.base import CONNECTORS

    measures = {measure for metric in metrics(rule) for measure in catalogue.measures(metric)}
    tables = {fact.table.name for one in measures for fact in choose(one.subject, ("hour",)).facts}
    return frozenset(
        stream.name for kind in CONNECTORS for stream in kind.streams if tables & set(stream.tables)
    )


def _publishes(services: Services, rule: AlertRule, frame: MetricFrame) -> Iterator[list[Any]]:
    """The loads of each publish, oldest first."""
    sources = [entry.source for entry in frame.freshness]
    wanted = (
        select(
            Load.id,
            Load.source_id,
            Load.extracted_at,
            Load.published_version,
            Load.data_until,
            Load.time_zone,
        )
        .where(Load.state == "published", Load.source_id.in_(sources))
        .order_by(Load.published_version, Load.id)
    )
    if rule.grain == "hour":
        wanted = wanted.where(Load.stream.in_(hour_streams(rule)))
    with services.database.session() as session:
        loads: list[Row[Any]] = list(session.execute(wanted))
    for version in dict.fromkeys(load.published_version for load in loads):
        yield [load for load in loads if load.published_version == version]
