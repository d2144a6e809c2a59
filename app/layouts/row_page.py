"""The question of `/rows`: which metric's rows, in which days, with which filters."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.accounts.viewer import Viewer
from app.data.metrics.base import METRICS, Metric
from app.data.query.spec import RowQuery, Sort
from app.data.query.validate import validated_rows
from app.errors import InputError
from app.figures.paid import PAID_ONLY
from app.layouts import filters, question
from app.layouts.filters import FilterState
from app.services import Services
from app.text import t

OWN = ("metric", "part", "sort", "from", PAID_ONLY)


@dataclass(frozen=True)
class AskedRows:
    """The rows behind one metric, as the address names them."""

    metric: Metric
    state: FilterState
    query: RowQuery


def read(search: str, services: Services, viewer: Viewer) -> AskedRows:
    """The question of an address, within the reader's scope.

    Raises: InputError without a metric, or with an unknown one or an unknown part of it.
    """
    today = services.clock.today(services.settings.time_zone)
    state = filters.parse(search, today, own=OWN)
    own = dict(state.own)
    if "metric" not in own:
        raise InputError(t("export.missing_metric"), hint=t("export.missing_metric_hint"))
    metric = METRICS.get(own["metric"])
    column = own.get("sort", "")
    sort = (Sort(column.lstrip("-"), column.startswith("-")),) if column else ()
    where, part = question.conditions(state), own.get("part", "")
    query = RowQuery(metric.id, state.period(today), where, viewer.scope, sort=sort, part=part)
    return AskedRows(metric, state, validated_rows(query, today))


def block(asked: AskedRows, start: int, size: int) -> RowQuery:
    """Some rows of the answer, for a screen."""
    return replace(asked.query, offset=start, limit=size)
