"""What every command stands on: checked settings, a migrated database, services."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pathlib import Path

    from app.services import Services
    from app.settings import Settings

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*[+-]\d\d:\d\d$")
FORMATS = click.Choice(["table", "csv", "json"])


@cache
def settings() -> Settings:
    """The settings in force; the data folder and its keys exist.

    Raises: SettingError.
    """
    from app.home import prepared, with_outbox

    return prepared(with_outbox(os.environ))


@cache
def services() -> Services:
    """The composition root on a database of the newest shape."""
    from app.accounts.audit import ORIGIN
    from app.compose import build
    from app.data.db import reachable
    from app.data.migrations import current, newest
    from app.logs import configure

    configure(settings(), _process())
    ORIGIN.set(origin())
    made = build(settings())
    with reachable(made.database):
        shape = current(made.database)
    if shape != newest():
        from app.data.migrate import upgrade

        upgrade(settings().database)
    return made


def keep_logs(folder: Path | None) -> None:
    """From now on what is logged goes into a file there, and only problems to the terminal."""
    from app.logs import configure

    configure(settings(), _process(), folder)


def origin() -> str:
    """Who runs this command, and on which machine: what the audit log shows beside `pad user`."""
    import getpass
    import socket

    try:
        person = getpass.getuser()
    except (KeyError, OSError):  # a container's user has no name
        person = f"uid {os.getuid()}"
    return f"{person}@{socket.gethostname()}"


def _process() -> str:
    """What this process calls itself in its logs: the command that it runs."""
    context = click.get_current_context(silent=True)
    return (context.find_root().invoked_subcommand if context else None) or "cli"


def print_rows(rows: Iterable[Mapping[str, object]], form: str, brief: Sequence[str] = ()) -> None:
    """Rows on the standard output: JSON as a list, CSV with a header, or an aligned table.

    `brief` names the columns that a table has room for; files hold them all.
    """
    found = list(rows)
    if form == "json":
        click.echo(json.dumps(found, default=str, ensure_ascii=False, indent=2))
    elif form == "csv":
        _print_csv(found)
    else:
        _print_table([{name: row[name] for name in brief or row} for row in found])


def _print_csv(rows: list[Mapping[str, object]]) -> None:
    import sys

    from app import csv_format

    csv_format.write_rows(sys.stdout, list(rows[0]) if rows else [], rows)


def _print_table(rows: list[dict[str, object]]) -> None:
    """The first column is an id that the next command may ask for: it stays whole."""
    from rich.table import Table

    from app.cli.tables import add_column, console

    table = Table(box=None, pad_edge=False)
    for number, name in enumerate(rows[0] if rows else ()):
        add_column(table, name, whole=number == 0)
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    console().print(table, crop=False)


def _cell(value: object) -> str:
    """A value as a table has it: an instant to the minute, in the named zone of the installation."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    text = "–" if value in (None, "") else str(value)
    if not _INSTANT.match(text):
        return text
    local = datetime.fromisoformat(text).astimezone(ZoneInfo(settings().time_zone))
    return f"{local:%Y-%m-%d %H:%M %Z}"
