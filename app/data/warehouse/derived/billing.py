"""Derives `fact_mrr_movement` from the subscription phases of the warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from duckdb import DuckDBPyConnection

from app.data.warehouse.derived.movements import Movement, Phase, Segment, movements
from app.data.warehouse.derived.table import replace_if_different
from app.data.warehouse.fact import MOST
from app.data.warehouse.facts import MRR_MOVEMENT
from app.data.warehouse.staging import arrow_schema
from app.errors import InputError
from app.text import t

_PHASES = """
SELECT source_id, customer_id, subscription_id, date, ended_on, status, billing_interval, price_micros,
       account_id, plan, country, region, traffic_key, campaign_key, currency,
       coalesce(is_deleted, FALSE), discount
FROM fact_subscription WHERE customer_id IS NOT NULL AND date IS NOT NULL
"""


def refresh(connection: DuckDBPyConnection, currency: str) -> bool:
    """Derive the movements anew; returns whether they changed.

    Raises: InputError when what a customer pays is more than can be kept.
    """
    import pyarrow  # in the publisher only: a web process never derives

    rows = movements(_phases(connection), _known_until(connection), _rates(connection), currency)
    content = tuple(name for name in MRR_MOVEMENT.table.columns.keys() if name != "load_id")  # noqa: SIM118
    schema = arrow_schema(pyarrow, MRR_MOVEMENT.table, content)
    table = pyarrow.Table.from_pylist([_record(one) for one in rows], schema=schema)
    connection.register("derived_rows", table)
    # Fetched to its end: DuckDB lets nothing else happen on a connection with an open result.
    connection.execute("CREATE OR REPLACE TEMP TABLE derived AS SELECT * FROM derived_rows").fetchall()
    connection.unregister("derived_rows")
    return replace_if_different(connection, MRR_MOVEMENT, "derived")


def concerned(connection: DuckDBPyConnection, source: str) -> bool:
    """Whether a source brings subscriptions: its new extract alone can move an end into the past."""
    found = "SELECT 1 FROM fact_subscription WHERE source_id = ? LIMIT 1"
    return connection.execute(found, [source]).fetchone() is not None


def _phases(connection: DuckDBPyConnection) -> Iterator[Phase]:
    for row in connection.execute(_PHASES).fetchall():
        yield Phase(*(*row[:8], Segment(*row[8:15]), *row[15:]))


def _known_until(connection: DuckDBPyConnection) -> dict[str, date]:
    """The day of each source's newest extract, in the source's own zone."""
    rows = connection.execute("SELECT source, extracted_at, time_zone FROM dim_source").fetchall()
    return {
        source: datetime.fromisoformat(instant).astimezone(ZoneInfo(zone)).date()
        for source, instant, zone in rows
    }


def _rates(connection: DuckDBPyConnection) -> dict[tuple[str, date], float]:
    rows = connection.execute("SELECT currency, date, rate FROM dim_rate").fetchall()
    return {(currency, day): rate for currency, day, rate in rows}


def _record(one: Movement) -> dict[str, object]:
    if abs(one.amount_micros) > MOST:
        named = f"customer_id {one.customer_id}, date {one.date}"
        raise InputError(
            t("warehouse.too_much", table=MRR_MOVEMENT.table.name, partition=named),
            hint=t("warehouse.too_much_hint"),
        )
    return {**vars(one.segment), **{name: value for name, value in vars(one).items() if name != "segment"}}
