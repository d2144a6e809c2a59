"""The question that a number on a card answers, as an address: it stands in the page and is read back.

A card drops filters that it cannot obey and may look at other days than the page, so what the page was asked
with does not explain its numbers. What comes back from a browser is read like any address.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from app.data.query.spec import PAID, Filter, MetricQuery
from app.errors import InputError
from app.figures.paid import PAID_ONLY
from app.layouts import filters
from app.layouts.filters import SEGMENTS, FilterState
from app.periods import Period
from app.text import t

ASPECT = "aspect"  # a number that is made of the value and something beside it (`layouts/aspects.py`)
BY = "by"  # the dimension whose member a part is of
WITHIN = "within"  # the members of that dimension that the whole is of, where it is not of all
AGAINST = "against"  # the days compared with, first..last, where they are those of a row of a comparison
NO_DAYS = "none"  # in their place: the row is beside none
OWN = (PAID_ONLY, ASPECT, BY, WITHIN, AGAINST)


def address(
    query: MetricQuery,
    state: FilterState,
    where: Mapping[str, str | tuple[str, ...]] | None = None,
    *,
    aspect: str = "",
    by: str = "",
) -> str:
    """The question of one cell of an answer; `where` pins its members, `state` names what was asked.

    With `by`, a dimension, the cell is a part of the answer to the query itself.
    """
    found = meant(query, state, where).with_own(**{ASPECT: aspect, BY: by})
    limits = [entry.values for entry in query.filters if by and entry.dimension == by]
    return replace(found, own=(*found.own, *((WITHIN, name) for names in limits for name in names))).search()


def meant(
    query: MetricQuery,
    state: FilterState,
    where: Mapping[str, str | tuple[str, ...]] | None = None,
) -> FilterState:
    """The same as the filters that it names."""
    segment = SEGMENTS[state.segment]
    asked = FilterState(
        compare=query.compare,
        segment=state.segment if segment in query.filters else "all",
        where=tuple(entry for entry in state.where if Filter(*entry) in query.filters),
    )
    for dimension, members in (where or {}).items():
        asked = asked.narrowed(dimension, (members,) if isinstance(members, str) else members)
    paid_only = "1" if PAID in query.filters else ""
    against = named(query.against) if query.against and query.base_period else ""
    return _ranged(asked, query.period, state).with_own(**{PAID_ONLY: paid_only, AGAINST: against})


def read(text: str, today: date) -> FilterState:
    """The question of an address. Raises: InputError when any part of it cannot be understood."""
    found = filters.parse(text, today, own=OWN)
    if found.problems:
        raise InputError(found.problems[0])
    return found


def conditions(state: FilterState) -> tuple[Filter, ...]:
    """All filters that a question names."""
    return state.filters + paid(state.own)


def named(days: Period | None) -> str:
    """Days compared with as an address has them."""
    return f"{days.start}..{days.end}" if days else NO_DAYS


def against(own: Iterable[tuple[str, str]]) -> Period | None:
    """The days that an address names to compare with. Raises: InputError for what are no days."""
    text = dict(own).get(AGAINST, "")
    if not text:
        return None
    try:
        start, end = (date.fromisoformat(day) for day in text.split(".."))
    except ValueError:
        raise InputError(t("passport.cannot")) from None
    return Period(start, end)


def whole(query: MetricQuery, own: Iterable[tuple[str, str]]) -> MetricQuery | None:
    """The question that the one of a cell is a part of, where an address says so.

    Raises: InputError for a cell whose members are not all among those of the whole.
    """
    named = tuple(own)
    by, members = dict(named).get(BY, ""), tuple(value for name, value in named if name == WITHIN)
    cell = [entry for entry in query.filters if entry.dimension == by and not entry.negate]
    kept = tuple(entry for entry in query.filters if entry not in cell)
    if not cell:
        return None
    if members and not {value for entry in cell for value in entry.values} <= set(members):
        raise InputError(t("passport.cannot"))
    return replace(query, filters=(*kept, Filter(by, members)) if members else kept)


def paid(own: Iterable[tuple[str, str]]) -> tuple[Filter, ...]:
    """The filter that leaves paid media, where an address asks for it."""
    return (PAID,) if dict(own).get(PAID_ONLY) == "1" else ()


def _ranged(asked: FilterState, period: Period, state: FilterState) -> FilterState:
    """Days are days tomorrow too; but in its first month a running quarter or year is one by name alone."""
    if period.calendar_unit in ("quarter", "year") and not state.days:
        return replace(asked, range=state.range)
    return replace(asked, range="custom", days=(period.start, period.end))
