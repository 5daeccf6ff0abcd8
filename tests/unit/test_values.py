"""The values of the rules: nobody changes one that somebody else holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import is_dataclass
from importlib import import_module
from pkgutil import iter_modules

import pytest
from pydantic import BaseModel

import dondoc.domain


def values() -> Iterator[type]:
    """Every class of values that a module of the domain defines."""
    for module in iter_modules(dondoc.domain.__path__):
        for found in vars(import_module(f"dondoc.domain.{module.name}")).values():
            is_value = isinstance(found, type) and (is_dataclass(found) or issubclass(found, BaseModel))
            if is_value and found.__module__ == f"dondoc.domain.{module.name}":
                yield found


@pytest.mark.parametrize("kind", list(values()), ids=lambda kind: kind.__name__)
def test_a_value_cannot_be_changed_nor_given_what_it_has_not(kind: type) -> None:
    if issubclass(kind, BaseModel):
        assert kind.model_config.get("frozen")
        assert kind.model_config.get("extra") == "forbid"
        return
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert "__slots__" in vars(kind)
