"""A file has the rows of the table in the order that its menu promises."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest

from app.accounts import users
from app.figures.table import label
from app.layouts import campaign_table
from app.layouts.campaign_table import Shown
from app.layouts.pages import campaigns
from app.layouts.table_foot import footer
from tests.demo_company import Site, email
from tests.visits import RANGE, Rows, exported

SHORT = "2026-06-08..2026-06-14"


def shown_and_exported(site: Site, search: str) -> tuple[Shown, Rows]:
    given = {"range": RANGE, **dict(parse_qsl(search))}
    reader = users.viewer(site.services.database, email("analyst"))
    address = "&".join(f"{name}={value}" for name, value in given.items())
    return campaign_table.show(address, site.services, reader), exported(
        site, "analyst", "campaigns", **given
    )


def promised(shown: Shown) -> str:
    """The note of the export menu."""
    menu = json.dumps(campaigns.tools(shown)[-1], default=lambda part: part.to_plotly_json())
    return menu[menu.index("Every row") :]


@pytest.mark.parametrize(
    "search",
    [
        "group=campaign",
        "group=campaign&sort=clicks",
        "group=date",
        f"group=date,campaign&range={SHORT}",
        f"group=date,campaign&range={SHORT}&changes=1",
        "group=channel,campaign&sort=name",
        "group=channel,campaign&sort=-name",
        f"group=channel,date&range={SHORT}&sort=name&changes=1",
        "group=channel,campaign&columns=clicks",  # by spend, which is not shown: both stand by name
        "group=campaign&columns=roas&sort=conversions",  # not shown, though the answer holds it
        "group=campaign&segment=returning",  # spend knows no visitor type, and is empty
    ],
)
def test_a_file_has_the_order_of_the_screen(site: Site, search: str) -> None:
    shown, rows = shown_and_exported(site, search)
    assert shown.answer is not None
    group = shown.asked.view.group
    leaves = [row.path for row in shown.answer.table.rows if row.level == len(group)]
    assert len(leaves) > 5
    assert [tuple(row[name] for name in group) for row in rows] == [
        tuple(map(label, path)) for path in leaves
    ]
    assert promised(shown).startswith("Every row of this view, in its order.")


@pytest.mark.parametrize(
    ("search", "columns", "said"),
    [
        ("", ("spend",), "Spend"),
        (f"group=date,channel,campaign&range={SHORT}", ("date", "spend"), "day, then Spend"),
    ],
)
def test_where_groups_stand_by_their_own_numbers_the_menu_says_what_the_file_is_sorted_by(
    site: Site, search: str, columns: tuple[str, ...], said: str
) -> None:
    shown, rows = shown_and_exported(site, search)
    assert promised(shown).startswith(f"Every row of this view, sorted by {said} and not group by group.")
    found = [tuple(row[name] for name in columns) for row in rows if row["spend"]]
    days = sorted({one[0] for one in found}, reverse=True) if len(columns) > 1 else [""]
    assert len(found) > 10
    for day in days:
        spent = [float(one[-1]) for one in found if not day or one[0] == day]
        assert spent == sorted(spent, reverse=True)
    if len(columns) > 1:
        assert [one[0] for one in found] == sorted((one[0] for one in found), reverse=True)


@pytest.mark.parametrize(
    ("search", "said", "arrow"),
    [
        ("group=channel&columns=sessions,leads,conversions&segment=returning", "Name", {"label": "up"}),
        ("group=campaign&segment=returning", "Name", {"label": "up"}),
        ("group=campaign&columns=roas&sort=conversions", "Name", {"label": "up"}),
        ("group=channel", "Spend", {"spend": "down"}),
        ("group=channel&sort=-name", "Name", {"label": "down"}),
        ("group=date", "day", {"label": "down"}),
        (f"group=date,campaign&range={SHORT}", "day, then Spend", {"label": "down"}),
        (f"group=campaign,date&range={SHORT}", "Spend, then day", {"spend": "down"}),
    ],
)
def test_the_foot_and_the_heads_say_what_the_rows_stand_by(
    site: Site, search: str, said: str, arrow: dict[str, str]
) -> None:
    shown, _ = shown_and_exported(site, search)
    assert f", sorted by {said}. " in str(footer(shown).children)
    heads = [one for part in campaigns.content(shown) for one in definitions(part)]
    params = {one["field"]: one.get("headerComponentParams", {}) for one in heads}
    assert {name: one["sorted"] for name, one in params.items() if one.get("sorted")} == arrow
    assert shown.answer is not None
    first = [row for row in shown.answer.table.rows if row.level == 1]
    names = [row.labels[0].casefold() for row in first]
    if "label" in arrow:
        assert names == sorted(names, reverse=arrow["label"] == "down") and len(names) > 3
    else:
        spent = [row.cells["spend"] or 0.0 for row in first]
        assert spent == sorted(spent, reverse=True) and names != sorted(names)


def test_a_click_on_the_name_turns_rows_round_that_stand_by_name_already(site: Site) -> None:
    shown, _ = shown_and_exported(site, "group=campaign&columns=clicks")
    assert "sort=-name" in shown.links["name"] and "sort=clicks" not in shown.links["name"]


def definitions(part: object) -> list[dict[str, Any]]:
    """The columns of the grid in a part of the page."""
    inside = getattr(part, "children", None)
    found = list(getattr(part, "columnDefs", None) or [])
    for one in inside if isinstance(inside, list) else [inside] if inside is not None else []:
        found += definitions(one)
    return found
