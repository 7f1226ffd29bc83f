"""Note when an agent went, and each open desk."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("agent", schema=None) as batch_op:
        batch_op.add_column(sa.Column("left_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "desk_line",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("agent_id", sa.String(length=22), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.id"], name=op.f("fk_desk_line_agent_id_agent"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_line")),
    )
    with op.batch_alter_table("desk_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_desk_line_agent_id"), ["agent_id"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_table("desk_line")
    with op.batch_alter_table("agent", schema=None) as batch_op:
        batch_op.drop_column("left_at")
