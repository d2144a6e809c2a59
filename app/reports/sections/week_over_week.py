"""Week over week: the key figures beside those of the week before, and spend over the last weeks."""

from __future__ import annotations

from app.data.query.frame import Row, cell
from app.data.query.spec import MetricQuery
from app.figures import paid
from app.figures.bars import bars
from app.figures.volume import with_cases
from app.periods import DAY, Period, bucket_end, bucket_start
from app.reports.context import Frames, ReportContext
from app.reports.document import Block, Chart, Column, Finding, Part, Table
from app.reports.section import SECTIONS, Section, change, finding, has_numbers, key, low, title, tones
from app.text import t

KEYS = ("leads", "cost_per_lead", "customers_won", "roas")
SHOWN = (
    "sessions",
    "session_conversion_rate",
    "leads",
    "cost_per_lead",
    "opportunities",
    "customers_won",
    "spend",
    "roas",
    "attributed_revenue",
)
WEEKS = 7
# Of how many cases a figure speaks: fewer than the low-volume limit in both weeks are no news.
EVIDENCE = {
    "session_conversion_rate": "sessions",
    "cost_per_lead": "leads",
    "roas": "customers_won",
    "attributed_revenue": "customers_won",
    "spend": "sessions",
}


class WeekOverWeek(Section):
    id = "week_over_week"

    def queries(self, context: ReportContext) -> tuple[MetricQuery, ...]:
        return (*(_asked(metric, context) for metric in SHOWN), _weeks(context))

    def compose(self, frames: Frames, context: ReportContext) -> Part:
        asked = tuple(_asked(metric, context) for metric in SHOWN)
        if not has_numbers(frames, asked):
            return Part(has_data=False)
        rows = {metric: frames[query].rows[0] for metric, query in zip(SHOWN, asked, strict=True)}
        findings = tuple(found for metric in SHOWN if (found := _finding(rows, metric, context)))
        blocks: list[Block] = [_table(rows, context)]
        if chart := _chart(frames, context):
            blocks.append(chart)
        notes = {
            "roas": t("reports.roas_note", days=context.lookback_days),
            "cost_per_lead": t("reports.cost_per_lead_note"),
        }
        keys = tuple(key(rows[metric], metric, context, notes.get(metric, "")) for metric in KEYS)
        return Part(tuple(blocks), keys, findings)


def _asked(metric: str, context: ReportContext) -> MetricQuery:
    """A figure of these days; what ads cost is set against what paid media brought."""
    return with_cases(paid.whole(context.ask(metric)))


def _finding(rows: dict[str, Row], metric: str, context: ReportContext) -> Finding | None:
    """A change of few cases is chance, not news."""
    cases = EVIDENCE.get(metric, metric)
    row = rows[cases]
    most = max(cell(row, cases) or 0.0, cell(row, f"{cases}__base") or 0.0)
    return finding(rows[metric], metric, context) if most >= context.low_volume else None


def _table(rows: dict[str, Row], context: ReportContext) -> Table:
    units, base = context.units, context.base_period
    columns = (
        Column("metric", t("reports.column_metric")),
        Column("value", units.days(context.period, year=False), "count"),
        Column("before", units.days(base, year=False), "count", range=units.days(base)),
        Column("change", t("reports.column_change"), "count", "calculated", is_change=True),
    )
    lines = tuple(
        (
            title(metric, context),
            cell(row, metric),
            cell(row, f"{metric}__base"),
            change(row, metric, context),
        )
        for metric, row in rows.items()
    )
    shades = tuple(tones(row, metric, 3, 4, context) for metric, row in rows.items())
    return Table(
        "week_over_week",
        t("reports.week_table"),
        t("reports.week_note", least=context.low_volume),
        columns,
        lines,
        tones=shades,
        low=tuple((None, low(row, metric, context), None, None) for metric, row in rows.items()),
        metrics=tuple(rows),
    )


def _weeks(context: ReportContext) -> MetricQuery:
    """Spend of the last whole weeks, the reported one last."""
    last = bucket_end(context.period.end, "week")
    end = last if last <= context.period.end else bucket_start(context.period.end, "week") - DAY
    return context.ask("spend", grain="week", period=Period(end - (7 * WEEKS - 1) * DAY, end), compare="none")


def _chart(frames: Frames, context: ReportContext) -> Chart | None:
    query = _weeks(context)
    if not has_numbers(frames, (query,)):
        return None
    units, rows = context.units, frames[query].rows
    days = [row["date"] for row in rows]
    names = [units.days(Period(day, day + 6 * DAY), year=False) for day in days]  # type: ignore[arg-type, operator]
    values = [cell(row, "spend") for row in rows]
    words = "; ".join(
        f"{name}: {units.short(value, 'money')}" for name, value in zip(names, values, strict=True)
    )
    return Chart(
        t("reports.spend_by_week"),
        t("reports.spend_by_week_note", currency=units.currency, zone=context.zone),
        bars(names, values, units, "money"),
        words,
    )


SECTIONS.add(WeekOverWeek())
