"""Pairs by policy: who is chosen, who is rejected, and what becomes of rows of which no pair can be made."""

import itertools

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from factory.columns import schema_of
from factory.records import candidate, score, scored
from factory.rows import Drop
from factory.stages._pairing import POLICIES, Candidate, Pick, rejected
from factory.stages.choose import Choose
from factory.stages.pair import Pair


def answers(*scores, texts=None, models=None, **more):
    made = []
    for at, value in enumerate(scores):
        text = texts[at] if texts else f"answer {at}"
        one = candidate(text, f"thought {at}", "stop", models[at] if models else "toy")
        named = [score("reward", value)] + [score(name, each[at]) for name, each in more.items()]
        made.append(scored(one, named))
    return {"id": "r", "responses": made}


def pair(row, **fields):
    return list(Pair(by="reward", on_unscored="reject", **fields).emit(row, ()))


def places(outs):
    return [(int(out["chosen"].split()[-1]), int(out["rejected"].split()[-1])) for out in outs]


ROW = answers(0.2, 0.9, 0.5, 0.8)


@pytest.mark.parametrize(("policy", "worse"), [("nearest", 3), ("farthest", 0)])
def test_the_best_is_set_against_the_nearest_or_the_farthest(policy, worse):
    (out,) = pair(ROW, policy=policy)
    assert places([out]) == [(1, worse)]
    assert out["margin"] == pytest.approx(0.9 - out["rejected_score"]) and out["pairing"] == "pair"
    assert (out["chosen_thinking"], out["chosen_model"], out["survivor"]) == ("thought 1", "toy", None)


def test_a_band_of_margins_and_the_one_nearest_to_its_middle():
    assert places(pair(ROW, policy="margin", band=(0.2, 0.6))) == [(1, 2)]
    assert places(pair(ROW, policy="farthest", band=(0, 0.5))) == [(1, 2)]
    (drop,) = pair(ROW, policy="nearest", band=(0.75, None))
    assert isinstance(drop, Drop) and drop.reason.startswith("no_gap")


def test_like_length():
    row = answers(0.1, 0.9, 0.5, texts=["abcde 0", "abcdef 1", "a 2"])
    (out,) = pair(row, policy="length")
    assert places([out]) == [(1, 0)] and out["length_difference"] == 1


def test_random_is_the_same_again_and_takes_each_in_turn():
    rows = [{**ROW, "id": f"r{number}"} for number in range(600)]
    taken = [places(pair(row, policy="random"))[0][1] for row in rows]
    assert taken == [places(pair(row, policy="random"))[0][1] for row in rows]
    assert all(150 < taken.count(worse) < 250 for worse in (0, 2, 3))


def test_at_most_m_pairs_of_a_row_all_with_the_same_chosen():
    assert places(pair(ROW, policy="nearest", most=2)) == [(1, 3), (1, 2)]
    assert len(pair(ROW, policy="nearest", most=9)) == 3


def test_equals_are_never_paired():
    (drop,) = pair(answers(0.5, 0.5))
    assert drop.reason.startswith("no_gap")
    (kept,) = pair(answers(0.5, 0.5), on_no_gap="keep")
    assert (kept["pairing"], kept["chosen"], kept["rejected"], kept["survivor"]) == ("no_gap", None, None, None)


def test_a_single_survivor_is_for_sft():
    row = answers(0.1, 0.9)
    row["responses"][1]["fault"] = "placeholder: TODO"
    (out,) = pair(row)
    assert (out["pairing"], out["survivor"], out["chosen"]) == ("single", "answer 0", None)
    (drop,) = pair(row, on_single="reject")
    assert drop.reason.startswith("single")
    row["responses"][0]["fault"] = "loop: …"
    assert pair(row)[0].reason.startswith("no_answer")


def test_no_text_is_set_against_itself_or_twice():
    texts = ["same 0", "same  0", "worse 2", "worse 2 "]
    row = answers(0.9, 0.1, 0.3, 0.2, texts=texts)
    outs = pair(row, policy="farthest", most=9)
    assert [(out["chosen"], out["rejected"].strip()) for out in outs] == [("same 0", "worse 2")]
    (drop,) = pair(answers(0.9, 0.1, texts=["same", "same"]))
    assert drop.reason.startswith("no_gap")


def test_a_single_survivor_needs_no_score_but_to_be_right_if_that_is_asked_for():
    (out,) = pair(answers(None))
    assert (out["pairing"], out["survivor"], out["survivor_score"]) == ("single", "answer 0", None)
    (out,) = pair(answers(None, correct=[1.0]), verified="correct")
    assert out["pairing"] == "single"
    (drop,) = pair(answers(0.5, correct=[0.0]), verified="correct")
    assert drop.reason.startswith("none_right")
    (drop,) = pair(answers(0.5, correct=[None]), verified="correct")
    assert drop.reason.startswith("unscored: correct")


def test_unscored_is_a_state_of_its_own():
    row = answers(0.1, None, 0.9)
    (drop,) = pair(row)
    assert drop.reason == "unscored: reward: 1 of 3 candidates"
    (out,) = Pair(by="reward", policy="nearest", on_unscored="keep").emit(row, ())
    assert places([out]) == [(2, 0)]
    (drop,) = Pair(by="reward", on_unscored="keep").emit(answers(None, None), ())
    assert drop.reason.startswith("unscored")
    (drop,) = Pair(by="rewards", on_unscored="keep").emit(answers(1.0, 2.0), ())
    assert drop.reason.startswith("unscored: rewards")


def test_verified_right_against_verified_wrong():
    row = answers(0.9, 0.8, 0.7, 0.1, correct=[0.0, 1.0, 1.0, 0.0])
    (drop,) = pair(answers(0.9, 0.8, correct=[0.0, 0.0]), verified="correct")
    assert drop.reason.startswith("none_right")
    assert places(pair(row, verified="correct", policy="nearest")) == [(1, 3)], "a wrong one that scores higher is none"
    only = Pair(by="correct", verified="correct", policy="length", on_unscored="reject")
    assert {places([out])[0] for out in only.emit(row, ())} <= {(1, 0), (1, 3)}


def test_of_the_same_model_or_of_two():
    row = answers(0.9, 0.5, 0.1, models=["a", "b", "a"])
    assert places(pair(row, policy="nearest", models="same")) == [(0, 2)]
    assert places(pair(row, policy="nearest", models="different")) == [(0, 1)]
    assert pair(answers(0.9, 0.5, models=["a", "a"]), models="different")[0].reason.startswith("no_gap")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"policy": "margin"}, "needs the least and the most"),
        ({"band": (0.5, 0.1)}, "the least first"),
        ({"policy": "closest"}, "nearest"),
    ],
)
def test_what_cannot_be_a_policy(fields, told):
    with pytest.raises(ValidationError, match=told):
        Pair(by="reward", on_unscored="reject", **fields)


def test_what_becomes_of_unscored_rows_has_no_default():
    with pytest.raises(ValidationError, match="on_unscored"):
        Pair(by="reward")


numbers = st.lists(st.tuples(st.floats(-5, 5), st.integers(0, 50)), min_size=2, max_size=8)


@settings(max_examples=200, deadline=None)
@given(numbers, st.sampled_from(POLICIES), st.floats(0, 3), st.floats(0, 3))
def test_whatever_the_policy_the_chosen_is_ahead_by_an_amount_within_the_band(drawn, policy, one, other):
    pool = [Candidate(at, value, length) for at, (value, length) in enumerate(drawn)]
    best = max(pool, key=lambda one: (one.score, -one.place))
    band = (min(one, other), max(one, other))
    found = rejected(Pick(policy, band), best, pool, "seed")
    assert all(best.score > worse.score and band[0] <= best.score - worse.score <= band[1] for worse in found)
    allowed = [worse for worse in pool if best.score > worse.score and band[0] <= best.score - worse.score <= band[1]]
    assert sorted(found) == sorted(allowed)
    gaps = [best.score - worse.score for worse in found]
    if policy in ("nearest", "farthest"):
        assert gaps == sorted(gaps, reverse=policy == "farthest")


def test_the_summary_sets_the_policies_side_by_side():
    stage = Pair(by="reward", policy="nearest", most=2, on_unscored="reject")
    rows = []
    for number in range(10):
        outs = [out for out in stage.emit({**ROW, "id": f"r{number}"}, ()) if not isinstance(out, Drop)]
        rows += [{**out, "id": f"r{number}.{at}", "_from": f"r{number}"} for at, out in enumerate(outs)]
    columns = {"id": str, "_from": str, **dict(stage.makes()), "responses": list}
    from factory.records import Response

    columns["responses"] = list[Response]
    frame = pl.DataFrame(rows, schema=schema_of(columns)).lazy()
    told = stage.summary(frame, frame)
    assert told[0] == "pair 20"
    assert [line.split(":")[0] for line in told[1:]] == list(POLICIES)
    assert told[1].startswith("nearest: 10 pairs, margin 0.1 (0.1 to 0.1)") and told[1].endswith("← this run")
    assert "margin 0.7" in told[2]


def test_best_of_n():
    stage = Choose(by="reward")
    (out,) = stage.emit(answers(0.2, None, 0.7, 0.7), ())
    assert (out["response"], out["response_score"]) == ("answer 2", 0.7)
    (drop,) = stage.emit(answers(None, None), ())
    assert drop.reason == "unscored: reward: 2 candidates"
    (first,) = Choose().emit(answers(0.2, 0.7), ())
    assert first["response"] == "answer 0" and "response_score" not in first


def test_orders_of_candidates_do_not_matter_to_the_pair():
    for order in itertools.permutations(range(4)):
        shuffled = {**ROW, "responses": [ROW["responses"][at] for at in order]}
        assert places(pair(shuffled, policy="farthest")) == [(1, 0)]
