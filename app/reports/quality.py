"""Whether the data behind a report may be trusted: late sources, reads that failed or were refused."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select

from app.data.db import Database
from app.data.models import SyncRun
from app.data.query.frame import Freshness
from app.periods import Period
from app.text import t
from app.units import Units

MOST_REJECTED = 0.01  # of the rows of a stream's last read
BROKEN = ("failed", "quarantined")


def breaches(
    database: Database, sources: Iterable[Freshness], period: Period, units: Units
) -> tuple[str, ...]:
    """Why the report must wait, one line a cause; files come when somebody brings them, so are never late."""
    platforms = [entry for entry in sources if entry.kind == "platform"]
    late = [line for entry in platforms if (line := _late(entry, period, units))]
    return (*late, *_bad_reads(database, {entry.source: entry.title for entry in platforms}, units))


def _late(entry: Freshness, period: Period, units: Units) -> str:
    if entry.extracted_at is None:
        return t("reports.held_never", source=entry.title)
    if entry.data_until is None or entry.data_until < period.end:
        known = units.day(entry.data_until) if entry.data_until else "–"
        return t("reports.held_stale", source=entry.title, day=known, end=units.day(period.end))
    return ""


def _bad_reads(database: Database, titles: dict[str, str], units: Units) -> Iterable[str]:
    newest = (
        select(func.max(SyncRun.id))
        .where(SyncRun.source_id.in_(titles), SyncRun.state != "running")
        .group_by(SyncRun.source_id, SyncRun.stream)
    )
    with database.session() as session:
        runs = session.scalars(select(SyncRun).where(SyncRun.id.in_(newest)).order_by(SyncRun.id)).all()
    for run in runs:
        words = {"source": titles[run.source_id], "stream": run.stream}
        received = run.rows + run.rejected
        if run.state in BROKEN:
            yield t("reports.held_quality", state=run.state, **words)
        elif received and run.rejected / received > MOST_REJECTED:
            yield t("reports.held_rejected", share=units.percent(run.rejected / received), **words)
