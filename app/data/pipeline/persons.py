"""Persons: personal columns leave a row before anything is staged; the row keeps a random key instead."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Select, select

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
        self._keys: dict[str, str] = {}
        self._found: dict[str, dict[str, Any]] = {}

    def split(self, rows: Sequence[PayloadRow], personal: tuple[str, ...], person: str) -> list[PayloadRow]:
        """The rows without their personal columns, each with the `person_key` of its person.

        `person`: the fields that can name him, the first that is filled does. Nothing is written before
        `keep`. A row that names no person has no key, and its columns are gone.
        """
        if not personal:
            return list(rows)
        whose = [self._lookup(_named(row, person)) for row in rows]
        for lookup, row in zip(whose, rows, strict=True):
            if lookup:
                self._found[lookup] = {name: row[name] for name in personal if row.get(name)}
        self._learn([lookup for lookup in dict.fromkeys(whose) if lookup and lookup not in self._keys])
        return [
            {name: value for name, value in row.items() if name not in personal}
            | {"person_key": self._keys[lookup] if lookup else None}
            for lookup, row in zip(whose, rows, strict=True)
        ]

    def keep(self) -> None:
        """Seal and store the persons that were split off."""
        lookups = list(self._found)
        for chunk in _chunks(lookups):
            with self._database.session() as session:
                known = {person.lookup: person for person in session.scalars(self._among(chunk))}
                for lookup in chunk:
                    person = known.get(lookup)
                    if person is None:
                        key = self._keys[lookup]
                        person = Person(person_key=key, source_id=self._source_id, lookup=lookup)
                        session.add(person)
                    person.nonce, person.sealed = self._vault.seal(person.person_key, self._found[lookup])
                    person.updated_at = self._clock.now()
        self._found, self._keys = {}, {}

    def _lookup(self, person: str) -> str:
        return self._vault.lookup(self._source_id, person) if person else ""

    def _learn(self, lookups: list[str]) -> None:
        """The keys of persons known before, and new ones for the others."""
        for chunk in _chunks(lookups):
            with self._database.session() as session:
                known = {person.lookup: person.person_key for person in session.scalars(self._among(chunk))}
            self._keys |= {lookup: known.get(lookup) or secrets.token_hex(16) for lookup in chunk}

    def _among(self, lookups: list[str]) -> Select[Person]:
        return select(Person).where(Person.source_id == self._source_id, Person.lookup.in_(lookups))


def _named(row: PayloadRow, person: str) -> str:
    """What names the person of a row. Addresses of mail compare without case and blanks, ids as they are."""
    found = next((value for name in person.split() if (value := str(row.get(name) or "").strip())), "")
    return found.casefold() if "@" in found else found


def _chunks(lookups: list[str]) -> Iterator[list[str]]:
    return (lookups[start : start + AT_ONCE] for start in range(0, len(lookups), AT_ONCE))
