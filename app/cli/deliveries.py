"""`pad deliveries`: what was told to whom, and how that ended."""

from __future__ import annotations

import click

from app.cli import main
from app.cli.context import FORMATS, print_rows, services
from app.text import t

ACTOR = "pad deliveries"


@main.group(help=t("cli.deliveries"))
def deliveries() -> None:
    pass


@deliveries.command("list", help=t("cli.deliveries_list"))
@click.option("--kind", type=click.Choice(["report", "alert"]))
@click.option("--state", default="")
@click.option("--limit", type=click.IntRange(1), default=200, show_default=True)
@click.option("--format", "form", type=FORMATS, default="table")
def list_(kind: str | None, state: str, limit: int, form: str) -> None:
    from app.errors import unknown
    from app.notify import outbox

    if state and state not in outbox.STATES:
        raise unknown("state", state, outbox.STATES)
    rows = outbox.listed(services().database, kind=kind or "", state=state, limit=limit + 1)
    print_rows(
        [
            {
                "id": row.id,
                "kind": row.kind,
                "channel": row.channel,
                "state": row.state,
                "to": row.to,
                "at": (row.sent_at or row.at).isoformat(),
                "subject": row.subject_id,
                "title": row.title,
                "error": row.error,
            }
            for row in rows[:limit]
        ],
        form,
        ("id", "kind", "channel", "state", "to", "at", "title"),
    )
    if len(rows) > limit:
        click.echo(t("cli.deliveries_more", limit=limit), err=True)


@deliveries.command(help=t("cli.deliveries_again"))
@click.argument("delivery_id", type=int)
def again(delivery_id: int) -> None:
    from app.accounts.changes import Trail
    from app.notify import outbox

    made = services()
    outbox.again(made.database, Trail(made.clock, ACTOR), delivery_id)
    click.echo(t("cli.waits"))
