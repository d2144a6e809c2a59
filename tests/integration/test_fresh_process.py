"""A process that has imported nothing yet: what a worker or a command is when it begins."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from app.alerts import defaults
from tests.demo_company import Site, environment


def fresh(site: Site, *command: str) -> str:
    """What a command prints in a process of its own."""
    done = subprocess.run(
        [sys.executable, *command],
        env=environment(site.services.settings),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_alert_rules_are_judged_by_a_process_that_has_asked_nothing_before(site: Site) -> None:
    defaults.ensure(site.services)
    found = json.loads(fresh(site, "-m", "app.cli", "alerts", "check", "--format", "json"))
    by_rule = {row["rule"] if "rule" in row else row["id"]: row for row in found}
    assert {"budget-overspend", "conversion-drop"} <= by_rule.keys()
    assert [row["problem"] for row in found if row["problem"]] == []


@pytest.mark.parametrize("name", ["METRICS", "DIMENSIONS"])
def test_the_registries_are_full_at_the_first_look(site: Site, name: str) -> None:
    code = f"from app.data.metrics.base import {name}; print('channel' in {name} or 'spend' in {name})"
    assert fresh(site, "-c", code).strip() == "True"
