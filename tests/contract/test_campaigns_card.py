"""The card of top campaigns: which came, which stopped, and why a change is not known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.data.query.spec import MetricQuery
from app.layouts.dashboards.executive import EXECUTIVE
from tests.contract.test_widget_values import Told
from tests.contract.test_widgets import drawn
from tests.fakes import FakeRunner


def test_a_campaign_that_is_not_in_the_base_is_new_and_a_dash_has_its_reason(tmp_path: Path) -> None:
    def base(query: MetricQuery, row: dict[str, Any]) -> dict[str, Any]:
        return {"spend__base": None} if "campaign" in row else {}

    def changes(runner: FakeRunner, search: str = "") -> list[str]:
        found = EXECUTIVE.widget("campaigns")
        assert found is not None
        every = drawn(tmp_path, EXECUTIVE, found, runner, search).elements()
        rows = [[one for one in row.elements() if one.tag == "td"] for row in every if row.tag == "tr"]
        parts = [row[4].elements()[-1] for row in rows if row]
        return [one.attributes.get("aria-label") or one.words.strip() for one in parts]

    *lines, total = changes(Told(tell=base))
    assert lines == ["new"] * 5 and "%" in total
    assert set(changes(FakeRunner(), "?compare=none")) == {"no comparison chosen"}
    unknown = Told(tell=lambda query, row: {"spend__base": None})
    assert set(changes(unknown)) == {"no base to compare with"}
    *lines, _ = changes(
        Told(tell=lambda query, row: {"spend": None, "spend__base": 47.0} if "campaign" in row else {})
    )
    assert lines == ["stopped"] * 5
