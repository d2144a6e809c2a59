"""`pad jobs`: what the workers did, do and will do."""

from __future__ import annotations

import click

from app.cli import main
from app.cli.context import FORMATS, print_rows, services
from app.text import t

BRIEF = ("id", "title", "state", "started_at", "error")


@main.group(help=t("cli.jobs"))
def jobs() -> None:
    pass


@jobs.command("list", help=t("cli.jobs_list"))
@click.option("--state", type=click.Choice(["queued", "running", "done", "failed"]))
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True)
@click.option("--format", "form", type=FORMATS, default="table")
def list_(state: str | None, limit: int, form: str) -> None:
    from sqlalchemy import select

    from app.data.models import JobRun

    statement = select(JobRun).order_by(JobRun.created_at.desc(), JobRun.id).limit(limit)
    if state:
        statement = statement.where(JobRun.state == state)
    with services().database.session() as session:
        print_rows([_row(job) for job in session.scalars(statement)], form, BRIEF)


@jobs.command(help=t("cli.jobs_retry"))
@click.argument("job_id")
def retry(job_id: str) -> None:
    services().queue.retry(job_id)


def _row(job: object) -> dict[str, object]:
    names = ("id", "kind", "title", "state", "progress", "message", "error", "asked_by", "attempts")
    times = ("created_at", "started_at", "ended_at")
    moments = {name: getattr(job, name) for name in times}
    return {name: getattr(job, name) for name in names} | {
        name: moment.isoformat() if moment else None for name, moment in moments.items()
    }
