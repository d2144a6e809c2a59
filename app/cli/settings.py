"""`pad settings`: what is in force, and the text of `.env.example`."""

from __future__ import annotations

import click

from app.cli import main
from app.cli.context import FORMATS, print_rows
from app.cli.context import settings as in_force


@main.group()
def settings() -> None:
    """Settings of this installation."""


@settings.command("list")
@click.option("--format", "form", type=FORMATS, default="table")
def list_(form: str) -> None:
    """Every setting in force; secrets print as ***."""
    from app.settings import shown

    print_rows(shown(in_force()), form)


@settings.command()
def example() -> None:
    """The text of `.env.example`."""
    from app.settings import example as text

    click.echo(text(), nl=False)
