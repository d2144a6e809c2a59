"""Empty answers where rows are known: a platform in trouble, until a second sync says the same."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import and_, select

from app.data.connectors.base import Window
from app.data.models import Watermark
from app.data.pipeline.ingestion import Ingestion
from app.data.pipeline.windows import days
from app.data.transform import Context
from app.data.warehouse.facts import FACTS


def emptied(
    ingestion: Ingestion, fact: str, context: Context, window: Window, received: Iterable[date]
) -> set[date]:
    """Days of the window that the warehouse has rows of and the answer has none of."""
    missing = set(days(window)) - set(received)
    if not missing:
        return set()
    table = FACTS[fact].table
    query = (
        select(table.c.date)
        .distinct()
        .where(
            and_(
                table.c.source_id == context.source_id,
                table.c.account_id == context.account_id,
                table.c.date.between(window.start, window.end),
            )
        )
    )
    with ingestion.snapshots.cursor(fresh=True) as cursor:
        sql = str(query.compile(compile_kwargs={"literal_binds": True}))
        known = {row[0] for row in cursor.execute(sql).fetchall()}
    return missing & known


def withheld(
    ingestion: Ingestion, context: Context, stream: str, window: Window, missing: set[date]
) -> frozenset[date]:
    """The missing days that no sync before found empty: they stay as they are, and are remembered.

    A day that came with rows meanwhile is under suspicion no more.
    """
    key = f"{stream}?empty "
    ours = (Watermark.source_id == context.source_id, Watermark.account == context.account_id)
    with ingestion.database.session() as session:
        rows = session.scalars(select(Watermark).where(*ours, Watermark.stream.startswith(key)))
        suspected = {date.fromisoformat(row.stream.removeprefix(key)): row for row in rows}
        fresh = missing - set(suspected)
        for day, row in suspected.items():
            if window.start <= day <= window.end:
                session.delete(row)
        for day in fresh:
            mark = Watermark(source_id=context.source_id, account=context.account_id, stream=f"{key}{day}")
            mark.position = "empty"
            session.add(mark)
    return frozenset(fresh)
