"""What the rows of a read are held against beside themselves, as of now."""

from __future__ import annotations

from app.data.pipeline import channel_rules
from app.data.pipeline.ingestion import Ingestion
from app.data.quality.rules import Reference


def reference(ingestion: Ingestion) -> Reference:
    """Today in the organisation's time zone, and the channels of the rules in force."""
    with ingestion.database.session() as session:
        channels = channel_rules.channels(session)
    return Reference(ingestion.clock.today(ingestion.settings.time_zone), channels)
