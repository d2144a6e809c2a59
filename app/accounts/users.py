"""People: add, list, change, disable. Every change is written to the audit log in the same transaction."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts import audit, identity, passwords, scopes, sessions
from app.accounts.models import ApiToken, SignInAttempts, User
from app.accounts.permissions import ROLES
from app.accounts.viewer import Viewer
from app.clock import Clock
from app.data.db import Database
from app.errors import ConflictError, InputError, NotFound, unknown
from app.home import write_privately
from app.text import t

ADMIN = "admin"
FIRST_ADMIN = "admin@localhost"
FIRST_ADMIN_FILE = "first-admin.json"
_EMAIL = re.compile(r"[^@\s<>\"'(),:;]+@[^@\s<>\"'(),:;]+")


@dataclass(frozen=True)
class UserRow:
    """A person as lists show them."""

    id: int
    email: str
    name: str
    role: str
    disabled: bool
    must_change_password: bool
    created_at: datetime
    last_seen_at: datetime | None
    scope: Mapping[str, list[str]]


def normal(email: str) -> str:
    """The one way an e-mail address is written.

    Raises: InputError.
    """
    address = email.strip().lower()
    if len(address) > 254 or not _EMAIL.fullmatch(address):
        raise InputError(t("users.email_wrong", email=address[:60]), hint=t("users.email_hint"))
    return address


def add(
    database: Database,
    clock: Clock,
    email: str,
    name: str,
    role: str,
    password: str,
    *,
    actor: str,
    must_change: bool = True,
    scope: Mapping[str, Iterable[str]] | None = None,
) -> int:
    """Add a person and return the id.

    Raises: InputError for a wrong address, role, password or scope; ConflictError for a taken address.
    """
    address, called = normal(email), _name(name)
    _require_role(role)
    passwords.require_good(password, address)
    user = User(
        email=address,
        name=called,
        role=role,
        password_hash=passwords.hashed(password),
        must_change_password=must_change,
        disabled=False,
        created_at=clock.now(),
    )
    try:
        with database.session() as session:
            session.add(user)
            session.flush()
            scopes.replace(session, user.id, scope or {})
            audit.note(session, clock, actor, audit.USER_ADDED, address, _detail(role, scope or {}))
    except IntegrityError:
        raise ConflictError(t("users.email_taken", email=address), hint=t("users.email_taken_hint")) from None
    return user.id


def listing(database: Database) -> list[UserRow]:
    """Everybody, by name."""
    with database.session() as session:
        people = list(session.scalars(select(User).order_by(User.name, User.id)))
        narrowed = scopes.by_user(session, [user.id for user in people])
        return [_row(user, narrowed.get(user.id, {})) for user in people]


def get(database: Database, user_id: int) -> UserRow:
    """One person.

    Raises: NotFound.
    """
    with database.session() as session:
        user = _person(session, user_id)
        return _row(user, scopes.by_user(session, [user_id]).get(user_id, {}))


def find(database: Database, email: str) -> UserRow:
    """The person with an e-mail address.

    Raises: NotFound.
    """
    with database.session() as session:
        user = session.scalar(select(User).where(User.email == email.strip().lower()))
    if user is None:
        raise NotFound(t("users.unknown", email=email.strip()[:60]), hint=t("users.unknown_hint"))
    return get(database, user.id)


def viewer(database: Database, email: str) -> Viewer:
    """The person as the one who asks, for commands and jobs.

    Raises: NotFound, also for a disabled person.
    """
    row = find(database, email)
    if row.disabled:
        raise NotFound(t("users.is_disabled", email=row.email), hint=t("users.is_disabled_hint"))
    with database.session() as session:
        return identity.viewer_of(session, _person(session, row.id))


def change(
    database: Database,
    clock: Clock,
    user_id: int,
    *,
    actor: str,
    name: str,
    role: str,
    scope: Mapping[str, Iterable[str]],
) -> None:
    """Give a person this name, role and row scope; the next request of theirs sees it.

    Raises: InputError, NotFound; ConflictError when no admin would be left.
    """
    _require_role(role)
    with database.session() as session:
        _lock_admins(session)
        user = _person(session, user_id)
        before = _row(user, scopes.by_user(session, [user_id]).get(user_id, {}))
        user.name, user.role = _name(name), role
        session.flush()
        _require_admin_left(session)
        scopes.replace(session, user_id, scope)
        session.flush()
        _note_change(session, clock, actor, before, user)


def set_disabled(database: Database, clock: Clock, user_id: int, disabled: bool, *, actor: str) -> None:
    """Disable (signs out everywhere at once) or enable a person.

    Raises: NotFound; ConflictError when no admin would be left.
    """
    with database.session() as session:
        _lock_admins(session)
        user = _person(session, user_id)
        user.disabled = disabled
        session.flush()
        _require_admin_left(session)
        if disabled:
            sessions.revoke_all(session, clock, user_id)
        audit.note(session, clock, actor, audit.USER_DISABLED if disabled else audit.USER_ENABLED, user.email)


def set_password(
    database: Database,
    clock: Clock,
    user_id: int,
    password: str,
    *,
    actor: str,
    must_change: bool,
    keep_session: str = "",
) -> None:
    """Set a password; signs the person's other browsers out and ends a lock-out.

    A password given by somebody else (`must_change`) also revokes the person's API tokens.

    Raises: InputError, NotFound.
    """
    with database.session() as session:
        user = _person(session, user_id)
        passwords.require_good(password, user.email)
        user.password_hash = passwords.hashed(password)
        user.must_change_password = must_change
        sessions.revoke_all(session, clock, user_id, but=keep_session)
        session.execute(delete(SignInAttempts).where(SignInAttempts.name_hash == sessions.digest(user.email)))
        if must_change:
            _revoke_tokens(session, clock, user_id)
        audit.note(session, clock, actor, audit.PASSWORD_CHANGED, user.email)


def change_own_password(
    database: Database, clock: Clock, viewer: Viewer, current: str, new: str, again: str
) -> None:
    """Replace one's own password; the browser that asks stays signed in.

    Raises: InputError.
    """
    with database.session() as session:
        stored = _person(session, viewer.user_id).password_hash
    if not passwords.matches(stored, current):
        raise InputError(t("login.current_wrong"))
    if new != again:
        raise InputError(t("login.again_differs"))
    if new == current:
        raise InputError(t("login.same_password"))
    set_password(
        database,
        clock,
        viewer.user_id,
        new,
        actor=viewer.email,
        must_change=False,
        keep_session=viewer.session_id,
    )


@dataclass(frozen=True)
class FirstAdmin:
    """The account made at the first start; print it once."""

    email: str
    password: str
    path: Path

    def __repr__(self) -> str:
        return f"FirstAdmin({self.email!r}, '***', {str(self.path)!r})"


def ensure_first_admin(database: Database, clock: Clock, home: Path) -> FirstAdmin | None:
    """At the first start (nobody is there yet) make an admin whose password must be changed.

    The password is in the answer, to be printed once, and in a file that only the owner can read.
    """
    with database.session() as session:
        if session.scalar(select(func.count()).select_from(User)):
            return None
    first = FirstAdmin(FIRST_ADMIN, passwords.invented(), home / FIRST_ADMIN_FILE)
    try:
        add(database, clock, first.email, t("users.first_admin"), ADMIN, first.password, actor="system")
    except ConflictError:  # another process of the same start was faster
        return None
    first.path.parent.mkdir(parents=True, exist_ok=True)
    write_privately(first.path, json.dumps({"email": first.email, "password": first.password}) + "\n")
    return first


def _person(session: Session, user_id: int) -> User:
    user = session.get(User, user_id)
    if user is None:
        raise NotFound(t("users.gone"), hint=t("users.gone_hint"))
    return user


def _name(name: str) -> str:
    called = " ".join(name.split())
    if not called or len(called) > 120:
        raise InputError(t("users.name_wrong"), hint=t("users.name_hint"))
    return called


def _require_role(role: str) -> None:
    if role not in ROLES:
        raise unknown("role", role, ROLES)


def _lock_admins(session: Session) -> None:
    """Two admins must not remove each other at the same moment (SQLite locks with the first write)."""
    session.execute(select(User.id).where(User.role == ADMIN).with_for_update())


def _require_admin_left(session: Session) -> None:
    admins = select(func.count()).select_from(User).where(User.role == ADMIN, User.disabled.is_(False))
    if not session.scalar(admins):
        raise ConflictError(t("users.last_admin"), hint=t("users.last_admin_hint"))


def _revoke_tokens(session: Session, clock: Clock, user_id: int) -> None:
    session.execute(
        update(ApiToken)
        .where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )


def _note_change(session: Session, clock: Clock, actor: str, before: UserRow, user: User) -> None:
    scope = scopes.by_user(session, [user.id]).get(user.id, {})
    if (before.name, before.role) != (user.name, user.role):
        told = t(
            "audit.user_changed",
            role=t(f"users.role_{before.role}"),
            new_role=t(f"users.role_{user.role}"),
            name=before.name,
            new_name=user.name,
        )
        audit.note(session, clock, actor, audit.USER_CHANGED, user.email, told)
    if before.scope != scope:
        told = t("audit.scope_changed", scope=_scope(before.scope), new_scope=_scope(scope))
        audit.note(session, clock, actor, audit.SCOPE_CHANGED, user.email, told)


def _detail(role: str, scope: Mapping[str, Iterable[str]]) -> str:
    return t("audit.user_added", role=t(f"users.role_{role}"), scope=_scope(scope))


def _scope(scope: Mapping[str, Iterable[str]]) -> str:
    return "; ".join(scopes.described(scope)) or t("users.everything")


def _row(user: User, scope: Mapping[str, list[str]]) -> UserRow:
    return UserRow(
        id=user.id,
        email=user.email,
        name=user.name,
        role=user.role,
        disabled=user.disabled,
        must_change_password=user.must_change_password,
        created_at=user.created_at,
        last_seen_at=user.last_seen_at,
        scope=scope,
    )
