"""Closed-book answers of the target model."""

from factory.prompts import Prompt
from factory.request import Choice, Reply
from factory.stages.probe import Probe

ROW = {"id": "r1", "language": "en", "question": "How high is Mount Ngerchelchuus?", "chunk": "242 m", "span": "242 m"}


def test_the_question_is_asked_n_times_and_nothing_of_the_text_is_shown():
    (request,) = Probe(engine="e", n=3).ask(ROW)
    assert request.n == 3 and request.messages[-1]["content"] == ROW["question"]
    assert "242" not in str(request.messages)


def test_a_base_model_is_asked_without_a_chat():
    stage = Probe(engine="e", prompt=Prompt("knowledge/{language}/probe_completion"))
    (request,) = stage.ask({**ROW, "language": "ja"})
    assert stage.uses() == {"completion"} and request.prompt.endswith(f"質問：{ROW['question']}\n答え：")


def test_the_answers_are_kept_unmarked():
    (row,) = Probe(engine="e", n=2).emit(ROW, [Reply((Choice(" 242 m\n"), Choice("300 m")), model="toy")])
    assert row["target_model"] == "toy"
    assert row["attempts"] == [
        {"text": "242 m", "mark": None, "by": None},
        {"text": "300 m", "mark": None, "by": None},
    ]
