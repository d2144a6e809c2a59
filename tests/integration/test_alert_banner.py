"""Of all alarms that stand, the one above the dashboard is the one to see to first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.alerts import defaults
from app.layouts.alert_banner import banner
from tests.integration.test_alert_page import MIA, _fired, _rule
from tests.integration.test_report_pages import text_of
from tests.report_case import weekly

BACK = {"value": 95.0, "clears": 1}  # the threshold is 90: in bounds again
NEAR, FAR = {"value": 81.0}, {"value": 9.0}


@pytest.mark.parametrize(
    ("meta", "google", "first"),
    [
        (NEAR, FAR, "Google Ads"),
        (FAR, NEAR, "meta_ads"),
        (BACK, NEAR, "Google Ads"),
        (NEAR, BACK, "meta_ads"),
    ],
)
def test_what_is_furthest_out_of_bounds_comes_before_what_is_back(
    tmp_path: Path, meta: dict[str, Any], google: dict[str, Any], first: str
) -> None:
    services = weekly(tmp_path)
    defaults.ensure(services)
    rule = _rule(services)
    _fired(services, rule, "meta_ads", **meta)
    _fired(services, rule, "google_ads", **google)
    said = text_of(banner(services, MIA))
    assert f"Sessions ({first}) was 41" in said and "and 1 more" in said
