"""The frame around every page: rail, header, tab bar on phones, and the place where the page stands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dash import dcc, html
from dash.development.base_component import Component

from app.accounts.viewer import Viewer
from app.layouts import ids
from app.layouts.attributes import ENCLOSING, NAV, attributes
from app.layouts.data_time import data_time
from app.layouts.icons import icon
from app.layouts.inbox import bell
from app.layouts.pages.base import PAGES, Group, Page, PageContext
from app.layouts.states import message_page
from app.services import Services
from app.text import t
from app.units import place

RAIL_GROUPS: tuple[Group, ...] = ("dashboards", "analysis", "work", "data")
FOOT_GROUPS: tuple[Group, ...] = ("admin",)
PHONE_TABS = 4


def page_of(path: str) -> Page | None:
    """The page at a path; none lies below another."""
    page_id = path.strip("/")
    return PAGES.get(page_id) if page_id in PAGES else None


def status_of(page: Page | None, viewer: Viewer) -> int:
    if page is None:
        return 404
    return 200 if viewer.may(page.permission) else 403


def first_page(viewer: Viewer) -> Page:
    """The first page in the rail that the reader may open."""
    return next((page for page in listed(viewer) if viewer.may(page.permission)), next(iter(PAGES)))


def listed(viewer: Viewer, groups: tuple[Group, ...] = (*RAIL_GROUPS, *FOOT_GROUPS)) -> list[Page]:
    """Pages of the rail that the reader may open, group by group; the Executive dashboard leads."""
    pages = [
        page for page in PAGES if not page.hidden and viewer.may(page.permission) and page.group in groups
    ]
    return sorted(pages, key=lambda page: (groups.index(page.group), page.id != "executive"))


def shell(services: Services, viewer: Viewer, address: str | None, *, still: bool = False) -> Component:
    """The whole layout with the page of `address` in it; without an address the page is asked for later, as
    when it is so long that the browser tells its host alone.

    `still`: as the document shows it before anything is alive; a page that cannot be drawn so is left empty.
    """
    asked = urlsplit(address or "")
    page = page_of(asked.path)
    if asked.path in ("", "/"):
        title = ""
        content: Component = html.Div(id=ids.LATE_PAGE)
    elif still and not (page and page.drawn):
        title, content = t(page.title) if page else "", html.Div()
    else:
        title, content = page_content(services, viewer, asked.path, asked.query, still=still)
    return html.Div(
        [
            _location(address if asked.path.strip("/") else None),
            dcc.Store(id=ids.THEME_SAVED),
            dcc.Store(id=ids.RAIL_SAVED),
            html.A(t("shell.skip"), href=f"#{ids.PAGE}", className="skip-link"),
            _rail(services, viewer, asked.path),
            html.Div(
                [_header(services, viewer, title), html.Main(content, id=ids.PAGE, tabIndex=-1, **ENCLOSING)],
                className="column",
            ),
            _tab_bar(viewer, asked.path),
            html.Div(id=ids.PASSPORT, **ENCLOSING),
            dcc.Store(id=ids.PASSPORT_ASKED),
            html.Div(id=ids.ANNOUNCER, className="toasts", **attributes({"aria-live": "polite"})),
        ],
        className="app",
    )


def page_content(
    services: Services, viewer: Viewer, path: str, search: str, *, still: bool = False
) -> tuple[str, Component]:
    """Title and body of the page at a path, or the page that says why there is none."""
    page = page_of(path)
    status = status_of(page, viewer)
    home = first_page(viewer)
    way = html.A(t("states.go_home", title=t(home.title)), href=home.path, className="btn-look", **NAV)
    if page is None:
        text = t("states.not_found", path=path)
        return t("states.not_found_title"), message_page(t("states.not_found_title"), text, way)
    if status == 403:
        text = t("states.forbidden", title=t(page.title))
        return t("states.forbidden_title"), message_page(t("states.forbidden_title"), text, way)
    return t(page.title), page.layout(PageContext(services, viewer, search, still))


def _location(address: str | None) -> Component:
    """The address as the browser already has it, so that its arrival is no change that asks again."""
    if not address:
        return dcc.Location(id=ids.LOCATION, refresh=False)
    asked = urlsplit(address)
    search = f"?{asked.query}" if asked.query else ""
    return dcc.Location(
        id=ids.LOCATION, refresh=False, pathname=asked.path, search=search, href=address, hash=""
    )


def _rail(services: Services, viewer: Viewer, path: str) -> Component:
    organisation = services.settings.organisation
    name = t("shell.demo", organisation=organisation) if services.settings.demo else organisation
    groups: list[Component] = []
    for group in RAIL_GROUPS:
        pages = listed(viewer, (group,))
        if pages:
            groups.append(html.Div(t(f"shell.group_{group}"), className="rail-group"))
            groups += [_item(page, path) for page in pages]
    foot = [_item(page, path) for page in listed(viewer, FOOT_GROUPS)]
    foot.append(
        html.Button(
            [icon("left"), html.Span(t("shell.collapse"), className="rail-text")],
            id=ids.COLLAPSE,
            className="nav-item",
            title=t("shell.collapse"),
        )
    )
    return html.Nav(
        html.Div(
            [
                html.A(
                    [html.Span(icon("logo", 20), className="logo"), html.Span(name, className="rail-text")],
                    href="/",
                    className="brand",
                    title=name,
                ),
                html.Div(groups, className="rail-items"),
                html.Div(foot, className="rail-foot"),
            ],
            className="rail-inner",
        ),
        id=ids.RAIL,
        className="rail",
        **ENCLOSING,
        **attributes({"aria-label": t("shell.main_navigation")}),
    )


def _carrying(page: Page) -> dict[str, Any]:
    """Attributes of a link in the navigation; to a page with filters it takes the present ones along
    (`assets/app.js`)."""
    return NAV | attributes({"data-filters": "1"} if page.filters else {})


def _item(page: Page, path: str, *, text_class: str = "rail-text") -> Component:
    current = attributes({"aria-current": "page"} if page_of(path) is page else {})
    title = t(page.title)
    return html.A(
        [icon(page.icon), html.Span(title, className=text_class)],
        href=page.path,
        className="nav-item" if text_class == "rail-text" else "tab-item",
        title=title,
        **_carrying(page),
        **current,
    )


def _header(services: Services, viewer: Viewer, title: str) -> Component:
    settings = services.settings
    zone = f"{place(settings.time_zone)} ({_offset(services)})"
    return html.Header(
        [
            html.Span(icon("logo", 18), className="logo phone-only"),
            html.H1(title, id=ids.TITLE),
            html.Span(className="sp"),
            html.Span(
                [
                    html.Span(t("shell.meta", currency=settings.currency, zone=zone)),
                    html.Span(data_time(services, viewer), id=ids.DATA_TIME),
                    _checked(),
                ],
                className="meta",
            ),
            html.Button(
                [icon("refresh"), html.Span(t("shell.refresh"), className="wide-only")],
                id=ids.REFRESH,
                className="btn-look",
                title=t("shell.refresh_label"),
                **attributes({"aria-label": t("shell.refresh_label")}),
            ),
            html.Button(
                [icon("moon"), icon("sun")],
                id=ids.THEME,
                className="btn-look g i theme-switch",
                title=t("shell.theme"),
                **attributes({"aria-label": t("shell.theme")}),
            ),
            bell(services, viewer),
            _account(viewer),
        ],
        className="head",
    )


def _checked() -> html.Span:
    """When the server was last asked; the browser fills it in."""
    words = {"data-words": t("shell.checked", age="{age}"), "data-now": t("shell.checked_now")}
    return html.Span(className="checked", **attributes(words))


def _account(viewer: Viewer) -> Component:
    initials = "".join(part[0] for part in (viewer.name or viewer.email or "?").split()[:2]).upper()
    links = [
        html.A([icon(page.icon), t(page.title)], href=page.path, className="mi", **NAV)
        for page in PAGES
        if page.group == "account" and not page.hidden and viewer.may(page.permission)
    ]
    role = t(f"shell.role_{viewer.role}") if viewer.role else ""
    return html.Details(
        [
            html.Summary(
                initials, className="av", **attributes({"aria-label": t("shell.account", name=viewer.name)})
            ),
            html.Div(
                [
                    html.Div(
                        [
                            html.Div(viewer.name, className="m5"),
                            html.Div(viewer.email, className="sub"),
                            html.Div(role, className="sub"),
                        ],
                        className="mh",
                    ),
                    *links,
                    html.A([icon("exit"), t("shell.sign_out")], href="/logout", className="mi"),
                ],
                className="menu menu-right",
            ),
        ],
        className="pop",
    )


def _tab_bar(viewer: Viewer, path: str) -> Component:
    pages = listed(viewer)
    rest = [*pages[PHONE_TABS:], *(page for page in PAGES if page.group == "account" and not page.hidden)]
    tabs: list[Component] = [_item(page, path, text_class="tab-text") for page in pages[:PHONE_TABS]]
    if rest:
        menu = [
            html.A([icon(page.icon), t(page.title)], href=page.path, className="mi", **_carrying(page))
            for page in rest
        ]
        tabs.append(
            html.Details(
                [
                    html.Summary(
                        [icon("menu"), html.Span(t("shell.more"), className="tab-text")], className="tab-item"
                    ),
                    html.Div(menu, className="menu menu-up"),
                ],
                className="pop tab-more",
            )
        )
    return html.Nav(
        tabs,
        id=ids.TABS,
        className="tab-bar",
        **ENCLOSING,
        **attributes({"aria-label": t("shell.main_navigation")}),
    )


def _offset(services: Services) -> str:
    span = services.clock.now().astimezone(ZoneInfo(services.settings.time_zone)).utcoffset() or timedelta()
    hours, rest = divmod(abs(int(span.total_seconds())) // 60, 60)
    return f"UTC{'−' if span < timedelta() else '+'}{hours}" + (f":{rest:02d}" if rest else "")
