"""Predictions enter the warehouse as every source does: a staged load, published by the one writer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from secrets import token_hex
from typing import Any

from app.data.pipeline.ingestion import Ingestion
from app.data.pipeline.loads import announce
from app.data.warehouse.dimensions import WAREHOUSE
from app.data.warehouse.facts import Fact
from app.data.warehouse.staging import StagedLoad, stage, staged_columns

SOURCE = "models"
ACCOUNT = "own"


def stage_predictions(
    parts: Ingestion, fact: Fact, rows: Iterable[Mapping[str, Any]], title: str, until: date
) -> int:
    """Stage rows of a fact that a model fills, and tell the publisher; returns the id of the load."""
    began = parts.clock.now()
    folder = parts.staging / SOURCE / f"{began:%Y%m%dT%H%M%S}-{token_hex(3)}"
    load = StagedLoad(
        source_id=SOURCE,
        stream=fact.id,
        account=ACCOUNT,
        extracted_at=began,
        time_zone=parts.settings.time_zone,
        title=title,
        data_until=until,
    )
    key = {"source_id": SOURCE, "account_id": ACCOUNT}
    names = staged_columns(WAREHOUSE.tables[fact.table.name])
    tuples = (tuple({**key, **row}.get(name) for name in names) for row in rows)
    count = stage(folder, load, {fact.table.name: tuples})
    return announce(parts.database, parts.clock, parts.staging, load, folder, count)
