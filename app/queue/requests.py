"""Jobs that more than one part of the product asks for: kind, title and id of each stand here once, and the
days that may be asked.

While a job of an id waits or runs it is one job. What a running job may no longer see (new data, a new
message) is asked for again by the scheduler's next look.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from app.data.models import Source
from app.errors import InputError
from app.services import JobQueue
from app.text import t

if TYPE_CHECKING:
    from app.data.connectors.base import ConnectorKind

CHECK_ALERTS = "check_alerts"  # the kind of job
SCHEDULER = "scheduler"  # who asks when no person does


def deliver(queue: JobQueue, asked_by: str = SCHEDULER) -> str:
    """Send what the outbox holds."""
    return queue.enqueue("deliver", t("notify.deliver_title"), asked_by, job_id="deliver")


def publish(queue: JobQueue) -> str:
    """Make a snapshot of the loads that wait."""
    return queue.enqueue("publish", t("process.publish_title"), SCHEDULER, job_id="publish")


def sync_id(source_id: str, *parts: object) -> str:
    """The id of a sync: of a person's, of a backfill's days, or of the scheduler's period."""
    return "-".join(("sync", source_id, *map(str, parts)))


def sync(
    queue: JobQueue,
    source: Source,
    asked_by: str = SCHEDULER,
    *,
    period: int | None = None,
    days: Mapping[str, str] | None = None,
) -> str:
    """Read a source, once a `period` of the scheduler; with `from_day` and `to_day` exactly those days."""
    bounds = dict(days or {})
    title = t("sources.job_backfill" if bounds else "sources.job_sync", title=source.title, **bounds)
    job_id = sync_id(source.id, *([] if period is None else [period]), *bounds.values())
    return queue.enqueue("sync", title, asked_by, job_id=job_id, source_id=source.id, **bounds)


def window(first: date, last: date, today: date, kind: ConnectorKind) -> tuple[date, date]:
    """The days that somebody asks a source for.

    Raises: InputError for none, for days to come, for days that the platform can have no data of or that are
    not kept; the day that it names is taken.
    """
    from app.data.pipeline import windows  # knows connectors, which the web process goes without until asked

    if last < first:
        raise InputError(t("sources.backfill_inverted"))
    if last > today:
        raise InputError(t("sources.backfill_future"))
    begins, kept = kind.earliest(today), windows.kept(kind.streams, today)
    earliest = max(begins, kept)
    if first < earliest:
        early = t("sources.backfill_early", title=kind.title, start=first, earliest=begins)
        old = t("pipeline.too_old", day=first, days=(today - kept).days)
        raise InputError(
            early if first < begins else old, hint=t("sources.backfill_early_hint", earliest=earliest)
        )
    return first, last


def check_alerts(queue: JobQueue, job_id: str) -> str:
    """Judge the rules on what was published."""
    return queue.enqueue("check_alerts", t("alerts.check_title"), SCHEDULER, job_id=job_id)
