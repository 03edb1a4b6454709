"""Text that stands for work not done ("TODO: implement", 「ここにコードを」), and talk about being an assistant.

Both are lists of phrases. Each is tied to the form that gives it away (a comment, brackets, a line of its
own, an imperative), because the words alone are innocent: a to-do list, "fill in the blanks", a set {a, b}.
Phrases in brackets and braces are looked for outside code and mathematics only, where brackets mean something.
"""

import re

_FLAGS = re.IGNORECASE | re.MULTILINE

_CODE_OR_MATHS = re.compile(
    r"```.*?(?:```|\Z)"
    r"|`[^`\n]+`"
    r"|\$\$[^$]++\$\$"
    r"|\$[^$\n]++\$"
    r"|\\\[(?:[^\\]|\\(?![\[\]]))*+\\\]"
    r"|\\\((?:[^\\]|\\(?![()]))*+\\\)",
    re.DOTALL,
)

_THING = (
    r"(?:code|codes|answers?|solutions?|implementation|logic|function|text|name|content|response|explanation|"
    r"reasoning|proof|description|details|title|link|url|image|data|value|question|problem|comment)"
)
_REST = r"(?:code|implementation|function|method|class|file|script|program|solution|logic|text|answer|steps|proof)"

_ANYWHERE = (
    # English
    r"\bTODO\b[ \t]*(?:[:(]|[-–—][ \t]|$|implement\b|add\b|write\b|fix\b|complete\b|finish\b|fill\b)",
    r"(?:#|//|/\*|--|<!--|[\"']{3})[ \t]*(?:TODO|FIXME|TBD)\b",
    r"\b(?:FIXME|TBD)\b[ \t]*(?::|$)",
    rf"(?:^[ \t>*-]*|[#/*<\[(\"'{{][ \t]*|\b(?:write|put|add|insert|enter|type|place|paste)[ \t]+)"
    rf"(?:(?:your|my)[ \t]+(?:\w+[ \t]+)?|the[ \t]+)?{_THING}[ \t]+(?:goes[ \t]+|should[ \t]+go[ \t]+)?here\b"
    r"(?=[ \t]*(?:[.:;,!)\]>}*/#\"'-]|$))",
    rf"\binsert[ \t]+(?:your[ \t]+|the[ \t]+|an?[ \t]+)?(?:\w+[ \t]+){{0,2}}{_THING}[ \t]+here\b",
    r"(?:#|//|/\*|--)[ \t]*(?:add|write|put|insert|implement)[ \t][^\n]{0,60}\bhere\b",
    rf"(?:\.\.\.|…|#|//|/\*)[ \t]*\(?(?:the[ \t]+)?(?:rest|remainder)[ \t]+of[ \t]+(?:the|your|my)[ \t]+{_REST}\b",
    rf"(?:\.\.\.|…|#|//|/\*)[ \t]*\(?(?:your[ \t]+|the[ \t]+)?(?:existing|previous|remaining|other)[ \t]+{_REST}\b",
    rf"\brest[ \t]+of[ \t]+(?:the|your)[ \t]+{_REST}[ \t]+(?:remains|stays|is)[ \t]+(?:the[ \t]+same|unchanged)",
    r"^[ \t]*(?:#|//)[ \t]*(?:\.\.\.|…)[ \t]*$",
    r"\bfill[ \t]+in[ \t]+(?:the[ \t]+|this[ \t]+)?(?:blanks?|rest|details|code|answer)[ \t]+here\b",
    r"\blorem ipsum\b",
    # Japanese
    r"ここに、?(?:あなたの|具体的な|実際の)?(?:コード|実装|処理|ロジック|回答|解答|答え|名前|説明|本文|内容|文章)"
    r"(?:(?:を|が)(?=[ \t]*(?:書|記述|記入|記載|入力|挿入|追加|入れ|入る|入り|実装|[。」』）)\]】*/]|$)))",
    r"ここに(?:コード|実装|処理|回答|解答|答え)[ \t]*(?=[」』）)\]】*/]|$)",
    r"ここに(?:実装|記入|記述)(?:する|して|します)",
    r"[（(［\[][ \t]*(?:以下|中|後|以降)?(?:省略|略)[ \t]*[）)\]］]",
    r"[（(［\[](?:以下|以降|残り)[^）)\]］\n]{0,20}(?:省略|同様)[）)\]］]",
    r"(?:以下|以降)(?:省略|略)(?=[ \t]*(?:[。．」』）)]|$))",
    r"(?:後で|あとで|後ほど)(?:実装|追加|記入|記述|書き足)",
    r"(?:#|//|/\*|<!--)[ \t]*(?:未実装|実装予定|実装してください|処理を書く|省略)",
    r"(?:[○〇◯●]{2,4}|(?<![A-ZＡ-Ｚ])(?:XX|ＸＸ)X?)(?:さん|様|氏|君|先生|株式会社|会社|大学|高校)",
    # Chinese
    r"(?:在)?(?:此处|这里|此處|這裡)(?:插入|填写|填寫|输入|輸入|添加|编写)(?:你的|您的)?(?:代码|代碼|答案|内容|名字|姓名)",
    r"[（(](?:此处|此處|以下|以下内容|过程)?(?:省略|略)[）)]",
    r"(?:#|//|/\*)[ \t]*(?:待实现|待實現|待补充|你的代码)",
    # Korean
    r"여기에[ \t]*(?:당신의[ \t]*)?(?:코드|답|답변|내용|이름)(?:를|을)?[ \t]*(?:작성|입력|추가|삽입|적)",
    r"[（(](?:이하[ \t]*)?(?:생략|중략|후략)[）)]|이하[ \t]*생략",
    # French, German, Spanish
    r"\b(?:votre|ton)[ \t]+code[ \t]+ici\b|\b(?:insérez|ajoutez|écrivez)[ \t]+(?:votre|le)[ \t]+\w+[ \t]+ici\b",
    r"\b(?:ihr|dein)[ \t]+code[ \t]+hier\b|\bhier[ \t]+(?:ihren|deinen|den)[ \t]+\w+[ \t]+ein(?:fügen|setzen)\b",
    r"\b(?:tu|su)[ \t]+código[ \t]+aquí\b|\b(?:inserta|inserte|escribe|escriba)[ \t]+(?:tu|su|el)[ \t]+\w+[ \t]+aquí\b",
)

_VARIABLE = (
    r"name|user|username|topic|question|answer|problem|solution|input|output|context|instruction|language|text|"
    r"title|variable|placeholder|date|company|subject|content|number|value|city|country"
)
_IN_PROSE = (
    r"\[(?:your|insert|enter|add|fill)[ \t][^\[\]\n]{1,40}\](?!\()",
    r"\[(?:name|full name|company(?: name)?|recipient(?:'s)?(?: name)?|date|address|phone number|city)\](?!\()",
    rf"<(?:your|insert|enter|add)[ \t][^<>\n]{{1,40}}>|<(?:\w+[ \t]+){{0,3}}{_THING}[ \t]+here>",
    r"(?<![\w}\\^_$])\{\{-?[ \t]*[A-Za-z_][\w.]{0,60}(?:[ \t]*\|[ \t]*\w{1,30})?[ \t]*-?\}\}",
    rf"(?<![\w}}\\^_$/{{])\{{(?:{_VARIABLE}|[a-z]{{2,30}}(?:_[a-z]{{2,30}}){{1,4}})\}}(?![}}/])",
    r"[【\[［](?:お?名前|氏名|会社名|日付|住所|あなたの[^】\]］\n]{1,20}|ここに[^】\]］\n]{1,30})[】\]］](?!\()",
    r"[\[【](?:你的|您的)[^\]】\n]{1,20}[\]】]",
    r"\[(?:votre|ton|ihr|ihre|dein|tu|su)[ \t][^\[\]\n]{1,40}\](?!\()",
)
_FORMATTED = re.compile(r"""\b[rb]?f["']|\.format\(|`""", re.IGNORECASE)

_TALK = (
    r"\b(?:as|being)[ \t]+an?[ \t]+(?:AI|artificial intelligence|large language|language)"
    r"(?:[ \t](?:language[ \t])?(?:model|assistant|system|chatbot)\b|,)",
    r"\bI(?:['’]m| am)[ \t]+(?:just[ \t]+|only[ \t]+)?an?[ \t]+(?:AI\b(?![ \t-]\w+(?:er|or|ist)\b)|language model\b)",
    r"\bI(?:['’]m| am)[ \t]+(?:very[ \t]+|so[ \t]+)?sorry,?[ \t]+but[ \t]+(?:as an AI|I[ \t]*(?:can['’]?t|cannot|"
    r"can not|am unable to|am not able to|won['’]t))[ \t]+(?:assist|help|provide|fulfill|comply|answer|do that|"
    r"generate|create|write|share|discuss|continue|engage|offer|support|give|process)",
    r"\bI[ \t]+(?:can['’]?t|cannot|am unable to|won['’]t)[ \t]+(?:assist|help|comply)[ \t]+(?:you[ \t]+)?with[ \t]+"
    r"(?:that|this|your|such)\b",
    r"\bI[ \t]+(?:can['’]?t|cannot|am unable to)[ \t]+fulfill[ \t]+(?:that|this|your|such)\b",
    r"\bmy[ \t]+(?:knowledge cutoff|training data|last (?:knowledge )?update)\b",
    r"(?:AI|ＡＩ|人工知能)(?:アシスタント|言語モデル|モデル)?として(?!知られ|有名|注目|開発|活用|利用|使)",
    r"(?:大規模)?言語モデルとして、|(?:私|わたし)は(?:AI|ＡＩ|人工知能|(?:大規模)?言語モデル)(?:です|であ|なので|アシスタント|、)",
    r"^[ \t「]*申し訳(?:ありません|ございません|ない)(?:が|けど)",
    r"申し訳(?:ありません|ございません)が、?[^。\n]{0,40}(?:お答え|お手伝い|回答|提供|対応)(?:すること)?(?:は|が)?でき",
    r"作为(?:一个|一名|一款)?(?:AI|人工智能|大型语言|语言)(?:语言模型|助手|模型|，)",
    r"^[ \t]*(?:抱歉|对不起|很抱歉)，?我(?:无法|不能)",
    r"(?:AI|인공지능)[ \t]*(?:언어[ \t]*모델|어시스턴트|모델)(?:로서|로써|이므로|입니다)",
    r"^[ \t]*죄송(?:하지만|합니다만)[^.\n]{0,40}(?:없습니다|어렵습니다)",
    r"\ben tant qu['’](?:IA\b|intelligence artificielle\b|assistant virtuel\b|modèle de langage\b)",
    r"^[ \t]*je suis désolée?,?[ \t]+mais[ \t]+je[ \t]+ne[ \t]+peux[ \t]+pas\b",
    r"\bals[ \t]+(?:eine?[ \t]+)?(?:KI(?:-\w{1,30})?|Sprachmodell)(?:,|[ \t]+(?:kann|habe|bin)[ \t]+ich\b)",
    r"^[ \t]*es tut mir leid,?[ \t]+aber[ \t]+ich[ \t]+kann\b",
    r"\bcomo (?:una? )?(?:modelo de lenguaje|inteligencia artificial|IA),|\bcomo (?:un )?modelo de lenguaje\b",
    r"^[ \t]*lo siento,?[ \t]+pero[ \t]+no[ \t]+puedo\b",
)


def _any(phrases: tuple[str, ...], flags: re.RegexFlag = _FLAGS) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{phrase})" for phrase in phrases), flags)


_PLACEHOLDER, _PROSE_PLACEHOLDER, _ASSISTANT = _any(_ANYWHERE), _any(_IN_PROSE), _any(_TALK)


def find_placeholder(text: str) -> str | None:
    """Return the first span of `text` that stands for work not done, or None.

    Elisions in a sequence (1, 2, ..., n), blanks of an exercise, LaTeX braces, sets and the braces of code
    that formats strings are left alone.
    """
    found = _PLACEHOLDER.search(text)
    if found:
        return found[0].strip()
    prose = _CODE_OR_MATHS.sub(" ", text)
    for found in _PROSE_PLACEHOLDER.finditer(prose):
        line_start = prose.rfind("\n", 0, found.start()) + 1
        if not _FORMATTED.search(prose[max(line_start, found.start() - 200) : found.end() + 40]):
            return found[0].strip()
    return None


def find_assistant_talk(text: str) -> str | None:
    """Return the first span in which `text` speaks as an assistant (what it is, what it refuses), or None.

    A refusal is the right answer in safety data; whether the span is a fault is for the caller to say.
    """
    found = _ASSISTANT.search(text)
    return found[0].strip() if found else None
