"""The inbox in the product: what a person was told, read and unread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.clock import Clock
from app.data.db import Database
from app.notify.message import DeliveryError, Message, Receipt, one_line
from app.notify.models import InboxItem
from app.text import t

ADMIN = "admin"


class InboxSender:
    """Puts a message into a user's inbox; within the outbox's own transaction, so nothing can be in doubt."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def send(self, message: Message) -> Receipt:
        """Raises: DeliveryError when there is no such user."""
        with self._database.session() as session:
            return self.put(session, message)

    def put(self, session: Session, message: Message) -> Receipt:
        """The same within a transaction. Raises: DeliveryError."""
        user = session.scalar(select(User).where(func.lower(User.email) == message.to.lower()))
        if user is None or user.disabled:
            raise DeliveryError(t("notify.inbox_nobody", to=message.to), "permanent")
        item = InboxItem(
            user_id=user.id,
            at=self._clock.now(),
            severity=message.severity,
            title=one_line(message.title),
            body=message.text,
            link=message.link,
        )
        session.add(item)
        session.flush()
        return Receipt(str(item.id))


def tell_once(database: Database, clock: Clock, message: Message) -> None:
    """Tell a person of one thing, which the link names; told again it stays one item.

    Raises: DeliveryError when there is no such user.
    """
    with database.session() as session:
        told = select(InboxItem.id).join(User, User.id == InboxItem.user_id)
        who = (func.lower(User.email) == message.to.lower(), InboxItem.link == message.link)
        if session.scalar(told.where(*who).limit(1)) is None:
            InboxSender(database, clock).put(session, message)


def owners(session: Session, owner: str) -> list[str]:
    """Who is told of trouble: the owner, or the admins when there is none who could be told."""
    able = select(User.email).where(~User.disabled)
    found = session.scalars(able.where(func.lower(User.email) == owner.lower())).all()
    return list(found or session.scalars(able.where(User.role == ADMIN)).all())


@dataclass(frozen=True)
class Inbox:
    """The newest items of a person and how many are unread in all."""

    items: Sequence[InboxItem]
    unread: int


def of(database: Database, user_id: int, limit: int = 20) -> Inbox:
    """What a person was told, the newest first."""
    with database.session() as session:
        newest = select(InboxItem).where(InboxItem.user_id == user_id)
        items = session.scalars(newest.order_by(InboxItem.at.desc(), InboxItem.id.desc()).limit(limit)).all()
        unread = select(func.count()).where(InboxItem.user_id == user_id, InboxItem.read_at.is_(None))
        return Inbox(items, session.scalar(unread) or 0)


def read_all(database: Database, clock: Clock, user_id: int) -> None:
    """Mark everything of a person as read."""
    with database.session() as session:
        session.execute(
            update(InboxItem)
            .where(InboxItem.user_id == user_id, InboxItem.read_at.is_(None))
            .values(read_at=clock.now())
        )
