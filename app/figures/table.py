"""A grouped table from frames: one question a level, so each subtotal is the engine's own ratio of sums.

Pure: `questions` says what to ask, `compose` turns the answers into flat rows with a level.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import takewhile

from app import members
from app.data.query.frame import MetricFrame, Row, Scalar
from app.data.query.spec import PAID, Filter, MetricQuery, Sort
from app.data.query.traffic import mixes
from app.data.warehouse.dimensions import NOT_SET
from app.figures.paid import against_spend
from app.figures.table_view import DEFAULT_SORT, NAME, PATH, TableView, usual_sort
from app.figures.volume import with_cases


@dataclass(frozen=True)
class TableRow:
    """One line: where it stands in the grouping, its numbers, how many lines are below it, and `of` how many
    these are left by the reader's conditions: its numbers are of all. `unset`: whether one of all is the line
    of what is not set, which is a line and no member."""

    path: tuple[Scalar, ...]
    cells: Row
    children: int = 0
    of: int = 0
    unset: bool = False
    open: bool = False

    @property
    def level(self) -> int:
        return len(self.path)

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(label(value) for value in self.path)


@dataclass(frozen=True)
class Table:
    """The composed table. `leaves` is how many rows of the deepest level passed, `of` how many there are, and
    `present` how many members of it have a number of their own: the others are known from comparison only,
    and what is not set is none; `unset`: whether that has a number too.

    `mixed`: by level, the total first, whether its lines hold paid media and all else in one number.
    """

    rows: tuple[TableRow, ...]
    total: Row | None
    leaves: int
    of: int
    present: int = 0
    mixed: tuple[bool, ...] = ()
    unset: bool = False

    def mixes(self, level: int) -> bool:
        """Whether the lines of a level leave what is set against ad spend to the line of paid media."""
        return level < len(self.mixed) and self.mixed[level]


def label(value: Scalar) -> str:
    """A member as text, the way it stands in a URL."""
    return value.isoformat() if isinstance(value, date) else ("" if value is None else str(value))


def question(query: MetricQuery, group: Sequence[str]) -> MetricQuery:
    """A level's question: the dimensions of the group; `date` asks for days."""
    dimensions = tuple(name for name in group if name != "date")
    return replace(
        query, dimensions=dimensions, grain="day" if "date" in group else None, sort=(), limit=None
    )


def questions(query: MetricQuery, view: TableView) -> tuple[MetricQuery, ...]:
    """The total's question first, then one for each level of the grouping."""
    asked = replace(query, metrics=view.columns, compare=query.compare if view.changes else "none")
    return tuple(question(asked, view.group[:depth]) for depth in range(len(view.group) + 1))


def found(view: TableView, leaves: MetricFrame) -> Filter | None:
    """The members that the find box means, as a filter, so that totals cover exactly what is found."""
    name, words = view.searched, view.find.casefold()
    if not words or name is None:
        return None
    found = {label(row.get(name)) for row in leaves.rows}
    return Filter(name, tuple(sorted(one for one in found if words in members.words(name, one).casefold())))


def compose(view: TableView, frames: Sequence[MetricFrame]) -> Table:
    """Flat rows in the reader's order from the frames of `questions` (total, level 1, level 2 ...)."""
    mixed = tuple(mixes(frame.query) for frame in frames)
    total, *levels = (_unmixed(frame) if at and mixed[at] else frame for at, frame in enumerate(frames))
    below = _by_parent(view, levels)
    leaves = [row for row in levels[-1].rows if _passes(view, row)]
    kept = _ancestors(view, leaves)
    rows = tuple(_walk(view, (), below, kept))
    found = levels[-1].rows
    known = (row for row in found if any(row.get(name) is not None for name in view.columns))
    present = {row.get(view.leaf) for row in known}
    whole = total.rows[0] if total.rows else None
    members = present - {NOT_SET}
    return Table(rows, whole, len(leaves), len(found), len(members), mixed, members != present)


def _unmixed(frame: MetricFrame) -> MetricFrame:
    """An answer without what would set ad spend against everything that came, paid for or not."""
    gone = [f"{name}{end}" for name in filter(against_spend, frame.query.metrics) for end in ("", "__base")]
    return replace(frame, rows=[{**row, **dict.fromkeys(gone)} for row in frame.rows])


def path_of(group: Sequence[str], row: Row) -> tuple[Scalar, ...]:
    """Where a row of a level stands."""
    return tuple(row.get(name) for name in group)


def _passes(view: TableView, row: Row) -> bool:
    return all(condition.holds(_number(row.get(condition.column))) for condition in view.conditions)


def _by_parent(
    view: TableView, levels: Sequence[MetricFrame]
) -> dict[tuple[Scalar, ...], list[tuple[tuple[Scalar, ...], Row]]]:
    below: dict[tuple[Scalar, ...], list[tuple[tuple[Scalar, ...], Row]]] = defaultdict(list)
    for depth, frame in enumerate(levels, start=1):
        for row in frame.rows:
            path = path_of(view.group[:depth], row)
            below[path[:-1]].append((path, row))
    return below


def _ancestors(view: TableView, leaves: Iterable[Row]) -> set[tuple[Scalar, ...]]:
    kept: set[tuple[Scalar, ...]] = set()
    for row in leaves:
        path = path_of(view.group, row)
        kept.update(path[:depth] for depth in range(1, len(path) + 1))
    return kept


def _walk(
    view: TableView,
    parent: tuple[Scalar, ...],
    below: dict[tuple[Scalar, ...], list[tuple[tuple[Scalar, ...], Row]]],
    kept: set[tuple[Scalar, ...]],
) -> Iterable[TableRow]:
    for path, cells in ordered(view, [entry for entry in below[parent] if entry[0] in kept]):
        row = TableRow(path, cells)
        if lines := [child for child, _ in below.get(path, ())]:  # most lines are leaves
            children = len([child for child in lines if child in kept])
            unset = any(child[-1] == NOT_SET for child in lines)
            is_open = bool(children) and _key(row) not in view.closed
            row = TableRow(path, cells, children, len(lines), unset, is_open)
        yield row
        if row.open:
            yield from _walk(view, path, below, kept)


def _key(row: TableRow) -> str:
    return PATH.join(row.labels)


def ordered(
    view: TableView, entries: Sequence[tuple[tuple[Scalar, ...], Row]]
) -> list[tuple[tuple[Scalar, ...], Row]]:
    """Siblings in the reader's order, or in the usual one of their kind; missing numbers last either way."""
    days = bool(entries) and isinstance(entries[0][0][-1], date)
    chosen = _chosen(view, days=days)
    column, down = chosen.column, chosen.descending
    named = sorted(entries, key=lambda entry: label(entry[0][-1]).casefold(), reverse=column == NAME and down)
    if column == NAME:
        return named
    present = [entry for entry in named if entry[1].get(column) is not None]
    missing = [entry for entry in named if entry[1].get(column) is None]
    return sorted(present, key=lambda entry: _number(entry[1][column]) or 0.0, reverse=down) + missing


def _number(value: Scalar) -> float | None:
    return float(value) if isinstance(value, int | float) else None


Run = Callable[[MetricQuery], MetricFrame]


@dataclass(frozen=True)
class Answer:
    """The table with the frames it was composed from; `query` is the question of its deepest level.

    `paid` holds the numbers of paid media alone, where a column sets ad spend against what came of it.
    """

    table: Table
    frames: tuple[MetricFrame, ...]
    query: MetricQuery
    paid: MetricFrame | None = None

    @property
    def leaf(self) -> MetricFrame:
        return self.frames[-1]


def leaf_query(run: Run, query: MetricQuery, view: TableView) -> MetricQuery | None:
    """The question of the deepest level, narrowed to what the find box found; None if it found nothing."""
    asked = questions(query, view)[-1]
    narrowing = found(view, run(replace(asked, metrics=asked.metrics[:1]))) if view.find else None
    if narrowing is None:
        return asked
    return asked.narrowed(narrowing) if narrowing.values else None


def ask(run: Run, query: MetricQuery, view: TableView, paid: Sequence[str] = ()) -> Answer:
    """Asks every level once and composes the table; `paid`: the columns of the line of paid media."""
    leaf = leaf_query(run, query, view)
    if leaf is None:
        nothing = run(questions(query, view)[-1])
        return Answer(Table((), None, 0, len(nothing.rows)), (nothing,), nothing.query)
    levels = questions(replace(query, filters=leaf.filters), view)
    frames = tuple(run(with_cases(asked)) for asked in levels)
    alone = run(with_cases(replace(levels[0], metrics=tuple(paid)).narrowed(PAID))) if paid else None
    return Answer(compose(view, frames), frames, leaf, alone)


def order(view: TableView) -> tuple[Sort, ...]:
    """The order of the rows of a file: that of the screen, except that groups which the screen orders by
    their own numbers are not kept together, for a file has no line of a group."""
    *above, leaf = orders(view)
    kept = list(takewhile(lambda one: one.column in view.group, above))
    return (*kept, leaf)


def keeps_groups(view: TableView) -> bool:
    """Whether a file has the order of the screen, members of a group together."""
    return all(one.column in view.group for one in orders(view)[:-1])


def orders(view: TableView) -> list[Sort]:
    """By what the lines of each level are ordered: a number, or their own names."""
    chosen = [(name, _chosen(view, days=name == "date")) for name in view.group]
    return [Sort(name, by.descending) if by.column == NAME else by for name, by in chosen]


def _chosen(view: TableView, *, days: bool) -> Sort:
    """The reader's order, or the usual one of days or of other siblings; what stands in no column orders
    nothing, though the answer may hold it as the cases behind another: such lines stand by name."""
    usual = usual_sort(("date",)) if days else DEFAULT_SORT
    by = view.sort if view.sort != usual_sort(view.group) else usual
    return by if by.column in (NAME, *view.columns) else Sort(NAME, descending=False)
