"""Where leads came from, what one cost, and how far they went."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from app.data.query.frame import Row, Scalar, cell
from app.data.query.spec import MetricQuery
from app.figures.bars import lines
from app.reports.context import Frames, ReportContext
from app.reports.document import Block, Chart, Column, Part, Table, Text
from app.reports.section import SECTIONS, Section, change, changed, has_numbers, low, tones
from app.text import t

MEASURES = ("leads", "opportunities", "customers_won")
Costs = Mapping[Scalar, Row]
STEPS = ("lead_to_opportunity", "opportunity_to_customer")


class LeadGeneration(Section):
    id = "lead_generation"

    def queries(self, context: ReportContext) -> tuple[MetricQuery, ...]:
        return (_by_channel(context), _totals(context), _costs(context), _days(context))

    def compose(self, frames: Frames, context: ReportContext) -> Part:
        if not has_numbers(frames, (_totals(context),)):
            return Part(has_data=False)
        total, by_channel = frames[_totals(context)].rows[0], frames[_by_channel(context)].rows
        costs = {row["channel"]: row for row in frames[_costs(context)].rows}
        there = [row for row in by_channel if row.get("leads")]
        rows = sorted(there, key=lambda row: -(cell(row, "leads") or 0))
        table = Table(
            self.id,
            t("reports.lead_table"),
            t("reports.lead_note"),
            _columns(),
            tuple(_line(row, costs, context) for row in rows),
            total=_total(total, context),
            tones=tuple(tones(row, "leads", 2, 6, context) for row in rows),
            low=tuple(_low(costs.get(row["channel"], {}), context) for row in rows),
        )
        blocks: list[Block] = [Text(_words(total, rows, context)), table]
        if chart := _chart(frames, context):
            blocks.append(chart)
        return Part(tuple(blocks))


def _columns() -> tuple[Column, ...]:
    return (
        Column("channel", t("reports.column_channel")),
        Column("leads", t("reports.column_leads"), "count"),
        Column("leads_change", t("reports.column_change"), "count", "calculated", is_change=True),
        Column("cost_per_lead", t("reports.column_cost_per_lead"), "money", "calculated"),
        Column("opportunities", t("reports.column_opportunities"), "count"),
        Column("customers_won", t("reports.column_customers_won"), "count"),
    )


def _line(row: Row, costs: Costs, context: ReportContext) -> tuple[str | float | None, ...]:
    channel = str(row["channel"])
    return (
        channel,
        cell(row, "leads"),
        change(row, "leads", context),
        cell(costs.get(channel, {}), "cost_per_lead"),
        cell(row, "opportunities"),
        cell(row, "customers_won"),
    )


def _low(cost: Row, context: ReportContext) -> tuple[int | None, ...]:
    return (None, None, None, low(cost, "cost_per_lead", context), None, None)


def _total(row: Row, context: ReportContext) -> tuple[str | float | None, ...]:
    """The cost of a lead over all channels stands with the key figures: its base is paid media only."""
    return (
        t("reports.total"),
        cell(row, "leads"),
        change(row, "leads", context),
        None,
        cell(row, "opportunities"),
        cell(row, "customers_won"),
    )


def _words(total: Row, rows: list[Row], context: ReportContext) -> str:
    """The step rates, and the channel that changed the number of leads most."""
    units = context.units
    said = [
        t(
            "reports.lead_steps",
            leads=units.full(cell(total, "leads"), "count"),
            opportunities=units.full(cell(total, "opportunities"), "count"),
            customers=units.full(cell(total, "customers_won"), "count"),
            first=units.short(cell(total, STEPS[0]), "ratio"),
            second=units.short(cell(total, STEPS[1]), "ratio"),
        )
    ]
    return " ".join([*said, *_mover(total, rows, context)])


def _mover(total: Row, rows: list[Row], context: ReportContext) -> list[str]:
    """The channel whose leads changed most, of those that are known on both sides."""
    known = [(changed(row, "leads", context), str(row["channel"])) for row in rows]
    moves = [(delta.change, channel) for delta, channel in known if delta.verdict != "unknown"]
    whole, units = changed(total, "leads", context), context.units
    most, channel = max(moves, key=lambda move: abs(move[0]), default=(0.0, ""))
    if not most or whole.verdict == "unknown":
        return []
    words = {"change": units.change(most, "count"), "total": units.change(whole.change, "count")}
    return [t("reports.lead_mover", channel=channel, **words)]


def _by_channel(context: ReportContext) -> MetricQuery:
    return context.ask(*MEASURES, by=("channel",))


def _totals(context: ReportContext) -> MetricQuery:
    return context.ask(*MEASURES, *STEPS)


def _costs(context: ReportContext) -> MetricQuery:
    return context.ask("cost_per_lead", by=("channel",))


def _days(context: ReportContext) -> MetricQuery:
    return context.ask("leads", grain="day")


def _chart(frames: Frames, context: ReportContext) -> Chart | None:
    rows = frames[_days(context)].rows
    names = [_name(row["date"], context) for row in rows]
    values, before = [cell(row, "leads") for row in rows], [cell(row, "leads__base") for row in rows]
    if len([value for value in values if value is not None]) < 2:
        return None
    words = "; ".join(
        f"{name}: {context.units.full(value, 'count')}" for name, value in zip(names, values, strict=True)
    )
    note = t("reports.lead_days_note", base=context.units.days(context.base_period, year=False))
    return Chart(
        t("reports.lead_days"), note, lines(names, values, context.units, "count", before=before), words
    )


def _name(day: object, context: ReportContext) -> str:
    assert isinstance(day, date)
    weekday = f"{t('reports.weekdays').split(' ')[day.weekday()]} " if context.period.days <= 7 else ""
    return weekday + context.units.day(day, today=day)


SECTIONS.add(LeadGeneration())
