"""XLSX exports: CPU-bound, so a worker writes them; whoever asked finds the file on the page that asked, in
the inbox and among the jobs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import structlog

from app.errors import PadError
from app.exports import files, workbook
from app.exports.about import about
from app.exports.request import ExportRequest, facts, load, open_rows
from app.notify import inbox
from app.notify.message import DeliveryError, Message
from app.services import Job, Services
from app.text import t
from app.units import Units

log = structlog.get_logger(__name__)


def export_xlsx(
    services: Services, job: Job, *, request: Mapping[str, Any], file: str, reader: str
) -> dict[str, Any]:
    """Writes one file and tells its reader; doing it twice writes the same file again and tells once."""
    asked = load(request)
    try:
        written = _write(services, job, asked, file, reader)
    except PadError as problem:
        title = t("export.inbox_failed", name=asked.name)
        _tell(services, Message("inbox", reader, title, str(problem), link=f"/jobs?job={job.id}"))
        raise
    until = Units().instant(files.until(services.clock.now()), services.settings.time_zone)
    words = t("export.inbox_text", rows=f"{written:,}", until=until)
    title = t("export.inbox_ready", name=asked.name)
    _tell(services, Message("inbox", reader, title, words, link=files.address(job.id)))
    return {"rows": written, "file": file, "name": asked.file_name(services.settings.currency, "xlsx")}


def _write(services: Services, job: Job, asked: ExportRequest, file: str, reader: str) -> int:
    """How many rows the file holds."""
    folder = services.settings.exports_dir
    folder.mkdir(parents=True, exist_ok=True)
    files.sweep(folder, services.clock.now())
    known = facts(services.query, asked)
    lines = about(asked, known, services.settings.currency, services.clock.now(), reader)
    heads, rows = open_rows(services.query, asked)
    total = known.rows or 0

    def told(done: int) -> None:
        share = min(done / total, 0.99) if total else 0.5
        job.progress(share, t("export.rows_done", done=f"{done:,}", rows=f"{total:,}"))

    path = files.place(folder, file)
    unfinished = path.with_suffix(f".{os.getpid()}.part")
    try:
        written = workbook.write(unfinished, heads, rows, lines, told)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    return written


def _tell(services: Services, message: Message) -> None:
    """Put it into the reader's inbox; who left the house meanwhile is told nothing."""
    try:
        inbox.tell_once(services.database, services.clock, message)
    except DeliveryError as problem:
        log.info("nobody to tell of an export", problem=problem.outcome)


KINDS = {"export_xlsx": export_xlsx}
