"""XLSX exports: CPU-bound, so a worker writes them; the page watches the job and offers the file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from app.exports import files, workbook
from app.exports.about import about
from app.exports.request import facts, load, open_rows
from app.services import Job, Services
from app.text import t


def export_xlsx(
    services: Services, job: Job, *, request: Mapping[str, Any], file: str, reader: str
) -> dict[str, Any]:
    """Writes one file; doing it twice writes the same file again."""
    asked = load(request)
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
    return {"rows": written, "file": file, "name": f"{asked.name}.xlsx"}


KINDS = {"export_xlsx": export_xlsx}
