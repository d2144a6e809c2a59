"""Columns that no source can tell by what is asked leave the others standing, each with its own reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.clock import FixedClock
from app.data.query.spec import Filter, Scope
from app.layouts import campaign_table
from app.layouts.campaign_table import Shown
from app.services import Services
from tests import warehouse
from tests.bare_app import ANALYST
from tests.fakes import services

RANGE = "range=2026-02-01..2026-02-28"
TEXAN = replace(ANALYST, scope=Scope((Filter("region", ("Texas",)),)))
APART = "No source tells it by device, region together."


@pytest.fixture
def made(tmp_path: Path) -> Services:
    found = replace(services(tmp_path), query=warehouse.runner(warehouse.company()))
    return replace(found, clock=FixedClock(datetime(2026, 4, 1, 12, tzinfo=UTC)))


def total(shown: Shown, column: str) -> float:
    assert shown.answer is not None, str(shown.error)
    assert shown.answer.table.total is not None
    return float(shown.answer.table.total[column])


def by_hand(sql: str) -> float:
    return float(warehouse.company().cursor().execute(sql).fetchone()[0])


def sessions(where: str) -> float:
    return by_hand(
        f"SELECT sum(sessions) FROM fact_session WHERE date BETWEEN '2026-02-01' AND '2026-02-28' AND {where}"
    )


def test_a_region_and_a_device_take_the_ad_columns_alone(made: Services) -> None:
    asked = f"{RANGE}&group=channel&columns=spend,sessions&segment=mobile"
    told = sessions("region = 'Texas' AND device = 'mobile'")
    for search, viewer in ((f"{asked}&region=Texas", ANALYST), (asked, TEXAN)):
        shown = campaign_table.show(search, made, viewer)
        assert total(shown, "sessions") == told
        assert (shown.rows[0]["spend"], shown.rows[0]["spend__why"]) == ("–", APART)


def test_paid_media_is_left_out_of_the_words_of_what_cannot_be_told(made: Services) -> None:
    shown = campaign_table.show(f"{RANGE}&group=region&columns=cpa,leads&segment=mobile", made, ANALYST)
    assert shown.asked.paid and shown.withheld == {"cpa": APART}
    assert total(shown, "leads") == by_hand(
        "SELECT count(*) FROM fact_lead WHERE date BETWEEN '2026-02-01' AND '2026-02-28' "
        "AND device = 'mobile' AND traffic_key IN (1, 2)"
    )


def test_a_column_that_does_not_know_a_filter_is_empty_with_the_reason(made: Services) -> None:
    shown = campaign_table.show(
        f"{RANGE}&group=campaign&columns=spend,conversions&landing_page=/", made, ANALYST
    )
    assert (shown.rows[0]["spend"], shown.rows[0]["spend__why"]) == ("–", "Not stored by landing page.")


def test_a_table_without_any_column_left_says_why(made: Services) -> None:
    shown = campaign_table.show(f"{RANGE}&columns=spend,clicks&landing_page=/pricing", made, ANALYST)
    assert shown.rows == [] and shown.error is not None
    assert shown.error.hint == "Not stored by landing page."
