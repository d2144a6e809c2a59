"""What a change of a definition did, for the audit log: each field that differs, before and after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.accounts import audit
from app.clock import Clock

NOTHING: Mapping[str, Any] = {}
BOOKKEEPING = ("id", "created_at", "owner_id", "schedule_id", "next_at", "last_at", "fired", "arguments")


@dataclass(frozen=True)
class Trail:
    """Who changes something, and when; notes it within the transaction of the change."""

    clock: Clock
    by: str

    def note(
        self,
        session: Session,
        action: str,
        name: str,
        before: Mapping[str, Any] = NOTHING,
        after: Mapping[str, Any] = NOTHING,
    ) -> None:
        """One entry of the log; none when nothing differs."""
        if detail := told(before, after):
            audit.note(session, self.clock, self.by, action, name, detail)


def fields(row: Any) -> dict[str, Any]:
    """What a person decided in a row: its columns without the book-keeping."""
    names = (column.name for column in row.__table__.columns)
    return {name: getattr(row, name) for name in names if name not in BOOKKEEPING}


def told(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """`cool_down: 1440 → 60; severity: high → low`; what was not there is a dash."""
    return "; ".join(
        f"{name}: {_word(before.get(name))} → {_word(after.get(name))}"
        for name in dict.fromkeys([*before, *after])
        if before.get(name) != after.get(name)
    )


def _word(value: Any) -> str:
    if value is None or value == "" or value == [] or value == {}:
        return "–"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_word(entry)}" for name, entry in value.items())
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(_word(entry) for entry in value)
    return str(value)
