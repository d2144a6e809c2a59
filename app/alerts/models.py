"""Rows of alerts: rules, the state of each, and what fired."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Float, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.data.db import Base, Instant
from app.data.models import Key


class AlertRule(Base):
    """A metric that is watched: condition, patience, and who is told how.

    `condition` is a declared kind with its numbers, such as
    {"kind": "below_average", "factor": 0.7, "days": 28}. Units: cool-down in minutes, times of day in
    `time_zone`.
    """

    __tablename__ = "alert_rule"

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    metric: Mapped[str] = mapped_column(String(60))
    by: Mapped[str] = mapped_column(String(40), default="")  # one alert a member of this dimension
    filters: Mapped[list[str]] = mapped_column(JSON, default=list)  # "dimension=value", as everywhere
    grain: Mapped[str] = mapped_column(String(10), default="day")
    condition: Mapped[dict[str, Any]] = mapped_column(JSON)
    minimum_volume: Mapped[int] = mapped_column(Integer, default=0)
    breaches_to_fire: Mapped[int] = mapped_column(Integer, default=1)
    clears_to_resolve: Mapped[int] = mapped_column(Integer, default=1)
    cool_down: Mapped[int] = mapped_column(Integer, default=1440)
    quiet_from: Mapped[str] = mapped_column(String(5), default="")
    quiet_to: Mapped[str] = mapped_column(String(5), default="")
    time_zone: Mapped[str] = mapped_column(String(60), default="")
    severity: Mapped[str] = mapped_column(String(20), default="medium")
    actions: Mapped[list[str]] = mapped_column(JSON, default=list)  # email, slack, inbox
    group_id: Mapped[int | None] = mapped_column(ForeignKey("recipient_group.id", ondelete="SET NULL"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    enabled: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[datetime] = mapped_column(Instant)


class AlertState(Base):
    """Where a rule stands for one member: ok, pending, firing, acknowledged, snoozed, no_data."""

    __tablename__ = "alert_state"

    rule_id: Mapped[str] = mapped_column(ForeignKey("alert_rule.id", ondelete="CASCADE"), primary_key=True)
    member: Mapped[str] = mapped_column(String(200), primary_key=True, default="")
    state: Mapped[str] = mapped_column(String(20))
    since: Mapped[datetime] = mapped_column(Instant)
    breaches: Mapped[int] = mapped_column(Integer, default=0)
    clears: Mapped[int] = mapped_column(Integer, default=0)
    bucket: Mapped[str] = mapped_column(String(20), default="")  # newest bucket judged
    value: Mapped[float | None] = mapped_column(Float)
    threshold: Mapped[float | None] = mapped_column(Float)
    notified_at: Mapped[datetime | None] = mapped_column(Instant)
    snoozed_until: Mapped[datetime | None] = mapped_column(Instant)
    acknowledged_by: Mapped[str] = mapped_column(String(254), default="")


class AlertEvent(Base):
    """What happened to a rule: one row a rule, member, bucket and kind.

    Of a judged bucket tell firing, resolved and no_data. What people make of an alarm (acknowledged, snoozed,
    reopened) and whether the rule can be judged at all (unjudged, judged) have their moment for a bucket.
    """

    __tablename__ = "alert_event"
    __table_args__ = (
        UniqueConstraint(
            "rule_id", "member", "bucket", "kind", name="uq_alert_event_rule_member_bucket_kind"
        ),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    rule_id: Mapped[str] = mapped_column(String(60), index=True)
    member: Mapped[str] = mapped_column(String(200), default="")
    bucket: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(Instant)
    value: Mapped[float | None] = mapped_column(Float)
    threshold: Mapped[float | None] = mapped_column(Float)
    as_of: Mapped[int | None] = mapped_column(Integer)  # load up to which data was known
    text: Mapped[str] = mapped_column(Text, default="")
    silenced: Mapped[str] = mapped_column(String(60), default="")  # quiet_hours, cool_down, snoozed, untold
