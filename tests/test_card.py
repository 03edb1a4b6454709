"""The dataset card: valid by the Hub's rules, exact in its sizes, and saying how the data was made."""

import json
import re
from pathlib import Path

import polars as pl
import pytest
import yaml
from lxml import etree

from factory.card import END, header_of
from factory.cardchart import funnel_svg
from factory.cardparts import hub_license, parameters_by_name, size_category
from factory.licenses import HUB
from factory.report import markdown_funnel

PIPELINE = """
name: carded
seed: 3
engines:
  writer: {kind: scripted, script: "tests.toys:echo", model: Writer-1.7B, license: apache-2.0}
  judge: {kind: scripted, replies: {".*": ['{"reason": "so", "verdict": true}']}, model: Judge, license: mit}
stages:
  - tests.toys:Numbers: {count: 300}
  - tests.toys:Texts: {engine: writer, reject: "7"}
  - judge: {engine: judge, prompt: judge/number, on_unscored: reject, sampling: {temperature: 0.2}}
export:
  test_share: 0.2
  group: problem
  models: [model]
  carry: [number]
  rows_per_file: 100
  sft: {system: "Be brief."}
  grpo: {}
"""
PROMPT = "{% user %}Is {{ solution }} about a number?"


@pytest.fixture
def dataset(write, factory, tmp_path) -> Path:
    write(PROMPT, "prompts/judge/number.j2")
    done = factory("run", write(PIPELINE), "--out", tmp_path / "out", "--limit", 200)
    assert done.code == 0, done.err
    return tmp_path / "out" / "dataset"


def header(dataset: Path) -> dict:
    return yaml.safe_load((dataset / "README.md").read_text().split("---\n")[1])


def test_the_header_is_what_the_hubs_own_classes_and_datasets_read(dataset):
    from datasets.info import DatasetInfosDict
    from datasets.utils.metadata import MetadataConfigs
    from huggingface_hub import DatasetCard, DatasetCardData

    card = DatasetCard.load(dataset / "README.md")
    assert isinstance(card.data, DatasetCardData)
    assert card.data.license in HUB and card.data.license == "apache-2.0"
    assert card.data.language == ["en"] and card.data.task_categories == ["text-generation"]
    assert card.data.size_categories == ["n<1K"] and card.data.tags == ["synthetic", "factory", "sft", "grpo"]
    configs = MetadataConfigs.from_dataset_card_data(card.data)
    assert list(configs) == ["sft", "grpo"] and configs.get_default_config_name() == "sft"
    infos = DatasetInfosDict.from_directory(str(dataset))
    assert set(infos) == {"sft", "grpo"}
    assert set(infos["grpo"].features) == {"id", "prompt", "answer", "source", "license", "model", "number"}


@pytest.mark.parametrize("name", ["sft", "grpo"])
def test_the_sizes_are_those_that_datasets_finds(dataset, tmp_path, name):
    import datasets

    loaded = datasets.load_dataset(
        str(dataset), name, cache_dir=str(tmp_path / "cache"), verification_mode="all_checks"
    )
    (told,) = (info for info in header(dataset)["dataset_info"] if info["config_name"] == name)
    for split in told["splits"]:
        found = loaded[split["name"]]
        assert split["num_examples"] == len(found)
        assert split["num_bytes"] == found.info.splits[split["name"]].num_bytes
    files = (dataset / name).glob("*.parquet")
    assert told["download_size"] == sum(file.stat().st_size for file in files)
    assert told["dataset_size"] == sum(split["num_bytes"] for split in told["splits"])
    assert datasets.Features._from_yaml_list(told["features"]) == loaded["train"].features


def test_a_card_with_a_wrong_count_is_found_out(dataset, tmp_path):
    import datasets

    card = dataset / "README.md"
    card.write_text(re.sub(r"num_examples: \d+", "num_examples: 7", card.read_text()))
    with pytest.raises(datasets.exceptions.NonMatchingSplitsSizesError):
        datasets.load_dataset(str(dataset), "sft", cache_dir=str(tmp_path / "c"), verification_mode="all_checks")


def test_the_body_says_how_the_rows_were_made_and_by_whom(dataset):
    run = json.loads((dataset.parent / "run.json").read_text())
    text = (dataset / "README.md").read_text()
    assert "1. **Numbers**: count `300`\n" in text
    assert "3. **judge**: asks `judge`; sampling temperature 0.2, top_p 1.0, max_tokens" in text
    assert re.search(r"prompt `judge/number` \([0-9a-f]{16}\)", text)
    assert "| Writer-1.7B | generator | apache-2.0 | free |" in text and "| Judge | judge | mit | free |" in text
    assert "| messages | list of {role: string, content: string} |" in text
    assert (
        "Made of the first 200 of the source's 300 rows." in text
        and "Small models, by their names: Writer-1.7B" in text
    )
    assert f"plan `{run['plan_hash']}`" in text and "factory run toy.yaml --limit 200\n" in text
    assert str(dataset.parent.parent) not in text, "nothing of this machine"
    assert text.endswith(f"\n{END}\n") and text.count(END) == 1


def test_what_comes_from_data_opens_no_html_and_breaks_no_table():
    stage = dict.fromkeys(("in", "out", "accepted", "rejected", "failed"), 1)
    table = markdown_funnel([{"name": "judge", **stage, "reasons": {"a|b\n<script>": 3}}])
    assert table.splitlines()[-1] == "| judge | 1 | 1 | 1 | 1 | 1 | a\\|b &lt;script> 3 |"


def test_the_header_of_some_configs_has_nothing_of_the_others(dataset, tmp_path):
    import datasets

    whole = header(dataset)
    part = header_of(whole, ["grpo"])
    assert [config["config_name"] for config in part["configs"]] == ["grpo"] and part["configs"][0]["default"]
    assert part["dataset_info"]["config_name"] == "grpo" and part["tags"] == ["synthetic", "factory", "grpo"]
    assert part["license"] == whole["license"] and part["language"] == ["en"]
    assert header_of(whole, ["sft", "grpo"]) == whole and "default" not in whole["configs"][1]
    (dataset / "README.md").write_text(f"---\n{yaml.safe_dump(part)}---\n")
    loaded = datasets.load_dataset(str(dataset), cache_dir=str(tmp_path / "cache"), verification_mode="all_checks")
    assert "answer" in loaded["train"].column_names


def test_what_the_run_proves_to_be_wanting_is_told(write, factory, tmp_path):
    write(PROMPT, "prompts/judge/number.j2")
    done = factory("run", write(PIPELINE.replace('"verdict": true', '"verdict": "maybe"')), "--out", tmp_path / "out")
    assert done.code == 0, done.err
    text = (tmp_path / "out/dataset/README.md").read_text()
    assert not {"configs", "dataset_info", "task_categories"} & set(header(tmp_path / "out/dataset"))
    limits = text.split("## Known limits\n")[1].split("## Again")[0]
    assert "score could not be had: judge 272." in limits
    assert "Asked for and without a row: sft, grpo." in limits and "There is no test split." in limits
    assert "Made of the first" not in limits and "judged what it wrote itself" not in limits


def test_a_model_that_judges_itself_is_a_known_limit(write, factory, tmp_path):
    write(PROMPT, "prompts/judge/number.j2")
    path = write(PIPELINE.replace("judge: {engine: judge", "judge: {engine: writer"))
    assert factory("run", path, "--out", tmp_path / "out").code == 0
    text = (tmp_path / "out/dataset/README.md").read_text()
    assert "| Writer-1.7B | generator, judge | apache-2.0 | free |" in text
    assert "Writer-1.7B judged what it wrote itself" in text


@pytest.mark.parametrize(
    ("names", "fields"),
    [
        ({"mit"}, {"license": "mit"}),
        ({"Apache-2.0"}, {"license": "apache-2.0"}),
        (set(), {"license": "unknown"}),
        ({"mrl"}, {"license": "other", "license_name": "mrl"}),
        ({"mit", "llama3.1"}, {"license": "other", "license_name": "llama3.1-and-mit"}),
        ({"Contract No. 17"}, {"license": "other", "license_name": "contract-no.-17"}),
    ],
)
def test_a_license_that_the_hub_has_no_id_for_is_other_with_a_name(names, fields):
    assert hub_license(names) == fields


def test_the_license_of_the_data_is_what_the_file_declares(write, factory, tmp_path):
    write(PROMPT, "prompts/judge/number.j2")
    done = factory("run", write(PIPELINE + "licenses: {data: cc-by-4.0}"), "--out", tmp_path / "out")
    assert done.code == 0 and header(tmp_path / "out/dataset")["license"] == "cc-by-4.0"
    rows = pl.read_parquet(tmp_path / "out/dataset/sft/*.parquet")
    assert set(rows["license"]) == {"apache-2.0"}, "a row keeps its model's"


def test_the_chart_is_well_formed_whatever_the_names_are():
    counts = {"in": 10, "out": 6, "accepted": 6, "rejected": 3, "failed": 1}
    text = funnel_svg([{"name": 'a<b>&"', **counts}, {"name": "none", **dict.fromkeys(counts, 0)}])
    root = etree.fromstring(text.encode())
    words = "".join(root.itertext())
    assert 'a<b>&"' in words and "10 → 6" in words and "3 rejected, 1 failed" in words
    bars = [one for one in root.iter("{http://www.w3.org/2000/svg}rect") if one.get("height") == "14"]
    widths = {bar.get("class"): float(bar.get("width")) for bar in bars}
    assert len(bars) == 3 and widths["accepted"] == pytest.approx(2 * widths["rejected"])
    assert "prefers-color-scheme: dark" in text
    etree.fromstring(funnel_svg([]).encode())


def test_sizes_and_names_are_read_as_the_hub_and_people_write_them():
    assert [size_category(rows) for rows in (0, 999, 1000, 250_000, 10**10)] == [
        "n<1K", "n<1K", "1K<n<10K", "100K<n<1M", "10B<n<100B",
    ]  # fmt: skip
    assert parameters_by_name("SmolLM2-135M-Instruct") == 135e6
    assert parameters_by_name("Qwen/Qwen2.5-0.5B") == 0.5e9
    assert parameters_by_name("openai/gpt-oss-120b") is None and parameters_by_name("phi-2") is None
