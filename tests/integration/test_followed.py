"""Pages follow the work that a press asked for until it has ended, and tell only what the viewer may see."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.accounts import users
from app.data.models import JobRun
from app.layouts import source_ids
from app.notify.models import Delivery
from app.reports import definitions
from tests.demo_company import NOW, Site, email
from tests.visits import asked, callback, drawn, pressed

BEATS = 5
A_MINUTE_ON = BEATS + 30  # beats of two seconds
MIA = "mia@example.com"


@pytest.fixture(autouse=True)
def without_jobs(site: Site) -> Iterator[None]:
    """Each test has its own jobs and deliveries."""
    yield
    with site.services.database.session() as session:
        session.query(JobRun).delete()
        session.query(Delivery).delete()


def job(site: Site, job_id: str, state: str, *, by: str = "analyst", **more: Any) -> str:
    known = {"kind": "train_week", "title": f"Work {job_id}", "created_at": NOW, "asked_by": email(by)}
    with site.services.database.session() as session:
        session.add(JobRun(id=job_id, state=state, **(known | more)))
    return job_id


def beat(site: Site, person: str, page: str, jobs: list[str], **more: Any) -> Any:
    """What a page is told at a beat with these jobs in its store; nothing is {}."""
    values = {f"{page}-poll.n_intervals": BEATS, f"{page}-jobs.data": jobs, **more}
    return asked(site, person, callback(site, f"{page}-poll.n_intervals"), values).json["response"]


def said(answer: Any, place: str) -> str:
    return json.dumps(answer[place]["children"], ensure_ascii=False)


def changes(answer: Any, store: str) -> list[tuple[str, Any]]:
    """What a patch does to a store."""
    patch = answer[store]["data"]["operations"]
    return [(one["operation"], one["params"]["value"]) for one in patch]


# ---- trainings ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("button", "words"),
    [("forecast-train", {"train-forecast", "train-week"}), ("churn-train", {"train-churn"})],
)
def test_a_press_is_followed_from_then_on(site: Site, button: str, words: set[str]) -> None:
    given = {f"{button}.n_clicks": 1, f"{button}-poll.n_intervals": BEATS}
    answer = asked(site, "analyst", callback(site, f"{button}.n_clicks"), given).json["response"]
    assert "Training waits for a worker" in said(answer, f"{button}-said")
    ((what, jobs),) = changes(answer, f"{button}-jobs")
    assert (what, set(jobs)) == ("Extend", words)
    assert answer[f"{button}-poll"]["max_intervals"] == A_MINUTE_ON


@pytest.mark.parametrize(
    ("state", "words"),
    [("queued", "“Work a” waits for a worker."), ("running", "“Work a” runs: 42%.")],
)
def test_a_training_that_lives_is_told_and_asked_for_again(site: Site, state: str, words: str) -> None:
    job(site, "a", state, progress=0.42)
    answer = beat(site, "analyst", "forecast-train", ["a"])
    assert words in said(answer, "forecast-train-said")
    assert answer["forecast-train-poll"]["max_intervals"] == A_MINUTE_ON
    assert "forecast-train-jobs" not in answer


def test_a_training_that_failed_says_why_and_where_it_can_be_tried_again(site: Site) -> None:
    job(site, "a", "done")
    job(site, "b", "failed", error="Only 12 months are known.")
    answer = beat(site, "analyst", "forecast-train", ["a", "b"])
    words = said(answer, "forecast-train-said")
    assert "“Work b” failed: Only 12 months are known." in words and "/jobs?state=failed" in words
    assert changes(answer, "forecast-train-jobs") == [("Remove", "a"), ("Remove", "b")]
    assert "forecast-train-poll" not in answer


@pytest.mark.parametrize(
    ("page", "search", "words", "address"),
    [
        ("forecast-train", "?series=mrr", "The new forecasts are there.", "/forecasts?series=mrr"),
        ("forecast-train", "", "The new forecasts are there.", '"/forecasts"'),
        ("churn-train", "", "The new scores are there.", '"/customers"'),
    ],
)
def test_a_training_that_is_done_leads_to_what_came_of_it(
    site: Site, page: str, search: str, words: str, address: str
) -> None:
    job(site, "a", "done")
    answer = beat(site, "analyst", page, ["a"], **{"location.search": search})
    assert words in said(answer, f"{page}-said") and address in said(answer, f"{page}-said")
    assert changes(answer, f"{page}-jobs") == [("Remove", "a")]


def test_of_two_trainings_the_one_that_runs_is_told_and_both_are_awaited(site: Site) -> None:
    job(site, "a", "queued")
    job(site, "b", "running", progress=0.1)
    assert "“Work b” runs: 10%." in said(
        beat(site, "analyst", "forecast-train", ["a", "b"]), "forecast-train-said"
    )
    job(site, "c", "failed")
    assert "“Work a” waits" in said(
        beat(site, "analyst", "forecast-train", ["a", "c"]), "forecast-train-said"
    )


@pytest.mark.parametrize("page", ["forecast-train", "churn-train", "report"])
def test_a_beat_without_jobs_changes_nothing(site: Site, page: str) -> None:
    assert beat(site, "admin", page, []) == {}


def test_what_a_press_said_in_place_of_what_is_followed_stays(site: Site) -> None:
    job(site, "a", "done")
    answer = beat(site, "analyst", "forecast-train", ["a", ""])
    assert "forecast-train-said" not in answer
    assert changes(answer, "forecast-train-jobs") == [("Remove", "a"), ("Remove", "")]
    job(site, "b", "running")
    assert "“Work b”" in said(beat(site, "analyst", "forecast-train", ["a", "", "b"]), "forecast-train-said")


def test_a_job_that_is_neither_the_viewers_nor_on_a_page_of_the_viewers_does_not_exist(site: Site) -> None:
    job(site, "a", "failed", by="admin", error="Secret 4711.")
    job(site, "own", "failed", by="executive", error="No answer.")
    assert beat(site, "executive", "forecast-train", ["a", "none"]) == {}
    own = said(beat(site, "executive", "forecast-train", ["own", "a"]), "forecast-train-said")
    assert "“Work own” failed: No answer." in own and "4711" not in own
    assert "/jobs" not in own  # a page that is closed to executives


def test_why_the_job_of_another_failed_is_for_those_who_see_the_whole_company(site: Site) -> None:
    job(site, "a", "failed", by="admin", error="Secret 4711.")
    whole, part = (
        said(beat(site, who, "forecast-train", ["a"]), "forecast-train-said")
        for who in ("analyst", "californian")
    )
    assert "“Work a” failed: Secret 4711." in whole
    assert "“Work a” failed." in part and "4711" not in part


def test_a_page_that_is_opened_while_a_training_runs_follows_it(site: Site) -> None:
    job(site, "a", "running", kind="train_churn", progress=0.42)
    for page, seen in (("customers", True), ("forecasts", False)):
        assert ("“Work a” runs: 42%." in drawn(site, "analyst", page)) == seen
    assert "Work a" not in drawn(site, "executive", "customers")


# ---- reports -----------------------------------------------------------------------------------------------


@pytest.fixture
def weekly(site: Site) -> str:
    owner = users.find(site.services.database, email("executive"))
    to = [{"channel": "email", "to": MIA}]
    definitions.provide_weekly(site.services.database, site.services.clock, "UTC", owner.id, to)
    return definitions.WEEKLY


def delivery(site: Site, state: str) -> None:
    row = Delivery(key="one", kind="report", subject_id="weekly", title="Weekly", channel="email", to=MIA)
    row.state, row.at = state, NOW
    with site.services.database.session() as session:
        session.query(Delivery).delete()
        session.add(row)


def at_report(site: Site, jobs: list[str], person: str = "executive") -> Any:
    return beat(site, person, "report", jobs, **{"report-shown.data": "weekly"})


def test_a_report_that_waits_leaves_what_the_press_said(site: Site, weekly: str) -> None:
    job(site, "a", "queued", by="executive")
    answer = at_report(site, ["a"])
    assert "report-said" not in answer
    assert answer["report-poll"]["max_intervals"] == A_MINUTE_ON


def test_a_report_is_followed_until_its_deliveries_have_ended(site: Site, weekly: str) -> None:
    job(site, "a", "done", by="executive")
    for state in ("queued", "rendering", "sending"):
        delivery(site, state)
        answer = at_report(site, ["a"])
        assert "It is made and on its way" in said(answer, "report-said")
        assert MIA in said(answer, "report-deliveries")
        assert answer["report-poll"]["max_intervals"] == A_MINUTE_ON and "report-jobs" not in answer
    for state in ("sent", "failed", "held", "unknown"):
        delivery(site, state)
        answer = at_report(site, ["a"])
        assert answer["report-said"]["children"] is None and MIA in said(answer, "report-deliveries")
        assert changes(answer, "report-jobs") == [("Remove", "a")] and "report-poll" not in answer


def test_a_report_that_another_began_is_told_to_whoever_sees_it_and_no_other_job_is(
    site: Site, weekly: str
) -> None:
    job(site, "a", "running", by="admin", arguments={"report_id": "weekly"}, progress=0.3)
    job(site, "b", "running", by="admin", arguments={"report_id": "other"})
    assert "“Work a” runs: 30%." in said(at_report(site, ["a"]), "report-said")
    answer = at_report(site, ["b"])
    assert "Work b" not in json.dumps(answer) and "report-poll" not in answer
    unknown = beat(site, "executive", "report", ["a"], **{"report-shown.data": "other"})
    assert unknown == {}


def test_a_report_that_failed_says_why(site: Site, weekly: str) -> None:
    job(site, "a", "failed", by="executive", error="Held, so it went to nobody.")
    words = said(at_report(site, ["a"]), "report-said")
    assert "“Work a” failed: Held, so it went to nobody." in words and "problem-line" in words


# ---- sources -----------------------------------------------------------------------------------------------


def test_the_words_of_a_sync_go_once_it_waits_no_longer(site: Site) -> None:
    answer = pressed(site, "admin", source_ids.button("sync", "google_ads")).json["response"]
    assert changes(answer, "sources-jobs") == [("Extend", ["sync-google_ads"])]
    answer = beat(site, "admin", "sources", ["sync-google_ads"])
    assert "sources-message" not in answer and "sources-jobs" not in answer
    for state in ("running", "done"):
        job(site, state, state, by="admin")
        answer = beat(site, "admin", "sources", ["sync-google_ads", state])
        assert answer["sources-message"]["children"] is None
        assert changes(answer, "sources-jobs") == [("Remove", state)]


def test_of_a_sync_that_failed_at_once_the_error_stays(site: Site) -> None:
    job(site, "a", "failed", by="admin", error="The platform is away.")
    answer = beat(site, "admin", "sources", ["a"])
    assert "“Work a” failed: The platform is away." in said(answer, "sources-message")
    assert changes(answer, "sources-jobs") == [("Remove", "a")]
    later = beat(site, "admin", "sources", [])
    assert "sources-message" not in later


def test_what_was_said_after_a_sync_was_asked_for_stays(site: Site) -> None:
    job(site, "a", "running", by="admin")
    answer = beat(site, "admin", "sources", ["a", ""])
    assert "sources-message" not in answer and changes(answer, "sources-jobs") == [("Remove", "a")]
    refused = pressed(site, "admin", source_ids.button("sync", "nope")).json["response"]
    assert "problem-line" in said(refused, "sources-message")
    assert changes(refused, "sources-jobs") == [("Append", "")]
