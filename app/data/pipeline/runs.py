"""The log of syncs: one row a stream and run, the state of the source, and how far each stream was read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import update

from app.data.connectors.base import Window
from app.data.connectors.http import Session
from app.data.models import Source, SyncRun, Watermark
from app.data.pipeline.ingestion import Ingestion
from app.data.quality.gate import Flag
from app.data.transform import Context
from app.errors import PadError
from app.incidents import report
from app.periods import DAY
from app.text import t

log = structlog.get_logger(__name__)
TOLD = 5  # rows of each kind that the log of a stream names


@dataclass
class Run:
    """What is noted of one stream while it is read. `sync_id`: the first run of the sync it belongs to."""

    sync_id: int
    rows: int = 0
    rejected: int = 0
    flagged: int = 0
    window: Window | None = None
    reasons: list[tuple[int, str]] = field(default_factory=list)
    flags: list[tuple[int, Flag]] = field(default_factory=list)
    note: str = ""
    remarks: list[str] = field(default_factory=list)

    def remark(self, text: str) -> None:
        """Something to know of what was read, though it was taken; said once."""
        if text and text not in self.remarks:
            self.remarks.append(text)

    def quarantine(self, note: str) -> None:
        self.note = note

    @property
    def error(self) -> str:
        """What a reader of the log has to know: the quarantine, remarks, and the first rows that were refused
        or break a rule."""
        flagged = [(number, flag.words) for number, flag in self.flags[:TOLD]]
        rows = [
            t("pipeline.row_reason", row=number, reason=reason)
            for number, reason in [*self.reasons[:TOLD], *flagged]
        ]
        return "\n".join([*([self.note] if self.note else []), *self.remarks, *rows])


@contextmanager
def marked(ingestion: Ingestion, source_id: str) -> Iterator[list[str]]:
    """The source is `syncing`, then `ready` with the notices that were added, or `failed` with the reason."""
    _set(ingestion, source_id, state="syncing", error="")
    notices: list[str] = []
    try:
        yield notices
    except BaseException as problem:
        _set(ingestion, source_id, state="failed", error=_told(problem, source_id))
        _rest(ingestion, source_id, getattr(problem, "retry_after", None))
        raise
    _rest(ingestion, source_id, None)
    _set(ingestion, source_id, state="ready", last_sync_at=ingestion.clock.now(), error="\n".join(notices))


def _told(problem: BaseException, source_id: str) -> str:
    """Why a sync ended: a foreseen error in its words, any other by its reference; else it was killed."""
    if isinstance(problem, PadError):
        return str(problem)
    if isinstance(problem, Exception):
        return t("process.job_broke", reference=report(problem, part="sync", source=source_id))
    return t("pipeline.broken_off")


def _set(ingestion: Ingestion, source_id: str, **values: object) -> None:
    with ingestion.database.session() as session:
        session.execute(update(Source).where(Source.id == source_id).values(**values))


def _rest(ingestion: Ingestion, source_id: str, seconds: float | None) -> None:
    """Until when no sync starts by itself, because the platform said so."""
    until = ingestion.clock.now() + timedelta(seconds=seconds) if seconds else None
    with ingestion.database.session() as session:
        row = session.get(Source, source_id)
        if row is not None and (until or "rests_until" in row.options):
            kept = {name: value for name, value in row.options.items() if name != "rests_until"}
            row.options = kept | ({"rests_until": until.isoformat()} if until else {})


@contextmanager
def recorded(
    ingestion: Ingestion, source_id: str, stream: str, http: Session, sync_id: int | None = None
) -> Iterator[Run]:
    """One row of the log: begun before the first request, ended whatever happens."""
    began, before = ingestion.clock.now(), http.requests
    row = SyncRun(source_id=source_id, stream=stream, started_at=began, state="running")
    with ingestion.database.session() as session:
        session.add(row)
        session.flush()
        run_id = row.id
        row.sync_id = sync_id or run_id
    run = Run(sync_id or run_id)
    state, error = "failed", ""
    try:
        yield run
        state, error = ("quarantined" if run.note else "done"), run.error
    except BaseException as problem:
        error = _told(problem, source_id)
        raise
    finally:
        _end(ingestion, run_id, run, state, error, http.requests - before)


def _end(ingestion: Ingestion, run_id: int, run: Run, state: str, error: str, requests: int) -> None:
    ended = ingestion.clock.now()
    with ingestion.database.session() as session:
        row = session.get_one(SyncRun, run_id)
        row.window_start, row.window_end = (run.window.start, run.window.end) if run.window else (None, None)
        row.ended_at, row.state, row.error, row.requests = ended, state, error, requests
        row.rows, row.rejected, row.flagged = run.rows, run.rejected, run.flagged
        row.seconds = (ended - row.started_at).total_seconds()
        log.info("stream read", source=row.source_id, stream=row.stream, state=state, rows=run.rows,
                 requests=requests, seconds=row.seconds)  # fmt: skip


def imported(
    ingestion: Ingestion, source_id: str, title: str, rows: int, flagged: int, said: str = ""
) -> None:
    """A file was taken in: its stream is a source of the kind `file`, and the log has a line of it, with what
    was `said` of its rows."""
    now = ingestion.clock.now()
    line = SyncRun(source_id=source_id, stream=source_id, started_at=now, ended_at=now, state="done")
    line.rows, line.flagged, line.error = rows, flagged, said
    with ingestion.database.session() as session:
        row = session.get(Source, source_id) or Source(id=source_id, created_at=now)
        row.title, row.options, row.state, row.error = title, {"kind": "file"}, "ready", ""
        row.last_sync_at = now
        session.add_all((row, line))


def reached(ingestion: Ingestion, source_id: str, until: date | None) -> None:
    """Note the newest complete day that is known of a source; it never moves back."""
    if until is None:
        return
    zone = ZoneInfo(ingestion.settings.time_zone)
    end = datetime.combine(until + DAY, time.min, zone)
    with ingestion.database.session() as session:
        row = session.get_one(Source, source_id)
        row.data_until = max(row.data_until or end, end)


def position(ingestion: Ingestion, context: Context, stream: str) -> str:
    """How far a stream of an account was read; empty before its first sync."""
    with ingestion.database.session() as session:
        row = session.get(Watermark, (context.source_id, stream, context.account_id))
        return row.position if row else ""


def advance(
    ingestion: Ingestion, context: Context, stream: str, reached: str, asked: tuple[date, date] | None
) -> None:
    """Move the watermark forward. A back-fill that was asked for by days moves nothing back."""
    with ingestion.database.session() as session:
        row = session.get(Watermark, (context.source_id, stream, context.account_id))
        if row is None:
            # Days before a first back-fill are still unread: the first ordinary sync must go all the way.
            if asked is None:
                session.add(
                    Watermark(
                        source_id=context.source_id,
                        stream=stream,
                        account=context.account_id,
                        position=reached,
                    )
                )
        elif asked is None:
            row.position = max(row.position, reached)
