"""Credentials of sources: sealed in the application database, opened only to sign in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from app.clock import Clock
from app.data.connectors.base import ConnectorKind, CredentialField
from app.data.db import Database
from app.data.models import Credential
from app.data.pipeline.vault import Vault
from app.errors import InputError, NotFound
from app.text import t

# What every sign-in may have and is no secret; a connector says which of its own fields are none.
PLAIN = ("type", "project_id", "token_uri", "auth_uri", "api_version", "grant_type", "client_email")


def read_file(kind: ConnectorKind, path: Path) -> dict[str, Any]:
    """The credentials in a JSON file.

    Raises: InputError that names the file and what is missing, and never shows a value.
    """
    try:
        found = json.loads(path.read_text())
    except OSError as problem:
        raise InputError(
            t("pipeline.credentials_unread", path=path, reason=problem.strerror),
            hint=t("pipeline.credentials_unread_hint"),
        ) from None
    except ValueError:
        raise InputError(
            t("pipeline.credentials_no_json", path=path),
            hint=t("pipeline.credentials_needs_hint", missing=missing(kind, {})),
        ) from None
    if not isinstance(found, dict):
        raise InputError(
            t("pipeline.credentials_no_object", path=path),
            hint=t("pipeline.credentials_needs_hint", missing=missing(kind, {})),
        )
    if absent := missing(kind, found):
        raise InputError(
            t("pipeline.credentials_lack", path=path, absent=absent),
            hint=t("pipeline.credentials_lack_hint", title=kind.title),
        )
    _require_sendable(kind, found)
    return found


def secret(field: CredentialField) -> bool:
    """Whether a value never leaves the vault: all but what a connector declares as plain."""
    return not field.plain


def missing(kind: ConnectorKind, value: Mapping[str, Any]) -> str:
    """The names that credentials lack; nothing when they are whole."""
    single = [field.name for field in kind.fields if not field.way and field.needed and not has(value, field)]
    ways = _ways(kind)
    if ways and not any(_whole(value, fields) for fields in ways.values()):
        single.append(t("pipeline.or_else").join(_named(fields) for fields in ways.values()))
    return ", ".join(single)


def shown(kind: ConnectorKind, value: Mapping[str, Any]) -> dict[str, str]:
    """What a form may show of credentials: their plain names, of the way to sign in that is in force."""
    ways = _ways(kind)
    return {
        field.name: _text(value.get(field.name) or value.get(_twin(field.name)))
        for field in kind.fields
        if not secret(field) and (not field.way or _whole(value, ways[field.way]))
    }


def replaced(kind: ConnectorKind, value: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """The credentials after a person filled in a form: a secret that was left empty stays as it is, a plain
    name that was emptied goes, and another way to sign in takes the place of the one in force.

    Raises: InputError that names what is wrong or lacks, and never shows a value.
    """
    texts = {field.name: str(given.get(field.name) or "").strip() for field in kind.fields}
    way = _way_given(kind, texts)
    found = dict(value)
    if way and not _whole(value, _ways(kind)[way]):
        found = {name: one for name, one in value.items() if name in _common(kind)}
    for field in kind.fields:
        if not field.way or not way or field.way == way:
            _put(found, field, texts[field.name])
    if absent := missing(kind, found):
        raise InputError(t("sources.credentials_lack", names=absent), hint=t("sources.credentials_lack_hint"))
    _require_sendable(kind, found)
    return found


def _require_sendable(kind: ConnectorKind, value: Mapping[str, Any]) -> None:
    for field in kind.fields:
        text = str(value.get(field.name) or "")
        if field.header and not (text.isascii() and text.isprintable()):
            label = t(f"sources.field_{field.name}")
            raise InputError(
                t("sources.credentials_unsendable", label=label, name=field.name),
                hint=t("sources.credentials_unsendable_hint"),
            )


def _put(value: dict[str, Any], field: CredentialField, text: str) -> None:
    if not text and (secret(field) or field.way):
        return
    value.pop(field.name, None)
    value.pop(_twin(field.name), None)
    if field.holds:
        value |= _parsed(field, text)
    elif text:
        value[field.name] = text.replace(",", " ").split() if field.many else text


def _parsed(field: CredentialField, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InputError(t("sources.key_file_wrong"), hint=t("sources.key_file_wrong_hint"))
    return found


def _way_given(kind: ConnectorKind, texts: Mapping[str, str]) -> str:
    given = [field.way for field in kind.fields if field.way and secret(field) and texts[field.name]]
    if len(set(given)) > 1:
        raise InputError(t("sources.credentials_two_ways"), hint=t("sources.credentials_two_ways_hint"))
    return given[0] if given else ""


def _ways(kind: ConnectorKind) -> dict[str, list[CredentialField]]:
    found: dict[str, list[CredentialField]] = {}
    for field in kind.fields:
        if field.way:
            found.setdefault(field.way, []).append(field)
    return found


def _common(kind: ConnectorKind) -> set[str]:
    """Names that do not hang on the way to sign in."""
    names = {field.name for field in kind.fields if not field.way}
    return {*names, *map(_twin, names), "api_version"}


def has(value: Mapping[str, Any], field: CredentialField) -> bool:
    """Whether credentials hold a field, by either name of a list."""
    names = field.holds or (field.name,)
    return all(value.get(name) or value.get(_twin(name)) for name in names)


def _whole(value: Mapping[str, Any], fields: Iterable[CredentialField]) -> bool:
    return all(has(value, field) for field in fields if field.needed)


def _named(fields: Iterable[CredentialField]) -> str:
    return t("pipeline.credentials_with").join(
        name for field in fields if field.needed for name in field.holds or (field.name,)
    )


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _twin(name: str) -> str:
    """`customer_id` does for `customer_ids` and the other way round."""
    return name.removesuffix("s") if name.endswith("s") else f"{name}s"


def keep(database: Database, vault: Vault, clock: Clock, source_id: str, value: dict[str, Any]) -> None:
    """Seal and store the credentials of a source, in place of older ones."""
    nonce, sealed = vault.seal(source_id, value)
    with database.session() as session:
        session.merge(Credential(source_id=source_id, nonce=nonce, sealed=sealed, updated_at=clock.now()))


def find(database: Database, vault: Vault, source_id: str) -> dict[str, Any] | None:
    """The credentials of a source, if it has any."""
    with database.session() as session:
        row = session.get(Credential, source_id)
        return vault.open(source_id, row.nonce, row.sealed) if row else None


def of(database: Database, vault: Vault, source_id: str) -> dict[str, Any]:
    """The credentials of a source. Raises: NotFound."""
    found = find(database, vault, source_id)
    if found is None:
        raise NotFound(
            t("pipeline.credentials_none", source=source_id),
            hint=t("pipeline.credentials_none_hint", source=source_id),
        )
    return found


def secrets_of(kind: ConnectorKind, value: dict[str, Any]) -> tuple[str, ...]:
    """The texts that must never be shown: all but what is known to be plain."""
    named = [field.name for field in kind.fields if field.plain]
    plain = {*PLAIN, *named, *map(_twin, named)}
    return tuple(one for name, one in value.items() if name not in plain and isinstance(one, str))
