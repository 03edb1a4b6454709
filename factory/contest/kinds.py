"""What a family of contest problems is, and how a problem drawn from one becomes a statement with tests.

A family draws a `Draft`: what to say in both languages, a `Shape` (the form of the input, its constraints, how
Python reads it, inputs that obey it) and the solution. The expected outputs are what the solution prints, so there is
one source of truth; that it is right is for the tests, which solve every family a second time.
"""

import builtins
import io
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any

from factory.contest.records import Problem, Test
from factory.contest.topics import Both

LANGUAGES = ("en", "ja")
_EXAMPLES = 2


@dataclass(frozen=True)
class Shape:
    """What the input looks like, and inputs that look like it."""

    form: str
    """The lines of the input with names in place of values, as in "N\\nA_1 A_2 … A_N"."""
    constraints: Sequence[Both]
    read: str
    """Python that reads it into variables."""
    inputs: Sequence[str]
    """Distinct; the first two are small enough to be shown."""


@dataclass(frozen=True)
class Draft:
    """A problem before it is put into words: several stories and wordings of the output in each language."""

    stories: Both | Sequence[Both]
    output: Both | Sequence[Both]
    shape: Shape
    solution: str


Build = Callable[[random.Random], Draft]


@dataclass(frozen=True)
class Family:
    """Problems of one kind: `topic` as in `topics.TOPICS`, `difficulty` as in `topics.DIFFICULTY`."""

    name: str
    topic: str
    difficulty: int
    build: Build

    def make(self, seed: str | int, language: str = "en") -> Problem:
        """Return the problem of this seed, the same in every process; 1 and "1" are one seed.

        A seed has the same tests and solution in "en" and in "ja". ValueError for another language.
        """
        if language not in LANGUAGES:
            raise ValueError(f"families speak {' and '.join(LANGUAGES)}, not {language!r}")
        rng = random.Random(f"{self.name}:{seed}")
        draft = self.build(rng)
        tests = [Test(input=text, output=run_solution(draft.solution, text)) for text in draft.shape.inputs]
        return Problem(
            statement=_statement(rng, draft, tests[:_EXAMPLES], language),
            language=language,
            topic=self.topic,
            difficulty=self.difficulty,
            source=f"family:{self.name}",
            examples=tests[:_EXAMPLES],
            tests=tests,
            solution=draft.solution + "\n",
        )


def kind(topic: str, difficulty: int) -> Callable[[Build], Family]:
    """Make a family of the decorated function, which draws a problem."""

    def declare(build: Build) -> Family:
        return Family(build.__name__.removeprefix("_"), topic, difficulty, build)

    return declare


def run_solution(code: str, text: str) -> str:
    """Return what a solution *of ours* prints when it reads `text`; for a model's program this is no sandbox.

    It runs in this process with standard input and output of its own, so that threads do not share them.
    """
    stdin, stdout = io.StringIO(text), io.StringIO()
    names: dict[str, Any] = {
        **vars(builtins),
        "input": lambda: next(stdin).rstrip("\n"),
        "open": lambda _: stdin,
        "print": partial(print, file=stdout),
        "__import__": lambda name, *rest: (
            SimpleNamespace(stdin=stdin, stdout=stdout) if name == "sys" else __import__(name, *rest)
        ),
    }
    exec(code, {"__builtins__": names, "__name__": "__main__"})  # noqa: S102 - the families' own code
    return stdout.getvalue()


@dataclass(frozen=True)
class _Layout:
    """The headings of a statement. `example` frames one example: {n}, {input}, {output}."""

    heading: str
    form: str
    example: str


_FENCED = "```\n{}\n```"
_LAYOUTS = {
    "en": (
        _Layout("### {}", _FENCED, "### Sample Input {n}\n```\n{input}```\n\n### Sample Output {n}\n```\n{output}```"),
        _Layout("**{}**", _FENCED, "**Example {n}**\n\nInput:\n```\n{input}```\nOutput:\n```\n{output}```"),
        _Layout("{}:", "{}", "Example {n}\nInput:\n{input}Output:\n{output}"),
        _Layout("## {}", "{}", "## Example {n}\nInput\n{input}\nOutput\n{output}"),
    ),
    "ja": (
        _Layout("### {}", _FENCED, "### 入力例 {n}\n```\n{input}```\n\n### 出力例 {n}\n```\n{output}```"),
        _Layout("**{}**", _FENCED, "**例 {n}**\n\n入力:\n```\n{input}```\n出力:\n```\n{output}```"),
        _Layout("【{}】", "{}", "【入力例{n}】\n{input}\n【出力例{n}】\n{output}"),
        _Layout("■ {}", "{}", "■ 入力例 {n}\n{input}\n■ 出力例 {n}\n{output}"),
    ),
}
_HEADINGS = {"en": ("Input", "Output", "Constraints"), "ja": ("入力", "出力", "制約")}
_GIVEN = {
    "en": (
        "The input is given from standard input in the following format:",
        "Input is given in this form:",
        "Read the following from standard input:",
        "Your program reads the following:",
    ),
    "ja": (
        "入力は以下の形式で標準入力から与えられます。",
        "入力は次の形式です。",
        "標準入力から次の形式で読み込みます。",
        "次の形式で与えられる。",
    ),
}


def _statement(rng: random.Random, draft: Draft, examples: Sequence[Test], language: str) -> str:
    layout, given = rng.choice(_LAYOUTS[language]), rng.choice(_GIVEN[language])
    story, output = (_wording(rng, both, language) for both in (draft.stories, draft.output))
    constraints = "\n".join(f"- {getattr(each, language)}" for each in draft.shape.constraints)
    texts = (f"{given}\n{layout.form.format(draft.shape.form)}", output, constraints)
    return _arranged(layout, story, texts, examples, rng.random() < 0.5, language)


def lay_out(seed: str, story: str, sections: tuple[str, str, str], examples: Sequence[Test], language: str) -> str:
    """Put a statement together of its story, its sections (input, output, constraints; "" is left out) and examples.

    The seed chooses how it looks. A language other than "en" and "ja" gets English headings.
    """
    rng = random.Random(seed)
    language = language if language in LANGUAGES else "en"
    layout = rng.choice(_LAYOUTS[language])
    return _arranged(layout, story, sections, examples, rng.random() < 0.5, language)


def _arranged(
    layout: _Layout,
    story: str,
    sections: tuple[str, str, str],
    examples: Sequence[Test],
    constraints_first: bool,
    language: str,
) -> str:
    parts = [
        f"{layout.heading.format(heading)}\n{text}" if text else ""
        for heading, text in zip(_HEADINGS[language], sections, strict=True)
    ]
    if constraints_first:
        parts = [parts[2], *parts[:2]]
    shown = (layout.example.format(n=n, **example).strip() for n, example in enumerate(examples, 1))
    return "\n\n".join(filter(None, [story, *parts, *shown]))


def _wording(rng: random.Random, said: Both | Sequence[Both], language: str) -> str:
    return str(getattr(said if isinstance(said, Both) else rng.choice(said), language))
