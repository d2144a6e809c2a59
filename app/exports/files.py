"""Exported files on disk: a name that a job id decides, gone after a day."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.errors import NotFound
from app.text import t

PREFIX = "/download/"
KEPT = timedelta(hours=24)
HOURS = int(KEPT.total_seconds() // 3600)
_JOB_ID = re.compile(r"^[A-Za-z0-9_-]{1,120}$")


def place(folder: Path, job_id: str) -> Path:
    """Where the file of a job stands.

    Raises: NotFound for a name that could leave the folder.
    """
    if not _JOB_ID.match(job_id):
        raise gone()
    return folder / f"{job_id}.xlsx"


def present(folder: Path, job_id: str, now: datetime) -> Path:
    """The file of a job. Raises: NotFound when it has expired or never was."""
    path = place(folder, job_id)
    if not path.is_file() or now - _written(path) > KEPT:
        raise gone()
    return path


def until(written: datetime) -> datetime:
    """The end of the time for which a file is kept."""
    return written + KEPT


def address(job_id: str) -> str:
    """Where the file of a job is fetched."""
    return f"{PREFIX}{job_id}"


def sweep(folder: Path, now: datetime) -> int:
    """Removes expired files and returns how many there were."""
    old = [path for path in folder.glob("*.xlsx") if now - _written(path) > KEPT]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def gone() -> NotFound:
    return NotFound(t("export.gone"), hint=t("export.gone_hint", hours=HOURS))


def _written(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
