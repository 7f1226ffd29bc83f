"""Keep drafts of articles, and labels that were taken back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("article", sa.Column("draft", sa.Integer(), nullable=True))
    op.add_column("label", sa.Column("batch", sa.String(length=22), nullable=True))
    op.add_column("label", sa.Column("undone_at", sa.BigInteger(), nullable=True))
    op.add_column("label", sa.Column("undone_by", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("label", schema=None) as batch_op:
        for name in ("undone_by", "undone_at", "batch"):
            batch_op.drop_column(name)
    with op.batch_alter_table("article", schema=None) as batch_op:
        batch_op.drop_column("draft")
