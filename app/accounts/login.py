"""Signing in and out: counts tries before it looks, pauses longer each time, tells nobody who exists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts import audit, passwords, sessions
from app.accounts.models import SignInAttempts, User
from app.accounts.viewer import Viewer
from app.clock import Clock
from app.data.db import Database
from app.text import t

TRIES = 5
FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=12)
FORGET = timedelta(days=2)  # a name that was left alone for so long starts afresh


@dataclass(frozen=True)
class SignIn:
    """How an attempt ended: a session's token, or the tries left, or the pause that holds."""

    token: str = ""
    tries_left: int = 0
    pause: timedelta = timedelta()

    def __repr__(self) -> str:
        return f"SignIn(done={bool(self.token)}, tries_left={self.tries_left}, pause={self.pause})"


def pause_after(failures: int) -> timedelta:
    """How long a name is locked after so many failures in a row; it triples with every round of tries."""
    if failures < TRIES:
        return timedelta()
    rounds = min(failures // TRIES - 1, 9)
    return min(FIRST_PAUSE * int(3**rounds), LONGEST_PAUSE)


def sign_in(
    database: Database, clock: Clock, email: str, password: str, *, address: str = "", agent: str = ""
) -> SignIn:
    """Try to sign in. Unknown, disabled and known names take the same time and get the same answer."""
    name = email.replace("\0", "").strip().lower()[:254]
    failures, paused_until = _count(database, clock.now(), sessions.digest(name))
    with database.session() as session:
        user = session.scalar(select(User).where(User.email == name, User.disabled.is_(False)))
    shown = user.email if user else t("audit.unknown_person", digest=sessions.digest(name)[:8])
    if failures is None:
        audit.record(database, clock, shown, audit.SIGN_IN_PAUSED, address=address)
        return SignIn(pause=paused_until - clock.now() if paused_until else timedelta())
    if passwords.matches(user.password_hash if user else passwords.decoy(), password) and user:
        return SignIn(token=_enter(database, clock, user.id, password, address, agent))
    audit.record(database, clock, shown, audit.SIGN_IN_FAILED, address=address)
    left = -failures % TRIES
    return SignIn(tries_left=left, pause=pause_after(failures + left))


def sign_out(database: Database, clock: Clock, viewer: Viewer, address: str = "") -> None:
    """End the session of the browser that asks."""
    with database.session() as session:
        sessions.end(session, clock, viewer.session_id)
        audit.note(session, clock, viewer.email, audit.SIGN_OUT, address=address)


def safe_target(target: str) -> str:
    """A page of ours to go to after signing in; anything else becomes the start page."""
    parts = urlsplit(target) if target.isprintable() and "\\" not in target else None
    ours = parts and not parts.scheme and not parts.netloc and target.startswith("/")
    if not ours or target.startswith("//") or target.split("?")[0] in ("/login", "/logout"):
        return "/"
    return target


def _count(database: Database, now: datetime, key: str) -> tuple[int | None, datetime | None]:
    """Count this try before the password is looked at, so that parallel guesses cannot outrun the pause.

    Shape: the failures in a row with this one, or None and the end of the pause that holds.
    """
    with database.session() as session:
        session.execute(delete(SignInAttempts).where(SignInAttempts.updated_at < now - FORGET))
        _insert_if_new(session, now, key)
        free = or_(SignInAttempts.paused_until.is_(None), SignInAttempts.paused_until <= now)
        counted = session.execute(
            update(SignInAttempts)
            .where(SignInAttempts.name_hash == key, free)
            .values(failures=SignInAttempts.failures + 1, paused_until=None, updated_at=now)
            .returning(SignInAttempts.failures)
        ).scalar_one_or_none()
        if counted is None:
            return None, session.scalar(
                select(SignInAttempts.paused_until).where(SignInAttempts.name_hash == key)
            )
        if counted % TRIES == 0:
            ends = {"paused_until": now + pause_after(counted)}
            session.execute(update(SignInAttempts).where(SignInAttempts.name_hash == key).values(ends))
        return counted, None


def _insert_if_new(session: Session, now: datetime, key: str) -> None:
    if session.get(SignInAttempts, key) is not None:
        return
    try:
        with session.begin_nested():
            session.add(SignInAttempts(name_hash=key, failures=0, updated_at=now))
    except IntegrityError:  # a try at the same moment was faster
        return


def _enter(database: Database, clock: Clock, user_id: int, password: str, address: str, agent: str) -> str:
    with database.session() as session:
        user = session.get_one(User, user_id)
        session.execute(delete(SignInAttempts).where(SignInAttempts.name_hash == sessions.digest(user.email)))
        if passwords.outdated(user.password_hash):
            user.password_hash = passwords.hashed(password)
        user.last_seen_at = clock.now()
        audit.note(session, clock, user.email, audit.SIGN_IN, address=address)
        return sessions.start(session, clock, user.id, address, agent)
