"""Right code, fragments, wrong code and cut code in many languages, with the real grammars."""

import time

import pytest

from factory.code.lint import lint
from factory.code.syntax import checks, looks_cut, syntax_error

RIGHT = [
    ("python", "async with a as b:\n    pass\nawait f()\nmatch x:\n    case 1:\n        print('\\d')"),
    ("python", ">>> 1 + 1\n2\n>>> for i in range(3):\n...     print(i)\n0\n1"),
    ("python", "    def f(self):\n        return 1"),
    ("python", "!pip install x\n%matplotlib inline\nimport x"),
    ("java", "public int add(int a, int b) {\n  return a + b;\n}"),
    ("java", "int x = 3;\nSystem.out.println(x);"),
    ("c", 'for (int i = 0; i < 3; i++) {\n  printf("%d\\n", i); // 日本語\n}'),
    ("cpp", "for (auto& x : v) std::cout << x;"),
    ("csharp", "public string Name { get; set; }"),
    ("php", "function f($x) { return $x; }\necho f(3);"),
    ("php", "public function f() { return $this->x; }"),
    ("javascript", 'const App = () => <div className="a">{x}</div>;'),
    ("javascript", '{ "a": 1, "b": [2] }'),
    ("typescript", "const App = (p: {x: number}) => <div>{p.x}</div>;"),
    ("typescript", 'private x: number = 3;\nfoo(): string { return "a"; }'),
    ("go", "x := 3\nfmt.Println(x)"),
    ("rust", "fn area(&self) -> f64 { self.w }"),
    ("kotlin", "override fun f(): Int = 3"),
    ("swift", "override func viewDidLoad() {\n  super.viewDidLoad()\n}"),
    ("scala", '@main def hello() =\n  println("hi")'),
    ("haskell", "x <- getLine\nputStrLn x"),
    ("css", "color: red;\nmargin: 0;"),
    ("html", "<!DOCTYPE html><html><body><br><img src=x></body></html>"),
    ("ruby", "def f = 3"),
    ("bash", "for i in 1 2 3; do echo $i; done"),
    ("json", '{"a": [1, 2]}'),
    ("matlab", "x = ["),
    ("brainfuck", "+[-->-["),
    ("python", ""),
]
WRONG = [
    ("python", "x = 1\nprint 'x'\ny = 2", "line 2:"),
    ("java", "int x = 1;\nint y = ;", "line 2:"),
    ("c", "int main() {\n  return 0\n}", "line 2: missing ;"),
    ("cpp", 'int main() {\n  std::cout < < "x";\n}', "line 2:"),
    ("csharp", "int x = ;", "line 1:"),
    ("javascript", "let x = ;", "line 1:"),
    ("typescript", "let x: = 3;", "line 1:"),
    ("go", "func main() {\n\tx := := 3\n}", "line 2:"),
    ("rust", "fn main() {\n    let = 3;\n}", "line 2:"),
    ("php", "<?php echo 3 4;", "line 1:"),
    ("lua", "local = 3", "line 1:"),
    ("haskell", "f x = = 3", "line 1:"),
    ("json", '{"a": }', "line 1:"),
]
CUT = [
    ("python", "def f(x):\n    y = foo(x,\n            1,"),
    ("python", 'def f(x):\n    """Say what'),
    ("python", "x = 1\nfor i in x:"),
    ("java", "class A {\n  int f() {\n    return 1;\n  }\n\n  int g(int x"),
    ("javascript", "const a = [1, 2];\nfunction f() {\n  return a.map((x) => {\n    con"),
    ("go", 'package main\n\nfunc main() {\n\tfmt.Println("a'),
    ("ruby", "class A\n  def f(x)\n    x.each do |y|\n      puts y"),
    ("lua", "local function f(x)\n  for i = 1, x do\n    print("),
    ("css", "a { color: red; }\nb {\n  marg"),
    ("matlab", "x = [1, 2,"),
]


@pytest.mark.parametrize(("language", "code"), RIGHT)
def test_whole_programs_and_fragments_are_no_errors(language: str, code: str) -> None:
    assert syntax_error(code, language) is None


@pytest.mark.parametrize(("language", "code", "said"), WRONG)
def test_wrong_code_is_told_with_its_line_and_is_not_cut(language: str, code: str, said: str) -> None:
    error = syntax_error(code, language)
    assert error is not None and error.startswith(said)
    assert not looks_cut(code, language)


@pytest.mark.parametrize(("language", "code"), CUT)
def test_code_that_stops_in_the_middle_is_cut(language: str, code: str) -> None:
    assert looks_cut(code, language)
    assert (syntax_error(code, language) is not None) == checks(language)


@pytest.mark.parametrize(("language", "code"), RIGHT[:-4])
def test_right_code_is_not_cut(language: str, code: str) -> None:
    assert not looks_cut(code, language)


def test_an_open_bracket_in_the_middle_is_wrong_and_not_cut() -> None:
    code = "def f(x):\n    y = foo(x, 1\n    return y\n\n\ndef g(x):\n    for y in x:\n        print(y)\n    return 2\n"
    assert syntax_error(code, "python") and not looks_cut(code, "python")


@pytest.mark.parametrize("size", [4_000, 100_000])
@pytest.mark.parametrize("language", ["python", "javascript", "cpp", "bash", "perl", "html", "haskell"])
@pytest.mark.parametrize("piece", ["(", "([{", "<", "a ", "if ", '"', "-", "\0", "\ud800", "```\n"])
def test_hostile_code_takes_no_time(language: str, piece: str, size: int) -> None:
    code = piece * (size // len(piece))
    start = time.perf_counter()
    syntax_error(code, language)
    looks_cut(code, language)
    lint(code, language)
    assert time.perf_counter() - start < 3


def test_deep_nesting_is_given_up_and_what_is_too_long_is_not_judged() -> None:
    assert syntax_error("(" * 1000 + ")" * 1000, "javascript") == "line 1: too tangled to parse"
    assert syntax_error("(" * 40_000, "javascript") is None


def test_the_linter_names_what_is_undefined_or_unused() -> None:
    assert lint("import os\nprint(x)", "python") == ["line 1: 'os' imported but unused", "line 2: undefined name 'x'"]
    assert lint("x = (", "python") == lint("x", "ruby") == []


@pytest.mark.parametrize("language", ["javascript", "typescript", "swift"])
def test_a_sentence_among_statements_is_an_error(language: str) -> None:
    error = syntax_error("f(1)\nここで、値を一つ増やします。\nf(2)\n", language)
    assert str(error).startswith("line 2: unexpected")
    assert syntax_error('f("はい、そうです。") // 値を、返す。\n', language) is None


def test_conflict_marks_are_an_error() -> None:
    code = "func f() {\n<<<<<<< ours\n  g(1)\n=======\n  g(2)\n>>>>>>> theirs\n}\n"
    assert syntax_error(code, "swift") == "line 2: conflict marks of a merge"
