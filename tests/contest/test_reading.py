import time

import pytest

from factory.contest.reading import read_inputs, read_program

SUM = "a, b = map(int, input().split())\nprint(a + b)\n"
LOOP = "n = int(input())\nfor i in range(n):\n    print(i)\n"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (SUM, SUM),
        (f"```python\n{SUM}```", SUM),
        (f"```\n{SUM}```", SUM),
        (f"```Python3\n{SUM}```\n", SUM),
        (f"~~~py\n{SUM}~~~", SUM),
        (f"Here is the program:\n\n```python\n{SUM}```\nIt reads two numbers.", SUM),
        (f"解答です。\n```python\n{SUM}```\n以上です。", SUM),
        (f"```python\n{LOOP}", LOOP),
        (f"```python\r\n{SUM}```".replace("\n", "\r\n"), SUM),
        (f"```python\n{SUM}```\nOutput:\n```\n8\n```", SUM),
        (f"Input:\n```\n3 5\n```\nCode:\n```python\n{SUM}```", SUM),
        (f"First try:\n```python\nprint(0)\n```\nBetter:\n```python\n{SUM}```", SUM),
        (f"```python\n{LOOP}```\nwrong. Final:\n```python\n{SUM}```", SUM),
        (f"```python\n{SUM}```\nFor example:\n```python\nprint(3 + 5)\n```", SUM),
        (f"```cpp\nint main() {{}}\n```\n```python\n{SUM}```", SUM),
        (f"```bash\npython solve.py\n```\n```python\n{SUM}```", SUM),
        (f"Sure! Here it is:\n\n{SUM}", SUM),
        (f"{SUM}\nThis program adds two numbers.", SUM),
        (f"The answer is below.\n\n{LOOP}\nIt prints the numbers, one on each line.", LOOP),
        (f"次のプログラムです。\n\n{SUM}\nこれで合計が出ます。", SUM),
        ("import sys\nprint(sum(map(int, sys.stdin)))", "import sys\nprint(sum(map(int, sys.stdin)))\n"),
        (f"\n\n```python\n\n{SUM}\n\n```", SUM),
        ("```python\nprint('\\d', input()\n```", "print('\\d', input()\n"),
        (
            "```python\nimport re\nprint(re.sub('\\d', '', input()))\n```",
            "import re\nprint(re.sub('\\d', '', input()))\n",
        ),
    ],
)
def test_the_program_is_found(text, code):
    assert read_program(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n",
        "I cannot solve this.",
        "Yes",
        "42",
        "```\n8\n```",
        "```cpp\nint main() { return 0; }\n```",
        "```json\n[1, 2]\n```",
        "```python\n```",
        "```",
        "この問題は解けません。",
        "print the sum of a and b",
        "\0\0",
    ],
)
def test_there_is_no_program(text):
    assert read_program(text) is None


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ('["3 5\\n", "1 1\\n"]', ["3 5\n", "1 1\n"]),
        ('Here are the inputs:\n```json\n["3 5", "0 0"]\n```', ["3 5\n", "0 0\n"]),
        ('{"inputs": ["1\\n2 3", "1\\n2 3\\n"]}', ["1\n2 3\n"]),
        ('[{"input": "7", "output": "14"}, {"input": "8"}]', ["7\n", "8\n"]),
        ('[{"入力": "7"}]', ["7\n"]),
        ("[1, 2, 2.5]", ["1\n", "2\n", "2.5\n"]),
        ('[["2", "3 4"], ["1", "5"]]', ["2\n3 4\n", "1\n5\n"]),
        ('As [1] says: ["a\nb"]', ["1\n"]),
        ('Note [x]. ["4"] done', ["4\n"]),
        ("```\n3\n1 2 3\n```\nand\n```text\n1\n9\n```", ["3\n1 2 3\n", "1\n9\n"]),
        ("テスト 1:\n```\nabc\n```", ["abc\n"]),
        ('```json\n["1", "2"', []),
        ("```python\nprint(1)\n```", []),
        ("nothing", []),
        ("", []),
        ("[]", []),
        ("[true, null]", []),
    ],
)
def test_inputs_are_found(text, inputs):
    assert read_inputs(text) == inputs


@pytest.mark.parametrize(
    "piece", ["```", "```\n", "(", "[", "{", "-", "a.", "[[", '["', "x = \n", "\n", "print(\n", "~~~ "]
)
def test_hostile_texts_take_no_time(piece):
    text = piece * (100_000 // len(piece))
    start = time.perf_counter()
    read_program(text)
    read_program(f"```python\n{text}")
    read_inputs(text)
    assert time.perf_counter() - start < 2
