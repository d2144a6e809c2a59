"""API tokens: shown once, kept as a hash, narrower than their owner, and they end."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from app.accounts import audit, identity, sessions
from app.accounts.models import ApiToken, User
from app.accounts.permissions import API, EXPORT
from app.accounts.viewer import Viewer
from app.clock import Clock
from app.data.db import Database
from app.errors import AccessDenied, InputError, NotFound
from app.text import t

GRANTABLE = (API, EXPORT)  # what programs can ask for: docs/api.md
LONGEST_DAYS = 366
MARK = "pad_"
TOUCH = timedelta(minutes=1)


@dataclass(frozen=True)
class NewToken:
    """A token just made; `text` is shown this once and nowhere kept."""

    id: int
    text: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"NewToken({self.id}, '***')"


@dataclass(frozen=True)
class TokenRow:
    """A token as its owner sees it."""

    id: int
    name: str
    prefix: str
    permissions: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


def create(
    database: Database, clock: Clock, owner: Viewer, name: str, permissions: Collection[str], days: int
) -> NewToken:
    """Make a token for oneself.

    Raises: InputError; AccessDenied for a permission that the owner lacks or no token may carry.
    """
    called = " ".join(name.split())
    if not called or len(called) > 120:
        raise InputError(t("account.token_name_wrong"))
    if not 1 <= days <= LONGEST_DAYS:
        raise InputError(t("account.token_days_wrong", most=LONGEST_DAYS))
    _require_grantable(owner, permissions)
    text = MARK + secrets.token_urlsafe(32)
    row = ApiToken(
        user_id=owner.user_id,
        name=called,
        prefix=text[:10],
        token_hash=sessions.digest(text),
        permissions=sorted(permissions),
        created_at=clock.now(),
        expires_at=clock.now() + timedelta(days=days),
    )
    with database.session() as session:
        session.add(row)
        session.flush()
        told = t(
            "audit.token_created",
            prefix=row.prefix,
            permissions=", ".join(row.permissions),
            until=row.expires_at,
        )
        audit.note(session, clock, owner.email, audit.TOKEN_CREATED, called, told)
    return NewToken(row.id, text, row.expires_at)


def _require_grantable(owner: Viewer, permissions: Collection[str]) -> None:
    if not permissions:
        raise InputError(t("account.token_permissions_none"))
    for permission in permissions:
        if permission not in GRANTABLE or not owner.may(permission):
            raise AccessDenied(
                t("account.token_permission_denied", permission=permission),
                hint=t("account.token_permission_hint"),
            )


def viewer_of(database: Database, clock: Clock, text: str) -> Viewer | None:
    """The owner of a live token, with no more permissions than token and owner both have today."""
    now = clock.now()
    wanted = (
        select(ApiToken, User)
        .join(User, User.id == ApiToken.user_id)
        .where(
            ApiToken.token_hash == sessions.digest(text),
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_at > now,
            User.disabled.is_(False),
        )
    )
    with database.session() as session:
        found = session.execute(wanted).first()
        if found is None:
            return None
        token, user = found
        viewer, used = identity.viewer_of(session, user, only=token.permissions), token.id
        worn = token.last_used_at is None or now - token.last_used_at >= TOUCH
    if worn:
        sessions.note(database, update(ApiToken).where(ApiToken.id == used).values(last_used_at=now))
    return viewer


def of(database: Database, clock: Clock, user_id: int) -> list[TokenRow]:
    """The live tokens of one person, the newest first."""
    wanted = (
        select(ApiToken)
        .where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None), ApiToken.expires_at > clock.now())
        .order_by(ApiToken.id.desc())
    )
    with database.session() as session:
        return [
            TokenRow(
                row.id,
                row.name,
                row.prefix,
                tuple(row.permissions),
                row.created_at,
                row.expires_at,
                row.last_used_at,
            )
            for row in session.scalars(wanted)
        ]


def revoke(database: Database, clock: Clock, owner: Viewer, token_id: int) -> None:
    """End a token of one's own; somebody else's does not exist for the asker.

    Raises: NotFound.
    """
    with database.session() as session:
        row = session.get(ApiToken, token_id)
        if row is None or row.user_id != owner.user_id or row.revoked_at is not None:
            raise NotFound(t("account.token_gone"), hint=t("account.session_gone_hint"))
        row.revoked_at = clock.now()
        audit.note(session, clock, owner.email, audit.TOKEN_REVOKED, row.name, f"{row.prefix}…")
