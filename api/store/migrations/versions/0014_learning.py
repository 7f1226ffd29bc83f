"""Keep what came of measuring the confirmed pairs of question and article that wait to be learnt."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("knowledge_base", sa.Column("learning", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("knowledge_base", "learning")
