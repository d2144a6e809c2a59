"""Empty answers where rows are known: a platform in trouble, until a second sync says the same."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from hashlib import blake2b

from sqlalchemy import and_, select

from app.data.connectors.base import Window
from app.data.models import Watermark
from app.data.pipeline.ingestion import Ingestion
from app.data.pipeline.transform.base import Context
from app.data.pipeline.windows import days
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


def confirmed(ingestion: Ingestion, context: Context, stream: str, missing: set[date]) -> bool:
    """Whether the sync before found the very same days empty; remembers them for the next one."""
    mark = blake2b(",".join(f"{day}" for day in sorted(missing)).encode(), digest_size=16).hexdigest()
    key = (context.source_id, f"{stream}?empty", context.account_id)
    with ingestion.database.session() as session:
        row = session.get(Watermark, key)
        if row is not None and row.position == mark:
            session.delete(row)
            return True
        session.merge(Watermark(source_id=key[0], stream=key[1], account=key[2], position=mark))
        return False
