"""Salesforce over HTTP: batches, deleted records, limits, sessions, what a deal goes through."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

from tests.integration.wire.caller import EPOCH, SMALL_PAGES, Caller, all_records


def test_salesforce_batches_cover_all_records_once_even_when_one_instant_is_shared(caller: Caller) -> None:
    records = all_records(caller, "SELECT Id, SystemModstamp FROM Lead ORDER BY SystemModstamp")
    assert len({r["Id"] for r in records}) == len(records)
    shared = [r for r in records if r["SystemModstamp"] == "2026-05-26T03:26:07.000+0000"]
    assert len(shared) > SMALL_PAGES.salesforce_batch_rows


def test_salesforce_shows_deleted_records_only_to_query_all(caller: Caller) -> None:
    shown = {r["Id"] for r in all_records(caller, "SELECT Id FROM Lead")}
    every = all_records(caller, "SELECT Id, IsDeleted FROM Lead", everything=True)
    assert {r["Id"] for r in every if not r["IsDeleted"]} == shown
    assert any(r["IsDeleted"] for r in every)


def test_salesforce_sessions_expire_with_an_array(caller: Caller) -> None:
    caller.wall.at += 7_201
    answer = caller.soql("SELECT Id FROM Lead")
    assert (answer.status_code, answer.json()) == (
        401,
        [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}],
    )


def test_salesforce_rotates_refresh_tokens(caller: Caller) -> None:
    given, keys = caller.credentials("salesforce"), caller.up.site.keys
    form = {
        "grant_type": "refresh_token",
        "client_id": given["client_id"],
        "client_secret": given["client_secret"],
    }
    first = caller.http.post(given["token_uri"], data=form | {"refresh_token": keys.refresh_token}).json()
    again = caller.http.post(given["token_uri"], data=form | {"refresh_token": first["refresh_token"]})
    assert again.status_code == 200
    assert again.json()["instance_url"] == caller.up.salesforce_instance != caller.up.base
    assert first["refresh_token"] != keys.refresh_token


def test_an_opportunity_moves_and_is_stamped_as_time_goes_by(caller: Caller) -> None:
    seen: dict[str, set[str]] = {}
    for days in (30, 20, 10, 0):
        caller.set_clock(EPOCH - timedelta(days=days))
        for record in all_records(caller, "SELECT Id, StageName, SystemModstamp FROM Opportunity"):
            assert record["SystemModstamp"] <= (EPOCH - timedelta(days=days)).isoformat()
            seen.setdefault(record["Id"], set()).add(record["StageName"])
    assert max(len(stages) for stages in seen.values()) >= 3


def test_every_won_opportunity_is_a_customer_with_touches(caller: Caller) -> None:
    won = all_records(caller, "SELECT AccountId, Lead__c, CloseDate FROM Opportunity WHERE IsWon = true")
    touched = {r["Lead__c"] for r in all_records(caller, "SELECT Lead__c FROM Web_Touch__c")}
    text = caller.http.get(f"{caller.up.base}/_sandbox/files/subscriptions.csv").text
    paying = {
        r["customer_id"]: r["started_on"]
        for r in csv.DictReader(io.StringIO(text))
        if r["status"] != "trialing"
    }
    assert won
    assert {w["AccountId"] for w in won} <= set(paying)
    assert {w["Lead__c"] for w in won} <= touched


def test_german_deals_are_in_euros(caller: Caller) -> None:
    deals = all_records(caller, "SELECT CurrencyIsoCode, Country__c FROM Opportunity")
    assert {d["CurrencyIsoCode"] for d in deals if d["Country__c"] == "Germany"} == {"EUR"}
    assert {d["CurrencyIsoCode"] for d in deals if d["Country__c"] != "Germany"} == {"USD"}
