"""Keep real conversations that every candidate model has to have again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "golden_dialogue",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.String(length=22), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_golden_dialogue_conversation_id_conversation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_golden_dialogue")),
    )
    with op.batch_alter_table("golden_dialogue", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_golden_dialogue_conversation_id"), ["conversation_id"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_table("golden_dialogue")
