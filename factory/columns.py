"""Declared column types as polars types: `{"answer": str | None, "tags": list[Tag]}` becomes a schema."""

import types
from typing import Any, Union, get_args, get_origin, get_type_hints

import polars as pl
from typing_extensions import is_typeddict

from factory.rows import Columns

_PLAIN: dict[Any, Any] = {str: pl.String, int: pl.Int64, float: pl.Float64, bool: pl.Boolean}


def polars_type(kind: Any) -> Any:
    """Translate a declared column type to polars. Raises TypeError for one that has no column type."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    if get_origin(kind) in (Union, types.UnionType):
        inner = [part for part in get_args(kind) if part is not type(None)]
        if len(inner) == 1:
            return polars_type(inner[0])
    if get_origin(kind) in (list, tuple):
        return pl.List(polars_type(get_args(kind)[0]))
    if is_typeddict(kind):
        return pl.Struct({name: polars_type(inner) for name, inner in get_type_hints(kind).items()})
    if hasattr(kind, "__value__"):
        return polars_type(kind.__value__)
    if get_origin(kind) is not None and str(get_origin(kind)) == "typing.Literal":
        return pl.String
    raise TypeError(f"a column cannot be of type {kind!r}")


def schema_of(columns: Columns) -> dict[str, Any]:
    """Translate declared columns to a polars schema."""
    return {name: polars_type(kind) for name, kind in columns.items()}
