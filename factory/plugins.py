"""A stage or an engine is found by its file's name: `solve` is the one Stage in `factory/stages/solve.py`.

`package.module:Class` names one anywhere else, and so does an entry point in `factory.stages` or `factory.engines`.
"""

import importlib
import importlib.util
import inspect
import pkgutil
from importlib.metadata import entry_points
from typing import TypeVar

from pydantic import BaseModel

from factory.errors import nearest

T = TypeVar("T", bound=BaseModel)


def names(kind: str) -> list[str]:
    """List the known names of `kind` ("stages" or "engines")."""
    package = importlib.import_module(f"factory.{kind}")
    built_in = {module.name for module in pkgutil.iter_modules(package.__path__) if module.name[0] != "_"}
    return sorted(built_in | {point.name for point in entry_points(group=f"factory.{kind}")})


def find(kind: str, name: str, base: type[T]) -> type[T]:
    """Find the class of that name. Raises ValueError with the nearest known name."""
    singular = kind.removesuffix("s")
    if ":" in name:
        module_name, _, class_name = name.partition(":")
        try:
            found = getattr(importlib.import_module(module_name), class_name)
        except (ImportError, AttributeError) as error:
            raise ValueError(f"{singular} {name!r} cannot be loaded: {error}") from None
        if not (inspect.isclass(found) and issubclass(found, base)):
            raise ValueError(f"{name!r} is not a {base.__name__}")
        return found
    if name.isidentifier() and name[0] != "_" and importlib.util.find_spec(f"factory.{kind}.{name}"):
        module = importlib.import_module(f"factory.{kind}.{name}")
        for value in vars(module).values():
            if inspect.isclass(value) and issubclass(value, base) and value.__module__ == module.__name__:
                return value
    for point in entry_points(group=f"factory.{kind}"):
        if point.name == name:
            return find(kind, point.value, base)
    raise ValueError(f"unknown {singular} {name!r}{nearest(name, names(kind))}")
