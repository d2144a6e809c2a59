"""How cells are written: the full value with its unit, a change with its sign, missing as a dash."""

from __future__ import annotations

from app.data.metrics.base import METRICS, Unit
from app.data.query.frame import Scalar
from app.figures.deltas import Verdict, size_text
from app.reports.document import Column, Table
from app.text import t
from app.units import MISSING, Units


def title(column: Column, currency: str) -> str:
    """The head of a column, with the currency where its cells do not name it."""
    return f"{column.title}, {currency}" if column.unit == "money" and not column.is_change else column.title


def unit_of(table: Table, row: int, column: Column) -> Unit | None:
    """The unit of a cell: its column's, or its row's where each row is another metric."""
    own = table.metrics and column.unit is not None
    return METRICS.get(table.metrics[row]).unit if own else column.unit


def kind_of(table: Table, row: int, column: Column) -> str:
    """Its column's, or its row's metric's, which is a quotient, is credited by a rule, or is counted."""
    if column.kind == "calculated" or not table.metrics:
        return column.kind
    metric = METRICS.get(table.metrics[row])
    return "calculated" if metric.denominator else "attributed" if metric.attributed else "raw"


def written(table: Table, row: int, index: int, units: Units) -> str:
    """One cell as text."""
    column = table.columns[index]
    shown = text(table.rows[row][index], column, unit_of(table, row, column), units, bool(table.metrics))
    return _with_cases(shown, low(table, row, index))


def total(table: Table, index: int, units: Units) -> str:
    """One cell of the last line."""
    return _summed(table, table.total, len(table.rows), index, units)


def rest(table: Table, index: int, units: Units) -> str:
    """One cell of the line of those rows that the summary leaves out."""
    return _summed(table, table.rest, len(table.rows) + 1, index, units)


def _summed(table: Table, line: tuple[Scalar, ...], at: int, index: int, units: Units) -> str:
    column = table.columns[index]
    shown = text(line[index], column, column.unit, units)
    return _with_cases(shown, low(table, at, index))


def low(table: Table, row: int, index: int) -> int | None:
    """The cases of a cell that rests on too few; the total stands after the rows, then the rest."""
    return table.low[row][index] if row < len(table.low) else None


def _with_cases(shown: str, cases: int | None) -> str:
    return shown if cases is None or shown == MISSING else t("reports.low_value", value=shown, n=cases)


def text(value: Scalar, column: Column, unit: Unit | None, units: Units, symbol: bool = False) -> str:
    """A value in the words of its column."""
    if value is None or value == "":
        return MISSING
    if isinstance(value, str) or unit is None:
        return str(value)
    assert isinstance(value, int | float)
    if column.is_change:
        return size_text(float(value), unit, units)
    return units.full(float(value), unit, symbol=symbol)


def tone(table: Table, row: int, index: int) -> Verdict:
    """Whether a cell's change is better or worse."""
    return table.tones[row][index] if table.tones else "neutral"
