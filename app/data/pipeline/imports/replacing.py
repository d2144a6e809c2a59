"""Files that replace their days: which streams can, and in words what that adds, changes and takes out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app.data.pipeline.imports.streams import ImportStream
from app.data.pipeline.ingestion import Ingestion
from app.data.warehouse.facts import FACTS
from app.data.warehouse.replacing import Replacement, compare
from app.data.warehouse.staging import StagedLoad, staged_files
from app.errors import InputError
from app.text import t


def require_fact(stream: ImportStream) -> None:
    """Raises: InputError for rates: amounts were converted at them, so none is taken out."""
    if not stream.fact:
        raise InputError(t("imports.not_replaced", stream=stream.id), hint=t("imports.not_replaced_hint"))


def held_against(ingestion: Ingestion, stream: ImportStream, load: StagedLoad, folder: Path) -> Replacement:
    """What a sealed load does to what is published."""
    fact = FACTS[stream.fact]
    with ingestion.snapshots.cursor(fresh=True) as cursor:
        return compare(cursor, fact, load, staged_files(folder)[fact.table.name])


def told(stream: ImportStream, done: Replacement) -> Iterator[str]:
    """What a replacement does, and each row that it takes out."""
    yield t(
        "imports.replaced",
        first=done.days.start,
        last=done.days.end,
        added=done.added,
        changed=done.changed,
        removed=done.removed,
        kept=done.kept,
    )
    for key in done.gone:
        named = (f"{name} {value}" for name, value in zip(stream.key, key, strict=True))
        yield t("imports.replaced_gone", row=", ".join(named))
    if done.removed > len(done.gone):
        yield t("imports.refused_more", count=done.removed - len(done.gone))
