"""The dataset card: what is in the dataset, how it was made and what became of every row.

    outputs/math_sft/dataset/{README.md, funnel.svg}

Its YAML header is the Hub's (https://huggingface.co/docs/hub/datasets-cards): `load_dataset` reads the configs, and
checks the sizes. What follows the last line, `<!-- factory: end -->`, is a person's own.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from factory import __version__, cardparts
from factory.cardchart import funnel_svg
from factory.cardparts import Config
from factory.mending import Check
from factory.plan import Plan, Step
from factory.report import cell, line, markdown_funnel
from factory.store import Store

END = "<!-- factory: end -->"
_LONGEST = 300
"""Characters that a stage's parameter is cut at."""
_TEXTS = {"sft", "dpo", "kto", "grpo", "cpt"}
"""Configs that a model learns to write text from."""

_CARD = """# {name}

Synthetic data made by `factory {version}` from the pipeline `{name}`, seed {seed}, plan `{hash}`.
Every row that was made is accounted for below: accepted + rejected + failed = in, at each stage.

## What is in it

| config | split | rows | files |
|---|---|--:|--:|
{shards}
`load_dataset(<this folder>, "<config>")` reads each; `checksums.txt` holds the SHA-256 of every file.
{columns}
## How the rows were made

{stages}
## Where the rows went

![accepted, rejected and failed rows of each stage](funnel.svg)

{funnel}
## Models and licenses

{models}
{licenses}
## What to know

{notes}
## Known limits

{limits}
## Again

```bash
{again}
```

With the same pipeline file, prompts and models this makes the same rows. {once}

{end}
"""


def write(plan: Plan, store: Store, run: Mapping[str, Any], folder: Path) -> None:
    """Write README.md and funnel.svg beside the shards in `folder`."""
    configs = cardparts.configs_of(folder, run)
    licensed = cardparts.license_fields(run, configs, plan.pipeline.file.licenses.data)
    header = _header(configs, cardparts.languages(plan, store), licensed)
    text = yaml.safe_dump(header, sort_keys=False, allow_unicode=True)
    (folder / "README.md").write_text(f"---\n{text}---\n{_body(plan, run, configs, licensed)}", encoding="utf-8")
    (folder / "funnel.svg").write_text(funnel_svg(run["stages"]), encoding="utf-8")


def header_of(header: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """Give the header of a card for some of its configs: those left out are not in the repo."""
    listed = header.get("dataset_info", [])
    infos = [info for info in (listed if isinstance(listed, list) else [listed]) if info["config_name"] in names]
    configs = [dict(config) for config in header.get("configs", []) if config["config_name"] in names]
    if configs and not any(config.get("default") for config in configs):
        configs[0]["default"] = True
    return _filled({**header, **_of_configs(configs, infos)})


def _header(configs: Sequence[Config], languages: list[str], licensed: dict[str, str]) -> dict[str, Any]:
    listed: list[dict[str, Any]] = []
    for config in configs:
        files = [{"split": one["split"], "path": f"{config.name}/{one['split']}-*.parquet"} for one in config.splits]
        listed.append({"config_name": config.name, "data_files": files} | ({} if listed else {"default": True}))
    infos = [config.info for config in configs]
    return _filled({"language": languages, **licensed, **_of_configs(listed, infos)})


def _filled(header: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in header.items() if value != []}


def _of_configs(configs: list[dict[str, Any]], infos: list[dict[str, Any]]) -> dict[str, Any]:
    """Give what of a header follows from the configs."""
    names = [config["config_name"] for config in configs]
    rows = sum(split["num_examples"] for info in infos for split in info["splits"])
    return {
        "size_categories": [cardparts.size_category(rows)],
        "task_categories": ["text-generation"] if _TEXTS & set(names) else [],
        "tags": ["synthetic", "factory", *names],
        "configs": configs,
        "dataset_info": infos[0] if len(infos) == 1 else infos,
    }


def _body(plan: Plan, run: Mapping[str, Any], configs: Sequence[Config], licensed: dict[str, str]) -> str:
    notes = "".join(f"- **{note['stage']}**: {line(note['text'])}\n" for note in run["notes"])
    shards = "".join(
        f"| {shard['name']} | {shard['split']} | {shard['rows']:,} | {shard['files']} |\n" for shard in run["shards"]
    )
    file = Path(run["file"]).name
    limit = f" --limit {plan.ranges[-1][1]}" if plan.ranges[-1][1] < plan.source.size() else ""
    return _CARD.format(
        version=__version__,
        name=plan.name,
        seed=plan.seed,
        hash=plan.hash,
        shards=shards,
        columns="".join(_columns(config) for config in configs),
        stages="".join(_stage(step) for step in plan.steps),
        funnel=markdown_funnel(run["stages"]),
        models=_models(run["models"]),
        licenses=_licenses(plan, licensed),
        notes=notes or "The stages have nothing to add.\n",
        limits="".join(f"- {line(text)}\n" for text in cardparts.limits(plan, run)) or "The run shows none.\n",
        again=f"factory plan {file}{limit}\nfactory run {file}{limit}",
        once=f"`factory plan` names the plan: this one is `{plan.hash}`; a changed file or `--set` has another.",
        end=END,
    )


def _columns(config: Config) -> str:
    rows = "".join(f"| {name} | {cell(_kind(feature))} |\n" for name, feature in config.features.items())
    return f"\n### {config.name}\n\n| column | type |\n|---|---|\n{rows}"


def _kind(feature: Any) -> str:
    """Tell a column's type as `datasets` has it: `list of {role: string, content: string}`."""
    if isinstance(feature, Mapping):
        return "{" + ", ".join(f"{name}: {_kind(inner)}" for name, inner in feature.items()) + "}"
    if hasattr(feature, "feature"):
        return f"list of {_kind(feature.feature)}"
    return str(feature.dtype).removeprefix("large_")


def _stage(step: Step) -> str:
    stage = step.stage
    begin = f"{step.index + 1}. **{step.label}**"
    if isinstance(stage, Check) and stage.turn:
        return f"{begin}: {stage.label} once more, for rows that were mended\n"
    stage = stage.inner if isinstance(stage, Check) else stage
    told = [f"asks `{step.engine}`"] if step.engine else []
    for name, drawn in cardparts.drawing(stage).items():
        told.append(f"{name} {', '.join(f'{key} {value}' for key, value in drawn.items())}")
    told += [f"prompt `{prompt.name}` ({prompt.fingerprint})" for prompt in stage.prompts()]
    told += [f"{name} {_code(value)}" for name, value in cardparts.parameters(stage).items()]
    return f"{begin}: {'; '.join(told)}\n" if told else f"{begin}\n"


def _code(value: Any) -> str:
    """Write a parameter as code, in one line and not too long."""
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10**6).removesuffix("...\n")
    text = " ".join(text.split())
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]} … ({len(text):,} characters)"
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def _models(found: Sequence[Mapping[str, Any]]) -> str:
    if not found:
        return "No model was asked.\n"
    rows = ""
    for one in found:
        says = f"{one['says']}: {one['why']}" if one["why"] else one["says"]
        rows += f"| {cell(one['model'])} | {', '.join(one['roles'])} | {cell(one['license'])} | {cell(says)} |\n"
    return f"| model | role | license | what it says of training on outputs |\n|---|---|---|---|\n{rows}"


def _licenses(plan: Plan, licensed: dict[str, str]) -> str:
    """Say what the dataset goes under and why, and which models were used against the policy."""
    data = plan.pipeline.file.licenses.data
    name = licensed.get("license_name", licensed["license"])
    told = f"The dataset goes under **{name}**"
    told += ", as the pipeline declares.\n" if data else ", which follows from the licenses of its rows' models.\n"
    for engine, reason in plan.pipeline.file.licenses.override.items():
        told += f"\nThe license policy was overridden for `{engine}`: {line(reason)}\n"
    return told
