"""Jobs of alerts: judge every rule on what is complete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.alerts.check import check_all
from app.queue import requests
from app.services import Job, Services
from app.text import t


def check_alerts(services: Services, job: Job) -> Mapping[str, Any]:
    """Judge the rules; doing it twice on the same data says nothing twice."""
    results = check_all(services, lambda share: job.progress(share, t("alerts.check_title")))
    if any(result.events for result in results):
        requests.deliver(services.queue)
    return {
        "rules": len(results),
        "events": sum(result.events for result in results),
        "problems": {result.rule_id: result.problem for result in results if result.problem},
    }


KINDS = {"check_alerts": check_alerts}
