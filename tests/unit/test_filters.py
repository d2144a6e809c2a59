"""The view in the address: written, read back, and what is wrong named."""

from __future__ import annotations

from datetime import date

import pytest

from app.data.query.selection import split
from app.data.query.spec import Filter
from app.layouts.filters import FilterState, parse
from app.periods import Grain, Period

TODAY = date(2026, 3, 12)
FULL = "?range=last_7_days&compare=year&segment=mobile&channel=Paid+search&channel=Social&clicked=channel"


def test_the_usual_view_needs_no_address() -> None:
    assert FilterState().search() == ""
    assert parse("", TODAY) == FilterState()


def test_an_address_reads_back_to_the_same_view() -> None:
    state = parse(FULL, TODAY)
    assert state.search() == FULL
    assert state.members("channel") == ("Paid search", "Social")
    assert state.filters == (Filter("device", ("mobile",)), Filter("channel", ("Paid search", "Social")))


def test_a_range_picked_by_hand_is_readable() -> None:
    state = parse("?range=2026-02-01..2026-02-14", TODAY)
    assert state.period(TODAY) == Period(date(2026, 2, 1), date(2026, 2, 14))
    assert state.search() == "?range=2026-02-01..2026-02-14"


def test_the_base_of_an_open_month_is_the_same_part_of_the_month_before() -> None:
    state = parse("?range=this_month", TODAY)
    assert state.base_period(TODAY) == Period(date(2026, 2, 1), date(2026, 2, 11))


@pytest.mark.parametrize(
    ("written", "shown", "unit", "before"),
    [
        ("2026-11-01..2026-11-30", ("2026-11-01", "2026-11-25"), "month", ("2026-10-01", "2026-10-25")),
        ("2026-11-01..2026-11-26", ("2026-11-01", "2026-11-25"), "month", ("2026-10-01", "2026-10-25")),
        ("2026-10-01..2026-11-25", ("2026-10-01", "2026-11-25"), "quarter", ("2026-07-01", "2026-08-25")),
        ("2026-01-01..2026-12-31", ("2026-01-01", "2026-11-25"), "year", ("2025-01-01", "2025-11-25")),
        ("2026-11-10..2026-12-31", ("2026-11-10", "2026-11-25"), None, ("2026-10-25", "2026-11-09")),
        ("2026-10-01..2026-10-31", ("2026-10-01", "2026-10-31"), None, ("2026-09-01", "2026-09-30")),
    ],
)
def test_a_range_by_hand_ends_with_its_last_complete_day_and_is_open_as_the_preset_is(
    written: str, shown: tuple[str, str], unit: Grain | None, before: tuple[str, str]
) -> None:
    today = date(2026, 11, 26)
    state = parse(f"?range={written}", today)
    start, end = map(date.fromisoformat, shown)
    assert state.period(today) == Period(start, end, unit)
    assert state.base_period(today) == Period(*map(date.fromisoformat, before))
    assert state.cut(today) == (written.split("..")[1] > "2026-11-25")


def test_a_finished_month_is_not_open_on_the_first_day_of_the_next() -> None:
    today = date(2026, 11, 1)
    assert not parse("?range=2026-10-01..2026-11-01", today).period(today).open


@pytest.mark.parametrize(
    ("search", "named"),
    [
        ("?range=last_9_days", "last_9_days"),
        ("?range=2026-03-12..2026-03-01", "before it starts"),
        ("?range=2026-05-01..2026-05-02", "2026-05-01 to 2026-05-02 has no complete day yet"),
        ("?range=2026-03-12..2026-03-12", "the newest complete day is 2026-03-11. Choose a first day up to"),
        ("?range=1900-01-01..1900-01-02", "2000-01-01"),
        ("?compare=yesterday", "yesterday"),
        ("?segment=tablets", "tablets"),
        ("?chanel=Email", "Use channel"),
    ],
)
def test_what_cannot_be_used_is_named_and_the_rest_is_kept(search: str, named: str) -> None:
    state = parse(f"{search}&device=mobile", TODAY)
    assert len(state.problems) == 1
    assert named in state.problems[0]
    assert state.where == (("device", ("mobile",)),)
    assert state.range == "last_30_days"


def test_a_pages_own_parameters_pass_through() -> None:
    state = parse("?group=campaign&channel=Email", TODAY, own=("group",))
    assert state.own == (("group", "campaign"),)
    assert state.problems == ()
    assert state.with_own(group="").search() == "?channel=Email"


def test_narrowing_by_a_click_marks_the_chip_and_lifting_removes_both() -> None:
    clicked = FilterState().narrowed("channel", ("Email",), clicked=True)
    assert clicked.search() == "?channel=Email&clicked=channel"
    assert clicked.narrowed("channel", ()) == FilterState()


def test_markup_in_a_member_stays_text_in_the_address() -> None:
    state = FilterState().narrowed("campaign", ("<script>alert(1)</script> & co",))
    assert "<" not in state.search()
    assert parse(state.search(), TODAY).members("campaign") == ("<script>alert(1)</script> & co",)


def test_a_filter_that_a_metric_lacks_is_set_aside() -> None:
    asked = (Filter("device", ("mobile",)), Filter("plan", ("Team",)))
    assert split(asked, ("plan", "country")) == ((Filter("plan", ("Team",)),), ("device",))
