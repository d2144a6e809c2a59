"""The coming week as the newest daily forecast sees it; no forecast is said as such, never made up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from app.data.metrics.base import METRICS
from app.data.query.frame import cell
from app.data.query.predictions import ForecastPoint
from app.data.query.spec import MetricQuery
from app.figures.bars import Band, lines
from app.periods import DAY, Period
from app.reports.context import Frames, ReportContext
from app.reports.document import Chart, Column, Part, Table, Text
from app.reports.section import SECTIONS, Section
from app.text import t

DAYS = 7
SHOWN_BEFORE = 28
Coming = Mapping[str, Sequence[ForecastPoint]]


class ComingWeekForecast(Section):
    id = "coming_week_forecast"

    def queries(self, context: ReportContext) -> tuple[MetricQuery, ...]:
        return tuple(_known(metric, context) for metric in _coming(context))

    def compose(self, frames: Frames, context: ReportContext) -> Part:
        if _narrowed(context):
            return Part((Text(t("reports.forecast_whole")),), has_data=False)
        coming = _coming(context)
        if not coming:
            return Part((Text(t("reports.forecast_none")),), has_data=False)
        flows = {metric: points for metric, points in coming.items() if _adds_up(metric)}
        levels = {metric: points for metric, points in coming.items() if not _adds_up(metric)}
        tables = (_flows(flows, context), _levels(levels, context))
        charts = [_chart(metric, frames, points, context) for metric, points in coming.items()]
        return Part((*(table for table in tables if table.rows), *charts))


def _narrowed(context: ReportContext) -> bool:
    return bool(context.filters) or not context.scope.unrestricted


def _coming(context: ReportContext) -> Coming:
    """Of each metric that exists the predictions of the seven days after the reported ones."""
    if _narrowed(context):
        return {}
    first, last = context.period.end + DAY, context.period.end + DAYS * DAY
    found = {
        metric: [point for point in context.forecasts[metric] if first <= point.date <= last]
        for metric in sorted(context.forecasts)
        if metric in METRICS
    }
    return {metric: points for metric, points in found.items() if points}


def _known(metric: str, context: ReportContext) -> MetricQuery:
    end = context.period.end
    before = Period(end - (SHOWN_BEFORE - 1) * DAY, end)
    return context.ask(metric, grain="day", period=before, compare="none")


def _adds_up(metric: str) -> bool:
    """Whether days add up to a week; a level such as MRR stands at the end of each day."""
    return all(measure.kind == "sum" for measure in METRICS.get(metric).numerator.measures())


def _flows(coming: Coming, context: ReportContext) -> Table:
    """What the days of the week add up to, and how little or much a single one may bring."""
    columns = (
        Column("metric", t("reports.column_metric")),
        Column("expected", t("reports.column_in_all"), "count", "calculated"),
        Column("a_day_low", t("reports.column_quietest"), "count", "calculated"),
        Column("a_day_high", t("reports.column_busiest"), "count", "calculated"),
    )
    rows = [
        (
            METRICS.get(metric).title,
            whole(metric, sum(point.predicted for point in points)),
            whole(metric, min(point.low_80 for point in points)),
            whole(metric, max(point.high_80 for point in points)),
        )
        for metric, points in coming.items()
    ]
    days = _week(coming, context)
    words = t("reports.forecast_flows", days=days), _note("reports.forecast_flows_note", coming, context)
    return Table("coming_week_forecast", *words, columns, tuple(rows), metrics=tuple(coming), range=days)


def _levels(coming: Coming, context: ReportContext) -> Table:
    """Where what is a level stands on the last of the days."""
    columns = (
        Column("metric", t("reports.column_metric")),
        Column("expected", t("reports.column_expected"), "count", "calculated"),
        Column("low", t("reports.column_at_least"), "count", "calculated"),
        Column("high", t("reports.column_at_most"), "count", "calculated"),
    )
    rows = [
        (
            METRICS.get(metric).title,
            whole(metric, points[-1].predicted),
            whole(metric, points[-1].low_80),
            whole(metric, points[-1].high_80),
        )
        for metric, points in coming.items()
    ]
    last = max((point.date for points in coming.values() for point in points), default=context.period.end)
    day = context.units.day(last)
    words = t("reports.forecast_levels", day=day), _note("reports.forecast_levels_note", coming, context)
    return Table("coming_week_level", *words, columns, tuple(rows), metrics=tuple(coming), range=day)


def _note(note: str, coming: Coming, context: ReportContext) -> str:
    """How it is predicted, and with the data up to when."""
    points = [point for found in coming.values() for point in found]
    models = dict.fromkeys(t(f"forecasts.model_{point.model}") for point in points)
    made = context.units.day(max((point.made_on for point in points), default=context.period.end))
    return t(note, models=", ".join(models), made=made)


def _week(coming: Coming, context: ReportContext) -> str:
    days = [point.date for points in coming.values() for point in points]
    return context.units.days(Period(min(days), max(days))) if days else ""


def whole(metric: str, value: float) -> float:
    """Of what is counted there are no halves."""
    return float(round(value)) if METRICS.get(metric).unit == "count" else value


def _chart(metric: str, frames: Frames, points: Sequence[ForecastPoint], context: ReportContext) -> Chart:
    found, units = METRICS.get(metric), context.units
    rows = frames[_known(metric, context)].rows
    names = [units.day(day, today=day) for row in rows if isinstance(day := row["date"], date)]
    band = Band(
        tuple(units.day(point.date, today=point.date) for point in points),
        tuple(whole(metric, point.predicted) for point in points),
        tuple(whole(metric, point.low_80) for point in points),
        tuple(whole(metric, point.high_80) for point in points),
    )
    words = "; ".join(
        f"{name}: {units.short(value, found.unit)}"
        for name, value in zip(band.names, band.middle, strict=True)
    )
    known = [cell(row, metric) for row in rows]
    figure = lines(names, known, units, found.unit, band=band)
    return Chart(
        t("reports.forecast_chart", metric=found.title), t("reports.forecast_chart_note"), figure, words
    )


SECTIONS.add(ComingWeekForecast())
