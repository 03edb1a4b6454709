# ruff: noqa: E501
"""Languages told without labels, from labels that lie, and from what an instruction says."""

import time

import pytest

from factory.code.detect import detect, language_of
from factory.code.named import named

CODE = {
    "python": "import sys\n\ndef main(argv):\n    # 引数を数える\n    for a in argv:\n        print(a)\n\nmain(sys.argv)",
    "javascript": "const xs = [1, 2, 3];\nfunction total(xs) {\n  return xs.reduce((a, b) => a + b, 0);\n}\nconsole.log(total(xs));",
    "typescript": "interface Point { x: number; y: number }\nconst norm = (p: Point): number => {\n  return Math.hypot(p.x, p.y);\n};",
    "java": "import java.util.List;\n\npublic class A {\n  public static void main(String[] args) {\n    System.out.println(args.length);\n  }\n}",
    "csharp": "using System;\n\npublic class A {\n  public string Name { get; set; }\n  public static void Main(string[] args) {\n"
    "    Console.WriteLine(args.Length);\n  }\n}",
    "c": '#include <stdio.h>\n\nint main(void) {\n  int n = 3;\n  printf("%d\\n", n); /* 出力 */\n  return 0;\n}',
    "cpp": "#include <iostream>\n#include <vector>\n\nint main() {\n  std::vector<int> v{1, 2};\n  for (auto x : v) std::cout << x;\n}",
    "go": 'package main\n\nimport "fmt"\n\nfunc main() {\n\txs := []int{1}\n\tfor _, x := range xs {\n\t\tfmt.Println(x)\n\t}\n}',
    "rust": 'fn main() {\n    let mut v: Vec<i32> = Vec::new();\n    v.push(1);\n    println!("{:?}", v);\n}',
    "ruby": "class A\n  attr_reader :x\n  def each\n    @xs.each do |x|\n      puts x\n    end\n  end\nend",
    "php": "<?php\nfunction f($xs) {\n  foreach ($xs as $x) {\n    echo $x;\n  }\n}",
    "swift": 'import Foundation\n\nfunc greet(name: String) -> String {\n  guard let n = f(name) else { return "" }\n  return "Hi \\(n)"\n}',
    "kotlin": "data class P(val x: Int)\n\nfun main() {\n    val ps = listOf(P(1), P(2))\n    println(ps.sumOf { it.x })\n}",
    "scala": "case class P(x: Int)\n\nobject Main extends App {\n  val ps = List(P(1), P(2))\n  ps.foreach { case P(x) => println(x) }\n}",
    "haskell": "module Main where\n\nimport Data.List (sort)\n\nmain :: IO ()\nmain = do\n  print (sort [2, 1])",
    "lua": "local function f(xs)\n  for i, x in ipairs(xs) do\n    if x ~= nil then\n      print(x)\n    end\n  end\nend",
    "sql": "SELECT name, COUNT(*) AS n\nFROM users\nWHERE age > 3\nGROUP BY name\nORDER BY n DESC;",
    "bash": '#!/bin/bash\nfor f in *.txt; do\n  if [ -f "$f" ]; then\n    echo "$f"\n  fi\ndone',
    "html": '<!DOCTYPE html>\n<html>\n<body>\n<div class="a">こんにちは</div>\n</body>\n</html>',
    "css": ".a {\n  color: red;\n  margin: 0 2px;\n}\n\nbody > p {\n  padding: 1em;\n}",
    "json": '{"a": [1, 2], "b": null}',
}


@pytest.mark.parametrize(("language", "code"), CODE.items())
def test_code_tells_its_language(language: str, code: str) -> None:
    assert detect(code) == language


@pytest.mark.parametrize("code", ["", "x = 1", "hello", "今日は天気がいい。", "1 2 3\n4 5 6", "a" * 100_000])
def test_what_tells_too_little_has_no_language(code: str) -> None:
    assert detect(code) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Write a function in Go that reverses a list.", "go"),
        ("Let's go to the store and write a function.", None),
        ("Rustで二分探索を書いてください。", "rust"),
        ("Ｃ言語で書いてください", "c"),
        ("Write a C++ program", "cpp"),
        ("A C program that sorts", "c"),
        ("I need a Python function.", "python"),
        ("Write a SQL query for it", "sql"),
        ("Julia wrote a letter about rust in a swift car.", None),
        ("Write a Julia function", "julia"),
        ("a sonata in C major, with vitamin C", None),
        ("C#でHTTPサーバーを作る", "csharp"),
        ("JavaScriptの関数を説明して", "javascript"),
        ("シェルスクリプトを書いて", "bash"),
        ("Translate this from Python to Rust", None),
        ("Compare Java and Kotlin", None),
        ("", None),
    ],
)
def test_an_instruction_asks_for_the_language_it_names(text: str, language: str | None) -> None:
    assert language_of(text) == language


def test_names_in_a_translation_are_all_told() -> None:
    assert named("GoからRustへ移植して") == ["go", "rust"]
    assert named("Convert this C++ code to Swift") == ["cpp", "swift"]


def fenced(label: str, code: str) -> str:
    return f"Here:\n\n```{label}\n{code}\n```\n"


def test_a_label_is_believed_unless_the_code_contradicts() -> None:
    assert language_of(fenced("rust", CODE["rust"])) == "rust"
    assert language_of(fenced("rust", CODE["python"])) == "python"
    assert language_of(fenced("javascript", CODE["typescript"])) == "javascript"
    assert language_of(fenced("rust", "let x = = 1;")) == "rust"


def test_code_without_a_label_or_without_fences_is_detected() -> None:
    assert language_of(fenced("", CODE["go"])) == "go"
    assert language_of("```kotlin\n" + CODE["kotlin"]) == "kotlin"
    assert language_of(CODE["python"]) == "python"


def test_of_two_languages_the_one_with_most_of_the_code_wins() -> None:
    install = fenced("bash", "pip install x")
    assert language_of(install + fenced("python", CODE["python"])) == "python"
    assert language_of(fenced("java", CODE["java"]) + fenced("csharp", CODE["csharp"])) is None
    assert language_of(fenced("c", CODE["c"]) + fenced("json", CODE["json"] * 20)) == "c"


@pytest.mark.parametrize("piece", ["(", "in Go ", "let x = ", "def f(x)", "select a, ", "<div ", "a::", "[", "\ud800"])
def test_hostile_text_takes_no_time(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    start = time.perf_counter()
    detect(text)
    language_of(text)
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("I am new to Go. Explain slices.", "go"),
        ("I'm learning Rust and get stuck on lifetimes.", "rust"),
        ("Rの初心者です。棒グラフを描いてください。", "r"),
        ("Swiftを学び始めました。", "swift"),
    ],
)
def test_who_learns_a_language_names_it(text, key):
    assert named(text) == [key]


@pytest.mark.parametrize("text", ["I am new to go-karts.", "Learn to go fast.", "ビタミンCを学ぶ"])
def test_who_learns_something_else_names_none(text):
    assert named(text) == []
