"""Incidents."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("over_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "over_told_at IS NULL OR cleared_at IS NOT NULL", name=op.f("ck_incidents_over_when_cleared")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
    )
    while_open = sa.text("cleared_at IS NULL")
    op.create_index(
        "uq_incidents_open", "incidents", ["key"], unique=True, sqlite_where=while_open, postgresql_where=while_open
    )


def downgrade() -> None:
    op.drop_table("incidents")
