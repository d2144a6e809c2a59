"""`/glossary`: every metric as it is declared; generated from the registry, so it cannot be out of date."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from app.accounts.permissions import DASHBOARDS
from app.data.metrics import catalogue
from app.data.metrics.base import METRICS, Metric
from app.layouts import table_ids
from app.layouts.attributes import attributes
from app.layouts.icons import icon
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
                entries("", context.services),
                id=table_ids.GLOSSARY_LIST,
                **attributes({"aria-live": "polite"}),
            ),
        ],
        className="table-page glossary",
    )


def entries(words: str, services: Services) -> list[Component]:
    """Entries whose id, title or definition holds the words, by group."""
    wanted = words.strip().casefold()
    found = [metric for metric in METRICS if wanted in _text(metric)]
    if not found:
        return [html.Div(html.B(t("glossary.empty", words=words)), className="table-state", role="status")]
    parts: list[Component] = [html.P(t("glossary.count", count=len(found)), className="table-foot")]
    for group, metrics in groupby(found, key=lambda metric: metric.group):
        parts.append(_group(group, list(metrics), services))
    return parts


def _group(group: str, metrics: Sequence[Metric], services: Services) -> html.Section:
    return html.Section(
        [
            html.H2(group.capitalize()) if group else None,
            *(_entry(metric, services.query.dimensions(metric.id)) for metric in metrics),
        ]
    )


def _entry(metric: Metric, dimensions: Sequence[str]) -> html.Article:
    facts: list[tuple[str, Any]] = [
        (t("glossary.formula"), html.Code(_formula(metric))),
        (t("glossary.unit"), t(f"glossary.unit_{metric.unit}")),
        (t("glossary.direction"), t(f"glossary.direction_{metric.direction}")),
        (t("glossary.dimensions"), ", ".join(dimensions)),
        (t("glossary.owner"), metric.owner),
        (t("glossary.used"), ", ".join(used_in(metric.id)) or t("glossary.unused")),
    ]
    if metric.source:
        facts.append((t("glossary.source"), metric.source))
    version = t("passport.version", version=metric.version, since=metric.since)
    head: list[Any] = [metric.title, html.Code(metric.id), html.Span(version, className="badge-look")]
    pairs = [part for name, text in facts if text for part in (html.Dt(name), html.Dd(text))]
    label = [html.P(metric.label, className="muted")] if metric.label else []
    return html.Article(
        [html.H3(head), html.P(metric.definition), *label, html.Dl(pairs)], id=f"metric-{metric.id}"
    )


def _formula(metric: Metric) -> str:
    """numerator ÷ denominator × scale."""
    text = catalogue.formula(metric.numerator)
    if metric.denominator is not None:
        text = f"{text} ÷ {catalogue.formula(metric.denominator)}"
    return f"{text} × {metric.scale:g}" if metric.scale != 1 else text


def _text(metric: Metric) -> str:
    return f"{metric.id} {metric.title} {metric.definition} {metric.label}".casefold()


PAGES.add(Page("glossary", "glossary.title", "data", DASHBOARDS, "book", layout))
