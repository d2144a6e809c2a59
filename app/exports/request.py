"""What to export, as a value that survives JSON: the question, its conditions and who asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.data.metrics.base import METRICS
from app.data.query import codec
from app.data.query.spec import MetricQuery, RowQuery, Scope
from app.errors import InputError
from app.figures.table_view import Condition
from app.services import QueryRunner
from app.text import t

Rows = Iterator[Sequence[object]]
_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")  # in a header, or in some shell


@dataclass(frozen=True)
class ExportRequest:
    """One export. `conditions` are tested on each row as it passes."""

    name: str
    query: MetricQuery | RowQuery
    conditions: tuple[Condition, ...] = ()

    def columns(self, stored: Sequence[str]) -> list[int]:
        """Which of the answer's columns go into the file: no parts of divisions, bases only when compared."""
        if isinstance(self.query, RowQuery):
            return list(range(len(stored)))
        query = self.query
        wanted = [*(["date"] if query.grain else []), *query.dimensions, *query.metrics]
        if query.compare != "none":
            wanted += [f"{metric}__base" for metric in query.metrics]
        return [stored.index(name) for name in wanted if name in stored]

    def file_name(self, currency: str, ending: str) -> str:
        """What the file is called: rows of a CSV stay clean, so its name says the range and the currency."""
        days = self.query.period
        name = f"{self.name}_{days.start.isoformat()}_{days.end.isoformat()}_{currency}"
        return f"{_UNSAFE.sub('-', name)}.{ending}"

    def title(self, column: str) -> str:
        """The head of a column: ids, so that files can be read by machines; bases say so."""
        return head(column)


def head(column: str) -> str:
    """How files name a column of an answer: `spend_base` for `spend__base`."""
    return column.replace("__base", "_base")


def open_rows(runner: QueryRunner, request: ExportRequest) -> tuple[list[str], Rows]:
    """Heads and rows of an export, read batch by batch."""
    stored, batches = runner.stream(request.query)
    picked = request.columns(stored)
    tests = [(stored.index(entry.column), entry) for entry in judged(request, stored)]

    def rows() -> Rows:
        for batch in batches:
            for row in batch:
                if all(test.holds(_number(row[index])) for index, test in tests):
                    yield [row[index] for index in picked]

    return [request.title(stored[index]) for index in picked], rows()


def judged(request: ExportRequest, stored: Sequence[str]) -> tuple[Condition, ...]:
    """The conditions on the rows of an export.

    Raises: InputError for one on a column that the answer lacks: a file cannot say what was left out.
    """
    for entry in request.conditions:
        if entry.column not in stored:
            raise InputError(t("export.condition", condition=str(entry)), hint=t("export.condition_hint"))
    return request.conditions


def unit_of(head: str) -> str:
    """The unit of a metric's column, or nothing for a dimension."""
    name = head.removesuffix("_base")
    return METRICS.get(name).unit if name in METRICS else ""


def dump(request: ExportRequest) -> dict[str, Any]:
    """The request as JSON values, for a job's arguments: the question, and within what it is asked."""
    query = request.query
    return {
        "name": request.name,
        "query": codec.encoded(query),
        "unit": query.period.calendar_unit,
        "scope": codec.objects(query.scope.filters),
        "conditions": [[c.column, c.operator, c.value] for c in request.conditions],
    }


def load(data: Mapping[str, Any]) -> ExportRequest:
    """The request of a job's arguments."""
    given = data["query"]
    query: MetricQuery | RowQuery = codec.rows(given) if "metric" in given else codec.query(given)
    period = replace(query.period, calendar_unit=data["unit"])
    asked = replace(query, period=period, scope=Scope(codec.of_objects(data["scope"])))
    return ExportRequest(data["name"], asked, tuple(Condition(*entry) for entry in data["conditions"]))


@dataclass(frozen=True)
class Facts:
    """What is true of an export as a whole; goes into HTTP headers and the sheet "About"."""

    rows: int | None
    data_version: str
    as_of: int | None


def facts(runner: QueryRunner, request: ExportRequest) -> Facts:
    """Row count and version, asked without reading the rows; no count where conditions thin them out."""
    query = request.query
    if isinstance(query, RowQuery):
        page = runner.rows(replace(query, limit=1))
        return Facts(page.total_rows, page.data_version, query.as_of)
    frame = runner.run(replace(query, limit=1))
    count = None if request.conditions else _counted(frame.total_rows, query.limit)
    return Facts(count, frame.data_version, frame.as_of)


def _counted(total: int | None, limit: int | None) -> int | None:
    """How many rows are written of all that there are."""
    return total if total is None or limit is None else min(total, limit)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
