"""What a number can be grouped and filtered by."""

from __future__ import annotations

from app.data.metrics.base import DIMENSIONS, Dimension

PAID_BY = ("channel", "platform", "account", "campaign")  # these tell what was paid for from what was not

for _dimension in (
    Dimension("date", "date"),
    Dimension("channel"),
    Dimension("platform"),
    Dimension("account"),
    Dimension("campaign"),
    Dimension("country"),
    Dimension("region"),
    Dimension("device"),
    Dimension("visitor_type"),
    Dimension("hour", "hour"),
    Dimension("source"),
    Dimension("medium"),
    Dimension("landing_page"),
    Dimension("plan"),
):
    DIMENSIONS.add(_dimension)
