"""Connections to platforms: made, changed and tried in one place for page and command line, and noted.

The audit log says who did it, of which source and how it went: names of credentials, never their values, and
of a refusal its kind, not the platform's words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from app.accounts import audit
from app.data import source_states
from app.data.connectors.base import CONNECTORS, Account, ConnectorKind
from app.data.pipeline import credentials, sources
from app.data.pipeline.ingestion import Ingestion
from app.errors import InputError, SourceError, mendable
from app.text import t


def unconnected(parts: Ingestion) -> list[ConnectorKind]:
    """The registered connectors that are no source yet, by title."""
    connected = {state.source.id for state in source_states.all_states(parts.database)}
    return sorted((kind for kind in CONNECTORS if kind.id not in connected), key=lambda kind: kind.title)


def keep(
    parts: Ingestion,
    actor: str,
    source_id: str,
    value: Mapping[str, Any] | None = None,
    base_url: str = "",
    *,
    look_back: int | None = None,
    force: bool = False,
    hurried: bool = False,
) -> tuple[Account, ...]:
    """Connect a platform, or give a connected one what is new of it, as `sources.add` does.

    Raises: InputError for an address that is none and as `sources.reached` does, SourceError when the
    platform refuses, NotFound when there are no credentials to try; in each case nothing was changed.
    """
    _check(base_url)
    before = credentials.find(parts.database, parts.vault, source_id)
    first = source_states.get(parts.database, source_id) is None
    fresh = dict(value) if value is not None else None
    with _refusal_noted(parts, actor, source_id):
        reached = sources.add(
            parts, source_id, fresh, base_url, look_back=look_back, force=force, hurried=hurried
        )
    said = (
        (t("audit.connected"), first),
        (t("audit.credentials", names=_changed(before or {}, fresh or {})), fresh is not None),
        (t("audit.address", address=base_url), base_url),
        (t("audit.look_back", days=look_back), look_back),
        (t("audit.look_back_usual"), look_back == 0),
        (t("audit.untried"), force),
    )
    detail = ", ".join(words for words, there in said if there)
    audit.record(parts.database, parts.clock, actor, audit.SOURCE_CHANGED, source_id, detail)
    return reached


def test(parts: Ingestion, actor: str, source_id: str, *, hurried: bool = False) -> tuple[Account, ...]:
    """Try the credentials in force; the accounts that they name. Raises as `sources.test` does."""
    with _refusal_noted(parts, actor, source_id):
        reached = sources.test(parts, source_id, hurried=hurried)
    _note(parts, actor, source_id, _good(reached))
    return reached


def _good(reached: Sequence[Account]) -> str:
    titles = ", ".join(account.title for account in reached if not account.refusal)
    return t("audit.tried_good", accounts=titles) if titles else t("audit.tried_good_none")


@contextmanager
def _refusal_noted(parts: Ingestion, actor: str, source_id: str) -> Iterator[None]:
    sources.kind_of(source_id)  # what is no platform is refused before anything is noted of it
    try:
        yield
    except (SourceError, InputError) as problem:
        _note(parts, actor, source_id, t(f"audit.tried_{mendable(problem)}"))
        raise


def _note(parts: Ingestion, actor: str, source_id: str, outcome: str) -> None:
    audit.record(parts.database, parts.clock, actor, audit.SOURCE_TRIED, source_id, outcome)


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    names = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    return ", ".join(names) or t("audit.credentials_same")


def _check(address: str) -> None:
    """A user or a password in an address would stand in the log and on the page."""
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").encode("idna")  # refuses parts of a name that are empty or too long
        whole = parts.port != 0 and address.isprintable() and not any(map(str.isspace, address))
        good = whole and parts.scheme in ("http", "https") and host and "@" not in parts.netloc
    except ValueError:
        good = False
    if address and not good:
        raise InputError(t("sources.address_wrong"), hint=t("sources.address_wrong_hint"))
