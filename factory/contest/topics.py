"""The topics of contest problems and the scale of difficulty, in the words used by prompts (en, ja)."""

from typing import NamedTuple


class Both(NamedTuple):
    """One thing said in English and in Japanese."""

    en: str
    ja: str


TOPICS: dict[str, Both] = {
    "arithmetic": Both("calculation with a few integers", "少数の整数の計算"),
    "strings": Both("reading, changing and comparing text", "文字列の処理"),
    "arrays": Both("sums, averages and other passes over a list", "配列の走査と集計"),
    "sorting": Both("putting things in order, ranks", "並べ替えと順位"),
    "counting": Both("how many things meet a condition", "条件を満たすものの数え上げ"),
    "number_theory": Both("divisors, primes, remainders and digits", "約数・素数・余り・各桁の数字"),
    "geometry": Both("lengths, areas and points in the plane", "長さ・面積・平面上の点"),
    "simulation": Both("following a process step by step", "手順どおりのシミュレーション"),
    "dates": Both("clocks, days of the week and calendars", "時刻・曜日・暦"),
    "greedy": Both("choices that are best at each step", "貪欲法"),
    "dp": Both("dynamic programming", "動的計画法"),
    "graphs": Both("grids, roads, trees and shortest paths", "グリッド・道路網・木・最短経路"),
}

DIFFICULTY: dict[int, Both] = {
    1: Both("one line of code, such as printing a + b", "a + b を出力するような一行のプログラム"),
    2: Both("a condition or one pass over the input", "条件分岐または一回の走査"),
    3: Both("loops and strings together, first exercises", "ループと文字列を組み合わせる入門問題"),
    4: Both("some care with cases, a dictionary or a small search", "場合分け・辞書・小さな探索"),
    5: Both("a standard technique: sorting and greedy choice, sums, simple dp", "整列と貪欲・累積和・簡単な動的計画法"),
    6: Both("dynamic programming or breadth-first search by the book", "典型的な動的計画法・幅優先探索"),
    7: Both("two-dimensional dp, shortest paths, spanning trees", "二次元の動的計画法・最短経路・全域木"),
    8: Both("combined techniques, tight limits", "複数の技法の組み合わせ・厳しい制限"),
    9: Both("hard problem of a regional contest", "地区大会の難問"),
    10: Both("hardest problems of an international final", "国際大会決勝の最難問"),
}
