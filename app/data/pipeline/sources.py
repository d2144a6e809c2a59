"""Sources: add and test; and the signed-in connector of one."""

from __future__ import annotations

from datetime import timedelta
from importlib.metadata import entry_points
from typing import Any

from app.data.connectors.base import CONNECTORS, Account, Connector
from app.data.connectors.http import Session, open_session
from app.data.models import Source
from app.data.pipeline import credentials
from app.data.pipeline.ingestion import Ingestion
from app.errors import PadError
from app.registry import import_all

# Connectors register themselves; a plug-in package does the same through the entry point `pad.connectors`.
import_all("app.data.connectors")
for entry in entry_points(group="pad.connectors"):
    entry.load()


def late_after(source_id: str) -> timedelta | None:
    """The age at which a source is late; None for one that no connector reads."""
    return CONNECTORS.get(source_id).late_after if source_id in CONNECTORS else None


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


def connect(ingestion: Ingestion, source_id: str) -> tuple[Connector, Session]:
    """The connector of a source on its own address, with its credentials.

    Raises: InputError for an unknown source, NotFound when it has no credentials.
    """
    kind = CONNECTORS.get(source_id)
    value = credentials.of(ingestion.database, ingestion.vault, source_id)
    with ingestion.database.session() as session:
        base_url = session.get_one(Source, source_id).base_url
    secrets = credentials.secrets_of(kind, value)
    http = open_session(source_id, secrets, ingestion.transport, sleep=ingestion.sleep)

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
