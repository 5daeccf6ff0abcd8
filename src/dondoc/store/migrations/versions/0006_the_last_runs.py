"""The last runs."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "last_runs",
        sa.Column(
            "work",
            sa.Enum(
                "intake", "delivery", "follow_up", name="work", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("work", name=op.f("pk_last_runs")),
    )


def downgrade() -> None:
    op.drop_table("last_runs")
