"""Rows of reports: what is sent to whom, and what was sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.data.db import Base, Instant
from app.data.models import Key


class Report(Base):
    """A report: its sections in order, its view (a query string, as on pages), formats and recipients."""

    __tablename__ = "report"

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    sections: Mapped[list[str]] = mapped_column(JSON)
    view: Mapped[str] = mapped_column(String(500), default="")
    formats: Mapped[list[str]] = mapped_column(JSON)  # pdf, html, csv
    recipients: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    send_when_empty: Mapped[bool] = mapped_column(default=False)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    schedule_id: Mapped[int | None] = mapped_column(ForeignKey("schedule.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(Instant)


class ReportIssue(Base):
    """One issue of a report as it was composed: kept, and reproducible by its load and version."""

    __tablename__ = "report_issue"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    report_id: Mapped[str] = mapped_column(String(60), index=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)  # report and firing: composed once
    at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(20))  # rendering | held | ready | failed
    reason: Mapped[str] = mapped_column(Text, default="")
    data_version: Mapped[str] = mapped_column(String(40), default="")
    as_of: Mapped[int | None] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    files: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # format -> path in the archive
    # Its owner's scope when it was made, as filters; none: the whole company.
    scope: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list, server_default="[]")
