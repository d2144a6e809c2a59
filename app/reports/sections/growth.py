"""How the company grows: recurring revenue and customers over the last twelve whole months."""

from __future__ import annotations

from datetime import date

from app.data.query.frame import cell
from app.data.query.spec import MetricQuery
from app.figures.bars import lines
from app.periods import DAY, Period, bucket_end, bucket_start, shift_months
from app.reports.context import Frames, ReportContext
from app.reports.document import Block, Chart, Part, Text
from app.reports.section import SECTIONS, Section, has_numbers, key
from app.text import t

MONTHS = 12
LEVELS = ("mrr", "customers")
MOVED = ("new_customers", "churned_customers")
CHARTS = {"mrr": "revenue_trend", "customers": "customer_growth"}


class Growth(Section):
    id = "growth"

    def queries(self, context: ReportContext) -> tuple[MetricQuery, ...]:
        return (_now(context), _months(context))

    def compose(self, frames: Frames, context: ReportContext) -> Part:
        if not has_numbers(frames, self.queries(context)):
            return Part(has_data=False)
        row, units = frames[_now(context)].rows[0], context.units
        moved = {name: units.full(cell(row, name), "count") for name in MOVED}
        keys = (
            key(row, "mrr", context),
            key(row, "customers", context, t("reports.customers_moved", **moved)),
        )
        blocks: list[Block] = []
        if spared := context.unaffected(LEVELS):
            named = ", ".join(t(f"filters.dimension_{name}").lower() for name in spared)
            blocks.append(Text(t("reports.not_narrowed", dimensions=named)))
        blocks += [found for metric in LEVELS if (found := _chart(metric, frames, context))]
        return Part(tuple(blocks), keys)


def _now(context: ReportContext) -> MetricQuery:
    return context.ask(*LEVELS, *MOVED)


def _months(context: ReportContext) -> MetricQuery:
    """The levels at the end of each of the last whole months."""
    last = bucket_end(context.period.end, "month")
    end = last if last <= context.period.end else bucket_start(context.period.end, "month") - DAY
    start = shift_months(bucket_start(end, "month"), 1 - MONTHS)
    return context.ask(*LEVELS, grain="month", period=Period(start, end), compare="none")


def _chart(metric: str, frames: Frames, context: ReportContext) -> Chart | None:
    found, units, rows = context.metric(metric), context.units, frames[_months(context)].rows
    names = [units.month(day) for row in rows if isinstance(day := row["date"], date)]
    values = [cell(row, metric) for row in rows]
    if len([value for value in values if value is not None]) < 2:
        return None
    words = "; ".join(
        f"{name}: {units.short(value, found.unit)}" for name, value in zip(names, values, strict=True)
    )
    name = CHARTS[metric]
    note = t(f"reports.{name}_note", currency=units.currency)
    return Chart(t(f"reports.{name}"), note, lines(names, values, units, found.unit), words)


SECTIONS.add(Growth())
