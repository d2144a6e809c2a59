"""Landing pages: which content brought visits that went on. What no source tells is said, not guessed."""

from __future__ import annotations

from app.data.query.frame import Row, cell
from app.data.query.spec import MetricQuery
from app.reports.context import Frames, ReportContext
from app.reports.document import Column, Part, Table, Text
from app.reports.section import SECTIONS, Section, change, has_numbers, low, tones
from app.text import t

MEASURES = ("sessions", "bounce_rate", "session_conversion_rate")
MOST, BRIEF = 100, 10


class ContentReview(Section):
    id = "content_review"

    def queries(self, context: ReportContext) -> tuple[MetricQuery, ...]:
        return (self._pages(context),)

    def compose(self, frames: Frames, context: ReportContext) -> Part:
        query = self._pages(context)
        if not has_numbers(frames, (query,)):
            return Part(has_data=False)
        rows = [row for row in frames[query].rows if row.get("sessions")]
        table = Table(
            self.id,
            t("reports.content_table"),
            t("reports.content_note", count=len(rows)),
            _columns(),
            tuple(_line(row, context) for row in rows),
            tones=tuple(tones(row, "sessions", 2, 5, context) for row in rows),
            low=tuple(
                (None, None, None, *(low(row, name, context) for name in MEASURES[1:])) for row in rows
            ),
            brief=BRIEF,
        )
        return Part((Text(_best(rows, context)), table, Text(t("reports.content_missing"))))

    def _pages(self, context: ReportContext) -> MetricQuery:
        return context.ask(*MEASURES, by=("landing_page",), sort="sessions", limit=MOST)


def _columns() -> tuple[Column, ...]:
    return (
        Column("landing_page", t("reports.column_page")),
        Column("sessions", t("reports.column_sessions"), "count"),
        Column("sessions_change", t("reports.column_change"), "count", "calculated", is_change=True),
        Column("bounce_rate", t("reports.column_bounce_rate"), "ratio", "calculated"),
        Column("session_conversion_rate", t("reports.column_conversion_rate"), "ratio", "calculated"),
    )


def _line(row: Row, context: ReportContext) -> tuple[str | float | None, ...]:
    return (
        str(row["landing_page"]),
        cell(row, "sessions"),
        change(row, "sessions", context),
        cell(row, "bounce_rate"),
        cell(row, "session_conversion_rate"),
    )


def _best(rows: list[Row], context: ReportContext) -> str:
    """The page that converted best among those with enough visits to tell."""
    enough = [
        row
        for row in rows
        if (cell(row, "sessions") or 0) >= 10 * context.low_volume and row["landing_page"] != "(not set)"
    ]
    if not enough:
        return t("reports.content_few", least=10 * context.low_volume)
    best = max(enough, key=lambda row: cell(row, "session_conversion_rate") or 0.0)
    return t(
        "reports.content_best",
        page=best["landing_page"],
        rate=context.units.short(cell(best, "session_conversion_rate"), "ratio"),
        sessions=context.units.full(cell(best, "sessions"), "count"),
    )


SECTIONS.add(ContentReview())
