"""Rows of ingestion and work: sources, credentials, loads, runs, persons, jobs, rules, action items."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Date,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.data.db import Base, Instant

Key = BigInteger().with_variant(Integer, "sqlite")


class Source(Base):
    """A connected platform, its id the file name of its connector; or a kind of files that was imported."""

    __tablename__ = "source"

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(20), default="new")  # new | ready | syncing | failed | disabled
    base_url: Mapped[str] = mapped_column(String(300), default="")
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    last_sync_at: Mapped[datetime | None] = mapped_column(Instant)
    data_until: Mapped[datetime | None] = mapped_column(Instant)  # the end of the newest complete day
    error: Mapped[str] = mapped_column(Text, default="")  # why it failed; ready: what of it is not read
    created_at: Mapped[datetime] = mapped_column(Instant)

    @property
    def kind(self) -> str:
        """`platform`, which is read on a schedule, or `file`, which somebody imports."""
        return str((self.options or {}).get("kind", "platform"))

    @property
    def look_back(self) -> int:
        """Days that it reads again at each sync, if they are set for it; 0: the platform's usual ones."""
        return int((self.options or {}).get("look_back", 0))

    def rests(self, now: datetime) -> bool:
        """Whether its platform asked not to be asked yet; a person may all the same."""
        until = (self.options or {}).get("rests_until")
        return bool(until) and now < datetime.fromisoformat(str(until))


class Credential(Base):
    """The encrypted credentials of a source (AES-256-GCM; the source id is authenticated with it)."""

    __tablename__ = "credential"

    source_id: Mapped[str] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"), primary_key=True)
    nonce: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    updated_at: Mapped[datetime] = mapped_column(Instant)


class SyncRun(Base):
    """One run of one stream of one source."""

    __tablename__ = "sync_run"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    source_id: Mapped[str] = mapped_column(String(60), index=True)
    stream: Mapped[str] = mapped_column(String(60))
    sync_id: Mapped[int | None] = mapped_column(Integer)  # the first run of its sync; none: it is alone
    window_start: Mapped[date | None] = mapped_column(Date)
    window_end: Mapped[date | None] = mapped_column(Date)
    started_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(20))  # running | done | failed | quarantined
    rows: Mapped[int] = mapped_column(Integer, default=0)
    rejected: Mapped[int] = mapped_column(Integer, default=0)
    flagged: Mapped[int] = mapped_column(Integer, default=0)
    requests: Mapped[int] = mapped_column(Integer, default=0)
    seconds: Mapped[float] = mapped_column(Float, default=0.0)
    error: Mapped[str] = mapped_column(Text, default="")


class Load(Base):
    """A set of typed records of one stream that waits in staging or has been published.

    The ids grow; `as_of` a load means the warehouse after that load and all before it.
    """

    __tablename__ = "load"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    source_id: Mapped[str] = mapped_column(String(60), index=True)
    stream: Mapped[str] = mapped_column(String(60))
    account: Mapped[str] = mapped_column(String(120), default="")
    path: Mapped[str] = mapped_column(String(400))
    rows: Mapped[int] = mapped_column(Integer)
    extracted_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(20))  # waiting | published | quarantined | rejected
    published_version: Mapped[int | None] = mapped_column(Integer)
    data_until: Mapped[date | None] = mapped_column(Date)  # newest complete day that it brought
    time_zone: Mapped[str] = mapped_column(String(60), default="")  # of the account, empty for older loads


class PublishRun(Base):
    """One snapshot that was published: what entered it, and how long it took."""

    __tablename__ = "publish_run"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Instant)
    seconds: Mapped[float] = mapped_column(Float)
    loads: Mapped[int] = mapped_column(Integer)
    rejected: Mapped[int] = mapped_column(Integer)
    rows: Mapped[int] = mapped_column(Integer)
    restated: Mapped[int] = mapped_column(Integer)  # rows that went to history because others replaced them


class Watermark(Base):
    """How far one stream of one account has been read."""

    __tablename__ = "watermark"

    source_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    stream: Mapped[str] = mapped_column(String(60), primary_key=True)
    account: Mapped[str] = mapped_column(String(120), primary_key=True)
    position: Mapped[str] = mapped_column(String(60))


class Person(Base):
    """Personal data of one person of one source, encrypted; everything else carries only the key."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("source_id", "lookup", name="uq_person_lookup"),)

    person_key: Mapped[str] = mapped_column(String(40), primary_key=True)
    source_id: Mapped[str] = mapped_column(String(60))
    lookup: Mapped[str] = mapped_column(String(64))  # keyed hash of the platform's own id
    nonce: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    updated_at: Mapped[datetime] = mapped_column(Instant)


class SourceOfRecord(Base):
    """Which source counts for a subject; a second source of the subject shows in reconciliation only."""

    __tablename__ = "source_of_record"

    subject: Mapped[str] = mapped_column(String(60), primary_key=True)
    source_id: Mapped[str] = mapped_column(String(60))


class SettingInForce(Base):
    """A setting on which numbers depend, as it was at the last start."""

    __tablename__ = "setting_in_force"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)  # the variable
    value: Mapped[str] = mapped_column(String(200))


class ChannelRule(Base):
    """One line of the ordered channel mapping; the first that matches decides."""

    __tablename__ = "channel_rule"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    source_pattern: Mapped[str] = mapped_column(String(200), default="*")
    medium_pattern: Mapped[str] = mapped_column(String(200), default="*")
    campaign_pattern: Mapped[str] = mapped_column(String(200), default="*")
    channel: Mapped[str] = mapped_column(String(60))


class JobRun(Base):
    """One run of a job: what it does, how far it is, how it ended."""

    __tablename__ = "job_run"

    id: Mapped[str] = mapped_column(String(120), primary_key=True)
    kind: Mapped[str] = mapped_column(String(60), index=True)
    title: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(20))  # queued | running | done | failed
    progress: Mapped[float] = mapped_column(Float, default=0.0)
    message: Mapped[str] = mapped_column(String(300), default="")
    error: Mapped[str] = mapped_column(Text, default="")
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    result: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    asked_by: Mapped[str] = mapped_column(String(254), default="")
    request_id: Mapped[str] = mapped_column(String(64), default="", server_default="")  # of who asked for it
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(Instant, index=True)
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class ActionItem(Base):
    """Something somebody promised to do, shown on a dashboard."""

    __tablename__ = "action_item"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    due: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(20), default="open")  # open | in_work | waiting | done
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[str] = mapped_column(String(254))
    done_at: Mapped[datetime | None] = mapped_column(Instant)
