"""The fields of mathematics and the scale of difficulty, in the words used by prompts (en, ja)."""

from typing import NamedTuple


class Description(NamedTuple):
    """One thing said in English and in Japanese."""

    en: str
    ja: str


FIELDS: dict[str, Description] = {
    "arithmetic": Description(
        "calculation with whole numbers, fractions, decimals and percentages", "整数・分数・小数・割合の計算"
    ),
    "algebra": Description("equations, polynomials and functions", "方程式・多項式・関数"),
    "geometry": Description("lengths, angles, areas and coordinates", "長さ・角度・面積・座標"),
    "number_theory": Description("divisibility, primes, remainders and bases", "約数・素数・余り・記数法"),
    "combinatorics": Description("counting arrangements and selections", "順列・組合せなどの数え上げ"),
    "probability": Description("chances of random events", "確率"),
    "statistics": Description("mean, median, range and other summaries of data", "平均・中央値・範囲などデータの要約"),
    "measurement": Description("units, time, calendars and money", "単位・時間・暦・お金"),
    "sequences": Description("patterns, arithmetic and geometric sequences", "規則性・等差数列・等比数列"),
    "calculus": Description("limits, derivatives and integrals", "極限・微分・積分"),
    "logic": Description("drawing conclusions from given statements", "論理・推論"),
}

DIFFICULTY: dict[int, Description] = {
    1: Description("one step, primary school, small numbers", "小学校低学年、小さな数で一段階"),
    2: Description("one or two steps, primary school", "小学校中学年、一〜二段階"),
    3: Description("several steps, upper primary school", "小学校高学年、数段階"),
    4: Description("lower secondary school exercise", "中学校の練習問題"),
    5: Description("upper secondary school exercise", "高校の練習問題"),
    6: Description("university entrance examination, standard question", "大学入試の標準問題"),
    7: Description("university entrance examination, hard question", "大学入試の難問"),
    8: Description("mathematics contest, first rounds", "数学コンテストの予選"),
    9: Description("national olympiad", "数学オリンピックの国内本選"),
    10: Description("international olympiad, final", "国際数学オリンピックの最終問題"),
}
