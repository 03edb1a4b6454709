"""What rows become in each kind of shard: pairs, single answers, reasoning, calls of tools, and the split."""

import itertools
import json
import unicodedata

import polars as pl
import pytest

from factory.groups import Groups, normalised

PAIRS = """
name: pairs
seed: 3
partition_rows: 20
stages:
  - tests.toys:Numbers: {count: 100}
  - tests.toys:Rated
  - pair: {by: reward, policy: nearest, most: 2, on_unscored: reject}
export:
  test_share: 0.2
  models: [chosen_model, rejected_model, survivor_model]
  carry: [margin]
  sft: {prompt: instruction, completion: survivor}
  dpo: {prompt: instruction, system: "Be brief."}
  kto: {prompt: instruction, desirable: [chosen, survivor]}
  reward: {prompt: instruction, margin: null}
  grpo: {prompt: instruction}
"""
SPLITS = ("train", "test")


def shard(root, name, split="*"):
    return pl.read_parquet(root / f"dataset/{name}/{split}-*.parquet")


@pytest.fixture(scope="module")
def made():
    """The folders of the runs so far, by the text of their pipelines: many tests look at one."""
    return {}


@pytest.fixture
def run(write, factory, tmp_path_factory, made):
    def _run(text=PAIRS):
        if text not in made:
            out = tmp_path_factory.mktemp("pairs") / "out"
            done = factory("run", write(text), "--out", out)
            assert done.code == 0, done.err
            made[text] = out
        return made[text]

    return _run


def test_pairs_become_records_of_each_kind(run):
    root = run()
    dpo, kto, reward = (shard(root, name) for name in ("dpo", "kto", "reward"))
    assert len(dpo) == 160 - dpo.filter(pl.col("margin") > 3).height > 100
    first = dpo.sort("id").to_dicts()[0]
    assert [turn["role"] for turn in first["prompt"]] == ["system", "user"]
    assert [turn["role"] for turn in first["chosen"] + first["rejected"]] == ["assistant", "assistant"]
    assert set(dpo["license"]) == {"unknown"} and set(dpo["model"]) == {"toy"}
    assert len(reward) == len(dpo) and "margin" in dpo.columns and "margin" not in reward.columns, "as asked"
    assert all(one["chosen"][0] == one["rejected"][0] for one in reward.to_dicts())
    assert len(shard(root, "grpo")) == 100, "two pairs have one prompt"
    assert len(shard(root, "sft")) == 20, "one answer that is left makes an SFT record and no pair"
    counts = dict(kto.group_by("label").len().iter_rows())
    assert counts == {True: dpo["prompt"].n_unique() + 20, False: len(dpo)}, "each good answer once, however many pairs"


def test_every_record_of_a_row_has_its_id(run):
    root = run()
    ids = {name: set(shard(root, name)["id"]) for name in ("dpo", "kto", "reward", "grpo", "sft")}
    assert ids["dpo"] == ids["reward"] and ids["kto"] == ids["dpo"] | ids["sft"] > ids["grpo"]


def test_a_prompt_is_on_one_side_in_every_shard(run):
    root = run()
    sides = {}
    for split in SPLITS:
        found = [shard(root, name, split)["prompt"] for name in ("dpo", "kto", "grpo", "sft")]
        sides[split] = {turns[-1]["content"] for prompts in found for turns in prompts.to_list()}
    assert not sides["train"] & sides["test"]
    assert len(sides["train"]) + len(sides["test"]) == 100


def test_a_shard_without_rows_is_listed_with_none(run):
    root = run(PAIRS.replace("policy: nearest", "policy: margin, band: [7, 9], on_no_gap: keep"))
    rows = {(one["name"], one["split"]): one["rows"] for one in json.loads((root / "run.json").read_text())["shards"]}
    assert rows["dpo", "train"] == 0 and rows["sft", "train"] > 0 and ("dpo", "test") not in rows
    assert not (root / "dataset/dpo").exists()


@pytest.mark.parametrize("thinking", ["none", "block", "field"])
def test_reasoning_is_left_out_a_block_or_a_field(run, thinking):
    root = run(PAIRS.replace('system: "Be brief."', f"thinking: {thinking}"))
    turns = [turn for row in shard(root, "dpo").to_dicts() for turn in row["chosen"] + row["rejected"]]
    thought = [turn for turn in turns if turn["content"].split(" to ")[0][-1] in "01"]
    assert 0 < len(thought) < len(turns)
    if thinking == "field":
        assert {turn["reasoning_content"] for turn in thought} == {"Let me see: 0.", "Let me see: 1."}
        assert all(turn["content"].startswith("Answer") for turn in turns)
    else:
        assert all("reasoning_content" not in turn for turn in turns)
        assert all(turn["content"].startswith("<think>\nLet me") == (thinking == "block") for turn in thought)


CHATS = PAIRS[: PAIRS.index("  - pair")] + "export:\n  sft: {messages: chat, tools: calls}\n  grpo: {prompt: chat}\n"


def test_programs_become_calls_of_a_tool_with_its_schema(run):
    root = run(CHATS)
    row = shard(root, "sft").to_dicts()[0]
    asked, called, gave, said = row["messages"]
    assert row["completion"] == row["messages"][1:] and called["content"] == "Let me run it."
    assert called["tool_calls"] == [
        {"type": "function", "function": {"name": "python", "arguments": {"code": "print(2 + 3)"}}}
    ]
    assert (gave["role"], gave["name"], gave["content"]) == ("tool", "python", "5")
    assert asked["tool_calls"] is None and said["tool_calls"] is None
    (tool,) = json.loads(row["tools"])
    assert tool["function"]["name"] == "python" and "code" in tool["function"]["parameters"]["properties"]


def test_a_prompt_can_be_a_chat_up_to_the_users_last_turn(run):
    prompts = shard(run(CHATS), "grpo")["prompt"].to_list()
    assert len(prompts) == 100 and all([turn["role"] for turn in prompt] == ["user"] for prompt in prompts)


def test_what_is_left_out_of_a_shard_is_told(run):
    notes = json.loads((run() / "run.json").read_text())["notes"]
    told = {note["text"].split(":")[0]: note["text"] for note in notes if note["stage"] == "export"}
    assert told["sft"] == "sft: left out 160 without survivor"
    assert told["dpo"] == "dpo: left out 20 without chosen and rejected"
    assert told["grpo"] == "grpo: left out 80 that say the same as another of their row"


def test_a_single_answer_names_its_own_model_alone(run):
    root = run(PAIRS.replace("tests.toys:Rated", "tests.toys:Rated: {models: [one, two]}"))
    pairs, single = shard(root, "dpo"), shard(root, "kto")
    assert "one, two" in set(pairs["model"]) and set(single["model"]) == {"one", "two"}


def test_neighbours_are_seldom_answers_to_the_same_prompt(run):
    """TRL takes the completion next to a prompt's own for one of another prompt, in KTO."""
    prompts = [turns[-1]["content"] for turns in shard(run(), "kto", "train")["prompt"].to_list()]
    assert sum(one == other for one, other in itertools.pairwise(prompts)) < len(prompts) / 20


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("dpo: {prompt: instruction", "dpo: {prompt: number", "the column 'number' holds no text and no chat"),
        ("dpo: {prompt: instruction", "dpo: {prompt: instructions", 'did you mean "instruction"?'),
        ("margin: null}", "margin: chosen}", "the column 'chosen' holds no number"),
        ("grpo: {prompt: instruction}", "grpo: {prompt: chat, instruction: Box it.}", "the column 'chat' holds chats"),
        ("grpo: {prompt: instruction}", "grpo: {prompt: chat, system: Box it.}", "the column 'chat' holds chats"),
        ("models: [chosen_model,", "models: [responses,", "the column 'responses' holds no text"),
        ("carry: [margin]", "source: chat", "the column 'chat' holds no text"),
        ("carry: [margin]", "license: margin", "the column 'margin' holds no text"),
        ("carry: [margin]", "group: chat", "the column 'chat' holds no text and no whole number"),
        ("desirable: [chosen, survivor]", "desirable: [chosen, rejected]", "cannot be both"),
        ("desirable: [chosen, survivor]", "desirable: [], undesirable: []", "expected a column under"),
        ("  - pair", "  - score_style\n  - pair", "writes the score 'reward'; known: length, markup"),
        ("  - pair", "  - score_style\n  - score_style\n  - pair", "as score_style does; give one another `name`"),
        ("completion: survivor}", "completion: survivor, tools: calls}", "name its column as `messages`"),
        ("carry: [margin]", "carry: [margin]\n  group: topic", "export.group: no stage makes the column 'topic'"),
        ("dpo:", "dop:", 'unknown key; did you mean "dpo"?'),
        ("by: reward", "by: reward, polcy: nearest", 'did you mean "policy"?'),
    ],
)
def test_what_cannot_be_written_is_told_before_anything_runs(write, factory, old, new, told):
    assert old in PAIRS
    done = factory("plan", write(PAIRS.replace(old, new)))
    assert done.code == 2 and told in done.err and len(done.err.strip().splitlines()) == 1, done.err


def test_files_by_their_size(run):
    whole = sum(path.stat().st_size for path in (run() / "dataset/dpo").iterdir())
    root = run(PAIRS.replace("test_share: 0.2", "test_share: 0\n  bytes_per_file: 5000"))
    files = sorted((root / "dataset/dpo").iterdir())
    sizes = [pl.read_parquet(path).estimated_size() for path in files]
    assert len(files) > 3 and whole and max(sizes) < 2 * 5000
    assert files[0].name == f"train-00000-of-{len(files):05d}.parquet"


def test_groups_are_joined_by_what_rows_share():
    def named(*rows):
        groups = Groups()
        for keys in rows:
            groups.add(keys)
        return groups.named().tolist()

    first, second, third, other = named(["p1", "f1"], ["p2", "f1"], ["p2"], ["p3"])
    assert first == second == third != other
    assert named(["p3"], ["p2"], ["f1", "p2"], ["f1", "p1"]) == [other, first, first, first], "whatever the order"
    assert named() == []


def test_a_prompt_is_the_same_whatever_its_case_width_and_spaces():
    assert normalised("What  is\n２+3?") == normalised("what is 2+3?") != normalised("what is 2+4?")
    assert normalised("ﾊﾟﾗｵ の首都") == normalised(unicodedata.normalize("NFD", "パラオ の首都"))


def test_no_sibling_is_on_the_other_side_in_100_000_rows(write, factory, tmp_path):
    """A fifth of the rows are siblings of others: the same prompt written otherwise, or the same group by another."""
    rows = 100_000
    number = pl.col("number")
    numbers = pl.DataFrame({"number": range(rows)}).with_columns(asked=number - (number % 5 == 4).cast(pl.Int64))
    base = numbers.select(
        problem=pl.format("What is {} plus 17?", "asked"),
        answer=number.cast(pl.String),
        document=pl.format("document {}", number // 50),
    )
    written = pl.when(pl.int_range(pl.len()) % 5 == 4).then(pl.col("problem").str.to_uppercase() + " ")
    base.with_columns(problem=written.otherwise(pl.col("problem"))).write_parquet(tmp_path / "rows.parquet")
    pipeline = """
name: siblings
partition_rows: 20000
stages:
  - read: {file: rows.parquet, columns: {problem: text, answer: text, document: text}}
export: {test_share: 0.1, GROUP, carry: [document], sft: {completion: answer}, grpo: {}}
"""
    for group, column in (("group: null", None), ("group: document", "document")):
        path = write(pipeline.replace("GROUP", group), f"{column}.yaml")
        done = factory("run", path, "--out", tmp_path / str(column))
        assert done.code == 0, done.err
        sides = []
        for split in SPLITS:
            frame = pl.concat(
                [shard(tmp_path / str(column), name, split).select("prompt", "document") for name in ("sft", "grpo")]
            )
            said = {normalised(turns[-1]["content"]) for turns in frame["prompt"].to_list()}
            sides.append((said, set(frame["document"]), len(frame)))
        (train, documents, _), (test, other_documents, held) = sides
        assert not train & test and 0.07 < held / (2 * rows) < 0.13
        assert column is None or not documents & other_documents
