"""Runs each candidate program on each test in the sandbox; keeps a problem only with a program that passes them all.

    - run_tests: {limits: {seconds: 5, memory_mb: 256}, min_agreement: 0.6}

Where outputs are known, they are compared as judges do. Where only inputs are, the output that most candidates print
is taken for right: programs that behave alike are likely right together (AlphaCode's clusters, Li et al.,
arXiv:2203.07814; CodeT, Chen et al., arXiv:2207.10397). An input on which too few agree is no test, and a statement
whose own examples the majority contradicts is rejected. How much agreement proves is measured on the rows of the same
run whose outputs are known, and told in the summary.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import ClassVar

import polars as pl
from pydantic import Field

from factory.contest.imports import imported
from factory.contest.outputs import majority_output, same_output
from factory.contest.records import Program, Test
from factory.maths.statistics import wilson
from factory.request import Reply
from factory.rows import Columns, Drop, Row
from factory.sandbox import Backend, Limits, run
from factory.stage import RowStage
from factory.stages._sandboxed import Sandboxed, complaint

_LIMITS_REACHED = ("timeout", "memory", "output")
Ran = tuple[str | None, str | None]
"""What a program printed, or why it did not come to a good end."""


class RunTests(Sandboxed, RowStage):
    """Chooses the row's `solution` and the `answer` that it stands in; `pass_rate` is the share that pass all tests."""

    slow: ClassVar[bool] = True
    min_agreement: float = Field(0.5, ge=0, le=1)
    """Share of the candidates that must print the same, where the output is not known; two at least, alike or not."""
    least: int = Field(3, ge=1)
    """Tests that a problem must have, where the outputs are not known."""
    most: int = Field(20, ge=1)
    """Tests that are run; what there is beyond them is left out."""
    give_up: int = Field(1, ge=1)
    """A program that has run into a limit so often is not run again: its further tests count as failed."""
    forbid: tuple[str, ...] = (
        "importlib",
        "ctypes",
        "multiprocessing",
        "os",
        "shutil",
        "signal",
        "socket",
        "subprocess",
        "__import__",
    )
    """A program that imports one of these is not run."""

    def needs(self) -> set[str]:
        return {"statement", "tests", "inputs", "samples", "programs"}

    def makes(self) -> Columns:
        return {
            "programs": list[Program],
            "tests": list[Test],
            "agreement": float,
            "correct": bool | None,
            "pass_rate": float,
            "solution": str,
            "answer": str,
            "document": str,
            "solution_model": str,
        }

    def emit(self, row: Row, replies: Sequence[Reply]) -> Iterable[Row | Drop]:
        known: list[Test] = row["tests"][: self.most]
        programs: list[Program] = row["programs"]
        refused = [self._refused(program) for program in programs]
        if all(refused):
            reasons = [reason or "" for reason in refused]
            faulty = [{**program, "fault": reason} for program, reason in zip(programs, reasons, strict=True)]
            yield Drop({**row, "programs": faulty, "pass_rate": 0.0}, _most_telling(reasons))
            return
        shown = [sample["input"] for sample in row["samples"]]
        inputs = [test["input"] for test in known] or list(dict.fromkeys([*shown, *row["inputs"]]))[: self.most]
        alone: dict[str, list[Ran]] = {}
        for program, reason in zip(programs, refused, strict=True):
            if reason is None and program["code"] not in alone:
                alone[str(program["code"])] = self._all(str(program["code"]), inputs)
        ran = [
            alone[str(program["code"])] if reason is None else [(None, reason)] * len(inputs)
            for program, reason in zip(programs, refused, strict=True)
        ]
        votes = [majority_output([outputs[at][0] for outputs in ran]) for at in range(len(inputs))]
        if known:
            tests, kept = known, list(range(len(known)))
        else:
            kept = [at for at, vote in enumerate(votes) if self._settled(vote, len(programs))]
            tests = [Test(input=inputs[at], output=votes[at][0] or "") for at in kept]
        voted = {
            **row,
            "tests": tests,
            "agreement": sum(votes[at][1] for at in kept) / len(kept) if kept else 0.0,
            "correct": all(_same(votes[at][0], tests[at]["output"]) for at in kept) if known else None,
        }
        if not known and (reason := self._unsettled(row["samples"], tests, len(inputs))):
            yield Drop(voted, reason)
            return
        judged = [
            _judged(program, [outputs[at] for at in kept], tests)
            for program, outputs in zip(programs, ran, strict=True)
        ]
        yield _decided({**voted, "programs": judged})

    def _refused(self, program: Program) -> str | None:
        """Say why a candidate is not run."""
        if program["code"] is None:
            return "no_program"
        found = imported(program["code"]) & set(self.forbid)
        return f"forbidden: {min(found)}" if found else None

    def _all(self, code: str, inputs: Sequence[str]) -> list[Ran]:
        done: list[Ran] = []
        reached = 0
        for text in inputs:
            ran = done[-1] if reached >= self.give_up else _run(code, text, self.limits, self.backend)
            reached += ran[1] in _LIMITS_REACHED
            done.append((None, ran[1]) if reached > self.give_up else ran)
        return done

    def _settled(self, vote: tuple[str | None, float], voters: int) -> bool:
        output, share = vote
        return output is not None and share >= self.min_agreement and round(share * voters) >= 2

    def _unsettled(self, samples: Sequence[Test], tests: Sequence[Test], asked: int) -> str | None:
        """Say why what the majority prints is no set of tests."""
        settled = {test["input"]: test["output"] for test in tests}
        for number, sample in enumerate(samples, 1):
            got = settled.get(sample["input"])
            if not _same(got, sample["output"]):
                said = "nobody agrees" if got is None else f"most print {got.strip()[:60]!r}"
                return f"wrong_example: {number} says {sample['output'].strip()[:60]!r}, {said}"
        if len(tests) < self.least:
            return f"no_majority: on {len(tests)} of {asked} inputs"
        if all(_same(test["output"], tests[0]["output"]) for test in tests):
            return f"always_the_same: {tests[0]['output'].strip()[:60]!r}"
        return None

    def summary(self, made: pl.LazyFrame, kept: pl.LazyFrame) -> list[str]:
        """Set measured difficulty beside the one asked for, name the faults, and say what agreement proves."""
        ran = made.filter(pl.col("pass_rate").is_not_null())
        lines = []
        for name in {"difficulty", "source"} & set(made.collect_schema()):
            rates = ran.group_by(name).agg(pl.col("pass_rate").mean()).sort(name).collect()
            shares = ", ".join(f"{value}: {rate:.0%}" for value, rate in rates.iter_rows())
            lines += [f"programs that pass every test, by {name}: {shares}"] * bool(shares)
        programs = ran.select(pl.col("programs").explode().struct.field("fault").str.split(":").list.first())
        faults = programs.group_by("fault").len().sort("len", "fault", descending=[True, False]).collect()
        told = ", ".join(f"{fault or 'passed'} {count:,}" for fault, count in faults.iter_rows())
        return sorted(lines) + [f"programs: {told}"] * bool(told) + self._trust(made)

    def _trust(self, made: pl.LazyFrame) -> list[str]:
        known = made.filter(pl.col("correct").is_not_null(), pl.col("agreement") >= self.min_agreement)
        right = known.select("correct").collect()["correct"]
        if not len(right):
            return []
        passed = int(right.sum())
        low, high = wilson(passed, len(right))
        return [
            f"where the outputs are known, a majority of {self.min_agreement:.0%} or more was right on every test "
            f"{passed} times in {len(right)} ({passed / len(right):.0%}, 95 % interval {low:.0%} to {high:.0%}); "
            f"for invented problems take it as an upper bound"
        ]


@lru_cache(256)
def _run(code: str, text: str, limits: Limits, backend: Backend | None) -> Ran:
    """Run a program on an input; the same on the same is run once."""
    outcome = run(code, text, limits, backend)
    return (outcome.stdout, None) if outcome.end == "ok" else (None, complaint(outcome))


def _same(got: str | None, want: str) -> bool:
    return got is not None and same_output(got, want)


def _judged(program: Program, ran: Sequence[Ran], tests: Sequence[Test]) -> Program:
    faults = [
        why if out is None else None if same_output(out, test["output"]) else "wrong_output"
        for (out, why), test in zip(ran, tests, strict=True)
    ]
    first = next((fault for fault in faults if fault), None)
    return {**program, "passed": faults.count(None), "total": len(tests), "fault": first}


def _decided(row: Row) -> Row | Drop:
    """Choose the first whole answer whose program passes every test."""
    programs: list[Program] = row["programs"]
    passing = [program for program in programs if program["fault"] is None]
    row["pass_rate"] = len(passing) / len(programs)
    if not passing:
        best = max(programs, key=lambda program: program["passed"] or 0)
        return Drop(row, f"fails_tests: {best['passed']} of {best['total']}, {best['fault']}"[:300])
    whole = next((program for program in passing if program["finish"] != "length"), None)
    if whole is None or whole["code"] is None:
        return Drop(row, "unfinished: every answer with a right program was cut off")
    return {
        **row,
        "solution": whole["code"],
        "answer": whole["text"],
        "document": f"{row['statement'].rstrip()}\n\n```python\n{whole['code']}```\n",
        "solution_model": whole["model"],
    }


def _most_telling(reasons: Sequence[str]) -> str:
    """Give the reason of a row none of whose candidates can be run."""
    forbidden = [reason for reason in reasons if reason.startswith("forbidden")]
    return forbidden[0] if forbidden else f"no_program: none in {len(reasons)} answers"
