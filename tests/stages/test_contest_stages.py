"""The stages of contest code, each on rows of its own: what they ask, and what they make of replies and programs."""

import polars as pl
import pytest
from pydantic import ValidationError

from factory import sandbox
from factory.errors import UserError
from factory.request import Choice, Reply
from factory.rows import Drop
from factory.stages import run_tests
from factory.stages.invent_contest import InventContest
from factory.stages.run_tests import RunTests
from factory.stages.seed_contest import SeedContest
from factory.stages.write_programs import WritePrograms
from factory.stages.write_tests import WriteTests

ROW = {"id": "r1", "topic": "arithmetic", "difficulty": 1, "language": "en"}
SUM = "a, b = map(int, input().split())\nprint(a + b)\n"
LESS = "a, b = map(int, input().split())\nprint(a - b)\n"
TESTS = [{"input": f"{a} {b}\n", "output": f"{a + b}\n"} for a, b in [(3, 5), (1, 0), (20, 20), (0, 7)]]
STATEMENT = "Add A and B.\n\n## Input\nA B\n\n## Output\nThe sum.\n\n## Sample Input 1\n3 5\n\n## Sample Output 1\n8\n"


def said(*texts, finish="stop"):
    return [Reply(tuple(Choice(text, finish) for text in texts), model="toy")]


def one(stage, row, replies=()):
    (made,) = stage.emit(row, replies)
    return made


def programs(*codes, finish="stop"):
    unread = {"finish": finish, "model": "toy", "passed": None, "total": None, "fault": None}
    return [{"text": f"```python\n{code}```", "code": code, **unread} for code in codes]


def run(*codes, tests=(), inputs=(), samples=(), finish="stop", **settings):
    row = {**ROW, "statement": STATEMENT, "tests": list(tests), "inputs": list(inputs), "samples": list(samples)}
    stage = RunTests(limits={"seconds": 2}, **settings)
    return one(stage, {**row, "programs": programs(*codes, finish=finish)})


class TestSeedContest:
    @pytest.mark.parametrize("language", ["en", "ja"])
    def test_a_family_gives_statement_tests_solution_and_examples_of_its_kind(self, language):
        stage = SeedContest(shares={"family": 1}, examples=3)
        for number in range(20):
            made = one(stage, {**ROW, "id": f"r{number}", "language": language})
            assert made["origin"] == "family" and made["statement"] and made["reference"] and len(made["tests"]) >= 5
            assert len(made["examples"]) == 3
            assert made["statement"] not in [example["statement"] for example in made["examples"]]
            assert all(example["inputs"] and example["solution"] for example in made["examples"])
            assert made == one(stage, {**ROW, "id": f"r{number}", "language": language})

    def test_shares_and_cells_without_a_family(self):
        stage = SeedContest(shares={"family": 1, "invented": 1})
        origins = [one(stage, {**ROW, "id": f"r{number}"})["origin"] for number in range(200)]
        assert 70 < origins.count("family") < 130
        for row in ({**ROW, "difficulty": 10}, {**ROW, "topic": "cooking"}, {**ROW, "language": "de"}):
            made = one(SeedContest(shares={"family": 1}), row)
            assert made["origin"] == "invented" and made["statement"] is None and made["tests"] == []
        assert made["examples"], "the nearest family's, for what a statement looks like"

    def test_only_some_families(self):
        made = one(SeedContest(shares={"family": 1}, only=("product",)), ROW)
        assert made["source"] == "family:product"
        with pytest.raises(ValidationError, match="no family 'prodct'; did you mean \"product\""):
            SeedContest(only=("prodct",))


class TestInventContest:
    STAGE = InventContest(engine="e")
    ROW = {**ROW, "statement": None, "examples": [{"statement": "Print A.\n\n…", "solution": "", "inputs": []}]}

    def test_it_asks_only_where_there_is_no_statement(self):
        (request,) = self.STAGE.ask(self.ROW)
        assert "calculation with a few integers" in request.messages[-1]["content"]
        assert "少数の整数の計算" in self.STAGE.ask({**self.ROW, "language": "ja"})[0].messages[-1]["content"]
        assert self.STAGE.ask({**self.ROW, "statement": "S"}) == []
        assert one(self.STAGE, {**self.ROW, "statement": "S"})["samples"] == []

    def test_sections_are_kept_and_hints_and_solutions_are_not(self):
        made = one(self.STAGE, self.ROW, said(f"{STATEMENT}\n## Solution\nprint(sum(…))"))
        assert made["samples"] == [{"input": "3 5\n", "output": "8\n"}] and made["statement_model"] == "toy"
        assert made["statement"].startswith("Add A and B.") and "Solution" not in made["statement"]
        layouts = {
            one(self.STAGE, {**self.ROW, "id": f"r{number}"}, said(STATEMENT))["statement"] for number in range(40)
        }
        assert len(layouts) > 2, "they do not all look alike"

    def test_japanese_headings(self):
        text = "A と B を足せ。\n\n【入力】\nA B\n【出力】\n和\n【入力例１】\n3 5\n【出力例１】\n8\n"
        made = one(self.STAGE, {**self.ROW, "language": "ja"}, said(text))
        assert "A と B を足せ。" in made["statement"] and "Input" not in made["statement"] and made["samples"]

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("I like contests.", "no_statement: it has no input"),
            ("", "no_statement: it has no story"),
            (STATEMENT.partition("## Sample")[0], "no_statement: it has no examples"),
            (STATEMENT.replace("Add A and B.", "Print A."), "copied_example"),
        ],
    )
    def test_what_is_no_statement_is_dropped(self, text, reason):
        assert one(self.STAGE, self.ROW, said(text)).reason == reason
        assert one(self.STAGE, self.ROW, said(STATEMENT, finish="length")).reason.startswith("cut_off")


def test_programs_are_read_out_of_all_answers_of_one_request():
    stage = WritePrograms(engine="e", n=2)
    row = {**ROW, "statement": "S", "examples": [{"statement": "T", "solution": SUM, "inputs": []}]}
    (request,) = stage.ask(row)
    assert request.n == 2 and [turn["content"] for turn in request.messages][1:] == ["T", f"```python\n{SUM}```", "S"]
    made = one(stage, row, said(f"Sure:\n```python\n{SUM}```", "I cannot."))
    assert [program["code"] for program in made["programs"]] == [SUM, None]
    assert made["programs"][0]["text"].startswith("Sure") and made["programs"][0]["passed"] is None


class TestWriteTests:
    STAGE = WriteTests(engine="e", most=4)
    ROW = {**ROW, "statement": STATEMENT, "tests": [], "examples": []}

    def test_it_asks_only_where_tests_are_not_known(self):
        assert len(self.STAGE.ask(self.ROW)) == 1 and self.STAGE.ask({**self.ROW, "tests": TESTS}) == []
        assert one(self.STAGE, {**self.ROW, "tests": TESTS})["inputs"] == []

    def test_a_list_is_read_and_a_generator_is_run(self):
        assert one(self.STAGE, self.ROW, said('["1 2", "3 4", "5 6"]'))["inputs"] == ["1 2\n", "3 4\n", "5 6\n"]
        generator = "```python\nimport json\nprint(json.dumps([f'{i} {i}' for i in range(9)]))\n```"
        assert one(self.STAGE, self.ROW, said(generator))["inputs"] == ["0 0\n", "1 1\n", "2 2\n", "3 3\n"]

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("no idea", "too_few_tests: 0"),
            ('["1 2"]', "too_few_tests: 1"),
            ("```python\nprint(1 / 0)\n```", "broken_generator: error: ZeroDivisionError: division by zero"),
            ("```python\nwhile True: print(1)\n```", "broken_generator: output"),
        ],
    )
    def test_too_few_or_a_generator_that_does_not_work(self, text, reason):
        assert one(self.STAGE, self.ROW, said(text)).reason == reason

    @pytest.mark.parametrize("language", ["en", "ja"])
    def test_the_prompt_for_generators_serves_too(self, language):
        stage = WriteTests(engine="e", prompt="contest/{language}/write_generator")
        (request,) = stage.ask({**self.ROW, "language": language})
        example = one(stage, self.ROW, said(request.messages[2]["content"]))
        assert len(example["inputs"]) == 10, "its own worked example works"


class TestRunTests:
    def test_a_program_that_passes_known_tests(self):
        made = run(LESS, SUM, SUM, tests=TESTS)
        assert made["solution"] == SUM and made["answer"] == f"```python\n{SUM}```"
        assert [(p["passed"], p["total"], p["fault"]) for p in made["programs"]] == [
            (1, 4, "wrong_output"),
            (4, 4, None),
            (4, 4, None),
        ]
        assert made["pass_rate"] == pytest.approx(2 / 3) and made["correct"] is True and made["tests"] == TESTS
        assert made["document"].startswith("Add A and B.") and made["document"].endswith(f"```python\n{SUM}```\n")
        assert made["solution_model"] == "toy"

    def test_why_programs_fail_known_tests(self):
        made = run(LESS, "print(undefined)\n", tests=TESTS)
        assert isinstance(made, Drop) and made.reason == "fails_tests: 1 of 4, wrong_output"
        assert made.row["programs"][1]["fault"].startswith("error: NameError")
        assert made.row["pass_rate"] == 0

    def test_a_program_that_hangs_is_given_up_and_the_rest_counts_as_failed(self, monkeypatch):
        ran = []
        monkeypatch.setattr(run_tests, "run", lambda *args: ran.append(args) or sandbox.run(*args))
        hanging = "a = input()\nwhile a != '3 5': pass\nprint(8)\n"
        made = run(hanging, tests=TESTS, give_up=1)
        assert made.reason == "fails_tests: 1 of 4, timeout" and len(ran) == 2

    def test_the_same_program_on_the_same_input_is_run_once(self, monkeypatch):
        ran = []
        monkeypatch.setattr(run_tests, "run", lambda *args: ran.append(args) or sandbox.run(*args))
        code = SUM + "# once\n"
        run(code, code, code, tests=TESTS)
        run(code, code, tests=TESTS)
        assert len(ran) == 4

    def test_no_program_and_a_forbidden_one(self):
        assert run(None, None, tests=TESTS).reason == "no_program: none in 2 answers"
        assert run(None, "import os\nos._exit(0)\n", tests=TESTS).reason == "forbidden: os"
        assert run("__import__('o' + 's')\n", tests=TESTS).reason == "forbidden: __import__"
        assert run("import heapq\n" + SUM, tests=TESTS)["pass_rate"] == 1
        assert run("import os\n" + SUM, tests=TESTS, forbid=())["pass_rate"] == 1

    def test_the_majority_gives_the_outputs_that_nobody_knows(self):
        made = run(SUM, SUM, LESS, None, inputs=["3 5\n", "1 0\n", "2 9\n"], samples=TESTS[:1])
        assert made["tests"] == [*TESTS[:2], {"input": "2 9\n", "output": "11\n"}]
        assert (made["correct"], made["pass_rate"], made["solution"]) == (None, 0.5, SUM)
        assert made["agreement"] == pytest.approx((0.5 + 0.75 + 0.5) / 3), "on 1 0 sum and difference are the same"

    def test_an_input_on_which_nobody_agrees_is_no_test(self):
        made = run(SUM, SUM, inputs=["3 5\n", "1 0\n", "nonsense\n", "2 9\n"])
        assert [test["input"] for test in made["tests"]] == ["3 5\n", "1 0\n", "2 9\n"]
        assert run(SUM, SUM, inputs=["3 5\n", "x\n", "y\n"]).reason == "no_majority: on 1 of 3 inputs"
        assert run(SUM, inputs=["3 5\n", "1 0\n", "2 9\n"]).reason.startswith("no_majority"), "one alone is no majority"

    def test_a_statement_whose_example_is_wrong(self):
        wrong = [{"input": "3 5\n", "output": "15\n"}]
        made = run(SUM, SUM, inputs=["1 0\n", "2 9\n"], samples=wrong)
        assert made.reason == "wrong_example: 1 says '15', most print '8'"
        assert run("x", "x", inputs=["1 0\n"], samples=wrong).reason == "wrong_example: 1 says '15', nobody agrees"

    def test_outputs_that_are_always_the_same_prove_nothing(self):
        made = run("print(7)\n", "print(7)\n", inputs=["3 5\n", "1 0\n", "2 9\n"])
        assert made.reason == "always_the_same: '7'"

    def test_an_answer_that_was_cut_off_is_not_kept(self):
        assert run(SUM, tests=TESTS, finish="length").reason.startswith("unfinished")

    def test_the_majority_is_compared_with_what_is_known(self):
        assert run(LESS, LESS, SUM, tests=TESTS)["correct"] is False
        made = pl.LazyFrame(
            {
                "agreement": [0.9, 0.7, 0.2],
                "correct": [True, False, True],
                "pass_rate": [0.5, 0.0, 1.0],
                "difficulty": [1, 1, 2],
                "source": ["a", "a", "b"],
                "programs": [[{"fault": None}, {"fault": "error: X"}], [{"fault": "timeout"}], [{"fault": None}]],
            }
        )
        lines = RunTests().summary(made, made)
        assert lines[0] == "programs that pass every test, by difficulty: 1: 25%, 2: 100%"
        assert lines[2] == "programs: passed 2, error 1, timeout 1"
        assert "right on every test 1 times in 2 (50%" in lines[3]


def test_without_a_sandbox_the_pipeline_is_refused_with_its_line(factory, write, monkeypatch):
    def nowhere(backend=None):
        raise UserError("there is no sandbox to run a model's program in: bubblewrap is not installed")

    monkeypatch.setattr(sandbox, "need", nowhere)
    path = write(
        "name: t\nengines: {e: {kind: scripted}}\nstages:\n  - tests.toys:Numbers\n  - run_tests: {least: 2}\n"
    )
    done = factory("plan", path)
    assert done.code == 2 and f"{path}:5: " in done.err and "there is no sandbox" in done.err
    assert len(done.err.strip().splitlines()) == 1
