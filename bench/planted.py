"""Planted defects: of every kind of bad row, how many the checks catch, and what good rows the same rules take.

    python bench/planted.py [--quick] [--half dev|held-out|all] [--examples 3]

Good rows in English and Japanese (solutions, code in twelve languages, answers, refusals, tellings, users' turns,
programs) and bad ones made of them go through the pipelines' own stages (`planted/checks.py`); no model is asked. The
recall of a kind is the share of its rows that are dropped, for whatever reason. Its precision is that of the rules
which did it: of all that they drop in rows of this sort and language, the share that was planted. Rules are developed
on one half of the texts and spellings (`dev`); the figures that count are those of the other, which is the default.

What no rule claims to see is shown too, without a bar: it is for judges, or for a rule yet to be written.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import chain
from typing import NamedTuple

from planted import chat, code, duplicates, instructions, maths, programs, safety, tellings
from planted.case import Case, halves
from planted.checks import CHECKS, TABLES

CORPORA = (maths, code, chat, safety, instructions, tellings, duplicates, programs)
BAR, MOST_LOST = 0.98, 0.01
BEYOND_RULES = {
    "steps contradicting a right answer": "a judge's",
    "paraphrase": "an embedding model's",
}
"""Kinds that need a model to be seen."""
NO_RULE = {"missing code"}
"""Kinds that a rule could see, but none is there."""
HALVES = {"dev": 0, "held-out": 1, "all": None}
QUICK = 4
"""Rows of a kind in the quick form, of programs one; of good rows, every this many."""

Told = tuple[Case, str | None]
"""A case, and the reason that it was dropped for."""


class Figures(NamedTuple):
    """What became of the rows of one kind in one language."""

    planted: int
    caught: int
    rules: Counter[str]
    lost: int
    """Good rows of the same sort and language that the same rules drop."""
    rightly: int
    """Planted rows of any kind, of the same sort and language, that they drop."""

    @property
    def recall(self) -> float:
        return self.caught / self.planted

    @property
    def precision(self) -> float:
        return self.rightly / (self.rightly + self.lost) if self.rightly else 1.0


def judge(cases: list[Case]) -> list[Told]:
    """Give each case to its check."""
    told = [(case, CHECKS[case.check](case.row)) for case in cases if case.check in CHECKS]
    for name, table in TABLES.items():
        rows = [case for case in cases if case.check == name]
        if rows:
            told += zip(rows, table([case.row for case in rows]), strict=True)
    return told


def measure(told: list[Told]) -> dict[tuple[str, str, str], Figures]:
    """Count by check, kind and language."""
    rules: dict[tuple[str, str, str], Counter[str | None]] = defaultdict(Counter)
    lost: dict[tuple[str, str], Counter[str | None]] = defaultdict(Counter)
    rightly: dict[tuple[str, str], Counter[str | None]] = defaultdict(Counter)
    for case, reason in told:
        if case.kind is not None:
            rules[case.check, case.kind, case.language][_rule(reason)] += 1
            rightly[case.check, case.language][_rule(reason)] += 1
        else:
            lost[case.check, case.language][_rule(reason)] += 1
    figures = {}
    for (check, kind, language), counts in rules.items():
        caught = Counter({rule: count for rule, count in counts.items() if rule})
        mistaken, right = (sum(each[check, language][rule] for rule in caught) for each in (lost, rightly))
        figures[check, kind, language] = Figures(counts.total(), caught.total(), caught, mistaken, right)
    return figures


def _rule(reason: str | None) -> str | None:
    return reason.split(":")[0] if reason else None


def quick(cases: Iterator[Case]) -> Iterator[Case]:
    """Keep a few rows of each kind, and every few of the good ones; no table of embeddings."""
    seen: Counter[tuple[str, str | None, str]] = Counter()
    for case in cases:
        seen[case.check, case.kind, case.language] += 1
        number = seen[case.check, case.kind, case.language]
        if case.check != "meaning" and (
            number % QUICK == 0 if case.kind is None else number <= (1 if case.check == "program" else QUICK)
        ):
            yield case


def _bar(kind: str, found: Figures) -> str:
    if kind in BEYOND_RULES:
        return BEYOND_RULES[kind]
    if kind in NO_RULE:
        return "no rule yet"
    return "" if found.recall >= BAR and found.precision >= BAR else "MISSED"


def table(figures: dict[tuple[str, str, str], Figures]) -> bool:
    """Print a line for each kind and language; tell whether a bar was missed."""
    print(f"{'kind':<50} lang planted caught recall  good precision  by")
    missed = False
    for (_, kind, language), found in figures.items():
        bar = _bar(kind, found)
        missed |= bar == "MISSED"
        rules = ", ".join(f"{rule} {count}" for rule, count in found.rules.most_common(3)) or "-"
        print(
            f"{kind:<50} {language:<4} {found.planted:>7} {found.caught:>6} {found.recall:>6.3f} {found.lost:>5} "
            f"{found.precision:>9.3f}  {rules}{'  <- ' * bool(bar)}{bar}"
        )
    return missed


def totals(told: list[Told], figures: dict[tuple[str, str, str], Figures]) -> bool:
    """Print what was caught and lost in all; tell whether more than the bar was lost."""
    kinds = {kind for _, kind, _ in figures}
    barred = [found for (_, kind, _), found in figures.items() if kind not in BEYOND_RULES and kind not in NO_RULE]
    planted, caught = sum(found.planted for found in barred), sum(found.caught for found in barred)
    print(f"\n{len(kinds)} kinds; under a bar {caught:,} of {planted:,} planted rows caught ({caught / planted:.2%})")
    good: Counter[str] = Counter(case.check for case, _ in told if case.kind is None)
    taken = Counter(case.check for case, reason in told if case.kind is None and reason)
    print(
        f"good rows lost: {taken.total()} of {good.total():,} ({taken.total() / good.total():.2%}, bar {MOST_LOST:.0%})"
    )
    for check, count in good.items():
        rules = Counter(_rule(reason) for case, reason in told if case.kind is None and case.check == check and reason)
        said = ", ".join(f"{rule} {times}" for rule, times in rules.most_common())
        print(f"  {check:<12} {taken[check]:>4} of {count:>5,}  {said}")
    return taken.total() > MOST_LOST * good.total()


def examples(told: list[Told], most: int) -> None:
    """Print what was let through by kind, and what good rows were taken by rule."""
    groups: dict[str, list[str]] = defaultdict(list)
    for case, reason in told:
        shown = case.row.get("code") or case.row.get("text") or case.row.get("problem") or ""
        if case.kind is None and reason:
            groups[f"good, {case.language}, {_rule(reason)}"].append(f"{reason[:100]} | {shown[:60]!r}")
        elif case.kind is not None and reason is None:
            groups[f"{case.kind}, {case.language}"].append(f"stem {case.stem}: {shown[:60]!r} ... {shown[-90:]!r}")
    for name, lines in groups.items():
        print(f"\n{name}: {len(lines)}")
        for line in lines[:: max(1, len(lines) // most)][:most]:
            print(f"  {line}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", "--smoke", action="store_true", help="a few rows of each kind, in seconds")
    parser.add_argument("--half", choices=HALVES, default="held-out")
    parser.add_argument("--examples", type=int, default=0, metavar="N", help="show N rows of each mistake")
    options = parser.parse_args()
    began = time.monotonic()
    makers: list[Callable[[], Iterator[Case]]] = [maker for one in CORPORA for maker in (one.bad, one.good)]
    cases = halves(chain.from_iterable(maker() for maker in makers), HALVES[options.half])
    told = judge(list(quick(cases) if options.quick else cases))
    figures = measure(told)
    missed = table(figures)
    missed |= totals(told, figures)
    if options.examples:
        examples(told, options.examples)
    print(f"{time.monotonic() - began:.0f} s")
    return int(missed and not options.quick)


if __name__ == "__main__":
    sys.exit(main())
