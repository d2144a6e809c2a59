"""The outbox: what is to be told to whom, one row each, written once whatever happens.

The key of a row derives from what it says to whom, so that a job that runs twice queues nothing twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from app.accounts.changes import Trail
from app.clock import Clock
from app.data.db import Database
from app.errors import ConflictError, NotFound, unknown
from app.notify.message import CHANNELS, one_line
from app.notify.models import Delivery
from app.text import t

STATES = ("queued", "rendering", "held", "sending", "sent", "failed", "unknown")
LEAVING = ("queued", "rendering", "sending")  # it has not ended, and will without anybody's doing
RESENDABLE = ("failed", "unknown")  # what is held goes out with its report, once that passes
LONGEST_ADDRESS = 254
AGAIN = "delivery.again"
KEPT = ("text", "html", "link", "severity", "owner", "files", "headers", "permission", "shown")


@dataclass(frozen=True)
class FileRef:
    """A file of a message, kept in the data folder; `path` is relative to it, `alt` tells a picture."""

    name: str
    mime: str
    path: str
    alt: str = ""


@dataclass(frozen=True)
class Draft:
    """One message to one recipient, before it is queued.

    `occasion` tells this firing or issue from the next: the same draft twice is one delivery. `owner` is the
    e-mail address of who is told when it fails.
    """

    kind: str  # report | alert
    subject_id: str
    occasion: str
    channel: str
    to: str
    title: str
    text: str
    html: str = ""
    link: str = ""
    severity: str = "low"
    owner: str = ""
    files: tuple[FileRef, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    not_before: datetime | None = None  # quiet hours: kept until then
    permission: str = ""  # what a user who gets it must be allowed; `shown` is asked of those alone
    shown: tuple[tuple[str, tuple[str, ...]], ...] = ()  # dimension -> members; what is not named: all

    @property
    def key(self) -> str:
        """What it says to whom, as a name."""
        parts = (self.kind, self.subject_id, self.occasion, self.channel, self.to.strip().lower())
        return sha256("\x1f".join(parts).encode()).hexdigest()[:40]


def add(session: Session, clock: Clock, draft: Draft, *, state: str = "queued", domain: str = "") -> int:
    """Queue a draft in the caller's transaction; its id, also when it was queued before.

    Raises: InputError for an unknown channel.
    """
    if draft.channel not in CHANNELS:
        raise unknown("channel", draft.channel, CHANNELS)
    found = session.scalar(select(Delivery.id).where(Delivery.key == draft.key))
    if found is not None:
        return found
    body = {name: value for name, value in asdict(draft).items() if name in KEPT}
    if draft.not_before is not None:
        body["not_before"] = draft.not_before.isoformat()
    row = Delivery(
        key=draft.key,
        kind=draft.kind,
        subject_id=draft.subject_id,
        title=one_line(draft.title),
        channel=draft.channel,
        to=draft.to.strip()[:LONGEST_ADDRESS],
        state=state,
        message_id=f"<{draft.key}@{domain or 'pad.invalid'}>",
        payload=body,
        at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row.id


def queue(database: Database, clock: Clock, drafts: Sequence[Draft], *, domain: str = "") -> list[int]:
    """Queue drafts in a transaction of their own; their ids."""
    with database.session() as session:
        return [add(session, clock, draft, domain=domain) for draft in drafts]


def listed(
    database: Database, *, kind: str = "", subject_id: str = "", state: str = "", limit: int = 200
) -> Sequence[Delivery]:
    """Deliveries, the newest first."""
    wanted = select(Delivery).order_by(Delivery.at.desc(), Delivery.id.desc()).limit(limit)
    for column, value in ((Delivery.kind, kind), (Delivery.subject_id, subject_id), (Delivery.state, state)):
        if value:
            wanted = wanted.where(column == value)
    with database.session() as session:
        return session.scalars(wanted).all()


def leaving(database: Database, kind: str, subject_id: str) -> bool:
    """Whether a delivery of something waits or is being sent."""
    wanted = exists().where(
        Delivery.kind == kind, Delivery.subject_id == subject_id, Delivery.state.in_(LEAVING)
    )
    with database.session() as session:
        return bool(session.scalar(select(wanted)))


def get(database: Database, delivery_id: int) -> Delivery:
    """One delivery. Raises: NotFound."""
    with database.session() as session:
        row = session.get(Delivery, delivery_id)
    if row is None:
        raise NotFound(t("notify.delivery_gone"))
    return row


def known(database: Database, keys: Sequence[str]) -> dict[str, int]:
    """Of some keys those under which something was queued before, each with its delivery's id."""
    wanted = select(Delivery.key, Delivery.id).where(Delivery.key.in_(keys))
    with database.session() as session:
        return dict(session.execute(wanted).all())


def again(database: Database, trail: Trail, delivery_id: int) -> None:
    """A person's decision to send once more what failed or is in doubt, noted in the audit log.

    Raises: NotFound, ConflictError.
    """
    with database.session() as session:
        row = session.get(Delivery, delivery_id)
        if row is None:
            raise NotFound(t("notify.delivery_gone"))
        moved = session.execute(
            update(Delivery)
            .where(Delivery.id == delivery_id, Delivery.state.in_(RESENDABLE))
            .values(state="queued", attempts=0, error="", at=trail.clock.now(), payload=_without_marks(row))
            .execution_options(synchronize_session=False)
        )
        if not moved.rowcount:  # type: ignore[attr-defined]
            raise ConflictError(t("notify.not_resendable"))
        told = {"state": "queued", "channel": row.channel, "to": row.to}
        trail.note(session, AGAIN, f"{row.id}: {row.title}", {"state": row.state}, told)


def due(session: Session, now: datetime, limit: int = 100) -> list[int]:
    """Ids of what may be sent now, the oldest first."""
    rows = session.execute(
        select(Delivery.id, Delivery.payload).where(Delivery.state == "queued").order_by(Delivery.at)
    )
    return [row.id for row in rows if not_before(row.payload) is None or not_before(row.payload) <= now][  # type: ignore[operator]
        :limit
    ]


def not_before(payload: dict[str, object]) -> datetime | None:
    """Until when a delivery that failed for the moment waits."""
    text = payload.get("not_before")
    return datetime.fromisoformat(str(text)) if text else None


def _without_marks(row: Delivery) -> dict[str, object]:
    return {name: value for name, value in row.payload.items() if name not in ("not_before", "sending_since")}
