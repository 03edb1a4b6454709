"""Writes an export: the records of each shard file by file, how_to_train.md, and export.json, which says what it is.

{"format": "verl", "pipeline": "math_sft", "plan_hash": "9f2c41ab…", "licenses": {"SmolLM2…": "apache-2.0"},
 "shards": [{"name": "grpo", "split": "train", "rows": 4812, "left_out": 0}],
 "files": ["grpo/train/train-00000-of-00001.parquet", "how_to_train.md"]}
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

import orjson
import polars as pl

from factory.errors import UserError
from factory.export import swap
from factory.finished import Finished
from factory.layouts._layout import ROW, Exported, Layout, Make, Rows, Split

_SPLITS = ("train", "test")
_LABEL = "export.json"


def export(run: Finished, layout: Layout, shards: list[str], to: Path) -> list[str]:
    """Write the shards of a run to the folder `to`, in place of an earlier export; gives the lines to print."""
    place = to.resolve()
    _check(place, to)
    wanted = run.chosen(shards)
    taken = [name for name in wanted if name in layout.kinds]
    lines = [f"{name}: skipped, {layout.trainer} has no layout for it" for name in wanted if name not in taken]
    new = place.with_name(f".{place.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    try:
        exported = [_shard(run, layout, name, to, new) for name in taken]
        lines += [_told(shard.name, name, split) for shard in exported for name, split in shard.splits.items()]
        kept = [shard for shard in exported if any(map(shard.has, shard.splits))]
        if not kept:
            takes = f"{layout.trainer} takes {', '.join(layout.kinds)}"
            raise UserError(f"{run.root}: nothing is left to export; {takes}; {'; '.join(lines)}")
        _describe(run, layout, kept, new)
        swap(new, place)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return [*lines, f"{to / 'how_to_train.md'} says how {layout.trainer} loads it"]


def _check(place: Path, to: Path) -> None:
    """Raise UserError if something else than an earlier export is in the place."""
    if place.exists() and not place.is_dir():
        raise UserError(f"--to {to}: there is a file of that name; expected a folder")
    there = {str(path.relative_to(place)) for path in place.rglob("*") if not path.is_dir()}
    if not there:
        return
    try:
        listed = set(orjson.loads((place / _LABEL).read_bytes())["files"])
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError):
        raise UserError(f"--to {to}: the folder is not empty, and holds no export; name another") from None
    if others := sorted(there - listed - {_LABEL}):
        raise UserError(f"--to {to}: beside an export the folder holds {others[0]}; move it, or name another folder")


def _shard(run: Finished, layout: Layout, name: str, to: Path, new: Path) -> Exported:
    """Write a shard below the folder `new`."""
    splits, columns = {}, set()
    tools = _tools([path for split in _SPLITS for path in run.files(name, split)])
    for split in _SPLITS:
        made = Split()
        for source in run.files(name, split):
            schema = pl.Schema(pl.read_parquet_schema(source))
            rows = Rows(source, run.run["pipeline"], name, split, made.rows + made.left_out, schema, tools)
            columns |= set(schema)
            _file(rows, layout.kinds[name], new, made)
        if made.rows or made.left_out:
            splits[split] = made
    return Exported(name, to, splits, frozenset(columns))


def _tools(files: list[Path]) -> tuple[str, ...]:
    """List the different values of the column `tools`."""
    if "tools" not in pl.read_parquet_schema(files[0]):
        return ()
    return tuple(pl.scan_parquet(files).select("tools").unique().drop_nulls().sort("tools").collect()["tools"])


def _file(rows: Rows, make: Make | None, new: Path, made: Split) -> None:
    """Write a file's records, and count them."""
    target = new / rows.kind / rows.split / rows.file.name
    target.parent.mkdir(parents=True, exist_ok=True)
    if make is None:
        shutil.copyfile(rows.file, target)
    else:
        record = make(rows)
        frame = pl.scan_parquet(rows.file).with_row_index(ROW, rows.start)
        if record.fits is not None:
            frame = frame.filter(record.fits)
        extras = [name for name in rows.extras if name not in record.columns] if record.extras else []
        frame.select(*extras, **record.columns).sink_parquet(target, compression="zstd")
        made.why = record.why
    kept = _count(target)
    made.rows += kept
    made.left_out += _count(rows.file) - kept
    if kept:
        made.files.append(str(target.relative_to(new)))
    else:
        target.unlink()


def _count(file: Path) -> int:
    return int(pl.scan_parquet(file).select(pl.len()).collect().item())


def _told(name: str, split: str, made: Split) -> str:
    out = f", {made.left_out:,} left out: {made.why}" if made.left_out else ""
    return f"{name} {split}: {made.rows:,} rows{out}"


def _describe(run: Finished, layout: Layout, shards: Sequence[Exported], new: Path) -> None:
    """Write how_to_train.md, what the trainer reads beside it, and export.json."""
    texts = layout.files(shards) | {"how_to_train.md": _how_to_train(run, layout, shards)}
    for file, text in texts.items():
        (new / file).write_text(text, encoding="utf-8")
    splits = [(shard.name, name, split) for shard in shards for name, split in shard.splits.items()]
    label = {
        "format": layout.name,
        "pipeline": run.run["pipeline"],
        "plan_hash": run.run["plan_hash"],
        "licenses": run.run["licenses"],
        "shards": [
            {"name": shard, "split": name, "rows": split.rows, "left_out": split.left_out}
            for shard, name, split in splits
        ],
        "files": sorted([*texts, *(file for _, _, split in splits for file in split.files)]),
    }
    (new / _LABEL).write_bytes(orjson.dumps(label, option=orjson.OPT_INDENT_2) + b"\n")


def _how_to_train(run: Finished, layout: Layout, shards: Sequence[Exported]) -> str:
    head = (
        f"# How to train on this with {layout.trainer}\n\n"
        f"Made by `factory export` of the run {run.run['pipeline']}, plan {run.run['plan_hash']}.\n"
        f"The layout is the one documented at {layout.documented}.\n"
        "Only what tells the trainer of the data is shown here: model, optimiser and the rest are yours to add.\n"
    )
    return head + "".join(f"\n## {shard.name}\n\n{layout.guide(shard)}\n" for shard in shards)
