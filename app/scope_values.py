"""Whether the values of a row scope or a filter occur in the data: a mistyped one would hide everything in
silence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

from app.data.metrics import catalogue
from app.data.metrics.base import DIMENSIONS
from app.data.query.frame import MetricFrame
from app.data.query.spec import EVERYTHING, Filter, MetricQuery, Scope
from app.errors import AccessDenied, DataUnavailable, unknown
from app.periods import Period
from app.services import Services
from app.text import t

WITNESSES = ("sessions", "spend", "leads", "mrr")  # between them they know every dimension of a scope
LOOK_BACK = timedelta(days=3 * 365)


def require_known(
    services: Services, wanted: Mapping[str, Iterable[str]], within: Scope = EVERYTHING
) -> None:
    """Whether a scope, or filters set by a reader `within` one, name what there is.

    Raises: InputError for a value that the data does not have; before the first load anything goes.
    """
    for dimension, values in wanted.items():
        known = members(services, dimension, within)
        for value in values:
            if known and value not in known:
                raise unknown(dimension, value, sorted(known))


def members(services: Services, dimension: str, scope: Scope = EVERYTHING) -> set[str]:
    """The values that a dimension takes in the last years, within a scope; empty while there is no data."""
    return _met(services, dimension, scope) or set()


def missing(
    services: Services, where: Iterable[tuple[str, tuple[str, ...]]], scope: Scope
) -> tuple[str, str] | None:
    """The first dimension and member among filters that the data does not have, as far as the scope lets its
    reader know: what is outside of it is as missing as what is nowhere."""
    for dimension, wanted in where:
        known = _met(services, dimension, scope, Filter(dimension, wanted))
        gone = [member for member in wanted if known is not None and member not in known]
        if gone:
            return dimension, gone[0]
    return None


def answered(services: Services, query: MetricQuery) -> MetricFrame:
    """The numbers that a question asks for; where there are none, the notes name the filter that is wrong.

    Raises: InputError, AccessDenied.
    """
    frame = services.query.run(query)
    if any(row.get(metric) for row in frame.rows for metric in query.metrics):
        return frame
    where = [(one.dimension, one.values) for one in query.filters if not one.negate]
    gone = missing(services, where, query.scope)
    if gone is None:
        return frame
    title = DIMENSIONS.get(gone[0]).title.lower()
    said = t("query.note_unknown", dimension=title, member=gone[1])
    return replace(frame, notes=dict.fromkeys(query.metrics, said))


def _met(services: Services, dimension: str, scope: Scope, *filters: Filter) -> set[str] | None:
    """The values that occur; None while there is no data, or where no witness may tell within the scope."""
    today = services.clock.today(services.settings.time_zone)
    period = Period(today - LOOK_BACK, today)
    found: set[str] | None = None
    for metric in WITNESSES:
        if dimension not in catalogue.dimensions(metric):
            continue
        asked = MetricQuery((metric,), period, filters=filters, scope=scope)
        try:
            found = (found or set()) | set(services.query.members(dimension, asked))
        except AccessDenied:  # another metric may know the dimension within the scope
            continue
        except DataUnavailable:
            return None
    return found
