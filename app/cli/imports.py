"""`pad import`: a file as a source."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli import main
from app.cli.context import FORMATS, print_rows, services, settings
from app.text import t

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.data.pipeline.imports.importing import Preview


ACTOR = "pad import"


@main.command("import", help=t("cli.import"))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--as", "stream", required=True, help=t("cli.import_as"))
@click.option("--map", "pairs", multiple=True, metavar="THEIRS=OURS", help=t("cli.import_map"))
@click.option("--encoding", default="", help=t("cli.import_encoding"))
@click.option("--preview", "only_preview", is_flag=True, help=t("cli.import_preview"))
@click.option("--publish/--no-publish", default=True, help=t("cli.import_publish"))
@click.option("--format", "form", type=FORMATS, default="table")
def import_command(
    file: Path,
    stream: str,
    pairs: tuple[str, ...],
    encoding: str,
    only_preview: bool,
    publish: bool,
    form: str,
) -> None:
    from app.accounts import audit
    from app.data.pipeline.imports.importing import import_file, preview
    from app.data.pipeline.ingestion import ingestion
    from app.data.pipeline.publish import publish as publish_waiting

    mapping = _mapping(pairs)
    if only_preview:
        _show(preview(settings(), file, stream, mapping, encoding), form)
        return
    made = services()
    parts = ingestion(made.settings, made.database, made.clock)
    report = import_file(parts, file, stream, mapping, encoding)
    audit.record(
        made.database,
        made.clock,
        ACTOR,
        audit.SOURCE_IMPORT,
        stream,
        t("audit.imported", file=file.name, rows=report.rows),
    )
    line: dict[str, object] = {"stream": report.stream, "rows": report.rows, "flagged": report.flagged}
    if publish:
        published = publish_waiting(parts.database, parts.snapshots, parts.settings, parts.clock)
        published.require([report.load_id])
        line["data_version"] = published.version
    print_rows([line], form)
    _say(report.notes)


def _mapping(pairs: tuple[str, ...]) -> dict[str, str]:
    from app.errors import InputError

    for pair in pairs:
        if "=" not in pair:
            raise InputError(t("cli.import_pair_wrong", pair=pair), hint=t("cli.import_pair_wrong_hint"))
    return dict(pair.split("=", 1) for pair in pairs)


def _show(found: Preview, form: str) -> None:
    unused = [theirs for theirs, ours in found.mapping.items() if not ours]
    print_rows(found.rows, form)
    _say([t("cli.import_unused", columns=", ".join(unused))] if unused else [])
    _say(found.notes)
    if found.refusal:
        raise found.refusal


def _say(notes: Iterable[str]) -> None:
    """Beside the answer, which stays what was asked for."""
    for note in notes:
        click.echo(note, err=True)
