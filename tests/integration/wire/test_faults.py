"""Faults come when they are asked for; the front page says what there is."""

from __future__ import annotations

import pytest

from tests.integration.wire.caller import DAILY, Caller


@pytest.mark.parametrize("source", ["google_analytics", "google_ads", "salesforce"])
def test_faults_come_when_asked_for_and_go_away(caller: Caller, source: str) -> None:
    ask = {
        "google_analytics": caller.report,
        "google_ads": lambda: caller.ads(DAILY),
        "salesforce": lambda: caller.soql("SELECT Id, Amount FROM Opportunity"),
    }[source]
    good = ask()
    caller.fault(source=source, kind="status", status=500, times=2)
    assert [ask().status_code for _ in range(3)] == [500, 500, 200]
    caller.fault(source=source, kind="throttle")
    assert ask().status_code == (403 if source == "salesforce" else 429)
    caller.fault(source=source, kind="half_page")
    assert len(ask().content) == len(good.content) // 2
    caller.fault(source=source, kind="empty_window")
    emptied = ask().json()
    assert not emptied.get("rows") and not emptied.get("results") and not emptied.get("records")
    caller.fault(source=source, kind="changed_field")
    assert "V2" in ask().text
    assert ask().text.replace(" ", "")[:40] == good.text.replace(" ", "")[:40]
    caller.fault(source=source, kind="expire_tokens")
    assert ask().status_code == 401


def test_a_duplicate_page_repeats_the_page_before(caller: Caller) -> None:
    first = caller.soql("SELECT Id FROM Lead").json()
    caller.fault(source="salesforce", kind="duplicate_page")
    assert caller.get_instance(first["nextRecordsUrl"]).json()["records"] == first["records"]
    page = caller.ads(DAILY).json()
    caller.fault(source="google_ads", kind="duplicate_page")
    assert caller.ads(DAILY, pageToken=page["nextPageToken"]).json()["results"] == page["results"]


def test_an_unknown_fault_is_refused_with_the_known_ones(caller: Caller) -> None:
    answer = caller.http.post(
        f"{caller.up.base}/_sandbox/faults", json={"source": "google_ads", "kind": "fire"}
    )
    assert answer.status_code == 400
    assert "half_page" in answer.json()["error"]


def test_an_unknown_locator_is_refused(caller: Caller) -> None:
    answer = caller.get_instance("/services/data/v62.0/query/01gLFnothing-2000")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")


def test_the_front_page_lists_sources_and_files(caller: Caller) -> None:
    text = caller.http.get(caller.up.base + "/").text
    assert "google_analytics.json" in text
    assert "account_activity.csv" in text
