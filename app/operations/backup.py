"""One file with everything that cannot be made again: database, warehouse, staging, archive of reports.

A ZIP file. `manifest.json` lists every member with its SHA-256 and stands last, sealed with the credential
key, so that a file that was cut short or changed is known before anything is replaced.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

import duckdb
from sqlalchemy import Connection, select

from app.clock import Clock
from app.data.db import Database
from app.data.dump import lines, one_moment
from app.data.migrations import newest
from app.data.migrations.tables import METADATA
from app.data.models import Load
from app.data.warehouse.migrations import read_state
from app.data.warehouse.pointer import Pointer, make_durable
from app.errors import ConflictError, InputError
from app.home import CREDENTIAL_KEY, SECRET_KEY
from app.settings import Settings
from app.text import t

FORMAT = 1
MANIFEST, SEAL = "manifest.json", "manifest.seal"
DATABASE, WAREHOUSE, STAGING, KEYS = "database", "warehouse", "staging", "keys"
ARCHIVE = "archive"  # the folder of reports that were sent
PIECE = 1 << 20  # bytes


@dataclass(frozen=True)
class Manifest:
    """What a backup holds, and of which versions."""

    made_at: str
    migration: str
    warehouse_version: int | None
    warehouse_step: int
    with_keys: bool
    format: int = FORMAT
    rows: dict[str, int] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)  # name -> SHA-256

    def text(self) -> str:
        return json.dumps(asdict(self), indent=1, sort_keys=True)


def seal(key: str, manifest: str) -> str:
    """What only the holder of the credential key can write under a manifest."""
    return hmac.new(key.encode(), manifest.encode(), hashlib.sha256).hexdigest()


def write(settings: Settings, database: Database, clock: Clock, file: Path, *, with_keys: bool) -> Manifest:
    """Write a backup; pages and workers go on meanwhile, a publish waits.

    Raises: ConflictError when the file exists, InputError when it cannot be written.
    """
    if file.exists():
        raise ConflictError(t("backup.exists", file=file), hint=t("backup.exists_hint"))
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
            manifest = _write(settings, database, clock, handle, with_keys)
        make_durable(draft)
        draft.replace(file)
    except OSError as problem:
        raise InputError(
            t("backup.not_written", file=file, reason=problem.strerror), hint=t("backup.not_written_hint")
        ) from None
    finally:
        draft.unlink(missing_ok=True)
    return manifest


def _write(settings: Settings, database: Database, clock: Clock, file: IO[bytes], keys: bool) -> Manifest:
    pointer = Pointer(settings.warehouse_dir)
    # Under the publisher's lock, database and warehouse speak of the same loads.
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive, pointer.lock():
        snapshot = pointer.read()
        manifest = Manifest(
            made_at=clock.now().isoformat(),
            migration=newest(),
            warehouse_version=snapshot.version if snapshot else None,
            warehouse_step=step_of(snapshot.path) if snapshot else 0,
            with_keys=keys,
        )
        with one_moment(database) as connection:
            _add_rows(archive, manifest, connection)
            loads = connection.scalars(select(Load.path).order_by(Load.id)).all()
        if snapshot:
            _add_file(archive, manifest, snapshot.path, f"{WAREHOUSE}/{snapshot.path.name}")
        for path in _kept(settings, loads):
            _add_file(archive, manifest, path, path.relative_to(settings.home).as_posix())
        if keys:
            for name, value in ((SECRET_KEY, settings.secret_key), (CREDENTIAL_KEY, settings.credential_key)):
                _add(archive, manifest, f"{KEYS}/{name}", [value.encode()])
        archive.writestr(MANIFEST, manifest.text())
        archive.writestr(SEAL, seal(settings.credential_key, manifest.text()))
    return manifest


def step_of(path: Path) -> int:
    """The step of the warehouse's shape that a snapshot has."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return int(read_state(connection, "step") or 0)


def _kept(settings: Settings, loads: Iterable[str]) -> Iterator[Path]:
    """The files of the loads that the database knows, never half-written ones, and of the archive."""
    folders = [*(settings.staging_dir / load for load in loads), settings.home / ARCHIVE]
    for folder in folders:
        yield from sorted(path for path in folder.rglob("*") if path.is_file())


def _add_rows(archive: zipfile.ZipFile, manifest: Manifest, connection: Connection) -> None:
    for table in METADATA.sorted_tables:
        pieces = (f"{line}\n".encode() for line in lines(connection, table))
        manifest.rows[table.name] = _add(archive, manifest, f"{DATABASE}/{table.name}.jsonl", pieces)


def _add_file(archive: zipfile.ZipFile, manifest: Manifest, path: Path, name: str) -> None:
    with path.open("rb") as source:
        _add(archive, manifest, name, iter(lambda: source.read(PIECE), b""))


def _add(archive: zipfile.ZipFile, manifest: Manifest, name: str, pieces: Iterable[bytes]) -> int:
    """Add a member and note its SHA-256; answers the number of pieces."""
    digest, count = hashlib.sha256(), 0
    with archive.open(name, "w", force_zip64=True) as target:
        for piece in pieces:
            digest.update(piece)
            target.write(piece)
            count += 1
    manifest.files[name] = digest.hexdigest()
    return count
