"""Jobs of ingestion: sync a source, publish what waits, import a file that was uploaded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from app.data.pipeline.imports.importing import import_file
from app.data.pipeline.ingestion import ingestion
from app.data.pipeline.publish import publish
from app.data.pipeline.sync import sync
from app.errors import ConflictError
from app.services import Job, Services


def sync_source(
    services: Services, job: Job, source_id: str, from_day: str = "", to_day: str = ""
) -> Mapping[str, Any]:
    """Read a source and publish what it brought. With days, read exactly those again."""
    parts = ingestion(services.settings, services.database, services.clock)
    asked = (date.fromisoformat(from_day), date.fromisoformat(to_day)) if from_day and to_day else None
    report = sync(parts, source_id, asked=asked, progress=lambda share, text: job.progress(share * 0.9, text))
    published = publish(parts.database, parts.snapshots, parts.settings, parts.clock)
    published.require(report.loads)
    return {"rows": report.rows, "requests": report.requests, "data_version": published.version}


def publish_waiting(services: Services, job: Job) -> Mapping[str, Any]:
    """Make one new snapshot of all loads that wait."""
    parts = ingestion(services.settings, services.database, services.clock)
    report = publish(parts.database, parts.snapshots, parts.settings, parts.clock)
    return {"data_version": report.version, "loads": len(report.loads), "rejected": len(report.rejected)}


def import_uploaded(services: Services, job: Job, name: str, stream: str) -> Mapping[str, Any]:
    """Import a file of the uploads folder and publish it; the file goes, unless another import is in the way:
    then the job can be tried again."""
    parts = ingestion(services.settings, services.database, services.clock)
    path = services.settings.home / "uploads" / Path(name).name
    try:
        report = import_file(parts, path, stream)
    except ConflictError:
        raise
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    path.unlink(missing_ok=True)
    published = publish(parts.database, parts.snapshots, parts.settings, parts.clock)
    published.require([report.load_id])
    return {"rows": report.rows, "flagged": report.flagged, "data_version": published.version}


KINDS = {
    "import": import_uploaded,
    "sync": sync_source,
    "publish": publish_waiting,
}
