"""Answers in JSON are compressed for browsers that can read it, and say what they are."""

from __future__ import annotations

import gzip
import json

import brotli
import pytest

from tests.demo_company import Site


@pytest.mark.parametrize(
    ("accepted", "encoding", "read"),
    [
        ("gzip, deflate, br, zstd", "br", brotli.decompress),
        ("gzip", "gzip", gzip.decompress),
        ("br;q=0, gzip", "gzip", gzip.decompress),
        ("identity", None, bytes),
    ],
)
def test_a_view_is_the_same_in_every_encoding(site: Site, accepted: str, encoding: str | None, read) -> None:  # type: ignore[no-untyped-def]
    client = site.browser("executive").client
    answer = client.get("/view/executive/market", headers={"Accept-Encoding": accepted})
    assert answer.headers.get("Content-Encoding") == encoding
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert json.loads(read(answer.data)).keys() == {"cards"}


def test_a_page_with_a_form_is_not_compressed(site: Site) -> None:
    client = site.dash.server.test_client()
    answer = client.get("/login", headers={"Accept-Encoding": "br"})
    assert "Content-Encoding" not in answer.headers and b"csrf_token" in answer.data
