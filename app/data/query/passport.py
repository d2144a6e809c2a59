"""The number passport: everything that a number is made of, so that anybody can make it again."""

from __future__ import annotations

from dataclasses import replace

from app.data.metrics.base import METRICS, Metric
from app.data.metrics.parts import parts
from app.data.query.compile import compiled
from app.data.query.execute import Cursor, State
from app.data.query.frame import MetricFrame, Passport, PassportPart
from app.data.query.route import choose
from app.data.query.rows import compiled_rows
from app.data.query.shape import Parameter, Shape, parameters, shape
from app.data.query.spec import MetricQuery
from app.settings import Settings


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
        label=metric.label(settings.attribution_lookback_days),
        value=frame.value(metric_id),
        base=frame.base(metric_id),
        numerator=above,
        denominator=below,
        scale=metric.scale,
        unit=metric.unit,
        period=query.period,
        base_period=frame.base_period,
        filters=query.filters,
        scope=query.scope.filters,
        sources=frame.freshness,
        parts=_parts(metric, asked, cursor, state, values),
        data_version=frame.data_version,
        rate_version=str(state.rate_version) if state.rate_version is not None else "",
        note=frame.notes.get(metric_id, ""),
        sql=statement.sql,
    )


def _parts(
    metric: Metric, asked: Shape, cursor: Cursor, state: State, values: dict[str, Parameter]
) -> tuple[PassportPart, ...]:
    """Each part with its fact and the rows that counted."""
    found = []
    for part in parts(metric.id):
        statement = compiled_rows(replace(asked, part=part.id, sort=(), limited=False)).totals
        fact = choose(part.subject.id, asked.asked, as_of=True).facts[0].id
        rows = cursor.execute(statement.sql, statement.bind(values)).fetchone()[0]
        version = state.facts.get(fact, (0, 0))[0]
        found.append(PassportPart(part.id, part.title, part.subject.title, version, rows))
    return tuple(found)
