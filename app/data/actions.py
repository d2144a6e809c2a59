"""Action items: what somebody promised to do, until when, and how far it is; each change is audited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.changes import Trail
from app.accounts.models import User
from app.data.db import Database
from app.data.models import ActionItem
from app.errors import InputError, NotFound, unknown
from app.text import t

CHANGED, REMOVED = "action.changed", "action.removed"
OPEN, IN_WORK, WAITING, DONE = STATES = ("open", "in_work", "waiting", "done")
LONGEST_TITLE = 200


@dataclass(frozen=True)
class ActionEntry:
    """One item as a page shows it."""

    id: int
    title: str
    owner_id: int | None
    owner: str
    due: date | None
    state: str


def listed(database: Database, *, limit: int = 20) -> list[ActionEntry]:
    """Items that are not done, the earliest due first, then the newest done ones."""
    with database.session() as session:
        rows = session.execute(
            select(ActionItem, User.name)
            .outerjoin(User, User.id == ActionItem.owner_id)
            .order_by(ActionItem.state == DONE, ActionItem.due.is_(None), ActionItem.due, ActionItem.id)
            .limit(limit)
        )
        return [
            ActionEntry(item.id, item.title, item.owner_id, name or "", item.due, item.state)
            for item, name in rows
        ]


def people(database: Database) -> list[tuple[int, str]]:
    """Those who can own an item."""
    with database.session() as session:
        rows = session.execute(select(User.id, User.name).where(~User.disabled).order_by(User.name))
        return [(user_id, name) for user_id, name in rows]


def add(database: Database, title: str, trail: Trail, *, owner_id: int | None, due: date | None) -> int:
    """Adds an open item.

    Raises: InputError for an empty or overlong title.
    """
    words = " ".join(title.split())
    if not words or len(words) > LONGEST_TITLE:
        raise InputError(t("actions.title_problem", most=LONGEST_TITLE))
    with database.session() as session:
        _require_owner(session, owner_id)
        item = ActionItem(
            title=words,
            owner_id=owner_id,
            due=due,
            state=OPEN,
            created_at=trail.clock.now(),
            created_by=trail.by,
        )
        session.add(item)
        session.flush()
        trail.note(session, CHANGED, words, after=_told(session, item))
        return int(item.id)


def change(
    database: Database, item_id: int, trail: Trail, *, state: str, owner_id: int | None, due: date | None
) -> None:
    """Gives an item another state, owner and due day.

    Raises: InputError for an unknown state or owner, NotFound for an item that is gone.
    """
    if state not in STATES:
        raise unknown("state", state, STATES)
    with database.session() as session:
        item = _item(session, item_id)
        if owner_id != item.owner_id:
            _require_owner(session, owner_id)
        before = _told(session, item)
        item.owner_id, item.due = owner_id, due
        _set_state(session, item, trail, state, before)


def complete(database: Database, item_id: int, trail: Trail, done: bool) -> None:
    """Marks an item done, or open again."""
    with database.session() as session:
        item = _item(session, item_id)
        _set_state(session, item, trail, DONE if done else OPEN, _told(session, item))


def remove(database: Database, item_id: int, trail: Trail) -> None:
    """Forgets an item; the audit log keeps what it was. Raises: NotFound."""
    with database.session() as session:
        item = _item(session, item_id)
        trail.note(session, REMOVED, item.title, before=_told(session, item))
        session.delete(item)


def _set_state(
    session: Session, item: ActionItem, trail: Trail, state: str, before: Mapping[str, Any]
) -> None:
    if state != item.state:
        item.done_at = trail.clock.now() if state == DONE else None
    item.state = state
    trail.note(session, CHANGED, item.title, before, _told(session, item))


def _told(session: Session, item: ActionItem) -> dict[str, Any]:
    """An item as the audit log tells it: its owner by address."""
    owner = session.get(User, item.owner_id) if item.owner_id is not None else None
    return {"owner": owner.email if owner else "", "due": item.due, "state": item.state}


def _require_owner(session: Session, owner_id: int | None) -> None:
    if owner_id is not None and session.get(User, owner_id) is None:
        raise InputError(t("actions.owner_problem"))


def _item(session: Session, item_id: int) -> ActionItem:
    item = session.get(ActionItem, item_id)
    if item is None:
        raise NotFound(t("actions.gone"))
    return item
