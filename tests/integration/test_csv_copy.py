"""CSV written by the database: the same rows as the slow way, harmless texts, no row held back."""

from __future__ import annotations

import csv
import io
from datetime import date

import duckdb
import pytest

from app.data.query.copy import csv_bytes
from app.errors import InputError
from app.exports.csv_file import encode

SQL = """
SELECT * FROM (VALUES (DATE '2026-03-01', '=1+1', 12.5::DOUBLE, 3),
                      (DATE '2026-03-02', 'a "b", c', NULL, -4),
                      (DATE '2026-03-03', NULL, 0.1::DOUBLE + 0.2, 5),
                      (DATE '2026-03-04', '  @x', $least, 6)) t(day, name, spend, clicks)
ORDER BY clicks DESC
"""
COLUMNS = [("day", "date"), ("name", "campaign"), ("spend", "spend"), ("clicks", "clicks")]


def read(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


def test_the_databases_file_equals_the_one_written_row_by_row() -> None:
    connection = duckdb.connect()
    fast = b"".join(csv_bytes(connection, SQL, {"least": 1.0}, COLUMNS))
    rows = connection.execute(SQL, {"least": 1.0}).fetchall()
    slow = b"".join(encode([head for _, head in COLUMNS], rows))
    for data in (fast, slow):
        assert data.count(b"\r\n") == data.count(b"\n") == 5
    assert read(fast)[:2] == [["date", "campaign", "spend", "clicks"], ["2026-03-04", "'  @x", "1.0", "6"]]
    assert [row[:2] + row[3:] for row in read(fast)] == [row[:2] + row[3:] for row in read(slow)]
    numbers = [[float(row[2]) for row in read(data)[1:] if row[2]] for data in (fast, slow)]
    assert numbers[0] == numbers[1] == [1.0, 0.1 + 0.2, 12.5]


def test_rows_are_tested_in_the_database() -> None:
    data = b"".join(csv_bytes(duckdb.connect(), SQL, {"least": 1.0}, COLUMNS[:1], [("clicks", ">=", 5.0)]))
    assert read(data) == [["date"], ["2026-03-04"], ["2026-03-03"]]
    with pytest.raises(InputError, match="comparison"):
        next(csv_bytes(duckdb.connect(), SQL, {"least": 1.0}, COLUMNS, [("clicks", "; DROP", 5.0)]))


def test_a_reader_that_leaves_early_lets_the_writer_go() -> None:
    connection = duckdb.connect()
    chunks = csv_bytes(connection, "SELECT i, 'x' AS name FROM range(3000000) t(i)", {}, [("i", "i")])
    assert next(chunks).startswith(b"i\r\n0\r\n1\r\n")
    chunks.close()  # type: ignore[attr-defined]
    assert connection.execute("SELECT DATE '2026-03-01'").fetchone() == (date(2026, 3, 1),)


def test_an_error_in_the_middle_is_raised_and_not_a_short_file() -> None:
    sql = "SELECT CASE WHEN i = 900000 THEN error('disk') ELSE i END AS i FROM range(1000000) t(i)"
    with pytest.raises(duckdb.Error, match="disk"):
        list(csv_bytes(duckdb.connect(), sql, {}, [("i", "i")]))
