"""Put a backup back: everything is read, checked and prepared aside before the first thing is replaced."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

import duckdb
from redis.exceptions import RedisError
from sqlalchemy import Connection, MetaData, func, select, update
from sqlalchemy.orm import Session

from app.accounts import audit
from app.accounts.models import SignInSession, User
from app.clock import Clock
from app.data.db import Database
from app.data.dump import fill, one_moment, replace
from app.data.migrate import upgrade
from app.data.migrations import current, newest
from app.data.migrations.tables import METADATA
from app.data.warehouse.migrations import STEPS
from app.data.warehouse.pointer import Pointer
from app.errors import ConflictError, InputError, QueueUnavailable
from app.home import CREDENTIAL_KEY, write_privately
from app.notify.models import Delivery
from app.operations.backup import (
    ARCHIVE,
    DATABASE,
    FORMAT,
    KEYS,
    MANIFEST,
    PIECE,
    SEAL,
    STAGING,
    WAREHOUSE,
    Manifest,
    seal,
    step_of,
)
from app.queue.redis_connection import connect
from app.settings import Settings
from app.text import t

ACTOR = "pad restore"
FOLDERS = (WAREHOUSE, STAGING, ARCHIVE)


def read_back(
    settings: Settings, clock: Clock, file: Path, *, replace_data: bool, other_key: bool
) -> Manifest:
    """Replace the data of a stopped installation by that of a backup.

    Raises: InputError for a file that is cut short, changed or too new, ConflictError when there is data
    already and nobody agreed to lose it, QueueUnavailable when Redis cannot forget its answers.
    """
    aside = settings.home / f".restore-{secrets.token_hex(4)}"
    aside.mkdir(mode=0o700)
    try:
        with _opened(file) as archive:
            manifest = _manifest(archive, file)
            _require_known(manifest)
            _require_seal(archive, manifest, settings, other_key)
            if not replace_data and _has_data(settings):
                raise ConflictError(
                    t("backup.data_there", home=settings.home), hint=t("backup.data_there_hint")
                )
            _unpack(archive, manifest, aside, file)
        _prepare(manifest, aside)
        _forget_answers(settings)
        _replace(settings, clock, aside, t("backup.audit_restored", file=file.name, made_at=manifest.made_at))
        _put_keys(settings, aside)
        return manifest
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def _opened(file: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except OSError as problem:
        raise InputError(
            t("backup.not_read", file=file, reason=problem.strerror), hint=t("backup.not_read_hint")
        ) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError):
        raise InputError(t("backup.not_whole", file=file), hint=t("backup.not_whole_hint")) from None


def _manifest(archive: zipfile.ZipFile, file: Path) -> Manifest:
    try:
        told: dict[str, Any] = json.loads(archive.read(MANIFEST))
        if told.get("format") != FORMAT:
            raise InputError(t("backup.format_unknown", file=file, format=told.get("format"), known=FORMAT))
        return Manifest(**told)
    except (ValueError, TypeError):
        raise InputError(t("backup.manifest_unread", file=file), hint=t("backup.not_whole_hint")) from None


def _require_known(manifest: Manifest) -> None:
    if manifest.migration > newest() or manifest.warehouse_step > STEPS[-1][0]:
        raise InputError(
            t("backup.newer", migration=manifest.migration, newest=newest()),
            hint=t("backup.newer_hint"),
        )


def _require_seal(archive: zipfile.ZipFile, manifest: Manifest, settings: Settings, other_key: bool) -> None:
    key = settings.credential_key
    if manifest.with_keys:
        key = archive.read(f"{KEYS}/{CREDENTIAL_KEY}").decode()
    if hmac.compare_digest(archive.read(SEAL).decode(), seal(key, archive.read(MANIFEST).decode())):
        return
    if manifest.with_keys or not other_key:
        raise InputError(
            t("backup.changed"),
            hint=t("backup.changed_hint"),
        )


def _has_data(settings: Settings) -> bool:
    if Pointer(settings.warehouse_dir).read() is not None:
        return True
    database = Database(settings.database)
    try:
        file = database.engine.url.database
        if database.engine.dialect.name == "sqlite" and not (file and Path(file).exists()):
            return False  # looking into it would make it
        if current(database) is None:
            return False
        with database.session() as session:
            return bool(session.scalar(select(func.count()).select_from(User)))
    finally:
        database.engine.dispose()


def _unpack(archive: zipfile.ZipFile, manifest: Manifest, aside: Path, file: Path) -> None:
    """Every member into the folder aside, its content checked on the way."""
    names = set(archive.namelist()) - {MANIFEST, SEAL}
    if names != set(manifest.files) or len(archive.namelist()) != len(names) + 2:
        raise InputError(t("backup.others", file=file), hint=t("backup.not_whole_hint"))
    for name, digest in manifest.files.items():
        parts = PurePosixPath(name).parts
        if parts[0] not in (*FOLDERS, DATABASE, KEYS) or ".." in parts:
            raise InputError(t("backup.no_place", file=file, name=name), hint=t("backup.not_whole_hint"))
        target = aside / name
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = hashlib.sha256()
        with archive.open(name) as source, target.open("wb") as copy:
            while piece := source.read(PIECE):
                found.update(piece)
                copy.write(piece)
        if found.hexdigest() != digest:
            raise InputError(t("backup.not_backed_up", name=name, file=file), hint=t("backup.not_whole_hint"))


def _prepare(manifest: Manifest, aside: Path) -> None:
    """A database of the newest shape with the rows of the backup, and the pointer of the warehouse."""
    scratch = _scratch(aside)
    upgrade(scratch, manifest.migration)
    database = Database(scratch)
    tables = MetaData()
    tables.reflect(database.engine)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        for name in manifest.rows:
            connection.execute(tables.tables[name].delete())
            with (aside / DATABASE / f"{name}.jsonl").open() as told:
                fill(connection, tables.tables[name], told)
        connection.commit()
    database.engine.dispose()
    upgrade(scratch)
    for folder in FOLDERS:
        (aside / folder).mkdir(exist_ok=True)
    _require_readable(manifest, aside)
    if manifest.warehouse_version is not None:
        Pointer(aside / WAREHOUSE).replace(manifest.warehouse_version)


def _require_readable(manifest: Manifest, aside: Path) -> None:
    """A snapshot may have been broken before it was backed up: DuckDB has to open it here."""
    if manifest.warehouse_version is None:
        return
    path = Pointer(aside / WAREHOUSE).path(manifest.warehouse_version)
    try:
        found = step_of(path)
    except (duckdb.Error, OSError) as problem:
        raise InputError(
            t("backup.snapshot_shut", problem=problem), hint=t("backup.not_whole_hint")
        ) from None
    if found != manifest.warehouse_step:
        raise InputError(
            t("backup.snapshot_step", found=found, told=manifest.warehouse_step),
            hint=t("backup.not_whole_hint"),
        )


def _scratch(aside: Path) -> str:
    return f"sqlite:///{(aside / 'scratch.db').resolve()}"


def _forget_answers(settings: Settings) -> None:
    """Kept answers are named by versions, which a restored warehouse counts anew with other content."""
    if not settings.redis_url:
        shutil.rmtree(settings.home / "redis", ignore_errors=True)
        return
    try:
        connection = connect(settings.redis)
        for pattern in ("pad-cache-*", "rq:*"):
            for key in connection.scan_iter(pattern, count=1000):
                connection.delete(key)
    except RedisError as problem:
        raise QueueUnavailable(
            t("backup.redis_down", problem=type(problem).__name__),
            hint=t("backup.redis_down_hint"),
        ) from None


def _replace(settings: Settings, clock: Clock, aside: Path, told: str) -> None:
    """Rows and folders together: the folders swap before the rows are committed, and back if that fails."""
    upgrade(settings.database)
    source, target = Database(_scratch(aside)), Database(settings.database)
    try:
        with one_moment(source) as rows, target.engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            replace(rows, connection, METADATA)
            _settle(connection, clock)
            _note(connection, clock, told)
            _swap(settings.home, aside, aside / "before")
            try:
                connection.commit()
            except BaseException:
                _swap(settings.home, aside / "before", aside)
                raise
    finally:
        source.engine.dispose()
        target.engine.dispose()


def _settle(connection: Any, clock: Clock) -> None:
    """What was under way then must not happen twice: sign-ins end, messages not yet sent stay unsent."""
    ended = update(SignInSession).where(SignInSession.revoked_at.is_(None)).values(revoked_at=clock.now())
    connection.execute(ended)
    under_way = Delivery.state.in_(("queued", "rendering", "sending"))
    reason = t("backup.restored_message")
    connection.execute(update(Delivery).where(under_way).values(state="unknown", error=reason))


def _note(connection: Connection, clock: Clock, told: str) -> None:
    """The restored log goes on with who restored it; entries younger than the backup went with the data."""
    with Session(connection) as session:
        audit.note(session, clock, ACTOR, audit.RESTORED, told)
        session.flush()


def _swap(home: Path, fresh: Path, old: Path) -> None:
    old.mkdir(exist_ok=True)
    for name in FOLDERS:
        if (home / name).exists():
            (home / name).rename(old / name)
        if (fresh / name).exists():
            (fresh / name).rename(home / name)


def _put_keys(settings: Settings, aside: Path) -> None:
    for path in sorted((aside / KEYS).glob("*.key")):
        write_privately(settings.home / path.name, path.read_text())
