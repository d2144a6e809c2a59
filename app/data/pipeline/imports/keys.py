"""One record of each key of a file: a row that repeats one is refused, or added to the row before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from app.data.pipeline.imports.streams import ImportStream
from app.data.transform import LARGEST, Context, Untypable, Values
from app.data.warehouse.dimensions import WAREHOUSE
from app.data.warehouse.facts import FACTS
from app.text import t

Key = tuple[object, ...]


class OncePerKey:
    """The transform of a stream, asked row by row, that knows the rows before; `lines` are their numbers."""

    def __init__(self, stream: ImportStream, lines: Sequence[int]) -> None:
        self._stream, self._lines = stream, lines
        self._asked = 0
        self._first: dict[Key, int] = {}  # the row that brought a key
        self._sums: dict[Key, tuple[str, dict[str, Any]]] = {}
        self.added: list[tuple[int, int]] = []  # the line that was added, and to which

    def __call__(self, row: Mapping[str, Any], context: Context) -> list[tuple[str, Values]]:
        """The records of a row; none yet of a stream that adds up. Raises: Untypable."""
        self._asked += 1
        *dimensions, (table, values) = self._stream.transform(row, context)
        key = tuple(values.get(name) for name in _key(table))
        first = self._first.setdefault(key, self._asked)
        if not self._stream.adds:
            if first != self._asked:
                raise Untypable(self._again("imports.reason_again", first))
            return [*dimensions, (table, values)]
        if first == self._asked:
            self._sums[key] = table, dict(values)
        else:
            self._add(self._sums[key][1], values, first)
        return dimensions

    def sums(self) -> Iterator[tuple[int, str, Values]]:
        """What rows of one key came to: the first of these rows, and the record."""
        for key, (table, values) in self._sums.items():
            yield self._first[key], table, values

    def _add(self, total: dict[str, Any], values: Values, first: int) -> None:
        name = self._stream.adds
        if total["currency"] != values["currency"]:
            raise Untypable(self._again("imports.reason_currencies", first))
        amount = total[name] + values[name]
        if abs(amount) > LARGEST:
            raise Untypable(t("records.too_large", field=name, value=amount))
        total[name] = amount
        self.added.append((self._lines[self._asked - 1], self._lines[first - 1]))

    def _again(self, reason: str, first: int) -> str:
        return t(reason, key=named(self._stream), line=self._lines[first - 1])


def named(stream: ImportStream) -> str:
    """The key of a stream in words."""
    *others, last = stream.key
    return t("imports.and").join([", ".join(others), last]) if others else last


@cache
def _key(table: str) -> tuple[str, ...]:
    fact = FACTS.get(table.removeprefix("fact_"))
    return fact.key if fact else tuple(column.name for column in WAREHOUSE.tables[table].primary_key)
