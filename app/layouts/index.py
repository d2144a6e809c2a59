"""The document around the app: what the browser gets before any script runs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from html import escape

from dash.development.base_component import Component

from app.accounts.viewer import Viewer
from app.assets import BUNDLE, Assets
from app.figures.theme import template
from app.layouts import card_menu, filters
from app.layouts.attributes import attributes
from app.layouts.markup import markup, sketch
from app.layouts.pages.base import AG_GRID, BOOTSTRAP, PAGES
from app.layouts.preferences import rail_collapsed, theme_of
from app.text import t

DOCUMENT = """<!DOCTYPE html>
<html lang="en" data-bs-theme="{theme}" data-theme-choice="{choice}" data-rail="{rail}" data-given="{given}">
<head>
{metas}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="same-origin">
<title>{title}</title>
<link rel="icon" type="image/svg+xml" href="{icon}">
<link rel="preload" as="font" type="font/woff2" crossorigin href="{font}">
<link rel="stylesheet" href="{styles}">
<script src="{app}"></script>
<script src="{plotly}" defer></script>
<script src="{figures}" defer></script>
<script src="{views}" defer></script>
<script src="{grid}" defer></script>
<script src="{dialogs}" defer></script>
<link rel="preload" as="fetch" crossorigin href="/_dash-layout">
<link rel="preload" as="fetch" crossorigin href="/_dash-dependencies">
</head>
<body>
<div id="still">{still}</div>
<template id="{menu_place}">{menu}</template>
{app_entry}
<footer>
{config}
{scripts}
<script id="_dash-renderer" src="{start}" defer></script>
</footer>
</body>
</html>"""
SCRIPT = re.compile(r"<script src=[^>]*/_dash-component-suites/(\w+)/[^>]*></script>")
OURS = ("app", "figures", "views", "grid", "dialogs", "start")
UNUSED = "dash/dash_table/"  # Dash sends its own table to every page; ours is AG Grid


def document(
    assets: Assets, viewer: Viewer, path: str, parts: Mapping[str, str], still: Component | None
) -> str:
    """The document for one reader and page; `still` is what it shows until the page is alive."""
    choice = theme_of(viewer)
    page = path.strip("/")
    name = t(PAGES.get(page).title) if page in PAGES else parts["title"]
    needs = PAGES.get(page).needs if page in PAGES else ()
    return DOCUMENT.format(
        theme="dark" if choice == "dark" else "light",
        choice=choice,
        rail="collapsed" if rail_collapsed(viewer) else "open",
        title=escape(f"{name} · {parts['title']}" if page in PAGES else name),
        icon=assets.address("favicon.svg"),
        font=assets.address("inter-latin-wght.woff2"),
        styles=assets.address(BUNDLE),
        given=escape(json.dumps(given(), separators=(",", ":"))),
        still=sketch(still),
        menu_place=card_menu.PLACE,
        menu=markup(card_menu.menu()),
        scripts=scripts(parts["scripts"], needs),
        plotly=assets.address("plotly-basic.min.js"),
        **{name: assets.address(f"{name}.js") for name in OURS},
        **attributes({key: parts[key] for key in ("metas", "app_entry", "config")}),
    )


def given() -> dict[str, object]:
    """What our scripts have to know: the look of figures, names of filters, scripts of pages, sentences."""
    return {
        "template": template(),
        "filters": filters.NAMES,
        "needs": {page.id: page.needs for page in PAGES if page.needs},
        "unreachable": t("states.unreachable"),
        "again": t("states.retry"),
    }


def scripts(tags: str, needs: Sequence[str]) -> str:
    """Dash's scripts without those that no part of the page needs, to be run once the document is shown."""
    return SCRIPT.sub(lambda found: _script(found, needs), tags)


def _script(found: re.Match[str], needs: Sequence[str]) -> str:
    optional = found[1] in (AG_GRID, BOOTSTRAP) and found[1] not in needs
    return "" if optional or UNUSED in found[0] else found[0].replace("<script ", "<script defer ")
