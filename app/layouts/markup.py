"""Components as the HTML that the browser would make of them, written on the server.

A card that only shows something needs no component tree in the browser: as HTML it costs one assignment
there, as components some hundred subscriptions. Only `dash.html` is known; nothing in it can call back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from dash import html
from dash.development.base_component import Component

from app.errors import DefinitionError
from app.layouts.attributes import attributes

HTML = "dash_html_components"
NAMES = {"className": "class", "htmlFor": "for"}  # React's names that HTML writes otherwise
PLAIN = ("data-", "aria-")
INERT = "data-inert"  # `assets/app.js` puts its text in place as HTML
BARE = frozenset({"children", "id", "key", "n_clicks", "n_clicks_timestamp", "disable_n_clicks"})
VOID = frozenset({"br", "hr", "img", "wbr", "col", "source"})
UNITLESS = frozenset(
    {"opacity", "order", "flex", "flexGrow", "flexShrink", "zIndex", "lineHeight", "fontWeight"}
)


@dataclass(frozen=True)
class Markup:
    """HTML that is written already; stands among components like one of them."""

    html: str


def element(tag: str, **given: Any) -> Markup:
    """An empty element that `dash.html` does not know, such as `input`."""
    return Markup(f"<{tag}{''.join(_attributes(given))}>")


def markup(part: Any) -> str:
    """The HTML of a component that lives on the server alone.

    Raises: DefinitionError when something in it needs the browser's help.
    """
    return "".join(_written(part, sketch=False))


def inert(part: Any) -> html.Div:
    """A place that the browser fills with the HTML of a part that lives on the server alone: a hundred facts
    cost one assignment there. Among components only; a card is inert as a whole.

    Raises: DefinitionError when something in it needs the browser's help.
    """
    return html.Div(**attributes({INERT: markup(part)}))


def named(name: str, part: html.Article) -> Markup:
    """A part that an address leads to behind its '#'."""
    written = markup(part)
    return Markup(f'<{part._type.lower()} id="{escape(name)}" tabindex="-1"{written[len(part._type) + 1 :]}')


def sketch(part: Any) -> str:
    """The HTML of anything; what needs the browser's help is left out until the page is alive."""
    return "".join(_written(part, sketch=True))


def _written(part: Any, *, sketch: bool) -> Iterator[str]:
    if part is None or isinstance(part, bool):
        return
    if isinstance(part, list | tuple):
        for one in part:
            yield from _written(one, sketch=sketch)
    elif isinstance(part, Component):
        yield from _element(part, sketch=sketch)
    elif isinstance(part, Markup):
        yield part.html
    else:
        yield escape(str(part), quote=False)


def _element(part: Component, *, sketch: bool) -> Iterator[str]:
    if part._namespace != HTML:
        if not sketch:
            raise DefinitionError(f"A card holds {part._type}, which is no HTML element.")
        return
    given = part.to_plotly_json()["props"]  # type: ignore[no-untyped-call]
    if "id" in given and not sketch:
        raise DefinitionError(f"A card holds a component with an id ({given['id']}); nothing can answer it.")
    tag = part._type.lower()
    yield f"<{tag}{''.join(_attributes(given))}>"
    if tag not in VOID:
        yield from _written(given.get("children"), sketch=sketch)
        yield f"</{tag}>"


def _attributes(given: Mapping[str, Any]) -> Iterator[str]:
    for name, value in given.items():
        if name in BARE or value is None or value is False and not name.startswith(PLAIN):
            continue
        text = _style(value) if name == "style" else str(value)
        shown = name if name.startswith(PLAIN) else NAMES.get(name, name.lower())
        yield f" {shown}" if value is True and not name.startswith(PLAIN) else f' {shown}="{escape(text)}"'


def _style(rules: Mapping[str, Any]) -> str:
    return ";".join(
        f"{_dashed(name)}:{_length(name, value)}" for name, value in rules.items() if value is not None
    )


def _dashed(name: str) -> str:
    return name if name.startswith("--") else re.sub("[A-Z]", lambda found: f"-{found[0].lower()}", name)


def _length(name: str, value: Any) -> str:
    bare = name.startswith("--") or name in UNITLESS or not isinstance(value, int | float) or value == 0
    return str(value) if bare else f"{value}px"
