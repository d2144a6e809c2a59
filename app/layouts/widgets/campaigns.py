"""The campaigns of paid media that brought the most, and what they cost; each leads to its days and rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dash import html
from dash.development.base_component import Component

from app.data.query.frame import MetricFrame, Row, cell
from app.data.query.spec import MetricQuery
from app.figures import paid
from app.figures.theme import channel_colour
from app.figures.volume import few
from app.layouts import cards, deltas, question
from app.layouts.aspects import CHANGE
from app.layouts.attributes import NAV
from app.layouts.icons import icon
from app.layouts.sparks import fitting_grain, spark
from app.layouts.widgets.base import Frames, Widget, WidgetContext
from app.periods import Period, buckets, is_whole
from app.text import t
from app.units import MISSING

COLUMNS = paid.BEST


@dataclass(frozen=True, kw_only=True)
class TopCampaigns(Widget):
    most: int = 5
    drill: str = "/campaigns"

    @property
    def metrics(self) -> tuple[str, ...]:
        return COLUMNS

    def queries(self, context: WidgetContext) -> tuple[MetricQuery, ...]:
        return (
            self._rows(context),
            self._total(context),
            self._members(context),
            self._unconnected(context),
            self._channels(context),
            self._course(context),
        )

    def leading(self, context: WidgetContext) -> MetricQuery:
        """All paid media: the line below the campaigns."""
        return self._total(context)

    def answer(self, context: WidgetContext) -> MetricQuery:
        """Every campaign, not only those that have a line."""
        return paid.best_campaigns(context.ask)

    def has_data(self, frames: Frames, context: WidgetContext) -> bool:
        """Whether a campaign spent or brought anything: one that did not has no line."""
        return any(map(paid.takes_part, frames[self._rows(context)].rows))

    def render(self, frames: Frames, context: WidgetContext) -> Component:
        frame, total = frames[self._rows(context)], frames[self._total(context)]
        colours = channels_of(frames[self._channels(context)])
        courses = courses_of(frames[self._course(context)])
        rows = [(index, row) for index, row in enumerate(frame.rows) if paid.takes_part(row)]
        course = "course_one" if context.period.days == 1 else "course"
        head = ["campaign", "revenue", "conversions", "spend", "change", course, "roas"]
        known = {"currency": context.units.currency, "days": context.period.days}
        heads: list[str | Component] = [t(f"widgets.campaigns_{name}", **known) for name in head]
        if context.base_period is not None:
            base = context.units.near(context.base_period, context.today)
            heads[4] = html.Span(
                t("widgets.versus", base=base),
                title=t("widgets.campaigns_change_base", base=base),
            )
        based = total.base("spend") is not None
        lines = [self._line(frame, index, row, colours, courses, based, context) for index, row in rows]
        whole = _whole(*paid.members(frames[self._members(context)].rows))
        wide = cards.table(heads, lines, total=self._sum(total, whole, context))
        narrow = [self._phone_row(frame, row, self._named(row, colours, context), context) for _, row in rows]
        narrow += [self._phone_row(total, row, whole, context) for row in total.rows]
        both = [html.Div(wide, className="wide-table"), html.Div(narrow, className="phone-rows")]
        days = context.units.days(context.period)
        return cards.card(
            self,
            context,
            frames,
            [html.Div(both, className="has-phone-rows body")],
            subtitle=t("widgets.campaigns_subtitle", range=days, days=context.lookback_days),
            tools=(self._all(context),),
            extra=paid.left_out(frames[self._unconnected(context)].rows),
        )

    def _all(self, context: WidgetContext) -> html.A:
        """Every campaign that the line below these covers."""
        href = self.drill + context.state.with_own(**{paid.PAID_ONLY: "1"}).search()
        words: list[Component | str] = [t("widgets.campaigns_all"), icon("right", 14)]
        return html.A(words, href=href, className="btn-look g sm", **NAV)

    def _rows(self, context: WidgetContext) -> MetricQuery:
        return paid.best_campaigns(context.ask, self.most)

    def _total(self, context: WidgetContext) -> MetricQuery:
        return paid.best_together(context.ask)

    def _members(self, context: WidgetContext) -> MetricQuery:
        return paid.taking_part(context.ask)

    def _unconnected(self, context: WidgetContext) -> MetricQuery:
        """What is left out; by channel as on the card of returns, so that both ask it once."""
        return paid.unconnected(self._total(context), "channel")

    def _channels(self, context: WidgetContext) -> MetricQuery:
        """Which channel a campaign mostly spends in, for the colour of its swatch."""
        asked = ("campaign", "channel")
        return context.ask("spend", by=asked, sort="spend", limit=4 * self.most, compare="none")

    def _course(self, context: WidgetContext) -> MetricQuery:
        """What each campaign spent, bucket by bucket, for its line."""
        return context.ask("spend", by=("campaign",), grain=fitting_grain(context.period), compare="none")

    def _line(
        self,
        frame: MetricFrame,
        index: int,
        row: Row,
        colours: dict[str, str],
        courses: dict[str, dict[date, float | None]],
        has_base: bool,
        context: WidgetContext,
    ) -> list[object]:
        name = str(row.get("campaign"))
        cells = [self._cell(frame, index, row, metric, {"campaign": name}, context) for metric in COLUMNS]
        asked = question.address(frame.query, context.state, {"campaign": name}, aspect=CHANGE)
        change = _change(row, has_base, asked, name, context)
        known = courses.get(name, {})
        drawn = spark(
            [known.get(day) for day in whole_buckets(context.period)],
            label=t("widgets.spark", name=f"{context.metric('spend').title}, {name}"),
        )
        return [
            self._named(row, colours, context),
            *cells[:3],
            change,
            drawn or cards.dash(t("widgets.no_course")),
            *cells[3:],
        ]

    def _named(self, row: Row, colours: dict[str, str], context: WidgetContext) -> Component:
        name = str(row.get("campaign"))
        return html.A(
            [_swatch(name, colours), html.Bdi(name, className="cut")],
            href=self._into(name, context),
            className="drill named",
            title=name,
            **NAV,
        )

    def _phone_row(self, frame: MetricFrame, row: Row, name: Component, context: WidgetContext) -> Component:
        """Two lines: the name with revenue and ROAS, then what was bought for how much."""
        cases = few(context.metric("roas"), row, context.low_volume)
        parts = {part: self._phone_number(frame, row, part, "", context) for part in ("conversions", "spend")}
        one = cell(row, "conversions") == 1
        key = "widgets.campaigns_detail_one" if one else "widgets.campaigns_detail"
        detail = bought_none() if not cell(row, "conversions") else cards.woven(key, parts)
        return html.Div(
            [
                html.Span(name, className="m5"),
                self._phone_number(frame, row, "attributed_revenue", "num", context),
                self._phone_number(frame, row, "roas", "num" if cases is None else "num low-n", context),
                html.Span(detail, className="sub"),
                html.Span(context.metric("attributed_revenue").title.lower(), className="sub"),
                html.Span(context.metric("roas").title, className="sub"),
            ],
            className="phone-row",
        )

    def _phone_number(
        self, frame: MetricFrame, row: Row, metric: str, look: str, context: WidgetContext
    ) -> Component:
        value, declared, name = cell(row, metric), context.metric(metric), str(row.get("campaign", ""))
        return cards.number(
            context.units.short(value, declared.unit),
            metric,
            question.address(frame.query, context.state, {"campaign": name} if name else {}),
            exact=cards.spoken(value, declared.unit, frame, metric, context),
            label=f"{declared.title} {name}".strip(),
            class_name=look,
        )

    def _into(self, campaign: str, context: WidgetContext) -> str:
        """The campaign's days, of paid media as the card: other traffic may bear the campaign's name too."""
        state = context.state.narrowed("campaign", (campaign,), clicked=True)
        return self.drill + state.with_own(group="date", **{paid.PAID_ONLY: "1"}).search()

    def _sum(self, total: MetricFrame, words: Component, context: WidgetContext) -> list[object]:
        if not total.rows:
            return []
        row = total.rows[0]
        cells = [self._cell(total, 0, row, metric, {}, context) for metric in COLUMNS]
        asked = question.address(total.query, context.state, aspect=CHANGE)
        change = _change(row, False, asked, "", context)
        return [words, *cells[:3], change, "", *cells[3:]]

    def _cell(
        self,
        frame: MetricFrame,
        index: int,
        row: Row,
        metric: str,
        where: dict[str, str],
        context: WidgetContext,
    ) -> Component:
        unit, number, units = context.metric(metric).unit, cell(row, metric), context.units
        cases = few(context.metric(metric), row, context.low_volume)
        text = units.full(number, unit, symbol=False)
        if cases is not None:
            text = t("widgets.campaigns_low", value=text, n=cases) if number is not None else _none(row)
        return cards.number(
            text,
            metric,
            question.address(frame.query, context.state, where),
            exact=cards.spoken(number, unit, frame, metric, context),
            label=f"{context.metric(metric).title} {where.get('campaign', '')}".strip(),
            class_name="" if cases is None else "low-n",
        )


def _whole(count: int, idle: int) -> Component:
    """What the line of all paid media is called: how many campaigns it covers, and how many idle ones."""
    words = t("widgets.campaigns_total", count=count)
    below = html.Span(t("widgets.campaigns_idle", count=idle), className="sub block") if idle else None
    return html.Span([words, below])


def _none(row: Row) -> str:
    """What stands for a quotient that is not: nothing was bought, or nothing was spent on it."""
    return MISSING if cell(row, "conversions") else bought_none()


def bought_none() -> str:
    return t("widgets.campaigns_no_conversions")


def whole_buckets(period: Period) -> list[date]:
    """The first days of the days, weeks or months that lie wholly in a period: a part looks like a fall."""
    grain = fitting_grain(period)
    return [bucket.start for bucket in buckets(period, grain) if is_whole(bucket, grain)]


def courses_of(frame: MetricFrame) -> dict[str, dict[date, float | None]]:
    """Campaign -> its spend by bucket."""
    found: dict[str, dict[date, float | None]] = {}
    for row in frame.rows:
        if isinstance(day := row.get("date"), date):
            found.setdefault(str(row.get("campaign")), {})[day] = cell(row, "spend")
    return found


def _swatch(campaign: str, channels: dict[str, str]) -> Component:
    colour = channel_colour(channels.get(campaign, ""))
    return html.I(className="sw", style={"background": f"var({colour})"}, title=channels.get(campaign))


def channels_of(frame: MetricFrame) -> dict[str, str]:
    """Campaign -> the channel in which it spends most; the rows come sorted by spend."""
    found: dict[str, str] = {}
    for row in frame.rows:
        found.setdefault(str(row.get("campaign")), str(row.get("channel")))
    return found


def _change(row: Row, has_base: bool, asked: str, of: str, context: WidgetContext) -> Component:
    """The change of spend `of` a campaign or of all; what is not among those of a known base is new, what is
    only among those has stopped."""
    now, then = cell(row, "spend"), cell(row, "spend__base")
    if has_base and now is not None and then is None:
        return html.Span(t("widgets.word_new"), className="muted")
    if context.base_period and now is None and then:
        value, days = context.units.full(then, "money"), context.units.days(context.base_period)
        why = t("widgets.stopped_why", value=value, base=days)
        return html.Span(t("widgets.word_stopped"), className="muted", title=why)
    metric = context.metric("spend")
    delta = deltas.of_row(metric, row, context.low_volume)
    if delta.verdict == "unknown":
        return cards.dash(t("widgets.no_base" if context.base_period else "widgets.no_comparison"))
    if delta.verdict in ("new", "flat"):
        return html.Span(t(f"widgets.word_{delta.verdict}"), className="muted")
    return deltas.line(delta, metric, context.units, "", asked, of=of)
