"""The numbers of a report as CSV: one line a cell with its kind and its days, full precision, no formula."""

from __future__ import annotations

from collections.abc import Iterator

from app.data.metrics.base import Unit
from app.data.query.frame import Scalar
from app.exports.csv_file import encode
from app.figures.deltas import POINTED
from app.reports.document import Column, Document, Table
from app.reports.renderers.cells import kind_of, unit_of

MIME = "text/csv"
ABOUT = "about"
HEADS = ("section", "row", "column", "kind", "value", "unit", "range", "data_version")


def table(document: Document) -> bytes:
    """The whole file."""
    return b"".join(encode(HEADS, _lines(document)))


def _lines(document: Document) -> Iterator[tuple[object, ...]]:
    """What the numbers rest on, then the numbers."""
    tail = (document.range, document.data_version)
    for name, words in document.about:
        yield (ABOUT, name, "", ABOUT, words, "", *tail)
    for found in document.tables():
        yield from _cells(document, found)


def _cells(document: Document, found: Table) -> Iterator[tuple[object, ...]]:
    for number, row in enumerate(found.rows):
        for column, value in zip(found.columns[1:], row[1:], strict=True):
            unit = unit_of(found, number, column)
            kind = kind_of(found, number, column)
            written = _written(value, column, unit, document)
            yield (found.id, row[0], column.id, kind, *written, *_tail(document, found, column))
    for column, value in zip(found.columns[1:], found.total[1:], strict=False):
        written = _written(value, column, column.unit, document)
        yield (found.id, "total", column.id, column.kind, *written, *_tail(document, found, column))


def _tail(document: Document, found: Table, column: Column) -> tuple[str, str]:
    """The days of a cell, which may be those before or to come, and the data it rests on."""
    return column.range or found.range or document.range, document.data_version


def _written(value: Scalar, column: Column, unit: Unit | None, document: Document) -> tuple[Scalar, str]:
    """A value and its unit: a change is a share of its base, of percentages a difference in points."""
    if isinstance(value, str):
        return value, ""
    if column.is_change and unit not in POINTED:
        return value, "ratio"
    if column.is_change and unit == "ratio" and isinstance(value, int | float):
        return 100 * value, "pp"
    return value, document.currency if unit == "money" else unit or ""
