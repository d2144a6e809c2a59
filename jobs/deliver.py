"""The job that empties the outbox; one of them lives at a time, and every row of it may be tried twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.notify.channels import senders
from app.notify.dispatch import Desk, drain
from app.services import Job, Services
from app.text import t


def deliver(services: Services, job: Job) -> Mapping[str, Any]:
    """Send what is due, and note what died while it was sent."""
    channels = senders(services.settings, services.database, services.clock)
    desk = Desk(services.database, services.clock, channels, services.settings.home)
    return drain(desk, lambda done: job.progress(0.5, t("notify.done", count=done)))


KINDS = {"deliver": deliver}
