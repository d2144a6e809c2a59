"""Backup and restore: the same answers after the round trip, on both databases; else no change."""

from __future__ import annotations

import hashlib
import json
import resource
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DatabaseError

from app.accounts import audit
from app.accounts.models import AuditEntry, User
from app.clock import FixedClock
from app.compose import build
from app.data.db import Database
from app.data.migrations.tables import METADATA
from app.data.models import Source
from app.data.query import codec
from app.errors import ConflictError, InputError, PadError, QueueUnavailable
from app.home import CREDENTIAL_KEY, prepared
from app.notify.models import Delivery
from app.operations import backup, restore
from app.operations.backup import MANIFEST, SEAL, Manifest
from app.settings import Settings
from tests import demo_company
from tests.demo_company import NOW

CLOCK = FixedClock(NOW)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = demo_company.shared_folder(tmp_path_factory.getbasetemp())
    settings = demo_company.moved_in(folder, tmp_path_factory.mktemp("company"))
    archive = settings.home / "archive" / "weekly"
    archive.mkdir(parents=True)
    (archive / "week.pdf").write_bytes(b"%PDF of a week")
    return settings


@pytest.fixture(scope="module")
def file(company: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _backed_up(company, tmp_path_factory.mktemp("backups") / "all.zip")


@pytest.fixture
def fresh(company: Settings, tmp_path: Path) -> Settings:
    """An empty installation that was given the key of the company."""
    return prepared({"PAD_HOME": str(tmp_path / "fresh"), "PAD_CREDENTIAL_KEY": company.credential_key})


def _backed_up(settings: Settings, file: Path, *, with_keys: bool = False) -> Path:
    backup.write(settings, Database(settings.database), CLOCK, file, with_keys=with_keys)
    return file


def _restored(settings: Settings, file: Path, *, yes: bool = False, other_key: bool = False) -> Manifest:
    return restore.read_back(settings, CLOCK, file, replace_data=yes, other_key=other_key)


def _answer(settings: Settings) -> str:
    """What `pad query` prints as JSON."""
    asked = {"metrics": "spend,clicks", "from": "2026-05-01", "to": "2026-05-31", "by": "channel"}
    frame = build(settings, CLOCK).query.run(codec.query(asked))
    return json.dumps(codec.frame(frame, "USD", parts=True), default=str)


def _rows(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table but the sign-ins, which a restore ends, and its own lines in the audit log."""
    database = Database(settings.database)
    with database.engine.connect() as connection:
        return {
            table.name: [
                tuple(row)
                for row in connection.execute(select(table).order_by(*table.primary_key))
                if audit.RESTORED not in row
            ]
            for table in METADATA.sorted_tables
            if table.name != "sign_in_session"
        }


def _files(home: Path) -> dict[str, str]:
    kept = (path for path in sorted(home.rglob("*")) if path.is_file() and "app.db" not in path.name)
    return {str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest() for path in kept}


def _changed(file: Path, target: Path, change: dict[str, bytes]) -> Path:
    """The same archive with other contents of some members."""
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            copy.writestr(name, change.get(name, source.read(name)))
    return target


def test_a_restored_installation_answers_as_before(company: Settings, file: Path, fresh: Settings) -> None:
    manifest = _restored(fresh, file)
    before = _answer(company)
    assert '"spend"' in before and _answer(fresh) == before
    assert _rows(fresh) == _rows(company)
    assert manifest.rows["user_account"] == len(demo_company.PEOPLE)
    kept = ("staging/", "warehouse/CURRENT", "archive/")
    old, new = _files(company.home), _files(fresh.home)
    files = {name for name in old if name.startswith(kept) and not name.endswith(".lock")}
    assert "archive/weekly/week.pdf" in files and len(files) > 10
    assert {name: new.get(name) for name in files} == {name: old[name] for name in files}


def test_sqlite_goes_to_postgresql_and_back(
    company: Settings, file: Path, fresh: Settings, postgres_url: str, tmp_path: Path
) -> None:
    moved = replace(fresh, database_url=postgres_url)
    _restored(moved, file)
    assert (_rows(moved), _answer(moved)) == (_rows(company), _answer(company))
    with Database(postgres_url).session() as session:  # numbers of rows go on after the restored ones
        session.add(AuditEntry(at=NOW, actor="a", action="b", object="c"))
    with pytest.raises(DatabaseError, match="append-only"), Database(postgres_url).session() as session:
        session.execute(text("DELETE FROM audit_entry"))
    again = _backed_up(moved, tmp_path / "from-postgresql.zip")
    _restored(moved, again, yes=True)  # over itself: rows are replaced, not doubled
    assert len(_rows(moved)["audit_entry"]) == len(_rows(company)["audit_entry"]) + 1
    home = prepared({"PAD_HOME": str(tmp_path / "back"), "PAD_CREDENTIAL_KEY": company.credential_key})
    _restored(home, again)
    assert (_rows(home), _answer(home)) == (_rows(moved), _answer(company))


def test_data_is_replaced_only_when_somebody_said_so(company: Settings, file: Path, fresh: Settings) -> None:
    _restored(fresh, file)
    with Database(fresh.database).session() as session:
        session.execute(update(User).values(name="Changed"))
    with pytest.raises(ConflictError, match="--yes"):
        _restored(fresh, file)
    _restored(fresh, file, yes=True)
    assert _rows(fresh) == _rows(company)
    with pytest.raises(DatabaseError, match="append-only"), Database(fresh.database).session() as session:
        session.execute(text("DELETE FROM audit_entry"))


@pytest.mark.parametrize("damage", ["truncated", "a row changed", "a hash changed", "a file more", "no zip"])
def test_a_damaged_file_is_refused_and_changes_nothing(
    file: Path, fresh: Settings, tmp_path: Path, damage: str
) -> None:
    _restored(fresh, file)
    before, rows = _files(fresh.home), _rows(fresh)
    wrong = tmp_path / "wrong.zip"
    name = "database/user_account.jsonl"
    with zipfile.ZipFile(file) as archive:
        people, manifest = archive.read(name), json.loads(archive.read(MANIFEST))
    admin = people.replace(b'"analyst"', b'"admin"')
    assert admin != people
    manifest["files"][name] = hashlib.sha256(admin).hexdigest()
    if damage == "truncated":
        wrong.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    elif damage == "a row changed":
        _changed(file, wrong, {name: admin})
    elif damage == "a hash changed":
        _changed(file, wrong, {name: admin, MANIFEST: json.dumps(manifest).encode()})
    elif damage == "a file more":
        shutil.copyfile(file, wrong)
        with zipfile.ZipFile(wrong, "a") as archive:
            archive.writestr("../outside", "x")
    else:
        wrong.write_text("not a backup")
    with pytest.raises(InputError):
        _restored(fresh, wrong, yes=True)
    assert (_files(fresh.home), _rows(fresh)) == (before, rows)
    assert not (tmp_path / "outside").exists()


def test_a_backup_of_a_newer_version_is_refused(
    company: Settings, file: Path, fresh: Settings, tmp_path: Path
) -> None:
    with zipfile.ZipFile(file) as archive:
        told = json.loads(archive.read(MANIFEST)) | {"migration": "9999"}
    text_ = json.dumps(told)
    sealed = backup.seal(company.credential_key, text_).encode()
    newer = _changed(file, tmp_path / "newer.zip", {MANIFEST: text_.encode(), SEAL: sealed})
    with pytest.raises(InputError, match="newer version"):
        _restored(fresh, newer)


def test_the_key_of_then_is_needed_or_its_loss_is_said(file: Path, tmp_path: Path) -> None:
    stranger = prepared({"PAD_HOME": str(tmp_path / "stranger")})
    with pytest.raises(InputError, match="PAD_CREDENTIAL_KEY"):
        _restored(stranger, file)
    _restored(stranger, file, other_key=True)
    assert len(_rows(stranger)["user_account"]) == len(demo_company.PEOPLE)


def test_keys_are_in_the_file_only_when_asked_for(company: Settings, file: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())
    assert company.credential_key.encode() not in content and company.secret_key.encode() not in content
    whole = _backed_up(company, tmp_path / "keys.zip", with_keys=True)
    assert whole.stat().st_mode & 0o777 == 0o600
    other = prepared({"PAD_HOME": str(tmp_path / "other")})
    _restored(other, whole)
    assert (other.home / CREDENTIAL_KEY).read_text() == company.credential_key


def test_a_message_that_was_under_way_is_not_sent_again(
    company: Settings, fresh: Settings, tmp_path: Path
) -> None:
    where = Delivery(key="k", kind="alert", subject_id="r", title="t", channel="email", to="a@b.example",
                     state="queued", at=NOW)  # fmt: skip
    database = Database(company.database)
    with database.session() as session:
        session.add(where)
    _restored(fresh, _backed_up(company, tmp_path / "queued.zip"))
    with database.session() as session:
        session.delete(where)
    with Database(fresh.database).session() as session:
        assert session.scalars(select(Delivery.state)).all() == ["unknown"]


def test_an_existing_file_is_never_written_over(company: Settings, file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(ConflictError, match="exists"):
        _backed_up(company, file)
    assert file.read_bytes() == before


def test_without_its_own_redis_nothing_is_replaced(file: Path, fresh: Settings) -> None:
    with pytest.raises(QueueUnavailable, match="nothing was changed"):
        _restored(replace(fresh, redis_url="redis://127.0.0.1:1"), file)
    assert not (fresh.home / "app.db").exists()


def test_a_failure_while_rows_are_replaced_puts_the_folders_back(
    file: Path, fresh: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    _restored(fresh, file)
    with Database(fresh.database).session() as session:
        session.execute(update(Source).values(title="Kept"))
    before, rows = _files(fresh.home), _rows(fresh)

    def fail(*_: object) -> None:
        raise PadError("the disk is full")

    monkeypatch.setattr(restore, "_settle", fail)
    with pytest.raises(PadError, match="disk is full"):
        _restored(fresh, file, yes=True)
    assert (_files(fresh.home), _rows(fresh)) == (before, rows)


def test_a_restore_is_told_in_the_restored_log(file: Path, fresh: Settings) -> None:
    _restored(fresh, file)
    found, _ = audit.entries(Database(fresh.database), audit.AuditFilter(), limit=1)
    assert (found[0].actor, found[0].action) == ("pad restore", audit.RESTORED)
    assert found[0].object == f"all.zip, made at {NOW.isoformat()}"


def test_a_snapshot_that_does_not_open_is_refused_though_every_hash_is_right(
    company: Settings, file: Path, fresh: Settings, tmp_path: Path
) -> None:
    _restored(fresh, file)
    before = _files(fresh.home)
    with zipfile.ZipFile(file) as archive:
        manifest = json.loads(archive.read(MANIFEST))
        name = next(name for name in archive.namelist() if name.endswith(".duckdb"))
        broken = b"no database" * 100
    manifest["files"][name] = hashlib.sha256(broken).hexdigest()
    told = json.dumps(manifest)
    seal = backup.seal(company.credential_key, told).encode()
    wrong = _changed(file, tmp_path / "wrong.zip", {name: broken, MANIFEST: told.encode(), SEAL: seal})
    with pytest.raises(InputError, match="snapshot in the backup cannot be opened"):
        _restored(fresh, wrong, yes=True)
    assert _files(fresh.home) == before


def test_a_full_disk_leaves_no_half_backup_and_says_so(company: Settings, tmp_path: Path) -> None:
    file = tmp_path / "backups" / "all.zip"
    file.parent.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "backup", str(file)],
        env=demo_company.environment(company),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000)),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.strip().startswith(f"Error: {file} cannot be written: File too large.")
    assert list(file.parent.iterdir()) == []
