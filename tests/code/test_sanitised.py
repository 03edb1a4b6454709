"""The function is taken out of whatever an answer wraps it in, and nothing that merely runs comes along."""

import pytest

from factory.code.sanitised import sanitised

BEGINNING = (
    'from typing import List\n\n\ndef helper(x):\n    return x\n\n\ndef up(xs: List[int]) -> int:\n    """Sum."""\n'
)
WHOLE = "def up(xs):\n    return sum(xs)"


def value(code: str) -> int:
    space: dict = {}
    exec(code, space)  # noqa: S102 - what this file wrote itself
    return space["up"]([1, 2])


@pytest.mark.parametrize(
    "text",
    [
        WHOLE,
        f"Sure!\n```python\n{WHOLE}\nprint(up([1]))\nassert False\n```\nThis adds them.",
        f"```\n{WHOLE}\n```",
        f"```python\n{WHOLE}\n\nif __name__ == '__main__':\n    raise SystemExit(1)",
        "return sum(xs)",
        "    total = 0\n    for x in xs:\n        total += x\n    return total",
        "total = 0\n    for x in xs:\n        total += x\n    return total\n\ndef other(:\n",
        "```python\ntotal = 0\nfor x in xs:\n    total += x\nreturn total\n```",
        "for x in [0]:\n        total = x\n    return total + sum(xs)\n\nprint('unfinished",
        f"```python\nTHREE = 3\n\ndef inner(x):\n    return x + THREE - 3\n\n{WHOLE.replace('sum', 'inner(sum')})\n```",
        f"まず合計を取ります。\n```python\n{WHOLE}\n```\n以上です。",
        f"```python\nprint('an example')\n```\n```python\n{WHOLE}\n```",
        f"```python\nimport math\ndef inner(x):\n    return math.fsum(x)\n```\nSo:\n"
        f"```python\n{WHOLE.replace('sum(', 'inner(')}\n```\n```python\nfrom answer import up\nprint(up([1]))\n```",
    ],
)
def test_it_runs_as_meant(text):
    code = sanitised(text, "up", BEGINNING)
    assert code is not None and value(code) == 3
    assert "print" not in code and "assert" not in code and "SystemExit" not in code
    assert "def helper" in code and "from typing import List" in code


def test_a_beginning_without_a_docstring_gives_its_imports():
    beginning = "from typing import List\n\ndef up(xs: List[int]) -> int:\n"
    assert value(sanitised("```python\ndef up(xs: List[int]):\n    return sum(xs)\n```", "up", beginning)) == 3


def test_what_is_left_to_be_written_is_passed_over():
    for left in ("pass", "...", "raise NotImplementedError('later')"):
        text = f"```python\ndef up(xs):\n    {left}\n```\nIn full:\n```python\n{WHOLE}\n```"
        assert value(sanitised(text, "up")) == 3


@pytest.mark.parametrize("text", ["", "I cannot do that.", "\x00", "(" * 5000, "```js\nfunction up() {}\n```"])
def test_what_is_no_program_is_none(text):
    assert sanitised(text, "up", BEGINNING) is None


@pytest.mark.parametrize("text", ["```python\ndef down(xs):\n    return 3\n```", f"```python\n{BEGINNING}```"])
def test_what_defines_something_else_does_not_pass_for_it(text):
    assert value(sanitised(text, "up", BEGINNING)) is None


def test_without_a_beginning_a_bare_body_is_none():
    assert sanitised("return 3", "up") is None
