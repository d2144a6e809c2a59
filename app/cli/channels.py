"""`pad channels`: the ordered rules that give traffic its channel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli import main
from app.cli.context import FORMATS, print_rows, services
from app.text import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.data.warehouse.channels import Rule

ACTOR = "pad channels"


@main.group(help=t("cli.channels"))
def channels() -> None:
    pass


@channels.command("list", help=t("cli.channels_list"))
@click.option("--format", "form", type=FORMATS, default="table")
def list_channels(form: str) -> None:
    from dataclasses import asdict

    from app.data.pipeline import channel_rules

    with services().database.session() as session:
        rules, built_in = channel_rules.effective(session), not channel_rules.own(session)
    print_rows([asdict(rule) for rule in rules], form)
    if built_in:
        click.echo(t("channels.built_in"), err=True)


@channels.command("set", help=t("cli.channels_set"))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "form", type=FORMATS, default="table")
def set_channels(file: Path, form: str) -> None:
    from app.data.pipeline import channel_rules

    _replace(channel_rules.read(file), file.name, form)


@channels.command(help=t("cli.channels_reset"))
@click.option("--format", "form", type=FORMATS, default="table")
def reset(form: str) -> None:
    _replace((), t("audit.built_in"), form)


def _replace(rules: Sequence[Rule], whence: str, form: str) -> None:
    """Keep the rules, and publish so that every number follows them."""
    from app.accounts import audit
    from app.data.pipeline import channel_rules
    from app.data.pipeline.publish import publish
    from app.data.warehouse.snapshots import Snapshots

    made = services()
    with made.database.session() as session:
        before = len(channel_rules.effective(session))
        channel_rules.replace(session, rules)
        session.flush()
        after = len(channel_rules.effective(session))
        said = t("audit.channels", before=before, after=after, whence=whence)
        audit.note(session, made.clock, ACTOR, audit.SETTING_CHANGED, "channels", said)
    published = publish(made.database, Snapshots(made.settings.warehouse_dir), made.settings, made.clock)
    print_rows([{"rules": after, "data_version": published.version}], form)
