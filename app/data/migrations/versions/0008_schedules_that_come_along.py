"""A schedule that comes with the product is held once: two schedulers may have added it at one instant.

Of doubles the first that is not paused stays, under the name of its kind of job.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

PROVIDED = ("check_alerts", "train_week", "train_forecast", "train_churn")


def upgrade() -> None:
    with op.batch_alter_table("schedule", schema=None) as batch_op:
        batch_op.add_column(sa.Column("provided", sa.String(length=60), nullable=True))
    for kind in PROVIDED:
        _keep_one(kind)
    with op.batch_alter_table("schedule", schema=None) as batch_op:
        batch_op.create_unique_constraint(batch_op.f("uq_schedule_provided"), ["provided"])


def _keep_one(kind: str) -> None:
    names = ("id", "kind", "paused", "provided")
    table = sa.table("schedule", *(sa.column(name) for name in names))
    connection = op.get_bind()
    wanted = sa.select(table.c.id).where(table.c.kind == kind).order_by(table.c.paused, table.c.id)
    first, *others = connection.scalars(wanted).all() or [None]
    connection.execute(table.delete().where(table.c.id.in_(others)))
    connection.execute(table.update().where(table.c.id == first).values(provided=kind))


def downgrade() -> None:
    with op.batch_alter_table("schedule", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_schedule_provided"), type_="unique")
        batch_op.drop_column("provided")
