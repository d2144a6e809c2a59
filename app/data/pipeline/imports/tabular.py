"""Reading a CSV or XLSX file as rows of text by header, one at a time, without trusting it."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.data.pipeline.imports.workbook import first_tab
from app.errors import InputError
from app.text import t

Row = dict[str, str]
MOST_ROWS = 5_000_000
SNIFFED = 65_536  # bytes looked at to find the separator


@dataclass(frozen=True)
class Tabular:
    """The header, and the rows with the line numbers that a person sees (the header is line 1).

    `note`: which tab of a workbook is read and which are not, when it has several.
    """

    header: tuple[str, ...]
    rows: Iterator[tuple[int, Row]]
    note: str = ""


def read(path: Path, encoding: str = "") -> Tabular:
    """A file, its rows not read yet.

    Raises: InputError that names the file, the line and the way out; the rows raise it too.
    """
    if not path.is_file():
        raise InputError(t("imports.no_file", path=path), hint=t("imports.no_file_hint"))
    note = ""
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        sheet = first_tab(path)
        lines = sheet.lines
        if sheet.unread:
            note = t("imports.tabs", name=path.name, tab=sheet.name, unread=", ".join(sheet.unread))
    else:
        lines = _csv(path, encoding)
    header = _header(path.name, lines, note)
    return Tabular(header, _rows(path.name, header, lines), note)


def _header(name: str, lines: Iterator[Sequence[str]], note: str) -> tuple[str, ...]:
    header = tuple(cell.strip() for cell in next(lines, ()))
    if not any(header):
        raise InputError(t("imports.empty", name=name), hint=note or t("imports.empty_hint"))
    if twins := sorted({cell for cell in header if cell and header.count(cell) > 1}):
        raise InputError(t("imports.twice", name=name, twins=", ".join(twins)), hint=t("imports.twice_hint"))
    return header


def _rows(name: str, header: Sequence[str], lines: Iterator[Sequence[str]]) -> Iterator[tuple[int, Row]]:
    for number, cells in enumerate(lines, start=2):
        if number > MOST_ROWS + 1:  # the header is a line too
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
    _refuse_unmarked(path.name, head, encoding)
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


def _refuse_unmarked(name: str, head: bytes, encoding: str) -> None:
    """UTF-16 is read as UTF-8 with a NUL beside each plain letter, and would pass for a wrong header."""
    first = head.split(b"\n", 1)[0]
    if not encoding and b"\0" in first and head[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        big = first[::2].count(0) > first[1::2].count(0)
        likely = "utf-16-be" if big else "utf-16-le"
        raise InputError(
            t("imports.not_encoded", name=name, encoding="UTF-8"),
            hint=t("imports.unmarked_hint", encoding=likely),
        )


def _separator(head: bytes) -> str:
    first = head.split(b"\n", 1)[0]
    return max((",", ";", "\t", "|"), key=lambda mark: first.count(mark.encode()))
