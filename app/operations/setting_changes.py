"""What a start changes of the settings on which numbers depend: the audit log tells it."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.accounts import audit
from app.clock import Clock
from app.data.db import Database
from app.data.models import SettingInForce
from app.settings import Settings
from app.text import t

ACTOR = "start"


def keep(database: Database, clock: Clock, settings: Settings) -> None:
    """Keep the settings in force, and note each that differs from the last start; of several processes that
    start together one notes it. The first start has nothing to differ from."""
    with database.session() as session:
        before = {row.name: row.value for row in session.scalars(select(SettingInForce))}
    for name, value in settings.behind_numbers().items():
        if name not in before:
            _add(database, name, value)
        elif before[name] != value:
            _change(database, clock, name, before[name], value)


def _add(database: Database, name: str, value: str) -> None:
    try:
        with database.session() as session:
            session.add(SettingInForce(name=name, value=value))
    except IntegrityError:
        return  # another process that starts has kept it


def _change(database: Database, clock: Clock, name: str, before: str, after: str) -> None:
    row = SettingInForce
    same = (row.name == name, row.value == before)
    with database.session() as session:
        changed = session.scalars(update(row).where(*same).values(value=after).returning(row.name)).all()
        if changed:
            said = t("audit.setting", before=before, after=after)
            audit.note(session, clock, ACTOR, audit.SETTING_CHANGED, name, said)
