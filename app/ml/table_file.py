"""Customers in files: any columns, one of them the outcome; what a column holds is read from its values."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app import csv_format
from app.errors import InputError, unknown
from app.ml.csv_lines import EMPTY, lacking, opened, whole
from app.ml.series import Floats
from app.text import t

YES, NO = {"yes", "true", "1", "1.0", "y", "churned"}, {"no", "false", "0", "0.0", "n", "retained"}
MOST_KINDS = 100  # a column with more words than that names things instead of grouping them
UNIQUE = 0.9


@dataclass(frozen=True)
class Table:
    """Texts by column, as read. `lines`: where each row ends in its file; else they follow a header."""

    name: str
    columns: Mapping[str, list[str]]
    lines: Sequence[int] = ()

    @property
    def rows(self) -> int:
        return len(next(iter(self.columns.values()), []))

    def line(self, row: int) -> int:
        """The line of the file at which a row stands."""
        return self.lines[row] if self.lines else row + 2


@dataclass(frozen=True)
class Coding:
    """How texts become numbers: `words` gives each known word its number; None for a column of numbers."""

    words: Mapping[str, Mapping[str, int] | None]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.words)

    def numbers(self, table: Table) -> Floats:
        """Shape: (rows, columns); an empty text or an unknown word is not-a-number.

        Raises: InputError when a column is missing.
        """
        if missing := [name for name in self.words if name not in table.columns]:
            raise lacking(table.name, missing, t("models.lacks_column_hint"))
        coded = [_coded(table.columns[name], words) for name, words in self.words.items()]
        return np.column_stack(coded) if coded else np.empty((table.rows, 0))


def read(path: Path) -> Table:
    """Raises: InputError for a file without rows, or with rows of the wrong length."""
    with opened(path) as rows:
        found: dict[str, list[str]] = {name: [] for name in rows.fieldnames or ()}
        lines: list[int] = []
        for row in whole(rows, path.name):
            lines.append(rows.line_num)
            for name in found:
                found[name].append(row[name].strip())
    table = Table(path.name, found, lines)
    if not table.rows:
        raise InputError(t("models.table_empty", name=path.name), hint=t("models.table_empty_hint"))
    return table


def outcome(table: Table, target: str) -> NDArray[np.bool_]:
    """Raises: InputError when the target is missing or is not yes or no."""
    if target not in table.columns:
        raise unknown("column", target, table.columns)
    texts = [text.lower() for text in table.columns[target]]
    for at, text in enumerate(texts):
        if text not in YES | NO:
            raise InputError(
                t("models.target_wrong", line=table.line(at), name=table.name, target=target, text=text),
                hint=t("models.target_wrong_hint"),
            )
    return np.array([text in YES for text in texts])


def coding(table: Table, without: Sequence[str]) -> tuple[Coding, tuple[str, ...]]:
    """How the columns of a file are read, and those left out because they name rows or never change.

    Raises: InputError when a column to be left out does not exist, or none is left.
    """
    for name in without:
        if name not in table.columns:
            raise unknown("column", name, table.columns)
    words: dict[str, Mapping[str, int] | None] = {}
    left_out = []
    for name, texts in table.columns.items():
        if name in without:
            continue
        if _names_rows(texts) or len(set(texts)) < 2:
            left_out.append(name)
            continue
        words[name] = None if is_number(texts) else _by_size(texts)
    if not words:
        raise InputError(
            t("models.nothing_to_learn", name=table.name),
            hint=t("models.nothing_to_learn_hint", left_out=", ".join(left_out)),
        )
    return Coding(words), tuple(left_out)


def write(
    path: Path,
    table: Table,
    left_out: Sequence[str],
    probability: Floats,
    reasons: Sequence[Sequence[tuple[str, float]]],
    at_risk: NDArray[np.bool_],
) -> None:
    """The identifying columns of each row in its order, and what is said of it."""
    kept = [name for name in left_out if name in table.columns]
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv_format.writer(file)
        lines.writerow([*kept, "probability", "at_risk", "reasons"])
        for at, found in enumerate(reasons):
            own = [table.columns[name][at] for name in kept]
            said = json.dumps([name for name, _ in found])
            lines.writerow([*own, f"{probability[at]:.6f}", int(at_risk[at]), said])


def _coded(texts: Sequence[str], words: Mapping[str, int] | None) -> Floats:
    if words is None:
        return np.array([number(text) for text in texts])
    return np.array([float(words[text]) if text in words else math.nan for text in texts])


def number(text: str) -> float:
    """A finite number, or not-a-number for anything else."""
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def is_number(texts: Sequence[str]) -> bool:
    """Whether a column is one of numbers, a few texts among them or none."""
    known = [text for text in texts if text.lower() not in EMPTY]
    return bool(known) and sum(not math.isnan(number(text)) for text in known) >= 0.95 * len(known)


def _names_rows(texts: Sequence[str]) -> bool:
    """An identifier: words of many kinds, or whole numbers that hardly ever repeat."""
    kinds = len(set(texts))
    if not is_number(texts):
        return kinds > min(MOST_KINDS, UNIQUE * len(texts))
    return (
        kinds >= UNIQUE * len(texts)
        and len(texts) > 50
        and all(text.lstrip("-").isdigit() or math.isnan(number(text)) for text in texts)
    )


def _by_size(texts: Sequence[str]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for text in texts:
        if text.lower() not in EMPTY:
            sizes[text] = sizes.get(text, 0) + 1
    return {word: at for at, word in enumerate(sorted(sizes, key=lambda word: (-sizes[word], word)))}
