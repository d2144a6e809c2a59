"""Whether the values of a row scope occur in the data: a mistyped region would hide everything in silence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from app.data.query.spec import EVERYTHING, MetricQuery, Scope
from app.errors import AccessDenied, DataUnavailable, unknown
from app.periods import Period
from app.services import Services

WITNESSES = ("sessions", "spend", "leads", "mrr")  # between them they know every dimension of a scope
LOOK_BACK = timedelta(days=3 * 365)


def require_known(services: Services, scope: Mapping[str, Iterable[str]]) -> None:
    """Raises: InputError for a value that the data does not have; before the first load anything goes."""
    for dimension, values in scope.items():
        known = members(services, dimension)
        for value in values:
            if known and value not in known:
                raise unknown(dimension, value, sorted(known))


def unknown_member(
    services: Services, where: Iterable[tuple[str, Iterable[str]]], scope: Scope
) -> tuple[str, str] | None:
    """The first member among some filters that the data does not have, with its dimension, as far as a scope
    lets it be known."""
    for dimension, wanted in where:
        known = members(services, dimension, scope)
        missing = [member for member in wanted if known and member not in known]
        if missing:
            return dimension, missing[0]
    return None


def members(services: Services, dimension: str, scope: Scope = EVERYTHING) -> set[str]:
    """The values that a dimension takes in the last years, within a scope; empty while there is no data."""
    today = services.clock.today(services.settings.time_zone)
    period = Period(today - LOOK_BACK, today)
    found: set[str] = set()
    for metric in WITNESSES:
        if dimension not in services.query.dimensions(metric):
            continue
        try:
            found.update(services.query.members(dimension, MetricQuery((metric,), period, scope=scope)))
        except AccessDenied:  # another metric may know the dimension within the scope
            continue
        except DataUnavailable:
            return set()
    return found
