"""The curves of a training and their page: names, going on after a checkpoint, charts, and nothing unescaped."""

import re
from types import SimpleNamespace

import polars as pl
import pytest

from factory.train import answers, curves
from factory.train.curves_page import by_length
from factory.train.linechart import Line, line_chart, short, ticks


def at(step, first=True):
    return SimpleNamespace(global_step=step, is_world_process_zero=first)


def logged(out, *logs, begin=0, first=True):
    recorder = curves.recorder(out)
    recorder.on_train_begin(None, at(begin, first), None)
    for step, numbers in logs:
        recorder.on_log(None, at(step, first), None, logs=numbers)


def test_keys_become_plain_names_and_only_numbers_are_kept(tmp_path):
    logs = {
        "loss": 1.5,
        "eval_loss": 1.25,
        "rewards/correct/mean": 0.5,
        "kl": None,
        "grad_norm": float("nan"),
        "epoch": 0.1,
        "eval_runtime": 3.0,
        "train_loss": 1.4,
        "note": "text",
        "something/new": 2,
    }
    logged(tmp_path, (10, logs))
    assert curves.read(tmp_path).rows() == [
        (10, "held-out loss", 1.25),
        (10, "loss", 1.5),
        (10, "reward by correct", 0.5),
        (10, "something/new", 2.0),
    ]


def test_a_training_that_goes_on_has_no_step_twice(tmp_path):
    logged(tmp_path, (0, {"eval_loss": 3.0}), *((step, {"loss": float(step)}) for step in range(1, 6)))
    logged(tmp_path, *((step, {"loss": step + 0.5}) for step in range(3, 7)), begin=2)
    frame = curves.read(tmp_path)
    assert frame.filter(pl.col("name") == "loss")["value"].to_list() == [1, 2, 3.5, 4.5, 5.5, 6.5]
    assert frame.row(0) == (0, "held-out loss", 3.0), "what was measured before is still there"


def test_only_the_first_process_writes(tmp_path):
    logged(tmp_path, (1, {"loss": 1.0}), first=False)
    assert curves.read(tmp_path).is_empty() and not (tmp_path / curves.FILE).exists()


def test_the_page_of_a_dpo_training(tmp_path):
    for step in (10, 20):
        numbers = {"rewards/chosen": 0.1 * step, "rewards/rejected": -0.1, "rewards/margins": 1.0, "loss": 0.5}
        logged(tmp_path, (step, {**numbers, "rewards/accuracies": 0.8, "eval_rewards/margins": 0.4}), begin=step - 10)
    page = curves.write_page(tmp_path).read_text(encoding="utf-8")
    titles = re.findall(r"<h3>(.*?)</h3>", page)
    assert titles == ["Loss", "Reward of the answers", "Margin", "Pairs told apart"]
    assert "held-out reward margin" in page and "1 → 2" in page


def test_the_page_of_nothing_says_so(tmp_path):
    assert "Nothing was logged yet" in curves.write_page(tmp_path).read_text(encoding="utf-8")


def drawn(out, lengths, loss_type, prompt="What is 1 + 2?"):
    from factory.train.aggregation import token_weights

    each = token_weights(lengths, loss_type, 100)
    numbers = range(len(lengths))
    kept = answers.Answers(out, ["correct"])
    columns = {
        "id": ["r"] * len(lengths),
        "prompt": [prompt] * len(lengths),
        "answer": [f"<script>alert({number})</script>" for number in numbers],
        "tokens": lengths,
        "finished": [True] * len(lengths),
        "reward_correct": [float(number % 2) for number in numbers],
        "reward": [float(number % 2) if number else None for number in numbers],
        "advantage": [1.0 if number % 2 else -1.0 for number in numbers],
        "weight": (each * lengths).tolist(),
        "token_weight": each.tolist(),
    }
    kept.add(1, columns)
    kept.fold()
    return answers.read(out)


@pytest.mark.parametrize(("loss_type", "falls"), [("grpo", True), ("dapo", False), ("dr_grpo", False)])
def test_the_length_bias_can_be_seen(tmp_path, loss_type, falls):
    lengths = [10, 10, 20, 20, 40, 40, 80, 80]
    found = by_length(drawn(tmp_path, lengths, loss_type))
    tokens, whole = [one["token"] for one in found], [one["answer"] for one in found]
    assert sum(one["answers"] for one in found) == len(lengths) and found[0]["right"] == 0.5
    if falls:  # a token of an answer of 10 counts for eight of an answer of 80, when right as when wrong
        assert tokens[0] / tokens[-1] == pytest.approx(8) and whole == pytest.approx([1] * len(whole))
        assert found[0]["up"] / found[-1]["up"] == found[0]["down"] / found[-1]["down"] == pytest.approx(8)
    else:
        assert tokens == pytest.approx([1] * len(tokens)) and whole[-1] / whole[0] == pytest.approx(8)


def test_the_page_shows_answers_and_runs_nothing_of_them(tmp_path):
    drawn(tmp_path, [3, 3, 9, 9], "grpo", prompt="<b>三たす五は？</b>")
    page = curves.write_page(tmp_path).read_text(encoding="utf-8")
    assert "<script" not in page and "&lt;script&gt;alert(1)" in page
    assert "&lt;b&gt;三たす五は？" in page and "unscored" in page and "What an answer counts for" in page
    outside = re.findall(r'(?:src|href)="(?!#)([^"]*)"|url\(', page)
    assert not outside and "Content-Security-Policy" in page


def test_answers_go_back_to_a_checkpoint(tmp_path):
    kept = answers.Answers(tmp_path, [])
    row = {name: [None] for name in answers.schema([]) if name != "step"}
    for step in (1, 2, 3):
        kept.add(step, row)
        if step == 2:
            kept.fold()
    kept.add(2, {**row, "answer": ["again"]})  # as a kill leaves it between the fold and the removal of the steps
    assert answers.read(tmp_path)["step"].to_list() == [1, 2, 3]
    assert answers.read(tmp_path)["answer"].to_list() == [None, "again", None]
    kept.rewind(1)
    assert answers.read(tmp_path)["step"].to_list() == [1]


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (0.13, 1.9), (-3, 12), (5, 5), (0, 0), (1e-7, 3e-7), (123456, 987654), (-1, -0.2)]
)
def test_ticks_are_few_and_reach_over_the_values(low, high):
    marks = ticks(low, high)
    assert 3 <= len(marks) <= 7 and marks[0] <= low and marks[-1] >= high
    assert len({short(mark) for mark in marks}) == len(marks)


def test_a_long_line_is_thinned_and_a_name_is_escaped():
    chart = str(line_chart("<loss>", [Line("a & b", range(5000), [1.0] * 5000)], "step"))
    (points,) = re.findall(r'points="([^"]*)"', chart)
    assert 200 <= len(points.split()) <= 400
    assert "&lt;loss&gt;" in chart and "a &amp; b" in chart
