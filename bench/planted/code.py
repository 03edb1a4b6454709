"""Answers with code: right ones in twelve languages and both natural ones, and what goes wrong in them."""
# ruff: noqa: E501

import re
from collections.abc import Iterator

from factory.code.languages import LANGUAGES
from planted.case import Case
from planted.extras import ADVICE, EXTRAS
from planted.snippets import FIRST, TASKS
from planted.snippets2 import SECOND
from planted.snippets3 import THIRD
from planted.spellings import IN_CODE

PROGRAMS = FIRST | SECOND | THIRD
_ASK = {
    "en": ("Write {name} code that {task}.", "I need a {name} program which {task}. Can you help?"),
    "ja": (
        "{name}で、{task}コードを書いてください。",
        "{task}プログラムを{name}で作りたいのですが、例を示してもらえますか？",
    ),
}
_WRAP = {
    "en": (
        "Here is a {name} version that {task}:\n\n```{key}\n{code}\n```\n\nIt runs in time linear in its input.",
        "```{key}\n{code}\n```\n\n**How it works**\n\n- The state is kept in local variables.\n- Nothing is read twice.",
        "### Solution\n\nThe idea is simple: keep what is known and update it step by step.\n\n```{key}\n{code}\n```",
    ),
    "ja": (
        "{task}{name}のコードは次のとおりです。\n\n```{key}\n{code}\n```\n\n入力の長さに比例する時間で動きます。",
        "```{key}\n{code}\n```\n\n**仕組み**\n\n- 状態は局所変数に持ちます。\n- 同じものを二度読むことはありません。",
        "### 解答\n\n考え方は単純で、分かっていることを少しずつ更新していきます。\n\n```{key}\n{code}\n```",
    ),
}
_PROSE = {
    "en": "The best way to do this is a loop with a map from keys to numbers. Go through the input once, update the "
    "map for each item, and give the map back at the end. That takes linear time.",
    "ja": "一番よい方法は、キーから数への対応表を使ったループです。入力を一度だけ走査し、要素ごとに表を更新して、最後に表を返します。"
    "計算量は入力の長さに比例します。",
}
_MARK = {"python": "#", "ruby": "#"}


def good() -> Iterator[Case]:
    """Every program in every wrapping, some at home in neither list, and advice that goes without code."""
    for language in ("en", "ja"):
        for key, tasks in PROGRAMS.items():
            for stem, (task, code) in enumerate(tasks.items()):
                for way in range(3):
                    yield _case(None, language, key, task, stem, _wrapped(language, key, task, code, way), way)
        for stem, (key, question, text) in enumerate(EXTRAS[language]):
            row = {"language": language, "programming": key, "question": question, "text": text}
            yield Case("code", None, language, stem, row)
        for stem, (key, question, text) in enumerate(ADVICE[language]):
            row = {"language": language, "programming": key, "question": question, "text": text}
            yield Case("code", None, language, stem, row)


def bad() -> Iterator[Case]:
    for language in ("en", "ja"):
        yield from _placeholders(language)
        for key, tasks in PROGRAMS.items():
            for stem, (task, code) in enumerate(tasks.items()):
                yield from _broken(language, key, task, stem, code.strip())


def _placeholders(language: str) -> Iterator[Case]:
    for stem, spelling in enumerate(IN_CODE[language]):
        for turn, (key, tasks) in enumerate(list(PROGRAMS.items())[stem % 3 :: 3]):
            task = list(tasks)[(stem + turn) % len(tasks)]
            code = _with_comment(tasks[task].strip(), f"{_MARK.get(key, '//')} {spelling}")
            text = _wrapped(language, key, task, code, turn % 3)
            yield _case("placeholder in code", language, key, task, stem, text)
    for stem, body in enumerate(("pass  # implement me", "pass  # TODO", "...  # your code here")):
        code = f"def count_words(text):\n    {body}\n\n\nprint(count_words('a b a'))"
        text = _wrapped(language, "python", "count", code, stem)
        yield _case("placeholder in code", language, "python", "count", stem, text)


def _broken(language: str, key: str, task: str, stem: int, code: str) -> Iterator[Case]:
    def case(kind: str, text: str, **more: str) -> Case:
        found = _case(kind, language, key, task, stem, text)
        return found._replace(row={**found.row, **more})

    others = [other for other in PROGRAMS if {other, key} not in ({"javascript", "typescript"}, {"c", "cpp"})]
    other = others[(others.index(key) + 3 + stem) % len(others)]
    wrong = _wrapped(language, other, task, PROGRAMS[other][task], stem % 3)
    yield case("wrong programming language", wrong)
    unlabelled = wrong.replace(f"```{other}\n", "```\n")
    if stem % 2 == stem // 2:
        yield case("wrong programming language, no label", unlabelled)
    yield case("missing code", f"{_PROSE[language]}")
    for way, mutate in enumerate((_unbalanced, _prose_inside, _conflict)):
        # To Ruby a sentence is calls without parentheses, in Japanese one long name.
        if not (key == "ruby" and mutate is _prose_inside) and (mutated := mutate(code, language)):
            yield case("syntax error", _wrapped(language, key, task, mutated, way))
    cut = _cut(code, stem)
    yield case("truncated code", _wrapped(language, key, task, cut, 2))
    yield case("unclosed fence", _wrapped(language, key, task, code, 2).removesuffix("```").rstrip())
    yield case("cut off by its length", _wrapped(language, key, task, code, 2)[: -len(code) // 3], finish="length")


def _case(kind: str | None, language: str, key: str, task: str, stem: int, text: str, way: int = 0) -> Case:
    place = 0 if language == "en" else 1
    question = _ASK[language][way % 2].format(name=LANGUAGES[key].name, task=TASKS[task][place])
    return Case(
        "code", kind, language, stem, {"language": language, "programming": key, "question": question, "text": text}
    )


def _wrapped(language: str, key: str, task: str, code: str, way: int) -> str:
    name, told = LANGUAGES[key].name, TASKS[task][0 if language == "en" else 1]
    return _WRAP[language][way].format(name=name, task=told, key=key, code=code.strip())


def _with_comment(code: str, comment: str) -> str:
    """Put a comment in place of what a block does, behind the line that opens the innermost one."""
    lines = code.split("\n")
    opening = [i for i, line in enumerate(lines[:-1]) if re.search(r"(?:[{:]|\bdef .*|\bdo \|.*)$", line)]
    at = opening[len(opening) // 2] if opening else 0
    indent = re.match(r"\s*", lines[at + 1])[0]  # type: ignore[index]
    return "\n".join([*lines[: at + 1], indent + comment, *lines[at + 1 :]])


def _unbalanced(code: str, language: str) -> str | None:
    """Take away the last closing bracket of a line in the middle."""
    lines = code.split("\n")
    plain = [i for i, line in enumerate(lines[:-1]) if ")" in line and not re.search(r"[\"'#/?]", line)]
    if not plain:
        return None
    at = plain[len(plain) // 2]
    start, _, end = lines[at].rpartition(")")
    return "\n".join([*lines[:at], start + end, *lines[at + 1 :]])


def _prose_inside(code: str, language: str) -> str:
    """Put a sentence among the statements, as models do that forget that they are writing code."""
    said = {
        "en": "Now we need to update the values, as explained above.",
        "ja": "次に、上で説明したとおり値を更新します。",
    }
    lines = code.split("\n")
    return "\n".join([*lines[: len(lines) // 2], said[language], *lines[len(lines) // 2 :]])


def _conflict(code: str, language: str) -> str:
    lines = code.split("\n")
    middle = len(lines) // 2
    return "\n".join([*lines[:middle], "<<<<<<< HEAD", lines[middle], "=======", *lines[middle:], ">>>>>>> main"])


def _cut(code: str, stem: int) -> str:
    """End the code where an expression has begun."""
    places: list[int] = [found.end() for found in re.finditer(r" = |\(|, ", code)]
    return code[: places[(2 + stem) * len(places) // 6]].rstrip()
