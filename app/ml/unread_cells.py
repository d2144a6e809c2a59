"""Cells of a customer file that hold something and count as missing all the same: told, never silent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from app.ml.csv_lines import EMPTY
from app.ml.table_file import Coding, Table, is_number, number
from app.text import t

MOST_LINES = 10  # that are named
MOST_LETTERS = 60  # of an example
NUMBERS = 0.5  # of the cells that are not empty: from there on a column was meant for numbers
LEAST_NUMBERS = 10  # different ones: fewer are groups, such as 0, 1, 2 and "3+"
Kind = Literal["word", "text", "words", "left_out"]


@dataclass(frozen=True)
class Unread:
    """Cells of one column that count for less than they say. `example` is cut; `lines`: the first of theirs.

    `kind`: a `word` that the training never saw; a `text` among numbers; so much text among numbers that all
    are taken as `words`, or that the column is `left_out`.
    """

    kind: Kind
    file: str
    column: str
    rows: int
    of_rows: int
    example: str
    lines: tuple[int, ...]

    @property
    def sentence(self) -> str:
        """What is said of them, control characters escaped."""
        parts = {name: getattr(self, name) for name in ("file", "column", "rows", "of_rows", "example")}
        return t(f"models.unread_{self.kind}", **parts, where=_where(self.lines, self.rows))


def unread(table: Table, code: Coding) -> Iterator[Unread]:
    """Cells that become not-a-number though they are not empty."""
    missing = np.isnan(code.numbers(table))
    for at, (name, words) in enumerate(code.words.items()):
        if cells := _filled(table.columns[name], np.flatnonzero(missing[:, at]).tolist()):
            yield _of("text" if words is None else "word", table, name, cells)


def mixed(table: Table, code: Coding, left_out: Iterable[str]) -> Iterator[Unread]:
    """Columns of a training file that were meant for numbers and hold too much text to be read as such."""
    worded = [name for name, words in code.words.items() if words is not None]
    kinds: tuple[tuple[Kind, Iterable[str]], ...] = (("words", worded), ("left_out", left_out))
    for kind, names in kinds:
        for name in names:
            if cells := _among_numbers(table.columns[name]):
                yield _of(kind, table, name, cells)


def _among_numbers(texts: Sequence[str]) -> list[int]:
    """The cells of text in a column that is of numbers for the most part, and is not read as one."""
    filled = _filled(texts, range(len(texts)))
    words = [at for at in filled if np.isnan(number(texts[at]))]
    numbers = {texts[at] for at in filled} - {texts[at] for at in words}
    meant = len(numbers) >= LEAST_NUMBERS and len(words) <= (1 - NUMBERS) * len(filled)
    return words if meant and not is_number(texts) else []


def _filled(texts: Sequence[str], cells: Iterable[int]) -> list[int]:
    return [at for at in cells if texts[at].lower() not in EMPTY]


def _of(kind: Kind, table: Table, column: str, cells: Sequence[int]) -> Unread:
    text = table.columns[column][cells[0]]
    example = text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]}…"
    lines = tuple(table.line(at) for at in cells[:MOST_LINES])
    return Unread(kind, table.name, column, len(cells), table.rows, example, lines)


def _where(lines: Sequence[int], count: int) -> str:
    """line 4; lines 4 and 9; lines 4, 9 and 20 more."""
    *before, last = [str(line) for line in lines]
    if count > len(lines):
        return t(
            "models.at_lines",
            lines=", ".join([*before, last]),
            last=t("models.more", count=count - len(lines)),
        )
    return (
        t("models.at_lines", lines=", ".join(before), last=last) if before else t("models.at_line", line=last)
    )
