"""`/forecasts`: what comes next, how sure that is, and how earlier predictions did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode

from dash import html
from dash.development.base_component import Component

from app.accounts.permissions import ANALYSIS
from app.data.metrics.base import METRICS
from app.data.query.spec import MetricQuery
from app.errors import PadError, unknown
from app.figures.fan import fan, namer
from app.figures.theme import Figure
from app.layouts import card_menu, forecast_ids, question, training_state
from app.layouts.attributes import attributes
from app.layouts.card_menu import Entries
from app.layouts.cards import number, page_card
from app.layouts.cards import table as cards_table
from app.layouts.filters import FilterState
from app.layouts.forecast_view import Due, Record, Shown, record, show, trained
from app.layouts.freshness import footer
from app.layouts.icons import icon
from app.layouts.measures import meanings, target
from app.layouts.menus import link
from app.layouts.outlook import NAIVE, bands, plain, poor, share
from app.layouts.pages.base import PAGES, Page, PageContext
from app.layouts.plot import chart, explained
from app.layouts.states import failed, left_out
from app.ml import runs
from app.ml.runs import ModelRun
from app.ml.specified import FORECAST
from app.periods import Period, bucket_end
from app.text import t
from app.training import trainings
from app.units import MISSING, Units

MOST_DUE, MEASURE_WIDTH = 24, 96
FAN = "forecast"  # the place of the card of the chart
MEASURES = ("mape", "wape", "mase", "r2")
SPECIFIED = runs.subject("mrr", "month")  # the series that the specification names


def layout(context: PageContext) -> Component:
    """The cards of one series that was trained, and the way to the others."""
    units = Units(context.services.settings.currency)
    found = trained(context.services)
    parts: list[Component] = [_bar(context)]
    if not found:
        making = trainings.under_way(context.services, "train_forecast", "train_week")
        hint = "none_under_way" if making else "none_hint"
        words = [html.B(t("forecasts.none")), html.P(t(f"forecasts.{hint}"))]
        return html.Div([*parts, html.Div(words, className="table-state")], className="page-body")
    asked = dict(parse_qsl(context.search)).get("series", "")
    known = {run.subject: run for run in found}
    if asked and asked not in known:
        parts.append(left_out(unknown("series", asked, known).message))
    shown = known.get(asked, found[0])
    return html.Div([*parts, _tabs(found, shown), *_series(context, shown, units)], className="page-body")


def _tabs(found: Sequence[ModelRun], shown: ModelRun) -> html.Nav:
    links = [
        link(
            _title(run),
            f"/forecasts?{urlencode({'series': run.subject})}",
            "menu-chip" + (" on" if run is shown else ""),
            **attributes({"aria-current": "true"} if run is shown else {}),
        )
        for run in found
    ]
    return html.Nav(links, className="menu-chips series", **attributes({"aria-label": t("forecasts.series")}))


def _title(run: ModelRun) -> str:
    metric, grain = runs.series_of(run.subject)
    return t(f"forecasts.of_{grain}", metric=METRICS.get(metric).title)


def _bar(context: PageContext) -> html.Div:
    """Training anew, for those who may ask for it."""
    button = html.Button(
        [icon("refresh"), t("forecasts.train")], id=forecast_ids.TRAIN, className="btn-look", type="button"
    )
    return html.Div(
        [html.Span(t("forecasts.intro"), className="muted"), html.Span(className="toolbar-gap"),
         *training_state.FORECASTS.place(context), button if trainings.may_ask(context.viewer) else None],
        className="toolbar",
    )  # fmt: skip


def _series(context: PageContext, run: ModelRun, units: Units) -> list[Component]:
    try:
        shown = show(context.services, context.viewer, run)
    except PadError as error:
        card = page_card(t("forecasts.title"), "", [failed(error.message, hint=error.hint)], name=FAN)
        return [html.Div([_place(FAN, card, "span-12")], className="grid")]
    cards = [_place(FAN, _chart(shown, context, units), "span-7 c-large")]
    if run.state == "done":  # else there are no scores to show
        cards += [
            _place("scorecard", _scores(shown, units), "span-5 c-large"),
            _place("due", _due(shown, units), "span-6"),
            _place("race", _models(shown, units), "span-6"),
        ]
    return [html.Div(cards, className="grid")]


def _place(name: str, card: Component, look: str) -> html.Div:
    return html.Div(card, className=f"cell {look}", **card_menu.place(name))


def _chart(shown: Shown, context: PageContext, units: Units) -> html.Article:
    run, title = shown.run, _title(shown.run)
    if run.state == "not_enough_history":
        short = html.Div([html.B(t("forecasts.short")), html.P(run.note)], className="table-state")
        return page_card(title, "", [short], name=FAN)
    if run.state != "done" or not shown.points:
        return page_card(title, "", [failed(t("forecasts.broke"), hint=run.note)], name=FAN)
    last, unit = shown.points[-1], shown.metric.unit
    sub = t(
        "forecasts.sub",
        day=_bucket(shown, last.made_on, units),
        model=_model(last.model),
        bands=bands(shown.scores),
    )
    summary = t(
        "forecasts.summary",
        when=_bucket(shown, last.date, units),
        value=units.short(last.predicted, unit),
        low=units.short(last.low_95, unit),
        high=units.short(last.high_95, unit),
    )
    label = t("forecasts.chart_label", metric=shown.metric.title)
    return page_card(
        title,
        sub,
        [chart(_fan(shown, units), label, "")],
        name=FAN,
        summary=summary,
        look="h-large",
        table=_points(shown, units),
        entries=_entries(shown, context),
        foot=footer(shown.sources, context.services.clock.now()),
    )


def _fan(shown: Shown, units: Units) -> Figure:
    """What came before leads to its passports; a prediction is none of a metric, the scorecard judges it."""
    figure, name = fan(shown.known, shown.points, units, shown.metric, shown.grain), namer(units, shown.grain)
    buckets = {name(day): Period(day, bucket_end(day, shown.grain)) for day, _ in shown.known}
    if not buckets:
        return figure
    whole = MetricQuery((shown.metric.id,), next(iter(buckets.values())))
    return explained(figure, question.address(whole, FilterState()), buckets)


def _entries(shown: Shown, context: PageContext) -> Entries:
    """Where the last number that the forecast goes on from comes from."""
    if not shown.known:
        return {}
    day = shown.known[-1][0]
    last = MetricQuery((shown.metric.id,), Period(day, bucket_end(day, shown.grain)))
    return card_menu.of_number(last, FilterState(), context.viewer, "forecasts")


def _points(shown: Shown, units: Units) -> Component:
    """What the chart draws of the future."""
    ends = ("low_80", "high_80", "low_95", "high_95")
    money = shown.metric.unit == "money"
    named = f"{t('forecasts.predicted')}, {units.currency}" if money else t("forecasts.predicted")
    head = [t("forecasts.when"), named, *(t(f"forecasts.{end}") for end in ends)]
    told = units.whole if money else partial(units.full, unit=shown.metric.unit)
    rows = [
        [_bucket(shown, point.date, units), *(told(getattr(point, name)) for name in ("predicted", *ends))]
        for point in shown.points
    ]
    return cards_table(head, rows)


def _scores(shown: Shown, units: Units) -> html.Article:
    """What the forecast was worth on the past, beside the seasonal naive and, of MRR, the specification."""
    found = shown.scores
    aims = FORECAST if shown.run.subject == SPECIFIED else {}
    naive = found["models"].get(NAIVE, {})
    heads = ["", t("forecasts.this_one"), _model(NAIVE), *([t("models.target")] if aims else [])]
    rows = [
        _measure(name, found[name], naive.get(name), units, target(name, aims.get(name), found[name], units),
                 wide=bool(aims))
        for name in MEASURES
    ]  # fmt: skip
    for level, held in found["coverage"].items():
        cells = [share(held, units), share(naive.get("coverage", {}).get(level), units)]
        rows.append(_line("coverage", t("forecasts.coverage_level", level=level), cells, wide=bool(aims)))
    table = html.Table(
        [html.Thead(html.Tr([html.Th(head) for head in heads])), html.Tbody(rows)], className="table-look"
    )
    body = [
        html.P(_verdict(shown, units)),
        html.Div(table, className="table-wrap"),
        html.P(_note(found, bool(aims)), className="muted"),
    ]
    about = meanings("forecasts", (*MEASURES, "coverage"))
    return page_card(
        t("forecasts.scorecard"), t("forecasts.scorecard_sub"), body, name="scorecard", about=about
    )


def _measure(
    name: str, own: float | None, naive: float | None, units: Units, aim: Sequence[Any], *, wide: bool
) -> html.Tr:
    told = (lambda value: share(value, units)) if name in ("mape", "wape") else plain
    return _line(name, t(f"forecasts.{name}"), [told(own), told(naive)], aim, wide=wide)


def _line(name: str, title: str, cells: Sequence[str], aim: Sequence[Any] = (), *, wide: bool) -> html.Tr:
    own, naive = cells
    about = t(f"forecasts.about_{name}")
    head = html.Td(title, className="left", title=about, style={"minWidth": MEASURE_WIDTH})
    return html.Tr([head, html.Td(html.B(own)), html.Td(naive), html.Td(list(aim)) if wide else None])


def _verdict(shown: Shown, units: Units) -> html.Span:
    found = shown.scores
    if found["better_than_naive"]:
        words = t("forecasts.better", share=units.percent(1 - found["versus_naive"]))
        return html.Span(words, className="badge-look p")
    return html.Span(poor(found, shown.grain), className="badge-look w")


def _note(found: Mapping[str, Any], aims: bool) -> str:
    parts = [
        t("forecasts.origins", origins=found["origins"], values=found["values"], horizon=found["horizon"])
    ]
    if found["mape"] is None:
        parts.append(t("forecasts.mape_near_zero"))
    return " ".join([*parts, *([t("models.target_note")] if aims else [])])


def _due(shown: Shown, units: Units) -> html.Article:
    """The model's own earlier predictions against what came."""
    title = t("forecasts.due")
    if not shown.due:
        first = _bucket(shown, shown.points[0].date, units) if shown.points else MISSING
        none = html.P(t("forecasts.none_due", first=first), className="muted")
        return page_card(title, "", [none], name="due")
    unit = shown.metric.unit
    names = ("when", "made_on", "predicted", "came", "off", "inside")
    looks = {"when": "left", "made_on": "left wide-only"}  # a phone has no room for the second day
    head = html.Tr([html.Th(t(f"forecasts.{name}"), className=looks.get(name, "")) for name in names])
    rows = [
        html.Tr(
            [
                html.Td(_bucket(shown, due.point.date, units), className="left"),
                html.Td(_bucket(shown, due.point.made_on, units), className="left wide-only"),
                html.Td(units.short(due.point.predicted, unit)),
                html.Td(_came(shown, due, units)),
                html.Td(units.percent(due.off, sign=True) if due.off is not None else MISSING),
                html.Td(due.within or t("forecasts.outside")),
            ]
        )
        for due in shown.due[:MOST_DUE]
    ]
    found = record(shown.due)
    sub = t("forecasts.due_sub", within_80=found.within_80, within_95=found.within_95, all=found.count)
    return page_card(title, sub, [*_judged(found), _table(head, rows)], name="due")


def _came(shown: Shown, due: Due, units: Units) -> Component:
    """What came, which is a number of the metric."""
    metric, day = shown.metric, due.point.date
    asked = MetricQuery((metric.id,), Period(day, bucket_end(day, shown.grain)))
    return number(
        units.short(due.actual, metric.unit),
        metric.id,
        question.address(asked, FilterState()),
        exact=units.full(due.actual, metric.unit),
        label=f"{metric.title} {_bucket(shown, day, units)}",
    )


def _judged(found: Record) -> list[Component]:
    """What the record is worth; when the bands held less than they promise, whether that may be chance."""
    one = "_one" if found.forecasts == 1 else ""
    words: list[Component] = [
        html.P(t(f"forecasts.due_worth{one}", forecasts=found.forecasts, all=found.count), className="muted")
    ]
    if found.short:
        promised = t("forecasts.due_short", expected=found.expected, held=found.within_80)
        words.insert(0, html.P(html.Span(promised, className="badge-look w")))
        words.insert(1, html.P(t("forecasts.due_short_why"), className="muted"))
    elif found.fewer:
        counted = {"held": found.within_80, "all": found.count, "expected": found.expected}
        words.insert(0, html.P(t("forecasts.due_fewer", **counted), className="muted"))
    return words


def _models(shown: Shown, units: Units) -> html.Article:
    """Every model of the race, the best first."""
    found = shown.scores["models"]
    order = sorted(found, key=lambda name: (found[name]["mase"] is None, found[name]["mase"] or 0))
    head = html.Tr(
        [html.Th(t("forecasts.model"), className="left"), *(html.Th(t(f"forecasts.{n}")) for n in MEASURES)]
    )
    rows = [
        html.Tr(
            [
                html.Td(_model(name), className="left"),
                html.Td(share(found[name]["mape"], units)),
                html.Td(share(found[name]["wape"], units)),
                html.Td(plain(found[name]["mase"])),
                html.Td(plain(found[name]["r2"])),
            ]
        )
        for name in order
    ]
    members = shown.scores.get("members", [])
    mixed = t("forecasts.members", members=", ".join(map(_model, members))) if len(members) > 1 else ""
    sub = " · ".join(part for part in (t("forecasts.race_sub"), mixed) if part)
    return page_card(t("forecasts.race"), sub, [_table(head, rows)], name="race")


def _table(head: Component, rows: Sequence[Component]) -> html.Div:
    return html.Div(
        html.Table([html.Thead(head), html.Tbody(list(rows))], className="table-look"), className="table-wrap"
    )


def _bucket(shown: Shown, day: Any, units: Units) -> str:
    return units.month(day) if shown.grain == "month" else units.day(day)


def _model(name: str) -> str:
    return t(f"forecasts.model_{name}")


PAGES.add(Page("forecasts", "forecasts.title", "analysis", ANALYSIS, "trend", layout, own=("series",)))
