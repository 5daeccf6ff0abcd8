# ruff: noqa: S608 - what is put together here are our own constants
"""What the database itself refuses about the books: an entry that does not add up to zero, and any change of one."""

from __future__ import annotations

from typing import Final

_NOT_ZERO: Final = "an entry of the ledger must add up to zero"
_APPEND_ONLY: Final = "the ledger is append-only: correct an entry with another one"
_CLOSED: Final = "the entry is complete: no posting can be added to it"

SQLITE_GUARDS: Final = (
    f"""CREATE TRIGGER entries_add_up BEFORE INSERT ON entries
WHEN (SELECT coalesce(sum(amount), 1) FROM postings WHERE plan_id = NEW.plan_id AND number = NEW.number) <> 0
BEGIN SELECT RAISE(ABORT, '{_NOT_ZERO}'); END""",
    f"""CREATE TRIGGER postings_are_complete BEFORE INSERT ON postings
WHEN EXISTS (SELECT 1 FROM entries WHERE plan_id = NEW.plan_id AND number = NEW.number)
BEGIN SELECT RAISE(ABORT, '{_CLOSED}'); END""",
    *(
        f"""CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{_APPEND_ONLY}'); END"""
        for table in ("entries", "postings")
        for verb in ("UPDATE", "DELETE")
    ),
)

POSTGRESQL_GUARDS: Final = (
    f"""CREATE FUNCTION dondoc_entries_add_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
IF (SELECT coalesce(sum(amount), 1) FROM postings WHERE plan_id = NEW.plan_id AND number = NEW.number) <> 0
THEN RAISE EXCEPTION '{_NOT_ZERO}' USING ERRCODE = 'check_violation'; END IF;
RETURN NEW; END $$""",
    "CREATE TRIGGER entries_add_up BEFORE INSERT ON entries FOR EACH ROW EXECUTE FUNCTION dondoc_entries_add_up()",
    f"""CREATE FUNCTION dondoc_postings_are_complete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
IF EXISTS (SELECT 1 FROM entries WHERE plan_id = NEW.plan_id AND number = NEW.number)
THEN RAISE EXCEPTION '{_CLOSED}' USING ERRCODE = 'check_violation'; END IF;
RETURN NEW; END $$""",
    "CREATE TRIGGER postings_are_complete BEFORE INSERT ON postings "
    "FOR EACH ROW EXECUTE FUNCTION dondoc_postings_are_complete()",
    f"""CREATE FUNCTION dondoc_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
RAISE EXCEPTION '{_APPEND_ONLY}' USING ERRCODE = 'check_violation'; END $$""",
    *(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION dondoc_append_only()"
        for table in ("entries", "postings")
    ),
)
