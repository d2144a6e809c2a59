"""The number passport: everything that a number is made of, so that anybody can make it again."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import func, select

from app.data.metrics import catalogue
from app.data.metrics.base import METRICS, Measure, Metric
from app.data.metrics.formula import words
from app.data.metrics.subjects import SUBJECTS
from app.data.query.compile import compiled, render
from app.data.query.execute import Cursor, State
from app.data.query.frame import MetricFrame, Passport
from app.data.query.route import Reading, choose
from app.data.query.rows import counted
from app.data.query.rowset import Reader
from app.data.query.shape import Parameter, Shape, parameters, shape
from app.data.query.spec import PAID, Filter, MetricQuery
from app.settings import Settings
from app.text import t


def passport(
    metric_id: str, query: MetricQuery, frame: MetricFrame, cursor: Cursor, state: State, settings: Settings
) -> Passport:
    """The passport of the one number in a frame without dimensions."""
    metric, asked = METRICS.get(metric_id), shape(query)
    above, below = frame.parts(metric_id)
    values = parameters(query, settings)
    statement = compiled(asked)
    return Passport(
        metric=metric.id,
        title=metric.title,
        definition=metric.definition,
        version=metric.version,
        since=metric.since,
        owner=metric.owner,
        label=metric.label,
        value=frame.value(metric_id),
        base=frame.base(metric_id),
        numerator=(words(metric.numerator, outer=True), above),
        denominator=(words(metric.denominator, outer=True), below) if metric.denominator else None,
        scale=metric.scale,
        unit=metric.unit,
        period=query.period,
        base_period=frame.base_period,
        filters=tuple(_written(asked) for asked in query.filters),
        scope=tuple(_written(limit) for limit in query.scope.filters),
        sources=frame.freshness,
        facts=_facts(metric, asked, cursor, state, values),
        data_version=frame.data_version,
        rate_version=str(state.rate_version) if state.rate_version is not None else "",
        note=frame.notes.get(metric_id, ""),
        sql=statement.sql,
    )


def _written(asked: Filter) -> tuple[str, str]:
    if asked == PAID:
        return asked.dimension, t("query.any_platform")
    values = ", ".join(asked.values)
    return asked.dimension, f"not {values}" if asked.negate else values


def _facts(
    metric: Metric, asked: Shape, cursor: Cursor, state: State, values: dict[str, Parameter]
) -> tuple[tuple[str, int, int], ...]:
    """Each fact with its version and the rows that counted."""
    groups: dict[tuple[str, str], list[Measure]] = {}
    for measure in catalogue.measures(metric.id):
        groups.setdefault((measure.subject, measure.kind), []).append(measure)
    counts: dict[str, int] = {}
    for (subject, _), measures in groups.items():
        source = choose(subject, asked.asked, as_of=True)
        found = Reading(SUBJECTS.get(subject), source, measures[0].kind, tuple(measures))
        rows = _count(found, asked, cursor, values)
        fact = source.facts[0].id
        counts[fact] = max(counts.get(fact, 0), rows)
    return tuple((fact, state.facts.get(fact, (0, 0))[0], rows) for fact, rows in counts.items())


def _count(found: Reading, asked: Shape, cursor: Cursor, values: dict[str, Parameter]) -> int:
    reader = Reader(as_of=asked.as_of)
    plain = replace(asked, sort=(), limited=False)
    rows = counted(found, plain, reader).subquery("counted")
    statement = render(select(func.count()).select_from(rows), reader.read)
    result: int = cursor.execute(statement.sql, statement.bind(values)).fetchone()[0]
    return result
