"""Fenced blocks as models write them."""

import time

import pytest

from factory.code.blocks import blocks, main_block, prose
from factory.code.languages import LANGUAGES, by_fence


@pytest.mark.parametrize(
    ("info", "key"),
    [
        ("python", "python"),
        ('python title="x.py"', "python"),
        ("Py3", "python"),
        ("c++", "cpp"),
        ("C#", "csharp"),
        ("cs", "csharp"),
        ("sh", "bash"),
        ("{.rust .numberLines}", "rust"),
        ("rust,ignore", "rust"),
        ("js{1,3}", "javascript"),
        ("objective-c", "objectivec"),
        ("text", None),
        ("", None),
    ],
)
def test_a_fence_names_its_language(info: str, key: str | None) -> None:
    assert by_fence(info) == key


def test_no_fence_means_two_languages() -> None:
    seen: dict[str, str] = {}
    for language in LANGUAGES.values():
        for fence in {language.key, language.name.lower(), *language.fences}:
            assert seen.setdefault(fence, language.key) == language.key, fence
    assert sum(not language.data for language in LANGUAGES.values()) >= 24


def test_blocks_have_language_code_and_place() -> None:
    text = "Run:\n\n```python\n# 日本語のコメント\nx = 1\n```\nthen\n~~~sh\nls\n~~~\n"
    python, shell = blocks(text)
    assert (python.language, python.code, python.closed) == ("python", "# 日本語のコメント\nx = 1", True)
    assert (shell.language, shell.code) == ("bash", "ls")
    assert text[python.start : python.end].startswith("```python") and text[python.start : python.end].endswith("```")
    assert prose(text) == "Run:\n\n\nthen\n\n"


def test_a_fence_that_never_ends_is_told() -> None:
    (block,) = blocks("```java\nclass A {\n")
    assert not block.closed and block.code == "class A {"


def test_a_fence_in_a_list_loses_its_indentation() -> None:
    (block,) = blocks("1. do\n   ```python\n   if x:\n       y()\n   ```\n")
    assert block.code == "if x:\n    y()" and block.closed


def test_longer_fences_and_other_marks_hold_shorter_ones() -> None:
    (block,) = blocks("````markdown\n```python\nx\n```\n````\n")
    assert block.language == "markdown" and block.code == "```python\nx\n```"
    (block,) = blocks("~~~\n```\nx\n```\n~~~")
    assert block.code == "```\nx\n```"


def test_markdown_about_markdown_with_equal_fences_is_one_block() -> None:
    markdown, rust = blocks("```markdown\n# A\n```python\nx\n```\nend\n```\nthen\n```rust\nfn f() {}\n```")
    assert markdown.code.endswith("end") and rust.language == "rust"


def test_inline_backticks_are_no_fence() -> None:
    assert blocks("``` a ``` b\nand `x`") == []
    assert blocks("") == []


def test_the_main_program_is_the_longest_in_the_language_asked_for() -> None:
    text = "```bash\npip install something-long-to-have\n```\n```python\nx = 1\n```\n```python\ny = 1\nz = 2\n```"
    assert main_block(text, "python").code == "y = 1\nz = 2"
    assert main_block(text, "rust").language == "bash"
    assert main_block("no code") is None


@pytest.mark.parametrize("piece", ["```\n", "`", "~~~x\n", "1. ", " " * 50 + "\n", "> "])
def test_hostile_texts_take_no_time(piece: str) -> None:
    start = time.perf_counter()
    blocks(piece * (100_000 // len(piece)))
    assert time.perf_counter() - start < 1
