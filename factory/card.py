"""The dataset card: what is in the dataset, how it was made and what became of every row.

Its YAML header is the Hub's (https://huggingface.co/docs/hub/datasets-cards): `load_dataset` reads the configs.
"""

from collections.abc import Mapping
from typing import Any

import yaml

from factory import __version__
from factory.plan import Plan
from factory.report import markdown_funnel

_CARD = """---
{header}---
# {name}

Synthetic data made by `factory {version}` from the pipeline `{name}`, seed {seed}, plan `{hash}`.
Every row that was made is accounted for below: accepted + rejected + failed = in, at each stage.

## Shards

| config | split | rows | files |
|---|---|--:|--:|
{shards}
`load_dataset(<this folder>, "<config>")` reads each; `checksums.txt` holds the SHA-256 of every file.

## What to know

{notes}
## Where the rows went

{funnel}
## Models and their licenses

{models}
## Prompts

{prompts}
## Again

`factory run` with the same pipeline file, seed {seed} and the same models makes the same rows; the plan's hash
says whether it is the same plan.
"""


def text(plan: Plan, run: Mapping[str, Any]) -> str:
    """Write the card of a run."""
    header = yaml.safe_dump(_header(run), sort_keys=False, allow_unicode=True)
    models = "".join(f"- {model}: {license_}\n" for model, license_ in run["licenses"].items())
    notes = "".join(f"- **{note['stage']}**: {note['text']}\n" for note in run["notes"])
    prompts = "".join(
        f"- `{prompt.name}` ({step.label}, {prompt.fingerprint})\n"
        for step in plan.steps
        for prompt in step.stage.prompts()
    )
    shards = "".join(
        f"| {shard['name']} | {shard['split']} | {shard['rows']} | {shard['files']} |\n" for shard in run["shards"]
    )
    return _CARD.format(
        header=header,
        version=__version__,
        name=plan.name,
        seed=plan.seed,
        hash=plan.hash,
        shards=shards,
        notes=notes or "The stages have nothing to add.\n",
        funnel=markdown_funnel(run["stages"]),
        models=models or "No model was asked.\n",
        prompts=prompts or "No prompt was used.\n",
    )


def _header(run: Mapping[str, Any]) -> dict[str, Any]:
    shards = run["shards"]
    names = list(dict.fromkeys(shard["name"] for shard in shards))
    configs = []
    for number, name in enumerate(names):
        files = [
            {"split": shard["split"], "path": f"{name}/{shard['split']}-*.parquet"}
            for shard in shards
            if shard["name"] == name
        ]
        configs.append({"config_name": name, "data_files": files} | ({} if number else {"default": True}))
    licenses = sorted(set(run["licenses"].values()))
    known = licenses[0] if len(licenses) == 1 and licenses != ["unknown"] else "other"
    return {"license": known, "tags": ["synthetic", "factory"], "configs": configs}
