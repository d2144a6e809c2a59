"""`pad import`: a file as a source."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli import main
from app.cli.context import FORMATS, print_rows, services
from app.text import t

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.data.pipeline.imports.importing import ImportReport, Preview
    from app.data.pipeline.ingestion import Ingestion
    from app.data.warehouse.replacing import Replacement


ACTOR = "pad import"


@main.command("import", help=t("cli.import"))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--as", "stream", required=True, help=t("cli.import_as"))
@click.option("--map", "pairs", multiple=True, metavar="THEIRS=OURS", help=t("cli.import_map"))
@click.option("--encoding", default="", help=t("cli.import_encoding"))
@click.option("--replace", is_flag=True, help=t("cli.import_replace"))
@click.option("--preview", "only_preview", is_flag=True, help=t("cli.import_preview"))
@click.option("--publish/--no-publish", default=True, help=t("cli.import_publish"))
@click.option("--format", "form", type=FORMATS, default="table")
def import_command(
    file: Path,
    stream: str,
    pairs: tuple[str, ...],
    encoding: str,
    replace: bool,
    only_preview: bool,
    publish: bool,
    form: str,
) -> None:
    from dataclasses import asdict

    from app.data.pipeline.imports.importing import import_file, preview
    from app.data.pipeline.publish import publish as publish_waiting

    mapping = _mapping(pairs)
    if only_preview:
        _show(preview(_parts(), file, stream, mapping, encoding), form)
        _say(_would_replace(file, stream, mapping, encoding) if replace else [])
        return
    parts = _parts()
    report = import_file(parts, file, stream, mapping, encoding, replace=replace)
    _note(parts, file, report)
    line: dict[str, object] = {"stream": report.stream, "rows": report.rows, "flagged": report.flagged}
    if publish:
        published = publish_waiting(parts.database, parts.snapshots, parts.settings, parts.clock)
        published.require([report.load_id])
        line["data_version"] = published.version
    if form == "json":
        line["flags"] = [{"line": number, **asdict(flag)} for number, flag in report.flags]
    print_rows([line], form)
    _say(report.notes)
    _say(_taken_back(report))
    _say(_replaced(report.stream, report.replacement))


def _parts() -> Ingestion:
    from app.data.pipeline.ingestion import ingestion

    made = services()
    return ingestion(made.settings, made.database, made.clock)


def _note(parts: Ingestion, file: Path, report: ImportReport) -> None:
    from app.accounts import audit

    detail, done = t("audit.imported", file=file.name, rows=report.rows), report.replacement
    if done:
        detail = t("audit.replaced", file=file.name, rows=report.rows, first=done.days.start,
                   last=done.days.end, removed=done.removed)  # fmt: skip
    audit.record(parts.database, parts.clock, ACTOR, audit.SOURCE_IMPORT, report.stream, detail)


def _would_replace(file: Path, stream: str, mapping: dict[str, str], encoding: str) -> Iterable[str]:
    from app.data.pipeline.imports.importing import replacement_of

    return _replaced(stream, replacement_of(_parts(), file, stream, mapping, encoding))


def _replaced(stream: str, done: Replacement | None) -> Iterable[str]:
    from app.data.pipeline.imports.replacing import told
    from app.data.pipeline.imports.streams import STREAMS

    return told(STREAMS.get(stream), done) if done else ()


def _taken_back(report: ImportReport) -> Iterable[str]:
    """How a flagged row that was not meant goes away again."""
    from app.data.pipeline.imports.streams import STREAMS

    return [t("imports.flagged_way")] if report.flagged and STREAMS.get(report.stream).fact else []


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
