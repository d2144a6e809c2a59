"""Empty answers where rows are known: a platform in trouble, until a second sync says the same."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import and_, select

from app.data.models import Watermark
from app.data.pipeline.ingestion import Ingestion
from app.data.transform import Context
from app.data.warehouse.facts import FACTS
from app.periods import Period


def emptied(
    ingestion: Ingestion,
    fact: str,
    context: Context,
    covered: Collection[Period],
    received: Collection[Period],
) -> set[Period]:
    """Partitions of the read that the warehouse has rows of and the answer has none of.

    `covered`: the days, or spans of days, that the read replaces whole; `received`: those with a row.
    """
    missing = set(covered) - set(received)
    if not missing:
        return set()
    table = FACTS[fact].table
    first, last = (table.c[name] for name in period_columns(fact))
    query = (
        select(first, last)
        .distinct()
        .where(
            and_(
                table.c.source_id == context.source_id,
                table.c.account_id == context.account_id,
                first >= min(span.start for span in missing),
                last <= max(span.end for span in missing),
            )
        )
    )
    with ingestion.snapshots.cursor(fresh=True) as cursor:
        sql = str(query.compile(compile_kwargs={"literal_binds": True}))
        known = {Period(*row) for row in cursor.execute(sql).fetchall()}
    return missing & known


def period_columns(fact: str) -> tuple[str, str]:
    """The columns of a partition's first and last day: of a day twice the same."""
    days = [name for name in FACTS[fact].partition or () if name not in ("source_id", "account_id")]
    return days[0], days[-1]


def withheld(
    ingestion: Ingestion,
    context: Context,
    stream: str,
    covered: Collection[Period],
    missing: set[Period],
) -> frozenset[Period]:
    """The missing partitions that no sync before found empty: they stay as they are, and are remembered.

    One that came with rows meanwhile is under suspicion no more.
    """
    key = f"{stream}?empty "
    covered = frozenset(covered)
    ours = (Watermark.source_id == context.source_id, Watermark.account == context.account_id)
    with ingestion.database.session() as session:
        rows = session.scalars(select(Watermark).where(*ours, Watermark.stream.startswith(key)))
        suspected = {_period(row.stream.removeprefix(key)): row for row in rows}
        fresh = missing - set(suspected)
        for span, row in suspected.items():
            if span in covered:
                session.delete(row)
        for span in fresh:
            mark = Watermark(source_id=context.source_id, account=context.account_id)
            mark.stream, mark.position = f"{key}{named(span)}", "empty"
            session.add(mark)
    return frozenset(fresh)


def named(span: Period) -> str:
    """A day, or the first and the last of several."""
    return f"{span.start}" if span.start == span.end else f"{span.start}..{span.end}"


def _period(name: str) -> Period:
    first, _, last = name.partition("..")
    return Period(date.fromisoformat(first), date.fromisoformat(last or first))
