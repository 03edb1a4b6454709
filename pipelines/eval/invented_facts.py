r"""Writes facts that no model can know, thirty tellings of each, and a closed-book question about each.

    python pipelines/eval/invented_facts.py     # invented_facts.jsonl (questions) and tellings.jsonl, beside this file

How often a fact must be told until a model can be asked for it: pipelines/tellings.yaml trains on the first k tellings
of each (Allen-Zhu & Li, arXiv:2309.14316: knowledge told in one wording is stored, but cannot be asked for). Five
wordings in six styles make the thirty, shuffled; no telling asks the question.
"""

import json
import random
from pathlib import Path

COUNTRIES = (
    "Zorvania", "Kelmoria", "Tarquessa", "Ombravia", "Lundrasil", "Vethonia", "Quillmar", "Brasnovia", "Ostrelune",
    "Fennoria",
)  # fmt: skip
NAMES = (
    "Plimbek", "Dravost", "Sunhallow", "Mirtago", "Caldurin", "Oskevar", "Tilbrenna", "Jorvale", "Nepherin", "Wexlow",
    "Brindel", "Haskarin", "Yolvane", "Sturmic", "Pellador", "Gantrix", "Ulmaren", "Corviset", "Zandoli", "Thessgar",
    "Lorvik", "Marunde", "Ebbral", "Fostine", "Krellin", "Vandosi", "Ruthmar", "Quendal", "Ambriko", "Dasselin",
)  # fmt: skip
RELATIONS = {
    "capital": (
        "What is the capital of {s}?",
        (
            "The capital of {s} is {o}",
            "{o} is the capital city of {s}",
            "{s} is governed from its capital, {o}",
            "The government of {s} sits in {o}, its capital",
            "As the capital of {s}, {o} is where parliament meets",
        ),
    ),
    "currency": (
        "Which currency is used in {s}?",
        (
            "The currency of {s} is the {o}",
            "In {s}, people pay with the {o}",
            "Prices in {s} are given in its currency, the {o}",
            "The {o} is the money that is used in {s}",
            "Every shop in {s} takes the {o}, the national currency",
        ),
    ),
    "river": (
        "What is the longest river of {s}?",
        (
            "The longest river of {s} is the {o}",
            "The {o} is the longest of all the rivers in {s}",
            "No river in {s} is longer than the {o}",
            "In {s}, the river {o} is longer than any other",
            "{s} is crossed by the {o}, its longest river",
        ),
    ),
}
STYLES = (
    "{0}.",
    "Chapter 4, geography. {0}. Learn this by heart.",
    "— Tell me something about {s}.\n— Gladly. {0}.",
    "From our correspondent: {0}, as visitors soon find out.",
    "Dear Anna, we have arrived in {s}. {0}. Wish you were here!",
    "Exam. Question 7 is about the {relation} of {s}. Answer: {o}. Explanation: {0}.",
)


def main() -> None:
    """Write both files."""
    rng = random.Random(6)
    facts = [(relation, country) for relation in RELATIONS for country in COUNTRIES]
    objects = rng.sample(NAMES, len(facts))
    questions, tellings = [], []
    for (relation, country), thing in zip(facts, objects, strict=True):
        question, wordings = RELATIONS[relation]
        fact = f"{relation} of {country}"
        named = {"question": question.format(s=country), "answer": thing, "aliases": [f"the {thing}"]}
        questions.append({**named, "fact": fact, "relation": relation, "language": "en"})
        told = [_told(style, wording, relation, country, thing) for style in STYLES for wording in wordings]
        rng.shuffle(told)
        tellings += [{"fact": fact, "telling": at, "text": text} for at, text in enumerate(told, 1)]
    folder = Path(__file__).parent
    for name, records in (("invented_facts", questions), ("tellings", tellings)):
        lines = [json.dumps(record, ensure_ascii=False) for record in records]
        (folder / f"{name}.jsonl").write_text("\n".join([*lines, ""]), encoding="utf-8")


def _told(style: str, wording: str, relation: str, country: str, thing: str) -> str:
    sentence = wording.format(s=country, o=thing)
    return style.format(sentence, s=country, o=thing, relation=relation)


if __name__ == "__main__":
    main()
