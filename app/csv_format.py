"""How every CSV file of the product is written: exports, the audit log, reports, models, the command line.

Lines end CRLF, as RFC 4180 has it and spreadsheets write it, whoever writes the file: this writer, or the
database for long exports (`app/data/query/copy.py`). Readers of CSV take either end.
https://www.rfc-editor.org/rfc/rfc4180#section-2

A text that a spreadsheet would run as a formula is guarded where numbers are written for people: by pages,
reports and `pad query` (`app/exports/csv_file.py`). Lists of other commands hold texts as they are: scripts
read them back (`pad channels list --format csv` is what `pad channels set` takes), and an apostrophe in front
would be part of the name.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

LINE_END = "\r\n"


class Text(Protocol):
    """Where the lines go: a file opened without translation of line ends, a buffer, the standard output."""

    def write(self, text: str, /) -> object: ...


def writer(file: Text) -> Any:
    """The standard library's writer with the product's line ends."""
    return csv.writer(file, lineterminator=LINE_END)


def write_rows(file: Text, heads: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """A whole file of rows by name; the head is there also when no row follows."""
    lines = writer(file)
    lines.writerow(heads)
    lines.writerows([row.get(head) for head in heads] for row in rows)
