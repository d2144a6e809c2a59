"""Reading the first tab of an XLSX as rows of text, one at a time, without trusting the file."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from app.errors import InputError
from app.text import t

MOST_UNPACKED = 1_000_000_000  # bytes an XLSX may hold unpacked
MOST_RATIO = 200  # unpacked over packed; honest sheets stay below 30
# What the library, its unzipping and its XML reader raise where a file is not what they take it for.
_DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True)
class FirstTab:
    """The lines of the tab that is read, and the names of it and of the tabs that are not."""

    lines: Iterator[Sequence[str]]
    name: str
    unread: tuple[str, ...]


def first_tab(path: Path) -> FirstTab:
    """The first tab of cells.

    Raises: InputError that names the file, at once or at the line that cannot be read.
    """
    # The spreadsheet library is imported by the few who import a sheet.
    from openpyxl import load_workbook

    _refuse_bombs(path)
    with _readable(path.name):
        book = load_workbook(path, read_only=True, data_only=False)
        name, *unread = (sheet.title for sheet in book.worksheets)
    return FirstTab(_lines(path.name, book), name, tuple(unread))


def _lines(name: str, book: Any) -> Iterator[Sequence[str]]:
    try:
        with _readable(name):
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # a sheet may say that it is smaller than it is
            for number, cells in enumerate(sheet.iter_rows(), start=1):
                yield [_cell(name, number, cell.data_type, cell.value) for cell in cells]
    finally:
        book.close()


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Whatever the library makes of a damaged file is the file's fault. Raises: InputError."""
    from openpyxl.utils.exceptions import CellCoordinatesException, InvalidFileException

    try:
        yield
    except (*_DAMAGE, CellCoordinatesException, InvalidFileException):
        raise InputError(t("imports.unreadable_xlsx", name=name), hint=t("imports.save_again_hint")) from None


def _refuse_bombs(path: Path) -> None:
    """A few kilobytes may unpack to gigabytes; how much it would be is told by the file's directory."""
    try:
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(entry.file_size for entry in packed.infolist())
    except zipfile.BadZipFile:
        raise InputError(t("imports.not_xlsx", name=path.name), hint=t("imports.save_again_hint")) from None
    if unpacked > MOST_UNPACKED or unpacked > MOST_RATIO * max(path.stat().st_size, 50_000):
        raise InputError(t("imports.unpacks", name=path.name, bytes=unpacked), hint=t("imports.unpacks_hint"))


def _cell(name: str, row: int, kind: str, value: object) -> str:
    if kind == "f" or (isinstance(value, str) and value.startswith("=")):
        raise InputError(
            t("imports.formula", row=row, name=name, formula=str(value)[:40]),
            hint=t("imports.formula_hint"),
        )
    if kind == "e":
        raise InputError(
            t("imports.cell_error", row=row, name=name, value=value), hint=t("imports.cell_error_hint")
        )
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time().isoformat() == "00:00:00" else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
