"""Refusing what cannot be answered truly, before anything is compiled: with the reason and the way out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import get_args

from app.data.metrics import catalogue
from app.data.metrics.base import DIMENSIONS, METRICS
from app.data.metrics.parts import parts
from app.data.query.route import choose
from app.data.query.spec import Filter, MetricQuery, RowQuery, Scope
from app.errors import AccessDenied, InputError, unknown
from app.periods import Comparison, Grain, Period
from app.text import t


def validated(query: MetricQuery) -> MetricQuery:
    """The question in its one form: doubles removed, `date` among the dimensions turned into a grain.

    Raises: InputError for unknown names, an inverted range or dimensions that a metric lacks;
    AccessDenied when the scope names a dimension that a metric lacks.
    """
    query = _normal(query)
    if not query.metrics:
        raise InputError(t("query.no_metric"), hint=t("query.no_metric_hint"))
    _known_choices(query)
    check_period(query.period)
    check_reach(query.metrics, query.dimensions, query.filters, query.scope)
    _check_order(query)
    return query


def validated_rows(query: RowQuery) -> RowQuery:
    """The same for rows, with the name of their part. Raises: InputError, AccessDenied."""
    check_period(query.period)
    check_reach((query.metric,), (), query.filters, query.scope)
    _check_window(query.limit, query.offset)
    known = [part.id for part in parts(query.metric)]
    if query.part and query.part not in known:
        raise unknown("part", query.part, known)
    return replace(query, part=query.part or known[0])


def check_period(period: Period) -> None:
    """Raises: InputError when a range ends before it starts."""
    if period.end < period.start:
        raise InputError(
            t("query.inverted", start=period.start, end=period.end), hint=t("query.inverted_hint")
        )


def check_reach(
    metrics: Iterable[str], dimensions: Iterable[str], filters: tuple[Filter, ...], scope: Scope
) -> None:
    """Every metric must reach what is grouped, filtered and scoped by.

    Raises: InputError, AccessDenied.
    """
    asked = tuple(dict.fromkeys((*dimensions, *(f.dimension for f in filters))))
    for name in asked:
        DIMENSIONS.get(name)
    if any(f.dimension == "date" for f in filters):
        raise InputError(t("query.date_filter"), hint=t("query.date_filter_hint"))
    for metric_id in metrics:
        _check_metric(metric_id, asked, scope)


def _check_metric(metric_id: str, asked: tuple[str, ...], scope: Scope) -> None:
    metric, reached = METRICS.get(metric_id), catalogue.dimensions(metric_id)
    for name in asked:
        if name not in reached:
            raise InputError(
                t("query.lacks", metric=metric.title, dimension=DIMENSIONS.get(name).title.lower()),
                hint=t("query.lacks_hint", known=", ".join(reached)),
            )
    subjects = {measure.subject for measure in catalogue.measures(metric_id)}
    for subject in subjects:
        choose(subject, asked)
    for limit in scope.filters:
        if limit.dimension not in reached or not _reachable(subjects, (*asked, limit.dimension)):
            raise AccessDenied(
                t("query.not_in_scope", metric=metric.title),
                hint=t("query.not_in_scope_hint", dimension=limit.dimension),
            )
    if not _reachable(subjects, (*asked, *(limit.dimension for limit in scope.filters))):
        limits = ", ".join(limit.dimension for limit in scope.filters)
        raise AccessDenied(
            t("query.not_in_scope", metric=metric.title),
            hint=t("query.not_in_scope_hint", dimension=limits),
        )


def _reachable(subjects: Iterable[str], names: tuple[str, ...]) -> bool:
    try:
        for subject in subjects:
            choose(subject, names)
    except InputError:
        return False
    return True


def _normal(query: MetricQuery) -> MetricQuery:
    dimensions = tuple(dict.fromkeys(query.dimensions))
    grain = query.grain or ("day" if "date" in dimensions else None)
    return replace(
        query,
        metrics=tuple(dict.fromkeys(query.metrics)),
        dimensions=tuple(name for name in dimensions if name != "date"),
        grain=grain,
    )


def _known_choices(query: MetricQuery) -> None:
    if query.grain is not None and query.grain not in get_args(Grain):
        raise InputError(t("query.grain", grain=query.grain), hint=t("query.grain_hint"))
    if query.compare not in get_args(Comparison):
        raise InputError(t("query.compare", compare=query.compare), hint=t("query.compare_hint"))


def columns(query: MetricQuery) -> tuple[str, ...]:
    """The columns that a person may sort by and export: keys, then metrics, then their bases."""
    keys = (("date",) if query.grain else ()) + query.dimensions
    bases = tuple(f"{metric}__base" for metric in query.metrics) if query.compare != "none" else ()
    return (*keys, *query.metrics, *bases)


def _check_order(query: MetricQuery) -> None:
    known = columns(query)
    for sort in query.sort:
        if sort.column not in known:
            raise InputError(
                t("query.sort", column=sort.column), hint=t("query.sort_hint", known=", ".join(known))
            )
    _check_window(query.limit, query.offset)


def _check_window(limit: int | None, offset: int) -> None:
    if offset < 0 or (limit is not None and limit < 0):
        raise InputError(t("query.window"), hint=t("query.window_hint"))
