"""Within which scope an issue of a report was made, so that whoever sees less later is refused it.

Issues of before say nothing of it, and so are for those who see everything.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("report_issue", schema=None) as batch_op:
        batch_op.add_column(sa.Column("scope", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    with op.batch_alter_table("report_issue", schema=None) as batch_op:
        batch_op.drop_column("scope")
