"""Why a number is missing or incomplete, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from app.data.metrics import catalogue
from app.data.metrics.base import METRICS
from app.data.query.execute import Answer
from app.data.query.route import route
from app.data.query.shape import Shape, shape
from app.data.query.spec import PAID, MetricQuery
from app.data.query.traffic import mixes
from app.data.warehouse.facts import FACTS
from app.periods import bucket_start, buckets, met
from app.text import t


def notes(
    query: MetricQuery,
    answer: Answer,
    facts: tuple[str, ...],
    *,
    begun: int | None = None,
    settled: Mapping[str, date],
    hours: Mapping[str, date],
) -> Mapping[str, str]:
    """Metric -> what has to be said beside it; metrics without a word are left out.

    `begun`: the load with which the history of derived facts begins, when an earlier one is asked; `settled`:
    metric -> the newest day whose cohorts are old enough to be compared; `hours`: fact by the hour -> the
    first day that it has whole.
    """
    asked = shape(query)
    said = {
        metric: [
            *_of_metric(metric, asked, answer, facts, begun),
            *_of_cohort(metric, query, settled),
            *_of_all_channels(metric, query),
            *_of_hours(metric, query, asked, hours),
        ]
        for metric in query.metrics
    }
    for metric, texts in said.items():
        if not _nothing(metric, answer):
            texts += _of_buckets(query)
        elif not texts:
            texts.append(_of_nothing(query))
    return {metric: " ".join(texts) for metric, texts in said.items() if texts}


def _of_nothing(query: MetricQuery) -> str:
    if _filtered(query):
        return t("query.note_nothing")
    return t("query.note_empty") if query.as_of is None else t("query.note_not_yet", load=query.as_of)


def _filtered(query: MetricQuery) -> bool:
    """Whether somebody filters by a value that may be mistyped."""
    return any(entry != PAID for entry in query.filters)


def _nothing(metric: str, answer: Answer) -> bool:
    """Whether no row counted in any part of a metric; a page behind the last row does not tell."""
    if answer.total and not answer.rows:
        return False
    named = (metric, f"{metric}__n", f"{metric}__d")
    return all(row.get(name) is None for row in answer.rows for name in named)


def _of_cohort(metric: str, query: MetricQuery, settled: Mapping[str, date]) -> Iterator[str]:
    if metric in settled and query.period.end > settled[metric]:
        yield t("query.note_young", days=METRICS.get(metric).matures)


def _of_all_channels(metric: str, query: MetricQuery) -> Iterator[str]:
    if METRICS.get(metric).against_spend and mixes(query):
        yield t("query.note_all_channels")


def _of_buckets(query: MetricQuery) -> Iterator[str]:
    """Which buckets are set beside none, because theirs would hold other days."""
    before = query.base_period
    if query.grain in (None, "day") or before is None:
        return
    fair = {one for one, _ in met(query.period, before, query.grain)}
    alone = [one for one in buckets(query.period, query.grain) if one not in fair]
    if named := ", ".join(f"{bucket_start(one.start, query.grain)}" for one in alone):
        yield t("query.note_buckets", days=named)


def _of_hours(metric: str, query: MetricQuery, shape: Shape, hours: Mapping[str, date]) -> Iterator[str]:
    """From which day on there are hours, where the days asked or compared with begin before."""
    before = query.base_period
    start = min(query.period.start, before.start if before else query.period.start)
    own = set(catalogue.measures(metric))
    read = [one.source.facts for one in route(shape).readings if own & set(one.measures)]
    known = [hours[fact.id] for group in read for fact in group if fact.id in hours]
    if known and start < max(known):
        yield t("query.note_hours", day=max(known))


def _of_metric(
    metric: str, shape: Shape, answer: Answer, facts: tuple[str, ...], begun: int | None
) -> Iterator[str]:
    measures = catalogue.measures(metric)
    missing = any(row.get(metric) is None for row in answer.rows) or not answer.total
    if (
        {m for m in measures if m in route(shape).withheld}
        or missing
        and any(not m.additive_across_platforms for m in measures)
        and "platform" not in shape.asked
    ):
        yield t("query.note_claims")
    if missing and any(m.kind == "window" for m in measures):
        yield t("query.note_window")
    rows = sum(answer.gaps.get(m.id, 0) for m in measures)
    if rows:
        yield t("query.note_gap", rows=rows)
    if shape.as_of:
        read = {fact.id for fact in catalogue.facts(metric)} & set(facts)
        unkept = sorted(fact for fact in read if not FACTS[fact].history)
        if unkept:
            yield t("query.note_history", facts=", ".join(unkept))
        late = sorted(fact for fact in read if FACTS[fact].mode == "derived")
        if late and begun:
            yield t("query.note_begun", facts=", ".join(late), load=begun)
