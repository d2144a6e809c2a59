"""`pad backup` and `pad restore`: one file with everything, and back."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli import main
from app.cli.context import services, settings
from app.text import t

FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@main.command(help=t("cli.backup"))
@FILE
@click.option("--with-keys", is_flag=True, help=t("cli.backup_with_keys"))
def backup(file: Path, with_keys: bool) -> None:
    from app.accounts import audit
    from app.operations.backup import write

    made = services()
    manifest = write(made.settings, made.database, made.clock, file, with_keys=with_keys)
    told = t("audit.with_keys") if with_keys else ""
    audit.record(made.database, made.clock, "pad backup", audit.BACKED_UP, file.name, told)
    rows = sum(manifest.rows.values())
    click.echo(
        t(
            "cli.backup_done",
            file=file,
            rows=rows,
            files=len(manifest.files),
            megabytes=file.stat().st_size / 1000000.0,
        )
    )
    if not with_keys:
        click.echo(t("cli.backup_without_keys"))


@main.command(help=t("cli.restore"))
@FILE
@click.option("--yes", is_flag=True, help=t("cli.restore_yes"))
@click.option("--other-key", is_flag=True, help=t("cli.restore_other_key"))
def restore(file: Path, yes: bool, other_key: bool) -> None:
    from app.accounts.audit import ORIGIN
    from app.cli.context import origin
    from app.clock import SystemClock
    from app.operations.restore import read_back
    from app.processes.installation import alone

    ORIGIN.set(origin())
    with alone(settings()):
        manifest = read_back(settings(), SystemClock(), file, replace_data=yes, other_key=other_key)
    click.echo(t("cli.restore_done", made_at=manifest.made_at))
