"""Browsers keep the files of the pages, whoever is signed in, and ask for what carries no version."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import brotli
import dash_ag_grid
import pytest
from flask.testing import FlaskClient

from tests.demo_company import Site

CHUNK = "/_dash-component-suites/dash_ag_grid/async-community.js"
BR = {"Accept-Encoding": "br"}


@pytest.fixture
def client(site: Site) -> FlaskClient:
    return site.browser("analyst").client


def test_no_file_of_a_page_depends_on_who_is_signed_in(client: FlaskClient) -> None:
    page = client.get("/campaigns").get_data(as_text=True)
    addresses = re.findall(r'<(?:script|link)[^>]*(?:src|href)="(/[^"]+\.(?:js|css)[^"]*)"', page)
    answers = [client.get(address, headers=BR) for address in [*addresses, CHUNK]]
    assert len(answers) > 10
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.headers["Vary"] for answer in answers} == {"Accept-Encoding"}
    assert not any("Set-Cookie" in answer.headers for answer in answers)


def test_a_page_itself_depends_on_who_is_signed_in_and_is_not_kept(client: FlaskClient) -> None:
    answer = client.get("/campaigns")
    assert "Cookie" in answer.headers["Vary"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_file_without_a_version_is_asked_for_and_not_sent_twice(client: FlaskClient) -> None:
    first = client.get(CHUNK, headers=BR)
    whole = (Path(dash_ag_grid.__file__).parent / "async-community.js").read_bytes()
    assert brotli.decompress(first.data) == whole
    assert len(first.data) < len(whole) / 3
    assert first.headers["Cache-Control"] == "public, no-cache"
    again = client.get(CHUNK, headers=BR | {"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]


def test_a_file_without_a_version_that_has_changed_is_sent_whole(client: FlaskClient) -> None:
    answer = client.get(CHUNK, headers=BR | {"If-None-Match": '"that of an older release"'})
    assert answer.status_code == 200 and len(answer.data) > 100_000


def test_what_dash_called_unchanged_under_its_own_version_is_sent_whole(client: FlaskClient) -> None:
    whole = (Path(dash_ag_grid.__file__).parent / "async-community.js").read_bytes()
    of_dash = f'"{hashlib.sha1(whole).hexdigest()}"'
    answer = client.get(CHUNK, headers=BR | {"If-None-Match": of_dash})
    assert answer.status_code == 200 and brotli.decompress(answer.data) == whole


def test_files_are_for_those_who_are_signed_in(site: Site) -> None:
    answer = site.browser("nobody").client.get(CHUNK)
    assert answer.status_code == 401 and answer.headers["Cache-Control"] == "no-store"
