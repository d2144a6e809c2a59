"""Rows of model runs: what was trained on which data, how it did, and where it is kept."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Integer, String, Text, bindparam, func, select
from sqlalchemy.orm import Mapped, mapped_column

from app.data.db import Base, Database, Instant
from app.data.models import Key
from app.periods import Grain

CHURN = "churn_90"  # the subject of the score who leaves within 90 days
DAILY = "_daily"  # ends the subject of a series of days


def subject(metric: str, grain: Grain) -> str:
    """The name of a series among runs: mrr, sessions_daily."""
    return f"{metric}{DAILY}" if grain == "day" else metric


def series_of(subject: str) -> tuple[str, Grain]:
    """The metric and the grain behind the name of a series."""
    return subject.removesuffix(DAILY), "day" if subject.endswith(DAILY) else "month"


class ModelRun(Base):
    """One training of one model: `subject` is the series (mrr) or the score (churn)."""

    __tablename__ = "model_run"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), index=True)  # forecast | churn
    subject: Mapped[str] = mapped_column(String(60), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(20))  # done | not_enough_history | failed
    winner: Mapped[str] = mapped_column(String(40), default="")
    as_of: Mapped[int | None] = mapped_column(Integer)
    data_version: Mapped[str] = mapped_column(String(40), default="")
    scores: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    note: Mapped[str] = mapped_column(Text, default="")


# Asked with every view of a dashboard, so built once.
_NUMBER = select(func.max(ModelRun.id)).where(
    ModelRun.kind == bindparam("kind"), ModelRun.subject == bindparam("subject")
)
# A training may be kept after one that began later: its moment tells which is the last, not its number.
_LATEST = (ModelRun.at.desc(), ModelRun.id.desc())


def newest(database: Database, kind: str) -> tuple[ModelRun, ...]:
    """The last training of each subject, however it ended."""
    place = func.row_number().over(partition_by=ModelRun.subject, order_by=_LATEST)
    placed = select(ModelRun.id, place.label("place")).where(ModelRun.kind == kind).subquery()
    ids = select(placed.c.id).where(placed.c.place == 1)
    with database.session() as session:
        return tuple(session.scalars(select(ModelRun).where(ModelRun.id.in_(ids)).order_by(ModelRun.subject)))


def last(
    database: Database, kind: str, subject: str, state: str = "", made_on: date | None = None
) -> ModelRun | None:
    """The last training of one subject; or the last that ended in a state, or that knew up to a day."""
    wanted = select(ModelRun).where(ModelRun.kind == kind, ModelRun.subject == subject)
    if state:
        wanted = wanted.where(ModelRun.state == state)
    if made_on:
        wanted = wanted.where(ModelRun.scores["made_on"].as_string() == made_on.isoformat())
    with database.session() as session:
        return session.scalar(wanted.order_by(*_LATEST).limit(1))


def number(database: Database, kind: str, subject: str) -> int | None:
    """The number given last to a training of one subject: whatever is kept, early or late, makes it larger,
    so what was drawn before is drawn anew."""
    with database.session() as session:
        return session.scalar(_NUMBER, {"kind": kind, "subject": subject})
