"""JSON Schemas of what users write and read, generated from the code: the pipeline file, stages, engines, records."""

from pathlib import Path
from typing import Any

import orjson
from pydantic import TypeAdapter, create_model

from factory import plugins
from factory.config import PipelineFile
from factory.engine import EngineSpec
from factory.shards import KINDS, Shard
from factory.stage import Stage

_CARRIED: dict[str, Any] = {"id": (str, ...), "source": (str, ...), "license": (str, ...), "model": (str, ...)}


def generate() -> dict[str, bytes]:
    """Make every schema; gives file name → content."""
    stages = {name: plugins.find("stages", name, Stage) for name in plugins.names("stages")}
    engines = {name: plugins.find("engines", name, EngineSpec) for name in plugins.names("engines")}
    made = {f"stages/{name}.json": stage.model_json_schema() for name, stage in stages.items()}
    made |= {f"engines/{name}.json": _engine(name, spec) for name, spec in engines.items()}
    made |= {f"records/{kind.__name__.lower()}.json": _record(kind) for kind in KINDS.values()}
    made["pipeline.json"] = _pipeline(list(stages), list(engines))
    return {name: orjson.dumps(schema, option=orjson.OPT_INDENT_2) + b"\n" for name, schema in sorted(made.items())}


def write(folder: Path) -> int:
    """Write the schemas below `folder`, and remove those of what is gone; gives how many there are."""
    made = generate()
    for stale in set(folder.glob("**/*.json")) - {folder / name for name in made}:
        stale.unlink()
    for name, content in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return len(made)


def differing(folder: Path) -> list[str]:
    """Name the schemas that are missing, stale or out of date in `folder`."""
    made = generate()
    here = {str(path.relative_to(folder)): path.read_bytes() for path in folder.glob("**/*.json")}
    return sorted(name for name in made.keys() | here.keys() if made.get(name) != here.get(name))


def _engine(name: str, spec: type[EngineSpec]) -> dict[str, Any]:
    schema = spec.model_json_schema()
    schema["properties"] = {"kind": {"const": name}, **schema["properties"]}
    schema["required"] = ["kind", *schema.get("required", [])]
    return schema


def _record(kind: type[Shard]) -> dict[str, Any]:
    fields = _CARRIED | {name: (column, ...) for name, column in kind.columns.items()}
    model: Any = create_model(f"{kind.__name__}Record", __doc__=kind.__doc__, **fields)
    return TypeAdapter(model).json_schema()


def _pipeline(stages: list[str], engines: list[str]) -> dict[str, Any]:
    schema = PipelineFile.model_json_schema()
    named = {"type": "object", "minProperties": 1, "maxProperties": 1}
    known: dict[str, Any] = {name: {"$ref": f"stages/{name}.json"} for name in stages}
    schema["properties"]["stages"]["items"] = {"anyOf": [{"type": "string"}, {**named, "properties": known}]}
    schema["properties"]["engines"]["additionalProperties"] = {
        "anyOf": [{"$ref": f"engines/{name}.json"} for name in engines]
    }
    schema["required"] = [name for name in schema["required"] if name != "name"]
    return schema
