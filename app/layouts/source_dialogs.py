"""The dialogs of a source: connecting one, replacing its credentials, trying it, and a backfill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from app.data.models import Source
from app.errors import PadError, mendable
from app.layouts import dialogs
from app.layouts import source_ids as ids
from app.layouts.attributes import attributes
from app.layouts.icons import icon
from app.text import t

if TYPE_CHECKING:
    from app.data.connectors.base import Account, ConnectorKind, CredentialField

USUAL_DAYS = 28


def backfill(source: Source, today: date) -> list[Component]:
    """Names the source, the days and what happens."""
    usual = today - timedelta(days=USUAL_DAYS)
    days = html.Div(
        [
            _day(ids.BACKFILL_START, t("sources.backfill_start"), usual, today),
            _day(ids.BACKFILL_END, t("sources.backfill_end"), today, today),
        ],
        className="condition-form",
    )
    return dialogs.question(
        ids.DIALOG,
        title=t("sources.backfill_title", title=source.title),
        text=t("sources.backfill_text"),
        verb=t("sources.backfill_go"),
        way_back=t("sources.keep"),
        danger=False,
        parts=(ids.TARGET, ids.BACKFILL_GO, ids.PROBLEM),
        target=source.id,
        more=[days, html.P(t("sources.note"), className="muted")],
    )


def asking(source: Source) -> list[Component]:
    """While the platform is asked; the verdict takes the place of these words."""
    waiting = html.P([html.Span(className="spinner"), t("sources.trial_asking", title=source.title)])
    return dialogs.content(
        t("sources.trial_title", title=source.title),
        [html.Div(waiting, id=ids.VERDICT, role="status", className="trial")],
        [dialogs.keep(ids.DIALOG, t("sources.close"), focus=True)],
    )


def reached(accounts: Sequence[Account]) -> list[Component]:
    """The connection works: the accounts that it reaches, and why it does not reach the others."""
    said = html.Div(
        [icon("check"), t("sources.trial_good" if accounts else "sources.trial_good_none")],
        className="said-line",
    )
    lines = [html.Li(_account(account)) for account in accounts if not account.refusal]
    refusals = [_refusal(account.refusal) for account in accounts if account.refusal]
    return [said, html.Ul(lines, className="account-list") if lines else html.Div(), *refusals]


def _refusal(words: str) -> html.Div:
    return html.Div([icon("warning"), html.Bdi(words)], className="problem-line")


def _account(account: Account) -> list[Component]:
    known = (account.id, account.time_zone, account.currency)
    words = " · ".join(part for part in known if part)
    return [html.B(html.Bdi(account.title)), html.Div(html.Bdi(words), className="sub")]


def refused(title: str, problem: PadError, *, address: str = "", outcome: str = "") -> list[Component]:
    """What is wrong with a connection, in whose words, the way out, and what became of what is stored."""
    name = mendable(problem)
    own = problem.hint if name == "other" else ""  # what is mended in no usual way has its own way out
    way_out = own or t(f"sources.trial_{name}_way", title=title)
    parts = [
        html.Div([icon("warning"), t(f"sources.trial_{name}", title=title)], className="problem-line bad"),
        html.P(way_out),
        html.Dl([html.Dt(t("sources.trial_words")), html.Dd(html.Bdi(problem.message))], className="said-by"),
    ]
    if outcome:
        parts.append(html.P(outcome, className="strong"))
    if address:
        parts.append(html.P(t("sources.trial_address", address=address), className="muted"))
    return parts


def mend(source: Source) -> Component:
    """The button that leads from a refusal to other credentials."""
    return html.Button(
        t("sources.credentials"),
        id=ids.button("credentials", source.id, ids.RESULT),
        className="btn btn-secondary",
        type="button",
    )


def choice(kinds: Sequence[ConnectorKind]) -> list[Component]:
    """The platforms that can be connected, or that there is none left."""
    lines = [
        html.Li(
            [
                html.Div([html.B(kind.title), html.Div(kind.id, className="sub")]),
                html.Span(className="toolbar-gap"),
                html.Button(
                    t("sources.connect_one"),
                    id=ids.button("connect", kind.id, ids.RESULT),
                    className="btn-look",
                    type="button",
                    **attributes({"aria-label": t("sources.connect_title", title=kind.title)}),
                ),
            ],
            className="source-head",
        )
        for kind in kinds
    ]
    body = [
        html.P(t("sources.choose_text" if kinds else "sources.choose_none")),
        html.Ul(lines, className="account-list"),
        html.P(t("sources.choose_files"), className="muted"),
    ]
    return dialogs.content(t("sources.choose"), body, [dialogs.keep(ids.DIALOG, t("sources.close"))])


def connection(kind: ConnectorKind) -> list[Component]:
    """The form of a platform that is not connected yet, and the address where it is asked."""
    hidden = {field.name: False for field in kind.fields if not field.plain}
    fields = _fields(kind.fields, {}, hidden)
    address = _labelled(
        t("sources.optional", label=t("sources.address")),
        dbc.Input(id=ids.field(ids.ADDRESS), placeholder=kind.host, autocomplete="off"),
        t("sources.address_hint"),
    )
    return _form(kind, "connect", [*fields, address], ids.CONNECT_SAVE)


def credentials(
    kind: ConnectorKind, shown: Mapping[str, str], secrets: Mapping[str, bool]
) -> list[Component]:
    """The form of a connected one; `secrets` are written and never read back, of each the form says only
    whether there is one."""
    return _form(kind, "credentials", _fields(kind.fields, shown, secrets), ids.CREDENTIALS_SAVE)


def _form(kind: ConnectorKind, verb: str, fields: Sequence[Component], save: str) -> list[Component]:
    body = [
        dcc.Store(id=ids.TARGET, data=kind.id),
        html.P(t(f"sources.{verb}_text", title=kind.title)),
        *fields,
        html.Div(id=ids.PROBLEM, role="alert", className="trial"),
    ]
    act = html.Button(t(f"sources.{verb}_save"), id=save, className="btn btn-primary", type="button")
    title = t(f"sources.{verb}_title", title=kind.title)
    return dialogs.content(title, body, [dialogs.keep(ids.DIALOG, t(f"sources.{verb}_keep")), act])


def _fields(
    fields: Sequence[CredentialField], shown: Mapping[str, str], secrets: Mapping[str, bool]
) -> list[Component]:
    """A field for each value that the connector declares, those of each way to sign in together."""
    ways: dict[str, list[Component]] = {}
    for entry in fields:
        if entry.way:
            ways.setdefault(entry.way, []).append(_field(entry, shown, secrets))
    return [
        *(_field(entry, shown, secrets) for entry in fields if not entry.way),
        *(
            html.Fieldset([html.Legend(t(f"sources.way_{way}")), *inside], className="way")
            for way, inside in ways.items()
        ),
    ]


def _field(entry: CredentialField, shown: Mapping[str, str], secrets: Mapping[str, bool]) -> Component:
    hidden = entry.name in secrets
    kept = t("sources.unchanged") if secrets.get(entry.name) else ""
    words: dict[str, Any] = {"id": ids.field(entry.name), "placeholder": kept}
    if entry.holds:
        control = dbc.Textarea(rows=3, spellcheck="false", **words)
    else:
        kind = {"type": "password", "autocomplete": "new-password"} if hidden else {"autocomplete": "off"}
        control = dbc.Input(value=shown.get(entry.name, ""), **kind, **words)
    label = t(f"sources.field_{entry.name}")
    if not entry.needed:
        label = t("sources.optional", label=label)
    return _labelled(label, control, t(f"sources.field_{entry.name}_hint"))


def _labelled(label: str, control: Component, hint: str) -> Component:
    return html.Div(
        [
            html.Label([html.Div(label, className="field-label"), control]),
            html.Div(hint, className="hint"),
        ],
        className="form-field",
    )


def _day(name: str, label: str, value: date, latest: date) -> html.Label:
    kind: Any = "date"  # Dash passes it on, its types do not know it
    box = dcc.Input(
        id=name, type=kind, value=value.isoformat(), max=latest.isoformat(), className="field-look"
    )
    return html.Label([html.Span(label), box], className="field-label")
