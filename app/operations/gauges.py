"""Prometheus metrics on a port of their own: what the web processes counted, and what the database knows.

Requests and callbacks are counted in the web workers, which share a folder (`app/operations/counts.py`).
Jobs, loads and deliveries are rows, whichever process or machine worked on them, so they are counted where
they stand, at each scrape: no process has to live on for its counts, and a restart loses none.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    SummaryMetricFamily,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import ColumnElement, Float, case, cast, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.data.models import JobRun, Load, PublishRun, Source, SyncRun
from app.data.warehouse.pointer import Pointer
from app.errors import DataUnavailable
from app.notify.models import Delivery
from app.services import Services
from app.text import t

JOB_SECONDS = (0.5, 1, 5, 15, 60, 300, 900, 3600)
Found = Iterator[Metric]
Moment = InstrumentedAttribute[datetime | None]


class Work(Collector):
    """Everything that is asked of the database, the warehouse and the queue at a scrape.

    A part that does not answer is told by `pad_up`; what the others say is served all the same.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Found:
        up = GaugeMetricFamily("pad_up", t("gauges.up"), labels=["part"])
        up.add_metric(["redis"], float(self._services.queue.available()))
        try:
            with self._services.database.session() as session:
                found = [metric for ask in ASKED for metric in ask(session, self._services)]
        except SQLAlchemyError:
            found = []
        up.add_metric(["database"], float(bool(found)))
        yield up
        yield from found
        yield from _snapshot(self._services)


def _jobs(session: Session, services: Services) -> Found:
    jobs = GaugeMetricFamily("pad_jobs", t("gauges.jobs"), labels=["kind", "state"])
    rows = session.execute(
        select(JobRun.kind, JobRun.state, func.count()).group_by(JobRun.kind, JobRun.state)
    )
    depth = 0
    for kind, state, count in rows:
        jobs.add_metric([kind, state], count)
        depth += count if state == "queued" else 0
    yield jobs
    yield GaugeMetricFamily("pad_queue_depth", t("gauges.queue_depth"), value=depth)
    oldest = session.scalar(select(func.min(JobRun.created_at)).where(JobRun.state == "queued"))
    age = (services.clock.now() - oldest).total_seconds() if oldest else 0.0
    yield GaugeMetricFamily("pad_queue_oldest_seconds", t("gauges.queue_oldest_seconds"), value=age)


def _job_seconds(session: Session, _services: Services) -> Found:
    """Jobs that have ended, by how long they ran."""
    ran = _seconds(session, JobRun.started_at, JobRun.ended_at)
    within = [func.sum(case((ran <= bound, 1), else_=0)) for bound in JOB_SECONDS]
    ended = JobRun.started_at.is_not(None) & JobRun.ended_at.is_not(None)
    rows = session.execute(
        select(JobRun.kind, func.count(), func.sum(ran), *within).where(ended).group_by(JobRun.kind)
    )
    family = HistogramMetricFamily("pad_job_seconds", t("gauges.job_seconds"), labels=["kind"])
    for kind, count, total, *counts in rows:
        buckets = [(str(float(bound)), n) for bound, n in zip(JOB_SECONDS, counts, strict=True)]
        family.add_metric([kind], [*buckets, ("+Inf", count)], total)
    yield family


def _loads(session: Session, _services: Services) -> Found:
    rows = CounterMetricFamily("pad_load_rows", t("gauges.load_rows"), labels=["source"])
    taken = SummaryMetricFamily("pad_load_seconds", t("gauges.load_seconds"), labels=["source", "state"])
    sums = select(
        SyncRun.source_id, SyncRun.state, func.count(), func.sum(SyncRun.seconds), func.sum(SyncRun.rows)
    ).where(SyncRun.state != "running")
    brought: dict[str, int] = {}
    for source, state, count, seconds, total in session.execute(
        sums.group_by(SyncRun.source_id, SyncRun.state)
    ):
        taken.add_metric([source, state], count, seconds or 0.0)
        brought[source] = brought.get(source, 0) + (total or 0)
    for source, total in brought.items():
        rows.add_metric([source], total)
    loads = GaugeMetricFamily("pad_loads", t("gauges.loads"), labels=["state"])
    for state, count in session.execute(select(Load.state, func.count()).group_by(Load.state)):
        loads.add_metric([state], count)
    yield from (rows, taken, loads)


def _publishes(session: Session, _services: Services) -> Found:
    count, seconds, rows, restated = session.execute(
        select(
            func.count(),
            func.sum(PublishRun.seconds),
            func.sum(PublishRun.rows),
            func.sum(PublishRun.restated),
        )
    ).one()
    yield SummaryMetricFamily(
        "pad_publish_seconds", t("gauges.publish_seconds"), count_value=count, sum_value=seconds or 0.0
    )
    yield CounterMetricFamily("pad_published_rows", t("gauges.published_rows"), value=rows or 0)
    yield CounterMetricFamily("pad_restated_rows", t("gauges.restated_rows"), value=restated or 0)


def _sources(session: Session, services: Services) -> Found:
    now = services.clock.now()
    synced = GaugeMetricFamily("pad_source_age_seconds", t("gauges.source_age_seconds"), labels=["source"])
    data = GaugeMetricFamily(
        "pad_source_data_age_seconds", t("gauges.source_data_age_seconds"), labels=["source"]
    )
    for source, last, until in session.execute(select(Source.id, Source.last_sync_at, Source.data_until)):
        for family, at in ((synced, last), (data, until)):
            if at is not None:
                family.add_metric([source], (now - at).total_seconds())
    yield from (synced, data)


def _deliveries(session: Session, _services: Services) -> Found:
    family = GaugeMetricFamily("pad_deliveries", t("gauges.deliveries"), labels=["kind", "channel", "state"])
    by = (Delivery.kind, Delivery.channel, Delivery.state)
    for kind, channel, state, count in session.execute(select(*by, func.count()).group_by(*by)):
        family.add_metric([kind, channel, state], count)
    yield family


ASKED: tuple[Callable[[Session, Services], Found], ...] = (
    _jobs,
    _job_seconds,
    _loads,
    _publishes,
    _sources,
    _deliveries,
)


def _snapshot(services: Services) -> Found:
    """Which snapshot readers see, and since when."""
    pointer = Pointer(services.settings.warehouse_dir)
    try:
        snapshot, mark = pointer.read(), pointer.mark()
    except (DataUnavailable, OSError):
        return
    if snapshot is None or mark is None:
        return
    age = services.clock.now().timestamp() - mark[1] / 1e9
    yield GaugeMetricFamily("pad_snapshot_version", t("gauges.snapshot_version"), value=snapshot.version)
    yield GaugeMetricFamily("pad_snapshot_age_seconds", t("gauges.snapshot_age_seconds"), value=age)


def _seconds(session: Session, start: Moment, end: Moment) -> ColumnElement[float]:
    """SQL of the seconds between two instants; each database counts them its own way."""
    if session.get_bind().dialect.name == "sqlite":
        return cast((func.julianday(end) - func.julianday(start)) * 86_400, Float)
    return cast(func.extract("epoch", end - start), Float)


def folder(home: Path) -> Path:
    """Where the web workers of this machine keep their counts, emptied at every start."""
    path = home / "metrics" / socket.gethostname()
    path.mkdir(parents=True, exist_ok=True)
    for old in path.glob("*.db"):
        old.unlink()
    return path


def serve(services: Services, counts: Path) -> None:
    """Serve the metrics from a thread of this process, at the address that the settings name."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(counts))  # type: ignore[no-untyped-call]
    registry.register(Work(services))
    start_http_server(services.settings.metrics_port, addr=services.settings.metrics_host, registry=registry)
