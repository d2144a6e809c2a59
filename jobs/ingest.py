"""Jobs of ingestion: sync a source, publish what waits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.data.pipeline.ingestion import ingestion
from app.data.pipeline.publish import publish
from app.data.pipeline.sync import sync
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


KINDS = {
    "sync": sync_source,
    "publish": publish_waiting,
}
