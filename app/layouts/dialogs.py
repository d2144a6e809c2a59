"""Dialogs: a question with the object's name, the way back first, the verb last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import ctx, dcc, html
from dash.development.base_component import Component

from app.layouts import people_ids as ids
from app.text import t

MOST_SHOWN = 8  # people that a question names; the others are counted


def holder(dialog: str) -> Component:
    """The closed dialog of a page; a callback fills and opens it."""
    modal: Component = dbc.Modal(
        id=dialog, is_open=False, centered=True, scrollable=True, contentClassName="dialog-look"
    )
    return modal


def content(title: str, body: Sequence[Component | None], foot: Sequence[Component]) -> list[Component]:
    """What stands in a dialog."""
    return [
        html.Div(html.H2(title), className="dialog-head"),
        html.Div(list(body), className="dialog-body"),
        html.Div([_unsaved(), *foot], className="dialog-foot"),
    ]


def _unsaved() -> Component:
    """Says that what was typed is not saved, once somebody is about to leave it (`assets/dialogs.js`)."""
    return html.Div(html.Span(t("shell.unsaved")), className="dialog-unsaved", role="status")


def keep(dialog: str, text: str, *, primary: bool = False, focus: bool = False) -> Component:
    """The button that closes and changes nothing; `focus`: it has the focus when the dialog opens."""
    return html.Button(
        text,
        id=ids.close(dialog),
        className="btn btn-primary" if primary else "btn btn-secondary",
        type="button",
        autoFocus=focus,
    )


def question(
    dialog: str,
    *,
    title: str,
    text: str,
    verb: str,
    way_back: str,
    danger: bool,
    parts: tuple[str, str, str],
    target: Any,
    more: Sequence[Component] = (),
) -> list[Component]:
    """Asks before something is done; `parts` are the ids of target store, doing button and problem line,
    `more` stands under the text. Whoever presses Enter at once changes nothing."""
    store, doing, problem_line = parts
    act = html.Button(
        verb, id=doing, className="btn btn-danger" if danger else "btn btn-primary", type="button"
    )
    body = [dcc.Store(id=store, data=target), html.P(text), *more, problem(problem_line)]
    return content(title, body, [keep(dialog, way_back, focus=True), act])


def secret(dialog: str, *, title: str, text: str, value: str, done: str) -> list[Component]:
    """Shows a secret this once, ready to be copied."""
    shown = html.Div(
        [html.Code(value, className="secret-text"), dcc.Clipboard(content=value, className="secret-copy")],
        className="secret",
    )
    return content(title, [html.P(text), shown], [keep(dialog, done, primary=True)])


def problem(line: str, text: str = "") -> Component:
    """The place for what went wrong, under the fields."""
    return html.Div(text or None, id=line, className="dialog-problem", role="alert")


def field(label: str, control: Any, hint: str = "") -> Component:
    """A labelled control with its hint beneath."""
    words = html.Div(hint, className="hint") if hint else None
    return html.Div([html.Label(label, htmlFor=control.id), control, words], className="form-field")


def pressed() -> dict[str, object] | str | None:
    """The id of the button that was pressed; None when a button merely appeared."""
    if not ctx.triggered or not ctx.triggered[0]["value"]:
        return None
    found: dict[str, object] | str | None = ctx.triggered_id
    return found
