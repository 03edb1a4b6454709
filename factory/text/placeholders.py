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

_DOTS = r"[ \t]*(?:\.\.\.|…)?[ \t]*[(（]?[ \t]*"
_MARK = rf"(?:(?<!#)#(?!#)|//|/\*|^[ \t]*--|<!--){_DOTS}"
"""Where a comment begins, with the dots that models put before what they leave out."""
_NO_HEADING = rf"(?:(?<!#)#{_DOTS}(?-i:(?=[^A-Z#]))|(?://|/\*|<!--){_DOTS})"
"""The same, but not as a heading of Markdown begins ("# Other methods")."""
_NO_MORE = r"(?=[ \t]*[)）]?[ \t]*(?:\.\.\.|…|\*/|-->|[.:。!]|$))"
_YOURS = r"(?:your[ \t]+|the[ \t]+|my[ \t]+)?(?:own[ \t]+)?(?:\w+[ \t]+){0,2}"

_IN_COMMENTS = (
    rf"{_MARK}(?:your[ \t]+(?:\w+[ \t]+){{1,3}}(?:goes[ \t]+)?here|(?:the[ \t]+)?(?:rest|remainder)[ \t]+of[ \t]+"
    rf"(?:the[ \t]+|your[ \t]+|my[ \t]+)?{_REST}\b"
    rf"|(?:add|write|put|insert|implement|fill[ \t]+in|place)[ \t]+(?:your|my)[ \t]+(?:\w+[ \t]+)?{_THING}"
    r"(?:[ \t]+(?:here|below))?"
    r"|(?:the[ \t]+)?(?:(?:actual|full|real|detailed|remaining)[ \t]+)?(?:implementation|code|logic|body|"
    r"details?)[ \t]+"
    r"(?:(?:is|are|was)[ \t]+)?(?:omitted|left[ \t]+out|skipped|elided|not[ \t]+shown|goes[ \t]+here)"
    r"(?:[ \t]+for[ \t]+(?:\w+[ \t]+)?\w+|[ \t]+here)?"
    r"|this[ \t]+is[ \t]+(?:just[ \t]+|only[ \t]+|merely[ \t]+)?an?[ \t]+(?:\w+[ \t]+)?(?:placeholder|stub)"
    r"(?:[ \t]+for[ \t]+(?:the[ \t]+|your[ \t]+)?(?:actual|real|own)[^\n]{0,40}|[ \t]+(?:implementation|code|"
    r"function|method))?"
    r"|(?:still[ \t]+)?to[ \t]+be[ \t]+(?:implemented|completed|filled[ \t]+in|written|added)(?:[ \t]+(?:here|"
    r"later|soon))?"
    r"|not[ \t]+(?:yet[ \t]+)?implemented(?:[ \t]+yet)?"
    rf"|implement[ \t]+(?:me|this|it|here|later|this[ \t]+later|{_YOURS}here)|fill[ \t]+(?:me[ \t]+)?in"
    r")" + _NO_MORE,
    rf"{_NO_HEADING}(?:same[ \t]+as[ \t]+(?:above|before)|(?:the[ \t]+)?other[ \t]+(?:methods|functions|cases|"
    rf"fields|tests|imports|code)"
    r"(?:[ \t]+(?:here|as[ \t]+before|omitted))?"
    r"|similar(?:ly)?[ \t]+for[ \t]+(?:the[ \t]+)?(?:other|rest|remaining)s?(?:[ \t]+\w+)?|"
    r"omitted(?:[ \t]+for[ \t]+\w+)?|placeholder(?:[ \t]+code)?"
    r"|(?:以下|後|残り(?:のコード|の処理|の実装|の部分|の関数)?(?:は|も)?)(?:同様|同じ|略|省略)?(?:です)?|中略|"
    r"(?:以下)?省略(?:します|しました)?"
    r"|(?:コード|処理|実装|ロジック|詳細)(?:は|を)?(?:ここに(?:書く|記述|追加|実装|書いて)[^\n]{0,12}|"
    r"省略(?:します)?|略)"
    r"|ここから実装|(?:ここ|この(?:中|部分|関数|メソッド))(?:に|を|で|へ)、?(?:あなたの|具体的な|必要な|実際の|残りの)?"
    r"(?:(?:処理|ロジック|コード|プログラム|実装|中身|内容)を?)?(?:実装|記述|記入|書い|書く|書き|追記)[^\n。]{0,10}|"
    r"(?:ここ|この(?:中|部分))に(?:具体的な|必要な|実際の|残りの)?(?:処理|ロジック|コード)を(?:追加|入れ|"
    r"挿入)[^\n。]{0,10}|"
    r"(?:必要な|具体的な|実際の)(?:処理|ロジック|コード)を(?:書く|記述|実装|追加)(?:する|します)?"
    r"|(?:在)?(?:此处|这里|此處|這裡)(?:省略|写|寫|填|实现|添加)[^\n]{0,12}|(?:其余|其餘|其他|"
    r"剩余)(?:的)?(?:代码|代碼|部分|逻辑|方法)"
    r"(?:不变|不變|相同|同上|省略|保持不变)|(?:代码|過程|过程)?省略|同上"
    r"|(?:코드|내용)(?:를|을)[ \t]?여기에[^\n]{0,15}|나머지[ \t]?(?:코드|부분|구현)(?:는|은)?[ \t]?(?:동일|같|"
    r"생략)[^\n]{0,8}"
    r"|(?:여기에[ \t]?)?구현(?:[ \t]?필요|[ \t]?예정|하세요|해야[ \t]?함)|(?:이하[ \t]?|중간[ \t]?)?생략"
    r"|(?:le[ \t]+)?reste[ \t]+du[ \t]+(?:code|programme)|à[ \t]+(?:implémenter|compléter)(?:[ \t]+ici)?|"
    r"votre[ \t]+logique[ \t]+ici"
    r"|(?:hier[ \t]+)?(?:(?:ihren?|deinen?|eigenen)[ \t]+)?code[ \t]+(?:hier[ \t]+)?(?:einfügen|ergänzen|schreiben)"
    r"|(?:der[ \t]+)?(?:rest[ \t]+des[ \t]+codes|restlicher?[ \t]+code)|(?:noch[ \t]+)?zu[ \t]+implementieren|"
    r"hier[ \t]+implementieren"
    r"|(?:el[ \t]+)?resto[ \t]+del[ \t]+(?:código|programa)|(?:por[ \t]+)?implementar(?:[ \t]+aquí)|"
    r"por[ \t]+(?:implementar|completar)"
    r")" + _NO_MORE,
    r"\braise[ \t]+NotImplementedError(?:\(\))?[ \t]+#[ \t]*(?:to[ \t]?do|implement|add|your|replace|ここ|実装)",
    r"\bNotImplementedError\([ \t]*[\"'](?:TODO|implement\b|not (?:yet )?implemented|your\b|add\b|未実装|実装)",
    r"\bthrow[ \t]+new[ \t]+\w{0,40}(?:Error|Exception)\([ \t]*[\"'](?:TODO|not (?:yet )?implemented|implement\b|"
    r"method not implemented)"
    r"|\bthrow[ \t]+new[ \t]+NotImplementedException\([ \t]*\)",
    r"^[ \t]*(?:todo|unimplemented)!\([^)\n]{0,80}\)",
    r"(?:#|//|/\*|--)[ \t]*(?:(?:write|put|add|type|paste)[ \t]+your[ \t]+code\b"
    r"|fill[ \t]+in[ \t]+the[ \t]+(?:rest\b|(?:remaining|missing)[ \t]+(?:code|parts?|logic|details)\b)"
    r"|handle[ \t]+(?:the[ \t]+)?(?:other|remaining)[ \t]+cases[ \t]+here\b"
    r"|replace[ \t]+(?:this|it)[ \t]+with[ \t]+(?:your|the|an)[ \t]+(?:actual|own|real)\b"
    r"|complete[ \t]+the[ \t]+(?:implementation|function|method|code)\b"
    r"|(?:implementation|the[ \t]+rest|this)[ \t]+(?:is[ \t]+)?left[ \t]+as[ \t]+an[ \t]+exercise\b"
    r"|(?:既存|残り|元)の(?:コード|処理|実装)(?=[ \t]*(?:\.\.\.|…|$))"
    r"|(?:他|その他|残り)の(?:メソッド|関数|処理|部分|コード)は(?:省略|同様))",
    r"\bYOUR_(?:CODE|TEXT|ANSWER|LOGIC|NAME|SOLUTION|IMPLEMENTATION|CONTENT|FUNCTION)_HERE\b",
)
_ENGLISH = (
    r"\b(?-i:TODO)\b[ \t]*(?:[:(]|[-–—][ \t]|$|implement\b|add\b|write\b|fix\b|complete\b|finish\b|fill\b)",
    r"(?:#|//|/\*|--|<!--|[\"']{3})[ \t]*(?:TODO|FIXME|TBD)\b",
    r"\b(?:FIXME|TBD)\b[ \t]*(?::|$)",
    rf"(?:^[ \t>*-]*|[#/*<\[(\"'{{][ \t]*|(?<!\bcan )(?<!\bwe )(?<!\byou )(?<!\bto )(?<!\bcould )"
    r"\b(?:write|put|add|insert|enter|type|place|paste)[ \t]+)"
    rf"(?:(?:your|my)[ \t]+(?:\w+[ \t]+)?|the[ \t]+)?{_THING}[ \t]+(?:goes[ \t]+|should[ \t]+go[ \t]+)?here\b"
    r"(?=[ \t]*(?:[.:;,!)\]>}*/#\"'-]|$))",
    rf"\binsert[ \t]+(?:your[ \t]+|the[ \t]+|an?[ \t]+)?(?:\w+[ \t]+){{0,2}}{_THING}[ \t]+here\b",
    r"(?:#|//|/\*|--)[ \t]*(?:add|write|put|insert|implement)[ \t][^\n]{0,60}\bhere\b",
    rf"(?:\.\.\.|…|#|//|/\*)[ \t]*\(?(?:the[ \t]+)?(?:rest|remainder)[ \t]+of[ \t]+(?:the|your|my)[ \t]+{_REST}\b",
    rf"(?:\.\.\.|…|#|//|/\*)[ \t]*\(?(?:your[ \t]+|the[ \t]+)?(?:existing|previous|remaining|other)[ \t]+{_REST}\b",
    rf"\brest[ \t]+of[ \t]+(?:the|your)[ \t]+{_REST}[ \t]+(?:remains|stays|is)[ \t]+(?:the[ \t]+same|unchanged)",
    r"^[ \t]*(?:#|//)[ \t]*(?:\.\.\.|…)[ \t]*$",
    r"\bfill[ \t]+in[ \t]+(?:the[ \t]+|this[ \t]+)?(?:blanks?|rest|details|code|answer)[ \t]+here\b",
    r"\bthe[ \t]+rest[ \t]+of[ \t]+(?:the|your)[ \t]+\w+[ \t]+goes[ \t]+here\b",
    r"\blorem ipsum\b",
)
_OTHER_LANGUAGES = (
    # Japanese
    r"ここに、?(?:あなたの|具体的な|実際の)?(?:コード|実装|処理|ロジック|回答|解答|答え|名前|説明|本文|内容|文章)"
    r"(?:(?:を|が)(?=[ \t]*(?:書|記述|記入|記載|入力|挿入|追加|入れ|入る|入り|実装|[。」』）)\]】*/]|$)))",
    r"ここに(?:コード|実装|処理|回答|解答|答え)[ \t]*(?=[」』）)\]】*/]|$)",
    r"ここに(?:実装|記入|記述)(?:する|して|します)",
    r"(?:あなた|ご自身|自分)の(?:コード|実装|回答|解答|答え|名前|お名前|説明|文章|内容|意見)(?:を|は)ここに",
    r"[（(［\[【]ここに[^）)\]］】\n]{1,30}(?:挿入|記入|入力|記載|記述|追加|書く|書き|書いて|入れ|入る|"
    r"貼)[^）)\]］】\n]{0,10}[）)\]］】]",
    r"(?<![一二三四五六七八九十])(?:[○〇◯●]{1,4}|(?<![A-Z])[XＸ]{1,4})(?:年|月|時)(?:[○〇◯●]{1,2}|"
    r"[XＸ]{1,2})(?:月|日|分)",
    r"\d{2,4}[-－ー][XＸ○〇◯●]{3,4}[-－ー][XＸ○〇◯●]{3,4}|\b0{2,4}-0{3,4}-0{4}\b",
    r"[（(［\[][ \t]*(?:以下|中|後|以降)?(?:省略|略)[ \t]*[）)\]］]",
    r"[（(［\[](?:以下|以降|残り)[^）)\]］\n]{0,20}(?:省略|同様)[）)\]］]",
    r"(?<![「『])(?:以下|以降)(?:省略|略)(?=[ \t]*(?:[。．」』）)]|$))",
    r"(?:後で|あとで|後ほど)(?:実装|追加|記入|記述|書き足)(?![のをが])",
    r"(?:#|//|/\*|<!--)[ \t]*(?:未実装|実装予定|実装してください|処理を書く|省略(?![時可さ]))",
    r"(?:[○〇◯●]{2,4}|(?<![A-ZＡ-Ｚ])(?:XX|ＸＸ)[XＸ]{0,2})(?:さん|様|氏|君|先生|株式会社|会社|大学|高校)",
    r"株式会社[〇○◯△□×]{2}|[〇○◯△□×]{2}(?:大学|株式会社|先生|様|さん|氏|と申し|と言い)",
    r"残り(?:の(?:部分|手順|ステップ))?は(?:これと)?(?:同様|同じ)[^。\n]{0,12}省略",
    # Chinese
    r"(?:在)?(?:此处|这里|此處|這裡)(?:插入|填写|填寫|输入|輸入|添加|编写)(?:你的|您的)?(?:代码|代碼|答案|内容|"
    r"名字|姓名)",
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
    r"(?<![\w\])])\[(?:name|full name|company(?: name)?|recipient(?:'s)?(?: name)?|date|address|phone number|"
    r"city|reason|topic|number|position|job title|title|amount|price|link|url|website|e-?mail(?: address)?|phone|"
    r"product(?: name)?|event(?: name)?|location|venue|time|day|month|year|deadline|signature|department|school|"
    r"customer(?: name)?|client(?: name)?|sender(?: name)?|insert[^\[\]\n]{1,30})\](?!\()",
    rf"<(?:your|insert|enter|add)[ \t][^<>\n]{{1,40}}>|<(?:\w+[ \t]+){{0,3}}{_THING}[ \t]+here>",
    r"(?<![\w}\\^_$])\{\{-?[ \t]*[A-Za-z_][\w.]{0,60}(?:[ \t]*\|[ \t]*\w{1,30})?[ \t]*-?\}\}",
    rf"(?<![\w}}\\^_$/{{])\{{(?:{_VARIABLE}|[a-z]{{2,30}}(?:_[a-z]{{2,30}}){{1,4}})\}}(?![}}/])",
    r"[【\[［](?:お?名前|氏名|会社名|日付|住所|あなたの[^】\]］\n]{1,20}|ここに[^】\]］\n]{1,30})[】\]］](?!\()",
    r"[\[【](?:你的|您的)[^\]】\n]{1,20}[\]】]",
    r"\[(?:votre|ton|ihr|ihre|dein|tu|su)[ \t][^\[\]\n]{1,40}\](?!\()",
    r"\[(?:nom|name|nombre)[ \t](?:de[ \t]|du[ \t]|des[ \t]|der[ \t]|d['’])[^\[\]\n]{1,40}\](?!\()",
    r"[\[【](?:이름|성함|회사명|날짜|주소|(?:귀하|당신|고객)의[^\]】\n]{1,20}|여기에[^\]】\n]{1,20})[\]】]",
    r"\[(?:the[ \t]+)?(?:remaining|rest|other)[^\[\]\n]{0,40}(?:omitted|skipped)[^\[\]\n]{0,20}\]",
    r"\[(?:describe|explain|mention|list|include|specify|provide)[ \t]+(?:your|the|an?)[ \t][^\[\]\n]{1,60}\](?!\()",
    r"\{(?:お?名前|氏名|日付|会社名|商品名|住所|場所|時間)\}",
    r"【(?:場所|時間|日時|会場|金額|商品名|部署名)】(?=[、。でにをがはとの])",
    r"[\[［【][^\[\]\n［］【】]{1,20}を(?:追加|記入|入力|挿入|記載)[\]］】](?!\()",
    r"^[ \t]*[（(](?:あなたの)?(?:氏名|部署名|会社名|お名前)[）)][ \t]*$",
)
_BRACKETS = frozenset("[<{【［（")
_FORMATTED = re.compile(r"""\b[rb]?f["']|\.format\(|`""", re.IGNORECASE)

_MAKERS = r"(?:OpenAI|Google|Anthropic|Meta|Microsoft|DeepMind|Mistral|DeepSeek|Alibaba|xAI)"
_TALK = (
    r"\b(?:as|being)[ \t]+an?[ \t]+(?:AI|artificial intelligence|large language|language)"
    r"(?:[ \t](?:language[ \t])?(?:model|assistant|system|chatbot)\b|,)",
    r"\bI(?:['’]m| am)[ \t]+(?:just[ \t]+|only[ \t]+)?an?[ \t]+(?:AI\b(?![ \t-]\w+(?:er|or|ist)\b)|language model\b)",
    r"\bas[ \t]+an?[ \t]+(?:(?:\w{1,20}(?:-\w{1,20}|['’]s)|helpful|friendly|caring|responsible|simple|mere)"
    r"[ \t]+)?"
    r"(?:(?:virtual|digital)[ \t]+assistant|chat ?bot|AI|computer program)"
    r"(?:[ \t]+(?:designed|trained|programmed|created|built|made|developed)[ \t][^.,!?\n]{1,60})?,?[ \t]+"
    r"I(?:['’]m| am|['’]ve)?[ \t]+"
    r"(?:can(?:['’]?t|not)|do(?:n['’]t| not)|have (?:no|not)|lack|not|unable|afraid|only|just|here to|"
    r"was (?:trained|created|developed)|designed|programmed|trained)\b",
    rf"\bI(?:['’]m| am| was| have been|['’]ve been)[ \t]+(?:[\w-]{{1,20}}[ \t,]+){{0,6}}(?:developed|created|"
    rf"trained|built|made)"
    rf"[ \t]+by[ \t]+{_MAKERS}\b",
    r"\bI(?:['’]m| am)[ \t]+(?:ChatGPT|GPT-\d|Qwen|LLaMA|DeepSeek)\b",
    r"\bmy[ \t]+(?:knowledge cut-?off|last knowledge update)\b|\bas of my (?:last|latest|most recent|"
    r"training)\b[^?\n]{0,40}"
    r"\b(?:update|data|cut-?off)\b",
    r"\bmy training data (?:only )?(?:goes|ends?|ended|extends|stops|cuts? off|was (?:last )?(?:updated|cut)|(?:is|"
    r"was) "
    r"(?:current|limited|up to)|does(?:n['’]t| not) (?:include|go|extend|cover|reach)|has a cut|"
    r"includes? information)\b",
    r"\b(?:my (?:knowledge|answers?|responses?)|what I know)\b[^.?\n]{0,30}\bmy training data\b",
    r"(?:AI|ＡＩ|人工知能)(?:アシスタント|言語モデル|モデル)?として(?!知られ|有名|注目|開発|活用|利用|使)",
    r"(?:大規模)?言語モデルとして、|(?:私|わたし)は(?:AI|ＡＩ|人工知能|(?:大規模)?言語モデル)(?:です|であ|なので|"
    r"アシスタント|、)",
    r"(?:私|わたし)は(?:単なる|ただの|あくまで)?(?:AIの?|ＡＩの?|バーチャル|仮想|デジタル|"
    r"対話型の?)?(?:アシスタント|チャットボット|AI|人工知能)"
    r"(?:です|であ|なので|だから|として|にすぎ|に過ぎ)",
    r"(?:AI|ＡＩ|人工知能|チャットボット|アシスタント|言語モデル)である(?:私|わたし|ため、?(?:私|わたし))",
    rf"(?:私|わたし)は、?{_MAKERS}(?:社)?(?:が|によって|により|に|の)[^。\n]{{0,10}}(?:開発|作成|作ら|訓練|学習|"
    rf"トレーニング|AI|モデル)",
    r"(?:私|わたし)の(?:知識|学習データ|訓練データ|情報)は、?[^。\n]{0,20}(?:まで(?!も)|時点|以前)",
    r"(?:言語|AI|ＡＩ)モデルとしてお?答え|(?:AI|ＡＩ|言語)モデルの(?:私|わたし)|最後の知識の?更新",
    r"作为(?:一个|一名|一款)?(?:AI|人工智能|大型语言|语言)(?:语言模型|助手|模型|，)",
    r"(?:AI|인공지능)[ \t]*(?:언어[ \t]*모델|어시스턴트|모델)(?:로서|로써|이므로|입니다)",
    r"\ben tant qu['’](?:IA\b|intelligence artificielle\b|assistant virtuel\b|modèle de langage\b)",
    r"\bals[ \t]+(?:eine?[ \t]+)?(?:KI(?:-\w{1,30})?|Sprachmodell)(?:,|[ \t]+(?:kann|habe|bin)[ \t]+ich\b)",
    r"\bcomo (?:una? )?(?:modelo de lenguaje|inteligencia artificial|IA),|\bcomo (?:un )?modelo de lenguaje\b",
)


def _any(phrases: tuple[str, ...], flags: re.RegexFlag = _FLAGS) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{phrase})" for phrase in phrases), flags)


_PROSE_PLACEHOLDER, _ASSISTANT = _any(_IN_PROSE), _any(_TALK)
_OTHER_WORDS = (
    "0000 △ □ × 略 後 あと ここ ○ 〇 ◯ ● X Ｘ 同様 実装 処理 략 实现 實現 待 你的 处 處 里 裡 여기 ici Hier hier aqu"
)
_PLACEHOLDERS = (
    (_any(_IN_COMMENTS), ("#", "//", "/*", "--", "NotImpl", "throw ", "!(", "YOUR_")),
    (
        _any(_ENGLISH),
        (
            " here",
            " Here",
            " HERE",
            "TODO",
            "#",
            "//",
            "/*",
            "--",
            "FIXME",
            "TBD",
            "rest of",
            "Rest of",
            "...",
            "…",
            "orem ",
        ),
    ),
    (_any(_OTHER_LANGUAGES), tuple(_OTHER_WORDS.split())),
)
"""Patterns, and strings of which any span they match has one: most texts have none."""


def find_placeholder(text: str) -> str | None:
    """Return the first span of `text` that stands for work not done, or None.

    Elisions in a sequence (1, 2, ..., n), blanks of an exercise, LaTeX braces, sets and the braces of code
    that formats strings are left alone.
    """
    spans = [pattern.search(text) for pattern, words in _PLACEHOLDERS if any(word in text for word in words)]
    if any(spans):
        return min((found for found in spans if found), key=re.Match.start)[0].strip()
    if not _BRACKETS.intersection(text):
        return None
    prose = _CODE_OR_MATHS.sub(" ", text)
    for found in _PROSE_PLACEHOLDER.finditer(prose):
        line_start = prose.rfind("\n", 0, found.start()) + 1
        if not _FORMATTED.search(prose[max(line_start, found.start() - 200) : found.end() + 40]):
            return found[0].strip()
    return None


def find_assistant_talk(text: str) -> str | None:
    """Return the first span in which `text` speaks of being an assistant, or None; for refusals see `refusals`."""
    found = _ASSISTANT.search(text)
    return found[0].strip() if found else None
