"""Keep which suggestions belong to which of several questions in a message."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("suggestion_set", sa.Column("parts", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("suggestion_set", schema=None) as batch_op:
        batch_op.drop_column("parts")
