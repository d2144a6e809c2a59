"""`pad dashboards`: which dashboards there are."""

from __future__ import annotations

import click

from app.cli import main
from app.cli.context import FORMATS, print_rows
from app.text import t


@main.group(help=t("cli.dashboards"))
def dashboards() -> None:
    pass


@dashboards.command("list", help=t("cli.dashboards_list"))
@click.option("--format", "form", type=FORMATS, default="table")
def list_(form: str) -> None:
    from app.layouts.pages.base import PAGES

    shown = [page for page in PAGES if page.group == "dashboards"]
    print_rows(({"id": page.id, "title": t(page.title), "path": page.path} for page in shown), form)
