"""The record: SQLAlchemy tables, queries and migrations. Queries never commit; services do."""
