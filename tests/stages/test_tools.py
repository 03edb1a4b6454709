"""Solutions in the midst of which programs are run, in a real sandbox: what goes to the model, and what comes of it."""

import pytest

from factory.request import Choice, Fault, Message, Reply
from factory.rows import Drop
from factory.stage import Again
from factory.stages.agree import Agree
from factory.stages.check_answer import CheckAnswer
from factory.stages.extract_answers import ExtractAnswers
from factory.stages.solve import Solve
from tests.conftest import ROOT

ROW = {"id": "r1", "language": "en", "tools": True, "problem": "What is 17 * 23?", "examples": [], "solutions": []}
STAGE = Solve(engine="e", n=1, calls={"most": 3, "limits": {"seconds": 2}})


def said(*texts, finish="stop"):
    return Reply(tuple(Choice(text, finish) for text in texts), model="toy")


def call(code, before="I compute."):
    return f"{before}\n```python\n{code}\n```\n"


def exchange(stage, *rounds, row=ROW):
    """Give the model's texts in turn; give what the stage made in the end, and the chats that it asked with."""
    chats = [request.messages for request in stage.ask(row)]
    for number, texts in enumerate(rounds, 1):
        (made,) = stage.emit(row, [said(*texts)] if number == 1 else [said(text) for text in texts])
        if not isinstance(made, Again):
            assert number == len(rounds)
            return made, chats
        row, more = made.row, [request.messages for request in made.requests]
        chats += more
    return made, chats


def turns(made, number=0):
    return [(turn["role"], turn["content"]) for turn in made["solutions"][number]["transcript"]]


def test_the_output_of_a_program_comes_back_and_the_model_goes_on():
    made, chats = exchange(STAGE, [call("print(17 * 23)")], ["So it is 391.\n\\boxed{391}"])
    asked = "I compute.\n```python\nprint(17 * 23)\n```"
    assert turns(made) == [("assistant", asked), ("tool", "391"), ("assistant", "So it is 391.\n\\boxed{391}")]
    first, second = chats
    assert second == (*first, Message(role="assistant", content=f"{asked}\n```output\n391\n```"))
    (solution,) = made["solutions"]
    assert solution["text"] == f"{asked}\n```output\n391\n```\nSo it is 391.\n\\boxed{{391}}"
    assert (solution["finish"], solution["model"]) == ("stop", "toy")


def test_each_request_stops_where_an_output_would_begin():
    (request,) = STAGE.ask(ROW)
    assert request.stop == ("```output",) and request.n == 1 and "```python" in str(request.messages)
    assert STAGE.uses() >= {"prefill", "chat"} and STAGE.slow


def test_rows_without_tools_are_solved_as_ever():
    plain = {**ROW, "tools": False}
    (request,) = STAGE.ask(plain)
    assert request.stop == () and request == Solve(engine="e", n=1).ask(plain)[0]
    (made,) = STAGE.emit(plain, [said(call("print(1)"))])
    assert made["solutions"][0]["transcript"] is None and made["solutions"][0]["text"].endswith("```")
    without = Solve(engine="e")
    assert not without.slow and "prefill" not in without.uses() and without.ask(ROW)[0].stop == ()


def test_several_solutions_go_on_each_for_itself():
    stage = Solve(engine="e", n=3, calls={"most": 2})
    made, chats = exchange(stage, [call("print(1)"), "\\boxed{9}", call("print(3)")], ["\\boxed{1}", "\\boxed{3}"])
    assert len(chats) == 3 and [chat[-1]["content"][-5] for chat in chats[1:]] == ["1", "3"]
    assert [len(turns(made, number)) for number in range(3)] == [3, 1, 3]
    assert [turns(made, number)[-1][1] for number in range(3)] == ["\\boxed{1}", "\\boxed{9}", "\\boxed{3}"]


def test_a_later_program_knows_the_names_of_an_earlier_one_and_only_its_own_output_is_shown():
    made, _ = exchange(STAGE, [call("x = 20\nprint('first', x)")], [call("print(x + 1)")], ["\\boxed{21}"])
    assert [content for role, content in turns(made) if role == "tool"] == ["first 20", "21"]


def test_an_error_goes_back_and_what_failed_is_not_run_again():
    made, chats = exchange(STAGE, [call("y = 5")], [call("z = y / 0")], [call("print(y)")], ["\\boxed{5}"])
    outputs = [content for role, content in turns(made) if role == "tool"]
    assert outputs[0] == "" and outputs[1].endswith("ZeroDivisionError: division by zero") and outputs[2] == "5"
    assert chats[1][-1]["content"].endswith("```output\n\n```") and "ZeroDivisionError" in chats[2][-1]["content"]


def test_a_block_whose_end_the_stop_took_with_it_is_a_call_too():
    made, _ = exchange(STAGE, ["I compute.\n```python\nprint(6)\n"], ["\\boxed{6}"])
    assert turns(made)[0][1] == "I compute.\n```python\nprint(6)\n```" and turns(made)[1] == ("tool", "6")


@pytest.mark.parametrize("text", ["```\nprint(1)\n```", "```python\n```", call("print(1)") + "That is it.", "No.", ""])
def test_what_is_no_call_ends_the_solution(text):
    made, _ = exchange(STAGE, [text])
    assert turns(made) == [("assistant", text.strip())]


def test_a_call_too_many_is_not_run_and_cuts_the_solution_off():
    stage = Solve(engine="e", n=1, calls={"most": 2})
    made, _ = exchange(stage, [call("print(1)")], [call("print(2)")], [call("print(3)")])
    assert [role for role, _ in turns(made)] == ["assistant", "tool", "assistant", "tool", "assistant"]
    assert made["solutions"][0]["finish"] == "length"


def test_what_is_cut_off_is_not_run():
    (made,) = STAGE.emit(ROW, [said(call("print(1)"), finish="length")])
    assert [role for role, _ in turns(made)] == ["assistant"] and made["solutions"][0]["finish"] == "length"


def test_one_solution_that_gets_no_reply_does_not_take_the_others_along():
    stage = Solve(engine="e", n=2, calls={"most": 2})
    (again,) = stage.emit(ROW, [said(call("print(1)"), call("print(2)"))])
    fault = Reply(fault=Fault("too_long", "more than fits", retry=False))
    (made,) = stage.emit(again.row, [fault, said("\\boxed{2}")])
    assert [solution["finish"] for solution in made["solutions"]] == ["length", "stop"]
    (read,) = ExtractAnswers().emit(made, [])
    assert [solution["answer"] for solution in read["solutions"]] == [None, "2"], "an output is no answer"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("busy_loop", "stopped: timeout"),
        ("memory_bomb", "stopped: memory"),
        ("flood_stdout", "stopped: output"),
        ("tcp", ""),
        ("repository", ""),
    ],
)
def test_a_hostile_program_is_held_and_the_model_is_told(name, told):
    code = (ROOT / f"tests/hostile/{name}.py").read_text(encoding="utf-8")
    made, _ = exchange(STAGE, [call(code)], ["\\boxed{1}"])
    (output,) = [content for role, content in turns(made) if role == "tool"]
    assert told in output and len(output) < 1100 and "[project]" not in output


def test_an_output_can_neither_end_its_block_nor_be_endless():
    made, chats = exchange(STAGE, [call("print('```')\nprint('x' * 5000)")], ["\\boxed{1}"])
    output = turns(made)[1][1]
    assert output.startswith("'''") and output.endswith(" …") and len(output) < 1100
    assert chats[1][-1]["content"].count("```") == 5, "of which one is the program's own"


def test_outputs_can_be_turns_of_the_user_for_engines_that_cannot_begin_an_answer():
    stage = Solve(engine="e", n=1, calls={"most": 2, "prefill": False})
    assert "prefill" not in stage.uses()
    made, (first, second) = exchange(stage, [call("print(4)")], ["\\boxed{4}"])
    assert second[len(first) :] == (
        Message(role="assistant", content="I compute.\n```python\nprint(4)\n```"),
        Message(role="user", content="```output\n4\n```"),
    )
    assert [role for role, _ in turns(made)] == ["assistant", "tool", "assistant"]


def test_japanese():
    row = {**ROW, "language": "ja", "problem": "17 × 23 はいくつですか。"}
    made, (first, _) = exchange(STAGE, [call("print('答え：', 17 * 23)", "計算します。")], ["\\boxed{391}"], row=row)
    assert "プログラム" in first[0]["content"] and turns(made)[1] == ("tool", "答え： 391")


def test_from_the_exchange_to_the_conversation_that_is_exported():
    made, _ = exchange(STAGE, [call("print(17 * 23)\nprint(999)")], ["Of the two it is the first.\n\\boxed{391}"])
    (read,) = ExtractAnswers().emit(made, [])
    (solution,) = read["solutions"]
    assert (solution["answer"], solution["how"]) == ("391", "boxed")
    assert solution["reasoning"].endswith("Of the two it is the first.") and "999" in solution["reasoning"]
    (agreed,) = Agree().emit({**read, "known_answer": "391"}, [])
    (checked,) = CheckAnswer().emit(agreed, [])
    roles = [turn["role"] for turn in checked["conversation"]]
    assert roles == ["user", "assistant", "tool", "assistant"]
    assert checked["conversation"][0]["content"] == ROW["problem"]
    (mended,) = CheckAnswer().emit({**agreed, "solution": "17 × 23 = 391\n\\boxed{391}"}, [])
    assert [turn["role"] for turn in mended["conversation"]] == ["user", "assistant"], (
        "what was rewritten is no transcript"
    )
    plain, _ = exchange(STAGE, ["\\boxed{391}"])
    (agreed,) = Agree().emit({**next(iter(ExtractAnswers().emit(plain, []))), "known_answer": "391"}, [])
    (checked,) = CheckAnswer().emit(agreed, [])
    assert [turn["role"] for turn in checked["conversation"]] == ["user", "assistant"]


@pytest.mark.parametrize(
    ("solution", "reason"),
    [("We add: 391.", "unboxed"), ("\\boxed{390}", "wrong"), ("I do not know.", "no_answer")],
)
def test_a_solution_is_held_to_its_answer(solution, reason):
    row = {**ROW, "solution": solution, "answer": "391"}
    (drop,) = CheckAnswer().emit(row, [])
    assert drop.reason.split(":")[0] == reason
    if reason == "unboxed":
        (made,) = CheckAnswer(boxed=False).emit(row, [])
        assert made["how"] != "boxed"


def test_what_a_program_printed_is_no_answer():
    made, _ = exchange(STAGE, [call("print('#### 7')")], ["I give up."])
    (read,) = ExtractAnswers().emit(made, [])
    (dropped,) = Agree().emit({**read, "known_answer": "7"}, [])
    assert isinstance(dropped, Drop) and dropped.reason.startswith("no_answer")
