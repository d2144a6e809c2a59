"""The form of credentials: what it changes, what it keeps, what it refuses, and what it may show."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.data.connectors.base import CONNECTORS
from app.data.pipeline import credentials
from app.errors import InputError

ADS = CONNECTORS.get("google_ads")
OLD = {
    "customer_ids": ["111"],
    "developer_token": "d",
    "client_id": "c",
    "client_secret": "s",
    "refresh_token": "r",
}
KEY = {"type": "service_account", "private_key": "p", "client_email": "robot@example.com", "client_id": "77"}


@pytest.mark.parametrize(
    ("before", "given", "after"),
    [
        (OLD, {"customer_ids": "222, 333", "client_id": "c"}, OLD | {"customer_ids": ["222", "333"]}),
        (
            OLD,
            {"customer_ids": "111", "client_id": "c", "refresh_token": " new "},
            OLD | {"refresh_token": "new"},
        ),
        (
            OLD,
            {"customer_ids": "111", "client_id": "c", "key_file": json.dumps(KEY)},
            {"customer_ids": ["111"], "developer_token": "d"} | KEY,
        ),
        (
            KEY | {"customer_id": "111"},
            {"customer_ids": "111", "client_id": "c", "client_secret": "s", "refresh_token": "r"},
            {"customer_ids": ["111"], "client_id": "c", "client_secret": "s", "refresh_token": "r"},
        ),
        (
            OLD | {"login_customer_id": "9"},
            {"customer_ids": "111", "client_id": "c", "login_customer_id": ""},
            OLD,
        ),
    ],
    ids=["accounts only", "one secret", "token to key file", "key file to token", "an emptied name goes"],
)
def test_a_form_changes_what_was_filled_in_and_keeps_the_rest(
    before: dict[str, Any], given: dict[str, str], after: dict[str, Any]
) -> None:
    assert credentials.replaced(ADS, before, given) == after


@pytest.mark.parametrize(
    ("before", "given", "problem"),
    [
        (OLD, {"customer_ids": "", "client_id": "c"}, "lack customer_ids"),
        ({}, {"customer_ids": "1", "client_id": "c"}, "client_id with client_secret with refresh_token"),
        (OLD, {"customer_ids": "1", "key_file": "-----BEGIN"}, "no JSON object"),
        (OLD, {"customer_ids": "1", "key_file": "{}", "refresh_token": "r"}, "Two ways"),
    ],
)
def test_a_form_that_cannot_be_used_says_what_is_wrong(
    before: dict[str, Any], given: dict[str, str], problem: str
) -> None:
    with pytest.raises(InputError, match=problem):
        credentials.replaced(ADS, before, given)


def test_a_form_shows_names_and_never_a_secret() -> None:
    assert credentials.shown(ADS, OLD) == {"customer_ids": "111", "login_customer_id": "", "client_id": "c"}
    assert credentials.shown(ADS, KEY | {"customer_id": "5"}) == {
        "customer_ids": "5",
        "login_customer_id": "",
    }
