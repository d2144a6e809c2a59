"""Menus that open under a button and hold links: they work with the keyboard and without a callback."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from app.layouts.attributes import NAV, attributes
from app.layouts.icons import icon

Children = Sequence[Component | str]


def link(children: Any, href: str, className: str, **more: Any) -> html.A:
    """An address inside the app: opened without loading the document again."""
    return html.A(children, href=href, className=className, **NAV, **more)


def menu(label: Children, children: Children, *, right: bool = False, name: str = "") -> html.Details:
    """A button that opens a small panel."""
    button = html.Summary(
        [*label, icon("down", 14)], className="btn-look", **attributes({"aria-label": name} if name else {})
    )
    return html.Details(
        [button, html.Div(list(children), className="menu-panel" + (" menu-right" if right else ""))],
        className="menu-pop",
    )


def item(title: str, href: str, *, hint: str = "", checked: bool | None = None, symbol: str = "") -> html.A:
    """One line of a menu that leads to an address."""
    mark = icon("check", 14) if checked else html.Span(className="menu-gap")
    lead = [mark] if checked is not None else ([icon(symbol)] if symbol else [])
    words = [
        html.Span(title, className="menu-title"),
        *([html.Span(hint, className="menu-hint")] if hint else []),
    ]
    current = {"aria-current": "true"} if checked else {}
    return link(
        [*lead, html.Span(words, className="menu-words")],
        href=href,
        className="menu-item",
        **attributes(current),
    )


def heading(text: str) -> html.Div:
    return html.Div(text, className="menu-heading")


def note(text: str) -> html.Div:
    return html.Div(text, className="menu-note")


def rule() -> html.Hr:
    return html.Hr(className="menu-rule")
