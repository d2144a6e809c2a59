"""Groups of recipients: people and places under one name, shared by rules and reports."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import select

from app.accounts.changes import NOTHING, Trail
from app.data.db import Database
from app.errors import ConflictError, InputError, NotFound
from app.notify.message import CHANNELS, one_line
from app.notify.models import RecipientGroup
from app.text import t

LONGEST_NAME = 120
CHANGED, REMOVED = "recipients.changed", "recipients.removed"
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def listed(database: Database) -> Sequence[RecipientGroup]:
    """Every group by name."""
    with database.session() as session:
        return session.scalars(select(RecipientGroup).order_by(RecipientGroup.name)).all()


def get(database: Database, group_id: int) -> RecipientGroup:
    """Raises: NotFound."""
    with database.session() as session:
        found = session.get(RecipientGroup, group_id)
    if found is None:
        raise NotFound(t("alerts.group_gone"))
    return found


def add(database: Database, trail: Trail, name: str, lines: str) -> int:
    """A new group; its id. Raises: InputError, ConflictError when the name is taken."""
    name, members = one_line(name), parsed(lines)
    if not 1 <= len(name) <= LONGEST_NAME:
        raise InputError(t("alerts.group_name_wrong", most=LONGEST_NAME))
    with database.session() as session:
        if session.scalar(select(RecipientGroup.id).where(RecipientGroup.name == name)) is not None:
            raise ConflictError(t("alerts.group_taken", name=name))
        group = RecipientGroup(name=name, members=members)
        session.add(group)
        session.flush()
        trail.note(session, CHANGED, name, NOTHING, {"members": written(group).splitlines()})
        return group.id


def change(database: Database, trail: Trail, group_id: int, lines: str) -> str:
    """Other members; the group's name, which stays: reports name it. Raises: InputError, NotFound."""
    members = parsed(lines)
    with database.session() as session:
        group = session.get(RecipientGroup, group_id)
        if group is None:
            raise NotFound(t("alerts.group_gone"))
        before = {"members": written(group).splitlines()}
        group.members = members
        trail.note(session, CHANGED, group.name, before, {"members": written(group).splitlines()})
        return group.name


def in_use(users: Sequence[str]) -> str:
    """Why a group that rules and reports tell, by their titles, is not deleted."""
    return t("alerts.group_used", users=", ".join(t("alerts.group_user", title=title) for title in users))


def remove(database: Database, trail: Trail, group_id: int, users: Sequence[str]) -> str:
    """Forget a group that nothing uses; its name. Raises: NotFound, ConflictError that names who uses it."""
    if users:
        raise ConflictError(in_use(users))
    with database.session() as session:
        group = session.get(RecipientGroup, group_id)
        if group is None:
            raise NotFound(t("alerts.group_gone"))
        trail.note(session, REMOVED, group.name, {"members": written(group).splitlines()}, NOTHING)
        session.delete(group)
        return group.name


def parsed(lines: str) -> list[dict[str, str]]:
    """Members as people write them, one a line: `email mia@example.com`, `slack #marketing`, `inbox ...`.

    Raises: InputError that names the line.
    """
    members: list[dict[str, str]] = []
    for number, line in enumerate(lines.splitlines(), start=1):
        words = line.split()
        if not words:
            continue
        good = len(words) == 2 and words[0] in CHANNELS and len(words[1]) <= 254
        if not good or (words[0] != "slack" and not _ADDRESS.fullmatch(words[1])):
            raise InputError(t("alerts.recipient_wrong", number=number, line=line.strip()[:80]))
        member = {"channel": words[0], "to": words[1]}
        if member not in members:
            members.append(member)
    return members


def written(group: RecipientGroup | None) -> str:
    """Members in the form that people write."""
    return "\n".join(f"{entry['channel']} {entry['to']}" for entry in (group.members if group else []))
