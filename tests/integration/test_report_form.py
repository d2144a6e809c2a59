"""The dialog of a report: what its owner's scope can tell, what is refused, and what is said after saving."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.accounts.models import RowScope
from app.accounts.permissions import ROLES
from app.accounts.viewer import Viewer
from app.callbacks import reports as actions
from app.callbacks.base import Callbacks
from app.callbacks.timing import told_elsewhere
from app.data import schedules
from app.data.query.spec import Filter, Scope
from app.errors import AccessDenied, InputError
from app.factory import create_app
from app.layouts import report_ids as ids
from app.layouts.timing_ids import OF_REPORT, OF_SCHEDULE
from app.reports import answerable, definitions
from app.reports.models import Report
from app.reports.section import SECTIONS
from app.services import Services
from tests.fakes import FakeRunner, access, viewer
from tests.report_case import weekly

ALICE = viewer("marketing_manager")
ADMIN = Viewer(2, "bob@example.com", "Bob Meyer", "admin", ROLES["admin"])
CALIFORNIA = Scope((Filter("region", ("California",)),))
CALIFORNIAN = replace(ALICE, scope=CALIFORNIA)
CONTENT = "Sessions is not known by region and landing page together."
RETURNS = "ROI is not known by region."
ALL = ("All of it", list(SECTIONS.ids()), ["html"], "", "last_week", "", "0 9 * * 1", "Europe/Berlin")


class Silent(FakeRunner):
    """Answers nothing: who asks it makes a reader wait."""

    def run(self, query: Any) -> Any:
        raise AssertionError(f"asked {query}")

    def forecasts(self, query: Any) -> Any:
        raise AssertionError(f"asked {query}")


def callbacks_of(services: Services, who: Viewer) -> Callbacks:
    return Callbacks(create_app(services, access(who)), services, lambda: who)


def opened(callbacks: Callbacks, report: Report | None = None) -> dict[str, Any]:
    """The list of sections as the dialog shows it."""
    parts = json.loads(
        json.dumps(actions._form(callbacks, report), default=lambda part: part.to_plotly_json())
    )
    (found,) = [one for one in _nodes(parts) if one.get("id") == ids.SECTIONS]
    return found | {"hint": [one["children"] for one in _nodes(parts) if one.get("className") == "hint"]}


def _nodes(part: Any) -> Any:
    if isinstance(part, dict):
        if "props" in part:
            yield part["props"]
        for held in part.values():
            yield from _nodes(held)
    if isinstance(part, list):
        for held in part:
            yield from _nodes(held)


def shut(found: dict[str, Any]) -> dict[str, str]:
    """Section -> the reason beneath its title, of those that cannot be ticked."""
    return {
        option["value"]: option["label"]["props"]["children"][1]["props"]["children"]
        for option in found["options"]
        if option.get("disabled")
    }


def stored(services: Services, who: Viewer, target: str | None = None, **changed: Any) -> str:
    names = ("title", "sections", "formats", "recipients", "range", "filters", "cron", "zone")
    fields = tuple(changed.get(name, value) for name, value in zip(names, ALL, strict=True))
    callbacks = callbacks_of(services, who)
    with callbacks.dash.server.test_request_context("/"):
        return actions.store(callbacks, target, fields)


def test_the_form_offers_what_the_scope_of_its_owner_can_tell_and_asks_no_question(tmp_path: Path) -> None:
    found = opened(callbacks_of(weekly(tmp_path, Silent()), CALIFORNIAN))
    assert shut(found) == {"content_review": CONTENT, "marketing_roi": RETURNS}
    assert sorted({option["value"] for option in found["options"]} - set(found["value"])) == [
        "content_review",
        "marketing_roi",
    ]
    assert "What is greyed cannot be told in a scope limited by region." in found["hint"]


def test_who_sees_everything_is_offered_every_section(tmp_path: Path) -> None:
    found = opened(callbacks_of(weekly(tmp_path, Silent()), ALICE))
    assert shut(found) == {}
    assert found["value"] == list(SECTIONS.ids())
    assert not [words for words in found["hint"] if "greyed" in str(words)]


def test_what_the_form_offers_can_be_saved_as_it_stands(tmp_path: Path) -> None:
    services = weekly(tmp_path)
    offered = opened(callbacks_of(services, CALIFORNIAN))["value"]
    stored(services, CALIFORNIAN, sections=offered)
    assert definitions.get(services.database, "all-of-it").sections == offered


def test_a_forged_form_is_refused_with_every_section_that_the_scope_shuts(tmp_path: Path) -> None:
    services = weekly(tmp_path)
    with pytest.raises(AccessDenied) as refused:
        stored(services, CALIFORNIAN)
    assert str(refused.value) == (
        f"The section “Content” cannot be told in a scope limited by region: {CONTENT}"
        f" The section “Return on marketing” cannot be told in a scope limited by region: {RETURNS}"
        " Untick each section that is named here."
    )
    assert [report.id for report in definitions.listed(services.database)] == ["weekly"]


NARROW = {"sections": ["content_review", "growth", "week_over_week"]}
HINT = "Untick each section that is named here, or take the filter out."


def test_all_sections_that_filters_shut_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        stored(weekly(tmp_path), ALICE, **NARROW, filters="device = mobile\nregion = California")
    assert str(refused.value) == (
        "The section “Content” cannot be told under these filters:"
        " No table of Web sessions has device, landing page, region together."
        " The section “Week over week” cannot be told under these filters:"
        f" No table of Ads has device, region together. {HINT}"
    )


def test_a_filter_that_the_scope_does_not_go_with_is_named(tmp_path: Path) -> None:
    with pytest.raises(AccessDenied) as refused:
        stored(weekly(tmp_path), CALIFORNIAN, sections=["week_over_week"], filters="device = mobile")
    assert str(refused.value) == (
        "The section “Week over week” cannot be told in a scope limited by region:"
        f" Cost per lead is not known by region and device together. {HINT}"
    )


def _narrowed(services: Services) -> None:
    with services.database.session() as session:
        session.add(RowScope(user_id=1, dimension="region", value="California"))


def test_the_scope_of_the_owner_counts_also_when_an_admin_edits(tmp_path: Path) -> None:
    services = weekly(tmp_path)
    _narrowed(services)
    report = definitions.get(services.database, "weekly")
    with services.database.session() as session:
        session.get_one(Report, "weekly").sections = ["content_review", "growth"]
    report = definitions.get(services.database, "weekly")
    found = opened(callbacks_of(services, ADMIN), report)
    assert found["value"] == ["growth"]
    assert [option["value"] for option in found["options"]][:2] == ["content_review", "growth"]
    assert shut(found)["content_review"] == CONTENT
    with pytest.raises(AccessDenied, match="“Content” cannot be told in a scope limited by region"):
        stored(services, ADMIN, "weekly", sections=["content_review"])


def test_a_report_that_nobody_owns_opens_in_the_scope_of_who_edits_it(tmp_path: Path) -> None:
    services = weekly(tmp_path)
    assert answerable.owner_of(services, Report(owner_id=4711), ADMIN) is ADMIN


def test_a_report_without_recipients_says_that_it_goes_to_nobody(tmp_path: Path) -> None:
    services = weekly(tmp_path)
    nobody = "“All of it” is saved, but goes to nobody until recipients are added."
    assert stored(services, ALICE, title=" All of it ") == nobody
    assert stored(services, ALICE, recipients="bob@example.com") == ""


def _said(services: Services, timing: Any, cron: str, wrong: InputError) -> str:
    return told_elsewhere(callbacks_of(services, ALICE), timing, wrong, cron, "Europe/Berlin")


@pytest.mark.parametrize("timing", [OF_REPORT, OF_SCHEDULE], ids=["report", "schedule"])
def test_a_line_that_cannot_be_kept_is_told_at_its_field_and_not_again_under_the_form(
    tmp_path: Path, timing: Any
) -> None:
    services = weekly(tmp_path)
    with pytest.raises(InputError) as refused:
        schedules.checked_cron("every monday")
    assert _said(services, timing, "every monday", refused.value) == ""
    other = InputError("A report needs a title.")
    assert _said(services, timing, "every monday", other) == "A report needs a title."
    assert _said(services, timing, "0 9 * * 1", other) == "A report needs a title."
