"""Whatever a browser sends to any callback: the sender is told, and it is never called our fault."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from inspect import unwrap
from itertools import chain, islice, repeat
from typing import Any, get_args, get_type_hints

import pytest

from app.callbacks import sent
from tests import demo_company
from tests.conftest import serving
from tests.demo_company import Site
from tests.visits import CALLBACKS, asked, callback, question

OURS = "it is our fault"
HARMLESS = (None, "x", 1, 1.5, [], {})  # of them one is of whatever kind a body takes
WAYS = ("everywhere", "pressed", "fitting")
FORGED = [
    None,
    "",
    "x" * 1000,
    "\x00",
    "2026-13-99",
    -1,
    2**70,
    1e308,
    True,
    [1],
    {"a": 1},
    {"user": 2**70, "verb": "disable", "rule": [1], "token": [1], "session": 1},
    {"source": "nope", "user": 4711, "schedule": 4711, "verb": "pause", "rule": "4711", "metric": "x"},
]
SHAPED = [
    ("rows-grid.getRowsRequest", {"startRow": "a", "endRow": 9}),
    ("rows-grid.getRowsRequest", {"startRow": 0}),
    ("rows-grid.getRowsRequest", ["startRow"]),
    ("rows-grid.getRowsRequest", {"startRow": 0, "endRow": 9, "sortModel": ["spend"]}),
    ("table.cellClicked", ["spend"]),
    ("table.cellClicked", {"colId": "spend", "rowId": "a"}),
    ("passport-asked.data", "xx"),
    ("passport-asked.data", {"metric": "spend", "where": "[1]"}),
    ("passport-asked.data", {"metric": ["spend"]}),
]


@pytest.fixture(scope="module")
def forged_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A product of its own, for what is sent to it may be carried out."""
    folder = demo_company.shared_folder(tmp_path_factory.getbasetemp())
    settings = demo_company.moved_in(folder, tmp_path_factory.mktemp("forged"))
    with serving(settings), demo_company.opened(settings) as opened:
        yield opened


@pytest.mark.parametrize("value", FORGED, ids=lambda value: ascii(value)[:40])
@pytest.mark.parametrize("way", WAYS)
def test_no_forged_value_in_any_callback_is_called_our_fault(forged_site: Site, value: Any, way: str) -> None:
    """`everywhere`: all that a callback reads is forged; `pressed`: but its buttons were pressed;
    `fitting`: pressed, and forged only where the body takes such a value, so that the body runs."""
    browser, said = forged_site.browser("admin"), {}
    assert len(forged_site.callbacks.permissions) > 60
    for output in forged_site.callbacks.permissions:
        posted = _forged(forged_site, output, value, way)
        answer = browser.client.post(CALLBACKS, json=posted, headers=browser.header())
        if answer.status_code not in (200, 204) or OURS in answer.text:
            said[output] = (answer.status_code, answer.text[-300:])
    assert said == {}


def _forged(site: Site, output: str, value: Any, way: str) -> dict[str, Any]:
    """What the browser posts for a callback, but with the value."""
    entry, asking = site.dash.callback_map[output], question(site, output)
    body, inputs = unwrap(entry["callback"]), entry["inputs"]
    kinds = sent.kinds(body)
    if get_type_hints(body).get("button"):  # a body that is handed the button, then the states
        kinds = chain(repeat(Any, len(inputs)), islice(kinds, 1, None))
    places = [
        _place(one, value, way, kind) for one, kind in zip([*inputs, *entry["state"]], kinds, strict=False)
    ]
    asking["inputs"], asking["state"] = places[: len(inputs)], places[len(inputs) :]
    asking["changedPropIds"] = [_name(places[0][0] if isinstance(places[0], list) else places[0])]
    return asking


def _name(place: dict[str, Any]) -> str:
    identity = place["id"]
    if not isinstance(identity, str):
        identity = json.dumps(identity, sort_keys=True, separators=(",", ":"))
    return f"{identity}.{place['property']}"


def _place(declared: dict[str, str], value: Any, way: str, kind: Any) -> Any:
    """One input or state with the value; of a pattern there is one, whose names have it too."""
    pattern = json.loads(declared["id"]) if declared["id"].startswith("{") else {}
    each = ["ALL"] in pattern.values()
    given = _given(declared["property"], value, way, get_args(kind)[0] if each and get_args(kind) else kind)
    if not each:
        return {"id": pattern or declared["id"], "property": declared["property"], "value": given}
    named = "x" if way == "fitting" and not isinstance(value, (int, str)) else value
    whole = {name: named if part == ["ALL"] else part for name, part in pattern.items()}
    given = whole if declared["property"] == "id" and way != "everywhere" else given
    return [{"id": whole, "property": declared["property"], "value": given}]


def _given(asked: str, value: Any, way: str, kind: Any) -> Any:
    if asked == "n_clicks" and way != "everywhere":
        return 1
    if way != "fitting" or (sent.fits(value, kind) and sent.storable(value)):
        return value
    return next(one for one in HARMLESS if sent.fits(one, kind))


@pytest.mark.parametrize(("trigger", "value"), SHAPED)
def test_a_forged_value_is_the_senders_mistake_and_not_ours(site: Site, trigger: str, value: Any) -> None:
    given = {trigger: value, "location.search": "?metric=spend", "table-cells.data": {"a": ["spend"]}}
    answer = asked(site, "analyst", callback(site, trigger), given)
    assert answer.status_code == 200
    (said,) = re.findall("cannot be explained here|not a range of rows|Unknown metric", answer.text)
    assert said and OURS not in answer.text
