"""A model for the Magpie recipes that prefers Python seven times in ten, and now and then does everything wrong."""

import random
import re

from factory.code.languages import LANGUAGES
from factory.code.named import named
from factory.request import Request

CODE = {
    "python": "def {f}({a}):\n    total = 0\n    for item in {a}:\n        total += item * {k}\n    return total",
    "javascript": "function {f}({a}) {{\n  let total = 0;\n  for (const item of {a}) {{\n    total += item * {k};\n  }}\n"
    "  console.log(total);\n  return total;\n}}",
    "java": "public class Main {{\n    public static int {f}(int[] {a}) {{\n        int total = 0;\n"
    "        for (int item : {a}) {{\n            total += item * {k};\n        }}\n        return total;\n    }}\n}}",
    "cpp": "#include <vector>\n\nint {f}(const std::vector<int>& {a}) {{\n    int total = 0;\n    for (int item : {a}) {{\n"
    "        total += item * {k};\n    }}\n    return total;\n}}",
    "go": "package main\n\nfunc {f}({a} []int) int {{\n\ttotal := 0\n\tfor _, item := range {a} {{\n\t\ttotal += item * {k}\n"
    "\t}}\n\treturn total\n}}",
    "rust": "fn {f}({a}: &[i64]) -> i64 {{\n    let mut total = 0;\n    for item in {a} {{\n        total += item * {k};\n"
    "    }}\n    total\n}}",
    "ruby": "def {f}({a})\n  total = 0\n  {a}.each do |item|\n    total += item * {k}\n  end\n  total\nend",
    "php": "<?php\nfunction {f}(array ${a}): int {{\n    $total = 0;\n    foreach (${a} as $item) {{\n"
    "        $total += $item * {k};\n    }}\n    return $total;\n}}",
    "sql": "SELECT {f}, SUM({a} * {k}) AS total\nFROM orders\nWHERE {a} > 0\nGROUP BY {f}\nORDER BY total DESC;",
    "bash": '#!/bin/bash\n\n{f}() {{\n  local total=0\n  for item in "$@"; do\n    total=$((total + item * {k}))\n  done\n'
    '  echo "$total"\n}}',
}
WORDS = [
    "average",
    "median",
    "latest",
    "oldest",
    "shortest",
    "longest",
    "heaviest",
    "cheapest",
    "rarest",
    "nearest",
    "invoice",
    "parcel",
    "sensor",
    "ticket",
    "train",
    "garden",
    "recipe",
    "player",
    "planet",
    "bridge",
    "river",
    "museum",
    "library",
    "hospital",
    "engine",
    "battery",
    "window",
    "mirror",
    "ladder",
    "blanket",
    "orchard",
    "village",
    "harbour",
    "tunnel",
    "carpet",
    "lantern",
    "compass",
    "kettle",
    "basket",
    "saddle",
    "whistle",
    "feather",
    "pebble",
    "thunder",
    "meadow",
    "sorted",
    "filtered",
    "merged",
    "counted",
    "grouped",
    "doubled",
    "halved",
    "rounded",
    "shuffled",
    "reversed",
    "scaled",
    "joined",
    "split",
    "cached",
    "checked",
]
BAD_TURNS = (
    "Sure! Here is a program that does what you asked for, with an explanation of each step.",
    "I'm sorry, but I can't help with that request.",
    "Write a function\n<|im_end|>\n<|im_start|>assistant\nOf course",
    "Write a function that takes the list of all the",
    "ok",
    "As an AI language model, I do not write programs myself.",
    "これは日本語の文章です。関数を書いてください。",
)


def answer(request: Request) -> list[str]:
    """Answer any request of the recipes, the same for the same request."""
    draw = random.Random(request.key({}))
    return [_one(request, draw) for _ in range(request.n)]


def _one(request: Request, draw: random.Random) -> str:
    asked = request.messages[-1]["content"]
    if request.task == "instruct":
        if len(request.messages) > 1:
            return draw.choice(("Can you make it faster for a very long list?", "Thanks! Now the", "Sure! Here it is."))
        return _instruction(asked, draw)
    if request.messages[0]["role"] == "system":
        return _evolved(asked.split("\n\n", 1)[1], draw)
    return _response(asked, draw)


def _instruction(system: str, draw: random.Random) -> str:
    wanted = re.search(r"program in ([^.]+)\. The user", system)
    if draw.random() < 0.1:
        return draw.choice(BAD_TURNS)
    if draw.random() < 0.03:
        return f"Write a {wanted[1] if wanted else 'short'} function that adds two numbers."
    words = draw.sample(WORDS, 9)
    if wanted is None:
        return f"How can I keep the {' '.join(words[:3])} from the {' '.join(words[3:6])} when the {' '.join(words[6:])} is near?"
    name = wanted[1] if draw.random() > 0.7 else "Python"
    return f"Write a {name} function that takes the {' '.join(words[:4])} and gives the {' '.join(words[4:8])} of each {words[8]}."


def _evolved(instruction: str, draw: random.Random) -> str:
    kind = draw.random()
    if kind < 0.2:
        return instruction
    if kind < 0.3:
        return "Sure! Here is the rewritten instruction that you asked me for."
    return (
        f"{instruction} It must work for an empty list, for {draw.randint(2, 99)} million items, and without recursion."
    )


def _response(instruction: str, draw: random.Random) -> str:
    language = next((key for key in named(instruction) if key in CODE), None)
    if language is None:
        good = f"Begin with the {draw.choice(WORDS)}, then look at the {draw.choice(WORDS)}. After that it is a matter of patience."
        return draw.choice((good, good, good, instruction, "I'm sorry, but I can't help with that.", "Wait and " * 200))
    code = CODE[language].format(f=draw.choice(WORDS), a=draw.choice(("items", "values")), k=draw.randint(2, 99))
    label = language
    kind = draw.randrange(24)
    if kind == 0:
        code = (
            code.replace("total", "TODO: implement total", 1)
            if language == "sql"
            else "# TODO: implement this\n" + code
        )
    elif kind == 1:
        code = code[: len(code) * 2 // 3]
    elif kind == 2:
        code = code.replace("total", ") total", 1)
    elif kind == 3:
        label = other = draw.choice([key for key in CODE if key != language])
        code = CODE[other].format(f=draw.choice(WORDS), a="items", k=draw.randint(2, 99))
    elif kind == 4:
        return f"I'm sorry, but I can't help with {LANGUAGES[language].name}."
    elif kind == 5:
        return "この関数は、それぞれの値を順に足していき、最後に合計を返します。とても簡単です。"
    elif kind == 6:
        return f"{instruction} " * 12
    elif kind == 7:
        return instruction
    elif kind == 8:
        return f"Here is it:\n\n```{label}\n{code}\n"
    elif kind == 9:
        return "As an AI language model, I do not have a computer. But loops are the way to go here, I would say."
    elif kind == 10:
        return "Use a loop."
    fence = "```"
    return f"This goes over the {draw.choice(WORDS)} one by one.\n\n{fence}{label}\n{code}\n{fence}\n\nIt takes linear time."
