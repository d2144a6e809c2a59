"""Reading how the sources are: their state and their runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from app.data.db import Database
from app.data.models import Source, SyncRun

RUNS_SHOWN = 12


@dataclass(frozen=True)
class SourceState:
    """A source with its newest runs and what all its finished runs brought."""

    source: Source
    runs: Sequence[SyncRun]
    rows: int
    requests: int

    @property
    def newest(self) -> SyncRun | None:
        return self.runs[0] if self.runs else None


def all_states(database: Database) -> list[SourceState]:
    """Every source by title."""
    with database.session() as session:
        sources = session.scalars(select(Source).order_by(Source.title)).all()
        totals = select(SyncRun.source_id, func.sum(SyncRun.rows), func.sum(SyncRun.requests)).group_by(
            SyncRun.source_id
        )
        sums = {name: (rows or 0, requests or 0) for name, rows, requests in session.execute(totals)}
        found = []
        for source in sources:
            newest = select(SyncRun).where(SyncRun.source_id == source.id).order_by(SyncRun.id.desc())
            runs = session.scalars(newest.limit(RUNS_SHOWN)).all()
            found.append(SourceState(source, runs, *sums.get(source.id, (0, 0))))
        return found


def get(database: Database, source_id: str) -> Source | None:
    """One source, or nothing."""
    with database.session() as session:
        return session.get(Source, source_id)
