"""Every platform in every trouble, through the real pipeline: a clear end, the way out, no half load."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from app.data.connectors import google_analytics
from app.data.connectors.base import CONNECTORS
from app.data.models import Source
from app.data.pipeline.sources import test as try_source
from app.errors import SourcePermanent, SourceTransient
from tests.ingest_cast import WEEK, Platform, text_of
from tests.trouble_cases import (
    CASES,
    Case,
    each,
    ends,
    newest_runs,
    recovers,
    troubled,
    waited,
    waiting_streams,
)

REFUSED = httpx.Response(401, json=[{"errorCode": "INVALID_SESSION_ID", "message": "Session expired"}])


HALF = httpx.Response(200, content=b'{"results": [{"customer": {"id', headers={"Sforce-NumberOfRecords": "7"})


@each
def test_an_expired_token_is_renewed_once_and_nobody_notices(tmp_path: Path, case: Case) -> None:
    platform = troubled(case, REFUSED)
    company = case.company(tmp_path, platform)
    assert case.sync(company).rejected == 0
    assert (platform.signed_in, waited(case, company)) == (2, [])
    recovers(case, company)


@each
def test_a_token_that_stays_refused_fails_with_the_way_out(tmp_path: Path, case: Case) -> None:
    company = case.company(tmp_path, troubled(case, always=REFUSED))
    problem = ends(case, company, f"401.*pad sources add {case.source} --credentials FILE")
    assert isinstance(problem, SourcePermanent) and waited(case, company) == []
    recovers(case, company)


@each
def test_refused_credentials_are_not_tried_again(tmp_path: Path, case: Case) -> None:
    platform = Platform(case.source)
    platform.sign_in = lambda _: httpx.Response(400, json={"error": "invalid_grant"})  # type: ignore[method-assign]
    company = case.company(tmp_path, platform)
    with pytest.raises(SourcePermanent, match="refused the sign-in: invalid_grant. Give fresh credentials"):
        case.sync(company)
    assert (platform.signed_in, platform.asked, waiting_streams(company)) == (1, [], [])
    with pytest.raises(SourcePermanent, match="refused the sign-in"):
        try_source(company.parts, case.source)
    with company.parts.database.session() as session:
        assert session.get_one(Source, case.source).state == "failed"


@each
def test_a_sign_in_that_breaks_down_is_tried_a_few_times_and_not_their_square(
    tmp_path: Path, case: Case
) -> None:
    platform = Platform(case.source)
    platform.sign_in = lambda _: httpx.Response(503)  # type: ignore[method-assign]
    company = case.company(tmp_path, platform)
    with pytest.raises(SourceTransient, match="503"):
        case.sync(company)
    assert (platform.signed_in, company.waits) == (case.tries, case.backoff)


@each
def test_a_throttle_is_waited_out_or_left_to_a_later_sync_as_the_platform_says(
    tmp_path: Path, case: Case
) -> None:
    company = case.company(tmp_path, troubled(case, case.throttle))
    if case.left is None:
        assert case.sync(company).rows > 0
    else:
        problem = ends(case, company, "xhausted|Limit exceeded")
        assert isinstance(problem, SourceTransient) and problem.retry_after == case.left
    assert waited(case, company) == case.waits
    recovers(case, company)


@each
def test_a_retry_after_header_is_obeyed(tmp_path: Path, case: Case) -> None:
    answer = httpx.Response(429, headers={"Retry-After": "23"}, text="slow down")
    company = case.company(tmp_path, troubled(case, answer))
    assert case.sync(company).rows > 0
    assert waited(case, company) == [23.0]


@each
def test_server_errors_and_a_lost_connection_cost_no_row(tmp_path: Path, case: Case) -> None:
    def lost(request: httpx.Request) -> httpx.Response:
        raise httpx.RemoteProtocolError("peer closed connection", request=request)

    answers = [httpx.Response(503, text="<html>"), lost, httpx.Response(500), httpx.Response(500)]
    platform = troubled(case, *answers[: case.tries - 1])
    company = case.company(tmp_path, platform)
    assert case.sync(company).rows > 0
    assert waited(case, company) == case.backoff
    recovers(case, company)


@each
def test_a_platform_that_stays_down_is_given_up_after_a_few_tries(tmp_path: Path, case: Case) -> None:
    company = case.company(tmp_path, troubled(case, always=httpx.Response(500, text="oops")))
    problem = ends(case, company, f"{case.source} answered 500: oops. It is asked again later")
    assert isinstance(problem, SourceTransient) and waited(case, company) == case.backoff
    recovers(case, company)


@each
def test_half_a_page_is_asked_again(tmp_path: Path, case: Case) -> None:
    company = case.company(tmp_path, troubled(case, HALF))
    assert case.sync(company).rows > 0
    assert waited(case, company) == [1.0]
    recovers(case, company)


@each
def test_half_a_page_every_time_ends_with_the_way_out_and_keeps_what_was_whole(
    tmp_path: Path, case: Case
) -> None:
    company = case.company(tmp_path, troubled(case, always=HALF))
    ends(case, company, "sent half a page .* reduce the window with --from and --to")
    recovers(case, company)


SHAPES = (
    b"[]",
    b"null",
    b'"x"',
    b"5",
    b'{"error": {"code": 403, "message": "no"}}',
    b'{"results": null, "rows": null, "records": null}',
    b'{"results": [null], "rows": [5], "records": ["x"]}',
)


@each
def test_answers_of_another_shape_are_told_and_are_no_empty_answer(tmp_path: Path, case: Case) -> None:
    company = case.company(tmp_path, Platform(case.source))
    for shape in SHAPES:
        odd = httpx.Response(200, content=shape, headers={"Content-Type": "application/json"})
        company.facing(troubled(case, always=odd))
        with pytest.raises(SourceTransient, match="something else than was asked|announced|half a page"):
            case.sync(company)
        assert case.stream not in waiting_streams(company)
    recovers(case, company)


@pytest.mark.parametrize("case", [case for case in CASES if case.short], ids=lambda case: case.name)
def test_fewer_rows_than_were_announced_are_refused(tmp_path: Path, case: Case) -> None:
    company = case.company(tmp_path, troubled(case, always=case.short))
    problem = ends(case, company, "announced .* and sent")
    assert isinstance(problem, SourceTransient) and waited(case, company) == []
    recovers(case, company)


@each
def test_a_changed_field_stops_the_stream_and_is_named(tmp_path: Path, case: Case) -> None:
    for number, (old, new, said) in enumerate(case.renamed):

        def renamed(request: httpx.Request, old: bytes = old, new: bytes = new) -> httpx.Response:
            good = Platform(case.source).replay(request)
            headers = {name: good.headers[name] for name in ("Content-Type",) if name in good.headers}
            return httpx.Response(200, content=good.content.replace(old, new), headers=headers)

        company = case.company(tmp_path / f"{number}", troubled(case, always=renamed))
        ends(case, company, said)
        recovers(case, company)


@each
def test_an_empty_answer_where_rows_were_takes_none_away(tmp_path: Path, case: Case) -> None:
    """Days are believed to be empty the second time only; entities are never removed by silence."""
    company = case.company(tmp_path, Platform(case.source))
    company.load(None if case.later else WEEK)
    before = case.rows(company)
    looked = Platform(case.source)
    done = {"id": "750L", "state": "JobComplete", "numberRecordsProcessed": 0}
    replay = looked.replay

    def empty(request: httpx.Request) -> httpx.Response:
        asked = text_of(request)
        if case.meets in asked:
            return case.empty
        if asked.startswith("GET") and "/jobs/query/750L" in asked:
            return httpx.Response(200, json=done)
        return replay(request)

    looked.replay = empty  # type: ignore[method-assign]
    first = company.facing(looked).load(None if case.later else WEEK)
    assert case.rows(company) == before != []
    dated = next(one for one in CONNECTORS.get(case.source).streams if one.name == case.stream).dated
    assert [note.split(":")[0] for note in first.quarantined] == ([case.stream] if dated else [])
    assert newest_runs(company)[case.stream].state == ("quarantined" if dated else "done")
    again = company.load(None if case.later else WEEK)
    assert again.quarantined == [] and bool(case.rows(company)) != dated


@each
def test_a_page_that_comes_twice_is_refused(tmp_path: Path, case: Case) -> None:
    company = case.company(tmp_path, troubled(case, always=case.again))
    problem = ends(case, company, "twice")
    assert isinstance(problem, SourceTransient)
    recovers(case, company)


@each
def test_pages_that_bring_again_what_came_before_are_refused(
    tmp_path: Path, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, pages in enumerate(case.overlaps):
        company = case.company(tmp_path / f"{number}", troubled(case, *pages))
        with monkeypatch.context() as small:
            small.setattr(google_analytics, "PAGE", 2)
            problem = ends(case, company, "came twice")
        assert isinstance(problem, SourceTransient) and waited(case, company) == []
        recovers(case, company)
