"""Action items: what somebody promised to do, until when, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.clock import Clock
from app.data.db import Database
from app.data.models import ActionItem
from app.errors import InputError, NotFound, unknown
from app.text import t

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


def add(
    database: Database, clock: Clock, title: str, *, owner_id: int | None, due: date | None, by: str
) -> int:
    """Adds an open item.

    Raises: InputError for an empty or overlong title.
    """
    words = " ".join(title.split())
    if not words or len(words) > LONGEST_TITLE:
        raise InputError(t("actions.title_problem", most=LONGEST_TITLE))
    with database.session() as session:
        _require_owner(session, owner_id)
        item = ActionItem(
            title=words, owner_id=owner_id, due=due, state=OPEN, created_at=clock.now(), created_by=by
        )
        session.add(item)
        session.flush()
        return int(item.id)


def change(
    database: Database, clock: Clock, item_id: int, *, state: str, owner_id: int | None, due: date | None
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
        item.owner_id, item.due = owner_id, due
        _set_state(item, clock, state)


def complete(database: Database, clock: Clock, item_id: int, done: bool) -> None:
    """Marks an item done, or open again."""
    with database.session() as session:
        _set_state(_item(session, item_id), clock, DONE if done else OPEN)


def _set_state(item: ActionItem, clock: Clock, state: str) -> None:
    if state != item.state:
        item.done_at = clock.now() if state == DONE else None
    item.state = state


def _require_owner(session: Session, owner_id: int | None) -> None:
    if owner_id is not None and session.get(User, owner_id) is None:
        raise InputError(t("actions.owner_problem"))


def _item(session: Session, item_id: int) -> ActionItem:
    item = session.get(ActionItem, item_id)
    if item is None:
        raise NotFound(t("actions.gone"))
    return item
