"""What Alembic runs: the connection is handed in by `app.data.migrate`, never read from a file."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from app.data.db import Instant
from app.data.migrations.tables import METADATA


def rendered(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """A written migration names database types only, so that it outlives the classes of today."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Instant) else False


def run() -> None:
    """Migrate over the connection that the caller opened; SQLite tables are rebuilt, not altered."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=METADATA,
        render_as_batch=True,
        compare_type=True,
        render_item=rendered,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
