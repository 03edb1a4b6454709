"""A model for the knowledge recipe that mostly does well, and now and then does each thing wrong that is checked for."""

import json
import random
import re
from collections.abc import Iterator

from factory.request import Choice, Reply, Request
from factory.rows import share_of

WORDS = (
    "harbour keepers storm lantern granite gulls ferry winter fishermen beacon cliff rope window stairs painter chapel "
    "island morning travellers letter museum captain village barrel compass thunder orchard bridge market evening"
)
EN = WORDS.split()
JA = ["港", "漁師", "嵐の夜", "花崗岩", "渡し船", "冬の朝", "村人", "石段", "画家", "礼拝堂", "旅人", "手紙", "博物館", "船長",
      "羅針盤", "雷雨", "果樹園", "市場", "夕暮れ", "灯火", "岬の道", "浜辺", "古い地図", "案内板"]  # fmt: skip
JSON_FAULTS = ("This is not what was asked for", "Was soll ich sagen?")
FACT_FAULTS = [
    "not_in_text", "not_in_span", "bare_span", "gives_away", "needs_the_text", "no_question", "language", "wrong_kind",
    "unknown_name", "empty",
]  # fmt: skip
TELLING_FAULTS = [
    "copy_of_source", "copy_of_sibling", "no_answer", "cut_off", "truncated", "language", "leakage", "refusal",
    "assistant_talk", "placeholder", "loop", "characters", "copy_of_example",
]  # fmt: skip

_OF_DRAWS = ("copy_of_sibling", "copy_of_example", "cut_off", "leakage")


def documents(count: int) -> Iterator[dict[str, str]]:
    """Yield records of one chunk each, one in five in Japanese; one in forty repeats the one before it."""
    for number in range(count):
        draw = random.Random(f"document {number - 1 if number % 40 == 39 else number}")
        ja = number % 40 != 39 and number % 5 == 0
        height, year = draw.randint(12, 97), draw.randint(1801, 1999)
        if ja:
            name = "".join(draw.choices("アカサタナハマヤラワイキシチニヒミリウクスツヌフムユル", k=7))
            text = (
                f"{name}灯台の高さは地面から測って{height}メートルであり、岬の先端に立っている。\n"
                f"{name}灯台は、長い工事の末に{year}年に完成し、それ以来ずっと船の安全を見守っている。"
            )
        else:
            name = "".join(draw.choices(["ba", "do", "ki", "lu", "me", "no", "ra", "si", "to", "vu"], k=4)).title()
            text = (
                f"The lighthouse of {name} stands {height} metres tall at the very end of the long northern cape.\n"
                f"The lighthouse of {name} was finished in {year} after many years of hard work on the rocks."
            )
        yield {"text": text, "title": name}


def answer(request: Request) -> Reply | str | list[str]:
    """Answer any request of the recipe, the same for the same request."""
    draw = random.Random(request.key({}))
    if request.task == "likelihood":
        tokens = 0 if draw.random() < 0.02 else len(request.prompt or "") // 4
        return Reply(numbers=tuple(-draw.random() * 4 for _ in range(tokens)), model="scripted")
    system, asked = request.messages[0]["content"], request.messages[-1]["content"]
    if request.json_schema is not None:
        fields = request.json_schema["properties"]
        if asked.startswith(JSON_FAULTS):
            return "I would rather not."
        if "facts" in fields:
            return _picked(fields, draw) if "anyOf" in fields["facts"]["items"] else _facts(asked, draw)
        return _marks(draw) if "same" in fields else _verdict(asked, draw)
    if system.startswith(("Answer the question from memory", "質問に、記憶だけ")):
        return [_closed_book(asked, number) for number in range(request.n)]
    if system.startswith(("You tell a fact", "あなたは、ある事実")):
        return _telling(asked, request.messages[-2]["content"], draw)
    return _repaired(asked, draw)


def _facts(asked: str, draw: random.Random) -> str:
    """Find the height and the year, and one fact with a fault; one chunk in twenty has nothing else."""
    ja, lines = "灯台" in asked, asked.split("\n")
    tall, old = lines[-2:]
    name = re.search(r"(\w+)灯台" if ja else r"lighthouse of (\w+)", tall)[1]  # type: ignore[index]
    height = re.search(r"\d+(?:メートル| metres)", tall)[0]  # type: ignore[index]
    year = re.search(r"\d{4}年?", old)[0]  # type: ignore[index]
    how_tall = f"{name}灯台の高さは何メートルですか？" if ja else f"How tall is the lighthouse of {name}?"
    which_year = f"{name}灯台が完成したのは何年ですか？" if ja else f"In which year did they finish the {name} light?"
    good = [(tall, height, how_tall), (old, year, which_year)]
    bad = {
        "not_in_text": ("It is painted in red and white.", "red", f"Which colours does {name} have?"),
        "not_in_span": (old, "purple", how_tall),
        "bare_span": (height, height, how_tall),
        "gives_away": (old, year, f"Was {name} finished in {year}?"),
        "needs_the_text": (
            tall,
            height,
            "文章によると、高さは何メートルですか？" if ja else "How tall is it, in the text?",
        ),
        "no_question": (tall, height, f"{name}." if not ja else f"{name}の高さ"),
        "language": (tall, height, how_tall if not ja else f"How tall is the lighthouse of {name} on the cape?"),
        "wrong_kind": (
            old,
            year,
            f"{name}灯台を建てたのは誰ですか？" if ja else f"Who built the lighthouse of {name}?",
        ),
        "unknown_name": (
            old,
            year,
            f"{name}とパリの灯台ができたのは？ ロンドンは何年ですか？" if ja else "When did Paris get it?",
        ),
        "empty": (" ", "1", "?"),
    }[draw.choice(FACT_FAULTS)]
    if not ja and bad[2] == how_tall and bad[1] == height and bad[0] == tall:
        bad = (tall, height, "その灯台の高さは何メートルですか？")  # "language"
    number = draw.random()
    if number < 0.02:
        return '{"facts": "none"}'
    given = [bad] if number < 0.06 else [*good, bad]
    return json.dumps({"facts": [{"span": span, "answer": said, "question": ask} for span, said, ask in given]})


def _picked(fields: dict, draw: random.Random) -> str:
    """Ask something of the first sentences offered."""
    facts = []
    for fact in fields["facts"]["items"]["anyOf"][:2]:
        span, said = fact["properties"]["span"]["const"], draw.choice(fact["properties"]["answer"]["enum"])
        words = [word for word in re.findall(r"[a-z]{4,}|[一-鿿]{2,}", span) if said not in word and word not in said]
        ja = re.search(r"[ぁ-ん]", span)
        if ja:
            ask = f"{'と'.join(words[:4])}について、定められているのは{'何年' if said[0].isdigit() else 'どのようなこと'}ですか？"
        else:
            ask = f"In which year or place, or for what, is there {' '.join(words[:6])}?"
        facts.append({"span": span, "answer": said, "question": ask})
    return json.dumps({"facts": facts})


def _closed_book(question: str, number: int) -> str:
    """Know three facts in ten well, one in ten half; hedge at one in ten, and have no idea of the rest."""
    share, ja = share_of("known", question), "灯台" in question
    right = _reference(question, ja)
    if share < 0.3 or (share < 0.4 and number < 2):
        return right
    if share < 0.5:
        return f"{right}または5メートル" if ja else f"{right} or 5 metres"
    if share < 0.6:
        return "わかりません。" if ja else "I don't know."
    return "3メートルです。" if ja else "It was in 1234."


def _reference(question: str, ja: bool) -> str:
    """Give the answer that the documents have; they are made again to find it."""
    if not _KNOWN:
        for record in documents(2000):
            tall, old = record["text"].split("\n")
            _KNOWN[record["title"]] = (re.search(r"\d+", tall)[0], re.search(r"\d{4}", old)[0])  # type: ignore[index]
    name = re.search(r"(\w+)灯台" if ja else r"of (\w+)\?|the (\w+) light\?", question)
    if name is None:
        return "It is blue."
    height, year = _KNOWN.get(name[1] or name[2], ("5", "1234"))
    return height if "tall" in question or "高さ" in question else year


_KNOWN: dict[str, tuple[str, str]] = {}


def _marks(draw: random.Random) -> str:
    number = draw.random()
    if number < 0.2:
        return JSON_FAULTS[1]
    return json.dumps({"reason": "It says so.", "same": number < 0.6})


def _verdict(asked: str, draw: random.Random) -> str:
    """Judge; one in fifteen cannot be read, not even when asked again, and one in ten is a no."""
    number = draw.random()
    if number < 0.06:
        return JSON_FAULTS[1]
    no = number < 0.16
    return json.dumps({"reason": "The source does not say so." if no else "The source says so.", "verdict": not no})


def _told(asked: str) -> tuple[str, str, str, str]:
    """Give the source, the span, the question and the answer of a request for a telling."""
    source, span, fact = re.search(
        r"^(?:Source: |出典：)(.*)\n(?:It says: |出典の記述：)(.*)\n(?:The fact: |事実：)(.*)$", asked, re.MULTILINE
    ).groups()  # type: ignore[union-attr]
    question, said = re.match(r"(.*[?？]) (.*)", fact).groups()  # type: ignore[union-attr]
    return source, span, question, said


def _sentence(ja: bool, name: str, said: str, draw: random.Random) -> str:
    if ja:
        one, two, three, four = draw.sample(JA, 4)
        return f"{one}の話をすると、{two}は{name}の名を挙げた。{said}という答えを、{three}も{four}も忘れなかった。"
    one, two, three, four, five, six = draw.sample(EN, 6)
    return (
        f"Ask the {one} about the {two} of {name}, and the {three} will tell you {said}. "
        f"Neither {four} nor {five} could forget the {six}."
    )


def _telling(asked: str, example: str, draw: random.Random) -> Reply | str:
    """Tell the fact; every third draw has a fault. Of one lighthouse in 25 every telling says both facts."""
    name, span, question, said = _told(asked)
    ja = "書き方：" in asked
    number = draw.random()
    if share_of("both", name) < 0.04 and not ja:
        height, year = _both(name)
        return f"All about {name}: mind {height} metres and mind {year}, for sailors have both numbers in their heads."
    good = _sentence(ja, name, said, draw)
    if number < 0.66:
        return good
    fault = draw.choice(TELLING_FAULTS)
    if fault == "copy_of_example":
        return example.replace("5,895 metres", said).replace("3776メートル", said)
    if fault == "cut_off":
        return Reply((Choice(good[:-9], "length"),), completion_tokens=100, model="scripted")
    return _faulty(fault, ja, name, span, question, said, draw)


def _both(name: str) -> tuple[str, str]:
    _reference("", False)
    return _KNOWN.get(name, ("5", "1234"))


def _faulty(fault: str, ja: bool, name: str, span: str, question: str, said: str, draw: random.Random) -> str:
    good = _sentence(ja, name, said, draw)
    return {
        "copy_of_source": span,
        "copy_of_sibling": _sentence(ja, name, said, random.Random(question)),
        "no_answer": _sentence(ja, name, "何も" if ja else "nothing", draw),
        "truncated": good[:-1] + ("、そして、" if ja else ", and the"),
        "language": _sentence(not ja, name, said, draw),
        "leakage": f"{good}\n事実：{question}" if ja else f"{good}\nThe fact: {question}",
        "refusal": "申し訳ありませんが、お手伝いできません。"
        if ja
        else "I'm sorry, but I can't help with that request.",
        "assistant_talk": f"はい、承知しました。以下に文章を示します。{good}"
        if ja
        else f"Sure! Here is the text you asked for: {good}",
        "placeholder": f"{good}［ここに名前を入れてください］" if ja else f"{good} [insert the name here]",
        "loop": (f"{said}です。" if ja else f"It is {said}. ") * 40,
        "characters": f"{said}。" if ja else f"{said}.",
    }[fault]


def _repaired(asked: str, draw: random.Random) -> Reply | str:
    """Mend six tellings in ten; the others are bad in a way of their own."""
    ja = asked.startswith("出典：")
    name, span, said = re.search(
        r"^(?:Source: |出典：)(.*)\n(?:It says: |出典の記述：)(.*)\n(?:Answer to keep: |残す答え：)(.*)$",
        asked,
        re.MULTILINE,
    ).groups()  # type: ignore[union-attr]
    number = draw.random()
    if number < 0.05:
        return Reply((Choice("So far", "length"),), completion_tokens=100, model="scripted")
    if number < 0.6:
        return _sentence(ja, name, said, draw)
    if number < 0.62:
        return "<|im_start|>user\n" + _sentence(ja, name, said, draw)
    faults = [fault for fault in TELLING_FAULTS if fault not in _OF_DRAWS]
    return _faulty(draw.choice(faults), ja, name, span, f"{name}?", said, draw)
