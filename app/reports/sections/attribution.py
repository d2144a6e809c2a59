"""Who is credited with what was won: conversions and revenue by channel and campaign."""

from __future__ import annotations

from app.data.query.frame import Row, Scalar, cell
from app.data.query.spec import MetricQuery
from app.reports.context import Frames, ReportContext
from app.reports.document import Column, Part, Table
from app.reports.section import SECTIONS, Section, has_numbers
from app.text import t

MEASURES = ("conversions", "attributed_revenue")


class Attribution(Section):
    id = "attribution"
    printed = False

    def queries(self, context: ReportContext) -> tuple[MetricQuery, ...]:
        return (_rows(context), _total(context))

    def compose(self, frames: Frames, context: ReportContext) -> Part:
        rows = [row for row in frames[_rows(context)].rows if any(cell(row, name) for name in MEASURES)]
        if not has_numbers(frames, (_rows(context),)) or not rows:
            return Part(has_data=False)
        total = frames[_total(context)].rows[0]
        table = Table(
            self.id,
            t("reports.attribution_table"),
            t("reports.attribution_note", days=context.lookback_days),
            _columns(),
            tuple((_name(row), *_cells(row)) for row in rows),
            total=(t("reports.total"), *_cells(total)),
        )
        return Part((table,))


def _rows(context: ReportContext) -> MetricQuery:
    by = ("channel", "campaign")
    return context.ask(*MEASURES, by=by, sort="attributed_revenue", compare="none")


def _total(context: ReportContext) -> MetricQuery:
    return context.ask(*MEASURES, compare="none")


def _columns() -> tuple[Column, ...]:
    return (
        Column("channel_and_campaign", t("reports.column_channel_campaign")),
        Column("conversions", t("reports.column_conversions"), "count", "attributed"),
        Column("attributed_revenue", t("reports.column_attributed_revenue"), "money", "attributed"),
    )


def _name(row: Row) -> str:
    return f"{row['channel']} / {row['campaign']}"


def _cells(row: Row) -> tuple[Scalar, ...]:
    return tuple(cell(row, name) for name in MEASURES)


SECTIONS.add(Attribution())
