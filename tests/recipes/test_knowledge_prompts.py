"""What the knowledge recipe's prompts say, word for word: a change of theirs shows here before a model sees it.

FACTORY_GOLDENS=write pytest tests/recipes/test_knowledge_prompts.py    # takes over what they say now
"""

import os
from pathlib import Path

import pytest

from factory.prompts import Prompt

GOLDENS = Path(__file__).parent.parent / "goldens" / "knowledge"
STYLES = "textbook dialogue encyclopaedia exam news letter children quiz lecture story"
ROWS = {
    "en": {
        "title": "Palau",
        "heading": "Geography > Elevation",
        "chunk": "- highest point: Mount Ngerchelchuus 242 m\n- lowest point: Pacific Ocean 0 m",
        "span": "highest point: Mount Ngerchelchuus 242 m",
        "question": "How high is Mount Ngerchelchuus in Palau?",
        "answer": "242 m",
        "attempt": "It is 242 metres high, or 300.",
        "text": "Mount Ngerchelchuus is 242 m high and very cold.",
        "said": "Mount Ngerchelchuus is 242 m high and very cold.",
        "reason": "ungrounded: The source does not say that it is cold.",
    },
    "ja": {
        "title": "日本国憲法（抄）",
        "heading": "第四章　国会",
        "chunk": "第五十四条　衆議院が解散されたときは、解散の日から四十日以内に、衆議院議員の総選挙を行ひ、",
        "span": "解散の日から四十日以内に、衆議院議員の総選挙を行ひ",
        "question": "衆議院が解散されたとき、総選挙は何日以内に行われますか？",
        "answer": "四十日以内",
        "attempt": "四十日か三十日。",
        "text": "衆議院が解散されると、寒い日に、四十日以内に総選挙が行われます。",
        "said": "衆議院が解散されると、寒い日に、四十日以内に総選挙が行われます。",
        "reason": "ungrounded: 寒い日とは書かれていない。",
    },
}


def turns(name, **row):
    shown = Prompt(name).render({"most": 3, "style": "textbook", "telling_language": row["language"], **row})
    return shown.get("messages") or ({"role": "completion", "content": shown["prompt"]},)


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(
    "name", ["find_facts", "fact", "probe", "probe_completion", "grade", "retell", "grounded", "repair"]
)
def test_a_prompt_says_what_it_said(name, language):
    told = turns(f"knowledge/{{language}}/{name}", **ROWS[language], language=language)
    text = "".join(f"--- {turn['role']}\n{turn['content']}\n" for turn in told)
    if name == "retell":
        for style in STYLES.split():
            *_, example, asked = turns("knowledge/{language}/retell", **ROWS[language], language=language, style=style)
            text += f"=== {style}\n{asked['content'].splitlines()[-1]}\n{example['content']}\n"
    path = GOLDENS / f"{language}-{name}.txt"
    if os.environ.get("FACTORY_GOLDENS") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_document_without_a_title_or_a_heading_is_shown_without(language):
    row = {**ROWS[language], "title": None, "heading": "", "language": language}
    for name in ("find_facts", "fact", "retell", "grounded", "repair"):
        assert "None" not in str(turns(f"knowledge/{{language}}/{name}", **row))
