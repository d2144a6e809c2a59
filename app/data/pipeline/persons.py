"""Persons: personal columns leave a row before anything is staged; the row keeps a random key instead."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from app.clock import Clock
from app.data.db import Database
from app.data.models import Person
from app.data.pipeline.vault import Vault

PayloadRow = dict[str, Any]
AT_ONCE = 500  # lookups in one statement


class Persons:
    """The encrypted table of persons of one source."""

    def __init__(self, database: Database, vault: Vault, clock: Clock, source_id: str) -> None:
        self._database, self._vault, self._clock, self._source_id = database, vault, clock, source_id

    def split(self, rows: Sequence[PayloadRow], personal: tuple[str, ...], person: str) -> list[PayloadRow]:
        """The rows without their personal columns, each with the `person_key` of its person."""
        if not personal:
            return list(rows)
        whose = [self._vault.lookup(self._source_id, str(row.get(person) or "")) for row in rows]
        details = {
            lookup: {name: row[name] for name in personal if row.get(name)}
            for lookup, row in zip(whose, rows, strict=True)
        }
        keys: dict[str, str] = {}
        lookups = list(details)
        for start in range(0, len(lookups), AT_ONCE):
            keys |= self._kept({one: details[one] for one in lookups[start : start + AT_ONCE]})
        return [
            {name: value for name, value in row.items() if name not in personal}
            | {"person_key": keys[lookup]}
            for lookup, row in zip(whose, rows, strict=True)
        ]

    def _kept(self, details: dict[str, dict[str, Any]]) -> dict[str, str]:
        with self._database.session() as session:
            query = select(Person).where(Person.source_id == self._source_id, Person.lookup.in_(details))
            known = {person.lookup: person for person in session.scalars(query)}
            for lookup, detail in details.items():
                person = known.get(lookup)
                if person is None:
                    key = secrets.token_hex(16)
                    person = known[lookup] = Person(person_key=key, source_id=self._source_id, lookup=lookup)
                    session.add(person)
                person.nonce, person.sealed = self._vault.seal(person.person_key, detail)
                person.updated_at = self._clock.now()
            return {lookup: person.person_key for lookup, person in known.items()}
