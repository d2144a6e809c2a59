"""The one who asks, during a request: a signed-in browser or a bearer token."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, Response, current_app, g, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_wtf.csrf import generate_csrf

from app.accounts import audit, identity, sessions, tokens
from app.accounts.viewer import NOBODY, Viewer
from app.clock import Clock
from app.data.db import Database

_KEY = "pad.accounts"


@dataclass(frozen=True)
class Accounts:
    """What the request's edge needs to know people."""

    database: Database
    clock: Clock


class _SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """What Flask-Login carries: the session's token for the cookie, and whom it stands for."""

    def __init__(self, token: str, viewer: Viewer) -> None:
        self.token = token
        self.viewer = viewer

    def get_id(self) -> str:
        return self.token


class _Cookie(SecureCookieSessionInterface):
    """The session's cookie. A public file is the same whoever asks: were its answer said to vary with the
    cookie, browsers would fetch it anew for each page."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if session.modified or not response.cache_control.public:
            super().save_session(app, session, response)


def install(server: Flask, database: Database, clock: Clock) -> None:
    """Let Flask-Login find people by the session token in the cookie."""
    server.session_interface = _Cookie()
    server.extensions[_KEY] = Accounts(database, clock)
    LoginManager(server).user_loader(_load)


def accounts() -> Accounts:
    """Database and clock of the running server."""
    found: Accounts = current_app.extensions[_KEY]
    return found


def viewer() -> Viewer:
    """The one who asks, `NOBODY` when nobody is signed in; looked up once a request."""
    if "pad_viewer" not in g:
        g.pad_viewer = _by_token() if bearer() else _by_cookie()
    found: Viewer = g.pad_viewer
    return found


def bearer() -> str:
    """The token that the request carries in its header, or nothing."""
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    return text.strip() if kind.lower() == "bearer" else ""


def address() -> str:
    """The address the request came from."""
    return request.remote_addr or ""


def record(action: str, object: str = "", detail: str = "") -> None:
    """Write to the audit log what the one who asks does."""
    desk = accounts()
    audit.record(desk.database, desk.clock, viewer().email or "nobody", action, object, detail, address())


def enter(token: str) -> None:
    """Put a new session's token into the cookie; nothing of the old cookie survives."""
    session.clear()
    known = _load(token)
    if known is not None:
        login_user(known)
        g.pad_viewer = known.viewer


def ended() -> bool:
    """Whether who asks was signed in with this browser and is no more: out of time, revoked, or disabled."""
    return "_user_id" in session and viewer() is NOBODY


def leave() -> None:
    """Empty the cookie."""
    logout_user()
    session.clear()
    g.pad_viewer = NOBODY


def csrf_token() -> str:
    """The token that a form of ours carries in its `csrf_token` field."""
    return str(generate_csrf())


def _load(token: str) -> _SignedIn | None:
    desk = accounts()
    with desk.database.session() as rows:
        found = sessions.live(rows, desk.clock, token)
        if found is None:
            return None
        opened, user = found
        known = _SignedIn(token, identity.viewer_of(rows, user, session_id=opened.id))
        here, worn = (opened.id, user.id), sessions.worn(opened, user, desk.clock.now())
    if worn:
        sessions.touch(desk.database, desk.clock, *here)
    return known


def _by_cookie() -> Viewer:
    known = current_user._get_current_object()
    return known.viewer if isinstance(known, _SignedIn) else NOBODY


def _by_token() -> Viewer:
    desk = accounts()
    return tokens.viewer_of(desk.database, desk.clock, bearer()) or NOBODY
