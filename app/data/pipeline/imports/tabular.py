"""Reading a CSV or XLSX file as rows of text by header, one at a time, without trusting it."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from pathlib import Path

from app.errors import InputError
from app.text import t

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
        raise InputError(t("imports.no_file", path=path), hint=t("imports.no_file_hint"))
    lines = _xlsx(path) if path.suffix.lower() in (".xlsx", ".xlsm") else _csv(path, encoding)
    header = tuple(name.strip() for name in next(lines, ()))
    if not any(header):
        raise InputError(t("imports.empty", name=path.name), hint=t("imports.empty_hint"))
    if twins := sorted({name for name in header if name and header.count(name) > 1}):
        raise InputError(
            t("imports.twice", name=path.name, twins=", ".join(twins)), hint=t("imports.twice_hint")
        )
    return header, _rows(path.name, header, lines)


def _rows(name: str, header: Sequence[str], lines: Iterator[Sequence[str]]) -> Iterator[tuple[int, Row]]:
    for number, cells in enumerate(lines, start=2):
        if number > MOST_ROWS:
            raise InputError(t("imports.long", name=name, most=MOST_ROWS), hint=t("imports.long_hint"))
        if not any(cells):
            continue
        if len(cells) > len(header) and any(cells[len(header) :]):
            raise InputError(
                t("imports.cells", number=number, name=name, cells=len(cells), header=len(header)),
                hint=t("imports.cells_hint"),
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
            t("imports.not_encoded", name=path.name, encoding=chosen.upper().removesuffix("-SIG")),
            hint=t("imports.not_encoded_hint"),
        ) from None
    except LookupError:
        raise InputError(
            t("imports.no_encoding", encoding=encoding), hint=t("imports.no_encoding_hint")
        ) from None
    except csv.Error as problem:
        raise InputError(
            t("imports.not_csv", name=path.name, problem=problem), hint=t("imports.not_csv_hint")
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
        raise InputError(
            t("imports.unreadable_xlsx", name=path.name), hint=t("imports.save_again_hint")
        ) from None
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


def sample(rows: Iterator[tuple[int, Row]], count: int) -> list[Row]:
    """The first rows, for a preview."""
    return [row for _, row in islice(rows, count)]
