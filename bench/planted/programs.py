"""Python programs for contest problems, which are run: right ones, and all that a program can do wrong.

`PORT` is one on which the bench listens while it runs, so that a connection fails for the sandbox alone.
"""

from collections.abc import Iterator
from typing import Any

from factory.contest.families import FAMILIES
from planted.case import Case

_FIRST = "import sys\ndata = sys.stdin.read()\n"
FAULTY: dict[str, tuple[str, ...]] = {
    "endless loop": (
        "while True:\n    pass\n",
        "n = 1\nwhile n:\n    n += 1\n",
        "import itertools\nfor i in itertools.count():\n    pass\n",
        "import time\ntime.sleep(3600)\n",
    ),
    "eats memory": (
        "x = bytearray(4 * 10**9)\n",
        "x = [0] * 10**9\n",
        "x = ['a' * 10**6]\nwhile True:\n    x = x + x\n",
        "x = {}\nfor i in range(10**9):\n    x[i] = str(i) * 100\n",
    ),
    "reads a file": (
        "secret = open('/etc/passwd').read()\n",
        "import pathlib\nsecret = pathlib.Path('/etc/group').read_text()\n",
        "secret = open('/etc/hosts').read()\n",
        "import glob\nsecret = glob.glob('/etc/*.conf')[0]\n",
    ),
    "opens the network": (
        "import socket\nsocket.create_connection(('127.0.0.1', PORT), 0.5)\n",
        "import http.client\nhttp.client.HTTPConnection('127.0.0.1', PORT, timeout=0.5).connect()\n",
        "import asyncio\nasyncio.run(asyncio.open_connection('127.0.0.1', PORT))\n",
        "import importlib\ns = importlib.import_module('socket').socket(2, 2)\ns.sendto(b'x', ('127.0.0.1', PORT))\n",
    ),
    "starts a process": (
        "import subprocess\nsubprocess.run(['ls'], capture_output=True, check=True)\n",
        "import importlib\nos = importlib.import_module('os')\nos.kill(os.fork() or 0, 0)\n",
        "import os\nos.execv('/bin/sh', ['sh', '-c', 'echo 1'])\n",
        "import os\nos.system('true')\n",
    ),
    "crashes": (
        _FIRST + "print(data.split()[10**9])\n",
        "print(1 // 0)\n",
        "def f(n):\n    return f(n + 1)\n\n\nprint(f(0))\n",
        "import os\nos.abort()\n",
    ),
    "undefined name": (
        "print(solve(input()))\n",
        "for i in range(n):\n    print(i)\n",
        "print(math.sqrt(4))\n",
        "result = None\nprint(resultt)\n",
    ),
    "prints nothing": (
        "def solve():\n    return 1\n\n\nsolve()\n",
        _FIRST,
        "def main():\n    print(input())\n",
        "if __name__ == 'main':\n    print(1)\n",
    ),
    "floods its output": (
        "while True:\n    print('x' * 1000)\n",
        "for i in range(10**7):\n    print(i)\n",
        "print('a' * 10**7)\n",
        "import sys\nwhile True:\n    sys.stderr.write('no ' * 1000)\n",
    ),
    "syntax error in a program": (
        "def f(:\n    pass\n",
        "n = int(input()\nprint(n)\n",
        "for i in range(3)\n    print(i)\n",
        "Here is the solution:\nprint(1)\n",
    ),
    "asks a person": (
        "n = input('Enter the number: ')\nprint('The result is', n)\n",
        "print('Welcome!')\nprint(input())\n",
        "print('Answer:', sum(map(int, input().split())))\n",
        "print('[', input(), ']')\n",
    ),
}
ALSO = {"endless loop", "eats memory", "reads a file", "opens the network", "starts a process", "floods its output"}
"""What stands before a right program: its output alone would pass."""


def good() -> Iterator[Case]:
    """The families' own solutions, with their own tests."""
    for stem, problem in enumerate(_problems(1)):
        yield Case("program", None, "any", stem, {"code": problem["solution"], "tests": problem["tests"][:4]})


def bad() -> Iterator[Case]:
    problems = list(_problems(0))
    for kind, programs in FAULTY.items():
        for stem, code in enumerate(programs):
            for step in range(3):
                problem = problems[(7 * stem + step) % len(problems)]
                also = f"{code}\n{problem['solution']}" if kind in ALSO else code
                yield Case("program", kind, "any", stem, {"code": also, "tests": problem["tests"]})
    for stem, problem in enumerate(problems):
        other = problems[(stem + 1) % len(problems)]
        if [test["output"] for test in other["tests"]] != [test["output"] for test in problem["tests"]]:
            row = {"code": other["solution"], "tests": problem["tests"]}
            yield Case("program", "wrong output: another problem's program", "any", stem, row)
        if "print(" in problem["solution"]:
            code = problem["solution"].replace("print(", "print(1, " if stem // 2 % 2 else "print(0) or print(")
            yield Case("program", "wrong output", "any", stem, {"code": code, "tests": problem["tests"]})
        examples = "".join(test["output"] for test in problem["tests"][:1])
        answers = {test["output"] for test in problem["tests"]}
        if len(answers) > 1:
            row = {"code": f"print({examples!r}, end='')\n", "tests": problem["tests"]}
            yield Case("program", "prints the first example", "any", stem, row)


def _problems(seed: int) -> Iterator[dict[str, Any]]:
    return (dict(family.make(seed, "en")) for family in FAMILIES.values())
