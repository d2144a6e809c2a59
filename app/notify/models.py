"""Rows of telling people: groups of recipients, deliveries with their true state, the inbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.data.db import Base, Instant
from app.data.models import Key


class RecipientGroup(Base):
    """People and places under one name: e-mail addresses, users, Slack channels."""

    __tablename__ = "recipient_group"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    # [{"channel": "email"|"slack"|"inbox", "to": address, #channel or user e-mail}]
    members: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)


class Delivery(Base):
    """One message to one recipient by one channel.

    States: queued, rendering, held, sending, sent, failed, unknown. `key` derives from what it says to whom,
    so that the same message twice is one row. `sending` is committed before the first byte leaves; a crash
    after that makes it `unknown`, which is never sent again.
    """

    __tablename__ = "delivery"
    __table_args__ = (Index("ix_delivery_state_at", "state", "at"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    kind: Mapped[str] = mapped_column(String(20))  # report | alert
    subject_id: Mapped[str] = mapped_column(String(60), index=True)
    title: Mapped[str] = mapped_column(String(300))
    channel: Mapped[str] = mapped_column(String(20))  # email | slack | inbox
    to: Mapped[str] = mapped_column(String(254))
    state: Mapped[str] = mapped_column(String(20))
    message_id: Mapped[str] = mapped_column(String(200), default="")
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)


class InboxItem(Base):
    """A message in the product itself."""

    __tablename__ = "inbox_item"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    severity: Mapped[str] = mapped_column(String(20), default="low")
    title: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text, default="")
    link: Mapped[str] = mapped_column(String(300), default="")
    read_at: Mapped[datetime | None] = mapped_column(Instant)


class Unsubscription(Base):
    """An address that wants no more of one report."""

    __tablename__ = "unsubscription"
    __table_args__ = (UniqueConstraint("address", "report_id", name="uq_unsubscription_address_report"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    address: Mapped[str] = mapped_column(String(254))
    report_id: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime] = mapped_column(Instant)
