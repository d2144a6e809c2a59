"""Publishing: every load that waits in the application database becomes part of one new snapshot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.clock import Clock
from app.data.db import Database
from app.data.models import Load, PublishRun
from app.data.pipeline import channel_rules, records
from app.data.warehouse.channels import Mapping
from app.data.warehouse.snapshots import Snapshots
from app.data.warehouse.staging import staged_files
from app.data.warehouse.store import Published, Rules, Store, Waiting
from app.errors import QualityError
from app.settings import Settings
from app.text import t

log = structlog.get_logger()


@dataclass(frozen=True)
class PublishReport:
    """What a publish did. Units: seconds."""

    version: int
    loads: tuple[int, ...]
    rejected: dict[int, str] = field(default_factory=dict)
    facts: tuple[str, ...] = ()
    seconds: float = 0.0

    def require(self, loads: Iterable[int]) -> None:
        """Insist that some loads were not turned away. Raises: QualityError with the reason."""
        for load_id in loads:
            if reason := self.rejected.get(load_id):
                raise QualityError(
                    t("pipeline.not_published", load=load_id, reason=reason),
                    hint=t("pipeline.not_published_hint"),
                )


def publish(database: Database, snapshots: Snapshots, settings: Settings, clock: Clock) -> PublishReport:
    """Publish all waiting loads; may run twice and beside itself.

    A crash after the snapshot and before its mark in the database is repaired by the next run: the
    warehouse itself knows which loads it holds.
    """
    began = clock.now()
    with database.session() as session:
        waiting, aside = _waiting(session, settings.staging_dir)
        rules = _rules(session, settings)
    published = Store(snapshots, rules).publish(waiting)
    rejected = published.rejected | aside
    report = PublishReport(
        published.version,
        published.loads,
        rejected,
        tuple(sorted(published.facts)),
        (clock.now() - began).total_seconds(),
    )
    with database.session() as session:
        _mark(session, published)
        if published.fresh:
            session.add(_run(report, published, began))
    for load_id, reason in rejected.items():
        log.error("load rejected", load=load_id, reason=reason)
    log.info("published", version=report.version, loads=len(report.loads), rows=published.rows,
             restated=published.restated, seconds=report.seconds)  # fmt: skip
    return report


def _run(report: PublishReport, published: Published, began: datetime) -> PublishRun:
    return PublishRun(
        version=report.version,
        at=began,
        seconds=report.seconds,
        loads=len(report.loads),
        rejected=len(report.rejected),
        rows=published.rows,
        restated=published.restated,
    )


def _waiting(session: Session, staging: Path) -> tuple[list[Waiting], dict[int, str]]:
    """The loads that may enter, and why others are kept aside."""
    loads = session.scalars(select(Load).where(Load.state == "waiting").order_by(Load.id)).all()
    aside: dict[int, str] = {}
    for load in loads:
        reason = records.refusal(session, load.source_id, staged_files(staging / load.path))
        if reason:
            load.state = "quarantined"
            aside[load.id] = reason
    return [Waiting(load.id, staging / load.path) for load in loads if load.id not in aside], aside


def _rules(session: Session, settings: Settings) -> Rules:
    mapping = Mapping(channel_rules.effective(session))
    return Rules(settings.currency, settings.attribution_lookback_days, mapping)


def _mark(session: Session, published: Published) -> None:
    still = Load.state == "waiting"
    session.execute(
        update(Load)
        .where(Load.id.in_(published.loads), still)
        .values(state="published", published_version=published.version)
    )
    session.execute(update(Load).where(Load.id.in_(published.rejected), still).values(state="rejected"))
