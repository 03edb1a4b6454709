"""Solutions of maths problems: right ones, and what goes wrong in them."""

from collections.abc import Iterator

from factory.maths.families import FAMILIES
from planted.case import Case
from planted.problems import Solved, solved

_ENDS = {
    "en": (
        "\n\n\\boxed{{{}}}",
        "\n\nThe answer is $\\boxed{{{}}}$.",
        "\n\nTherefore the final answer is\n\n$$\\boxed{{{}}}$$",
    ),
    "ja": (
        "\n\n\\boxed{{{}}}",
        "\n\n答えは $\\boxed{{{}}}$ です。",
        "\n\nしたがって、最終的な答えは次のとおりです。\n\n$$\\boxed{{{}}}$$",
    ),
}
_UNBOXED = {
    "en": ("The answer is {}.", "So it is {}", "**Answer:** {}"),
    "ja": ("答えは{}です。", "よって{}", "**答え：** {}"),
}
_OPEN = {
    "en": (
        " Hence $x = ",
        "\n\n\\[\nx = {a} + 0",
        " That is \\(x = {a}",
        "\n\n$$x = {a}",
        "\n\n\\begin{{aligned}}\nx &= {a}",
        " So $\\frac{{{a}",
    ),
    "ja": (
        "よって $x = ",
        "\n\n\\[\nx = {a} + 0",
        "つまり \\(x = {a}",
        "\n\n$$x = {a}",
        "\n\n\\begin{{aligned}}\nx &= {a}",
        "ゆえに $\\frac{{{a}",
    ),
}
_TIMES = 16


def good() -> Iterator[Case]:
    for language, stem, turn, one in solved(_TIMES):
        yield _case(None, language, stem, one, one.steps + _ENDS[language][turn % 3].format(one.answer), one.answer)
    for stem, family in enumerate(FAMILIES.values()):
        for seed in range(6):
            made = family.make(seed)
            row = {"language": "en", "problem": made.problem, "text": made.solution, "known_answer": made.answer}
            yield Case("maths", None, "en", stem, row)


def bad() -> Iterator[Case]:
    for language, stem, turn, one in solved(3):
        end = _ENDS[language][turn].format(one.answer)
        wrong = _ENDS[language][turn].format(one.wrong)
        yield _case("wrong answer", language, stem, one, one.steps.replace(one.answer, one.wrong) + wrong, one.answer)
        yield _case("solution contradicting its answer", language, stem, one, one.steps + wrong, one.answer)
        contradicted = one.steps.replace(one.answer, one.wrong) + end
        yield _case("steps contradicting a right answer", language, stem, one, contradicted, one.answer)
        unboxed = f"{one.steps}\n\n{_UNBOXED[language][turn].format(one.answer)}"
        yield _case("answer unboxed", language, stem, one, unboxed, one.answer)
        unfinished = one.steps[: len(one.steps) * (4 + turn) // 10].rstrip(" .。")
        yield _case("unfinished solution", language, stem, one, unfinished, one.answer)
        text = one.steps + end[: end.index("boxed") + 6]
        yield _case("unfinished solution", language, stem, one, text, one.answer)
        cut = _case("solution cut off by its length", language, stem, one, one.steps + end, one.answer)
        yield cut._replace(row={**cut.row, "finish": "length"})
        opened = one.steps + end + _OPEN[language][stem // 2].format(a=one.answer)
        yield _case("unbalanced maths", language, stem, one, opened, one.answer)


def _case(kind: str | None, language: str, stem: int, one: Solved, text: str, known: str) -> Case:
    return Case(
        "maths",
        kind,
        language,
        stem,
        {"language": language, "problem": one.problem, "text": text, "known_answer": known},
    )
