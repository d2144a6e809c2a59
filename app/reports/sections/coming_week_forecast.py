"""The coming week as the newest daily forecast sees it; no forecast is said as such, never made up."""

from __future__ import annotations

from itertools import groupby

from app.data.metrics.base import METRICS
from app.data.query.frame import cell
from app.data.query.spec import MetricQuery
from app.figures.bars import Band, lines
from app.periods import DAY, Period
from app.reports.context import Frames, Predicted, ReportContext
from app.reports.document import Block, Chart, Column, Part, Table, Text
from app.reports.section import SECTIONS, Section
from app.text import t

DAYS = 7
SHOWN_BEFORE = 28


class ComingWeekForecast(Section):
    id = "coming_week_forecast"

    def queries(self, context: ReportContext) -> tuple[MetricQuery, ...]:
        end = context.period.end
        before = Period(end - (SHOWN_BEFORE - 1) * DAY, end)
        return tuple(
            context.ask(metric, grain="day", period=before, compare="none") for metric in _metrics(context)
        )

    def compose(self, frames: Frames, context: ReportContext) -> Part:
        if context.filters or not context.scope.unrestricted:
            return Part((Text(t("reports.forecast_whole")),), has_data=False)
        coming = _coming(context)
        if not coming:
            return Part((Text(t("reports.forecast_none")),), has_data=False)
        blocks: list[Block] = [_table(coming, context)]
        for query, metric in zip(self.queries(context), _metrics(context), strict=True):
            rows = frames[query].rows
            known = [(row["date"], cell(row, metric)) for row in rows]
            blocks.append(_chart(metric, known, coming, context))  # type: ignore[arg-type]
        return Part(tuple(blocks))


def _coming(context: ReportContext) -> list[Predicted]:
    """The seven days after the reported ones, of metrics that exist."""
    first = context.period.end + DAY
    last = context.period.end + DAYS * DAY
    found = [p for p in context.forecasts if first <= p.day <= last and p.metric in METRICS]
    return sorted(found, key=lambda p: (p.metric, p.day))


def _metrics(context: ReportContext) -> tuple[str, ...]:
    if context.filters or not context.scope.unrestricted:
        return ()
    return tuple(dict.fromkeys(p.metric for p in _coming(context)))


def _table(coming: list[Predicted], context: ReportContext) -> Table:
    columns = (
        Column("metric", t("reports.column_metric")),
        Column("days", t("reports.column_days"), "count"),
        Column("expected", t("reports.column_expected"), "count", "calculated"),
        Column("a_day_low", t("reports.column_low"), "count", "calculated"),
        Column("a_day_high", t("reports.column_high"), "count", "calculated"),
    )
    rows, metrics = [], []
    for metric, group in groupby(coming, key=lambda p: p.metric):
        days = list(group)
        metrics.append(metric)
        rows.append(
            (
                METRICS.get(metric).title,
                len(days),
                _in_all(metric, days),
                min(p.low for p in days),
                max(p.high for p in days),
            )
        )
    note = t(
        "reports.forecast_note",
        model=", ".join(dict.fromkeys(p.model for p in coming)),
        made=context.units.day(max(p.made_on for p in coming)),
    )
    return Table(
        "coming_week_forecast",
        t("reports.forecast_table"),
        note,
        columns,
        tuple(rows),
        metrics=tuple(metrics),
    )


def _in_all(metric: str, days: list[Predicted]) -> float:
    """What the days add up to; of what stands at the end of a day, the last."""
    adds_up = all(measure.kind == "sum" for measure in METRICS.get(metric).numerator.measures())
    return sum(p.value for p in days) if adds_up else days[-1].value


def _chart(
    metric: str, known: list[tuple[object, float | None]], coming: list[Predicted], context: ReportContext
) -> Chart:
    found, units = METRICS.get(metric), context.units
    mine = [p for p in coming if p.metric == metric]
    band = Band(
        tuple(units.day(p.day, today=p.day) for p in mine),
        tuple(p.value for p in mine),
        tuple(p.low for p in mine),
        tuple(p.high for p in mine),
    )
    names = [units.day(day, today=day) for day, _ in known]  # type: ignore[arg-type]
    words = "; ".join(
        f"{name}: {units.short(p.value, found.unit)}" for name, p in zip(band.names, mine, strict=True)
    )
    figure = lines(names, [value for _, value in known], units, found.unit, band=band)
    return Chart(
        t("reports.forecast_chart", metric=found.title), t("reports.forecast_chart_note"), figure, words
    )


SECTIONS.add(ComingWeekForecast())
