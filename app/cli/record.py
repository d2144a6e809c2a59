"""`pad sources record`: which source counts for a subject that several could bring."""

from __future__ import annotations

import click

from app.cli.context import FORMATS, print_rows, services
from app.cli.sources import sources
from app.text import t

ACTOR = "pad sources record"


@sources.group(help=t("cli.record"))
def record() -> None:
    pass


@record.command("list", help=t("cli.record_list"))
@click.option("--format", "form", type=FORMATS, default="table")
def list_records(form: str) -> None:
    from app.data.pipeline import records
    from app.data.pipeline import sources as known

    with services().database.session() as session:
        kept = records.effective(session)
    rows = [
        {"subject": subject, "source": source, "could_be": ", ".join(known.carriers(subject))}
        for subject, source in kept.items()
    ]
    print_rows(rows, form)
    if None in kept.values():
        click.echo(t("cli.record_open"), err=True)


@record.command("set", help=t("cli.record_set"))
@click.argument("subject")
@click.argument("source_id")
@click.option("--format", "form", type=FORMATS, default="table")
def set_record(subject: str, source_id: str, form: str) -> None:
    from app.accounts import audit
    from app.data.pipeline import records
    from app.data.pipeline import sources as known
    from app.data.pipeline.publish import publish
    from app.data.warehouse.snapshots import Snapshots
    from app.errors import unknown

    if source_id not in (could := known.carriers(subject)):
        raise unknown("source", source_id, could)
    made = services()
    snapshots = Snapshots(made.settings.warehouse_dir)
    with snapshots.cursor(fresh=True) as cursor, made.database.session() as session:
        before = records.effective(session)[subject]
        records.decide(session, cursor, subject, source_id)
        said = t("audit.record", before=before or t("audit.none"), after=source_id)
        audit.note(
            session, made.clock, ACTOR, audit.SETTING_CHANGED, t("audit.record_of", subject=subject), said
        )
    published = publish(made.database, snapshots, made.settings, made.clock)
    print_rows([{"subject": subject, "source": source_id, "data_version": published.version}], form)
