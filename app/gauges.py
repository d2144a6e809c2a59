"""Prometheus metrics on a loopback port of the supervisor: requests of all web workers, jobs, sources."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from app.clock import Clock
from app.data.db import Database
from app.data.models import JobRun, Source

LOOPBACK = "127.0.0.1"


class WorkCollector(Collector):
    """Jobs by state, and how long ago each source was read, asked of the database at each scrape."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def collect(self) -> Iterator[GaugeMetricFamily]:
        jobs = GaugeMetricFamily("pad_jobs", "Jobs by state.", labels=["state"])
        ages = GaugeMetricFamily("pad_source_age_seconds", "Seconds since the last sync.", labels=["source"])
        with self._database.session() as session:
            for state, count in session.execute(select(JobRun.state, func.count()).group_by(JobRun.state)):
                jobs.add_metric([state], count)
            for source, at in session.execute(select(Source.id, Source.last_sync_at)):
                if at is not None:
                    ages.add_metric([source], (self._clock.now() - at).total_seconds())
        yield jobs
        yield ages


def folder(home: Path) -> Path:
    """Where the web workers keep their counts, emptied at every start."""
    path = home / "metrics"
    path.mkdir(exist_ok=True)
    for old in path.glob("*.db"):
        old.unlink()
    return path


def serve(port: int, counts: Path, database: Database, clock: Clock) -> None:
    """Serve the metrics from a thread of this process, on the loopback address only."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(counts))  # type: ignore[no-untyped-call]
    registry.register(WorkCollector(database, clock))
    start_http_server(port, addr=LOOPBACK, registry=registry)
