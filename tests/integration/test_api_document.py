"""What docs/api.md promises to programs, asked of the product on the small made-up company."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from app.accounts import tokens, users
from app.accounts.permissions import API, EXPORT
from app.api import LIMIT
from app.data.query import codec
from tests.demo_company import Site, email

DOCUMENT = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
QUESTIONS = [json.loads(text) for text in re.findall(r"```json\n(.*?)\n```", DOCUMENT, re.DOTALL)]


def named(heading: str) -> set[str]:
    """The names in the first column of the table under a heading."""
    table = DOCUMENT.split(f"## {heading}\n")[1].split("\n## ")[0]
    firsts = re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE)
    return {name for first in firsts for name in re.findall(r"`(\w+)`", first)}


@pytest.fixture
def header(site: Site) -> dict[str, str]:
    owner = users.viewer(site.services.database, email("admin"))
    made = tokens.create(site.services.database, site.services.clock, owner, "sheet", (API, EXPORT), 1)
    return {"Authorization": f"Bearer {made.text}"}


def asked(site: Site, header: dict[str, str], question: dict[str, Any]) -> Any:
    answer = site.dash.server.test_client().post("/api/v1/query", json=question, headers=header)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_the_fields_of_question_and_answer_are_those_of_the_document(
    site: Site, header: dict[str, str]
) -> None:
    assert named("The question") == set(codec.FIELDS)
    assert named("The answer") == set(asked(site, header, QUESTIONS[0]))
    assert f"more than {LIMIT.split()[0]} questions in a minute" in DOCUMENT


def test_the_address_of_the_document_asks_what_its_object_asks(site: Site, header: dict[str, str]) -> None:
    address = urlsplit(re.findall(r'"(https://[^"]+)"', DOCUMENT)[0])
    got = site.dash.server.test_client().get(f"{address.path}?{address.query}", headers=header)
    assert got.json["rows"] == asked(site, header, QUESTIONS[0])["rows"]
    assert {set(row) == {"channel", "spend", "clicks", "cpc"} for row in got.json["rows"]} == {True}


def test_the_second_question_gets_weeks_beside_the_weeks_before(site: Site, header: dict[str, str]) -> None:
    answer = asked(site, header, QUESTIONS[1])
    assert (answer["period"], answer["base_period"]) == (
        {"from": "2026-05-04", "to": "2026-05-31"},
        {"from": "2026-04-06", "to": "2026-05-03"},
    )
    assert {row["date"] for row in answer["rows"]} == {
        *("2026-05-04", "2026-05-11"),
        *("2026-05-18", "2026-05-25"),
    }
    assert all("leads__base" in row and row["channel"] != "Direct" for row in answer["rows"])


def test_the_files_of_the_document_come_with_a_token(site: Site, header: dict[str, str]) -> None:
    client = site.dash.server.test_client()
    got = client.get("/export/campaigns.csv?range=last_30_days&group=channel", headers=header)
    assert got.status_code == 200 and got.text.startswith("channel,spend,")
