"""Remembered choices of one person: theme, collapsed rail, last view."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.accounts.models import Preference
from app.data.db import Database
from app.errors import InputError, unknown
from app.text import t

THEMES = ("light", "dark", "system")
MOST = 2000
_OF_ONE = select(Preference.name, Preference.value).where(Preference.user_id == bindparam("user"))


def of(session: Session, user_id: int) -> dict[str, object]:
    """All choices of a person."""
    rows = session.execute(_OF_ONE, {"user": user_id})
    return {row.name: row.value for row in rows}


def keep(database: Database, user_id: int, name: str, value: object) -> None:
    """Remember one choice.

    Raises: InputError for an unknown theme, or a value that is no short JSON value.
    """
    if name == "theme" and value not in THEMES:
        raise unknown("theme", str(value), THEMES)
    if len(repr(value)) > MOST or len(name) > 60:
        raise InputError(t("account.preference_long"))
    with database.session() as session:
        session.merge(Preference(user_id=user_id, name=name, value=value))
