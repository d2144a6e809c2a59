"""The column of a file by which its rows are ordered: numbers as numbers, dates as dates."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import product

import numpy as np

from app.errors import InputError, unknown
from app.ml.csv_lines import EMPTY
from app.ml.series import Floats
from app.ml.table_file import Table
from app.text import t

Reader = Callable[[str], float]  # Raises: ValueError
DAYS = ("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y-%m", "%m/%Y",
        "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %Y", "%B %Y")  # fmt: skip
TIMES = ("", " %H:%M", " %H:%M:%S")


def moments(table: Table, column: str) -> Floats:
    """The place of each row in time, larger is later. Shape: (rows,).

    Raises: InputError that names the line whose value is empty or of another kind, or the column when its
    dates can be read in two ways that order it differently.
    """
    if column not in table.columns:
        raise unknown("column", column, table.columns)
    texts = table.columns[column]
    for at, text in enumerate(texts):
        if text.lower() in EMPTY:
            told = t("models.time_empty", line=table.line(at), name=table.name, column=column)
            raise InputError(told, hint=t("models.time_hint"))
    return _placed(table, column)


def _placed(table: Table, column: str) -> Floats:
    """Every way of reading that fits all texts; several must agree on the order."""
    name, texts = table.name, table.columns[column]
    found = [_read(texts, reader) for reader in _readers()]
    whole = [np.array(values) for values in found if len(values) == len(texts)]
    if not whole:
        at = max(map(len, found))
        told = t("models.time_wrong", line=table.line(at), name=name, column=column, text=texts[at])
        raise InputError(told, hint=t("models.time_hint"))
    orders = {tuple(np.argsort(values, kind="stable").tolist()) for values in whole}
    if len(orders) > 1:
        told = t("models.time_ambiguous", column=column, name=name)
        raise InputError(told, hint=t("models.time_hint"))
    return whole[0]


def _read(texts: Sequence[str], reader: Reader) -> list[float]:
    """The values up to the first text that the reader does not know."""
    values: list[float] = []
    for text in texts:
        try:
            values.append(reader(text))
        except ValueError:
            break
    return values


def _readers() -> list[Reader]:
    forms = [f"{day}{time}" for day, time in product(DAYS, TIMES)]
    return [_number, _iso, *(_written(form) for form in forms)]


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _iso(text: str) -> float:
    if text.isdigit():  # a number, such as 20260331: that is how it is ordered
        raise ValueError(text)
    return _seconds(datetime.fromisoformat(text))


def _written(form: str) -> Reader:
    return lambda text: _seconds(datetime.strptime(text, form))  # noqa: DTZ007  all of one unknown zone


def _seconds(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
