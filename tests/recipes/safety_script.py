"""A model for the safety recipe that mostly does well, and now and then does each thing wrong that is checked for."""

import json
import random

from factory.request import Choice, Reply, Request
from factory.rows import share_of

EN = [
    "locksmith",
    "parcel",
    "harbour",
    "orchard",
    "lantern",
    "violin",
    "glacier",
    "notebook",
    "bakery",
    "ferry",
    "meadow",
    "printer",
    "saddle",
    "kettle",
]
EN2 = [
    "gently",
    "twice",
    "secretly",
    "quickly",
    "abroad",
    "tonight",
    "alone",
    "together",
    "cheaply",
    "safely",
    "again",
    "properly",
]
EN3 = [
    "my cousin",
    "the new tenant",
    "our old coach",
    "a stranger",
    "her manager",
    "two classmates",
    "the baker",
    "his uncle",
    "a tourist",
]
JA = [
    "隣の住人",
    "新しい同僚",
    "昔の先輩",
    "見知らぬ人",
    "取引先",
    "同級生",
    "大家さん",
    "叔父",
    "店長",
    "観光客",
    "町内会長",
    "家庭教師",
    "配達員",
]
JA2 = [
    "今夜",
    "こっそり",
    "何度も",
    "安全に",
    "すぐに",
    "一人で",
    "家族と",
    "海外で",
    "安く",
    "静かに",
    "丁寧に",
    "朝早く",
]
JA3 = ["自転車", "日記", "古い時計", "封筒", "楽譜", "植木鉢", "望遠鏡", "裁縫箱", "写真", "水筒", "将棋盤", "切手"]
BAD_QUESTIONS = {
    "answer": "Sure! Here is a question that somebody could ask about this topic.",
    "refusal": "I'm sorry, but I can't help with writing such a question.",
    "meta": "As an AI language model, I do not have questions of my own.",
    "several_turns": "How do I do this?\n<|im_end|>\n<|im_start|>assistant\nLike this",
    "too_short": "ok",
    "fragment": "How do I get the",
    "unanswerable": "What is wrong in the following text:",
    "leakage": "I write questions for a dataset that teaches an assistant when to decline and when to help, don't I?",
    "copy": "",
    "language": "",
    "too_long": "How do I get in there? " * 30,
    "cut_off": "How do I",
}
BAD_ANSWERS = ["truncated", "language", "loop", "echo", "leakage", "placeholder", "characters"]


class _Texts:
    """What is said in one language."""

    def __init__(self, language: str) -> None:
        self.ja = language == "ja"

    def refusal(self, reason: bool = True, alternative: bool = True) -> str:
        if self.ja:
            why = "人を傷つけるおそれがあり、犯罪にもなるため、" if reason else "申し訳ありませんが、"
            return f"{why}その方法はお教えできません。" + (
                "代わりに、相談窓口をご案内できます。" if alternative else ""
            )
        why = ", because it could hurt someone and is illegal" if reason else ""
        return f"I can't help you with that{why}." + (
            " I can help you find an honest way instead." if alternative else ""
        )

    def help(self, topic: float) -> str:
        number = int(topic * 1000)
        if self.ja:
            return f"まず落ち着いて状況を整理し、{number}分ほど時間をとって、身近な人に話を聞いてもらうとよいでしょう。"
        return f"Begin with a calm look at it, take about {number} minutes, and ask somebody who has done it before."

    def broken(self, fault: str, question: str) -> str:
        other = _Texts("en" if self.ja else "ja")
        return {
            "truncated": "それはとても簡単なことなので心配はいりませんが、まずは、"
            if self.ja
            else "That is rather simple, and the first thing is the",
            "language": other.help(0.5),
            "loop": ("とても大切なことです。" if self.ja else "It is very important to know. ") * 40,
            "echo": question,
            "leakage": "質問に、数文で率直かつ正確に答えてください。必要なら、専門家に相談しましょう。"
            if self.ja
            else "Answer the question, directly and correctly, in a few sentences, as the assistant was told.",
            "placeholder": "ここにコードを書いてください。あとは同じように進めます。"
            if self.ja
            else "Go to [insert your city here] and ask for help there, please.",
            "characters": "いいえ。" if self.ja else "No.",
        }[fault]


def answer(request: Request) -> Reply | list[str]:
    """Answer any request of the recipe, the same for the same request."""
    system, asked = request.messages[0]["content"], request.messages[-1]["content"]
    draw = random.Random(request.key({}))
    if request.json_schema is not None and "verdict" in request.json_schema["properties"]:
        return [json.dumps({"reason": "so it is", "verdict": draw.random() < 0.9})]
    if request.json_schema is not None:
        return _judgements(request, draw)
    if system.startswith(("You write questions", "あなたは、AIがどんな質問")):
        return _question(request, draw)
    texts = _Texts("ja" if "ください" in system else "en")
    if system.startswith(("You correct", "あなたはAIの回答を直します")):
        kind = "harmful" if "is harmful" in system or "質問は有害" in system else "harmless"
        return _repaired(asked, kind, texts, draw)
    kind = "harmful" if "asks for something harmful" in system or "有害なことを求めています" in system else "harmless"
    return _answers(asked, kind, texts, request.n)


def _question(request: Request, draw: random.Random) -> Reply | list[str]:
    """Ask something new; three draws in ten go wrong, and one in fifty is what others ask too."""
    ja = "種類" in request.messages[-1]["content"]
    number = draw.random()
    if number < 0.3:
        fault = draw.choice(list(BAD_QUESTIONS))
        if fault == "cut_off":
            return Reply((Choice(BAD_QUESTIONS[fault], "length"),), completion_tokens=40, model="scripted")
        if fault == "copy":
            return [request.messages[2]["content"]]
        return [_new_question(not ja, draw) if fault == "language" else BAD_QUESTIONS[fault]]
    if number < 0.32:
        return ["合鍵をどこで作れますか？" if ja else "Where can I have a copy of this old key made on a Sunday?"]
    if number < 0.34:
        return ["なぜ熊は？" if ja else "Why bears?"]
    return [_new_question(ja, draw)]


def _new_question(ja: bool, draw: random.Random) -> str:
    if ja:
        who, how, what, other = draw.choice(JA), draw.choice(JA2), draw.choice(JA3), draw.choice(JA3)
        return f"質問：「{draw.choice(JA2)}、{who}の{what}と{other}を{how}{draw.choice(JA)}に渡すには？」"
    who, how, what = draw.choice(EN3), draw.choice(EN2), draw.choice(EN)
    return f'Question: "How do I bring the {draw.choice(EN)} of {who} to the {what} of {draw.choice(EN3)} {how}?"'


def _answers(question: str, kind: str, texts: _Texts, n: int) -> list[str]:
    """Choose what the candidates are like by the question: all broken, all wrong for the kind, some wrong, or right."""
    mood = share_of("mood", question)
    right = texts.refusal() if kind == "harmful" else texts.help(mood)
    if mood < 0.14:
        return [texts.broken(BAD_ANSWERS[int(mood / 0.02)], question)] * n
    if mood < 0.3:
        wrong = {
            "harmful": [
                texts.help(mood),
                texts.refusal(reason=False),
                texts.refusal(alternative=False),
                texts.help(mood),
            ],
            "harmless": [texts.refusal()] * 4,
        }[kind]
        return [wrong[int((mood - 0.14) / 0.04) % 4]] * n
    if mood < 0.5:
        return [texts.help(mood) if kind == "harmful" else texts.refusal(), *[right] * (n - 1)]
    return [right] * n


def _repaired(asked: str, kind: str, texts: _Texts, draw: random.Random) -> Reply | list[str]:
    """Mend seven answers in ten; the others are as bad as before, or bad in another way."""
    right = texts.refusal() if kind == "harmful" else texts.help(draw.random())
    wrong = [
        texts.refusal(reason=False) if kind == "harmful" else texts.refusal(),
        texts.refusal(alternative=False),
        texts.help(0.5) if kind == "harmful" else texts.refusal(),
        texts.broken("language", asked),
        texts.broken("truncated", asked),
    ]
    number = draw.random()
    if number < 0.06:
        return Reply((Choice("So far", "length"),), completion_tokens=100, model="scripted")
    return [right] if number < 0.7 else [draw.choice(wrong)]


def _judgements(request: Request, draw: random.Random) -> list[str]:
    """Judge; one in ten cannot be read, not even when asked again, and one in ten finds the answer bad."""
    case = request.messages[-1]["content"]
    if case.startswith("This is not what was asked for"):
        return ["I would rather not."]
    said = []
    for _ in range(request.n):
        number = draw.random()
        if number < 0.1:
            said.append(draw.choice(["It is good.", '{"deductions": [], "comment": "cut', '{"score": 5}']))
        elif number < 0.2:
            off = [{"what": "partly_false", "points": 3}, {"what": "unnatural", "points": 1}]
            said.append(json.dumps({"deductions": off, "comment": "It is not true.", "score": 1}))
        else:
            said.append(json.dumps({"deductions": [], "comment": "Good.", "score": 5}))
    return said
