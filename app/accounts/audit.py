"""The audit log: who did what to which object. Rows can be added and read; both databases refuse the rest."""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import has_request_context, request
from sqlalchemy import ColumnElement, Connection, event, func, or_, select, text
from sqlalchemy.orm import Mapper, Session

from app.accounts.models import AuditEntry
from app.clock import Clock
from app.data.db import Database
from app.errors import AccessDenied
from app.text import t

SIGN_IN = "sign_in.done"
SIGN_IN_FAILED = "sign_in.failed"
SIGN_IN_PAUSED = "sign_in.paused"
SIGN_OUT = "sign_out"
SESSION_REVOKED = "session.revoked"
DENIED = "access.denied"
USER_ADDED = "user.added"
USER_CHANGED = "user.changed"
USER_DISABLED = "user.disabled"
USER_ENABLED = "user.enabled"
PASSWORD_CHANGED = "user.password"
SCOPE_CHANGED = "user.scope"
TOKEN_CREATED = "token.created"
TOKEN_REVOKED = "token.revoked"
EXPORT = "export"
DOWNLOADED = "export.downloaded"
SOURCE_CHANGED = "source.changed"
SOURCE_TRIED = "source.tried"
SOURCE_SYNC = "source.sync"
SOURCE_IMPORT = "source.import"
BACKED_UP = "data.backup"
RESTORED = "data.restore"
SETTING_CHANGED = "setting.changed"

ORIGIN: ContextVar[str] = ContextVar("origin", default="")  # who runs a command, and on which machine

_SQLITE = """
CREATE TRIGGER IF NOT EXISTS audit_entry_no_{verb} BEFORE {verb} ON audit_entry
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
"""
# INSERT OR REPLACE fires no trigger of UPDATE or DELETE. A row that brings no number has one below zero.
_SQLITE_REPLACE = """
CREATE TRIGGER IF NOT EXISTS audit_entry_no_replace BEFORE INSERT ON audit_entry
WHEN NEW.id > 0 AND EXISTS (SELECT 1 FROM audit_entry WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
"""
_POSTGRES = (
    """
CREATE OR REPLACE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$
""",
    "DROP TRIGGER IF EXISTS audit_entry_no_change ON audit_entry",
    """
CREATE TRIGGER audit_entry_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse()
""",
)


def seal(connection: Connection) -> None:
    """Make the database itself refuse changes of audit rows; doing it twice does no harm."""
    if connection.dialect.name == "sqlite":
        statements = [*(_SQLITE.format(verb=verb) for verb in ("UPDATE", "DELETE")), _SQLITE_REPLACE]
    else:
        statements = list(_POSTGRES)
    for statement in statements:
        connection.execute(text(statement))


@event.listens_for(AuditEntry.__table__, "after_create")
def _seal_when_made(_table: Any, connection: Connection, **_: Any) -> None:
    seal(connection)


@event.listens_for(AuditEntry, "before_update")
@event.listens_for(AuditEntry, "before_delete")
def _refuse(_mapper: Mapper[AuditEntry], _connection: Connection, entry: AuditEntry) -> None:
    raise AccessDenied(t("audit.append_only"), hint=t("audit.append_only_hint"))


def note(
    session: Session,
    clock: Clock,
    actor: str,
    action: str,
    object: str = "",
    detail: str = "",
    address: str = "",
) -> None:
    """Add an entry within the transaction of the change that it tells of."""
    session.add(
        AuditEntry(
            at=clock.now(),
            actor=actor[:254],
            action=action[:60],
            object=object[:200],
            detail=detail[:2000],
            address=(address or _address())[:64],
        )
    )


def _address() -> str:
    """Where the request or the command comes from that causes an entry."""
    return (request.remote_addr or "") if has_request_context() else ORIGIN.get()


def record(
    database: Database,
    clock: Clock,
    actor: str,
    action: str,
    object: str = "",
    detail: str = "",
    address: str = "",
) -> None:
    """Add an entry in a transaction of its own."""
    with database.session() as session:
        note(session, clock, actor, action, object, detail, address)


@dataclass(frozen=True)
class AuditFilter:
    """Which entries to read; `since` and `until` bound the instant, until excluded."""

    words: str = ""
    action: str = ""
    actor: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.words:
            columns = (AuditEntry.actor, AuditEntry.object, AuditEntry.detail, AuditEntry.address)
            found.append(or_(*(column.icontains(self.words, autoescape=True) for column in columns)))
        if self.action:
            found.append(AuditEntry.action == self.action)
        if self.actor:
            found.append(AuditEntry.actor == self.actor)
        if self.since:
            found.append(AuditEntry.at >= self.since)
        if self.until:
            found.append(AuditEntry.at < self.until)
        return found


def entries(
    database: Database, wanted: AuditFilter, *, limit: int, offset: int = 0
) -> tuple[list[AuditEntry], int]:
    """One page of entries, newest first, and how many there are in all."""
    conditions = wanted.conditions()
    newest = select(AuditEntry).where(*conditions).order_by(AuditEntry.id.desc())
    with database.session() as session:
        total = session.scalar(select(func.count()).select_from(AuditEntry).where(*conditions)) or 0
        return list(session.scalars(newest.limit(limit).offset(offset))), total


def every(database: Database, wanted: AuditFilter) -> Iterator[AuditEntry]:
    """All entries of a filter, oldest first, read with a constant amount of memory."""
    oldest = select(AuditEntry).where(*wanted.conditions()).order_by(AuditEntry.id)
    with database.session() as session:
        yield from session.scalars(oldest.execution_options(yield_per=500))


def actions(database: Database) -> list[str]:
    """The kinds of entry that occur."""
    with database.session() as session:
        return list(session.scalars(select(AuditEntry.action).distinct().order_by(AuditEntry.action)))
