"""What visitors ask of the product on the small company, and what they get: pages, callbacks, files, REST."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from typing import Any
from urllib.parse import urlencode

from werkzeug.test import TestResponse

from app.accounts import tokens, users
from app.accounts.permissions import API
from app.periods import Period
from tests.demo_company import Site, email
from tests.page_text import read
from tests.waiting import until

CALLBACKS = "/_dash-update-component"
DAYS = Period(date(2026, 5, 16), date(2026, 6, 14))
RANGE = "2026-05-16..2026-06-14"
Rows = list[dict[str, str]]


def callback(site: Site, *parts: str) -> str:
    """The one registered callback that these trigger."""
    inputs = {
        output: {f"{one['id']}.{one['property']}" for one in entry["inputs"]}
        for output, entry in site.dash.callback_map.items()
    }
    (found,) = [name for name in site.callbacks.permissions if set(parts) <= inputs[name]]
    return found


def asked(
    site: Site, person: str, output: str, values: dict[str, Any] | None = None, *, token: bool = True
) -> TestResponse:
    """Post a callback as the browser would, with `values` by 'id.property' and harmless ones elsewhere."""
    browser = site.browser(person)
    headers = browser.header() if token and person != "nobody" else {}
    return browser.client.post(CALLBACKS, json=question(site, output, values), headers=headers)


def pressed(site: Site, person: str, identity: dict[str, Any]) -> TestResponse:
    """What a browser gets for one of many buttons; the callback is that of its kind."""
    kind = json.dumps(identity["type"])
    output = next(
        name
        for name in site.callbacks.permissions
        if any(
            kind in str(one["id"]) and "n_clicks" in one["property"]
            for one in site.dash.callback_map[name]["inputs"]
        )
    )
    body = question(site, output)
    one = {"id": identity, "property": "n_clicks", "value": 1}
    body["inputs"] = [
        [one] if kind in str(place["id"]) else [] for place in site.dash.callback_map[output]["inputs"]
    ]
    named = json.dumps(identity, sort_keys=True, separators=(",", ":"))
    body["changedPropIds"] = [f"{named}.n_clicks"]
    browser = site.browser(person)
    return browser.client.post(CALLBACKS, json=body, headers=browser.header())


def question(site: Site, output: str, values: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the browser posts for a callback."""
    entry = site.dash.callback_map[output]
    given = {"location.pathname": "/executive", "location.search": ""} | (values or {})
    inputs = [_place(one, given) for one in entry["inputs"]]
    return {
        "output": output,
        "outputs": _outputs(output),
        "inputs": inputs,
        "state": [_place(one, given) for one in entry["state"]],
        "changedPropIds": [_name(inputs[0])] if not isinstance(inputs[0], list) else [],
    }


def _place(declared: dict[str, str], given: dict[str, Any]) -> Any:
    """One input or state; a pattern for all of a kind finds none."""
    if "ALL" in declared["id"]:
        return []
    value = given.get(f"{declared['id']}.{declared['property']}")
    return {"id": _concrete(declared["id"]), "property": declared["property"], "value": value}


def _concrete(identity: str) -> Any:
    return json.loads(identity) if identity.startswith("{") else identity


def _outputs(output: str) -> Any:
    if output.startswith(".."):
        return [_outputs(part) for part in output[2:-2].split("...")]
    identity, prop = output.rsplit(".", 1)
    if '"ALL"' in identity:  # as with inputs: none of them is on the page
        return []
    return {"id": _concrete(identity), "property": prop.split("@")[0] if "@" not in prop else prop}


def _name(place: dict[str, Any]) -> str:
    identity = place["id"] if isinstance(place["id"], str) else json.dumps(place["id"])
    return f"{identity}.{place['property']}"


def exported(site: Site, person: str, kind: str, **parameters: str) -> Rows:
    """The rows of a CSV export over HTTP."""
    address = f"/export/{kind}.csv?{urlencode({'range': RANGE, **parameters})}"
    answer = site.browser(person).client.get(address)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def by_rest(site: Site, person: str, **given: Any) -> Any:
    """What the REST interface answers to a token of a person's own."""
    database, clock = site.services.database, site.services.clock
    owner = users.viewer(database, email(person))
    token = tokens.create(database, clock, owner, "test", [API], 1).text
    return site.dash.server.test_client().post(
        "/api/v1/query",
        json={"from": DAYS.start.isoformat(), "to": DAYS.end.isoformat(), **given},
        headers={"Authorization": f"Bearer {token}"},
    )


def drawn(site: Site, person: str, page: str) -> str:
    """A page as it comes over HTTP."""
    head = {"Referer": f"http://localhost/{page}"}
    answer = site.browser(person).client.get("/_dash-layout", headers=head)
    assert answer.status_code == 200
    return json.dumps(answer.json, ensure_ascii=False)


def cards(site: Site, person: str) -> list[str]:
    """The large numbers of the Executive dashboard as a person sees them, when all cards are there."""
    answer: dict[str, Any] = {}

    def whole() -> bool:
        answer.update(site.browser(person).client.get("/view/executive").json)
        return not answer["late"]

    until(whole)
    return [number.words for card in answer["cards"].values() for number in read(card).named("kpi-v")]
