"""What a number can be grouped and filtered by."""

from __future__ import annotations

from app.data.metrics.base import DIMENSIONS, Dimension

PAID_BY = ("channel", "platform", "account", "campaign")  # these tell what was paid for from what was not

for _dimension in (
    Dimension("date", "Date", "date", "Day of the account; with a grain, the first day of the bucket."),
    Dimension("channel", "Channel", definition="By the ordered channel rules over source, medium, campaign."),
    Dimension("platform", "Platform", definition="The ad platform behind paid traffic."),
    Dimension("account", "Account", definition="The advertising account that a campaign belongs to."),
    Dimension(
        "campaign", "Campaign", definition="Canonical campaign name; names in links that match join it."
    ),
    Dimension("country", "Country", definition="Country, as the source reports it."),
    Dimension("region", "Region", definition="Region within a country, as the source reports it."),
    Dimension("device", "Device", definition="Kind of device: desktop, mobile, tablet."),
    Dimension("visitor_type", "Visitor type", definition="New or returning, as the source counts it."),
    Dimension("hour", "Hour", "hour", "Local hour of the account, 0 to 23."),
    Dimension("source", "Source", definition="Raw traffic source, as written in the link."),
    Dimension("medium", "Medium", definition="Raw traffic medium, as written in the link."),
    Dimension("landing_page", "Landing page", definition="First page of the visit, without its query."),
    Dimension("plan", "Plan", definition="Product plan of the deal or subscription."),
):
    DIMENSIONS.add(_dimension)
