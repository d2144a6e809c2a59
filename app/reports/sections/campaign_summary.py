"""Campaigns of paid media by what they cost, and what they brought."""

from __future__ import annotations

from app.data.query.frame import Row, cell
from app.data.query.spec import MetricQuery
from app.figures import deltas, paid
from app.reports.context import Frames, ReportContext
from app.reports.document import Column, Finding, Part, Table, Text
from app.reports.section import SECTIONS, Section, change, changed, has_numbers, low, tones
from app.text import t
from app.units import MISSING

BRIEF = 10
WORTH_TELLING = 0.1  # of what all cost before: a smaller move is the daily work of bidding
WEIGHT = 0.25  # money spent is no result: beside a result that changed by as much it comes later


class CampaignSummary(Section):
    id = "campaign_summary"

    def queries(self, context: ReportContext) -> tuple[MetricQuery, ...]:
        return (paid.campaigns(context.ask), paid.all_campaigns(context.ask), _unconnected(context))

    def compose(self, frames: Frames, context: ReportContext) -> Part:
        asked = paid.campaigns(context.ask)
        total = frames[paid.all_campaigns(context.ask)].rows
        rows = [row for row in frames[asked].rows if paid.takes_part(row)]
        if not has_numbers(frames, (asked,)) or not rows or not rows[0].get("spend"):
            return Part(has_data=False)
        table = _table(rows, total[0], paid.left_out(frames[_unconnected(context)].rows), context)
        return Part((Text(_summary(rows, total[0], context)), table), findings=_findings(rows, context))


def _unconnected(context: ReportContext) -> MetricQuery:
    return paid.unconnected(paid.all_campaigns(context.ask))


def _table(rows: list[Row], total: Row, left_out: str, context: ReportContext) -> Table:
    """All campaigns; the summary shows the dearest and one line for the rest of the whole. `left_out`: the
    platforms that are not in it."""
    hidden, rest = len(rows) - BRIEF, paid.rest(total, rows[:BRIEF])
    lines = (*rows, total, rest) if hidden > 0 else (*rows, total)
    note = t("reports.campaign_note", days=context.lookback_days, least=context.low_volume)
    return Table(
        CampaignSummary.id,
        t("reports.campaign_table"),
        t("reports.campaign_note_left_out", note=note, left_out=left_out) if left_out else note,
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
        Column("conversions", t("reports.column_conversions"), "count", "attributed"),
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
    share = deltas.part(cell(first, "spend"), all_spend)
    return t(
        "reports.campaign_summary",
        campaign=first["campaign"],
        spend=context.units.short(cell(first, "spend"), "money"),
        share=MISSING if share is None else context.units.percent(share),
        total=context.units.short(all_spend, "money"),
    )


def _findings(rows: list[Row], context: ReportContext) -> tuple[Finding, ...]:
    """The campaign whose spend moved most of all, if it moved by a part of what all cost that counts; a
    campaign whose spend is not known on both sides moved nobody knows how far."""
    moved = [
        (found.change, row) for row in rows if (found := changed(row, "spend", context)).verdict != "unknown"
    ]
    if not moved:
        return ()
    change, row = max(moved, key=lambda entry: abs(entry[0]))
    whole = sum(cell(other, "spend__base") or 0.0 for _, other in moved)
    part = deltas.part(abs(change), whole)
    if part is None or part < WORTH_TELLING:
        return ()
    words = {
        "campaign": row["campaign"],
        "value": context.units.short(cell(row, "spend"), "money"),
        "base": context.units.short(cell(row, "spend__base"), "money"),
    }
    verb = "more" if change > 0 else "less"
    headline = t(f"reports.campaign_{verb}", **words)
    detail = t(
        "reports.campaign_brought",
        conversions=context.units.short(cell(row, "conversions"), "count"),
        before=context.units.short(cell(row, "conversions__base"), "count"),
    )
    return (Finding(headline, detail, headline.rstrip("."), "neutral", part * WEIGHT),)


SECTIONS.add(CampaignSummary())
