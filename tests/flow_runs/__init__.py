"""Flows as Prefect runs them."""
