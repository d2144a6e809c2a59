"""Which traffic an answer is of: what was paid for, what was not, or both in one number."""

from __future__ import annotations

from app.data.metrics.dimensions import PAID_BY
from app.data.query.spec import MetricQuery


def mixes(query: MetricQuery) -> bool:
    """Whether an answer has paid media and all else in one number: nothing that is asked tells them apart."""
    pinned = {
        entry.dimension
        for entry in (*query.filters, *query.scope.filters)
        if len(entry.values) == 1 and not entry.negate
    }
    return not {*query.dimensions, *pinned} & set(PAID_BY)
