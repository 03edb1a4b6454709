"""The license gate: what stops a plan, what goes on and is told, and where a license is read from."""

import json
import os
import sys
from pathlib import Path
from typing import ClassVar

import pytest

from factory.licenses import HUB, verdict
from factory.rows import Columns
from tests.toys import Numbers

PIPELINE = """
name: gated
engines:
  writer: {kind: scripted, script: "tests.toys:echo", model: Writer-9B, license: apache-2.0}
  judge: {kind: scripted, script: "tests.toys:echo", model: Judge-70B, license: mit}
stages:
  - tests.toys:Numbers: {count: 6}
  - tests.toys:Texts: {engine: writer}
  - tests.toys:Ask: {engine: judge}
export:
  group: problem
  models: [model]
  sft: {}
"""


class Earlier(Numbers):
    """Rows that come from another run."""

    held: ClassVar[dict[str, str]] = {"Old-8B": "llama3", "Older-1B": "mit"}

    def licenses(self) -> dict[str, str]:
        return self.held

    def makes(self) -> Columns:
        return super().makes()


@pytest.fixture
def plan(write, factory):
    """Plan the pipeline, with parts of it replaced and lines added."""

    def _plan(*changes: tuple[str, str], more: str = ""):
        text = PIPELINE + more
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        return factory("plan", write(text))

    return _plan


SERVICE = ('{kind: scripted, script: "tests.toys:echo", model: Judge-70B, license: mit}',
           '{kind: openai, base_url: "https://api.openai.com/v1", model: gpt-9}')  # fmt: skip


def test_a_proprietary_endpoint_stops_the_plan_in_one_line(plan, tmp_path):
    done = plan(SERVICE)
    assert done.code == 2 and done.err.count("\n") == 1, done.err
    assert f"{tmp_path}/toy.yaml:5: engines.judge: gpt-9 has the license 'proprietary'" in done.err
    assert "forbid to train competing models" in done.err
    assert 'write `licenses: {override: {"judge": "the reason"}}`' in done.err


def test_what_the_line_says_to_write_lets_it_go_on(plan):
    done = plan(SERVICE, more='licenses: {override: {"judge": "contract 17 allows it"}}')
    assert done.code == 0, done.err
    assert "license: gpt-9 (proprietary) is used by an override of the policy: contract 17 allows it" in done.out


@pytest.mark.parametrize("address", ["https://api.openai.com.example.org/v1", "http://localhost:8000/v1"])
def test_another_server_is_only_unknown(plan, address):
    done = plan(SERVICE, ("https://api.openai.com/v1", address))
    assert done.code == 0 and "license: gpt-9 (unknown): its license is not declared" in done.out


def test_an_open_model_at_a_proprietary_service_declares_its_license(plan):
    assert plan(SERVICE, ("model: gpt-9", "model: gpt-oss-120b, license: apache-2.0")).code == 0


def test_an_engine_that_no_stage_uses_stops_nothing(plan):
    done = plan(SERVICE, ("  - tests.toys:Ask: {engine: judge}\n", ""))
    assert done.code == 0, done.err


@pytest.mark.parametrize(
    ("name", "says", "word"),
    [
        ("apache-2.0", "free", ""),
        ("Apache-2.0", "free", ""),
        ("llama3.1", "conditions", 'begins with "Llama"'),
        ("gemma", "conditions", "Gemma terms"),
        ("bigcode-openrail-m", "conditions", "limits of use"),
        ("qwen", "conditions", "Built with Qwen"),
        ("llama2", "forbids", "improve other models"),
        ("llama3", "forbids", "improve other models"),
        ("tongyi-qianwen", "forbids", "improve other models"),
        ("cc-by-nc-4.0", "forbids", "commercial"),
        ("CC-BY-NC-SA-4.0", "forbids", "commercial"),
        ("qwen-research", "forbids", "commercial"),
        ("mrl", "forbids", "research"),
        ("proprietary", "forbids", "such a service"),
        ("unknown", "unknown", "not declared"),
        ("apache2.0", "unknown", "is it apache-2.0?"),
        ("our-own-17", "unknown", "not known here"),
        ("apache-2.0 AND mit", "free", ""),
        ("mit AND llama3.1", "conditions", "Llama"),
        ("llama3 AND mit", "forbids", "improve"),
        ("mit AND whatever", "unknown", "not known"),
    ],
)
def test_each_kind_of_license_is_read(name, says, word):
    found = verdict(name)
    assert found.says == says and word in found.why


@pytest.mark.parametrize("name", ["cc-by-nc-4.0", "llama3", "mnpl"])
def test_a_license_that_forbids_stops_and_names_the_engine(plan, name):
    done = plan(("license: apache-2.0", f"license: {name}"))
    assert done.code == 2 and f"toy.yaml:4: engines.writer: Writer-9B has the license '{name}'" in done.err


def test_a_condition_is_told_and_goes_on(plan):
    done = plan(("license: apache-2.0", "license: llama3.3"))
    assert done.code == 0 and 'must have a name that begins with "Llama"' in done.out


def test_with_a_list_of_licenses_others_and_unknown_ones_stop(plan):
    allow = "licenses: {allow: [apache-2.0, MIT]}"
    assert plan(more=allow).code == 0
    done = plan(("license: mit", "license: llama3.3"), more=allow)
    assert done.code == 2 and "'llama3.3': `licenses.allow` has only apache-2.0, MIT" in done.err
    done = plan((", license: apache-2.0", ", license: null"), more=allow)
    assert done.code == 2 and "Writer-9B has the license 'unknown'" in done.err
    forbidden = plan(("license: mit", "license: llama3"), more="licenses: {allow: [apache-2.0, llama3]}")
    assert forbidden.code == 2 and "improve other models" in forbidden.err, "the list narrows and never widens"


def test_mistakes_in_the_block_name_the_line_and_the_nearest_name(plan, tmp_path):
    done = plan(more="licenses:\n  override: {juge: because}")
    assert (
        done.code == 2
        and "toy.yaml:15: licenses.override: there is no engine 'juge'; did you mean \"judge\"?" in done.err
    )
    done = plan(more="licenses:\n  overide: {judge: because}")
    assert done.code == 2 and 'licenses.overide: unknown key; did you mean "override"?' in done.err
    done = plan(more='licenses: {override: {judge: " "}}')
    assert done.code == 2 and "licenses.override.judge" in done.err and done.err.count("\n") == 1


def test_rows_of_an_earlier_run_are_held_to_their_own_models_licenses(plan):
    source = ("tests.toys:Numbers", "tests.test_licenses:Earlier")
    done = plan(source)
    assert done.code == 2 and "toy.yaml:7: rows of an earlier run: Old-8B has the license 'llama3'" in done.err
    assert plan(source, more='licenses: {override: {"Old-8B": "for study only"}}').code == 0


def test_an_override_is_on_the_card_and_in_run_json_and_makes_another_plan(write, factory, tmp_path):
    text = PIPELINE.replace("license: mit", "license: proprietary")
    hashes = []
    for reason in ("contract 17 allows it", "contract 18 allows it"):
        path = write(text + f'licenses: {{override: {{judge: "{reason}"}}}}')
        done = factory("run", path, "--out", tmp_path / "out")
        assert done.code == 0 and reason in done.out, done.err
        run = json.loads((tmp_path / "out/run.json").read_text())
        hashes.append(run["plan_hash"])
        (judge,) = (model for model in run["models"] if model["engine"] == "judge")
        assert judge["override"] == reason and judge["says"] == "forbids"
        assert run["licenses"] == {"Writer-9B": "apache-2.0", "Judge-70B": "proprietary"}
        card = (tmp_path / "out/dataset/README.md").read_text()
        assert f"The license policy was overridden for `judge`: {reason}" in card
        assert reason in (tmp_path / "out/audit/report.html").read_text()
    assert hashes[0] != hashes[1]


def test_an_unknown_license_is_told_when_the_run_starts_and_on_the_card(write, factory, tmp_path):
    path = write(PIPELINE.replace("license: apache-2.0", "license: null"))
    done = factory("run", path, "--out", tmp_path / "out")
    assert done.code == 0 and done.out.startswith("license: Writer-9B (unknown): its license is not declared")
    card = (tmp_path / "out/dataset/README.md").read_text()
    assert "\nlicense: unknown\n" in card and "- Writer-9B: its license is 'unknown'" in card


def vllm(model: object) -> str:
    return f"{{kind: vllm, model: {model}, python: {sys.executable}}}"


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("license: mit", "mit"),
        ("license: other\nlicense_name: mrl", "mrl"),
        ("license:\n- apache-2.0\n- cc-by-4.0", "apache-2.0 AND cc-by-4.0"),
        ("language: en", "unknown"),
        ("license: [", "unknown"),
    ],
)
def test_the_license_of_a_folder_is_read_from_its_card(tmp_path, header, found):
    from factory.engines.vllm import Spec

    (tmp_path / "model").mkdir()
    assert Spec(model=str(tmp_path / "model")).licensed == "unknown", "there is no card yet"
    (tmp_path / "model/README.md").write_text(f"---\n{header}\n---\n# A model\n", encoding="utf-8")
    assert Spec(model=str(tmp_path / "model")).licensed == found
    assert Spec(model=str(tmp_path / "model"), license="isc").licensed == "isc", "what is declared comes first"


def test_an_adapter_counts_as_well_as_its_base(tmp_path):
    from factory.engines.vllm import Spec

    for name, license_ in (("base", "apache-2.0"), ("adapter", "cc-by-nc-4.0")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "README.md").write_text(f"---\nlicense: {license_}\n---\n")
    spec = Spec(model=str(tmp_path / "base"), adapter=str(tmp_path / "adapter"))
    assert spec.licensed == "apache-2.0 AND cc-by-nc-4.0" and verdict(spec.licensed).says == "forbids"


def test_a_card_with_a_forbidding_license_stops_the_plan(plan, tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model/README.md").write_text("---\nlicense: other\nlicense_name: qwen-research\n---\n")
    done = plan((SERVICE[0], vllm(tmp_path / "model")))
    assert done.code == 2 and "engines.judge: model has the license 'qwen-research'" in done.err


def test_a_card_in_the_hubs_cache_is_read_without_the_network(write, start, tmp_path):
    """In a process of its own: the library reads where its cache is when it is loaded."""
    snapshot = tmp_path / "hub/models--org--model/snapshots/abc"
    snapshot.mkdir(parents=True)
    (snapshot / "README.md").write_text("---\nlicense: gemma\n---\n")
    (tmp_path / "hub/models--org--model/refs").mkdir()
    (tmp_path / "hub/models--org--model/refs/main").write_text("abc")
    path = write(PIPELINE.replace(SERVICE[0], vllm("org/model")))
    process = start("plan", path, HF_HUB_CACHE=str(tmp_path / "hub"), HF_ENDPOINT="http://127.0.0.1:9")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "engine judge: org/model, license gemma" in out and "the Gemma terms pass on to it" in out


def gguf_file(path: Path, **metadata: str) -> Path:
    import gguf

    writer = gguf.GGUFWriter(path, "llama")
    for key, value in metadata.items():
        writer.add_string(f"general.{key}".replace("_", "."), value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    return path


def test_the_license_of_a_gguf_file_is_what_its_metadata_says(tmp_path):
    from factory.engines.embedded import Spec

    assert Spec().licensed == "apache-2.0", "the packaged model's"
    assert Spec(model=gguf_file(tmp_path / "a.gguf", license="llama3.2")).licensed == "llama3.2"
    named = gguf_file(tmp_path / "b.gguf", license="other", license_name="mrl")
    assert Spec(model=named).licensed == "mrl"
    assert Spec(model=gguf_file(tmp_path / "c.gguf", name="nothing said")).licensed == "unknown"
    (tmp_path / "d.gguf").write_bytes(b"no such thing")
    assert Spec(model=tmp_path / "d.gguf").licensed == "unknown"


def test_every_license_that_is_judged_has_the_form_of_a_hub_id():
    from factory.licenses import _KNOWN

    for name in [*HUB, *_KNOWN]:
        assert name == name.lower() and not set(name) - set("abcdefghijklmnopqrstuvwxyz0123456789.-+"), name
    assert os.sep not in "".join(_KNOWN)
