"""How old each source may become before it counts as late: the one table of freshness targets."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

SourceKind = Literal["platform", "file"]

# A platform is read every hour, so a target is how many reads may fail before people are told. Google
# Analytics itself needs hours to settle a day and is given the most; a CRM answers with the present state.
PLATFORMS: dict[str, timedelta] = {
    "google_ads": timedelta(hours=6),
    "google_analytics": timedelta(hours=8),
    "salesforce": timedelta(hours=4),
}
# Files come when somebody brings them: one is late only where its import stream has a cadence here.
CADENCES: dict[str, timedelta] = {}


def kind(source: str) -> SourceKind:
    """Whether a source is a platform that is read on a schedule, or files that somebody imports."""
    return "platform" if source in PLATFORMS else "file"


def target(source: str) -> timedelta | None:
    """The age at which a source is late; None for one that never is."""
    return PLATFORMS.get(source) or CADENCES.get(source)
