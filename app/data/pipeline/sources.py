"""Sources: add, list, test; and the signed-in connector of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import entry_points
from typing import Any

from sqlalchemy import func, select

from app.data.connectors.base import CONNECTORS, Account, Connector
from app.data.connectors.http import Session, open_session
from app.data.models import Load, Source, SyncRun
from app.data.pipeline import credentials
from app.data.pipeline.ingestion import Ingestion
from app.errors import PadError
from app.registry import import_all

# Connectors register themselves; a plug-in package does the same through the entry point `pad.connectors`.
import_all("app.data.connectors")
for entry in entry_points(group="pad.connectors"):
    entry.load()


@dataclass(frozen=True)
class SourceState:
    """A source as lists show it; `rows` are those of its published loads."""

    id: str
    title: str
    state: str
    rows: int
    last_sync: datetime | None
    data_until: date | None
    error: str


def add(
    ingestion: Ingestion, source_id: str, value: dict[str, Any] | None = None, base_url: str = ""
) -> None:
    """Connect a platform, or give a connected one new credentials or another address."""
    kind = CONNECTORS.get(source_id)
    with ingestion.database.session() as session:
        row = session.get(Source, source_id)
        if row is None:
            row = Source(id=source_id, title=kind.title, created_at=ingestion.clock.now(), options={})
            session.add(row)
        if base_url:
            row.base_url = base_url
    if value is not None:
        credentials.keep(ingestion.database, ingestion.vault, ingestion.clock, source_id, value)


def states(ingestion: Ingestion) -> list[SourceState]:
    """Every connected source, and every file import that brought rows."""
    published = Load.state == "published"
    with ingestion.database.session() as session:
        counted: dict[str, int] = {
            source: int(rows)
            for source, rows in session.execute(
                select(Load.source_id, func.sum(Load.rows)).where(published).group_by(Load.source_id)
            )
        }
        rows = list(session.scalars(select(Source).order_by(Source.id)))
    return [
        SourceState(
            row.id,
            row.title,
            row.state,
            counted.get(row.id, 0),
            row.last_sync_at,
            row.data_until.date() if row.data_until else None,
            row.error,
        )
        for row in rows
    ]


def runs(ingestion: Ingestion, source_id: str, limit: int = 50) -> list[SyncRun]:
    """The newest lines of the sync log of a source."""
    query = select(SyncRun).where(SyncRun.source_id == source_id).order_by(SyncRun.id.desc()).limit(limit)
    with ingestion.database.session() as session:
        return list(session.scalars(query))


def connect(ingestion: Ingestion, source_id: str) -> tuple[Connector, Session]:
    """The connector of a source on its own address, with its credentials.

    Raises: InputError for an unknown source, NotFound when it has no credentials.
    """
    kind = CONNECTORS.get(source_id)
    value = credentials.of(ingestion.database, ingestion.vault, source_id)
    with ingestion.database.session() as session:
        base_url = session.get_one(Source, source_id).base_url
    http = open_session(
        source_id, credentials.secrets_of(value), ingestion.transport, sleep=ingestion.sleep
    )

    def keep(refresh_token: str) -> None:
        fresh = value | {"refresh_token": refresh_token}
        credentials.keep(ingestion.database, ingestion.vault, ingestion.clock, source_id, fresh)

    http.keep_refresh_token = keep
    return kind.make(http, base_url, value), http


def test(ingestion: Ingestion, source_id: str) -> tuple[Account, ...]:
    """Sign in and name the accounts that are reached; the state of the source says how it went."""
    try:
        accounts = connect(ingestion, source_id)[0].accounts()
    except PadError as problem:
        _note(ingestion, source_id, "failed", str(problem))
        raise
    _note(ingestion, source_id, "ready", "")
    return accounts


def _note(ingestion: Ingestion, source_id: str, state: str, error: str) -> None:
    with ingestion.database.session() as session:
        row = session.get(Source, source_id)
        if row is not None:
            row.state, row.error = state, error
