"""Rows of schedules: what is due when, in whose time zone; a firing is claimed by changing one row."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.data.db import Base, Instant
from app.data.models import Key


class Schedule(Base):
    """A cron line in a time zone that asks for one kind of job.

    `next_at` is the next firing in UTC; whoever moves it on from its old value owns that firing. `provided`
    names one that comes with the product, so that the database refuses to hold it twice.
    """

    __tablename__ = "schedule"
    __table_args__ = (Index("ix_schedule_due", "paused", "next_at"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(60))  # a job kind
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    cron: Mapped[str] = mapped_column(String(100))
    time_zone: Mapped[str] = mapped_column(String(60))
    paused: Mapped[bool] = mapped_column(Boolean, default=False)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    next_at: Mapped[datetime] = mapped_column(Instant)
    last_at: Mapped[datetime | None] = mapped_column(Instant)
    fired: Mapped[int] = mapped_column(Integer, default=0)
    provided: Mapped[str | None] = mapped_column(String(60), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
