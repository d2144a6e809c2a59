"""Reading a CSV or XLSX file as rows of text by header, one at a time, without trusting it."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from pathlib import Path

from app.errors import InputError

Row = dict[str, str]
MOST_ROWS = 5_000_000
MOST_UNPACKED = 1_000_000_000  # bytes an XLSX may hold unpacked
MOST_RATIO = 200  # unpacked over packed; honest sheets stay below 30
SNIFFED = 65_536  # bytes looked at to find the separator


def read(path: Path, encoding: str = "") -> tuple[tuple[str, ...], Iterator[tuple[int, Row]]]:
    """The header, and the rows with the line numbers that a person sees (the header is line 1).

    Raises: InputError that names the file, the line and the way out.
    """
    if not path.is_file():
        raise InputError(f"There is no file {path}.", hint="Check the path.")
    lines = _xlsx(path) if path.suffix.lower() in (".xlsx", ".xlsm") else _csv(path, encoding)
    header = tuple(name.strip() for name in next(lines, ()))
    if not any(header):
        raise InputError(f"{path.name} is empty.", hint="The first line must be the header.")
    if twins := sorted({name for name in header if name and header.count(name) > 1}):
        raise InputError(f"{path.name} has the column {', '.join(twins)} twice.", hint="Remove one of them.")
    return header, _rows(path.name, header, lines)


def _rows(name: str, header: Sequence[str], lines: Iterator[Sequence[str]]) -> Iterator[tuple[int, Row]]:
    for number, cells in enumerate(lines, start=2):
        if number > MOST_ROWS:
            raise InputError(f"{name} has more than {MOST_ROWS:,} rows.", hint="Import it in parts.")
        if not any(cells):
            continue
        if len(cells) > len(header) and any(cells[len(header) :]):
            raise InputError(
                f"Line {number} of {name} has {len(cells)} cells, the header {len(header)}.",
                hint="Put text that holds a separator in quotes.",
            )
        yield number, dict(zip(header, (*cells, *[""] * (len(header) - len(cells))), strict=False))


def _csv(path: Path, encoding: str) -> Iterator[Sequence[str]]:
    with path.open("rb") as raw:
        head = raw.read(SNIFFED)
    chosen = encoding or ("utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    try:
        with path.open(encoding=chosen, newline="") as file:
            yield from csv.reader(file, delimiter=_separator(head), strict=True)
    except UnicodeError:
        raise InputError(
            f"{path.name} is not written in {chosen.upper().removesuffix('-SIG')}.",
            hint="Save it as UTF-8, or name its encoding: --encoding latin-1.",
        ) from None
    except LookupError:
        raise InputError(
            f"There is no encoding {encoding!r}.", hint="For example utf-8 or latin-1."
        ) from None
    except csv.Error as problem:
        raise InputError(
            f"{path.name} is not a proper CSV: {problem}.", hint="Look for an open quote."
        ) from None


def _separator(head: bytes) -> str:
    first = head.split(b"\n", 1)[0]
    return max((",", ";", "\t", "|"), key=lambda mark: first.count(mark.encode()))


def _xlsx(path: Path) -> Iterator[Sequence[str]]:
    # The spreadsheet library is imported by the few who import a sheet.
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    _refuse_bombs(path)
    try:
        book = load_workbook(path, read_only=True, data_only=False)
    except (InvalidFileException, KeyError, ValueError, OSError, SyntaxError):
        raise InputError(f"{path.name} is not a readable XLSX.", hint="Save it again, or as CSV.") from None
    try:
        sheet = book.worksheets[0]
        for number, cells in enumerate(sheet.iter_rows(), start=1):
            yield [_cell(path.name, number, cell.data_type, cell.value) for cell in cells]
    finally:
        book.close()


def _refuse_bombs(path: Path) -> None:
    """A few kilobytes may claim a billion rows; what a file unpacks to is told by its directory."""
    try:
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(entry.file_size for entry in packed.infolist())
    except zipfile.BadZipFile:
        raise InputError(f"{path.name} is not an XLSX.", hint="Save it again, or as CSV.") from None
    if unpacked > MOST_UNPACKED or unpacked > MOST_RATIO * max(path.stat().st_size, 50_000):
        raise InputError(
            f"{path.name} would unpack to {unpacked:,} bytes and is refused.", hint="Save the rows as CSV."
        )


def _cell(name: str, row: int, kind: str, value: object) -> str:
    if kind == "f" or (isinstance(value, str) and value.startswith("=")):
        raise InputError(
            f"Row {row} of {name} holds a formula ({str(value)[:40]}).",
            hint="Copy the sheet and paste it as values.",
        )
    if kind == "e":
        raise InputError(
            f"Row {row} of {name} holds the error {value}.", hint="Correct the cell, or leave it empty."
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


def sample(rows: Iterator[tuple[int, Row]], count: int) -> list[Row]:
    """The first rows, for a preview."""
    return [row for _, row in islice(rows, count)]
