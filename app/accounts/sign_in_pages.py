"""Pages without the app around them: sign in, sign out, password, notices. They need no script."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, redirect, render_template, request, send_from_directory
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from jinja2 import FileSystemLoader
from jinja2.loaders import ChoiceLoader

from app.accounts import current, login, routes, users
from app.accounts.permissions import ACCOUNT, PUBLIC
from app.accounts.viewer import NOBODY
from app.errors import InputError
from app.settings import Settings
from app.text import t

HERE = Path(__file__).parent / "pages"
ASSETS = Path(__file__).parents[2] / "assets"
STATIC = {
    "sign_in.css": HERE,
    "sign_in.js": HERE,
    "tokens.css": ASSETS,
    "inter-latin-wght.woff2": ASSETS,
}
_DARK = re.compile(r'\[data-bs-theme="dark"\](\{[^}]*\})')


def install(server: Flask, settings: Settings, limiter: Limiter) -> None:
    """Add the routes; sign-in and password tries are slowed by address."""
    ours = FileSystemLoader(HERE)
    server.jinja_loader = ChoiceLoader([ours, server.jinja_loader]) if server.jinja_loader else ours
    server.jinja_env.globals.update(t=t, organisation=settings.organisation, csrf=current.csrf_token)
    slowed = limiter.limit("30 per minute; 300 per hour", methods=["POST"])
    both = ("GET", "POST")
    routes.declare(server, "/login", PUBLIC, slowed(_login), methods=both)
    routes.declare(server, "/login/<name>", PUBLIC, _static)
    routes.declare(server, "/logout", ACCOUNT, _logout, methods=both)
    routes.declare(server, "/password", ACCOUNT, slowed(_password), methods=both)


def notice(title: str, text: str, *, link: str = "/", label: str = "") -> str:
    """A page that says one thing and offers one way on."""
    shown = label or t("login.start_page")
    return _page("notice.html", title=title, text=text, link=link, label=shown)


def _login() -> ResponseReturnValue:
    target = login.safe_target(request.values.get("next", "/"))
    if current.viewer() is not NOBODY and request.method == "GET":
        return redirect(target, 303)
    if request.method == "GET":
        return _page("sign_in.html", target=target, ended=current.ended())
    return _try(request.form.get("email", ""), request.form.get("password", ""), target)


def _try(email: str, password: str, target: str) -> ResponseReturnValue:
    desk = current.accounts()
    agent = request.headers.get("User-Agent", "")
    done = login.sign_in(desk.database, desk.clock, email, password, address=current.address(), agent=agent)
    if done.token:
        if current.viewer() is not NOBODY:  # somebody else was signed in here
            login.sign_out(desk.database, desk.clock, current.viewer(), current.address())
        current.enter(done.token)
        return redirect("/password" if current.viewer().must_change_password else target, 303)
    page = _page("sign_in.html", target=target, email=email[:254], error=explain(done))
    if done.tries_left:
        return page, 401
    return page, 429, {"Retry-After": str(int(done.pause.total_seconds()))}


def explain(failed: login.SignIn) -> str:
    """What a failed attempt says; the same for names that exist and names that do not."""
    if not failed.tries_left:
        return t("login.paused", pause=span(failed.pause))
    left = failed.tries_left
    tries = t("login.tries_one") if left == 1 else t("login.tries", count=left)
    return t("login.wrong", left=tries, pause=span(failed.pause))


def span(pause: timedelta) -> str:
    """A pause in words, rounded up."""
    minutes = max(1, -int(-pause.total_seconds() // 60))
    if minutes < 100:
        return t("login.minutes_one") if minutes == 1 else t("login.minutes", count=minutes)
    hours = -(-minutes // 60)
    return t("login.hours_one") if hours == 1 else t("login.hours", count=hours)


def _logout() -> ResponseReturnValue:
    if request.method == "GET":
        return _page("sign_out.html", email=current.viewer().email)
    desk = current.accounts()
    login.sign_out(desk.database, desk.clock, current.viewer(), current.address())
    current.leave()
    return redirect("/login", 303)


def _password() -> ResponseReturnValue:
    viewer = current.viewer()
    shown = {"first": viewer.must_change_password, "email": viewer.email}
    if request.method == "GET":
        return _page("password.html", **shown)
    desk = current.accounts()
    given = [request.form.get(name, "") for name in ("current", "new", "again")]
    try:
        users.change_own_password(desk.database, desk.clock, viewer, *given)
    except InputError as problem:
        return _page("password.html", **shown, error=str(problem)), 400
    return notice(t("login.changed_title"), t("login.changed"), label=t("login.go_on"))


def _static(name: str) -> ResponseReturnValue:
    if name == "dark.css":
        return Response(_dark_tokens(), mimetype="text/css", headers={"Cache-Control": "max-age=3600"})
    if name not in STATIC:
        abort(404)
    return send_from_directory(STATIC[name], name, max_age=3600)


def _dark_tokens() -> str:
    """The dark palette for browsers that prefer it, before anybody has chosen a theme."""
    return "".join(f":root:root{block}" for block in _DARK.findall((ASSETS / "tokens.css").read_text()))


def _page(template: str, **values: Any) -> str:
    chosen = current.viewer().preferences.get("theme") or request.cookies.get("theme")
    theme = chosen if chosen in ("light", "dark") else ""
    return render_template(template, theme=theme, **values)
