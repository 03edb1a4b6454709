"""A model for the contest recipe that invents problems, tests and programs, and does everything wrong now and then.

What it gets wrong about an invented problem follows from the words of the problem's story, and about a family's problem
from its statement, so that tests can say how often each fault was planted. All invented problems share a few inputs and
programs: the sandbox then runs each pair once.
"""

import random
import re

from factory.request import Choice, Reply, Request
from factory.rows import share_of
from tests.recipes.magpie_script import WORDS

JAPANESE = [
    "商人",
    "倉庫",
    "湖畔",
    "電車",
    "図書館",
    "博物館",
    "橋",
    "機械",
    "電池",
    "窓",
    "鏡",
    "毛布",
    "果樹園",
    "村",
    "港",
    "灯台",
    "絨毯",
    "羅針盤",
    "籠",
    "鞍",
    "笛",
    "羽根",
    "小石",
    "雷",
    "牧場",
    "庭師",
    "料理",
    "選手",
    "惑星",
    "川岸",
    "病院",
    "請求書",
    "小包",
    "切符",
    "台所",
    "時計台",
    "郵便局",
    "市場",
    "漁師",
    "階段",
    "廊下",
    "天井",
    "屋根",
    "柱",
    "歯車",
    "滑車",
]
OPERATIONS = {"sum": "a + b", "product": "a * b", "larger": "max(a, b)"}
INPUTS = ["3 5", "1 0", "7 7", "10 2"]
READ = "a, b = map(int, input().split())\n"

UNFINISHED = "def solve(a, b):\n    # the first that comes to mind\n    numbers = sorted([a, b])\n    return numbers[\n"
BROKEN = "def solve(:\n    return a, b, 'and more than that'\n# wrong, and not to be used\n"
CPP = (
    "#include <algorithm>\n#include <iostream>\n\nint main() {\n    int a, b;\n    std::cin >> a >> b;\n"
    "    std::cout << std::max(a, b) << std::endl;\n    return 0;\n}\n"
)

BAD_STATEMENTS = ("chatter", "no_examples", "cut_off", "copied", "placeholder", "talk", "repeats", "language", "leak")
"""Each of these one in fifty inventions."""
PROBLEM_FAULTS = (
    "too_few_tests", "broken_generator", "no_program", "forbidden", "wrong_example", "no_majority", "always_the_same",
    "unfinished", "answer_placeholder", "answer_open", "answer_cut", "answer_syntax", "answer_other", "answer_talk",
)  # fmt: skip
"""Each of these one in forty of the invented problems."""
FAMILY_FAULTS = ("wrong_output", "error", "timeout", "memory", "output")
"""Each of these one in ten of the problems of the family `sum_of_numbers`."""


def fault_of(statement: str) -> str:
    """Name what goes wrong with an invented problem; "" for nothing."""
    at = int(share_of("fault", _words(statement)) * 40)
    return PROBLEM_FAULTS[at] if at < len(PROBLEM_FAULTS) else ""


def family_fault_of(statement: str) -> str:
    """Name what goes wrong with the programs for a family's problem; "" for nothing."""
    at = int(share_of("fault", statement) * 10)
    return FAMILY_FAULTS[at] if at < len(FAMILY_FAULTS) else ""


def _words(statement: str) -> str:
    found = re.search(r"<([^>]+)>", statement)
    return found[1] if found else ""


def answer(request: Request) -> Reply | list[str]:
    """Answer any request of the recipe, the same for the same request."""
    system, asked = request.messages[0]["content"], request.messages[-1]["content"]
    if "problems for programming contests. Each" in system or "問題を日本語で作ります" in system:
        return _statement(request, "日本語" in system)
    if "test inputs" in system or "テスト入力" in system:
        return [_inputs(fault_of(asked))]
    if "<" not in asked.partition("\n\n")[0]:
        return _family_programs(family_fault_of(asked))
    return _programs(asked, fault_of(asked), request)


def _statement(request: Request, japanese: bool) -> Reply | list[str]:
    draw = random.Random(request.key({}))
    bad = draw.randrange(50)
    bad_kind = BAD_STATEMENTS[bad] if bad < len(BAD_STATEMENTS) else ""
    if bad_kind == "chatter":
        return ["I would rather talk about something else."]
    if bad_kind == "copied":
        return [request.messages[2]["content"]]
    if draw.random() < 0.04:
        draw = random.Random(5)  # a chestnut
    name = draw.choice(list(OPERATIONS))
    words = " ".join(draw.sample(JAPANESE if japanese else WORDS, 24))
    text = _text(name, words, japanese, bad_kind)
    if bad_kind == "no_examples":
        text = text.partition("## Sample Input")[0].partition("## 入力例")[0]
    if bad_kind == "cut_off":
        return Reply((Choice(text[:-4], "length"),), model="scripted")
    return [text]


def _text(name: str, words: str, japanese: bool, bad: str) -> str:
    a, b = (int(number) for number in INPUTS[0].split())
    result = eval(OPERATIONS[name], {"a": a, "b": b, "max": max})  # noqa: S307 - ours
    more = {
        "placeholder": "[Insert the story here]",
        "talk": "As an AI language model, I cannot run programs, but here is a problem.",
        "repeats": "and again " * 60,
        "language": (
            "Der alte Händler zählt jeden Morgen seine Kisten und schreibt die beiden Zahlen in ein dickes Buch. Am Abend "
            "kommt seine Tochter aus der Schule, liest ihm vor, was er geschrieben hat, und fragt nach dem Ergebnis. Weil "
            "er nicht gut rechnen kann, soll ein Programm ihm dabei helfen, bevor die Kunden ungeduldig werden. Niemand "
            "weiß, wie groß die Zahlen noch werden, aber für heute reicht es, wenn sie in eine Zeile passen."
        ),
        "leak": "Each problem is new, can be understood on its own and has exactly one right output for every input.",
    }.get(bad, "")
    if japanese:
        what = {"sum": "和", "product": "積", "larger": "大きいほう"}[name]
        more = "" if bad == "leak" else more
        return (
            f"次の言葉が順に並んでいます <{words}>。二つの整数 A と B について、その{what}を求めてください。{more}\n\n"
            f"## 入力\n整数 A と B が一行で与えられます。\n\n## 出力\n答えを出力してください。\n\n"
            f"## 入力例 1\n{INPUTS[0]}\n\n## 出力例 1\n{result}\n"
        )
    what = {"sum": "sum", "product": "product", "larger": "larger one"}[name]
    return (
        f"A clerk reads these words from a list: <{words}>. There are two integers, A and B. Find their {what}. {more}\n\n"
        f"## Input\nThe integers A and B on one line.\n\n## Output\nPrint the answer.\n\n"
        f"## Sample Input 1\n{INPUTS[0]}\n\n## Sample Output 1\n{result}\n"
    )


def _inputs(fault: str) -> str:
    if fault == "too_few_tests":
        return '["3 5"]'
    if fault == "broken_generator":
        return "```python\nprint([1, 2][3])\n```"
    listed = "[" + ", ".join(f'"{text}"' for text in INPUTS[1:]) + "]"
    return f"Here they are:\n```json\n{listed}\n```"


def _programs(statement: str, fault: str, request: Request) -> Reply | list[str]:
    words = {"sum": ("sum.", "その和"), "product": ("product.", "その積"), "larger": ("larger one.", "その大きいほう")}
    name = next(name for name, said in words.items() if any(word in statement for word in said))
    right = READ + f"print({OPERATIONS[name]})\n"
    wrong = READ + "print(a - b)\n"
    given = {
        "no_program": ["I do not know how to solve this."] * 4,
        "forbidden": [_fenced("import os\n" + right)] * 4,
        "wrong_example": [_fenced(wrong)] * 3 + [_fenced(right)],
        "no_majority": [_fenced(READ + f"print({OPERATIONS[name]} if a == 3 else {number})\n") for number in range(4)],
        "always_the_same": [_fenced(f"a, b = 3, 5\nprint({OPERATIONS[name]})\n")] * 4,
        "unfinished": [_fenced(right)] * 4,
        "answer_placeholder": [_fenced("# TODO: implement the rest\n" + right)] * 4,
        "answer_open": [f"```python\n{right}"] * 4,
        "answer_cut": [f"{_fenced(UNFINISHED)}\nBetter:\n{_fenced(right)}"] * 4,
        "answer_syntax": [f"{_fenced(BROKEN)}\nBetter:\n{_fenced(right)}"] * 4,
        "answer_other": [f"{_fenced(right)}\nIn C++:\n```cpp\n{CPP}```"] * 4,
        "answer_talk": ["As an AI language model, I cannot run this, but it should work.\n" + _fenced(right)] * 4,
    }.get(fault)
    if fault == "unfinished" and given:
        return Reply(tuple(Choice(text, "length") for text in given), model="scripted")
    texts = given or [_fenced(right), _fenced(wrong), _fenced(right), _fenced(right)]
    return texts[: request.n]


def _family_programs(fault: str) -> list[str]:
    right = "import sys\nprint(sum(map(int, sys.stdin.read().split())))\n"
    bad = {
        "wrong_output": "print(-1)\n",
        "error": "print(undefined)\n",
        "timeout": "while True: pass\n",
        "memory": "x = bytearray(10**9)\n",
        "output": "while True: print('x' * 1000)\n",
    }.get(fault)
    return [_fenced(bad)] * 4 if bad else [_fenced(right)] * 2 + [_fenced("print(-1)\n"), "No idea."]


def _fenced(code: str) -> str:
    return f"```python\n{code}```"
