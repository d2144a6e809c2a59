"""The export of the audit log: streamed, in the filter of the page, itself an entry of the log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flask import Response, request
from flask.typing import ResponseReturnValue

from app.accounts import audit, current, guard
from app.accounts.audit import AuditFilter
from app.accounts.permissions import AUDIT
from app.callbacks.base import Callbacks
from app.data.db import Database
from app.errors import InputError, unknown
from app.exports import csv_file
from app.layouts.pages.audit import FILTERS, Asked, asked

COLUMNS = ("at", "actor", "action", "object", "detail", "address")


def register(callbacks: Callbacks) -> None:
    """Add the route of the export."""
    services = callbacks.services

    def export() -> ResponseReturnValue:
        try:
            wanted = _understood(request.args).filter(services.settings.time_zone)
        except InputError as problem:
            return str(problem), 400, {"Content-Type": "text/plain; charset=utf-8"}
        current.record(audit.EXPORT, "audit.csv", request.query_string.decode(errors="replace"))
        name = f"audit-{services.clock.today(services.settings.time_zone):%Y-%m-%d}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        lines = csv_file.encode(COLUMNS, _entries(services.database, wanted))
        return Response(lines, mimetype="text/csv", headers=headers)

    guard.route(callbacks.dash.server, "/audit.csv", AUDIT, export)


def _understood(given: Mapping[str, str]) -> Asked:
    """What the address asks for. Raises: InputError for a parameter that chooses no entries."""
    for name in given:
        if name not in FILTERS:
            raise unknown("parameter", name, FILTERS)
    return asked(given)


def _entries(database: Database, wanted: AuditFilter) -> Iterator[tuple[object, ...]]:
    for entry in audit.every(database, wanted):
        yield entry.at, entry.actor, entry.action, entry.object, entry.detail, entry.address
