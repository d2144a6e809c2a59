"""Importing a file: map its columns, type every row, and stage all of them or none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from secrets import token_hex

from app.data.pipeline import runs
from app.data.pipeline.alone import alone
from app.data.pipeline.imports import tabular
from app.data.pipeline.imports.streams import STREAMS, ImportStream
from app.data.pipeline.ingestion import Ingestion
from app.data.pipeline.loads import LoadFolder, announce, kept_on_disk
from app.data.pipeline.persons import Persons
from app.data.quality.gate import Gate
from app.data.transform import Context
from app.data.warehouse.staging import StagedLoad
from app.errors import InputError
from app.text import t

AT_ONCE = 1_000
ACCOUNT = "file"


class ImportRefused(InputError):
    """Rows that cannot be typed: `wrong` holds (line, reason); nothing of the file was kept."""

    def __init__(self, name: str, count: int, wrong: list[tuple[int, str]]) -> None:
        first = "; ".join(t("imports.line_reason", line=line, reason=reason) for line, reason in wrong[:5])
        super().__init__(
            t("imports.refused", name=name, count=count, first=first),
            hint=t("imports.refused_hint"),
        )
        self.wrong = wrong


@dataclass(frozen=True)
class Preview:
    """What an import would do: our column for each of theirs ('' is left out), and the first rows."""

    stream: str
    mapping: Mapping[str, str]
    rows: list[dict[str, str]]


@dataclass(frozen=True)
class ImportReport:
    """What an import brought."""

    stream: str
    rows: int
    flagged: int
    load_id: int


def preview(path: Path, stream_id: str, mapping: Mapping[str, str], encoding: str = "") -> Preview:
    """How the file would be read.

    Raises: InputError when a needed column is missing.
    """
    stream = STREAMS.get(stream_id)
    header, rows = tabular.read(path, encoding)
    mapped = columns(stream, header, mapping)
    return Preview(stream.id, mapped, [_renamed(row, mapped) for row in tabular.sample(rows, 5)])


def import_file(
    ingestion: Ingestion,
    path: Path,
    stream_id: str,
    mapping: Mapping[str, str] | None = None,
    encoding: str = "",
) -> ImportReport:
    """Stage every row of a file.

    Raises: InputError, ImportRefused, ConflictError; in each case a bad file changes nothing.
    """
    stream = STREAMS.get(stream_id)
    header, rows = tabular.read(path, encoding)
    mapped = columns(stream, header, mapping or {})
    with alone(ingestion, stream.id):
        return _staged(ingestion, stream, path.name, ((line, _renamed(row, mapped)) for line, row in rows))


def _staged(
    ingestion: Ingestion, stream: ImportStream, name: str, rows: Iterator[tuple[int, dict[str, str]]]
) -> ImportReport:
    settings, began = ingestion.settings, ingestion.clock.now()
    persons = Persons(ingestion.database, ingestion.vault, ingestion.clock, stream.id)
    context = Context(stream.id, ACCOUNT, stream.title, settings.time_zone, settings.currency)
    folder = ingestion.staging / stream.id / f"{began:%Y%m%dT%H%M%S}-{token_hex(3)}"
    with kept_on_disk(name, ingestion.staging):
        load = LoadFolder(folder, stream.transform, context, Gate(stream.id))
        try:
            lines = _fill(persons, stream, load, rows)
            _refuse(name, load, lines)
            return _announce(ingestion, stream, persons, load)
        except BaseException:
            load.discard()
            raise


def _refuse(name: str, load: LoadFolder, lines: list[int]) -> None:
    if load.gate.rejected:
        wrong = [(lines[number - 1], reason) for number, reason in load.gate.reasons]
        raise ImportRefused(name, load.gate.rejected, wrong)
    if not load.received:
        raise InputError(t("imports.no_rows", name=name), hint=t("imports.no_rows_hint"))


def columns(stream: ImportStream, header: tuple[str, ...], mapping: Mapping[str, str]) -> dict[str, str]:
    """Our column for each of theirs: by the mapping, else by the same name without case and blanks.

    Raises: InputError that lists what is missing and what stands there instead.
    """
    for theirs, ours in mapping.items():
        if theirs not in header or ours not in stream.columns:
            raise InputError(
                t("imports.mapping_wrong", theirs=theirs, ours=ours),
                hint=t(
                    "imports.mapping_wrong_hint",
                    header=", ".join(header),
                    stream=stream.id,
                    columns=", ".join(stream.columns),
                ),
            )
    found = {theirs: mapping.get(theirs) or _plain(theirs) for theirs in header}
    mapped = {theirs: ours if ours in stream.columns else "" for theirs, ours in found.items()}
    for ours in stream.columns:
        if len(twins := [theirs for theirs in header if mapped[theirs] == ours]) > 1:
            raise InputError(
                t("imports.twins", twins=t("imports.and").join(twins), ours=ours),
                hint=t("imports.twins_hint"),
            )
    missing = [name for name in stream.required if name not in mapped.values()]
    if missing:
        raise InputError(
            t(
                "imports.missing" if len(missing) == 1 else "imports.missing_several",
                missing=", ".join(missing),
            ),
            hint=_suggestion(missing, [theirs for theirs, ours in mapped.items() if not ours]),
        )
    return mapped


def _suggestion(missing: list[str], unused: list[str]) -> str:
    pairs = [(get_close_matches(name, unused, n=1, cutoff=0.6), name) for name in missing]
    hints = [f"--map {near[0]}={name}" for near, name in pairs if near]
    found = ", ".join(unused) or t("imports.unused_none")
    return t("imports.name_it", hints=" ".join(hints)) if hints else t("imports.unused", columns=found)


def _plain(name: str) -> str:
    return name.strip().casefold().replace(" ", "_").replace("-", "_")


def _renamed(row: Mapping[str, str], mapped: Mapping[str, str]) -> dict[str, str]:
    return {ours: row[theirs].strip() for theirs, ours in mapped.items() if ours}


def _fill(
    persons: Persons, stream: ImportStream, load: LoadFolder, rows: Iterator[tuple[int, dict[str, str]]]
) -> list[int]:
    """Hand all rows to the load; returns the line number of each."""
    lines: list[int] = []
    for batch in _batches(rows):
        lines.extend(line for line, _ in batch)
        load.add(persons.split([dict(row) for _, row in batch], stream.personal, stream.person))
    return lines


def _batches(rows: Iterator[tuple[int, dict[str, str]]]) -> Iterator[list[tuple[int, dict[str, str]]]]:
    while batch := list(islice(rows, AT_ONCE)):
        yield batch


def _announce(ingestion: Ingestion, stream: ImportStream, persons: Persons, load: LoadFolder) -> ImportReport:
    until = max((one for one in load.days if one <= _today(ingestion)), default=None)
    staged = StagedLoad(
        source_id=stream.id,
        stream=stream.id,
        account=ACCOUNT,
        extracted_at=ingestion.clock.now(),
        time_zone=ingestion.settings.time_zone,
        title=stream.title,
        data_until=until,
    )
    rows = load.seal(staged) or load.received
    persons.keep()
    load_id = announce(ingestion.database, ingestion.clock, ingestion.staging, staged, load.folder, rows)
    runs.imported(ingestion, stream.id, stream.title, rows, load.gate.flagged)
    runs.reached(ingestion, stream.id, until)
    return ImportReport(stream.id, rows, load.gate.flagged, load_id)


def _today(ingestion: Ingestion) -> date:
    return ingestion.clock.today(ingestion.settings.time_zone)
