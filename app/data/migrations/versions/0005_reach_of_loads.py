"""A load tells how far it reached, and in which zone its account counts days and hours."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("load", schema=None) as batch_op:
        batch_op.add_column(sa.Column("data_until", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("time_zone", sa.String(length=60), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("load", schema=None) as batch_op:
        batch_op.drop_column("time_zone")
        batch_op.drop_column("data_until")
