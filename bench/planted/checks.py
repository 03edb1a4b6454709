"""The pipelines' own stages, called as the runner does, one chain for each sort of row; no model.

A check takes a row and gives the reason that it is dropped for, as "rule: detail", or None. Those of tables take all
rows at once and give a reason for each.
"""

import socket
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import polars as pl

from factory.request import Choice, Reply
from factory.rows import Drop
from factory.sandbox import Limits
from factory.stage import Again, RowStage, TableStage
from factory.stages.agree import Agree
from factory.stages.benchmark_overlap import BenchmarkOverlap
from factory.stages.check_answer import CheckAnswer
from factory.stages.check_refusal import CheckRefusal
from factory.stages.extract_answers import ExtractAnswers
from factory.stages.filter import Filter
from factory.stages.instruct import Instruct
from factory.stages.near_duplicates import NearDuplicates
from factory.stages.run_tests import RunTests
from factory.stages.semantic_duplicates import SemanticDuplicates
from factory.stages.tag import Tag
from factory.text.copies import copies_any
from planted.duplicates import BENCHMARK

Data = dict[str, Any]
Reason = str | None
PROGRAM = Limits(seconds=1.0, memory_mb=128, output_kb=64)


@cache
def _answer() -> list[RowStage]:
    return [
        Tag(columns=("text",), question="question", instructions=("magpie/chat/{language}",)),
        Filter(limits={"characters": (12.0, 8000.0)}),
    ]


@cache
def _code() -> list[RowStage]:
    tags = Tag(
        responses="responses",
        question="question",
        programming="programming",
        instructions=("magpie/code/{language}",),
    )
    return [tags, Filter(responses="responses", limits={"characters": (40.0, 8000.0)})]


@cache
def _maths() -> list[RowStage]:
    prompts = ("maths/{language}/invent", "maths/{language}/judge_solution")
    return [
        ExtractAnswers(),
        Agree(),
        CheckAnswer(),
        Tag(columns=("solution",), questions=("problem",), instructions=prompts),
        Filter(),
    ]


@cache
def _safety() -> list[RowStage]:
    tags = Tag(columns=("text",), questions=("question",), question="question")
    limits = {"characters": (10.0, 2000.0), "refusal": None}
    return [tags, Filter(limits=limits), CheckRefusal(column="text")]


@cache
def _benchmark() -> list[RowStage]:
    return [BenchmarkOverlap(files=(BENCHMARK,))]


@cache
def _listener() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


@cache
def _run_tests() -> RunTests:
    return RunTests(limits=PROGRAM)


@cache
def _instruct(prompt: str, programming: str | None) -> Instruct:
    return Instruct(engine="e", prompt=prompt, programming=programming, attempts=1)


def _through(stages: Sequence[RowStage], row: Data) -> Reason:
    for stage in stages:
        (made,) = stage.emit(row, [])
        if isinstance(made, Drop):
            return made.reason
        if isinstance(made, Again):
            raise TypeError("none of these stages asks a model")
        row = made
    return None


def answer(row: Data) -> Reason:
    """An answer in prose: `question`, `text`."""
    return _through(_answer(), row)


def code(row: Data) -> Reason:
    """An answer with code: `question`, `programming`, `text`, `finish`."""
    one = {"text": row["text"], "thinking": None, "finish": row.get("finish", "stop"), "model": "m"}
    return _through(_code(), {**row, "responses": [{**one, "tags": [], "fault": None}]})


def maths(row: Data) -> Reason:
    """A solution: `problem`, `text`, `known_answer`."""
    one = {"text": row["text"], "thinking": None, "finish": row.get("finish", "stop"), "model": "m"}
    return _through(_maths(), {**row, "solutions": [{**one, "reasoning": None, "answer": None, "how": None}]})


def safety(row: Data) -> Reason:
    """An answer to a question whose `kind` is known: harmful, borderline or helpful."""
    return _through(_safety(), row)


def instruction(row: Data) -> Reason:
    """A user's turn that a model wrote: `text`, perhaps `programming`."""
    programming = "programming" if row.get("programming") else None
    prompt = "magpie/code/{language}" if programming else "magpie/chat/{language}"
    reply = Reply(choices=(Choice(text=row["text"], finish=row.get("finish", "stop")),), model="m")
    (made,) = _instruct(prompt, programming).emit(
        {"task": "write" if programming else "advice", "persona": None, **row}, [reply]
    )
    return made.reason if isinstance(made, Drop) else None


def telling(row: Data) -> Reason:
    """A telling of a fact: `text`, and the `sources` that it must not copy."""
    found = copies_any(row["text"], row["sources"])
    return f"copy: {found}" if found else None


def benchmark(row: Data) -> Reason:
    """A `problem` that may stand in a benchmark."""
    return _through(_benchmark(), row)


def program(row: Data) -> Reason:
    """A Python program, `code`, against `tests`; of a program that fails them, its own fault."""
    one = {
        "text": "",
        "code": row["code"].replace("PORT", str(_listener().getsockname()[1])),
        "finish": "stop",
        "model": "m",
        "passed": None,
        "total": None,
        "fault": None,
    }
    (made,) = _run_tests().emit({**row, "statement": "", "inputs": [], "samples": [], "programs": [one]}, [])
    if not isinstance(made, Drop):
        return None
    return made.row["programs"][0]["fault"] or made.reason


def near(rows: Sequence[Data]) -> list[Reason]:
    """Problems among which some are nearly copies of others."""
    return _decided(NearDuplicates(column="problem", threshold=0.8), rows)


def meaning(rows: Sequence[Data]) -> list[Reason]:
    """Problems among which some say what others do, in other words."""
    return _decided(SemanticDuplicates(column="problem", threshold=0.85, within="answer"), rows)


def _decided(stage: TableStage, rows: Sequence[Data]) -> list[Reason]:
    decided = pl.LazyFrame(stage.decide(pl.LazyFrame(list(rows)))).select("id", "_reason").collect()
    reasons = dict(decided.iter_rows())
    return [reasons[row["id"]] for row in rows]


CHECKS: dict[str, Callable[[Data], Reason]] = {
    check.__name__: check for check in (answer, code, maths, safety, instruction, telling, benchmark, program)
}
TABLES: dict[str, Callable[[Sequence[Data]], list[Reason]]] = {"near": near, "meaning": meaning}
