"""Sync: read what is due of one source, stage it, and tell the publisher. Every read may happen twice."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from secrets import token_hex

from app.data.connectors.base import CONNECTORS, Account, Connector, PayloadRow, Stream, Window, title
from app.data.connectors.http import Session
from app.data.pipeline import empties, runs, windows
from app.data.pipeline.alone import alone
from app.data.pipeline.cycles import uncollected
from app.data.pipeline.ingestion import Ingestion, Progress, silent
from app.data.pipeline.loads import (
    LoadFolder,
    announce,
    day_partitions,
    kept_on_disk,
    lines_of,
    span_partitions,
)
from app.data.pipeline.persons import Persons
from app.data.pipeline.reference import reference
from app.data.pipeline.repeats import Repeats
from app.data.pipeline.sources import connect, kind_of, reached, readable, streams_of
from app.data.quality.gate import Gate
from app.data.transform import Context
from app.data.warehouse.facts import FACTS
from app.data.warehouse.staging import Partition, StagedLoad
from app.errors import QualityError, SourceTransient
from app.periods import DAY, Period
from app.text import t


@dataclass
class SyncReport:
    """What a sync brought. `left_out`: why accounts were not read, though others were."""

    source_id: str
    rows: int = 0
    rejected: int = 0
    flagged: int = 0
    requests: int = 0
    loads: list[int] = field(default_factory=list)
    quarantined: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    until: date | None = None


def sync(
    ingestion: Ingestion,
    source_id: str,
    *,
    asked: tuple[date, date] | None = None,
    progress: Progress = silent,
) -> SyncReport:
    """Read all streams of a source.

    Raises: ConflictError when another sync of it runs; SourceError when the platform cannot be read;
    InputError when days are asked that are older than what is kept, and as `reached` does.
    Streams that were read before the error stay staged: the next sync goes on after them.
    """
    kind = kind_of(source_id)
    if asked:
        windows.require_kept(kind.streams, ingestion.clock.today(ingestion.settings.time_zone), asked)
    with alone(ingestion, source_id), runs.marked(ingestion, source_id) as notices:
        connector, session = connect(ingestion, source_id)
        accounts, refusals = readable(reached(connector))
        notices += refusals
        streams = streams_of(ingestion, source_id)
        report = SyncReport(source_id, left_out=refusals)
        today = min(ingestion.clock.today(zone_of(ingestion, account)) for account in accounts)
        work = [(stream, account) for stream in streams for account in accounts]
        sync_id = None
        for index, (stream, account) in enumerate(work):
            progress(
                index / len(work),
                t("pipeline.reads", title=kind.title, stream=stream.name, account=account.title),
            )
            with runs.recorded(ingestion, source_id, stream.name, session, sync_id) as run:
                sync_id = run.sync_id
                for refusal in () if index else refusals:
                    run.remark(refusal)
                _read(_Reading(ingestion, connector, session, stream, account, today, run, report), asked)
        report.requests = session.requests
        runs.reached(ingestion, source_id, report.until)
        progress(1.0, t("pipeline.has_read", title=kind.title, rows=report.rows))
        return report


@dataclass
class _Reading:
    ingestion: Ingestion
    connector: Connector
    session: Session
    stream: Stream
    account: Account
    today: date  # where it is earliest: a day of the source is over when it is over for all of its accounts
    run: runs.Run
    report: SyncReport

    @property
    def context(self) -> Context:
        settings = self.ingestion.settings
        return Context(
            self.connector.id,
            self.account.id,
            self.account.title,
            zone_of(self.ingestion, self.account),
            self.account.currency or settings.currency,
        )


def _read(reading: _Reading, asked: tuple[date, date] | None) -> None:
    ingestion, stream, context = reading.ingestion, reading.stream, reading.context
    position = runs.position(ingestion, context, stream.name)
    began = ingestion.clock.now()
    window = windows.due(stream, position, ingestion.clock.today(context.time_zone), asked)
    reading.run.remark(windows.cut(stream, window.today, asked))
    if window.start > window.end:
        return
    reading.run.window = window
    folder = ingestion.staging / context.source_id / f"{stream.name}-{began:%Y%m%dT%H%M%S}-{token_hex(3)}"
    what = t("pipeline.stream_of", stream=stream.name, title=title(reading.connector.id))
    with kept_on_disk(what, ingestion.staging):
        load = LoadFolder(folder, stream.transform, context, Gate(stream.name, reference(ingestion)))
        try:
            _fetch(reading, load, window)
            rows = _finish(reading, load, window)
        except BaseException:
            load.discard()
            raise
    _count(reading, load, rows)
    reading.report.until = max(reading.report.until or date.min, _complete(reading, window))
    runs.advance(
        ingestion,
        context,
        stream.name,
        window.end.isoformat() if stream.dated else windows.cursor(began),
        asked,
    )


def _fetch(reading: _Reading, load: LoadFolder, window: Window) -> None:
    persons = Persons(
        reading.ingestion.database, reading.ingestion.vault, reading.ingestion.clock, reading.connector.id
    )
    stream, repeats = reading.stream, Repeats(reading.stream.dated)
    with uncollected() as page_is_done:
        for one in windows.slices(stream, window):
            for page in reading.connector.fetch(stream, reading.account, one):
                _take(reading, load, persons, repeats, one, page)
                page_is_done()


def _take(
    reading: _Reading,
    load: LoadFolder,
    persons: Persons,
    repeats: Repeats,
    window: Window,
    page: Sequence[PayloadRow],
) -> None:
    """Stage a page, without what is personal. Raises: SourceTransient when some of it came before."""
    stream = reading.stream
    rows = persons.split(page, stream.personal, stream.person)
    lines = lines_of(rows)
    if repeats.found(lines):
        raise SourceTransient(
            t("pipeline.came_twice", title=title(reading.connector.id), stream=stream.name),
            hint=t("pipeline.came_twice_hint"),
        )
    _note_caveats(reading, load.gate, window, len(rows))
    persons.keep()
    load.add(rows, lines)


def _note_caveats(reading: _Reading, gate: Gate, window: Window, rows: int) -> None:
    """What the platform says against its own page: on the run, and as a check that it does not pass."""
    for rule, words in reading.session.caveats.items():
        gate.doubt(rule, window.end, rows)
        reading.run.remark(words)
    gate.flagged += rows if reading.session.caveats else 0
    reading.session.caveats.clear()


def _finish(reading: _Reading, load: LoadFolder, window: Window) -> int:
    """Seal the load with what it covers. Raises: QualityError when no row at all could be typed."""
    ingestion, context, gate = reading.ingestion, reading.context, load.gate
    if gate.rejected and not gate.passed:
        raise QualityError(
            t(
                "pipeline.none_read",
                rejected=gate.rejected,
                stream=reading.stream.name,
                row=gate.reasons[0][0],
                reason=gate.reasons[0][1],
            ),
            hint=t("pipeline.none_read_hint"),
        )
    _refuse_other_days(reading, load, window)
    withheld = _withheld(reading, load, window)
    staged = StagedLoad(
        source_id=context.source_id,
        stream=reading.stream.name,
        account=context.account_id,
        extracted_at=ingestion.clock.now(),
        time_zone=context.time_zone,
        title=title(reading.connector.id),
        data_until=_complete(reading, window),
        late_after=CONNECTORS.get(context.source_id).late_after,
        settles_after=CONNECTORS.get(context.source_id).settles_after,
        partitions=_covered(reading, window, withheld),
    )
    rows = load.seal(staged)
    reading.report.loads.append(
        announce(ingestion.database, ingestion.clock, ingestion.staging, staged, load.folder, rows)
    )
    return rows


def _complete(reading: _Reading, window: Window) -> date:
    """The newest day that a window reaches and that is complete for the whole source."""
    return min(window.end, reading.today - DAY)


def zone_of(ingestion: Ingestion, account: Account) -> str:
    """Where the days of an account begin; an account that does not say has those of the installation."""
    return account.time_zone or ingestion.settings.time_zone


def _refuse_other_days(reading: _Reading, load: LoadFolder, window: Window) -> None:
    """Days are replaced whole, so a day that nobody asked for would lose the rest of its rows."""
    outside = sorted(load.days - set(windows.days(window)))
    if reading.stream.by == "day" and outside:
        raise QualityError(
            t(
                "pipeline.unasked",
                title=title(reading.connector.id),
                stream=reading.stream.name,
                day=outside[0],
                start=window.start,
                end=window.end,
            ),
            hint=t("pipeline.unasked_hint"),
        )


def _withheld(reading: _Reading, load: LoadFolder, window: Window) -> frozenset[Period]:
    """What came back empty though rows stand there: kept as it is until a second sync agrees."""
    covered = _asked(reading.stream, window)
    if not covered:
        return frozenset()
    fact = _facts(reading.stream)[0]
    received = load.spans if reading.stream.spans else {Period(day, day) for day in load.days}
    missing = empties.emptied(reading.ingestion, fact, reading.context, covered, received)
    kept = empties.withheld(reading.ingestion, reading.context, reading.stream.name, covered, missing)
    if gone := missing - kept:
        reading.run.remark(t("pipeline.days_go", note=_nothing_came(gone)))
    if kept:
        note = _nothing_came(kept)
        reading.run.quarantine(t("pipeline.days_stay", note=note))
        reading.report.quarantined.append(t("pipeline.of_stream", stream=reading.stream.name, note=note))
    return kept


def _nothing_came(spans: Collection[Period]) -> str:
    shown = sorted(spans, key=lambda span: (span.start, span.end))[:5]
    return t("pipeline.days_empty", count=len(spans), days=", ".join(map(empties.named, shown)))


def _asked(stream: Stream, window: Window) -> tuple[Period, ...]:
    """The days, or spans of days, that a read replaces whole; entities have none."""
    if stream.spans:
        return tuple(Period(span.start, span.end) for span in stream.spans(window))
    return tuple(Period(day, day) for day in windows.days(window)) if stream.dated else ()


def _covered(
    reading: _Reading, window: Window, withheld: frozenset[Period]
) -> dict[str, tuple[Partition, ...]]:
    """The partitions that a load replaces whole, per fact table; entities have none."""
    stream, context = reading.stream, reading.context
    if not stream.dated:
        return {}
    kept = [span for span in _asked(stream, window) if span not in withheld]
    if stream.spans:
        covered = span_partitions(context, kept)
    else:
        covered = day_partitions(context, (span.start for span in kept))
    return {f"fact_{name}": covered for name in _facts(stream)}


def _facts(stream: Stream) -> tuple[str, ...]:
    names = (table.removeprefix("fact_") for table in stream.tables if table.startswith("fact_"))
    return tuple(name for name in names if name in FACTS)


def _count(reading: _Reading, load: LoadFolder, rows: int) -> None:
    report, run, gate = reading.report, reading.run, load.gate
    run.rows, run.rejected, run.flagged, run.reasons = rows, gate.rejected, gate.flagged, gate.reasons
    run.flags = gate.flags
    report.rows += rows
    report.rejected += gate.rejected
    report.flagged += gate.flagged
