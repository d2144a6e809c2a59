"""An answer as CSV bytes, written by the database itself through a pipe: no row becomes a Python object.

Constant memory: the pipe holds the writer back until the reader has taken what is there.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from threading import Thread
from typing import Any, Protocol

import duckdb

from app.csv_format import LINE_END
from app.errors import unknown

Test = tuple[str, str, float]  # column, comparison, number: keeps the rows that pass
CHUNK = 1 << 20
FORMAT = f"FORMAT csv, HEADER, NEW_LINE '{LINE_END}'"
OPERATORS = frozenset({">", "<", ">=", "<="})
# A text that begins like this is a formula to a spreadsheet; a leading apostrophe makes it a text.
# https://owasp.org/www-community/attacks/CSV_Injection
RISKY = "['=', '+', '-', '@', '＝', '＋', '－', '＠', chr(9), chr(10), chr(13)]"


class Cursor(Protocol):
    """A connection pinned to one snapshot."""

    def execute(self, sql: str, parameters: Any = None) -> Any: ...


def csv_bytes(
    cursor: Cursor,
    sql: str,
    parameters: Mapping[str, Any],
    columns: Sequence[tuple[str, str]],
    tests: Sequence[Test] = (),
) -> Iterator[bytes]:
    """The file in chunks: `columns` are (column of the answer, head in the file)."""
    text = statement(cursor, sql, parameters, columns, tests)
    reading, writing = _pipe()
    problems: list[Exception] = []

    def write() -> None:
        try:
            cursor.execute(f"COPY ({text}) TO '/dev/fd/{writing}' ({FORMAT})", dict(parameters))
        except duckdb.Error as problem:
            problems.append(problem)
        finally:
            os.close(writing)

    writer = Thread(target=write, daemon=True)
    writer.start()
    try:
        with open(reading, "rb", buffering=0) as pipe:
            while chunk := pipe.read(CHUNK):
                yield chunk
    finally:
        writer.join()
    if problems:
        raise problems[0]


def _pipe() -> tuple[int, int]:
    """A pipe that holds a whole chunk where the system allows it: fewer turns between writer and reader."""
    reading, writing = os.pipe()
    if size := getattr(fcntl, "F_SETPIPE_SZ", None):
        with suppress(PermissionError):
            fcntl.fcntl(writing, size, CHUNK)
    return reading, writing


def statement(
    cursor: Cursor,
    sql: str,
    parameters: Mapping[str, Any],
    columns: Sequence[tuple[str, str]],
    tests: Sequence[Test] = (),
) -> str:
    """The statement around an answer: chosen columns under their heads, texts made harmless, rows tested."""
    described = cursor.execute(f"DESCRIBE {sql}", dict(parameters)).fetchall()
    kinds = {name: kind for name, kind, *_ in described}
    shown = ", ".join(f"{_safe(name, kinds[name])} AS {_quoted(head)}" for name, head in columns)
    kept = " AND ".join(
        f"{_quoted(column)} {_operator(sign)} {float(value)!r}" for column, sign, value in tests
    )
    return f"SELECT {shown} FROM ({sql})" + (f" WHERE {kept}" if kept else "")


def _safe(name: str, kind: str) -> str:
    column = _quoted(name)
    if kind != "VARCHAR":
        return column
    return (
        f"CASE WHEN list_contains({RISKY}, ltrim({column}, ' ')[1]) THEN '''' || {column} ELSE {column} END"
    )


def _operator(sign: str) -> str:
    if sign not in OPERATORS:
        raise unknown("comparison", sign, OPERATORS)
    return sign


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
