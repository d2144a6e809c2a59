"""`pad backup` and `pad restore`: one file with everything, and back."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli import main
from app.cli.context import services, settings

FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@main.command()
@FILE
@click.option("--with-keys", is_flag=True, help="With the keys; whoever has such a file can read everything.")
def backup(file: Path, with_keys: bool) -> None:
    """Write FILE with database, warehouse, staging and archive; the product may go on working."""
    from app.accounts import audit
    from app.backup import write

    made = services()
    manifest = write(made.settings, made.database, made.clock, file, with_keys=with_keys)
    told = "with the keys" if with_keys else ""
    audit.record(made.database, made.clock, "pad backup", audit.BACKED_UP, file.name, told)
    rows = sum(manifest.rows.values())
    click.echo(f"{file}: {rows} rows, {len(manifest.files)} files, {file.stat().st_size / 1e6:.1f} MB.")
    if not with_keys:
        click.echo("The keys are not in it: keep PAD_CREDENTIAL_KEY apart, it is needed to restore.")


@main.command()
@FILE
@click.option("--yes", is_flag=True, help="Replace the data that is there.")
@click.option("--other-key", is_flag=True, help="Restore although the key of then is lost.")
def restore(file: Path, yes: bool, other_key: bool) -> None:
    """Replace the data of this stopped installation by that in FILE."""
    from app.accounts.audit import ORIGIN
    from app.cli.context import origin
    from app.clock import SystemClock
    from app.installation import alone
    from app.restore import read_back

    ORIGIN.set(origin())
    with alone(settings()):
        manifest = read_back(settings(), SystemClock(), file, replace_data=yes, other_key=other_key)
    click.echo(f"Restored what was backed up at {manifest.made_at}. Check it: pad doctor.")
