"""`pad sources`: connect platforms, try them, read them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from app.cli import main
from app.cli.context import FORMATS, print_rows, services
from app.text import t

if TYPE_CHECKING:
    from datetime import date, datetime

    from app.data.connectors.base import Account
    from app.data.pipeline.ingestion import Ingestion
    from app.data.source_states import SourceState

ACTOR = "pad sources"
DAY = click.DateTime(["%Y-%m-%d"])


BRIEF = ("id", "state", "rows", "last_sync", "data_until", "look_back", "error")


@main.group(help=t("cli.sources"))
def sources() -> None:
    pass


@sources.command("list", help=t("cli.sources_list"))
@click.option("--format", "form", type=FORMATS, default="table")
def list_sources(form: str) -> None:
    from app.data.source_states import all_states

    parts = services()
    rows = parts.query.ledger(parts.clock.today(parts.settings.time_zone)).rows
    zone = ZoneInfo(parts.settings.time_zone)
    lines = [_line(one, rows.get(one.source.id, 0), zone) for one in all_states(parts.database)]
    print_rows(lines, form, BRIEF)


def _line(state: SourceState, rows: int, zone: ZoneInfo) -> dict[str, object]:
    """`data_until` is the newest complete day, as the page says it; `look_back` are days."""
    from app.data.pipeline.sources import usual_look_back

    source = state.source
    end = source.data_until.astimezone(zone) if source.data_until else None
    return {
        "id": source.id,
        "title": source.title,
        "kind": source.kind,
        "state": source.state,
        "rows": rows,
        "last_sync": source.last_sync_at.isoformat() if source.last_sync_at else None,
        "data_until": (end.date() - timedelta(days=1)).isoformat() if end else None,
        "look_back": source.look_back or usual_look_back(source.id),
        "error": source.error,
    }


@sources.command(help=t("cli.sources_add"))
@click.argument("source_id")
@click.option("--credentials", type=click.Path(dir_okay=False), help=t("cli.sources_add_credentials"))
@click.option("--base-url", default="", help=t("cli.sources_add_base_url"))
@click.option("--look-back", type=int, metavar="DAYS", help=t("cli.sources_add_look_back"))
@click.option("--force", is_flag=True, help=t("cli.sources_add_force"))
def add(source_id: str, credentials: str | None, base_url: str, look_back: int | None, force: bool) -> None:
    named = _add(_parts(), source_id, credentials, base_url, look_back=look_back, force=force)
    if force:
        click.echo(t("cli.sources_untried", source=source_id))
        return
    reached = ", ".join(account.title for account in named if not account.refusal)
    click.echo(t("cli.sources_connected", source=source_id, reached=reached))
    for account in named:
        if account.refusal:
            click.echo(account.refusal, err=True)


@sources.command(help=t("cli.sources_test"))
@click.argument("source_id")
@click.option("--format", "form", type=FORMATS, default="table")
def test(source_id: str, form: str) -> None:
    from app import connections

    found = connections.test(_parts(), ACTOR, source_id)
    print_rows(
        [
            {
                "account": a.id,
                "title": a.title,
                "time_zone": a.time_zone,
                "currency": a.currency,
                "error": a.refusal,
            }
            for a in found
        ],
        form,
    )


@sources.command(help=t("cli.sources_sync"))
@click.argument("source_id")
@click.option("--base-url", default="", help=t("cli.sources_add_base_url"))
@click.option("--credentials", type=click.Path(dir_okay=False), help=t("cli.sources_add_credentials"))
@click.option("--from", "start", type=DAY, help=t("cli.sources_sync_from"))
@click.option("--to", "end", type=DAY, help=t("cli.sources_sync_to"))
@click.option("--format", "form", type=FORMATS, default="table")
def sync(
    source_id: str,
    base_url: str,
    credentials: str | None,
    start: datetime | None,
    end: datetime | None,
    form: str,
) -> None:
    parts = _parts()
    asked = _asked(parts, source_id, start, end)
    if base_url or credentials:
        _add(parts, source_id, credentials, base_url)
    _read(parts, source_id, asked, form)


@sources.command(help=t("cli.sources_backfill"))
@click.argument("source_id")
@click.option("--from", "start", type=DAY, required=True)
@click.option("--to", "end", type=DAY, required=True)
@click.option("--format", "form", type=FORMATS, default="table")
def backfill(source_id: str, start: datetime, end: datetime, form: str) -> None:
    parts = _parts()
    _read(parts, source_id, _asked(parts, source_id, start, end), form)


def _read(parts: Ingestion, source_id: str, asked: tuple[date, date] | None, form: str) -> None:
    from app.accounts import audit
    from app.cli.progress import bar
    from app.data.pipeline.publish import publish
    from app.data.pipeline.sync import sync as sync_source

    days = "..".join(day.isoformat() for day in asked or ())
    audit.record(parts.database, parts.clock, ACTOR, audit.SOURCE_SYNC, source_id, days)
    with bar() as progress:
        report = sync_source(parts, source_id, asked=asked, progress=progress)
        published = publish(parts.database, parts.snapshots, parts.settings, parts.clock)
    published.require(report.loads)
    line = {
        "id": source_id,
        "state": "ready",
        "rows": report.rows,
        "rejected": report.rejected,
        "flagged": report.flagged,
        "requests": report.requests,
        "data_version": published.version,
        "last_sync": parts.clock.now().isoformat(),
        "quarantined": "; ".join(report.quarantined),
    }
    print_rows([line], form)
    for refusal in report.left_out:
        click.echo(refusal, err=True)


def _asked(
    parts: Ingestion, source_id: str, start: datetime | None, end: datetime | None
) -> tuple[date, date] | None:
    """Raises: InputError for a range without a beginning, and for what the source cannot be asked for."""
    from app.data.pipeline.sources import kind_of
    from app.errors import InputError
    from app.queue import requests

    if start is None and end is None:
        return None
    if start is None:
        raise InputError(t("cli.sources_range_open"), hint=t("cli.sources_range_open_hint"))
    today = parts.clock.today(parts.settings.time_zone)
    return requests.window(start.date(), end.date() if end else today, today, kind_of(source_id))


def _add(
    parts: Ingestion,
    source_id: str,
    credentials: str | None,
    base_url: str,
    *,
    look_back: int | None = None,
    force: bool = False,
) -> tuple[Account, ...]:
    """The accounts that the credentials name; none of what was kept untried."""
    from pathlib import Path

    from app import connections
    from app.data.pipeline.credentials import read_file
    from app.data.pipeline.sources import kind_of
    from app.errors import SourceError

    value = read_file(kind_of(source_id), Path(credentials)) if credentials else None
    try:
        return connections.keep(parts, ACTOR, source_id, value, base_url, look_back=look_back, force=force)
    except SourceError as problem:
        problem.hint = t("cli.sources_unchanged", hint=problem.hint)
        raise


def _parts() -> Ingestion:
    from app.data.pipeline.ingestion import ingestion

    made = services()
    return ingestion(made.settings, made.database, made.clock)
