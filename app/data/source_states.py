"""Reading how the sources are, platforms and imported files: their state and their runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import and_, exists, func, select

from app.data.db import Database
from app.data.job_runs import LIVE
from app.data.models import JobRun, Load, Source, SyncRun

RUNS_SHOWN = 12
SYNC_LIVES = (JobRun.kind == "sync", JobRun.state.in_(LIVE))


@dataclass(frozen=True)
class SourceState:
    """A source with its newest runs, and the requests and seconds that all streams of its newest sync took
    (None before the first); its rows are the warehouse's to tell. `waits`: a sync of it is asked for or runs.
    """

    source: Source
    runs: Sequence[SyncRun]
    requests: int | None = None
    seconds: float | None = None
    waits: bool = False


@dataclass(frozen=True)
class FirstRead:
    """A source of which nothing was published yet: how far it is."""

    title: str
    step: Literal["new", "waits", "read", "published", "failed"]  # what it is at; `new` is read when asked

    @property
    def coming(self) -> bool:
        """Whether its data comes by itself."""
        return self.step in ("waits", "read", "published")


def first_reads(database: Database) -> list[FirstRead]:
    """Every source whose first data is on its way or failed to come, by title; not one without any."""
    loads = select(Load.id).where(Load.source_id == Source.id)
    published = exists(loads.where(Load.state == "published"))
    staged = exists(loads.where(Load.state == "waiting"))
    with database.session() as session:
        asked = set(session.scalars(select(JobRun.arguments["source_id"].as_string()).where(*SYNC_LIVES)))
        found = session.execute(select(Source, staged).where(~published).order_by(Source.title)).all()
    steps = [(source.title, _step(source, waiting, source.id in asked)) for source, waiting in found]
    return [FirstRead(title, step) for title, step in steps if step]


def _step(
    source: Source, staged: bool, asked: bool
) -> Literal["new", "waits", "read", "published", "failed"] | None:
    if source.state == "syncing":
        return "read"
    if staged:
        return "published"
    if source.state == "failed" and not asked:
        return "failed"
    if asked or (source.state == "ready" and source.last_sync_at is None):
        return "waits"
    return "new" if source.state == "new" else None


def all_states(database: Database) -> list[SourceState]:
    """Every source, the platforms first, each by title."""
    place = func.row_number().over(partition_by=SyncRun.source_id, order_by=SyncRun.id.desc())
    placed = select(SyncRun.id, place.label("place")).subquery()
    newest = select(SyncRun).join(placed, placed.c.id == SyncRun.id).where(placed.c.place <= RUNS_SHOWN)
    sync = func.coalesce(SyncRun.sync_id, SyncRun.id)
    last = select(SyncRun.source_id, func.max(sync).label("sync")).group_by(SyncRun.source_id).subquery()
    totals = select(SyncRun.source_id, func.sum(SyncRun.requests), func.sum(SyncRun.seconds)).join(
        last, and_(last.c.source_id == SyncRun.source_id, last.c.sync == sync)
    )
    runs = defaultdict(list)
    with database.session() as session:
        sources = session.scalars(select(Source).order_by(Source.title)).all()
        for run in session.scalars(newest.order_by(SyncRun.id.desc())):
            runs[run.source_id].append(run)
        summed = session.execute(totals.group_by(SyncRun.source_id))
        sums = {name: (requests, seconds) for name, requests, seconds in summed}
        waiting = set(session.scalars(select(JobRun.arguments["source_id"].as_string()).where(*SYNC_LIVES)))
    found = []
    for source in sources:
        sent, took = sums.get(source.id, (None, None))
        found.append(SourceState(source, runs[source.id], sent, took, waits=source.id in waiting))
    return sorted(found, key=lambda state: state.source.kind, reverse=True)


def get(database: Database, source_id: str) -> Source | None:
    """One source, or nothing."""
    with database.session() as session:
        return session.get(Source, source_id)
