"""`pad doctor`: looks at every part and says the way out of what is wrong."""

from __future__ import annotations

import os

import click

from app.cli import main
from app.cli.context import FORMATS, print_rows
from app.text import t


@main.command(help=t("cli.doctor"))
@click.option("--format", "form", type=FORMATS, default="table")
def doctor(form: str) -> None:
    from dataclasses import asdict

    from app.clock import SystemClock
    from app.operations.doctor import FAIL, examine

    findings = examine(os.environ, SystemClock())
    print_rows([asdict(one) for one in findings], form)
    if any(one.state == FAIL for one in findings):
        raise SystemExit(1)
