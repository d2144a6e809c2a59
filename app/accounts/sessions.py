"""Signed-in browsers: a row each. The cookie carries a random token, the row only its hash."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Update, bindparam, delete, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.accounts import audit
from app.accounts.models import SignInSession, User
from app.clock import Clock
from app.data.db import Database
from app.errors import NotFound
from app.text import t

log = structlog.get_logger(__name__)

IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=7)
TOUCH = timedelta(minutes=1)  # a request within this time of the last one writes nothing
KEEP = timedelta(days=30)

# Asked with every request, so built once.
_LIVE = (
    select(SignInSession, User)
    .join(User, User.id == SignInSession.user_id)
    .where(SignInSession.id == bindparam("key"), SignInSession.revoked_at.is_(None), User.disabled.is_(False))
)


def digest(token: str) -> str:
    """What is kept of a secret token."""
    return hashlib.sha256(token.encode()).hexdigest()


def start(session: Session, clock: Clock, user_id: int, address: str, agent: str) -> str:
    """Open a session and return the token for the cookie; rows long over are forgotten."""
    now = clock.now()
    token = secrets.token_urlsafe(32)
    session.execute(delete(SignInSession).where(SignInSession.created_at < now - ABSOLUTE - KEEP))
    session.add(
        SignInSession(
            id=digest(token),
            user_id=user_id,
            created_at=now,
            last_seen_at=now,
            address=address[:64],
            agent=agent[:200],
        )
    )
    return token


def live(session: Session, clock: Clock, token: str) -> tuple[SignInSession, User] | None:
    """The session of a cookie's token and its person, unless it is over, revoked or the person disabled."""
    row = session.execute(_LIVE, {"key": digest(token)}).first()
    if row is None or _over(row[0], clock.now()):
        return None
    return row[0], row[1]


def _over(opened: SignInSession, now: datetime) -> bool:
    return now - opened.last_seen_at > IDLE or now - opened.created_at > ABSOLUTE


def worn(opened: SignInSession, user: User, now: datetime) -> bool:
    """Whether it has to be noted again that somebody was here."""
    return now - opened.last_seen_at >= TOUCH or user.last_seen_at is None


def touch(database: Database, clock: Clock, session_id: str, user_id: int) -> None:
    """Note that somebody is here."""
    seen = {"last_seen_at": clock.now()}
    note(
        database,
        update(SignInSession).where(SignInSession.id == session_id).values(seen),
        update(User).where(User.id == user_id).values(seen),
    )


def note(database: Database, *seen: Update) -> None:
    """Write when somebody was here last. Where nothing can be written, as on a full disk, readers read on."""
    try:
        with database.session() as session:
            for one in seen:
                session.execute(one)
    except OperationalError as problem:
        log.warning("last seen was not written", problem=str(problem.orig))


@dataclass(frozen=True)
class OpenSession:
    """A session as its owner sees it; the id is no secret, the cookie's token is."""

    id: str
    created_at: datetime
    last_seen_at: datetime
    address: str
    agent: str


def open_of(database: Database, clock: Clock, user_id: int) -> list[OpenSession]:
    """The live sessions of one person, the last used first."""
    now = clock.now()
    wanted = (
        select(SignInSession)
        .where(SignInSession.user_id == user_id, SignInSession.revoked_at.is_(None))
        .order_by(SignInSession.last_seen_at.desc())
    )
    with database.session() as session:
        return [
            OpenSession(row.id, row.created_at, row.last_seen_at, row.address, row.agent)
            for row in session.scalars(wanted)
            if not _over(row, now)
        ]


def revoke(database: Database, clock: Clock, user_id: int, session_id: str, actor: str) -> None:
    """Sign one browser out at once; somebody else's session does not exist for the asker.

    Raises: NotFound.
    """
    with database.session() as session:
        ended = session.execute(
            update(SignInSession)
            .where(
                SignInSession.id == session_id,
                SignInSession.user_id == user_id,
                SignInSession.revoked_at.is_(None),
            )
            .values(revoked_at=clock.now())
        )
        if not ended.rowcount:  # type: ignore[attr-defined]
            raise NotFound(t("account.session_gone"), hint=t("account.session_gone_hint"))
        audit.note(session, clock, actor, audit.SESSION_REVOKED, session_id[:8])


def revoke_all(session: Session, clock: Clock, user_id: int, *, but: str = "") -> None:
    """Sign all browsers of one person out, except the one with the session id `but`."""
    session.execute(
        update(SignInSession)
        .where(SignInSession.user_id == user_id, SignInSession.id != but, SignInSession.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )


def end(session: Session, clock: Clock, session_id: str) -> None:
    """Sign one browser out, at its own wish."""
    session.execute(
        update(SignInSession).where(SignInSession.id == session_id).values(revoked_at=clock.now())
    )
