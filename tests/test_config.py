"""Every mistake in a pipeline ends in one line that names the place and what was expected, and exit code 2."""

import os
import re

import pytest

from tests.conftest import TOYS

CASES = {
    "YAML syntax": (("count: 60}", "count: 60"), r"toy\.yaml:\d+: not valid YAML"),
    "a key given twice": (("seed: 1", "seed: 1\nseed: 2"), r"toy\.yaml:4: 'seed' is given twice"),
    "unknown top-level key": (("seed: 1", "sed: 1"), r'toy\.yaml:3: sed: unknown key; did you mean "seed"\?'),
    "unknown stage": (("tests.toys:Double", "extract_answer"), r'toy\.yaml:10: .*did you mean "extract_answers"\?'),
    "stage that cannot be loaded": (("tests.toys:Double", "tests.toys:Duble"), r"toy\.yaml:10: .*cannot be loaded"),
    "unknown key of a stage": (("times: 2", "tims: 2"), r'toy\.yaml:9: .*tims: unknown key; did you mean "times"\?'),
    "wrong type": (("times: 2", "times: many"), r"toy\.yaml:9: .*times: .*valid integer.*'many'"),
    "out of range": (("partition_rows: 20", "partition_rows: 0"), r"toy\.yaml:4: partition_rows: .*greater than 0"),
    "engine not defined": (("engine: e,", "engine: g,"), r"toy\.yaml:9: .*engine 'g' is not defined"),
    "no engines": (('e: {kind: scripted, script: "tests.toys:echo"}', ""), r"toy\.yaml:\d+: engines"),
    "engine without a kind": (("kind: scripted, ", ""), r"toy\.yaml:6: engines\.e: `kind` is missing"),
    "unknown kind": (("kind: scripted", "kind: scriptd"), r'toy\.yaml:6: .*did you mean "scripted"\?'),
    "unknown key of an engine": (('"tests.toys:echo"', '"tests.toys:echo", delai: 1'), r'did you mean "delay"\?'),
    "first stage not a source": (("  - tests.toys:Numbers: {count: 60}\n", ""), r"the first stage must be a source"),
    "second source": (("Double", "Numbers"), r"toy\.yaml:10: .*is a source"),
    "column that no stage makes": (
        ("Double", "Double\n  - solve: {engine: e}"),
        r"toy\.yaml:11: solve needs the column",
    ),
    "prompt that is not there": (("times: 2", "prompt: maths/en/solv"), r'did you mean "maths/en/solve"\?'),
    "key missing": (("{engine: e, times: 2}", "{times: 2}"), r"toy\.yaml:9: .*engine: this key is required"),
    "export of a column that is not there": (
        ("Double", "Double\nexport: {sft: {prompt: number, completion: sai}}"),
        r'toy\.yaml:11: export\.sft: no stage makes the column \'sai\'; did you mean "said"\?',
    ),
    "file that is not there": (
        ("Double", "Double\n  - benchmark_overlap: {column: said, files: [nowhere.jsonl]}"),
        r"toy\.yaml:11: .*nowhere\.jsonl does not exist",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_is_told_in_one_line(write, factory, case):
    (old, new), expected = CASES[case]
    assert old in TOYS
    result = factory("plan", write(TOYS.replace(old, new)))
    assert result.code == 2, result
    assert result.err.startswith("error: ") and len(result.err.splitlines()) == 1, result.err
    assert re.search(expected, result.err), result.err


def test_a_missing_file_names_the_nearest(write, factory):
    path = write()
    result = factory("run", path.with_name("tog.yaml"))
    assert result.code == 2 and 'did you mean "toy.yaml"?' in result.err


def test_a_prompt_variable_that_is_no_column(write, factory, tmp_path):
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts/mine.j2").write_text("{% user %}\n{# a {{ remark }} #}\nWhat is {{ nubmer }}?")
    result = factory("plan", write(TOYS.replace("times: 2", "prompt: mine")))
    assert result.code == 2
    assert re.search(r"prompts/mine\.j2:3: .*'nubmer'.*did you mean \"number\"\?", result.err), result.err


def test_a_broken_prompt_names_its_line(write, factory, tmp_path):
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts/mine.j2").write_text("{% user %}\n{% if number %}\nno end")
    result = factory("plan", write(TOYS.replace("times: 2", "prompt: mine")))
    assert result.code == 2 and "prompts/mine.j2:" in result.err and "if" in result.err


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("seed", "expected KEY.KEY=VALUE"),
        ("seed=x", "seed: .*'x'"),
        ("stages.duble.hang=[1]", "no stage 'duble'"),
        ("seed.deep=1", "holds no keys"),
        ("engines.e.delai=1", 'did you mean "delay"'),
        ("seed=[1", "not a YAML value"),
    ],
)
def test_a_wrong_setting_is_told(write, factory, setting, expected):
    result = factory("plan", write(), "--set", setting)
    assert result.code == 2 and len(result.err.splitlines()) == 1
    assert re.search(expected, result.err), result.err


def test_settings_reach_stages_and_engines(write, factory, tmp_path):
    path = write(TOYS.replace("tests.toys:Double", "conditions"))
    text = path.read_text().replace("tests.toys:Numbers: {count: 60}", "conditions: {count: 9, axes: {a: {x: 1}}}")
    path.write_text(text.split("  - tests.toys:Ask")[0])
    result = factory("plan", path, "--set", "stages.conditions.count=4", "--set", "stages.conditions.axes.b={1: 1}")
    assert result.code == 0 and "4 rows" in result.out and "a, b" in result.out


@pytest.mark.parametrize("root", ["/dev/null/out", "/proc/out"])
def test_a_folder_that_cannot_be_written_to(write, factory, root):
    result = factory("run", write(), "--out", root)
    assert result.code == 2 and "not writable" in result.err and len(result.err.splitlines()) == 1


def test_a_model_file_that_is_not_there(write, factory):
    path = write(TOYS.replace('kind: scripted, script: "tests.toys:echo"', "kind: embedded, model: models/none.gguf"))
    result = factory("plan", path)
    assert result.code == 2 and "there is no file models/none.gguf" in result.err


def test_a_key_that_is_not_in_the_environment(write, factory):
    engine = "kind: openai, base_url: 'http://localhost:1/v1', model: m, api_key_env: NO_SUCH_KEY"
    result = factory("plan", write(TOYS.replace('kind: scripted, script: "tests.toys:echo"', engine)))
    assert result.code == 2 and "NO_SUCH_KEY is not set" in result.err


def test_a_server_that_refuses_connections(write, factory, tmp_path):
    engine = "kind: openai, base_url: 'http://127.0.0.1:9/v1', model: m"
    path = write(TOYS.replace('kind: scripted, script: "tests.toys:echo"', engine))
    result = factory("run", path, "--out", tmp_path / "out")
    assert result.code == 2 and "no server answers at http://127.0.0.1:9/v1" in result.err
    assert len(result.err.splitlines()) == 1


def test_keys_never_reach_a_file_or_a_log(write, factory, tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "sk-very-secret")
    engine = "kind: openai, base_url: 'http://127.0.0.1:9/v1', model: m, api_key_env: SECRET_KEY"
    path = write(TOYS.replace('kind: scripted, script: "tests.toys:echo"', engine))
    result = factory("run", path, "--out", tmp_path / "out")
    assert "sk-very-secret" not in result.out + result.err
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or b"sk-very-secret" not in file.read_bytes()


def test_nothing_is_started_by_plan(write, factory, tmp_path):
    os.chdir(tmp_path)
    assert factory("plan", write()).code == 0
    assert not (tmp_path / "outputs").exists()


@pytest.mark.parametrize(
    ("engine", "stage", "told"),
    [
        (
            "{kind: openai, base_url: 'http://localhost:1/v1', model: m}",
            "tests.toys:Ask: {engine: e, prompt: begun}",
            "Ask needs an engine that can do 'prefill', which e cannot",
        ),
        (
            "{kind: openai, base_url: 'http://localhost:1/v1', model: m}",
            "tests.toys:Invent: {engine: e}",
            "Invent needs an engine that can do 'instruct', which e cannot; see docs/engines.md",
        ),
        (
            "{kind: openai, base_url: 'http://localhost:1/v1', model: m, tokenizer: TMP}",
            "tests.toys:Invent: {engine: e}",
            "e cannot write the user's turn: TMP has no chat template",
        ),
    ],
)
def test_what_an_engine_cannot_do_is_told_before_anything_is_asked(write, factory, tmp_path, engine, stage, told):
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts/begun.j2").write_text("{% user %}{{ number }}\n{% assistant %}It is")
    engine = engine.replace("TMP", str(tmp_path))
    text = f"engines:\n  e: {engine}\nstages:\n  - tests.toys:Numbers\n  - {stage}\n"
    result = factory("plan", write(text))
    assert result.code == 2 and told.replace("TMP", str(tmp_path)) in result.err, result.err
    assert "toy.yaml:5: " in result.err


def test_set_reaches_the_second_stage_of_a_name(write, factory):
    text = TOYS.replace(
        "  - tests.toys:Double", "  - near_duplicates: {column: said}\n  - near_duplicates: {column: said}"
    )
    done = factory("plan", write(text), "--set", "stages.near_duplicates-2.colum=x")
    assert done.code == 2 and "stages.3.near_duplicates.colum: unknown key" in done.err, done.err
