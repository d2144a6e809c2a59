"""Every route and every callback against every role and nobody, over HTTP."""

from __future__ import annotations

import re

import pytest

from app.access import page_permission
from app.accounts import guard, routes, users
from app.accounts.permissions import ACCOUNT, PUBLIC, ROLES
from tests.integration.accounts.house import PASSWORD, House

ROLE_NAMES = [*ROLES, "nobody"]
PATHS = {"<path:path>": "users", "<name>": "sign_in.css", "<path:filename>": "tokens.css"}


def browser_of(house: House, role: str):
    if role == "nobody":
        return house.browser()
    email = f"{role}@roles.example"
    desk = (house.database, house.clock)
    users.add(*desk, email, "Role Player", role, PASSWORD, actor="test", must_change=False)
    return house.signed_in(email)


def requests_to(house: House):
    """Method, address and permission of everything that the server answers."""
    pages = ["/users", "/audit", "/account", "/executive", "/no-such-page"]
    yield from (("GET", path, page_permission(path) or ACCOUNT) for path in pages)
    for rule in house.server.url_map.iter_rules():
        if rule.rule in routes.PAGES or rule.rule.startswith(("/logout", "/login", "/_dash-update")):
            continue
        path = re.sub(r"<[^>]+>", lambda part: PATHS.get(part.group(), "x"), rule.rule)
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            yield method, path, routes.permission_of(house.server, rule)


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_every_route_opens_exactly_to_the_roles_that_hold_its_permission(house: House, role: str) -> None:
    browser = browser_of(house, role)
    held = ROLES.get(role, frozenset()) | {PUBLIC}
    header = browser.header() if role != "nobody" else {}
    for method, path, permission in requests_to(house):
        status = browser.client.open(path, method=method, headers=header).status_code
        opened = status not in (302, 401, 403)
        assert opened == (permission in held), (role, method, path, status)


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_every_callback_opens_exactly_to_the_roles_that_hold_its_permission(house: House, role: str) -> None:
    browser = browser_of(house, role)
    held = ROLES.get(role, frozenset())
    assert len(house.callbacks.permissions) == 11
    for output, permission in house.callbacks.permissions.items():
        status = browser.callback(output).status_code
        closed = 401 if role == "nobody" else 403
        assert (status == closed) == (permission not in held), (role, output, status)


def test_no_route_was_left_without_a_permission(house: House) -> None:
    assert routes.undeclared(house.server) == []


def test_a_route_that_nobody_declared_is_closed_even_to_admins_and_shows_up(house: House) -> None:
    house.server.add_url_rule("/forgotten", "forgotten", lambda: "open")
    assert house.signed_in("alice@example.com").client.get("/forgotten").status_code == 403
    assert routes.undeclared(house.server) == ["/forgotten"]


def test_an_unlisted_callback_is_refused_and_audited(house: House) -> None:
    from app.accounts import audit

    browser = house.signed_in("alice@example.com")
    assert browser.callback("button.title").status_code == 403
    assert browser.callback("greeting.children").json["response"]["greeting"]["children"] == "Alice 3"
    found, total = audit.entries(house.database, audit.AuditFilter(action=audit.DENIED), limit=9)
    assert [(entry.actor, entry.object) for entry in found] == [
        ("alice@example.com", "callback button.title")
    ]


@pytest.mark.parametrize("body", [{"output": 7}, {"output": ["greeting.children"]}, [], {}])
def test_a_callback_without_a_readable_output_is_refused(house: House, body: object) -> None:
    browser = house.signed_in("alice@example.com")
    sent = browser.client.post("/_dash-update-component", json=body, headers=browser.header())
    assert (sent.status_code, sent.json["error"]["hint"]) == (
        400,
        "Reload the page: it is older than the server.",
    )


def test_a_callback_without_the_form_token_is_refused(house: House) -> None:
    browser = house.signed_in("alice@example.com")
    sent = browser.callback("greeting.children", token=False)
    assert (sent.status_code, sent.json["error"]["message"]) == (
        400,
        "The request lacks a valid form token.",
    )


def test_pages_send_to_sign_in_and_machines_get_401(house: House) -> None:
    client = house.browser().client
    assert client.get("/users").headers["Location"] == "/login?next=/users"
    assert client.get("/_dash-layout").status_code == 401
    assert client.get("/api/ping").json["error"]["message"] == "Nobody is signed in."
    assert client.get("/healthz").status_code == 302  # the route itself is another part's


def test_who_must_change_the_password_gets_nowhere_else(house: House) -> None:
    users.add(house.database, house.clock, "new@example.com", "New", "admin", PASSWORD, actor="test")
    browser = house.browser()
    assert browser.sign_in("new@example.com", next="/users").headers["Location"] == "/password"
    assert browser.client.get("/users").headers["Location"] == "/password"
    assert browser.client.get("/_dash-layout").status_code == 403
    form = {"csrf_token": browser.token("/password"), "current": PASSWORD, "new": PASSWORD, "again": PASSWORD}
    assert "The new password is the current one." in browser.client.post("/password", data=form).text
    form |= {"new": "a better pass phrase", "again": "a better pass phrase"}
    assert browser.client.post("/password", data=form).status_code == 200
    assert browser.client.get("/users").status_code == 200


def test_every_page_carries_the_security_headers_and_no_outside_address(house: House) -> None:
    sent = house.signed_in("alice@example.com").client.get("/users")
    policy = sent.headers["Content-Security-Policy"]
    assert "script-src 'self' 'sha256-" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy and "http" not in policy
    assert sent.headers["X-Content-Type-Options"] == "nosniff"
    assert sent.headers["Cache-Control"] == "no-store"
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', sent.text)


def test_cookies_are_hidden_from_scripts_and_bound_to_the_site(house: House) -> None:
    browser = house.browser()
    cookie = next(
        line for line in browser.sign_in("bob@example.com").headers.getlist("Set-Cookie") if "pad=" in line
    )
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie


def test_behind_tls_cookies_are_secure_and_the_browser_is_told_to_stay(house: House) -> None:
    from flask import Flask

    from app.settings import Settings

    server = Flask("secure")
    server.secret_key = "only for tests"
    settings = Settings(home=house.services.settings.home, secure_cookies=True)
    guard.protect(server, house.database, house.clock, settings, callbacks={}, page=lambda _: None)
    sent = server.test_client().get("/login", base_url="https://pad.example")
    assert sent.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert all("Secure" in line for line in sent.headers.getlist("Set-Cookie"))
    assert any(line.startswith("__Host-pad=") for line in sent.headers.getlist("Set-Cookie"))


def test_sign_in_is_slowed_by_address(house: House) -> None:
    browser = house.browser()
    statuses = [browser.sign_in(f"guess{n}@example.com", "x").status_code for n in range(31)]
    assert statuses[:30] == [401] * 30 and statuses[30] == 429
