"""Sources: add and test; and the signed-in connector of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import entry_points
from typing import Any

from app.data.connectors.base import CONNECTORS, Account, Connector, ConnectorKind, Stream, title
from app.data.connectors.http import Session, open_session
from app.data.models import Source
from app.data.pipeline import credentials
from app.data.pipeline.imports.streams import STREAMS
from app.data.pipeline.ingestion import Ingestion
from app.data.pipeline.records import SUBJECTS
from app.errors import InputError, PadError, unknown
from app.settings import known_currency, known_zone
from app.text import t

LONGEST_LOOK_BACK = 180  # days: twice the longest conversion window that a platform offers

# A plug-in package registers its connectors through the entry point `pad.connectors`.
for entry in entry_points(group="pad.connectors"):
    entry.load()


def kind_of(source_id: str) -> ConnectorKind:
    """The connector of a source.

    Raises: InputError for an unknown source, and for one whose rows come from files.
    """
    if source_id in STREAMS:
        raise InputError(
            t("pipeline.imported", source=source_id), hint=t("pipeline.imported_hint", source=source_id)
        )
    return CONNECTORS.get(source_id)


def carriers(subject: str) -> tuple[str, ...]:
    """The sources that can bring a subject: connectors by their tables, and the import that is named like it.

    Raises: InputError for an unknown subject.
    """
    if subject not in SUBJECTS:
        raise unknown("subject", subject, SUBJECTS)
    facts = set(SUBJECTS[subject])
    connectors = [kind.id for kind in CONNECTORS if any(facts & set(one.tables) for one in kind.streams)]
    return (*connectors, *([subject] if subject in STREAMS else []))


def late_after(source_id: str) -> timedelta | None:
    """The age at which a source is late; None for one that no connector reads."""
    return CONNECTORS.get(source_id).late_after if source_id in CONNECTORS else None


def usual_look_back(source_id: str) -> int | None:
    """Days that a source reads again at each sync if none are set for it; None where it has no look-back."""
    return (CONNECTORS.get(source_id).look_back or None) if source_id in CONNECTORS else None


def add(
    ingestion: Ingestion,
    source_id: str,
    value: dict[str, Any] | None = None,
    base_url: str = "",
    *,
    look_back: int | None = None,
    force: bool = False,
    hurried: bool = False,
) -> tuple[Account, ...]:
    """Connect a platform, or give a connected one new credentials, another address or a look-back of its own
    (in days; 0: the usual one); the accounts that the credentials name.

    They are tried first: what fails is not kept, and what was kept before stays in force. `force` keeps them
    untried. `hurried`: a person waits for the answer.
    Raises: SourceError when the try fails, NotFound when there are no credentials to try; InputError for a
    look-back that cannot be, and as `reached` does.
    """
    kind = kind_of(source_id)
    _require_look_back(kind, look_back)
    fresh = dict(value) if value is not None else None
    accounts = () if force else _try(ingestion, source_id, fresh, base_url, hurried)
    with ingestion.database.session() as session:
        row = session.get(Source, source_id)
        if row is None:
            row = Source(id=source_id, title=kind.title, created_at=ingestion.clock.now(), options={})
            session.add(row)
        if base_url:
            row.base_url = base_url
        # Other credentials have a quota of their own: what the platform said of the former is over.
        own = {"look_back": look_back} if look_back is not None else {}
        row.options = {name: kept for name, kept in row.options.items() if name != "rests_until"} | own
    if fresh is not None:
        _keep(ingestion, source_id, fresh)
    if not force:
        _note(ingestion, source_id, "ready", "\n".join(readable(accounts)[1]))
    return accounts


def _require_look_back(kind: ConnectorKind, days: int | None) -> None:
    if days and not kind.look_back:
        raise InputError(
            t("pipeline.look_back_none", title=kind.title), hint=t("pipeline.look_back_none_hint")
        )
    if days is not None and not 0 <= days <= LONGEST_LOOK_BACK:
        hint = t("pipeline.look_back_hint", most=LONGEST_LOOK_BACK, title=kind.title, usual=kind.look_back)
        raise InputError(t("pipeline.look_back", days=days, most=LONGEST_LOOK_BACK), hint=hint)


def streams_of(ingestion: Ingestion, source_id: str) -> tuple[Stream, ...]:
    """The streams of a source, reaching back as far as it is set for this one."""
    with ingestion.database.session() as session:
        days = session.get_one(Source, source_id).look_back
    streams = kind_of(source_id).streams
    return tuple(replace(stream, lookback_days=days) for stream in streams) if days else streams


def connect(ingestion: Ingestion, source_id: str) -> tuple[Connector, Session]:
    """The connector of a source on its own address, with its credentials.

    Raises: InputError for an unknown source, NotFound when it has no credentials.
    """
    kind_of(source_id)
    value = credentials.of(ingestion.database, ingestion.vault, source_id)

    def keep(refresh_token: str) -> None:
        _keep(ingestion, source_id, value | {"refresh_token": refresh_token})

    return _connector(ingestion, source_id, value, _address(ingestion, source_id), keep)


def reached(connector: Connector) -> tuple[Account, ...]:
    """The accounts that credentials name, each in a zone and a currency that can be used.

    Raises: SourceError; InputError for a zone or a currency that there is not, before anything is read by it.
    """
    accounts = connector.accounts()
    for account in accounts:
        _require(connector, account, "time_zone", known_zone)
        _require(connector, account, "currency", known_currency)
    return accounts


def readable(accounts: Sequence[Account]) -> tuple[list[Account], list[str]]:
    """The accounts that can be read, and why the others cannot."""
    refusals = [account.refusal for account in accounts if account.refusal]
    return [account for account in accounts if not account.refusal], refusals


def _require(connector: Connector, account: Account, name: str, known: Callable[[str], str]) -> None:
    """An account may leave it to the product's own. Credentials that hold it are where to correct it."""
    value = str(getattr(account, name))
    try:
        if value:
            known(value)
    except ValueError as wanted:
        given = any(field.name == name for field in kind_of(connector.id).fields)
        hint = t(f"pipeline.account_{'given' if given else 'told'}_hint", field=name, wanted=wanted,
                 title=title(connector.id))  # fmt: skip
        raise InputError(
            t(f"pipeline.account_{name}", account=account.title, value=value), hint=hint
        ) from None


def test(ingestion: Ingestion, source_id: str, *, hurried: bool = False) -> tuple[Account, ...]:
    """Sign in and name the accounts that are reached; the state of the source says how it went.

    Raises: SourceError, NotFound; InputError as `reached` does.
    """
    try:
        connector, http = connect(ingestion, source_id)
        if hurried:
            http.hurry()
        accounts = reached(connector)
    except PadError as problem:
        _note(ingestion, source_id, "failed", str(problem))
        raise
    _note(ingestion, source_id, "ready", "\n".join(readable(accounts)[1]))
    return accounts


def _try(
    ingestion: Ingestion, source_id: str, fresh: dict[str, Any] | None, base_url: str, hurried: bool
) -> tuple[Account, ...]:
    """The accounts that credentials reach, nothing of it kept; a refresh token that the platform rotates
    meanwhile replaces the one in `fresh`, and the stored one if that was lent for the try."""
    stored = credentials.find(ingestion.database, ingestion.vault, source_id)
    value = fresh if fresh is not None else credentials.of(ingestion.database, ingestion.vault, source_id)

    def keep(refresh_token: str) -> None:
        if stored is not None and stored.get("refresh_token") == value.get("refresh_token"):
            stored["refresh_token"] = refresh_token
            _keep(ingestion, source_id, stored)
        value["refresh_token"] = refresh_token

    address = base_url or _address(ingestion, source_id)
    connector, http = _connector(ingestion, source_id, value, address, keep)
    if hurried:
        http.hurry()
    return reached(connector)


def _connector(
    ingestion: Ingestion,
    source_id: str,
    value: dict[str, Any],
    base_url: str,
    keep_refresh_token: Callable[[str], None],
) -> tuple[Connector, Session]:
    kind = kind_of(source_id)
    secrets = credentials.secrets_of(kind, value)
    http = open_session(source_id, secrets, ingestion.transport, ingestion.sleep, ingestion.clock)
    http.keep_refresh_token = keep_refresh_token
    return kind.make(http, base_url, value), http


def _address(ingestion: Ingestion, source_id: str) -> str:
    with ingestion.database.session() as session:
        row = session.get(Source, source_id)
        return row.base_url if row else ""


def _keep(ingestion: Ingestion, source_id: str, value: dict[str, Any]) -> None:
    credentials.keep(ingestion.database, ingestion.vault, ingestion.clock, source_id, value)


def _note(ingestion: Ingestion, source_id: str, state: str, error: str) -> None:
    """How a try went; a sync that runs meanwhile tells its own end, and what is disabled stays so."""
    with ingestion.database.session() as session:
        row = session.get(Source, source_id)
        if row is not None and row.state not in ("syncing", "disabled"):
            row.state, row.error = state, error
