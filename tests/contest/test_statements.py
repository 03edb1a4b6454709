import time

import pytest

from factory.contest.statements import read_statement

FULL = {
    "markdown": """# Apple Sum

Add A and B.

## Input
A B

## Output
The sum.

## Constraints
- 1 ≤ A, B ≤ 9

## Sample Input 1
```
3 5
```

## Sample Output 1
```
8
```
### Explanation
3 + 5 = 8.
""",
    "bold": """**Title: Apple Sum**

**Problem Statement:**
Add A and B.

**Input Format:**
A B

**Output Format:**
The sum.

**Constraints:**
- 1 ≤ A, B ≤ 9

**Example 1:**

Input:
```
3 5
```
Output:
```
8
```
Explanation: it is 8.
""",
    "plain": """Title: Apple Sum
Problem: Add A and B.
Input: A B
Output: The sum.
Constraints: - 1 ≤ A, B ≤ 9
Examples
Input: 3 5
Output: 8
Note: easy.
""",
    "leetcode": """Title: Apple Sum
Add A and B.

Input format:
A B
Output format:
The sum.
Constraints:
- 1 ≤ A, B ≤ 9

Example:
```
Input: 3 5
Output: 8
Explanation: sum
```
""",
    "numbered": """## Apple Sum
Add A and B.
1. Input
A B
2. Output
The sum.
3. Limits
- 1 ≤ A, B ≤ 9
Sample Input #1:
3 5
Sample Output #1:
8
""",
    "examples first": """Title: Apple Sum
Description: Add A and B.
Example Input: `3 5`
Example Output: `8`
Input Format: A B
Output Format: The sum.
Constraints: - 1 ≤ A, B ≤ 9
""",
}


@pytest.mark.parametrize("style", FULL)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_english_sections(style, ending):
    found = read_statement(FULL[style].replace("\n", ending))
    assert found.title == "Apple Sum"
    assert found.story == "Add A and B."
    assert found.input == "A B"
    assert found.output == "The sum."
    assert found.constraints == "- 1 ≤ A, B ≤ 9"
    assert found.examples == [{"input": "3 5\n", "output": "8\n"}]


@pytest.mark.parametrize(
    "text",
    [
        "A と B を足せ。\n\n### 入力\nA B\n### 出力\n和\n### 制約\n- 整数\n"
        "### 入力例 1\n```\n3 5\n```\n### 出力例 1\n```\n8\n```",
        "【問題】\nA と B を足せ。\n【入力】\nA B\n【出力】\n和\n【制約】\n- 整数\n"
        "【入力例１】\n3 5\n【出力例１】\n8\n【解説】\n足す。",
        "問題文：A と B を足せ。\n入力形式：A B\n出力形式：和\n制約条件：- 整数\n例１\n"
        "入力：3 5\n出力：8\n説明：足す。",
        "**問題**\nA と B を足せ。\n**入力**\nA B\n**出力**\n和\n**制約**\n- 整数\n**サンプル**\n"
        "入力:\n```\n3 5\n```\n出力:\n```\n8\n```",
        "■ 問題\nA と B を足せ。\n■ 入力\nA B\n■ 出力\n和\n■ 制約\n- 整数\n■ 入力例 1\n3 5\n\n■ 出力例 1\n8\n",
    ],
)
def test_japanese_sections(text):
    found = read_statement(text)
    assert (found.story, found.input, found.output, found.constraints) == ("A と B を足せ。", "A B", "和", "- 整数")
    assert found.examples == [{"input": "3 5\n", "output": "8\n"}]


def test_several_examples_keep_their_lines_and_count_once():
    text = "Add.\n\nSample Input 1\n2\n1 2\n\nSample Output 1\n3\n\nSample Input 2\n1\n7\n\nSample Output 2\n7\n"
    expected = [{"input": "2\n1 2\n", "output": "3\n"}, {"input": "1\n7\n", "output": "7\n"}]
    assert read_statement(text).examples == expected
    assert read_statement(text + "\n" + text.partition("\n\n")[2]).examples == expected


def test_sentences_about_input_are_no_headings():
    found = read_statement("The input is a number.\nOutput it twice.\nInput numbers are small.")
    assert found.story.count("\n") == 2
    assert not found.input
    assert not found.output


@pytest.mark.parametrize(
    "text", ["", "\n\n", "Hello.", "```", "Output: 8", "Sample Input 1\n3", "Example\nOutput\n8", "\0[[["]
)
def test_junk_has_no_examples(text):
    assert read_statement(text).examples == []


@pytest.mark.parametrize(
    "piece",
    ["#", "*", "Input:", "Input\n", "1. ", "【", " ", "\n", "例", "Example 1\n", "```\n", "Input: 1\nOutput: 2\n"],
)
def test_hostile_texts_take_no_time(piece):
    start = time.perf_counter()
    read_statement(piece * (100_000 // len(piece)))
    assert time.perf_counter() - start < 1
