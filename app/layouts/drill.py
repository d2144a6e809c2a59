"""The way down a table: channel, its campaigns, their days, the rows; each step is an address."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from app.data.query.frame import Scalar
from app.figures.paid import PAID_ONLY
from app.figures.table import TableRow
from app.figures.table_view import TableView, params
from app.layouts import question
from app.layouts.filters import FilterState

PATH, ROWS_PATH = "/campaigns", "/rows"
# What a click on a member of a dimension opens; days open the rows.
BELOW = {
    "channel": "campaign",
    "platform": "campaign",
    "account": "campaign",
    "device": "campaign",
    "region": "campaign",
    "country": "region",
    "campaign": "date",
}


def address(state: FilterState, view: TableView) -> str:
    """The table with these filters and this view."""
    return PATH + replace(state, own=params(view)).search()


def rows_address(state: FilterState, metric: str, part: str = "", origin: str = "") -> str:
    """The rows behind a metric, of one part of it, of paid media only where the question is; `origin` is the
    page that the way back leads to."""
    paid = "1" if question.paid(state.own) else ""
    own = {"metric": metric, "part": part, PAID_ONLY: paid, "from": origin}
    return ROWS_PATH + replace(state, own=()).with_own(**own).search()


def next_level(state: FilterState, dimension: str) -> str:
    """The dimension below, passing over those that are pinned to one member already."""
    below = BELOW.get(dimension, "date")
    while below != "date" and len(state.members(below)) == 1:
        below = BELOW.get(below, "date")
    return below


def into(state: FilterState, view: TableView, row: TableRow, *, paid: bool = False) -> str:
    """Where a click on a line's name leads; what is below a line of paid media is of paid media too."""
    members = dict(zip(view.group, row.path, strict=False))
    day = members.pop("date", None)
    for dimension, member in members.items():
        state = state.narrowed(dimension, (_text(member),), clicked=True)
    if isinstance(day, date):
        at = replace(state, range="custom", days=(day, day))
        at = at.with_own(**{PAID_ONLY: "1" if paid else ""})
        return rows_address(at, _counted(view, row), origin=PATH[1:])
    below = next_level(state, view.group[row.level - 1])
    return address(state, replace(view.regrouped((below,)), paid=True if paid else view.paid))


def _counted(view: TableView, row: TableRow) -> str:
    """The column whose rows a line leads to: that of the order, else the first that counts anything there,
    else the first that is known."""
    names = sorted(view.columns, key=lambda name: name != view.sort.column)
    known = [name for name in names if row.cells.get(name) is not None]
    return next((name for name in known if row.cells[name]), (known or names)[0])


def trail(state: FilterState) -> tuple[tuple[str, FilterState], ...]:
    """The members clicked on the way down, each with the filters as they were at that step."""
    steps: list[tuple[str, FilterState]] = []
    clicked = [entry for entry in state.where if entry[0] in state.clicked]
    for index, (dimension, _) in enumerate(clicked):
        back = state
        for later, _ in clicked[index + 1 :]:
            back = back.narrowed(later, ())
        steps.append((dimension, back))
    return tuple(steps)


def top(state: FilterState) -> FilterState:
    """The filters without the steps down."""
    for dimension in state.clicked:
        state = state.narrowed(dimension, ())
    return state


def levels_below(view: TableView) -> tuple[str, ...]:
    """What can still be opened, down to the rows."""
    levels: list[str] = []
    below = view.leaf
    while below != "date":
        below = BELOW.get(below, "date")
        levels.append(below)
    return (*levels, "rows")


def _text(member: Scalar) -> str:
    return "" if member is None else str(member)
