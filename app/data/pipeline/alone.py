"""One reader of a source at a time, and the traces of one that was killed."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select, update

from app.data.models import Load, SyncRun
from app.data.pipeline.ingestion import Ingestion
from app.errors import ConflictError
from app.text import t


@contextmanager
def alone(ingestion: Ingestion, source_id: str) -> Iterator[None]:
    """The only reader of a source; the lock dies with its process, so a crash leaves nothing locked.

    Raises: ConflictError while another one reads it.
    """
    ingestion.staging.mkdir(parents=True, exist_ok=True)
    with (ingestion.staging / f"{source_id}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConflictError(
                t("pipeline.syncs_already", source=source_id), hint=t("pipeline.syncs_already_hint")
            ) from None
        _sweep(ingestion, source_id)
        yield


def _sweep(ingestion: Ingestion, source_id: str) -> None:
    """Whatever still runs or lies half written was left by a process that died: nobody else is here."""
    running = (SyncRun.source_id == source_id, SyncRun.state == "running")
    with ingestion.database.session() as session:
        session.execute(
            update(SyncRun)
            .where(*running)
            .values(state="failed", error=t("pipeline.broken_off"), ended_at=ingestion.clock.now())
        )
        known = set(session.scalars(select(Load.path).where(Load.source_id == source_id)))
    for folder in (ingestion.staging / source_id).glob("*/"):
        if str(folder.relative_to(ingestion.staging)) not in known:
            shutil.rmtree(folder, ignore_errors=True)
