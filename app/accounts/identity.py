"""From a row of a person to the `Viewer` that lower code is handed."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from app.accounts import preferences, scopes
from app.accounts.models import User
from app.accounts.permissions import ROLES
from app.accounts.viewer import Viewer


def viewer_of(
    session: Session, user: User, *, session_id: str = "", only: Collection[str] | None = None
) -> Viewer:
    """The person with role, scope and choices; `only` narrows the permissions, as a token does."""
    granted = ROLES.get(user.role, frozenset())
    return Viewer(
        user_id=user.id,
        email=user.email,
        name=user.name,
        role=user.role,
        permissions=granted if only is None else granted & frozenset(only),
        scope=scopes.scope_of(session, user.id),
        session_id=session_id,
        must_change_password=user.must_change_password,
        preferences=preferences.of(session, user.id),
    )
