"""Keep macros, drafts, what was read, how a chat ended, and what was changed in a suggestion."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    _add("conversation", sa.Column("customer_read_seq", sa.Integer(), nullable=False, server_default="0"))
    _add("hand_off", sa.Column("solved", sa.Boolean(), nullable=True))
    _add("hand_off", sa.Column("topic", sa.Text(), nullable=True))
    _add("hand_off", sa.Column("aided", sa.Boolean(), nullable=False, server_default=sa.true()))
    _add("suggestion_feedback", sa.Column("dismissed_why", sa.String(length=16), nullable=True))
    _add("suggestion_feedback", sa.Column("edited", sa.Double(), nullable=True))
    op.create_table(
        "macro",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("agent_id", sa.String(length=22), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_macro_agent_id_agent"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_macro")),
    )
    op.create_table(
        "desk_place",
        sa.Column("agent_id", sa.String(length=22), nullable=False),
        sa.Column("conversation_id", sa.String(length=22), nullable=False),
        sa.Column("read_seq", sa.Integer(), nullable=False),
        sa.Column("draft", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.id"], name=op.f("fk_desk_place_agent_id_agent"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_desk_place_conversation_id_conversation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("agent_id", "conversation_id", name=op.f("pk_desk_place")),
    )
    with op.batch_alter_table("desk_place", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_desk_place_conversation_id"), ["conversation_id"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_table("desk_place")
    op.drop_table("macro")
    for table, columns in (
        ("suggestion_feedback", ("edited", "dismissed_why")),
        ("hand_off", ("aided", "topic", "solved")),
        ("conversation", ("customer_read_seq",)),
    ):
        with op.batch_alter_table(table, schema=None) as batch_op:
            for column in columns:
                batch_op.drop_column(column)


def _add(table: str, column: sa.Column) -> None:  # type: ignore[type-arg]
    """Add a column; a default that only old rows need goes again at once."""
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.add_column(column)
    if column.server_default is not None:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column(column.name, existing_type=column.type, existing_nullable=False, server_default=None)
