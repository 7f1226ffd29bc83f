"""Keep private notes, tags and snippets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("tags", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.alter_column("tags", existing_type=sa.JSON(), existing_nullable=False, server_default=None)
    op.create_table(
        "note",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("conversation_id", sa.String(length=22), nullable=False),
        sa.Column("agent_id", sa.String(length=22), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("mentions", sa.JSON(), nullable=False),
        sa.Column("after_seq", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_note_agent_id_agent"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_note_conversation_id_conversation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    with op.batch_alter_table("note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_note_conversation_id"), ["conversation_id"], unique=False)
    op.create_table(
        "snippet",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.String(length=22), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_snippet_agent_id_agent"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snippet")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("snippet")
    op.drop_table("note")
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.drop_column("tags")
