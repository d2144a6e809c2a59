"""`/customers`: who may leave, why and what to do; and how good these scores are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import dash_ag_grid as dag
from dash import html
from dash.development.base_component import Component

from app.accounts.permissions import ANALYSIS, EXPORT
from app.accounts.viewer import Viewer
from app.data.query.spec import MetricQuery
from app.errors import PadError
from app.layouts import card_menu, forecast_ids, freshness, score_view, training_state
from app.layouts.attributes import attributes
from app.layouts.cards import page_card, table
from app.layouts.icons import icon
from app.layouts.measures import meanings, target
from app.layouts.pages.base import PAGES, WITH_GRID, Page, PageContext
from app.layouts.score_view import Shown
from app.layouts.states import failed
from app.ml.specified import CHURN
from app.periods import Period
from app.text import t
from app.training import trainings
from app.units import MISSING, Units

ROW, HEAD, MOST_ROWS = 36, 40, 15
MOST_LISTED = 100  # on a phone
TOP_FEATURES = 8
WIDTHS = {"customer": 176, "probability": 200, "reasons": 240, "action": 310, "plan": 100, "country": 112}
ORDER = tuple(WIDTHS)


def layout(context: PageContext) -> Component:
    """The list and the model card; without scores, why there are none."""
    units = Units(context.services.settings.currency)
    try:
        shown = score_view.show(context.services, context.viewer)
        fresh = _freshness(context) if shown.scores else None
        making = not shown.scores and trainings.under_way(context.services, "train_churn")
    except PadError as error:
        return html.Div(failed(error.message, hint=error.hint), className="table-page")
    return html.Div(
        [_bar(context, shown), *_body(shown, units, context.viewer, making), fresh], className="table-page"
    )


def _freshness(context: PageContext) -> Component:
    """How old what is known of the customers is."""
    clock, settings = context.services.clock, context.services.settings
    today = clock.today(settings.time_zone)
    known = context.services.query.run(MetricQuery(("customers",), Period(today, today)))
    return freshness.page_line(known.freshness, clock.now())


def _body(shown: Shown, units: Units, viewer: Viewer, making: bool) -> list[Component]:
    run, parts, whole = shown.run, [], viewer.scope.unrestricted
    if run is not None and run.state != "done":
        title = "customers.short" if run.state == "not_enough_history" else "customers.broke"
        note = run.note if whole else t("states.not_in_scope")
        parts.append(html.Div([icon("warning"), html.Div([html.B(t(title)), " ", note])],
                              className="problem-line", role="alert"))  # fmt: skip
    if not shown.scores:
        hint = "none_hint" if trainings.may_ask(viewer) else "none_read"
        hint = "none_under_way" if making else hint
        words = [html.B(t("customers.none")), html.P(t(f"customers.{hint}"))]
        return [*parts, html.Div(words, className="table-state")]
    if run is not None and run.state == "done":
        model, drivers = _model_card(run.scores, units, whole=whole), _importance(run.scores)
        cards = [
            html.Div(model, className="cell span-8", **card_menu.place("model")),
            html.Div(drivers, className="cell span-4", **card_menu.place("importance")),
        ]
        parts.append(html.Div(cards, className="grid"))
    return [
        *parts,
        html.H2(t("customers.list"), className="page-h2"),
        _words(shown, units),
        *_listed(shown, units),
    ]


def _bar(context: PageContext, shown: Shown) -> html.Div:
    export = html.A(
        [icon("export"), t("customers.export")],
        href="/export/customers.csv",
        className="btn-look",
        download="customers.csv",
    )
    button = html.Button(
        [icon("refresh"), t("customers.train")], id=forecast_ids.SCORE, className="btn-look", type="button"
    )
    return html.Div(
        [
            html.Span(t("customers.intro"), className="muted"),
            html.Span(className="toolbar-gap"),
            *training_state.SCORES.place(context),
            button if trainings.may_ask(context.viewer) else None,
            export if shown.scores and context.viewer.may(EXPORT) else None,
        ],
        className="toolbar",
    )


def _words(shown: Shown, units: Units) -> html.P:
    count = units.full(len(shown.scores), "count")
    said = t("customers.list_sub", customers=count, day=units.day(shown.scores[0].as_of))
    if shown.run is not None and shown.run.state == "done":
        threshold = shown.run.scores["threshold"]
        flagged = sum(score.probability >= threshold for score in shown.scores)
        risk = t(
            "customers.list_summary", flagged=units.full(flagged, "count"), threshold=units.percent(threshold)
        )
        said = f"{said}. {risk}"
    return html.P(said, className="muted")


def _listed(shown: Shown, units: Units) -> list[Component]:
    """The table, and on a phone, where it has no room for reasons and actions, a list."""
    rows = score_view.lines(shown.scores)
    return [html.Div(_grid(rows), className="only-wide"), _entries(rows, units)]


def _entries(rows: Sequence[Mapping[str, Any]], units: Units) -> html.Div:
    """One entry a customer, the likeliest to leave first: the reasons and what to do stand below."""
    heads = [html.Span(t(f"customers.{name}")) for name in ("customer", "probability")]
    head = html.Div(
        heads, className="row-entry row-entry-pair row-entry-head", **attributes({"aria-hidden": "true"})
    )
    more = html.Div(t("customers.list_first", most=MOST_LISTED, count=units.full(len(rows), "count")),
                    className="row-entry row-detail")  # fmt: skip
    listed = [_entry(row, units) for row in rows[:MOST_LISTED]]
    lines = [head, *listed, more if len(rows) > MOST_LISTED else None]
    return html.Div(lines, className="only-phone row-list", role="list")


def _entry(row: Mapping[str, Any], units: Units) -> html.Div:
    about = ", ".join(row[name] for name in ("plan", "country") if row[name])
    told = [f"{t(f'customers.{name}')}: {row[name]}" for name in ("reasons", "action") if row[name]]
    return html.Div(
        [
            html.B(html.Bdi(row["customer"]), className="row-name"),
            html.Span(units.percent(row["probability"]), className="row-figure"),
            *(html.Span(words, className="row-detail") for words in (about, *told)),
        ],
        className="row-entry row-entry-pair",
        role="listitem",
    )


def _room(column: str) -> dict[str, int]:
    """What is short leaves its room to reasons and actions, which share it without being measured: a phone
    hides the grid."""
    width = WIDTHS[column]
    return {"minWidth": width, "flex": width} if column in ("reasons", "action") else {"width": width}


def _grid(rows: Sequence[Mapping[str, Any]]) -> Component:
    tall = len(rows) > MOST_ROWS
    percent = {"function": "params.value == null ? '–' : d3.format('.1%')(params.value)"}
    columns: list[dict[str, Any]] = [
        {"field": name, "headerName": t(f"customers.{name}"), "tooltipField": name} | _room(name)
        for name in ORDER
    ]
    columns[2] |= {"wrapText": True, "autoHeight": True, "cellClass": "cell-wrap", "tooltipField": None}
    columns[1] |= {
        "valueFormatter": percent,
        "cellClass": "cell-plain-number",
        "headerClass": "head-right",
        "tooltipField": None,
    }
    grid: Component = dag.AgGrid(
        id=forecast_ids.SCORES_GRID,
        className="grid-look",
        columnDefs=columns,
        rowData=list(rows),
        defaultColDef={"sortable": True, "resizable": True, "suppressMovable": True, "filter": True},
        dashGridOptions={
            "rowHeight": ROW,
            "headerHeight": HEAD,
            "suppressFieldDotNotation": True,
            "ensureDomOrder": True,
            "tooltipShowDelay": 300,
            "domLayout": "normal" if tall else "autoHeight",
        },
        style={"height": HEAD + ROW * MOST_ROWS if tall else None, "width": "100%"},
    )
    return grid


def _model_card(found: Mapping[str, Any], units: Units, *, whole: bool) -> html.Article:
    """What the scores were worth on customers that no training had seen; not `whole`: without counts and
    shares of the company's customers."""
    figures = [
        ("auc", t("customers.auc_range", auc=_plain(found["auc"]), error=_plain(1.96 * found["error"]))),
        ("pr_auc", _plain(found["pr_auc"])),
        ("base_rate", units.percent(found["base_rate"]) if whole else MISSING),
        ("calibration_error", units.percent(found["calibration_error"])),
        ("precision", MISSING if found["precision"] is None else units.percent(found["precision"])),
        ("recall", units.percent(found["recall"])),
        ("f1", _plain(found["f1"])),
        ("lift", t("units.multiple", number=f"{found['lift']:.1f}")),
    ]
    sub = _learnt(found, units, whole=whole)
    badge = html.Span(
        t("customers.signal" if found["signal"] else "customers.no_signal"),
        className=f"badge-look {'p' if found['signal'] else 'w'}",
    )
    shown = html.Dl(
        [_figure(name, text, found.get(name), units) for name, text in figures], className="figures"
    )
    note = html.P(f"{t('models.target_note')} {t('customers.card_note')}", className="muted")
    about = meanings("customers", [name for name, _ in figures])
    return page_card(t("customers.card"), sub, [html.P(badge), shown, note], name="model", about=about)


def _learnt(found: Mapping[str, Any], units: Units, *, whole: bool) -> str:
    """The days that the model learnt from and was judged on, and of the whole company how many rows."""
    judged, trained = sorted(found["judged_on"]), sorted(found["trained_on"])
    days = {
        "first": _day(judged[0], units),
        "last": _day(judged[-1], units),
        "from": _day(trained[0], units),
        "until": _day(trained[-1], units),
    }
    if not whole:
        return t("customers.card_sub_withheld", **days)
    counts = {
        "rows": units.full(found["rows"], "count"),
        "customers": units.full(found["groups"], "count"),
        "training_rows": units.full(found["training_rows"], "count"),
    }
    return t("customers.card_sub", **counts, **days)


def _figure(name: str, text: str, found: float | None, units: Units) -> html.Div:
    """A measure, and the specification's target where it asks for one."""
    title = html.Dt(t(f"customers.{name}"), title=t(f"customers.about_{name}"))
    wanted = target(name, CHURN.get(name), found, units)
    aim = html.Dd([f"{t('models.target')} ", *wanted], className="why") if wanted else None
    if name == "base_rate" and text == MISSING:
        aim = html.Dd(t("states.not_in_scope"), className="why")
    return html.Div([title, html.Dd(text), aim])


def _importance(found: Mapping[str, Any]) -> html.Article:
    """As shares of all that moves a score: the model's own unit says nothing to a reader."""
    sizes, units = found["importance"], Units()
    whole = sum(sizes.values())
    rows = [
        [score_view.feature(name), units.percent(size / whole) if whole else MISSING]
        for name, size in list(sizes.items())[:TOP_FEATURES]
    ]
    body = [table([t("customers.importance_fact"), t("customers.importance_share")], rows)]
    return page_card(t("customers.importance"), t("customers.importance_sub"), body, name="importance")


def _day(text: str, units: Units) -> str:
    return units.day(date.fromisoformat(text))


def _plain(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


PAGES.add(Page("customers", "customers.title", "analysis", ANALYSIS, "people", layout, needs=WITH_GRID))
