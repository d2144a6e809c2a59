"""What marketing earns on what it costs, channel by channel."""

from __future__ import annotations

from collections.abc import Sequence

from app.data.query.frame import Row, cell
from app.data.query.spec import MetricQuery
from app.data.warehouse.dimensions import NOT_SET
from app.figures.bars import bars
from app.figures.theme import channel_colour
from app.reports.context import Frames, ReportContext
from app.reports.document import Chart, Part, Text
from app.reports.section import SECTIONS, Section, has_numbers, low
from app.text import t

ROI = "roi"
SHARED = NOT_SET  # where costs stand that no channel caused alone
GREY = "--border-strong"


class MarketingRoi(Section):
    id = "marketing_roi"

    def queries(self, context: ReportContext) -> tuple[MetricQuery, ...]:
        return (_channels(context), _total(context))

    def compose(self, frames: Frames, context: ReportContext) -> Part:
        known = [row for row in frames[_channels(context)].rows if cell(row, ROI) is not None]
        rows = sorted(
            (row for row in known if row["channel"] != SHARED), key=lambda row: -(cell(row, ROI) or 0)
        )
        if not has_numbers(frames, (_channels(context),)) or not rows:
            return Part(has_data=False)
        total = frames[_total(context)].value(ROI)
        judged = [row for row in rows if low(row, ROI, context) is None]
        losers = [str(row["channel"]) for row in judged if (cell(row, ROI) or 0) < 0]
        said = t(
            "reports.roi_losers" if losers else "reports.roi_no_loser",
            total=context.units.short(total, "ratio"),
            names=", ".join(losers),
        )
        return Part((Text(said), _chart(rows, context)))


def _channels(context: ReportContext) -> MetricQuery:
    """With the conversions, which are the cases of a return."""
    return context.ask(ROI, "conversions", by=("channel",), compare="none")


def _total(context: ReportContext) -> MetricQuery:
    """All costs and all that they brought, what no channel caused alone included."""
    return context.ask(ROI, compare="none")


def _chart(rows: Sequence[Row], context: ReportContext) -> Chart:
    units, names = context.units, [str(row["channel"]) for row in rows]
    values = [cell(row, ROI) for row in rows]
    colours = [
        channel_colour(name) if low(row, ROI, context) is None else GREY
        for name, row in zip(names, rows, strict=True)
    ]
    words = "; ".join(
        f"{name}: {units.short(value, 'ratio')}" for name, value in zip(names, values, strict=True)
    )
    note = t("reports.marketing_roi_note", days=context.lookback_days, least=context.low_volume)
    figure = bars(names, values, units, "ratio", colours=colours)
    return Chart(t("reports.marketing_roi"), note, figure, words)


SECTIONS.add(MarketingRoi())
