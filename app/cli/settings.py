"""`pad settings`: what is in force, and the text of `.env.example`."""

from __future__ import annotations

import click

from app.cli import main
from app.cli.context import FORMATS, print_rows
from app.cli.context import settings as in_force
from app.text import t


@main.group(help=t("cli.settings"))
def settings() -> None:
    pass


@settings.command("list", help=t("cli.settings_list"))
@click.option("--format", "form", type=FORMATS, default="table")
def list_(form: str) -> None:
    from app.settings import shown

    print_rows(shown(in_force()), form)


@settings.command(help=t("cli.settings_example"))
def example() -> None:
    from app.settings import example as text

    click.echo(text(), nl=False)
