"""`/glossary`: every metric as it is declared; generated from the registry, so it cannot be out of date."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from app.accounts.permissions import DASHBOARDS
from app.data.metrics import catalogue
from app.data.metrics.base import DIMENSIONS, METRICS, Metric
from app.data.metrics.formula import formula
from app.layouts import table_ids
from app.layouts.attributes import attributes
from app.layouts.icons import icon
from app.layouts.markup import Markup, inert, named
from app.layouts.pages.base import PAGES, Page, PageContext
from app.layouts.uses import used_in
from app.services import Services
from app.text import t


def layout(context: PageContext) -> Component:
    """Search box and entries."""
    box = dcc.Input(
        id=table_ids.GLOSSARY_FIND,
        type="search",
        placeholder=t("glossary.find"),
        className="find-box",
        debounce=0.2,
    )
    find = html.Label(
        [icon("search", 14), box], className="find-look", **attributes({"aria-label": t("glossary.find")})
    )
    return html.Div(
        [
            html.Div([find], className="toolbar"),
            html.Div(
                inert(entries("", context.services)),
                id=table_ids.GLOSSARY_LIST,
                **attributes({"aria-live": "polite"}),
            ),
        ],
        className="table-page glossary",
    )


def entries(words: str, services: Services) -> list[Component]:
    """Entries whose id, title or definition holds the words, by group."""
    wanted = words.strip().casefold()
    found = [metric for metric in METRICS if wanted in _text(metric, services)]
    if not found:
        return [html.Div(html.B(t("glossary.empty", words=words)), className="table-state", role="status")]
    parts: list[Component] = [html.P(t("glossary.count", count=len(found)), className="table-foot")]
    groups: dict[str, list[Metric]] = {}
    for metric in found:
        groups.setdefault(metric.group, []).append(metric)
    return [*parts, *(_group(group, metrics, services) for group, metrics in groups.items())]


def _group(group: str, metrics: Sequence[Metric], services: Services) -> html.Section:
    return html.Section(
        [
            html.H2(group) if group else None,
            html.Div(
                [_entry(metric, services) for metric in metrics],  # type: ignore[misc]
                className="terms",
            ),
        ]
    )


def _entry(metric: Metric, services: Services) -> Markup:
    """Title, definition and formula; the rest is folded away behind the title."""
    written = formula(metric, services.settings)
    label = _label(metric, services)
    head = [
        html.H3(metric.title),
        html.Span(label, className="muted small") if label else None,
        icon("down", 12),
    ]
    article = html.Article(
        [
            html.Details(
                [
                    html.Summary(head, className="term-head", title=t("glossary.details")),
                    html.Dl(_facts(metric, catalogue.dimensions(metric.id))),
                ]
            ),
            html.P(metric.definition),
            html.P(f"= {written}", className="term-formula") if written != metric.title else None,
        ]
    )
    return named(metric.id, article)


def _facts(metric: Metric, dimensions: Sequence[str]) -> list[Component]:
    facts: list[tuple[str, Any]] = [
        (t("glossary.unit"), t(f"glossary.unit_{metric.unit}")),
        (t("glossary.direction"), t(f"glossary.direction_{metric.direction}")),
        (t("glossary.dimensions"), ", ".join(DIMENSIONS.get(name).title.lower() for name in dimensions)),
        (t("glossary.source"), metric.source),
        (t("glossary.used"), ", ".join(used_in(metric.id)) or t("glossary.unused")),
        (t("glossary.owner"), metric.owner),
        (t("glossary.version"), t("passport.version", version=metric.version, since=metric.since)),
        (t("glossary.id"), html.Code(metric.id)),
    ]
    return [part for name, text in facts if text for part in (html.Dt(name), html.Dd(text))]


def _text(metric: Metric, services: Services) -> str:
    said = (metric.id, metric.title, metric.brief, metric.definition, _label(metric, services))
    return " ".join(said).casefold()


def _label(metric: Metric, services: Services) -> str:
    return metric.label(services.settings.attribution_lookback_days)


PAGES.add(Page("glossary", "glossary.title", "data", DASHBOARDS, "book", layout))
