"""What was known when: every publish of the sources behind a rule, and how far it reached.

A day counts once its source was read its settling time after the day's end: the younger a day is, the lower
platforms tell it. An hour waits for its source's freshness target instead. What a live check knows and what a
rehearsal goes through is folded by the same function.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, func, select

from app.alerts.buckets import Hour, Reached, Reading, ends_at, settled_at, settled_day
from app.alerts.models import AlertRule
from app.alerts.series import metrics
from app.data.metrics import catalogue
from app.data.models import Load
from app.data.query import maturity
from app.data.query.frame import MetricFrame
from app.data.query.route import choose
from app.data.query.spec import MetricQuery
from app.errors import DataUnavailable
from app.periods import DAY, Period
from app.services import Services
from app.text import t


@dataclass(frozen=True)
class Moment:
    """A publish: what was known from then on. `waits`: the zone of each source and how long it settles."""

    load: int
    at: datetime
    reached: Reached
    waits: tuple[tuple[ZoneInfo, timedelta], ...] = ()

    def as_on(self, day: date, at: datetime) -> Moment:
        """What it would have told had it come when only the days up to one were settled."""
        return Moment(self.load, at, Reached(min(day, self.reached.until)))

    def settles(self, day: date) -> datetime:
        """The instant from which on a day was settled at all sources."""
        return max(settled_at(day, zone, wait) for zone, wait in self.waits)

    def as_after(self, hour: Hour) -> Moment:
        """What it would have told had it come as soon as an hour was settled."""
        readings = self.reached.readings
        ends = max(ends_at(hour.day, hour.hour, one.zone) for one in readings)
        late = self.at - min(one.settled for one in readings)
        settled = tuple(Reading(one.zone, min(ends, one.settled)) for one in readings)
        return Moment(self.load, ends + late, Reached(self.reached.until, settled))


@dataclass
class _Known:
    """How far each source is known after the loads so far."""

    frame: MetricFrame
    zone: str
    days: dict[str, date] = field(default_factory=dict)
    readings: dict[str, Reading] = field(default_factory=dict)
    waits: dict[str, tuple[ZoneInfo, timedelta]] = field(default_factory=dict)

    def take(self, loads: Iterable[Row[Any]]) -> None:
        """A load that brings older days completes nothing, nor does it undo what was complete."""
        sources = {entry.source: entry for entry in self.frame.freshness}
        for load in loads:
            source, own = sources[load.source_id], ZoneInfo(load.time_zone or self.zone)
            settled = settled_day(load.extracted_at, own, source.settles)
            known = min(settled, load.data_until or settled)
            self.days[source.source] = max(known, self.days.get(source.source, known))
            target = source.target or timedelta()
            self.readings[source.source] = Reading(own, load.extracted_at - target)
            self.waits[source.source] = own, source.settles

    def until(self, today: date) -> date:
        """The newest day that all sources know as settled, its cohorts old enough to be judged."""
        return maturity.settled(self.frame.query.metrics, min([today - DAY, *self.days.values()]))


def moments(services: Services, rule: AlertRule, frame: MetricFrame) -> Iterator[Moment]:
    """Every publish of the sources behind the rule, oldest first."""
    zone = services.settings.time_zone
    known, newest = _Known(frame, zone), 0
    for group in _publishes(services, rule, frame):
        known.take(group)
        newest = max(newest, *(load.id for load in group))
        at = max(load.extracted_at for load in group)
        until = known.until(at.astimezone(ZoneInfo(zone)).date())
        readings = tuple(known.readings[name] for name in sorted(known.readings))
        yield Moment(newest, at, Reached(until, readings), tuple(known.waits.values()))


def reached(services: Services, rule: AlertRule, frame: MetricFrame) -> Reached:
    """How far the sources behind an answer reach now, up to the newest cohorts that are old enough.

    Raises: DataUnavailable when nothing was loaded yet: before that no bucket lacks its data.
    """
    zone = services.settings.time_zone
    known = _Known(frame, zone)
    if not (loads := _newest(services, frame)):
        raise DataUnavailable(t("alerts.nothing_loaded"))
    known.take(loads)
    until = known.until(services.clock.today(zone))
    if rule.grain != "hour":
        return Reached(until)
    past = [one.reached.readings for one in moments(services, rule, frame) if one.load <= (frame.as_of or 0)]
    return Reached(until, past[-1] if past else ())


def wait(services: Services, rule: AlertRule) -> timedelta:
    """How long after its end a bucket of a rule is waited for: as long as its slowest source needs.

    Raises: PadError when its question cannot be answered.
    """
    yesterday = services.clock.today(services.settings.time_zone) - DAY
    frame = services.query.run(MetricQuery(metrics(rule), Period(yesterday, yesterday)))
    hourly = rule.grain == "hour"
    waits = [(entry.target or timedelta()) if hourly else entry.settles for entry in frame.freshness]
    return max(waits, default=timedelta())


def hour_streams(rule: AlertRule) -> frozenset[str]:
    """The streams that bring the hours of a rule: another stream of the same source says nothing of them."""
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


def _newest(services: Services, frame: MetricFrame) -> list[Row[Any]]:
    """For each source and day that a load reached, when that was read last: all that tells how far the
    sources reach now, in few rows however many the loads are."""
    wanted = (
        select(
            Load.source_id,
            Load.data_until,
            Load.time_zone,
            func.max(Load.extracted_at, type_=Load.extracted_at.type).label("extracted_at"),
        )
        .where(
            Load.state == "published",
            Load.source_id.in_([entry.source for entry in frame.freshness]),
            Load.id <= (frame.as_of or 0),
        )
        .group_by(Load.source_id, Load.data_until, Load.time_zone)
    )
    with services.database.session() as session:
        return list(session.execute(wanted))
