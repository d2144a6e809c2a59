"""Salesforce's query jobs at the sandbox: states, results by locators, what is refused and forgotten."""

from __future__ import annotations

import csv
import io

import httpx
import pytest

from tests.integration.wire.caller import Caller, all_records

JOBS = "/services/data/v62.0/jobs/query"


def job(caller: Caller, query: str, **more: str) -> httpx.Response:
    body = {"operation": "query", "query": query, "contentType": "CSV", **more}
    return caller.http.post(
        caller.up.salesforce_instance + JOBS, json=body, headers=caller.headers["salesforce"]
    )


def done(caller: Caller, query: str, **more: str) -> str:
    """The path of a job that has ended."""
    path = f"{JOBS}/{job(caller, query, **more).json()['id']}"
    states = [caller.get_instance(path).json() for _ in range(2)]
    assert [state["state"] for state in states] == ["InProgress", "JobComplete"]
    return path


def test_a_query_job_goes_on_from_look_to_look_and_tells_its_records_at_the_end(caller: Caller) -> None:
    made = job(caller, "SELECT Id FROM Opportunity").json()
    assert (made["state"], made["object"], made["apiVersion"]) == ("UploadComplete", "Opportunity", 62.0)
    path = f"{JOBS}/{made['id']}"
    early = caller.get_instance(f"{path}/results")
    assert (early.status_code, early.json()[0]["errorCode"]) == (400, "INVALIDJOBSTATE")
    assert caller.get_instance(path).json()["state"] == "InProgress"
    ended = caller.get_instance(path).json()
    count = caller.soql("SELECT COUNT() FROM Opportunity").json()["totalSize"]
    assert (ended["state"], ended["numberRecordsProcessed"]) == ("JobComplete", count)


def test_results_are_quoted_csv_by_locators_until_the_word_null(caller: Caller) -> None:
    records = all_records(caller, "SELECT Id, CreatedDate, IsWon, Amount, Region__c FROM Opportunity")
    path = done(caller, "SELECT Id, CreatedDate, IsWon, Amount, Region__c FROM Opportunity")
    found: list[dict[str, str]] = []
    locator = ""
    while locator != "null":
        asked = {"maxRecords": "15"} | ({"locator": locator} if locator else {})
        answer = caller.get_instance(f"{path}/results", **asked)
        assert answer.text.startswith('"Id","CreatedDate","IsWon","Amount","Region__c"\n"006')
        page = list(csv.DictReader(io.StringIO(answer.text)))
        assert answer.headers["Sforce-NumberOfRecords"] == str(len(page))
        found += page
        locator = answer.headers["Sforce-Locator"]
    assert len(found) == len(records) > 30
    for record in records:
        record["CreatedDate"] = record["CreatedDate"].replace("+0000", "Z")
        record["IsWon"] = str(record["IsWon"]).lower()
        record["Amount"] = str(record["Amount"])
        del record["attributes"]
    assert sorted(found, key=lambda one: one["Id"]) == sorted(records, key=lambda one: one["Id"])


def test_only_query_all_jobs_show_deleted_records_and_an_empty_result_has_its_header(caller: Caller) -> None:
    query = "SELECT Id FROM Lead WHERE IsDeleted = true"
    shown = caller.get_instance(f"{done(caller, query)}/results")
    assert (shown.text, shown.headers["Sforce-NumberOfRecords"]) == ('"Id"\n', "0")
    every = caller.get_instance(f"{done(caller, query, operation='queryAll')}/results")
    assert int(every.headers["Sforce-NumberOfRecords"]) > 0


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT MasterLabel FROM OpportunityStage", "INVALIDENTITY"),
        ("SELECT COUNT() FROM Lead", "API_ERROR"),
        ("SELECT Nothing__c FROM Lead", "INVALID_FIELD"),
    ],
)
def test_a_job_that_cannot_run_is_refused_at_its_creation(caller: Caller, query: str, code: str) -> None:
    answer = job(caller, query)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


def test_a_job_is_aborted_deleted_and_forgotten_after_seven_days(caller: Caller) -> None:
    address, headers = caller.up.salesforce_instance, caller.headers["salesforce"]
    path = f"{JOBS}/{job(caller, 'SELECT Id FROM Lead').json()['id']}"
    assert caller.http.delete(address + path, headers=headers).status_code == 400  # it still runs
    assert caller.http.patch(address + path, json={"state": "Aborted"}, headers=headers).status_code == 200
    assert caller.get_instance(path).json()["state"] == "Aborted"
    assert caller.http.delete(address + path, headers=headers).status_code == 204
    assert caller.get_instance(path).status_code == 404
    old = done(caller, "SELECT Id FROM Lead")
    assert caller.get_instance(f"{old.replace('62.0', '63.0')}/results").status_code == 409
    caller.wall.at += 7 * 86_400
    caller.headers["salesforce"] = caller._sign_in("salesforce")
    assert caller.get_instance(f"{old}/results").status_code == 404
    assert caller.get_instance(JOBS).json()["records"] == []
