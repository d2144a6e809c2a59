"""The command `pad`: one file a noun beside this one, each with click commands that call one use-case."""

from __future__ import annotations

import click

from app.registry import import_all


@click.group()
def main() -> None:
    """Performance Analytics Dashboard."""


def commands() -> None:
    """Load every noun's commands into `main`."""
    import_all(__name__)


commands()
