"""Every route, page and callback of the whole product against every role and nobody, over HTTP."""

from __future__ import annotations

import json

import pytest

from app.access import page_permission
from app.accounts import audit, routes, sessions, users
from app.accounts.permissions import PUBLIC, ROLES
from app.data.models import JobRun
from app.layouts.pages.base import PAGES
from tests.demo_company import NOW, PEOPLE, SCOPED, Site, email
from tests.visits import CALLBACKS, asked, callback

EVERYBODY = (*PEOPLE, "nobody")
# Rule -> an address of it, and what it answers to those who may.
ADDRESSES = {
    "/static/<path:filename>": ("/static/none.css", 404),
    "/assets/<path:filename>": ("/assets/none.css", 404),
    "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>": (
        "/_dash-component-suites/dash/deps/none.js",
        404,
    ),
    "/view/<page_id>": ("/view/executive", 200),
    "/view/<page_id>/<widget_id>": ("/view/executive/market", 200),
    "/members/<page_id>/<dimension>": ("/members/executive/channel", 200),
    "/_dash-layout": ("/_dash-layout", 200),
    "/_dash-dependencies": ("/_dash-dependencies", 200),
    "/_reload-hash": ("/_reload-hash", 200),
    "/_favicon.ico": ("/_favicon.ico", 200),
    "/audit.csv": ("/audit.csv", 200),
    "/export/<kind>.csv": ("/export/campaigns.csv?columns=spend", 200),
    "/download/<job_id>": ("/download/export-none", 404),
    "/export/customers.csv": ("/export/customers.csv", 200),
    "/reports/preview/<report_id>": ("/reports/preview/none", 404),
    "/reports/archive/<int:number>/<kind>": ("/reports/archive/4711/pdf", 404),
    "/unsubscribe/<token>": ("/unsubscribe/none", 400),
    "/login": ("/login?next=/glossary", 200),
    "/login/<name>": ("/login/sign_in.css", 200),
    "/logout": ("/logout", 200),
    "/password": ("/password", 200),
    "/api/v1/query": ("/api/v1/query?metrics=sessions&from=2026-06-01&to=2026-06-14", 200),
}
MACHINE = ("/_dash", "/_reload", "/api/", "/view/", "/members/")


def held(person: str) -> frozenset[str]:
    """What a person of the cast may do."""
    return ROLES.get(SCOPED.get(person, person), frozenset()) | {PUBLIC}


def closed(person: str, path: str) -> int:
    """How a door answers to somebody who may not pass."""
    if person == "nobody":
        return 401 if path.startswith(MACHINE) else 302
    return 403


@pytest.mark.parametrize("person", EVERYBODY)
def test_every_route_opens_to_those_who_hold_its_permission_and_to_nobody_else(
    site: Site, person: str
) -> None:
    browser, answers = site.browser(person), {}
    server = site.dash.server
    rules = {rule.rule: routes.permission_of(server, rule) for rule in server.url_map.iter_rules()}
    assert set(rules) - set(routes.PAGES) - {CALLBACKS} == set(ADDRESSES)
    for rule, (path, status) in ADDRESSES.items():
        may = rules[rule] in held(person)
        expected = status if may else closed(person, path)
        if rule == "/login" and person != "nobody":
            expected = 303  # whoever is signed in is led on
        answers[path] = (browser.client.get(path).status_code, expected)
    assert {path: pair for path, pair in answers.items() if pair[0] != pair[1]} == {}


@pytest.mark.parametrize("person", EVERYBODY)
def test_every_page_opens_to_those_who_hold_its_permission_and_to_nobody_else(
    site: Site, person: str
) -> None:
    browser, answers = site.browser(person), {}
    for page in PAGES:
        expected = 200 if page.permission in held(person) else closed(person, page.path)
        answers[page.path] = (browser.client.get(page.path).status_code, expected)
    assert {path: pair for path, pair in answers.items() if pair[0] != pair[1]} == {}
    assert browser.client.get("/no-such-page").status_code == (302 if person == "nobody" else 404)
    assert page_permission("/no-such-page") is None


@pytest.mark.parametrize("person", EVERYBODY)
def test_every_callback_answers_to_those_who_hold_its_permission_and_to_nobody_else(
    site: Site, person: str
) -> None:
    answers = {}
    for output, permission in site.callbacks.permissions.items():
        status = asked(site, person, output).status_code
        good = (200, 204) if permission in held(person) else (401 if person == "nobody" else 403,)
        answers[output] = (status, good)
    assert len(answers) > 30
    assert {output: pair for output, pair in answers.items() if pair[0] not in pair[1]} == {}


def test_every_server_callback_of_dash_is_registered_with_a_permission(site: Site) -> None:
    ours = {output for output, entry in site.dash.callback_map.items() if entry.get("callback")}
    assert ours == set(site.callbacks.permissions)
    assert set(site.callbacks.permissions.values()) <= held("admin")


@pytest.mark.parametrize("output", ["unknown.children", "page.style", "..page.children.."])
def test_a_callback_that_nobody_registered_is_refused_even_to_admins(site: Site, output: str) -> None:
    assert site.browser("admin").callback(output).status_code == 403


def test_a_callback_without_the_form_token_is_refused(site: Site) -> None:
    for output in site.callbacks.permissions:
        assert asked(site, "admin", output, token=False).status_code == 400


@pytest.mark.parametrize("path", ["/logout", "/password", "/api/v1/query"])
def test_a_form_without_its_token_is_refused(site: Site, path: str) -> None:
    assert site.browser("admin").client.post(path, data={}).status_code == 400


def test_a_refused_page_says_so_inside_the_product_and_is_audited(site: Site) -> None:
    browser = site.browser("executive")
    answer = browser.client.get("/users")
    assert answer.status_code == 403
    assert "_dash-renderer" in answer.text  # the document of the product, not a bare notice
    layout = browser.client.get("/_dash-layout", headers={"Referer": "http://localhost/users"}).text
    assert "Users" in layout and "user-table" not in layout
    found, _ = audit.entries(
        site.services.database, audit.AuditFilter(action=audit.DENIED, actor=email("executive")), limit=1
    )
    assert (found[0].object, found[0].address) == ("GET /users", browser.client.environ_base["REMOTE_ADDR"])


def test_the_file_of_somebody_else_does_not_exist(site: Site) -> None:
    folder = site.services.settings.exports_dir
    with site.services.database.session() as session:
        session.add(
            JobRun(
                id="export-access",
                kind="export_xlsx",
                title="x",
                state="done",
                asked_by=email("analyst"),
                arguments={},
                result={"file": "export-access", "name": "x.xlsx"},
                created_at=NOW,
            )
        )
    (folder / "export-access.xlsx").write_bytes(b"PK")
    seen = {
        person: site.browser(person).client.get("/download/export-access").status_code for person in EVERYBODY
    }
    assert seen == dict.fromkeys(PEOPLE, 404) | {"analyst": 200, "nobody": 302}


def test_nobody_can_watch_the_export_of_somebody_else(site: Site) -> None:
    watch = callback(site, "export-poll.n_intervals")
    values = {"export-poll.n_intervals": 1, "export-job.data": "export-access"}
    own = asked(site, "analyst", watch, values).json["response"]
    other = asked(site, "executive", watch, values).json["response"]
    assert "/download/export-access" in json.dumps(own)
    assert other == {}  # nothing is told, not even that it exists


def test_the_session_of_somebody_else_cannot_be_revoked(site: Site) -> None:
    database, clock = site.services.database, site.services.clock
    admin = users.find(database, email("admin"))
    site.browser("admin")
    theirs = sessions.open_of(database, clock, admin.id)
    revoke = callback(site, "revoke-do.n_clicks")
    values = {"revoke-do.n_clicks": 1, "revoke-target.data": {"session": theirs[0].id}}
    answer = asked(site, "executive", revoke, values).json["response"]
    assert answer["revoke-problem"]["children"].startswith("This session")
    assert [row.id for row in sessions.open_of(database, clock, admin.id)] == [row.id for row in theirs]


def test_an_action_item_can_be_ticked_by_those_who_may_edit_and_only_if_it_exists(site: Site) -> None:
    add = callback(site, "action-save.n_clicks")
    values = {
        "action-save.n_clicks": 1,
        "action-title.value": "Call Bob",
        "action-owner.value": None,
        "action-due.value": "2026-06-20",
        "location.pathname": "/executive",
    }
    assert asked(site, "analyst", add, values).status_code == 403
    added = asked(site, "executive", add, values)
    assert "Call Bob" in added.text
    emptied = added.json["response"]
    assert (emptied["action-title"], emptied["action-due"]) == ({"value": ""}, {"value": ""})
    wrong = asked(site, "executive", add, values | {"action-owner.value": 4711}).json["response"]
    assert wrong["action-problem"]["children"] == ("That owner is no longer a user. Choose another.")
    assert "action-due" not in wrong
