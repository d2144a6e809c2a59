"""The command `pad`: one file a noun beside this one, each with click commands that call one use-case."""

from __future__ import annotations

from typing import Any

import click

from app.errors import DefinitionError, PadError
from app.registry import import_all
from app.text import t


class Refused(click.ClickException):
    """An error of the taxonomy as one line."""

    def __init__(self, problem: PadError) -> None:
        super().__init__(str(problem))


class Misconfigured(Refused):
    """The product is set up wrongly."""

    exit_code = 2


class Commands(click.Group):
    """A group whose commands may raise any error of the taxonomy."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except PadError as problem:
            kind = Misconfigured if isinstance(problem, DefinitionError) else Refused
            raise kind(problem) from None


@click.group(cls=Commands, help=t("cli.pad"))
def main() -> None:
    pass


def commands() -> None:
    """Load every noun's commands into `main`."""
    import_all(__name__)


commands()
