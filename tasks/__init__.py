"""Prefect tasks: one thin wrapper a step, with the names that an operator reads."""
