"""Campaigns of paid media by what they cost, and what they brought."""

from __future__ import annotations

from app.data.query.frame import Row, cell
from app.data.query.spec import MetricQuery
from app.figures import paid
from app.reports.context import Frames, ReportContext
from app.reports.document import Column, Finding, Part, Table, Text
from app.reports.section import SECTIONS, Section, change, has_numbers, low, tones
from app.text import t

BRIEF = 10


class CampaignSummary(Section):
    id = "campaign_summary"

    def queries(self, context: ReportContext) -> tuple[MetricQuery, ...]:
        return (paid.campaigns(context.ask), paid.all_campaigns(context.ask))

    def compose(self, frames: Frames, context: ReportContext) -> Part:
        asked = paid.campaigns(context.ask)
        total = frames[paid.all_campaigns(context.ask)].rows
        rows = [row for row in frames[asked].rows if any(cell(row, name) for name in paid.COUNTED)]
        if not has_numbers(frames, (asked,)) or not rows or not rows[0].get("spend"):
            return Part(has_data=False)
        table = _table(rows, total[0], context)
        return Part((Text(_summary(rows, total[0], context)), table), findings=_findings(rows, context))


def _table(rows: list[Row], total: Row, context: ReportContext) -> Table:
    """All campaigns; the summary shows the dearest and one line for the rest of the whole."""
    hidden, rest = len(rows) - BRIEF, paid.rest(total, rows[:BRIEF])
    lines = (*rows, total, rest) if hidden > 0 else (*rows, total)
    return Table(
        CampaignSummary.id,
        t("reports.campaign_table"),
        t("reports.campaign_note", days=context.lookback_days, least=context.low_volume),
        _columns(),
        tuple((str(row["campaign"]), *_cells(row, context)) for row in rows),
        total=(paid.words(rows), *_cells(total, context)),
        tones=tuple(tones(row, "spend", 2, 6, context) for row in rows),
        low=tuple(_low(row, context) for row in lines),
        brief=BRIEF,
        rest=(t("reports.rest_campaigns", count=hidden), *_cells(rest, context)) if hidden > 0 else (),
    )


def _columns() -> tuple[Column, ...]:
    return (
        Column("campaign", t("reports.column_campaign")),
        Column("spend", t("reports.column_spend"), "money"),
        Column("spend_change", t("reports.column_change"), "money", "calculated", is_change=True),
        Column("conversions", t("reports.column_conversions"), "count"),
        Column("cpa", t("reports.column_cpa"), "money", "calculated"),
        Column("roas", t("reports.column_roas"), "multiple", "calculated"),
    )


def _cells(row: Row, context: ReportContext) -> tuple[float | str | None, ...]:
    spend, conversions, cpa, roas = (cell(row, metric) for metric in paid.MEASURES)
    return (spend, change(row, "spend", context), conversions, cpa, roas)


def _low(row: Row, context: ReportContext) -> tuple[int | None, ...]:
    return (None, None, None, None, low(row, "cpa", context), low(row, "roas", context))


def _summary(rows: list[Row], total: Row, context: ReportContext) -> str:
    """How much of the spend the largest campaign took."""
    first, all_spend = rows[0], cell(total, "spend")
    spent = cell(first, "spend") or 0.0
    return t(
        "reports.campaign_summary",
        campaign=first["campaign"],
        spend=context.units.short(spent, "money"),
        share=context.units.percent(spent / all_spend) if all_spend else "–",
        total=context.units.short(all_spend, "money"),
    )


def _findings(rows: list[Row], context: ReportContext) -> tuple[Finding, ...]:
    """The campaign whose spend moved most of all, if it moved by more than a tenth of what all cost."""
    moved = [(abs((cell(row, "spend") or 0) - (cell(row, "spend__base") or 0)), row) for row in rows]
    size, row = max(moved, key=lambda entry: entry[0])
    whole = sum(cell(other, "spend__base") or 0.0 for other in rows)
    if not whole or size < 0.1 * whole:
        return ()
    words = {
        "campaign": row["campaign"],
        "value": context.units.short(cell(row, "spend"), "money"),
        "base": context.units.short(cell(row, "spend__base"), "money"),
    }
    verb = "more" if (cell(row, "spend") or 0) > (cell(row, "spend__base") or 0) else "less"
    headline = t(f"reports.campaign_{verb}", **words)
    detail = t(
        "reports.campaign_brought",
        conversions=context.units.short(cell(row, "conversions"), "count"),
        before=context.units.short(cell(row, "conversions__base"), "count"),
    )
    return (Finding(headline, detail, headline.rstrip("."), "neutral", size / whole / 4),)


SECTIONS.add(CampaignSummary())
