"""Is this installation well? Each check looks at one part and says what it found and the way out."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

import duckdb
from redis.exceptions import RedisError
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from app.clock import Clock
from app.data.db import Database, disk_trouble
from app.data.migrations import current, newest
from app.data.models import Credential, JobRun, Load, Source
from app.data.pipeline.sources import late_after
from app.data.pipeline.vault import Vault
from app.data.warehouse.pointer import Pointer
from app.errors import DataUnavailable, PadError, SettingError
from app.home import CREDENTIAL_KEY, SECRET_KEY, with_outbox
from app.notify.models import Delivery
from app.queue.redis_connection import connect
from app.queue.redis_queue import LONGEST_RUN
from app.reports.renderers import pdf
from app.settings import Settings, load
from app.text import t
from app.units import age

OK, WARN, FAIL = "ok", "warn", "fail"
SKEW_WARNS, SKEW_FAILS = 2.0, 60.0  # seconds between two clocks
SPARE = 512 * 2**20  # bytes that stay free beside a publish, which copies the snapshot
QUEUED_TOO_LONG = timedelta(minutes=10)
WAITING_TOO_LONG = timedelta(minutes=15)
LOOK_BACK = timedelta(days=7)
PATIENCE = 5.0  # seconds


@dataclass(frozen=True)
class Finding:
    """What one look found."""

    check: str
    state: str  # ok | warn | fail
    found: str
    way_out: str = ""


@dataclass(frozen=True)
class Patient:
    """What the checks look at; nothing is written."""

    settings: Settings
    clock: Clock
    database: Database


Check = Callable[[Patient], Iterator[Finding]]


def examine(env: Mapping[str, str], clock: Clock) -> list[Finding]:
    """Every finding, in the order in which one would mend them."""
    try:
        settings = load(with_outbox(env))
    except SettingError as problem:
        return [Finding("settings", FAIL, problem.message, problem.hint)]
    findings = list(_home(settings))
    if any(one.state == FAIL for one in findings):
        return findings
    patient = Patient(settings, clock, Database(settings.database))
    try:
        for check in (_redis, _database, _warehouse, _disk, _clock):
            findings += check(patient)
        # On tables of an older shape the rows cannot be asked for.
        if all(one.state == OK for one in findings if one.check == "database"):
            for check in (_credentials, _sources, _jobs, _loads, _deliveries):
                findings += check(patient)
        return [*findings, *_channels(patient), *_pages()]
    finally:
        patient.database.engine.dispose()


def _home(settings: Settings) -> Iterator[Finding]:
    home = settings.home
    if not home.is_dir():
        yield Finding("settings", FAIL, t("doctor.home_none", home=home), t("doctor.home_none_way"))
        return
    if not os.access(home, os.W_OK):
        yield Finding("settings", FAIL, t("doctor.home_shut", home=home), t("doctor.home_shut_way"))
        return
    keys = ((SECRET_KEY, settings.secret_key, "SECRET_KEY"),
            (CREDENTIAL_KEY, settings.credential_key, "PAD_CREDENTIAL_KEY"))  # fmt: skip
    missing = [variable for name, value, variable in keys if not value and not (home / name).is_file()]
    if missing:
        way = t("doctor.keys_gone_way")
        yield Finding(
            "settings", FAIL, t("doctor.keys_gone", missing=t("doctor.and").join(missing), home=home), way
        )
        return
    open_ones = [name for name, _, _ in keys if _others_may_read(settings, name)]
    if open_ones:
        names = ", ".join(open_ones)
        yield Finding(
            "settings", WARN, t("doctor.keys_open", names=names), t("doctor.keys_open_way", home=home)
        )
        return
    yield Finding("settings", OK, t("doctor.settings_read", home=home))


def _others_may_read(settings: Settings, name: str) -> bool:
    path = settings.home / name
    return path.is_file() and bool(path.stat().st_mode & 0o077)


def _redis(patient: Patient) -> Iterator[Finding]:
    try:
        connect(patient.settings.redis).ping()
    except RedisError as problem:
        own = bool(patient.settings.redis_url)
        way = t("doctor.redis_down_way") if own else t("doctor.redis_asleep_way")
        yield Finding(
            "redis", FAIL if own else WARN, t("doctor.redis_down", problem=type(problem).__name__), way
        )
    else:
        yield Finding("redis", OK, t("doctor.redis_answers"))


def _database(patient: Patient) -> Iterator[Finding]:
    kind = patient.database.engine.dialect.name
    if kind == "sqlite" and not (patient.settings.home / "app.db").is_file():
        yield Finding("database", FAIL, t("doctor.database_none"), t("doctor.database_none_way"))
        return
    try:
        reached = current(patient.database)
    except SQLAlchemyError as problem:
        trouble = disk_trouble(patient.database, problem) or PadError(
            t("doctor.database_down", kind=kind, problem=type(problem).__name__),
            hint=t("doctor.database_down_way"),
        )
        yield Finding("database", FAIL, trouble.message, trouble.hint)
        return
    if reached is None:
        yield Finding("database", FAIL, t("doctor.database_empty", kind=kind), t("doctor.database_empty_way"))
    elif reached > newest():
        way = t("doctor.database_newer_way", reached=reached)
        yield Finding(
            "database", FAIL, t("doctor.database_newer", kind=kind, reached=reached, newest=newest()), way
        )
    elif reached < newest():
        way = t("doctor.database_older_way")
        yield Finding(
            "database", WARN, t("doctor.database_older", kind=kind, reached=reached, newest=newest()), way
        )
    else:
        yield Finding("database", OK, t("doctor.database_well", kind=kind, reached=reached))


def _warehouse(patient: Patient) -> Iterator[Finding]:
    pointer = Pointer(patient.settings.warehouse_dir)
    restore = t("doctor.snapshot_shut_way")
    try:
        snapshot = pointer.read()
        if snapshot is None:
            way = t("doctor.snapshot_none_way")
            yield Finding("warehouse", WARN, t("doctor.snapshot_none"), way)
            return
        with duckdb.connect(str(snapshot.path), read_only=True) as connection:
            loads = connection.execute("SELECT count(*) FROM published_load").fetchone() or (0,)
    except DataUnavailable as problem:
        yield Finding("warehouse", FAIL, problem.message, problem.hint)
        return
    except (duckdb.Error, OSError) as problem:
        yield Finding("warehouse", FAIL, t("doctor.snapshot_shut", problem=problem), restore)
        return
    newer = [version for version in pointer.versions() if version > snapshot.version]
    if newer:
        way = t("doctor.snapshot_beside_way")
        yield Finding(
            "warehouse", WARN, t("doctor.snapshot_beside", newer=max(newer), version=snapshot.version), way
        )
    else:
        yield Finding("warehouse", OK, t("doctor.snapshot_well", version=snapshot.version, loads=loads[0]))


def _disk(patient: Patient) -> Iterator[Finding]:
    free = shutil.disk_usage(patient.settings.home).free
    snapshots = patient.settings.warehouse_dir.glob("warehouse-*.duckdb")
    needed = 2 * max((path.stat().st_size for path in snapshots), default=0) + SPARE
    found = t("doctor.disk", free=_gib(free), needed=_gib(needed))
    way = t("doctor.disk_way")
    state = FAIL if free < needed else WARN if free < 3 * needed else OK
    yield Finding("disk", state, found, "" if state == OK else way)


def _gib(size: int) -> str:
    return f"{size / 2**30:.1f} GiB"


def _clock(patient: Patient) -> Iterator[Finding]:
    for name, told in _other_clocks(patient):
        skew = abs((patient.clock.now() - told).total_seconds())
        state = FAIL if skew > SKEW_FAILS else WARN if skew > SKEW_WARNS else OK
        way = "" if state == OK else t("doctor.clock_way")
        yield Finding("clock", state, t("doctor.clock", skew=skew, name=name), way)


def _other_clocks(patient: Patient) -> Iterator[tuple[str, datetime]]:
    try:
        seconds, micros = connect(patient.settings.redis).time()
        yield "Redis", datetime.fromtimestamp(seconds + micros / 1e6, UTC)
    except RedisError:
        pass  # said by its own check
    if patient.database.engine.dialect.name == "postgresql":
        try:
            with patient.database.engine.connect() as connection:
                yield "PostgreSQL", cast(datetime, connection.scalar(text("SELECT clock_timestamp()")))
        except SQLAlchemyError:
            pass  # said by its own check


def _credentials(patient: Patient) -> Iterator[Finding]:
    settings = patient.settings
    try:
        vault = Vault(settings.credential_key or (settings.home / CREDENTIAL_KEY).read_text().strip())
    except SettingError as problem:
        yield Finding("credentials", FAIL, problem.message, problem.hint)
        return
    with patient.database.session() as session:
        rows = session.scalars(select(Credential).order_by(Credential.source_id)).all()
    shut = []
    for row in rows:
        try:
            vault.open(row.source_id, row.nonce, row.sealed)
        except SettingError as problem:
            shut.append(row.source_id)
            yield Finding("credentials", FAIL, problem.message, problem.hint)
    if not shut:
        yield Finding("credentials", OK, t("doctor.credentials_open", count=len(rows)))


def _sources(patient: Patient) -> Iterator[Finding]:
    with patient.database.session() as session:
        sources = session.scalars(select(Source).order_by(Source.id)).all()
    platforms = [one for one in sources if one.kind == "platform" and one.state != "disabled"]
    if not platforms:
        yield Finding("sources", WARN, t("doctor.sources_none"), t("doctor.sources_none_way"))
    for source in platforms:
        yield _source(source, patient.clock.now())


def _source(source: Source, now: datetime) -> Finding:
    name, last = f"source {source.id}", source.last_sync_at
    if source.state == "failed":
        return Finding(
            name,
            FAIL,
            source.error or t("doctor.source_failed"),
            t("doctor.source_failed_way", source=source.id),
        )
    if last is None:
        return Finding(name, WARN, t("doctor.source_unread"), t("doctor.source_unread_way", source=source.id))
    read = t("doctor.source_age", age=age(now - last))
    longest = late_after(source.id)
    if longest is not None and now - last > longest:
        way = t("doctor.source_late_way", source=source.id)
        return Finding(name, WARN, t("doctor.source_late", age=read), way)
    if source.error:
        return Finding(name, WARN, source.error, t("doctor.source_left_out_way", source=source.id))
    return Finding(name, OK, t("doctor.source_well", state=source.state, age=read))


def _jobs(patient: Patient) -> Iterator[Finding]:
    now = patient.clock.now()
    runs_late = (JobRun.state == "running", JobRun.started_at < now - timedelta(seconds=LONGEST_RUN))
    waits_late = (JobRun.state == "queued", JobRun.created_at < now - QUEUED_TOO_LONG)
    broken = (JobRun.state == "failed", JobRun.ended_at > now - timedelta(days=1))
    with patient.database.session() as session:
        stuck, queued, failed = (
            session.scalars(select(JobRun.id).where(*which).order_by(JobRun.id)).all()
            for which in (runs_late, waits_late, broken)
        )
    if stuck:
        yield Finding("jobs", FAIL, t("doctor.jobs_stuck", stuck=_some(stuck)), t("doctor.jobs_stuck_way"))
    if queued:
        yield Finding(
            "jobs", WARN, t("doctor.jobs_queued", queued=_some(queued)), t("doctor.jobs_queued_way")
        )
    if failed:
        yield Finding(
            "jobs", WARN, t("doctor.jobs_failed", failed=_some(failed)), t("doctor.jobs_failed_way")
        )
    if not (stuck or queued or failed):
        yield Finding("jobs", OK, t("doctor.jobs_well"))


def _some(names: object, most: int = 3) -> str:
    listed = list(cast("list[str]", names))
    named = ", ".join(listed[:most])
    return t("doctor.some", named=named, more=len(listed) - most) if len(listed) > most else named


def _loads(patient: Patient) -> Iterator[Finding]:
    """Waiting loads, by the time of extraction; and whether the warehouse is that of this database."""
    before = patient.clock.now() - WAITING_TOO_LONG
    late = (Load.state == "waiting", Load.extracted_at < before)
    with patient.database.session() as session:
        waiting = session.scalar(select(func.count()).select_from(Load).where(*late)) or 0
        held = session.scalar(select(func.count()).select_from(Load).where(Load.state == "quarantined")) or 0
        known = session.scalar(select(func.max(Load.published_version))) or 0
    try:
        snapshot = Pointer(patient.settings.warehouse_dir).read()
    except DataUnavailable:
        snapshot = None
    apart = bool(known) and (snapshot is None or snapshot.version < known)
    if apart:
        way = t("doctor.loads_apart_way")
        yield Finding("loads", FAIL, t("doctor.loads_apart", known=known), way)
    if waiting:
        yield Finding("loads", WARN, t("doctor.loads_wait", waiting=waiting), t("doctor.jobs_failed_way"))
    if held:
        yield Finding("loads", WARN, t("doctor.loads_held", held=held), t("doctor.loads_held_way"))
    if not (apart or waiting or held):
        yield Finding("loads", OK, t("doctor.loads_well"))


def _deliveries(patient: Patient) -> Iterator[Finding]:
    bad = ("failed", "unknown", "held")
    since = patient.clock.now() - LOOK_BACK
    which = select(Delivery.state, func.count()).where(Delivery.state.in_(bad), Delivery.at > since)
    with patient.database.session() as session:
        counts = session.execute(which.group_by(Delivery.state).order_by(Delivery.state)).all()
    if counts:
        found = ", ".join(f"{count} {state}" for state, count in counts)
        yield Finding(
            "deliveries", WARN, t("doctor.deliveries_bad", found=found), t("doctor.deliveries_bad_way")
        )
    else:
        yield Finding("deliveries", OK, t("doctor.deliveries_well"))


def _channels(patient: Patient) -> Iterator[Finding]:
    """Mail and Slack, as far as this version has settings for them."""
    host = getattr(patient.settings, "smtp_host", "")
    if host:
        port = getattr(patient.settings, "smtp_port", 587)
        try:
            socket.create_connection((host, port), PATIENCE).close()
        except OSError as problem:
            way = t("doctor.mail_down_way")
            yield Finding("mail", FAIL, t("doctor.mail_down", host=host, port=port, problem=problem), way)
        else:
            yield Finding("mail", OK, t("doctor.mail_well", host=host, port=port))
    slack = getattr(patient.settings, "slack_token", "") or getattr(patient.settings, "slack_webhook", "")
    if slack:
        yield Finding("slack", OK, t("doctor.slack_set_up"))
    if not host and not slack:
        yield Finding("channels", OK, t("doctor.channels_none"))


def _pages() -> Iterator[Finding]:
    """Reports as PDF need libraries of the system, which no Python package brings."""
    try:
        pdf.printed("<p>One page.</p>")
    except OSError as problem:
        reason = str(problem).splitlines()[0]
        yield Finding("pdf", WARN, t("doctor.pdf_held", reason=reason), t("reports.no_pdf_hint"))
    else:
        yield Finding("pdf", OK, t("doctor.pdf_well"))
