"""XLSX in constant memory: typed cells, formulas and links off; it says what was asked, and of what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from app.errors import InputError
from app.exports.about import described
from app.exports.request import unit_of
from app.text import t

MOST_ROWS = 1_048_575  # of one sheet, without its head
TOLD_EVERY = 2000
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
FORMATS = {"money": "#,##0.00", "ratio": "0.0%", "multiple": '0.00"x"', "count": "#,##0.##"}


def write(
    path: Path,
    heads: Sequence[str],
    rows: Iterable[Sequence[object]],
    about: Sequence[tuple[str, str]],
    told: Callable[[int], None],
) -> int:
    """Writes the file and returns how many rows it holds; `told` hears how far it is.

    Raises: InputError when the rows do not fit on a sheet.
    """
    with xlsxwriter.Workbook(str(path), OPTIONS) as book:
        sheet = book.add_worksheet(t("export.sheet"))
        looks = [book.add_format({"num_format": FORMATS.get(unit_of(head), "General")}) for head in heads]
        day, bold = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(len(heads) - 1, 0), 18)
        for column, head in enumerate(heads):
            sheet.write_string(0, column, head, bold)
        written = 0
        for written, row in enumerate(rows, start=1):
            if written > MOST_ROWS:
                raise InputError(t("export.too_many", most=f"{MOST_ROWS:,}"), hint=t("export.too_many_hint"))
            for column, value in enumerate(row):
                _write(sheet, written, column, value, looks[column], day)
            if written % TOLD_EVERY == 0:
                told(written)
        _about(book, about, written, bold)
        _columns(book, heads, bold)
    return written


def _write(sheet: Any, row: int, column: int, value: object, look: Any, day: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value, look)
    elif isinstance(value, datetime):
        sheet.write_datetime(row, column, value.replace(tzinfo=None), day)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, day)
    else:
        sheet.write_string(row, column, str(value))


def _columns(book: Any, heads: Sequence[str], bold: Any) -> None:
    """What each id at the head of a column is called, its unit and what it means."""
    sheet = book.add_worksheet(t("export.columns_sheet"))
    for column, (name, width) in enumerate((("id", 26), ("title", 34), ("unit", 26), ("definition", 110))):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, t(f"export.columns_{name}"), bold)
    for line, entry in enumerate(described(heads), start=1):
        for column, text in enumerate(entry):
            sheet.write_string(line, column, text)


def _about(book: Any, about: Sequence[tuple[str, str]], rows: int, bold: Any) -> None:
    sheet = book.add_worksheet(t("export.about_sheet"))
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 80)
    for line, (name, text) in enumerate([(t("export.about_rows"), str(rows)), *about]):
        sheet.write_string(line, 0, name, bold)
        sheet.write_string(line, 1, text)
