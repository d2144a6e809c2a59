"""Action items: what was promised, by whom, until when; added and ticked off in place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from app.accounts.permissions import ACTIONS
from app.data.actions import DONE, OPEN, STATES, ActionEntry
from app.layouts import cards, ids
from app.layouts.attributes import ENCLOSING, attributes
from app.layouts.icons import icon
from app.layouts.widgets.base import Frames, Widget, WidgetContext
from app.text import t

TONES = {"open": "", "in_work": "a", "waiting": "w", "done": "p"}


@dataclass(frozen=True, kw_only=True)
class ActionItems(Widget):
    live = True

    most: int = 20

    @property
    def metrics(self) -> tuple[str, ...]:
        return ()

    def render(self, frames: Frames, context: WidgetContext) -> Component:
        items = context.actions()
        return cards.card(
            self,
            context,
            frames,
            [
                html.Div(
                    item_list(items, context, self.most), id=ids.ACTION_LIST, className="list", **ENCLOSING
                )
            ],
            tools=(_add(context),) if context.viewer.may(ACTIONS) else (),
        )


def summary(items: Sequence[ActionEntry], context: WidgetContext) -> str:
    """How many are open, and how many of them are the reader's."""
    still = [item for item in items if item.state != DONE]
    if not still:
        return t("actions.summary_none")
    yours = sum(item.owner_id == context.viewer.user_id for item in still)
    return t("actions.summary", open=len(still), yours=yours)


def item_list(items: Sequence[ActionEntry], context: WidgetContext, most: int) -> list[Component]:
    """How many there are, then one line an item."""
    said = html.Div(summary(items, context), className="sub")
    if not items:
        return [said, html.P(t("actions.empty"), className="state-text")]
    lines = [said, *(_item(item, context) for item in items[:most])]
    if len(items) > most:
        lines.append(html.Div(t("actions.more", count=len(items) - most), className="muted small more-line"))
    return lines


def _item(item: ActionEntry, context: WidgetContext) -> Component:
    done = item.state == DONE
    tick = html.Button(
        icon("check", 14) if done else None,
        id=ids.action_done(item.id, OPEN if done else DONE),
        className="ck on" if done else "ck",
        disabled=not context.viewer.may(ACTIONS),
        role="checkbox",
        **attributes(
            {"aria-checked": str(done).lower(), "aria-label": t("actions.mark_done", title=item.title)}
        ),
    )
    late = item.due is not None and item.due < context.today and not done
    due = (
        t("actions.no_due")
        if item.due is None
        else t(
            "actions.overdue" if late else "actions.due", day=context.units.day(item.due, today=context.today)
        )
    )
    owned = item.owner or t("actions.no_owner")
    owner = html.Span(_initials(item.owner), className="av sm", **attributes({"aria-hidden": "true"}))
    words = [
        html.Bdi(item.title, className="m5 cut-two", title=item.title),
        html.Div(
            [html.Span(due, className="neg" if late else None), " · ", html.Bdi(owned)], className="sub"
        ),
    ]
    state = html.Span(t(f"actions.state_{item.state}"), className=f"badge-look {TONES[item.state]}")
    shown = _change(item, state, context) if context.viewer.may(ACTIONS) else state
    return html.Div(
        [tick, html.Div(words, className="grow"), owner, shown],
        className="li done" if done else "li",
        **attributes({"data-item": item.id}),
    )


def _change(item: ActionEntry, state: Component, context: WidgetContext) -> Component:
    """The state as a button that opens a small form: state, owner and due day."""
    owners = [{"label": name, "value": user_id} for user_id, name in context.people()]
    if item.owner_id is not None and item.owner_id not in {owner["value"] for owner in owners}:
        owners.append({"label": item.owner, "value": item.owner_id})
    states = [{"label": t(f"actions.state_{name}"), "value": name} for name in STATES]
    form = [
        html.Label([t("actions.state"), _choice("state", item, states, item.state, clearable=False)]),
        html.Label([t("actions.owner"), _choice("owner", item, owners, item.owner_id, clearable=True)]),
        html.Label(
            [
                t("actions.until"),
                dcc.Input(
                    id=ids.action_field("due", item.id),
                    type="date",  # type: ignore[arg-type]
                    value=item.due.isoformat() if item.due else "",
                ),
            ]
        ),
        html.Div(id=ids.action_field("problem", item.id), className="neg small", role="alert"),
        html.Button(t("actions.change"), id=ids.action_field("save", item.id), className="btn-look p"),
        _remove(item),
    ]
    label = attributes({"aria-label": t("actions.change_label", title=item.title)})
    return html.Details(
        [
            html.Summary([state, icon("down", 12)], className="badge-button", **label),
            html.Div(form, className="menu menu-right inline-form"),
        ],
        className="pop",
    )


def _remove(item: ActionEntry) -> Component:
    """The way out of an item, which asks before it goes."""
    return html.Details(
        [
            html.Summary(t("actions.remove"), className="btn-look quiet fold-head"),
            html.P(t("actions.remove_text", title=item.title), className="muted small-words"),
            html.Button(
                t("actions.remove_do"), id=ids.action_field("remove", item.id), className="btn btn-danger"
            ),
        ],
        className="removal",
    )


def _choice(
    name: str, item: ActionEntry, options: list[dict[str, Any]], value: Any, *, clearable: bool
) -> Component:
    return dcc.Dropdown(
        options,
        id=ids.action_field(name, item.id),
        value=value,
        clearable=clearable,
        searchable=len(options) > 8,
    )


def _initials(name: str) -> str:
    return "".join(part[0] for part in name.split()[:2]).upper() or "–"


def _add(context: WidgetContext) -> Component:
    owners = [{"label": name, "value": user_id} for user_id, name in context.people()]
    form = [
        html.Label([t("actions.what"), dcc.Input(id=ids.ACTION_TITLE, maxLength=200, debounce=False)]),
        html.Label(
            [
                t("actions.owner"),
                dcc.Dropdown(
                    owners,
                    id=ids.ACTION_OWNER,
                    value=context.viewer.user_id,
                    clearable=True,
                    searchable=len(owners) > 8,
                ),
            ]
        ),
        html.Label([t("actions.until"), dcc.Input(id=ids.ACTION_DUE, type="date")]),  # type: ignore[arg-type]
        html.Div(id=ids.ACTION_PROBLEM, className="neg small", role="alert"),
        dcc.Store(id=ids.ACTION_ADDED),
        html.Button(t("actions.save"), id=ids.ACTION_SAVE, className="btn-look p"),
    ]
    return html.Details(
        [
            html.Summary([icon("plus", 14), t("actions.add")], className="btn-look g sm"),
            html.Div(form, className="menu menu-right inline-form"),
        ],
        className="pop",
    )
