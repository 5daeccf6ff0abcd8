"""Alembic's scripts: one step from one shape of the tables to the next."""
