"""Reads the records of a file that a user gives: JSON Lines, Parquet, or a dataset by its name on the Hub.

A mistake in a file is told with its name and line.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonlines
import orjson

from factory.errors import UserError

Record = dict[str, Any]


def read_records(path: Path) -> Iterator[Record]:
    """Yield the records of a .jsonl or .parquet file. Raises UserError for a line that is not a JSON object."""
    if path.suffix == ".parquet":
        yield from _parquet(path)
    elif path.suffix in (".jsonl", ".ndjson"):
        yield from _jsonl(path)
    else:
        raise UserError(f"{path}: expected a .jsonl or a .parquet file")


def read_dataset(name: str, split: str, config: str | None = None) -> Iterator[Record]:
    """Yield the records of a Hugging Face dataset: a name on the Hub, or a folder. Raises UserError."""
    import datasets

    try:
        yield from datasets.load_dataset(name, config, split=split)
    except (datasets.exceptions.DatasetsError, ValueError, OSError) as error:
        raise UserError(f"dataset {name}: {str(error).splitlines()[0]}") from None


def _jsonl(path: Path) -> Iterator[Record]:
    with path.open("rb") as file:
        reader = jsonlines.Reader(file, loads=orjson.loads)
        try:
            yield from reader.iter(type=dict, skip_empty=True)
        except jsonlines.InvalidLineError as error:
            what = str(error).split(" (line")[0]
            raise UserError(f"{path}:{error.lineno}: expected a JSON object: {what}") from None


def _parquet(path: Path) -> Iterator[Record]:
    import polars as pl

    try:
        for frame in pl.scan_parquet(path).collect_batches(chunk_size=10_000):
            yield from frame.iter_rows(named=True)
    except pl.exceptions.PolarsError as error:
        raise UserError(f"{path}: not readable as Parquet: {str(error).splitlines()[0]}") from None
