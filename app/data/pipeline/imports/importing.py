"""Importing a file: map its columns, type every row, and stage all of them or none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

from app.data.pipeline import runs
from app.data.pipeline.alone import alone
from app.data.pipeline.imports import replacing, tabular
from app.data.pipeline.imports.keys import OncePerKey, named
from app.data.pipeline.imports.refusal import ImportRefused
from app.data.pipeline.imports.streams import STREAMS, ImportStream
from app.data.pipeline.ingestion import Ingestion
from app.data.pipeline.loads import LoadFolder, announce, kept_on_disk, lines_of
from app.data.pipeline.persons import Persons
from app.data.pipeline.reference import reference
from app.data.quality.gate import MOST_REASONS, Flag, Gate
from app.data.transform import Context
from app.data.warehouse.replacing import Replacement
from app.data.warehouse.staging import StagedLoad
from app.errors import InputError
from app.periods import Period
from app.text import t

AT_ONCE = 1_000
ACCOUNT = "file"
SHOWN = 5  # rows of a preview


@dataclass(frozen=True)
class Preview:
    """What an import would do: our column for each of theirs ('' is left out), the first rows, and `notes`
    for the reader; `refusal` when rows of the file are wrong."""

    stream: str
    mapping: Mapping[str, str]
    rows: list[dict[str, str]]
    notes: tuple[str, ...] = ()
    refusal: ImportRefused | None = None


@dataclass(frozen=True)
class ImportReport:
    """What an import brought: the rows of the file, those that break a rule, and `notes` for the reader;
    `replacement` when it replaces days; `flags`: the first breaks, each with its line."""

    stream: str
    rows: int
    flagged: int
    load_id: int
    notes: tuple[str, ...] = ()
    replacement: Replacement | None = None
    flags: tuple[tuple[int, Flag], ...] = ()


@dataclass
class _Reading:
    """A file while it is read: its lines by row, what the gate says of them, and which keys came before.

    `replaces`: whether rows of its days that it does not have are taken out.
    """

    name: str
    stream: ImportStream
    tab: str
    gate: Gate
    replaces: bool = False
    lines: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.transform = OncePerKey(self.stream, self.lines)

    @property
    def refusal(self) -> ImportRefused | None:
        if not self.gate.rejected:
            return None
        wrong = [(self.lines[number - 1], reason) for number, reason in self.gate.reasons]
        return ImportRefused(self.name, self.gate.rejected, wrong)

    @property
    def flags(self) -> tuple[tuple[int, Flag], ...]:
        """The first breaks of a rule, each with its line."""
        return tuple((self.lines[number - 1], flag) for number, flag in self.gate.flags)

    def notes(self) -> tuple[str, ...]:
        """What a reader has to know though the file is good."""
        added = self.transform.added
        sums = [t("imports.added_line", line=line, first=first) for line, first in added[:MOST_REASONS]]
        notes = (
            self.tab,
            _several("imports.added_one", "imports.added", len(added), sums, key=named(self.stream)),
            self.flagged(),
        )
        return tuple(note for note in notes if note)

    def flagged(self, most: int = MOST_REASONS) -> str:
        """The first rows that break a rule, a line a break; nothing where none does."""
        count, flags = self.gate.flagged, self.flags[:most]
        if not count:
            return ""
        told = [t("imports.line_reason", line=line, reason=flag.words) for line, flag in flags]
        beyond = count - len({line for line, _ in flags})
        more = [t("imports.refused_more", count=beyond)] if beyond > 0 else []
        head = t("imports.flagged_one") if count == 1 else t("imports.flagged", count=count)
        return "\n".join([head, *told, *more])


def _several(one: str, many: str, count: int, lines: list[str], **said: str) -> str:
    if not count:
        return ""
    told = ", ".join(lines) + (", …" if count > len(lines) else "")
    return t(one if count == 1 else many, count=count, lines=told, **said)


def preview(
    ingestion: Ingestion, path: Path, stream_id: str, mapping: Mapping[str, str], encoding: str = ""
) -> Preview:
    """How the file would be read: every row is tried, nothing is kept.

    Raises: InputError when a needed column is missing, or the file cannot be read.
    """
    stream = STREAMS.get(stream_id)
    table = tabular.read(path, encoding)
    mapped = columns(stream, table.header, mapping)
    reading = _Reading(path.name, stream, table.note, Gate(stream.id, reference(ingestion)))
    context = _context(ingestion, stream)
    shown: list[dict[str, str]] = []
    for number, (line, theirs) in enumerate(table.rows, start=1):
        row = _renamed(theirs, mapped)
        reading.lines.append(line)
        reading.gate.typed(number, row, reading.transform, context)
        if number <= SHOWN:
            shown.append(row)
    for number, record, values in reading.transform.sums():
        reading.gate.check(number, record, values)
    return Preview(stream.id, mapped, shown, reading.notes(), reading.refusal)


def import_file(
    ingestion: Ingestion,
    path: Path,
    stream_id: str,
    mapping: Mapping[str, str] | None = None,
    encoding: str = "",
    *,
    replace: bool = False,
) -> ImportReport:
    """Stage every row of a file. `replace`: rows of its days, from the first to the last in it, that it does
    not have are taken out.

    Raises: InputError, ImportRefused, ConflictError; in each case a bad file changes nothing.
    """
    reading, rows = _opened(ingestion, path, stream_id, mapping or {}, encoding, replace)
    with alone(ingestion, reading.stream.id):
        return _staged(ingestion, reading, rows)


def replacement_of(
    ingestion: Ingestion, path: Path, stream_id: str, mapping: Mapping[str, str], encoding: str = ""
) -> Replacement:
    """What a file would do to what is published if it replaced its days; nothing is kept.

    Raises: InputError, ImportRefused.
    """
    reading, rows = _opened(ingestion, path, stream_id, mapping, encoding, replace=True)
    persons = Persons(ingestion.database, ingestion.vault, ingestion.clock, reading.stream.id)
    with TemporaryDirectory() as folder, kept_on_disk(reading.name, Path(folder)):
        load = _load(ingestion, reading, Path(folder) / reading.stream.id)
        try:
            _fill(persons, reading, load, rows)
            _refuse(reading, load)
            staged = _described(ingestion, reading, load)
            load.seal(staged)
            return replacing.held_against(ingestion, reading.stream, staged, load.folder)
        finally:
            load.discard()


def _opened(
    ingestion: Ingestion,
    path: Path,
    stream_id: str,
    mapping: Mapping[str, str],
    encoding: str,
    replace: bool,
) -> tuple[_Reading, Iterator[tuple[int, dict[str, str]]]]:
    """A file and its rows by our columns, each with its line."""
    stream = STREAMS.get(stream_id)
    if replace:
        replacing.require_fact(stream)
    table = tabular.read(path, encoding)
    mapped = columns(stream, table.header, mapping)
    gate = Gate(stream.id, reference(ingestion))
    reading = _Reading(path.name, stream, table.note, gate, replace)
    return reading, ((line, _renamed(row, mapped)) for line, row in table.rows)


def _load(ingestion: Ingestion, reading: _Reading, folder: Path) -> LoadFolder:
    return LoadFolder(folder, reading.transform, _context(ingestion, reading.stream), reading.gate)


def _context(ingestion: Ingestion, stream: ImportStream) -> Context:
    settings = ingestion.settings
    return Context(stream.id, ACCOUNT, stream.title, settings.time_zone, settings.currency)


def _staged(
    ingestion: Ingestion, reading: _Reading, rows: Iterator[tuple[int, dict[str, str]]]
) -> ImportReport:
    began, stream = ingestion.clock.now(), reading.stream
    persons = Persons(ingestion.database, ingestion.vault, ingestion.clock, stream.id)
    folder = ingestion.staging / stream.id / f"{began:%Y%m%dT%H%M%S}-{token_hex(3)}"
    with kept_on_disk(reading.name, ingestion.staging):
        load = _load(ingestion, reading, folder)
        try:
            _fill(persons, reading, load, rows)
            _refuse(reading, load)
            return _announce(ingestion, reading, persons, load)
        except BaseException:
            load.discard()
            raise


def _refuse(reading: _Reading, load: LoadFolder) -> None:
    if refusal := reading.refusal:
        raise refusal
    if not load.received:
        raise InputError(
            t("imports.no_rows", name=reading.name), hint=reading.tab or t("imports.no_rows_hint")
        )


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
    persons: Persons, reading: _Reading, load: LoadFolder, rows: Iterator[tuple[int, dict[str, str]]]
) -> None:
    """Hand all rows to the load, and what rows of one key came to."""
    stream = reading.stream
    for batch in _batches(rows):
        reading.lines.extend(line for line, _ in batch)
        split = persons.split([dict(row) for _, row in batch], stream.personal, stream.person)
        load.add(split, lines_of(split))
    for number, table, values in reading.transform.sums():
        reading.gate.check(number, table, values)
        load.keep(table, values)


def _batches(rows: Iterator[tuple[int, dict[str, str]]]) -> Iterator[list[tuple[int, dict[str, str]]]]:
    while batch := list(islice(rows, AT_ONCE)):
        yield batch


def _announce(ingestion: Ingestion, reading: _Reading, persons: Persons, load: LoadFolder) -> ImportReport:
    stream, rows, flagged = reading.stream, load.received, reading.gate.flagged
    staged, done = _described(ingestion, reading, load), None
    load.seal(staged)
    if reading.replaces:
        done = replacing.held_against(ingestion, stream, staged, load.folder)
    persons.keep()
    load_id = announce(ingestion.database, ingestion.clock, ingestion.staging, staged, load.folder, rows)
    runs.imported(ingestion, stream.id, stream.title, rows, flagged, reading.flagged(runs.TOLD))
    runs.reached(ingestion, stream.id, staged.data_until)
    return ImportReport(stream.id, rows, flagged, load_id, reading.notes(), done, reading.flags)


def _described(ingestion: Ingestion, reading: _Reading, load: LoadFolder) -> StagedLoad:
    stream = reading.stream
    return StagedLoad(
        source_id=stream.id,
        stream=stream.id,
        account=ACCOUNT,
        extracted_at=ingestion.clock.now(),
        time_zone=ingestion.settings.time_zone,
        title=stream.title,
        data_until=max(
            (one for one in load.days if one < _today(ingestion)), default=None
        ),  # today is not over
        replaces=Period(min(load.days), max(load.days)) if reading.replaces else None,
    )


def _today(ingestion: Ingestion) -> date:
    return ingestion.clock.today(ingestion.settings.time_zone)
