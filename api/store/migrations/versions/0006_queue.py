"""Place hand-offs by departments and urgency, keep the guessed waits, and what is owed outside the chat."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TIMES = ("routed_at", "contact_asked_at")
NUMBERS = ("position", "guess_s", "guess_most_s")


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("hand_off", schema=None) as batch_op:
        batch_op.add_column(sa.Column("placed_why", sa.JSON(), nullable=False, server_default="[]"))
        for name in TIMES:
            batch_op.add_column(sa.Column(name, sa.BigInteger(), nullable=True))
        for name in NUMBERS:
            batch_op.add_column(sa.Column(name, sa.Integer(), nullable=True))
    with op.batch_alter_table("hand_off", schema=None) as batch_op:
        batch_op.alter_column("placed_why", existing_type=sa.JSON(), existing_nullable=False, server_default=None)
    op.create_table(
        "task",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("conversation_id", sa.String(length=22), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", sa.String(length=22), nullable=True),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.Column("done_by", sa.String(length=22), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_task_agent_id_agent"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_task_conversation_id_conversation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        for name in ("conversation_id", "created_at", "done_at"):
            batch_op.create_index(batch_op.f(f"ix_task_{name}"), [name], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_table("task")
    with op.batch_alter_table("hand_off", schema=None) as batch_op:
        for name in ("placed_why", *TIMES, *NUMBERS):
            batch_op.drop_column(name)
