"""The members of a dimension that a chart has no room for, answered as one: asked of the warehouse like any
other number, so that its passport is of that very number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.data.query.frame import Row, cell
from app.data.query.spec import Filter, MetricQuery, Rest
from app.errors import DefinitionError


def check(query: MetricQuery) -> None:
    """Raises: DefinitionError where a rest would be of something other than members of one dimension."""
    if query.rest and (len(query.dimensions) != 1 or query.grain or query.limit is not None):
        raise DefinitionError("A rest is of all the members of one dimension, without buckets or a limit.")


def members(rest: Rest, dimension: str, rows: Sequence[Row]) -> tuple[str, ...]:
    """Those beyond the ones that weigh most, in the order of the answer; none when all have room.

    A member of no weight takes no part: nothing of it is known that could be shown.
    """
    weights = {str(row[dimension]): weight for row in rows if (weight := _weight(rest, row))}
    apart = [name for name in weights if name in rest.apart]
    own = {name: weight for name, weight in weights.items() if name not in rest.apart}
    heaviest = sorted(own, key=lambda name: -own[name])[: max(rest.most - len(apart), 0)]
    found = tuple(name for name in own if name not in heaviest)
    return found if len(own) + len(apart) > rest.most else ()


def question(query: MetricQuery, found: tuple[str, ...]) -> MetricQuery:
    """The same question of these members together."""
    pinned = Filter(query.dimensions[0], found)
    return replace(query, dimensions=(), sort=(), rest=None, filters=(*query.filters, pinned))


def _weight(rest: Rest, row: Row) -> float:
    known = (cell(row, name) for name in rest.by)
    return abs(next((value for value in known if value is not None), 0.0))
