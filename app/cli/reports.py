"""`pad reports`: what is sent to whom, and sending it now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from app.cli import main
from app.cli.context import FORMATS, print_rows, services
from app.text import t

if TYPE_CHECKING:
    from app.reports.issue import Outcome
    from app.services import Services

BY = "pad reports"


@main.group(help=t("cli.reports"))
def reports() -> None:
    pass


@reports.command("list", help=t("cli.reports_list"))
@click.option("--format", "form", type=FORMATS, default="table")
def list_(form: str) -> None:
    from app.reports import definitions

    made = services()
    print_rows([_row(made, report.id) for report in definitions.listed(made.database)], form)


@reports.command(help=t("cli.reports_send"))
@click.argument("report_id")
@click.option("--to", default="", help=t("cli.reports_send_to"))
@click.option("--again", is_flag=True, help=t("cli.reports_send_again"))
def send(report_id: str, to: str, again: bool) -> None:
    from app.reports import requests

    made = services()
    if to:
        outcome = requests.test_now(made, report_id, to, BY)
    else:
        outcome = requests.send_now(made, report_id, BY, again=again)
    if outcome.state == "held":
        raise click.ClickException(t("cli.reports_held", reasons=" ".join(outcome.reasons)))
    failed = _deliver(made, outcome)
    if not outcome.deliveries:
        click.echo(t("cli.reports_nobody"))
    if failed:
        raise click.ClickException(t("cli.reports_unsent", failed=failed, count=len(outcome.deliveries)))


def _deliver(made: Services, outcome: Outcome) -> int:
    """Send right here, without waiting for a worker; how many did not get through."""
    from app.notify import outbox
    from app.notify.channels import senders
    from app.notify.dispatch import Desk, send_one

    desk = Desk(
        made.database, made.clock, senders(made.settings, made.database, made.clock), made.settings.home
    )
    failed = 0
    for delivery_id in outcome.deliveries:
        _once_more(made, delivery_id)
        send_one(desk, delivery_id)
        row = outbox.get(made.database, delivery_id)
        click.echo(f"{row.state:<8} {row.channel:<6} {row.to}{f'  {row.error}' if row.error else ''}")
        failed += row.state in ("failed", "unknown")
    return failed


def _once_more(made: Services, delivery_id: int) -> None:
    """Whoever asks by hand means those, too, whom it surely did not reach."""
    from app.accounts.changes import Trail
    from app.notify import outbox

    if outbox.get(made.database, delivery_id).state == "failed":
        outbox.again(made.database, Trail(made.clock, BY), delivery_id)


def _row(made: Services, report_id: str) -> dict[str, object]:
    from app.reports import definitions, issue

    report = definitions.get(made.database, report_id)
    schedule = definitions.schedule_of(made.database, report)
    last = next(iter(issue.issues(made, report_id, limit=1)), None)
    return {
        "id": report.id,
        "title": report.title,
        "formats": ",".join(report.formats),
        "recipients": len(report.recipients),
        "cron": schedule.cron if schedule else "",
        "time_zone": schedule.time_zone if schedule else "",
        "next_at": schedule.next_at.isoformat() if schedule and not schedule.paused else None,
        "last_state": last.state if last else None,
        "last_at": last.at.isoformat() if last else None,
    }
