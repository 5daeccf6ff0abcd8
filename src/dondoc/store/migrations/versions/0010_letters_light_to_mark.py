"""A letter's bytes stand in a table of their own, so that marking how far it is does not write them again."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "letter_contents",
        sa.Column("letter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_letter_contents_letter_id")),
        sa.PrimaryKeyConstraint("letter_id", name=op.f("pk_letter_contents")),
    )
    op.execute("INSERT INTO letter_contents SELECT id, content FROM letters")
    op.drop_index("ix_letters_due", "letters")
    op.drop_column("letters", "content")
    op.add_column("letters", sa.Column("claimed_boot", sa.Text(), nullable=True))
    op.create_index("ix_letters_due", "letters", ["state", "id"])


def downgrade() -> None:
    op.drop_index("ix_letters_due", "letters")
    op.drop_column("letters", "claimed_boot")
    op.add_column("letters", sa.Column("content", sa.LargeBinary(), server_default="", nullable=False))
    op.execute(
        "UPDATE letters SET content = (SELECT content FROM letter_contents WHERE letter_id = letters.id)"
        " WHERE EXISTS (SELECT 1 FROM letter_contents WHERE letter_id = letters.id)"
    )
    op.create_index("ix_letters_due", "letters", ["state", "not_before"])
    op.drop_table("letter_contents")
