"""What the dataset card is put together of: sizes and columns of its configs, models by role, known limits.

config_of(folder, "sft", shards).info     # {"config_name": "sft", "features": [...], "splits": [...], ...}
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from factory.licenses import HUB, verdict
from factory.plan import Plan
from factory.prompts import Prompt
from factory.stage import Sampling, Stage
from factory.store import Store

Run = Mapping[str, Any]
_JUDGES = re.compile(r"judge\w*|rubric|grade|score_rubric|score_pairwise")
_SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"), (10**7, "1M<n<10M"),
          (10**8, "10M<n<100M"), (10**9, "100M<n<1B"), (10**10, "1B<n<10B"))  # fmt: skip
_SMALL = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)\s*([MB])(?![A-Za-z])")
_SMALL_MODEL = 3e9
"""Parameters below which a model is told to be small."""


@dataclass(frozen=True)
class Config:
    """One kind of shard, as the Hub calls it: its splits, in run.json's words, and the files that they are in."""

    name: str
    folder: Path
    splits: tuple[Run, ...]

    def files(self, split: str) -> list[Path]:
        """List the files of a split."""
        return sorted((self.folder / self.name).glob(f"{split}-*-of-*.parquet"))

    @cached_property
    def features(self) -> Any:
        """The columns as `datasets` will find them."""
        import datasets
        import pyarrow.parquet as pq

        return datasets.Features.from_arrow_schema(pq.read_schema(self.files(self.splits[0]["split"])[0]))

    @cached_property
    def info(self) -> dict[str, Any]:
        """What `dataset_info` says of it: columns, and the sizes of each split, in files and in memory."""
        import datasets

        splits = datasets.SplitDict()
        for split in self.splits:
            name = split["split"]
            size = sum(map(_arrow_bytes, self.files(name)))
            splits.add(datasets.SplitInfo(name=name, num_bytes=size, num_examples=split["rows"]))
        files = [file for split in self.splits for file in self.files(split["split"])]
        info = datasets.DatasetInfo(
            features=self.features,
            splits=splits,
            download_size=sum(file.stat().st_size for file in files),
            dataset_size=sum(split.num_bytes for split in splits.values()),
        )
        told: dict[str, Any] = info._to_yaml_dict()  # what `datasets` itself writes into a card
        return {"config_name": self.name, **told}


def configs_of(folder: Path, run: Run) -> list[Config]:
    """Give the configs of a dataset's folder: the shards that have rows."""
    names = dict.fromkeys(shard["name"] for shard in run["shards"] if shard["files"])
    return [
        Config(name, folder, tuple(one for one in run["shards"] if one["name"] == name and one["files"]))
        for name in names
    ]


def _arrow_bytes(path: Path) -> int:
    """Count the bytes of a file's rows in memory, as `datasets` counts them."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        return sum(file.read_row_group(number).combine_chunks().nbytes for number in range(file.num_row_groups))


def size_category(rows: int) -> str:
    """Name the Hub's class of sizes."""
    return next((name for most, name in _SIZES if rows < most), "10B<n<100B")


def languages(plan: Plan, store: Store) -> list[str]:
    """List the languages of the accepted rows by their codes, where they have a column `language`."""
    if "language" not in plan.steps[-1].columns:
        return []
    from datasets.utils import resources

    known = (Path(resources.__file__).parent / "languages.json").read_bytes()
    rows = store.scan(plan.steps[-1], len(plan.ranges)).filter(pl.col("_state") == "accepted")
    found = rows.select(pl.col("language").cast(pl.String).drop_nulls().unique()).collect()["language"]
    return sorted(code for code in found if re.fullmatch(r"[a-z]{2,3}", code) and f'"{code}":'.encode() in known)


def license_fields(run: Run, configs: Sequence[Config], declared: str | None) -> dict[str, str]:
    """Say what the dataset goes under, in the Hub's words: as declared, or what its rows' licenses come to."""
    found = {part for text in _row_licenses(configs) for part in text.split(" AND ") if part}
    names = {declared} if declared else found or set(run["licenses"].values())
    return hub_license(names)


def hub_license(names: Collection[str]) -> dict[str, str]:
    """Give `license`, and `license_name` where the Hub has no id for it."""
    known = sorted({name.lower() for name in names})
    if len(known) < 2 and set(known) <= HUB:
        return {"license": known[0] if known else "unknown"}
    return {"license": "other", "license_name": re.sub(r"[^a-z0-9.-]+", "-", "-and-".join(known)).strip("-")}


def _row_licenses(configs: Sequence[Config]) -> set[str]:
    found: set[str] = set()
    for config in configs:
        files = [file for split in config.splits for file in config.files(split["split"])]
        found |= set(pl.scan_parquet(files).select(pl.col("license").drop_nulls().unique()).collect()["license"])
    return found


def models(plan: Plan) -> list[dict[str, Any]]:
    """List the models of a plan for run.json: what each was asked for, its license, and what overrides the policy."""
    overrides = plan.pipeline.file.licenses.override
    told = []
    for model in plan.models:
        steps = [step for step in plan.steps if step.engine == model.engine]
        roles = {_role(step.label, step.stage) for step in steps} or {"earlier run"}
        says, why = verdict(model.license)
        told.append(
            {
                "engine": model.engine,
                "model": model.name,
                "license": model.license,
                "says": says,
                "why": why,
                "roles": sorted(roles),
                "override": overrides.get(model.engine),
            }
        )
    return told


def _role(label: str, stage: Any) -> str:
    """Name what a stage asks an engine for: text that goes into rows, a decision about them, or what it knows."""
    if "score" in stage.uses():
        return "reward model"
    if "likelihood" in stage.uses() or label.startswith("probe"):
        return "target model"
    return "judge" if _JUDGES.fullmatch(label.split("-")[0]) else "generator"


def drawing(stage: Stage) -> dict[str, dict[str, Any]]:
    """Give how a stage has its engine draw answers, defaults included."""
    drawn = {name: value.model_dump(mode="json") for name, value in stage if isinstance(value, Sampling)}
    return {name: {key: value for key, value in one.items() if value != []} for name, one in drawn.items()}


def parameters(stage: Stage) -> dict[str, Any]:
    """Give what the file says of a stage, but for its engine, prompts and sampling; how much it makes in any case."""
    given = {
        name: getattr(stage, name) for name, value in stage if name in stage.model_fields_set | stage.amount | {"n"}
    }
    dumped = stage.model_dump(mode="json", exclude={"engine"})
    told = {}
    for name, value in given.items():
        if name != "engine" and not isinstance(value, Sampling | Prompt):
            told[name] = _file_names(value) or dumped.get(name, value)
    return told


def _file_names(value: Any) -> Any:
    """Give the names of files and folders, and nothing of where they lie on this machine; None for other values."""
    if isinstance(value, Path):
        return value.name
    if isinstance(value, list | tuple) and value and all(isinstance(one, Path) for one in value):
        return [one.name for one in value]
    return None


def limits(plan: Plan, run: Run) -> list[str]:
    """Say what is wanting in the data, as far as the run itself proves it."""
    told = []
    failed = {stage["name"]: stage["failed"] for stage in run["stages"] if stage["failed"]}
    if failed:
        told.append(f"Rows that failed and are not in the data: {_counted(failed)}.")
    unscored = {stage["name"]: count for stage in run["stages"] if (count := stage["reasons"].get("unscored"))}
    if unscored:
        told.append(f"Rows that were rejected because a judge's or reward model's score could not be had: "
                    f"{_counted(unscored)}.")  # fmt: skip
    if empty := list(dict.fromkeys(shard["name"] for shard in run["shards"] if not shard["files"])):
        told.append(f"Asked for and without a row: {', '.join(empty)}.")
    if run["shards"] and not any(shard["split"] == "test" and shard["rows"] for shard in run["shards"]):
        told.append("There is no test split.")
    size, limit = plan.source.size(), plan.ranges[-1][1]
    if limit < size:
        told.append(f"Made of the first {limit:,} of the source's {size:,} rows.")
    told += _limits_of_models(run["models"])
    return told


def _limits_of_models(found: Sequence[Run]) -> list[str]:
    told = [f"{one['model']}: its license is {one['license']!r}; {one['why']}." for one in found
            if one["says"] == "unknown"]  # fmt: skip
    small = [one["model"] for one in found if (size := parameters_by_name(one["model"])) and size < _SMALL_MODEL]
    if small:
        told.append(f"Small models, by their names: {', '.join(dict.fromkeys(small))}. Expect mistakes.")
    writers = {one["model"] for one in found if "generator" in one["roles"]}
    if own := sorted({one["model"] for one in found if "judge" in one["roles"]} & writers):
        told.append(f"{', '.join(own)} judged what it wrote itself; models favour their own answers.")
    return told


def parameters_by_name(model: str) -> float | None:
    """Read the number of parameters off a model's name: 135e6 of SmolLM2-135M-Instruct."""
    found = _SMALL.search(model)
    return float(found[1]) * {"M": 1e6, "B": 1e9}[found[2]] if found else None


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())
