"""A finished run, as `export`, `push` and `train` meet it: what run.json says, and the files that it says are there.

run = open_run(Path("outputs/magpie_dpo"))
run.files("dpo", "train")     # [outputs/magpie_dpo/dataset/dpo/train-00000-of-00001.parquet]
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from factory.errors import UserError, nearest


@dataclass(frozen=True)
class Finished:
    """The folder of a run whose dataset is whole, and what its run.json holds."""

    root: Path
    run: dict[str, Any]

    @property
    def dataset(self) -> Path:
        """The folder with the shards, the card and the checksums."""
        return self.root / "dataset"

    @property
    def rows(self) -> dict[str, int]:
        """Count the rows of each kind of shard that was asked for, over its splits."""
        counts: dict[str, int] = {}
        for shard in self.run["shards"]:
            counts[shard["name"]] = counts.get(shard["name"], 0) + shard["rows"]
        return counts

    def files(self, name: str, split: str) -> list[Path]:
        """List the files of a shard's split; none if it has no rows."""
        return sorted((self.dataset / name).glob(f"{split}-*-of-*.parquet"))

    def chosen(self, names: list[str] | None = None) -> list[str]:
        """Give the kinds of shards to take: those named, or all there are. Raises UserError for one without rows."""
        rows = self.rows
        if not rows:
            raise UserError(f"{self.root}: the run has no shards; ask for some under `export:`")
        for name in names or ():
            if name not in rows:
                raise UserError(f"{self.root}: the run has no {name!r} shard{nearest(name, rows)}")
        for name in names or rows:
            if not rows[name]:
                others = [other for other, count in rows.items() if count]
                hint = f"; those with rows: {', '.join(others)} (--shard)" if others else ""
                raise UserError(f"{self.root}: the {name} shard is empty{hint}")
        return list(names or rows)


def joined(said: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Give the license of each model; where several are said of one, all of them, joined by AND."""
    found: dict[str, set[str]] = {}
    for model, license_ in said:
        found.setdefault(model, set()).update(license_.split(" AND "))
    return {model: " AND ".join(sorted(names)) for model, names in found.items()}


def open_run(root: Path) -> Finished:
    """Open a run's folder. Raises UserError unless the run is done and every file of its dataset is there."""
    try:
        run = orjson.loads((root / "run.json").read_bytes())
    except FileNotFoundError:
        raise UserError(f"{root}: there is no run here; expected a folder with run.json, as outputs/math_sft") from None
    except (OSError, orjson.JSONDecodeError) as error:
        raise UserError(f"{root / 'run.json'}: not readable: {error}") from None
    if run["status"] != "done":
        raise UserError(
            f"{root}: the run is not finished, its status is {run['status']!r}; factory run goes on with it"
        )
    if (name := missing(root / "dataset")) is not None:
        raise UserError(f"{root}: dataset/{name} is missing; factory run writes it again")
    return Finished(root, run)


def missing(dataset: Path) -> str | None:
    """Name a file of a published dataset that is not there; None if all that its checksums list are."""
    listed = dataset / "checksums.txt"
    if not listed.is_file():
        return listed.name
    names = [line.partition("  ")[2] for line in listed.read_text(encoding="utf-8").splitlines()]
    return next((name for name in names if name and not (dataset / name).is_file()), None)
