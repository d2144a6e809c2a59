"""Refusing what cannot be answered truly, before anything is compiled: with the reason and the way out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import get_args

from app.data.metrics import catalogue
from app.data.metrics.base import DIMENSIONS, METRICS
from app.data.metrics.parts import parts
from app.data.query import rest
from app.data.query.beyond import refusal
from app.data.query.route import choose
from app.data.query.spec import Filter, MetricQuery, RowQuery, Scope
from app.errors import InputError, unknown
from app.periods import Comparison, Grain, Period
from app.text import t

EARLIEST = date(2000, 1, 1)
MOST_ROWS = 100_000  # of one answer; exports are read batch by batch and have no such bound
MOST_BUCKETS = 4_000  # eleven years of days
LARGEST = 2**53  # a whole number that every client of JSON can hold
SHORTEST: dict[Grain, int] = {"day": 1, "week": 7, "month": 28, "quarter": 90, "year": 365}


def validated(query: MetricQuery, today: date) -> MetricQuery:
    """The question in its one form: doubles removed, `date` among the dimensions turned into a grain.

    Raises: InputError for unknown names, days that cannot be asked, more buckets than an answer may have
    or dimensions that a metric lacks; AccessDenied when the scope names a dimension that a metric lacks, or
    has in no table together with what is asked.
    """
    query = _normal(query)
    if not query.metrics:
        raise InputError(t("query.no_metric"), hint=t("query.no_metric_hint"))
    _known_choices(query)
    check_period(query.period, today)
    if query.against is not None:
        check_period(query.against, today)
    _check_buckets(query)
    check_reach(query.metrics, query.dimensions, query.filters, query.scope)
    _check_order(query)
    rest.check(query)
    return query


def validated_rows(query: RowQuery, today: date) -> RowQuery:
    """The same for rows, with the name of their part. Raises: InputError, AccessDenied."""
    check_period(query.period, today)
    check_reach((query.metric,), (), query.filters, query.scope)
    _check_window(query.limit, query.offset)
    known = [part.id for part in parts(query.metric)]
    if query.part and query.part not in known:
        raise unknown("part", query.part, known)
    return replace(query, part=query.part or known[0])


def check_period(period: Period, today: date) -> None:
    """The days that any edge may ask for.

    Raises: InputError when a range ends before it starts, or lies where nothing can have been measured.
    """
    latest = date(today.year + 1, 12, 31)  # plans and budgets reach into the next year
    if period.end < period.start:
        raise InputError(
            t("query.inverted", start=period.start, end=period.end), hint=t("query.inverted_hint")
        )
    if period.start > today:
        raise InputError(t("query.future", start=period.start), hint=t("query.future_hint", today=today))
    if period.start < EARLIEST:
        raise InputError(t("query.early", start=period.start), hint=t("query.early_hint", earliest=EARLIEST))
    if period.end > latest:
        raise InputError(t("query.late", end=period.end), hint=t("query.late_hint", latest=latest))


def check_size(rows: int) -> None:
    """Raises: InputError for an answer of more rows than one may hold."""
    if rows > MOST_ROWS:
        raise InputError(t("query.rows", most=f"{MOST_ROWS:,}"), hint=t("query.rows_hint"))


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
    for subject in {measure.subject for measure in catalogue.measures(metric_id)}:
        choose(subject, asked)
    if (beyond := refusal(metric_id, asked, scope)) is not None:
        raise beyond


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


def _check_buckets(query: MetricQuery) -> None:
    if query.grain is None:
        return
    count = query.period.days // SHORTEST[query.grain]
    if count > MOST_BUCKETS:
        raise InputError(
            t("query.buckets", count=f"{count:,}", grain=query.grain, most=f"{MOST_BUCKETS:,}"),
            hint=t("query.buckets_hint"),
        )


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
    if offset > LARGEST or (limit is not None and limit > MOST_ROWS):
        raise InputError(t("query.large"), hint=t("query.large_hint", most=f"{MOST_ROWS:,}"))
