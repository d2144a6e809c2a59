"""Sending what the outbox holds, each at most once: claim, commit `sending`, send, commit the end.

A process that dies in between leaves `sending`; after a while that is `unknown`, and the owner is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.accounts import scopes
from app.accounts.models import User
from app.accounts.permissions import ROLES
from app.clock import Clock
from app.data.db import Database
from app.notify import outbox
from app.notify.inbox import InboxSender, owners
from app.notify.message import Attachment, DeliveryError, Message, Receipt, Sender, one_line
from app.notify.models import Delivery
from app.reading_order import in_order
from app.text import t

log = structlog.get_logger(__name__)

# Waits after the first, second, ... attempt that failed for the moment.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 20, 60))
LOST_AFTER = timedelta(seconds=45)  # longer than a sender may take


@dataclass(frozen=True)
class Desk:
    """What sending needs."""

    database: Database
    clock: Clock
    senders: Mapping[str, Sender]
    home: Path


def drain(desk: Desk, told: Callable[[int], None] = lambda _done: None) -> dict[str, int]:
    """Send everything that is due; how many ended in which state."""
    ends: dict[str, int] = {}
    lost = recover(desk)
    if lost:
        ends["unknown"] = lost
    while True:
        with desk.database.session() as session:
            ids = outbox.due(session, desk.clock.now())
        if not ids:
            return ends
        for delivery_id in ids:
            state = send_one(desk, delivery_id)
            ends[state] = ends.get(state, 0) + 1
            told(sum(ends.values()))


def send_one(desk: Desk, delivery_id: int) -> str:
    """Send one delivery if nobody else does; its state afterwards."""
    row = _claim(desk, delivery_id)
    if row is None:
        return "taken"
    try:
        receipt = _hand_over(desk, row)
    except DeliveryError as problem:
        return _fail(desk, row, problem)
    if receipt is not None:
        _end(desk, row, "sent", error=receipt.note, sent_at=desk.clock.now())
    log.info("delivered", delivery=row.id, channel=row.channel, kind=row.kind)
    return "sent"


def recover(desk: Desk) -> int:
    """Mark what died while it was being sent; answers how many."""
    now = desk.clock.now()
    with desk.database.session() as session:
        rows = session.scalars(select(Delivery).where(Delivery.state == "sending")).all()
    lost = [row for row in rows if _since(row) <= now - LOST_AFTER]
    return sum(_end(desk, row, "unknown", error=t("notify.died")) for row in lost)


def pending(database: Database, now: datetime) -> bool:
    """Whether a look into the outbox would find work."""
    with database.session() as session:
        if outbox.due(session, now, limit=1):
            return True
        rows = session.scalars(select(Delivery).where(Delivery.state == "sending")).all()
    return any(_since(row) <= now - LOST_AFTER for row in rows)


def _since(row: Delivery) -> datetime:
    return datetime.fromisoformat(str(row.payload.get("sending_since", row.at.isoformat())))


def _claim(desk: Desk, delivery_id: int) -> Delivery | None:
    """Take a queued row and say so before the first byte leaves; None when somebody else has it."""
    with desk.database.session() as session:
        row = session.get(Delivery, delivery_id)
        if row is None:
            return None
        since = {**row.payload, "sending_since": desk.clock.now().isoformat()}
        taken = session.execute(
            update(Delivery)
            .where(Delivery.id == delivery_id, Delivery.state == "queued")
            .values(state="sending", attempts=Delivery.attempts + 1, payload=since)
            .execution_options(synchronize_session=False)
        )
        if not taken.rowcount:  # type: ignore[attr-defined]
            return None
    with desk.database.session() as session:
        return session.get(Delivery, delivery_id)


def _hand_over(desk: Desk, row: Delivery) -> Receipt | None:
    """Send; None when the end is already written, as for the inbox."""
    sender = desk.senders.get(row.channel)
    if sender is None:
        known = ", ".join(desk.senders)
        raise DeliveryError(t("notify.channel_unknown", channel=row.channel, known=known), "permanent")
    _require_person(desk, row)
    message = message_of(row, desk.home)
    if isinstance(sender, InboxSender):
        with desk.database.session() as session:  # item and state in one commit
            if _move(session, row, "sent", sent_at=desk.clock.now()):
                sender.put(session, message)
        return None
    return sender.send(message)


def _require_person(desk: Desk, row: Delivery) -> None:
    """A user who may not sign in, lost the right, or may see only a part of it is told nothing; asked at the
    last moment, since rights change while a message waits.

    Raises: DeliveryError.
    """
    with desk.database.session() as session:
        user = session.scalar(select(User).where(func.lower(User.email) == row.to.lower()))
        if user is None:
            return
        if user.disabled:
            raise DeliveryError(t("notify.recipient_gone", to=row.to), "permanent")
        permission = str(row.payload.get("permission", ""))
        if permission and permission not in ROLES.get(user.role, frozenset()):
            raise DeliveryError(t("notify.recipient_right", to=row.to, role=user.role), "permanent")
        limits = scopes.scope_of(session, user.id).filters if permission else ()
    if not scopes.covers(limits, dict(row.payload.get("shown", ()))):
        seen = scopes.told({limit.dimension: limit.values for limit in limits})
        raise DeliveryError(t("notify.recipient_scope", to=row.to, scope=seen), "permanent")


def message_of(row: Delivery, home: Path) -> Message:
    """The message of a row with its files.

    Raises: DeliveryError when a file is gone.
    """
    body = row.payload
    return Message(
        channel=row.channel,
        to=row.to,
        title=row.title,
        text=in_order(str(body.get("text", ""))),
        html=in_order(str(body.get("html", ""))),
        link=str(body.get("link", "")),
        severity=str(body.get("severity", "low")),
        message_id=row.message_id,
        attachments=tuple(_attachment(home, entry) for entry in body.get("files", ())),
        headers=tuple((name, one_line(value, 900)) for name, value in body.get("headers", ())),
    )


def _attachment(home: Path, entry: Mapping[str, str]) -> Attachment:
    path = (home / entry["path"]).resolve()
    if not path.is_relative_to(home.resolve()) or not path.is_file():
        raise DeliveryError(t("notify.file_gone", name=entry["name"]), "permanent")
    return Attachment(entry["name"], entry["mime"], path.read_bytes(), in_order(entry.get("alt", "")))


def _fail(desk: Desk, row: Delivery, problem: DeliveryError) -> str:
    """Wait and try again, give up, or leave the doubt as it is."""
    log.warning("not delivered", delivery=row.id, channel=row.channel, outcome=problem.outcome)
    if problem.outcome == "transient" and row.attempts <= len(WAITS):
        wait = max(WAITS[row.attempts - 1], timedelta(seconds=problem.retry_after or 0))
        later = {**row.payload, "not_before": (desk.clock.now() + wait).isoformat()}
        _end(desk, row, "queued", error=str(problem), payload=later)
        return "waiting"
    if problem.outcome == "transient":
        _end(desk, row, "failed", error=t("notify.gave_up", attempts=row.attempts, reason=problem))
        return "failed"
    state = "unknown" if problem.outcome == "unknown" else "failed"
    _end(desk, row, state, error=str(problem))
    return state


def _end(desk: Desk, row: Delivery, state: str, **values: Any) -> bool:
    """Write the end of a sending; the owner is told of a bad one in the same commit."""
    with desk.database.session() as session:
        moved = _move(session, row, state, **values)
        if moved and state in ("failed", "unknown"):
            _tell_owner(session, desk, row, state, str(values.get("error", "")))
        return moved


def _move(session: Session, row: Delivery, state: str, **values: Any) -> bool:
    # A sender that was believed dead may still bring the good news.
    fit = ("sending", "unknown") if state == "sent" else ("sending",)
    moved = session.execute(
        update(Delivery)
        .where(Delivery.id == row.id, Delivery.state.in_(fit))
        .values(state=state, **values)
        .execution_options(synchronize_session=False)
    )
    return bool(moved.rowcount)  # type: ignore[attr-defined]


def _tell_owner(session: Session, desk: Desk, row: Delivery, state: str, reason: str) -> None:
    """Through the inbox: the channel that failed may be the very one that would tell."""
    title = t(f"notify.owner_{state}_title", title=row.title)
    body = t("notify.owner_body", channel=t(f"notify.channel_{row.channel}"), to=row.to, reason=reason)
    inbox = InboxSender(desk.database, desk.clock)
    for email in owners(session, str(row.payload.get("owner", ""))):
        inbox.put(session, Message("inbox", email, title, body, severity="high"))
