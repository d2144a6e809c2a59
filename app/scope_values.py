"""Whether the values of a row scope or a filter occur in the data: a mistyped one would hide everything in
silence."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

from app.data.metrics import catalogue
from app.data.metrics.base import DIMENSIONS
from app.data.query.frame import MetricFrame, Row
from app.data.query.spec import EVERYTHING, WITH_SPEND, Filter, MetricQuery, Scope
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
        if gone := _gone(services, Filter(dimension, wanted), scope):
            return dimension, gone[0]
    return None


def answered(services: Services, query: MetricQuery) -> MetricFrame:
    """The numbers that a question asks for; where there are none, the notes name the filter that is wrong.

    Where nobody knows any member of a filter, a 0 is none: what does not exist cannot have had no leads.
    Raises: InputError, AccessDenied.
    """
    frame = services.query.run(query)
    if _counted(frame):
        return frame
    filters = [one for one in query.filters if not one.negate]
    wrong = [(one, gone) for one in filters if (gone := _gone(services, one, query.scope, query.period))]
    if not wrong:
        return frame
    (first, gone), *_ = wrong
    title = DIMENSIONS.get(first.dimension).title.lower()
    said = t("query.note_unknown", dimension=title, member=gone[0])
    nobody = any(gone == one.values for one, gone in wrong)
    rows = [_without_zeros(row, query.metrics) for row in frame.rows] if nobody else frame.rows
    return replace(frame, rows=rows, notes=dict.fromkeys(query.metrics, said))


def _counted(frame: MetricFrame) -> bool:
    """Whether anything was counted, be it in the rows before a page that begins behind the last of them."""
    behind = frame.total_rows and not frame.rows
    return bool(behind) or any(row.get(metric) for row in frame.rows for metric in frame.query.metrics)


def _without_zeros(row: Row, metrics: Collection[str]) -> Row:
    """A row whose metrics, their parts and bases are missing where they are 0."""
    return {
        name: None if name.partition("__")[0] in metrics and value == 0 else value
        for name, value in row.items()
    }


def _gone(services: Services, asked: Filter, scope: Scope, period: Period | None = None) -> tuple[str, ...]:
    """The members of a filter that the data does not have, neither of late nor in a period. Every day has its
    hours, and the platforms with spend are no member by name."""
    if DIMENSIONS.get(asked.dimension).kind == "hour":
        return ()
    known = _met(services, asked.dimension, scope, asked, period=period)
    if known is None:
        return ()
    return tuple(name for name in asked.values if name not in known and name != WITH_SPEND)


def _met(
    services: Services, dimension: str, scope: Scope, *filters: Filter, period: Period | None = None
) -> set[str] | None:
    """The values that occur in the last years, and since the start of a period that began before them; None
    while there is no data, or where no witness may tell within the scope."""
    today = services.clock.today(services.settings.time_zone)
    first = today - LOOK_BACK
    days = Period(min(first, period.start) if period else first, today)
    found: set[str] | None = None
    for metric in WITNESSES:
        if dimension not in catalogue.dimensions(metric):
            continue
        asked = MetricQuery((metric,), days, filters=filters, scope=scope)
        try:
            found = (found or set()) | set(services.query.members(dimension, asked))
        except AccessDenied:  # another metric may know the dimension within the scope
            continue
        except DataUnavailable:
            return None
    return found
