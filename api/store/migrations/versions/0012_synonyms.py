"""Keep what customers call things that the articles call something else."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "synonym_list",
        sa.Column("kb", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("entries", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["kb"], ["knowledge_base.slug"], name=op.f("fk_synonym_list_kb_knowledge_base"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("kb", "version", name=op.f("pk_synonym_list")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("synonym_list")
