"""Credentials of sources: sealed in the application database, opened only to sign in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from app.clock import Clock
from app.data.connectors.base import ConnectorKind
from app.data.db import Database
from app.data.models import Credential
from app.data.pipeline.vault import Vault
from app.errors import InputError, NotFound

# What every sign-in has and is no secret; a connector names what its own credentials have besides.
PLAIN = (
    "type",
    "project_id",
    "token_uri",
    "auth_uri",
    "api_version",
    "grant_type",
    "client_email",
    "client_id",
)


def read_file(kind: ConnectorKind, path: Path) -> dict[str, Any]:
    """The credentials in a JSON file.

    Raises: InputError that names the file and what is missing, and never shows a value.
    """
    try:
        found = json.loads(path.read_text())
    except OSError as problem:
        raise InputError(
            f"{path} cannot be read: {problem.strerror}.", hint="Give a readable JSON file."
        ) from None
    except ValueError:
        raise InputError(f"{path} is not JSON.", hint=f"It needs {', '.join(kind.required)}.") from None
    if not isinstance(found, dict):
        raise InputError(f"{path} holds no JSON object.", hint=f"It needs {', '.join(kind.required)}.")
    missing = [name for name in kind.required if not (found.get(name) or found.get(_twin(name)))]
    if missing:
        raise InputError(f"{path} lacks {', '.join(missing)}.", hint=f"{kind.title} cannot be read without.")
    return found


def _twin(name: str) -> str:
    """`customer_id` does for `customer_ids` and the other way round."""
    return name.removesuffix("s") if name.endswith("s") else f"{name}s"


def keep(database: Database, vault: Vault, clock: Clock, source_id: str, value: dict[str, Any]) -> None:
    """Seal and store the credentials of a source, in place of older ones."""
    nonce, sealed = vault.seal(source_id, value)
    with database.session() as session:
        session.merge(Credential(source_id=source_id, nonce=nonce, sealed=sealed, updated_at=clock.now()))


def of(database: Database, vault: Vault, source_id: str) -> dict[str, Any]:
    """The credentials of a source. Raises: NotFound."""
    with database.session() as session:
        row = session.get(Credential, source_id)
        if row is None:
            raise NotFound(
                f"{source_id} has no credentials.",
                hint=f"Give them: pad sources add {source_id} --credentials FILE.",
            )
        return vault.open(source_id, row.nonce, row.sealed)


def secrets_of(kind: ConnectorKind, value: dict[str, Any]) -> tuple[str, ...]:
    """The texts that must never be shown: all but what is known to be plain."""
    plain = {*PLAIN, *kind.plain}
    return tuple(one for name, one in value.items() if name not in plain and isinstance(one, str))
