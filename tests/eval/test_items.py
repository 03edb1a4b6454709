"""Items: right answers are taken out of what data sets keep them in; what cannot be marked is told with its place."""

import json
from pathlib import Path

import polars as pl
import pytest

from factory.errors import UserError
from factory.eval import items, task
from factory.prompts import Prompt

GSM8K = "Ann has 3 boxes of 14.\n3 * 14 = <<3*14=42>>42\nThe answer is sure to be found.\n#### 1,042"
MATH = r"We have $x = \frac{1}{2}$, hence $\boxed{\frac{1}{2}}$. Check: 3."


def write(folder: Path, *records: dict, name: str = "items.jsonl") -> str:
    path = folder / name
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records), encoding="utf-8")
    return str(path)


def read(path: str, *sets: str) -> tuple[str, list[dict]]:
    wanted, _, folder = task.load(path, list(sets))
    return items.read(wanted, folder)


class TestAnswers:
    @pytest.mark.parametrize(
        ("record", "sets", "wanted"),
        [
            ({"prompt": "q", "answer": "42"}, [], "42"),
            ({"prompt": "q", "answer": GSM8K}, [], "1,042"),
            ({"prompt": "q", "solution": MATH}, ["keys.answer=solution"], r"\frac{1}{2}"),
            (
                {"Body": "b", "Question": "q", "Answer": 145.0},
                ["keys.prompt=[Body, Question]", "keys.answer=Answer"],
                "145",
            ),
            ({"sQuestion": "q", "lSolutions": [5.5]}, ["keys.prompt=sQuestion", "keys.answer=lSolutions"], "5.5"),
            ({"prompt": "q", "answer": "x^2 + 1"}, [], "x^2 + 1"),
            ({"prompt": "q", "a": {"value": 7}}, ["keys.answer=a.value"], "7"),
        ],
    )
    def test_they_are_found_in_the_form_of_known_data_sets(self, tmp_path, record, sets, wanted):
        kind, (row,) = read(write(tmp_path, record), *sets)
        assert (kind, row["answer"]) == ("maths", wanted)

    def test_of_several_each_is_right_where_texts_are_compared(self, tmp_path):
        record = {"question": "Who?", "answer": ["Ada", "Ada Lovelace"], "aliases": ["Lovelace"]}
        kind, (row,) = read(write(tmp_path, record), "keys.prompt=question", "kind=knowledge")
        assert kind == "knowledge" and row["answer"] == "Ada" and row["aliases"] == ["Ada Lovelace", "Lovelace"]
        for aliases, wanted in ((["", None], []), (0, ["0"])):
            _, (row,) = read(write(tmp_path, {"prompt": "Who?", "answer": "Ada", "aliases": aliases}), "kind=text")
            assert row["aliases"] == wanted

    def test_how_they_are_compared_is_what_most_of_them_look_like(self, tmp_path):
        numbers = [{"prompt": f"q{n}", "answer": n} for n in (1, 2)]
        words = [{"prompt": f"w{n}", "answer": "Paris"} for n in range(2)]
        assert read(write(tmp_path, *numbers, words[0]))[0] == "maths"
        assert read(write(tmp_path, *numbers, *words))[0] == "text"

    def test_a_grpo_shard_is_read_as_it_is(self, tmp_path):
        path = tmp_path / "test.parquet"
        pl.DataFrame({"prompt": [[{"role": "user", "content": "What is 2 + 2?"}]], "answer": ["4"]}).write_parquet(path)
        kind, (row,) = read(str(path))
        assert kind == "maths" and row["question"] == "What is 2 + 2?" and row["language"] == "en"


class TestLanguage:
    def test_it_is_the_records_or_found_out_and_english_where_there_is_no_prompt(self, tmp_path):
        records = [
            {"prompt": "リンゴが三つあります。二つもらうといくつですか。", "answer": 5},
            {"prompt": "Combien font deux et trois pommes ensemble ?", "answer": 5},
            {"prompt": "2 + 3?", "answer": 5, "language": "ja"},
        ]
        _, rows = read(write(tmp_path, *records))
        assert [row["language"] for row in rows] == ["ja", "fr", "ja"]
        items.fit_language(rows, [Prompt("eval/{language}/maths")])
        assert [row["language"] for row in rows] == ["ja", "en", "ja"]
        assert "順を追って" in Prompt("eval/{language}/maths").render(rows[0])["messages"][0]["content"]


class TestNames:
    def test_an_item_is_known_by_its_text_or_its_own_name_and_none_twice(self, tmp_path):
        records = [{"prompt": "q", "answer": 1}, {"prompt": "q", "answer": 1}, {"prompt": "r", "answer": 1}]
        _, rows = read(write(tmp_path, *records))
        assert rows[1]["item"] == f"{rows[0]['item']}#2" and len({row["item"] for row in rows}) == 3
        _, rows = read(
            write(tmp_path, *({"prompt": "q", "answer": 1, "item": name} for name in ("a", "a", "a#2", "a#2")))
        )
        assert [row["item"] for row in rows] == ["a", "a#3", "a#2", "a#2#2"]
        for name in (17, 0):
            _, (named,) = read(write(tmp_path, {"prompt": "q", "answer": 1, "key": name}), "keys.item=key")
            assert named["item"] == str(name)


class TestFamilies:
    def test_they_take_turns_and_repeat_nothing(self):
        wanted, _, folder = task.load("arithmetic", ["items.families.count=80"])
        kind, rows = items.read(wanted, folder)
        assert kind == "maths" and len({row["question"] for row in rows}) == 80
        assert [row["family"] for row in rows[:8]] == [row["family"] for row in rows[8:16]]

    def test_another_seed_gives_other_problems(self):
        made = [items.read(task.load("maths_families", [f"items.families.seed={n}"])[0], Path())[1] for n in (1, 2)]
        shared = {row["question"] for row in made[0]} & {row["question"] for row in made[1]}
        assert len(shared) < 0.3 * len(made[0])


class TestMistakes:
    @pytest.mark.parametrize(
        ("records", "sets", "told"),
        [
            ([], [], "there are no items in it"),
            ([{"promt": "q", "answer": 1}], [], "record 1: there is no 'prompt'; did you mean \"promt\"?"),
            ([{"prompt": "q", "answer": 1}, {"prompt": "q"}], [], "record 2: there is no 'answer'"),
            ([{"prompt": "q", "answer": " "}], [], "record 1: answer: there is no right answer to compare with"),
            ([{"prompt": "q", "answer": None}], [], "record 1: there is no 'answer'"),
            ([{"prompt": "q", "answer": {"value": "x"}}], ["kind=text"], "found a mapping: answer.value"),
            ([{"prompt": 3, "answer": 1}], [], "record 1: prompt: expected a text, or a chat of one turn, found 3"),
            ([{"prompt": "q", "answer": [1, 2]}], ["kind=maths"], "record 1: answer: expected one answer, found 2"),
            ([{"prompt": "q", "kind": "harmfull"}], ["kind=safety"], 'did you mean "harmful"?'),
            ([{"prompt": "q", "kind": "harmful"}], ["kind=safety", "refused=[harmfull]"], "refused: no question is of"),
            (
                [{"prompt": "q", "kind": "harmful", "criteria": 3}],
                ["kind=safety"],
                "criteria: expected a text or a list",
            ),
            ([{"prompt": "q"}], ["kind=code"], "record 1: there is no 'tests'"),
        ],
    )
    def test_one_line_names_the_record_and_the_key(self, tmp_path, records, sets, told):
        with pytest.raises(UserError) as error:
            read(write(tmp_path, *records), *sets)
        assert told in str(error.value) and "\n" not in str(error.value) and "items.jsonl" in str(error.value)

    @pytest.mark.parametrize(
        ("name", "sets", "told"),
        [
            ("aritmetic", [], "there is no task 'aritmetic'; did you mean \"arithmetic\"?"),
            ("nowhere/items.jsonl", [], "nowhere/items.jsonl: no such file"),
            ("knowledge", [], "name your own file: --set items.file=FILE.jsonl"),
            ("arithmetic", ["k=[16]"], "k: 16 of 8 answers cannot be taken"),
            ("arithmetic", ["n=0", "greedy=false"], "nothing is drawn"),
            ("arithmetic", ["sampling.temperature=0"], "8 answers at temperature 0 are the same"),
            ("arithmetic", ["items.families.only=[digit_sums]"], 'did you mean "digit_sum"?'),
            ("arithmetic", ["samples=4"], "samples: unknown key"),
            ("arithmetic", ["items.humaneval=true"], "found families and humaneval"),
        ],
    )
    def test_a_task_that_cannot_be_is_told_in_one_line(self, name, sets, told):
        with pytest.raises(UserError) as error:
            task.load(name, sets)
        assert told in str(error.value) and "\n" not in str(error.value)


def test_the_safety_questions_are_balanced_and_of_no_training_set():
    wanted, _, folder = task.load("safety", [])
    _, rows = items.read(wanted, folder)
    counts = {kind: sum(row["kind"] == kind for row in rows) for kind in ("harmful", "borderline", "helpful")}
    assert counts == {"harmful": 15, "borderline": 10, "helpful": 15}
    assert {row["language"] for row in rows} == {"en", "ja"}
    trained = (folder.parent / "references" / "safety.jsonl").read_text(encoding="utf-8")
    assert not [row["question"] for row in rows if row["question"] in trained]
