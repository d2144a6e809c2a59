"""The one way to read the warehouse: narrow, validate, route, compile, cache, compare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from app.clock import Clock
from app.data.metrics import catalogue
from app.data.metrics.base import METRICS
from app.data.query import cache, compare, rest
from app.data.query import rows as behind
from app.data.query.compile import Compiled, compiled
from app.data.query.copy import csv_bytes
from app.data.query.execute import Answer, Cursor, Snapshots, State, States, ask, batches
from app.data.query.frame import MetricFrame, Passport, RestRow, RowFrame, Target
from app.data.query.histories import Histories, histories
from app.data.query.ledger import Ledger, ledger
from app.data.query.maturity import marked, settled_days
from app.data.query.notes import notes
from app.data.query.passport import passport
from app.data.query.predictions import (
    CustomerScore,
    ForecastPoint,
    ForecastQuery,
    ScoreQuery,
    forecasts,
    scores,
)
from app.data.query.shape import parameters, row_shape, shape
from app.data.query.spec import MetricQuery, RowQuery
from app.data.query.targets import targets
from app.data.query.validate import columns, validated, validated_rows
from app.errors import InputError
from app.settings import Settings
from app.text import t


class Runner:
    """Answers questions on the newest snapshot; one object a process, shared by its threads."""

    def __init__(
        self, snapshots: Snapshots, settings: Settings, clock: Clock, store: cache.Store | None = None
    ) -> None:
        catalogue.load()
        self._snapshots = snapshots
        self._settings = settings
        self._clock = clock
        self._cache = cache.Cache(store)
        self._states = States()
        self._targets: dict[tuple[int, date], tuple[Target, ...]] = {}  # of the newest snapshot and day

    def run(self, query: MetricQuery) -> MetricFrame:
        """The numbers that a question asks for. Raises: InputError, AccessDenied."""
        query = validated(query, self._today)
        with self._snapshots.cursor() as cursor:
            state = self._state(cursor, query)
            frame = self._compared(cursor, state, query)
            if query.rest is None:
                return frame
            found = rest.members(query.rest, query.dimensions[0], frame.rows)
            if not found:
                return frame
            together = self._compared(cursor, state, rest.question(query, found))
        return replace(frame, rest=RestRow(found, together.rows[0]))

    def _compared(self, cursor: Cursor, state: State, query: MetricQuery) -> MetricFrame:
        """An answer beside its base, if it has one."""
        settled = settled_days(query, state)
        base_period = query.base_period
        if base_period is None:
            return self._frame(query, *self._answer(cursor, state, query), state, settled)
        plain = replace(query, compare="none", sort=(), limit=None, offset=0)
        statement, answer = self._answer(cursor, state, plain)
        _, before = self._answer(cursor, state, replace(plain, period=base_period))
        joined = compare.beside(query, answer.rows, base_period, before.rows)
        keys = (("date",) if query.grain else ()) + query.dimensions
        rows = compare.ordered(joined, query.sort, keys)
        stop = None if query.limit is None else query.offset + query.limit
        page = replace(answer, rows=tuple(rows[query.offset : stop]), total=len(rows))
        return replace(self._frame(query, statement, page, state, settled), base_period=base_period)

    def version(self) -> str:
        """The data version that an answer given now is of."""
        with self._snapshots.cursor() as cursor:
            return str(cursor.version)

    def sources(self) -> tuple[str, ...]:
        """The sources that rows have come from; none before the first data."""
        with self._snapshots.cursor() as cursor:
            found = self._states.of(cursor).sources.values()
        return tuple(sorted({name for names in found for name in names}))

    def rows(self, query: RowQuery) -> RowFrame:
        """The rows behind a number. Raises: InputError, AccessDenied."""
        query = validated_rows(query, self._today)
        statement = behind.compiled_rows(row_shape(query))
        with self._snapshots.cursor() as cursor:
            state = self._state(cursor, query)
            values = parameters(query, self._settings)
            result = cursor.execute(statement.rows.sql, statement.rows.bind(values)).fetchall()
            total, *sums = cursor.execute(statement.totals.sql, statement.totals.bind(values)).fetchone()
        totals = dict(zip(statement.summed, sums, strict=True))
        fresh = state.of(statement.rows.facts)
        return RowFrame(statement.columns, result, total, str(state.version), totals, fresh)

    def stream(
        self, query: MetricQuery | RowQuery
    ) -> tuple[tuple[str, ...], Iterator[list[tuple[object, ...]]]]:
        """Column names and batches of rows; every refusal comes before the first batch."""
        if isinstance(query, RowQuery):
            query = validated_rows(query, self._today)
            statement = behind.compiled_rows(row_shape(query))
            return tuple(name for name, _ in statement.columns), self._batches(query, statement.rows)
        query = validated(query, self._today)
        names = columns(query)
        if query.compare != "none":
            frame = self.run(query)
            return names, iter([[tuple(row.get(name) for name in names) for row in frame.rows]])
        return names, self._batches(query, compiled(replace(shape(query), bare=True)))

    def csv(
        self,
        query: MetricQuery | RowQuery,
        columns: Sequence[tuple[str, str]],
        tests: Sequence[tuple[str, str, float]] = (),
    ) -> Iterator[bytes]:
        """An answer without comparison as CSV, written by the database; (column, head) of each column."""
        if isinstance(query, RowQuery):
            query = validated_rows(query, self._today)
            statement = behind.compiled_rows(row_shape(query)).rows
        else:
            query = validated(query, self._today)
            statement = compiled(replace(shape(query), bare=True))
        values = statement.bind(parameters(query, self._settings))
        with self._snapshots.cursor() as cursor:
            self._state(cursor, query)
            yield from csv_bytes(cursor, statement.sql, values, columns, tests)

    def passport(self, metric: str, query: MetricQuery) -> Passport:
        """Where one number comes from; the query's filters pin the cell."""
        pinned = replace(query, metrics=(metric,), dimensions=(), grain=None, sort=(), limit=None, offset=0)
        frame = self.run(pinned)
        with self._snapshots.cursor() as cursor:
            state = self._state(cursor, pinned)
            return passport(metric, validated(pinned, self._today), frame, cursor, state, self._settings)

    def members(self, dimension: str, query: MetricQuery) -> tuple[str, ...]:
        """The values that a dimension takes within the question and its scope."""
        asked = replace(
            query, dimensions=(dimension,), grain=None, compare="none", sort=(), limit=None, offset=0
        )
        return tuple(str(row[dimension]) for row in self.run(asked).rows)

    def targets(self, on: date) -> tuple[Target, ...]:
        """The targets in force on a day, at most one a metric."""
        with self._snapshots.cursor() as cursor:
            key = (cursor.version, on)
            found = self._targets.get(key)
            if found is None:
                found = targets(cursor, on)
                self._targets = {key: found}
            return found

    def forecasts(self, query: ForecastQuery) -> tuple[ForecastPoint, ...]:
        """Every prediction of a metric. Raises: AccessDenied."""
        with self._snapshots.cursor() as cursor:
            return forecasts(cursor, query)

    def scores(self, query: ScoreQuery) -> tuple[CustomerScore, ...]:
        """The newest score of every customer. Raises: AccessDenied."""
        with self._snapshots.cursor() as cursor:
            return scores(cursor, query)

    def histories(self) -> Histories:
        """What every customer did, for models."""
        with self._snapshots.cursor() as cursor:
            return histories(cursor, self._states.of(cursor).newest_load)

    @property
    def _today(self) -> date:
        return self._clock.today(self._settings.time_zone)

    def ledger(self, since: date) -> Ledger:
        """How fresh each source is, and the totals of days from `since` on that it has changed."""
        with self._snapshots.cursor() as cursor:
            return ledger(cursor, self._states.of(cursor), since)

    def _batches(
        self, query: MetricQuery | RowQuery, statement: Compiled
    ) -> Iterator[list[tuple[object, ...]]]:
        with self._snapshots.cursor() as cursor:
            self._state(cursor, query)
            yield from batches(cursor, statement, parameters(query, self._settings))

    def _answer(self, cursor: Cursor, state: State, query: MetricQuery) -> tuple[Compiled, Answer]:
        statement, values = compiled(shape(query)), parameters(query, self._settings)
        name = cache.key(statement, values, state, self._settings)
        return statement, self._cache.answer(name, lambda: ask(cursor, statement, values))

    def _state(self, cursor: Cursor, query: MetricQuery | RowQuery) -> State:
        """What the snapshot knows of itself, its sources as old as they were after the load that is asked."""
        state = self._states.of(cursor)
        if query.as_of is None:
            return state
        if not 0 <= query.as_of <= (state.newest_load or 0):
            raise InputError(
                t("query.as_of", load=query.as_of), hint=t("query.as_of_hint", newest=state.newest_load or 0)
            )
        return state.after(cursor, query.as_of)

    def _frame(
        self,
        query: MetricQuery,
        statement: Compiled,
        answer: Answer,
        state: State,
        settled: Mapping[str, date],
    ) -> MetricFrame:
        return MetricFrame(
            query=query,
            rows=marked(query, answer.rows, settled),
            units={name: METRICS.get(name).unit for name in query.metrics},
            data_version=str(state.version),
            as_of=query.as_of if query.as_of is not None else state.newest_load,
            freshness=state.of(statement.facts),
            total_rows=answer.total,
            notes=notes(
                query,
                answer,
                statement.facts,
                begun=_begun(query, state),
                settled=settled,
                hours=state.hours_since,
            ),
        )


def _begun(query: MetricQuery, state: State) -> int | None:
    late = query.as_of is not None and query.as_of < state.derived_since
    return state.derived_since if late else None
