"""The number passport: where one number comes from, in a panel at the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dash import html
from dash.development.base_component import Component

from app import members
from app.accounts.permissions import API
from app.accounts.viewer import Viewer
from app.data.metrics import catalogue
from app.data.metrics.base import DIMENSIONS, METRICS, Metric
from app.data.metrics.formula import words
from app.data.query.frame import Freshness, Passport, PassportPart
from app.data.query.spec import PAID, Filter
from app.data.warehouse.dimensions import NOT_SET
from app.layouts import table_ids
from app.layouts.aspects import Aspect, Term
from app.layouts.attributes import attributes
from app.layouts.cards import number as number_of
from app.layouts.deltas import ARROWS, Delta, sentence
from app.layouts.icons import icon
from app.layouts.menus import link
from app.settings import Settings
from app.text import t
from app.units import MISSING, Units, age, exact


@dataclass(frozen=True)
class PassportContext:
    """What the panel needs besides the passport: who reads, when, where the rows stand, what the change
    means, in the words of the cards, and how many the cases are where they are few."""

    viewer: Viewer
    units: Units
    settings: Settings
    now: datetime
    rows_addresses: Mapping[str, str]  # where the rows of each part stand
    delta: Delta
    base: str
    aspect: Aspect | None = None
    few: int | None = None


def panel(passport: Passport, context: PassportContext) -> Component:
    """The whole panel."""
    return _frame(
        [
            _head(passport, context),
            *_made_of(passport, context.aspect),
            _division(passport, context.settings),
            _definition(passport),
            _asked(passport, context.units),
            _sources(passport, context),
            _rows(passport, context),
        ]
    )


def failed(message: str) -> Component:
    """The panel when the number cannot be explained."""
    return _frame([html.Div([icon("warning"), html.Span(message)], className="passport-error", role="alert")])


def _frame(children: Sequence[Component | None]) -> Component:
    close = html.Button(
        icon("close", label=t("passport.close")),
        id=table_ids.PASSPORT_CLOSE,
        className="btn-look quiet i",
        type="button",
    )
    head = html.Div([html.H2(t("passport.title")), close], className="passport-head")
    return html.Aside([head, html.Div(list(children), className="passport-body")], className="passport",
                      role="dialog", **attributes({"aria-label": t("passport.title")}))  # fmt: skip


def _head(passport: Passport, context: PassportContext) -> Component:
    aspect = context.aspect
    where = ", ".join(_named(entry, aspect) for entry in passport.filters)
    name = ", ".join(part for part in (passport.title, where, aspect.name if aspect else "") if part)
    value = aspect.text if aspect else context.units.full(passport.value, passport.unit)
    return html.Div(
        [
            html.Div(html.Bdi(name), className="passport-name"),
            html.Div(value, className=f"passport-value{'' if context.few is None else ' low muted'}"),
            None if context.few is None else _low(context.few),
            _delta(passport, context),
            html.P(passport.note, className="passport-note") if passport.note else None,
        ]
    )


def _named(entry: Filter, aspect: Aspect | None) -> str:
    """Members by their names; those that a card told together as it told them."""
    together = aspect is not None and entry == aspect.part and len(entry.values) > 1
    return t("widgets.insights_others", count=len(entry.values)) if together else _members(entry)


def _low(cases: int) -> Component:
    return html.Div(t("widgets.low_volume", n=cases), className="passport-name")


def _delta(passport: Passport, context: PassportContext) -> Component | None:
    """The change with its verdict."""
    if passport.base is None or passport.value is None or not context.base:
        return None
    if context.aspect and context.aspect.part:
        return None  # its own rate may well fall while it adds to the whole
    change = sentence(context.delta, passport.unit, context.units)
    said = t("passport.versus", base=context.base)
    arrow = icon(ARROWS[context.delta.sign], 12)
    look = f"cell-{context.delta.verdict}"
    return html.Div(
        [html.B([arrow, " ", change], className=look), " ", html.Span(said)], className="passport-delta"
    )


def _made_of(passport: Passport, aspect: Aspect | None) -> list[Component]:
    """A number beside the value written out, and what else is to be known of it."""
    if aspect is None:
        return []
    facts: list[Component] = [html.Section(_list(aspect.facts))] if aspect.facts else []
    if not aspect.terms:
        return facts
    first, second = (_term(passport, term) for term in aspect.terms)
    signs = [html.Span(sign, className="fraction-sign") for sign in (aspect.sign, "=")]
    result = html.B(aspect.text, className="fraction-result")
    made = html.Div(
        [first, signs[0], second, signs[1], result], className="passport-division passport-aspect"
    )
    return [made, *facts]


def _term(passport: Passport, term: Term) -> Component:
    """One of the numbers that another is made of; it leads to its own passport where it has one."""
    label = f"{passport.title}, {term.name}"
    number = number_of(term.text, passport.metric, term.asked, label=label) if term.asked else term.text
    return html.Div(
        [html.Div(term.name, className="fraction-name"), html.Div(number, className="fraction-number")],
        className="fraction",
    )


def _division(passport: Passport, settings: Settings) -> Component:
    """Numerator over denominator, or the sum alone, written out with the exact result."""
    metric = METRICS.get(passport.metric)
    above, scaled = words(metric.numerator, settings, outer=True), passport.scale != 1
    made: list[Component]
    if metric.denominator is None:
        number = [html.Span(exact(passport.numerator, "count"), className="fraction-number")]
        made = [html.Span(above, className="fraction-name"), *(number if scaled else [])]
    else:
        below = words(metric.denominator, settings, outer=True)
        made = [_fraction(above, passport.numerator, passport.denominator, below)]
    scale = [html.Span(f"× {passport.scale:g}", className="fraction-sign")] if scaled else []
    equal = html.Span("=", className="fraction-sign")
    value = html.B(_result(passport, metric), className="fraction-result")
    return html.Div([*made, *scale, equal, value], className="passport-division")


def _result(passport: Passport, metric: Metric) -> str:
    """A sum of money has cents, a quotient all its digits."""
    if metric.denominator is None and passport.unit == "money":
        return Units().full(passport.value, "money", symbol=False)
    return exact(passport.value, passport.unit)


def _fraction(above: str, numerator: float | None, denominator: float | None, below: str) -> Component:
    return html.Div(
        [
            html.Div(above, className="fraction-name"),
            html.Div(exact(numerator, "count"), className="fraction-number"),
            html.Hr(),
            html.Div(exact(denominator, "count"), className="fraction-number"),
            html.Div(below, className="fraction-name"),
        ],
        className="fraction",
    )


def _definition(passport: Passport) -> Component:
    version = t("passport.version", version=passport.version, since=passport.since)
    label = [html.P(passport.label, className="muted")] if passport.label else []
    parts = [
        html.P(passport.definition),
        *label,
        html.P(t("passport.owner", owner=passport.owner), className="muted"),
    ]
    return html.Section(
        [html.H3([t("passport.definition"), html.Span(version, className="badge-look")]), *parts]
    )


def _asked(passport: Passport, units: Units) -> Component:
    days = units.days(passport.period)
    if passport.period.open:
        days = t("passport.in_progress", days=days)
    facts = [
        (t("passport.range"), days),
        (t("passport.filters"), _conditions(passport.filters) or t("passport.no_filters")),
    ]
    if passport.scope:
        facts.append((t("passport.scope"), _conditions(passport.scope)))
    if any(measure.money for measure in catalogue.measures(passport.metric)):
        facts.append(
            (
                t("passport.currency"),
                t("passport.rates", currency=units.currency, version=passport.rate_version),
            )
        )
    return html.Section([html.H3(t("passport.asked")), _list(facts)])


def _conditions(filters: Sequence[Filter]) -> str:
    return "; ".join(
        _members(entry)
        if entry == PAID or entry.values == (NOT_SET,)
        else t("passport.is", name=DIMENSIONS.get(entry.dimension).title, values=_members(entry))
        for entry in filters
    )


def _members(entry: Filter) -> str:
    if entry == PAID:
        return t("rows.paid")
    if entry.values == (NOT_SET,) and not entry.negate:
        return t("passport.none", name=DIMENSIONS.get(entry.dimension).title.lower())
    values = members.listed(entry.dimension, entry.values)
    return t("passport.not", values=values) if entry.negate else values


def _sources(passport: Passport, context: PassportContext) -> Component:
    facts = [(source.title, _freshness(source, context)) for source in passport.sources]
    facts.append((t("passport.data_version"), passport.data_version))
    return html.Section([html.H3(t("passport.sources")), _list(facts)])


def _freshness(source: Freshness, context: PassportContext) -> str:
    if source.extracted_at is None:
        return t("passport.never")
    until = context.units.day(source.data_until) if source.data_until else MISSING
    key = "passport.synced" if source.load_id is None else "passport.synced_by"
    since = age(context.now - source.extracted_at)
    return t(key, age=since, until=until, load=source.load_id)


def _rows(passport: Passport, context: PassportContext) -> Component:
    lines = [_part(part, context.rows_addresses[part.id]) for part in passport.parts]
    sql = html.Details(
        [html.Summary(t("passport.sql"), className="btn-look quiet"), html.Pre(passport.sql, tabIndex=0)],
        className="passport-sql",
    )
    shown = [sql] if context.viewer.may(API) and passport.sql else []
    return html.Section([html.H3(t("passport.rows")), *lines, *shown])


def _part(part: PassportPart, address: str) -> Component:
    """The rows that add up to a part of the number: to look at, and to take along."""
    export = address.replace("/rows", "/export/rows.csv", 1)
    key = "passport.part_row" if part.rows == 1 else "passport.part_rows"
    said = t(key, rows=f"{part.rows:,}", table=part.table, version=part.version)
    return html.Div(
        [
            html.Div([html.B(part.title), html.Span(said, className="muted")], className="passport-part"),
            link(
                [icon("table"), t("passport.open_rows")],
                address,
                "btn-look",
                **attributes({"aria-label": t("passport.open_part", part=part.title)}),
            ),
            html.A(
                icon("export", label=t("passport.export", part=part.title)),
                href=export,
                className="btn-look i",
                download="",  # the answer says the name
                title=t("passport.export", part=part.title),
            ),
        ],
        className="passport-rows",
    )


def _list(facts: Sequence[tuple[str, str]]) -> html.Dl:
    return html.Dl([part for name, text in facts for part in (html.Dt(name), html.Dd(html.Bdi(text)))])
