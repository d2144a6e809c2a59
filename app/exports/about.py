"""What a file says of itself: range, filters, scope, versions, when and for whom it was written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.data.metrics.base import DIMENSIONS, METRICS
from app.data.query.spec import PAID, Filter, RowQuery
from app.exports.request import ExportRequest, Facts
from app.text import t


def filters_text(filters: Sequence[Filter]) -> str:
    """Channel is Paid search; Device is not mobile; paid media only. Members are named as in the file."""
    return "; ".join(t("rows.paid") if entry == PAID else _filter_text(entry) for entry in filters)


def _filter_text(entry: Filter) -> str:
    return t(
        "export.is_not" if entry.negate else "export.is",
        dimension=DIMENSIONS.get(entry.dimension).title,
        values=", ".join(entry.values),
    )


def described(heads: Sequence[str]) -> list[tuple[str, str, str, str]]:
    """Id, name, unit and definition of each column that is a metric, its earlier value or a dimension."""
    found = []
    for head in heads:
        name = head.removesuffix("_base")
        if name in METRICS:
            metric = METRICS.get(name)
            title = metric.title if head == name else t("export.columns_base", title=metric.title)
            found.append((head, title, t(f"glossary.unit_{metric.unit}"), metric.definition))
        elif name in DIMENSIONS:
            dimension = DIMENSIONS.get(name)
            found.append((head, dimension.title, "", dimension.definition))
    return found


def grouping(request: ExportRequest) -> str:
    """Whether an export holds rows as they were read, one number, or groups, and of what."""
    query = request.query
    if isinstance(query, RowQuery):
        return t("export.single_rows")
    grain = [t(f"export.grain_{query.grain}")] if query.grain else []
    names = [*grain, *(DIMENSIONS.get(name).title for name in query.dimensions)]
    return t("export.grouped", names=", ".join(names)) if names else t("export.ungrouped")


def narrowed(request: ExportRequest) -> str:
    """What keeps rows out of an export: its filters, then its conditions."""
    told = [filters_text(request.query.filters), *(str(condition) for condition in request.conditions)]
    return "; ".join(part for part in told if part)


def about(
    request: ExportRequest, facts: Facts, currency: str, written: datetime, reader: str
) -> list[tuple[str, str]]:
    """Name and text of each line of the sheet "About"."""
    query = request.query
    return [
        (t("export.about_range"), f"{query.period.start.isoformat()} – {query.period.end.isoformat()}"),
        (t("export.about_filters"), narrowed(request) or t("export.everything")),
        (t("export.about_scope"), filters_text(query.scope.filters) or t("export.everything")),
        (t("export.about_currency"), currency),
        (t("export.about_version"), facts.data_version),
        (t("export.about_as_of"), str(facts.as_of) if facts.as_of is not None else t("export.newest")),
        (t("export.about_written"), written.isoformat(timespec="seconds")),
        (t("export.about_by"), reader),
    ]
