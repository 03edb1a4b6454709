"""Refusals: whether an answer declines ("I can't help with that", 「お手伝いできません」), why, and what it offers.

Safety data wants harmful questions declined with a reason and, where there is one, a safe alternative, and
borderline ones answered. The match over strings follows XSTest (Röttger et al. 2024, arXiv:2308.01263), which
found exaggerated safety so; the use is that of AnswerCarefully, the Japanese safety data of LLM-jp. A bare
"I cannot" says little, hence three conditions: the speaker declines to help, tell or make something; nobody is
quoted; and the span stands in the answer's opening, or concludes it. "I won't go into dosages", said at the end
of an answer that helped, is a caveat.

Patterns are known for ja, en, zh, ko, fr, de and es. A row of safety data might say:
"I can't explain how to pick that lock, since it may help a burglar. A locksmith can open your own door."
"""

import re

from factory.text.offers import find_offer

_OPENING = 350
"""Characters within which an answer that declines has said so; half for CJK, which says more in each."""
_SPAN = 120
"""Characters that such a span takes at most."""
_HORIZON = 1_000
"""Characters looked at: a refusal, its reason and its offer stand in them."""

_QUOTED = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]{1,300}`|\"[^\"\n]{1,300}\"|“[^”\n]{1,300}”|«[^»\n]{1,300}»|„[^“”\n]{1,300}[“”]"
    r"|「[^」\n]{1,300}」|『[^』\n]{1,300}』|^[ \t]*>[^\n]*",
    re.DOTALL | re.MULTILINE,
)
_LETTER = re.compile(
    r"^[ \t>*#_]*(?:(?:Dear|Hi|Hello|Subject|Re|Betreff|Objet|Asunto|Cher|Chère|Sehr geehrte|Liebe|Estimad|Querid)"
    r"[\w ,.\[\]'’-]{0,60}[,:：!]|件名|拝啓|主题|主題|尊敬的|제목|[^\n。、]{1,20}(?:様|御中)[ \t]*$"
    r"|\**[A-Z][a-z]{1,15}\**:[ \t]|[^\s。、：:]{1,8}[：:][ \t]*「)",
    re.MULTILINE,
)
"""Where a letter or a dialogue begins: what it declines is declined by someone else."""

_CANNOT = (
    r"(?:can(?:['’]?t|not|[ ]not)|won['’]?t|will[ ]not|(?:am|['’]m)[ ](?:not[ ](?:able|going|willing|allowed|permitted|"
    r"prepared|in[ ]a[ ]position)|unable)[ ]to|"
    r"(?:do(?:n['’]t|[ ]not)[ ]have|lack)[ ]the[ ](?:ability|capability|capacity)[ ]to|"
    r"must[ ]not|shouldn['’]t|should[ ]not|(?:refuse|decline)[ ]to|"
    r"(?:['’]d|would)[ ](?:rather|prefer)[ ]not(?:[ ]to)?)"
)
_LACKS = (
    r"(?![^.!?\n]{0,150}\b(?:enough|highly[ ]enough|without[ ](?:more|knowing|seeing|the|your|further|additional|any|"
    r"a[ ])|unless[ ]you|until[ ]you|off[ ]the[ ]top))"
)
"""What follows a verb that is no refusal: praise, and a want of information."""
_SOMETHING = (
    r"(?![ ](?:you[ ])?(?:with[ ])?(?:an?[ ]|any[ ]|the[ ])?(?:specific|exact|definitive|definite|precise|"
    r"personali[sz]ed|"
    r"professional|medical|legal|financial|tax|single|simple|guarantee|diagnos|formal|firm|much|up\b))"
)
_EN_DECLINES = (
    rf"\bi(?<!\bif i)(?<!\bwhen i)(?<!\bwhat i)(?<!\bwhere i)(?<!\bunless i)(?<!\bthings i)[ ]?{_CANNOT}"
    r"(?:[ ](?:\w{2,12}ly|in[ ]good[ ]conscience|also|therefore|be[ ]able[ ]to|and[ ]will[ ]not|"
    r"and[ ]won['’]t))?[ ,]{1,2}(?:"
    r"(?:help|assist|aid)\b(?![ ](?:but|it|myself|my|\w{2,15}ing)\b)(?:[ ]you)?"
    rf"|(?:provide|providing|give|offer|share|supply)\b{_SOMETHING}"
    r"|(?:comply|fulfil?l|accommodate|engage|participate|take[ ]part|assist|support|facilitate|endorse|condone|promote|"
    r"encourage|respond|proceed|continue[ ]with|go[ ]along|advise|instruct|disclose|reveal|discuss|role-?play)\b"
    r"|(?:write|create|generate|produce|draft|compose|translate|develop|build|design|outline|list|detail)[ ]"
    r"(?!(?:to|on|in|into|from|well|anymore|fast|enough|my)\b)\w"
    r"|(?:answer|complete|process|entertain|carry[ ]out|perform)[ ](?:that|this|your|such|any|the|these)"
    r"|(?:do|say|make|recommend|suggest)[ ](?:that|this|so|such|any)\b(?![ ](?:anymore|alone|again|without|any|on|"
    r"today|work))"
    r"|(?:tell|show|teach|guide|walk)[ ](?:you|anyone)\b(?![ ](?:if|whether|which|for[ ]sure|exactly|apart|"
    r"how[ ](?!to\b)|what[ ]it|the[ ]difference))"
    r"|(?:explain|describe|go[ ]into|give[ ]you)[ ](?:how[ ]to|that|this|such|any|ways|methods|the[ ](?:steps|"
    r"process|details))"
    rf"){_LACKS}"
)
_EN_OTHER = (
    r"\bi(?:['’]m| am| must| have to| need to|['’]ll| will| would|['’]d)(?: going to)?(?: have to| need to| must)?"
    r"(?: \w{3,12}ly)? (?:declin(?:e|ing)|refus(?:e|ing)|say(?:ing)? no)\b(?! (?:to say|your kind|the invitation))",
    r"\b(?:that|this|it)(?:['’]s| is)(?: not|n['’]t) something (?:that )?i(?:['’]m| am|['’]ll| will| can| would)\b",
    r"\b(?:that|this)(?:['’]s| is) something (?:that )?i (?:can['’]?t|cannot|won['’]t|will not)\b",
    r"\bi (?:don['’]t|do not) (?:provide|give out|help with|assist with|support|offer help)\b",
    r"\bi(?:['’]m| am| do) not (?:feel )?comfortable (?:answering|with|helping|providing|writing|sharing|giving|"
    r"assisting|discussing)\b",
    r"\bit (?:(?:(?:is|would be|feels) (?:inappropriate|unethical|irresponsible|wrong|improper|unsafe)|"
    r"(?:is not|isn['’]t|would not be|wouldn['’]t be|does not feel) (?:appropriate|ethical|right|responsible|"
    r"proper|okay|safe))|"
    r"['’]s (?:not (?:appropriate|ethical|right|responsible)|inappropriate|unethical)) (?:for|of) me to\b",
    r"\b(?:i|we) (?:can(?:['’]?t|not)|won['’]t|will not|would rather not) (?:comment|talk about|speak about|"
    r"weigh in|get into)\b",
    r"\bi(?:['’]ll| will| have to| must)(?: have to)? pass on (?:this|that)\b",
    r"\bmy (?:guidelines|policies|policy|principles) (?:do(?:es)?n['’]t|do(?:es)? not|prevent|prohibit|forbid)",
    r"^(?:i['’]m |i am )?sorry,?(?: but)? (?:no\b|i (?:can['’]?t|cannot|won['’]t)(?: do that)?[.!])",
    r"^no,? i (?:can['’]?t|cannot|won['’]t|will not)\b(?! (?:wait|believe|think|agree|imagine))",
    r"\b(?:your|this|that) request (?:can['’]?t|cannot|can not) be (?:fulfilled|completed|granted|processed)",
)

_JA_HELP = (
    r"(?:お手伝い|お答え|お話し|お応え|お教え|お伝え|お力添え|お力に(?=な)|ご案内|ご協力|ご提供|ご説明|ご紹介|ご提案|"
    r"ご支援|"
    r"ご回答|ご対応|ご返答|ご相談に|手助け|お話|お見せ|お引き?受け|お受け|ご期待に(?=[沿添応]))"
)
_JA_MAKE = (
    r"(?:回答|提供|支援|サポート|説明|お話し|調べ|作成|生成|対応|協力|助言|アドバイス|案内|紹介|開示|共有|執筆|教示|"
    r"解説|翻訳|提案|引き受け|受け付け|受け入れ|関わ|見せ|"
    r"応じ|答え|教え|伝え|書く|手伝|助け|示す|加担|推奨|お勧め|関与)"
)
_JA_ABLE = (
    r"(?:する|える|る|う|い)?(?:こと|わけ|の)?(?:は|が|を|も|に|には)?(?:一切|絶対に)?(?:なれ|沿え|添え|応え|られ|え)?"
    r"(?:でき(?:ません|ない|かね|ず|兼ね)|(?:いた|致)し(?:かね|兼ね|ません)|し(?:かね|兼ね|ません)|かね(?:ます|る)|"
    r"(?:いき|参り|まいり)ません|ません(?!か)|出来(?:ません|ない|かね))"
)
_JA_OBJECT = (
    r"(?:情報|方法|手順|やり方|仕方|作り方|手口|内容|ご?質問|ご?依頼|ご?要望|ご?要求|リクエスト|お願い|文章|文書|行為|"
    r"(?:その|この|こういう|そういう)(?:ような)?(?:こと|ご?相談|もの)|(?:その|この)ような|そういった|こうした|"
    r"そうした|(?:私|わたし|当方)(?:から)?(?:は|に|では))"
)
_JA = (
    rf"{_JA_HELP}{_JA_ABLE}(?![^。\n]{{0,3}}(?:場合|とき|時|こと))",
    rf"{_JA_OBJECT}(?!では)[^。\n、]{{0,20}}{_JA_MAKE}{_JA_ABLE}(?![^。\n]{{0,3}}(?:場合|とき|時|こと|と))",
    rf"(?:ため|ので|から)、?(?:回答|提供|説明|作成|協力|助言|執筆|教え|手伝|翻訳){_JA_ABLE}",
    r"(?:回答|お答え|提供|お伝え|説明|紹介|案内|言及|発言|助言|アドバイス|作成|お手伝い|"
    r"コメント)(?:する)?(?:こと)?(?:は|を|も)?"
    r"(?:差し)?控えさせて(?:いただ|頂)",
    r"(?:回答|お答え|提供|お伝え|説明|紹介|案内|作成)(?:する)?(?:こと)?(?:は|を)?"
    r"(?:差し控え(?:ます|たい)|控え(?:ます|たいと)|遠慮(?:します|いたします|させて))",
    rf"{_JA_HELP}(?:なれ|沿え|添え|応え)(?:ず|そうに(?:も|は)?(?:ありません|ない))",
    r"(?:対応|回答|返答|協力|支援|提供|案内|助言|言及|コメント|返事)(?:は|を)?(?:(?:いた|致)?し(?:かね|兼ね)|"
    r"でき(?:かね|兼ね))(?:ます|る)",
    r"(?:私|わたし)(?:が|から|として)[^。\n、]{0,20}(?:する|答える|述べる|話す|話し|伝える)(?:の|こと)(?:は|が)"
    r"(?:適切|ふさわしい(?:こと)?|望ましい)?(?:不適切|では(?:ありません|ない|ございません)|とは(?:言え|いえ|思え|"
    r"考え)ません)",
    r"手を貸(?:せません|せない|すことはでき(?:ません|ない|かね))|(?:ご?質問|ご?依頼|ご?相談|回答)(?:は|"
    r"については)、?ご遠慮",
    r"^(?:いいえ|いえ)?、?(?:それ|その(?:お願い|ご?依頼|ご?要望|ご?要求)|それだけ)(?:は|には|"
    r"に)、?(?:でき(?:ません|かね)|応じ(?:られ|かね))",
    r"お断り(?:します|いたします|致します|させて(?:いただ|頂)|しなければ|せざるを)",
    r"(?:お手伝い|回答|提供|協力|対応|支援)(?:は|を)?(?:拒否|辞退)(?:します|いたします|させて)",
    r"(?:申し訳|すみません|ごめんなさい)[^。\n]{0,25}(?:教えられ|お?教えでき|お伝えでき|お話しでき)(?:ません|ない|かね)",
    r"(?:申し訳|すみません|ごめんなさい)[^。\n]{0,25}(?:回答|対応|協力|提供|説明|作成|支援|助言)(?:は|を|が)?"
    r"でき(?:ません|ない|かね|兼ね)",
    r"^[^。\n]{0,25}(?:申し訳|すみません|ごめんなさい)[^。\n]{0,15}(?:それ|そのよう?な?(?:こと|お願い)|これ|"
    r"ご要望)(?:は|には|に)?"
    r"(?:でき(?:ません|ない|かね)|(?:いた|致)しかね|応じ(?:られ|かね))",
)
_ZH = (
    r"(?:我|本人|恕)(?:们)?(?:是)?(?:实在|實在|也|很抱歉|将|將|恐怕|我)?(?:无法|無法|不能|不会|不會|不可以|没办法|"
    r"沒辦法|"
    r"拒绝|拒絕|不便|不愿|不打算)(?:为|為|向|给|給|对|對|就|在|协助|帮)?(?:您|你|此|这|這|任何)?[^。！？\n，,]{0,12}?"
    r"(?:提供|帮助|幫助|帮你|帮您|幫你|幫您|协助|協助|回答|满足|滿足|支持|给出|給出|分享|生成|创作|創作|编写|編寫|撰写|"
    r"撰寫|告诉|告訴|讨论|討論|参与|參與|教你|教您|配合|回应|回應|执行您)(?!更多的?快乐)",
    r"^(?:很|非常|十分)?(?:抱歉|对不起|對不起|不好意思)[，,][^。\n]{0,15}(?:无法|無法|不能)(?:为您|为你|為您|向您)?"
    r"(?:提供|帮助|幫助|帮|协助|回答|满足|支持|处理)",
)
_KO = (
    r"(?:도와[ ]?드릴|도울|도와줄|답변(?:을|은)?[ ]?(?:해[ ]?)?(?:드릴|할)|답해[ ]?드릴|대답(?:해[ ]?드릴|할)|"
    r"제공(?:해[ ]?)?(?:드릴|할)|알려[ ]?드릴|알려줄|도움을?[ ]?드릴|응(?:해[ ]?드릴|할)|설명(?:해[ ]?)?(?:드릴|할)|"
    r"작성(?:해[ ]?)?(?:드릴|할)|가르쳐[ ]?드릴|안내(?:해[ ]?)?드릴|지원(?:해[ ]?)?드릴)[ ]?수(?:는|"
    r"가)?[ ]?없(?:습니다|어요|네요)",
    r"(?:도와[ ]?드리|답변(?:해[ ]?)?드리|제공(?:해[ ]?)?드리|알려[ ]?드리|답변하|제공하)(?:기는?[ ]?(?:어렵|곤란)|"
    r"지[ ]?않)",
    r"(?:답변|요청|제공)(?:을|은)?[ ]?(?:거절|거부|삼가)(?:하|합|해)",
)
_FR_DO = (
    r"(?:aider|assister|fournir|donner|partager|offrir|expliquer|écrire|rédiger|créer|générer|répondre|accéder|"
    r"satisfaire|participer|décrire|indiquer|dire comment|apporter|accompagner|traduire|produire|soutenir)"
)
_FR = (
    rf"\bje (?:ne |n['’])(?:(?:peux|vais|veux|puis|pourrai|saurais|souhaite|suis)(?: malheureusement)?(?: pas)?)"
    rf"(?: (?:en mesure|capable|autorisée?) (?:de |d['’]))?(?: (?:vous|t['’]|te|y|en))? ?(?:vous |t['’])?{_FR_DO}\b",
    rf"\b(?:je refuse (?:de |d['’])|il m['’]est impossible (?:de |d['’]))(?:vous |t['’]|y )?{_FR_DO}\b",
    r"\bje (?:dois|préfère) (?:décliner|refuser)\b",
)
_DE_DO = (
    r"(?:helfen|unterstützen|bereitstellen|geben|teilen|anbieten|erklären|schreiben|verfassen|erstellen|beantworten|"
    r"nachkommen|beschreiben|nennen|liefern|behilflich|weiterhelfen|erfüllen|verraten|zeigen|mitwirken|beitragen)"
)
_DE = (
    rf"\b(?:ich (?:kann|werde|darf|möchte|will)|(?:kann|werde|darf|möchte) ich)\b"
    rf"(?![^.!?\n]{{0,80}}\b(?:ohne|genug|nur)\b)[^.!?\n]{{0,80}}?\b(?:nicht|keine[nmrs]?|"
    rf"kein)\b[^.!?\n]{{0,80}}?\b{_DE_DO}\b",
    r"\bich (?:muss|möchte)[^.!?\n]{0,40} ablehnen\b|\bich lehne[^.!?\n]{0,40} ab\b|\bich weigere mich\b",
)
_ES_DO = (
    r"(?:ayudar|asistir|proporcionar|dar|compartir|ofrecer|explicar|escribir|redactar|crear|generar|responder|"
    r"cumplir|participar|describir|decir cómo|brindar|facilitar|apoyar|traducir|contestar|atender|enseñar)(?:te|le|"
    r"les|lo|los)?"
)
_ES = (
    rf"\bno (?:(?:te |le |les )?(?:puedo|voy a|podré|debo|deseo|quiero)|estoy (?:en condiciones de|"
    rf"autorizad[oa] (?:a|para))"
    rf"|me es posible)(?: en conciencia)? {_ES_DO}\b(?! más)",
    rf"\bme niego a {_ES_DO}\b|\b(?:debo|tengo que|prefiero) (?:rechazar|negarme|declinar)\b",
)

_THEREFORE_WORD = re.compile(
    r"(?:\b(?:so|therefore|thus|hence|for (?:this|that|these|those|such|safety|legal)[\w ]{0,20}reasons?|that['’]s why|"
    r"this is why|donc|deshalb|daher|por (?:eso|lo tanto))\b|そのため|したがって|従って|よって|ですので|なので|"
    r"以上の理由|"
    r"因此|所以|따라서|그래서)"
)
_THEREFORE = re.compile(rf"{_THEREFORE_WORD.pattern}[^.!?。\n]{{0,40}}$")
_REQUEST = re.compile(r"\brequests?\b|ご?(?:依頼|要望|要求|リクエスト)|请求|請求|요청|demande|anfrage|bitte|solicitud")

_REASON = re.compile(
    r"\b(?:because|due to|given (?:that|the)|as (?:it|this|that|doing|they|these|such|he|she|the)\b|since (?!\d)|"
    r"in order (?:not )?to (?:protect|avoid|prevent)|for (?:\w+ )?(?:safety|legal|ethical|privacy|security) reasons|"
    r"harm(?:s|ful|ed|ing)?\b|hurt(?:s|ing)?\b|injur\w+|dangerous|(?:a|serious|real|put\w* [\w ]{1,20}in) danger\b|"
    r"endanger\w*|"
    r"(?:il|un)lawful\w*|illegal\w*|against the law|(?:a|is) crime|criminal|offen[cs]e|fraud\w*|prison|unsafe|"
    r"unethical|"
    r"violat\w+|infring\w+|privacy|discriminat\w+|hateful|(?:could|can|may|might|would|will) (?:easily |also |"
    r"seriously )?"
    r"(?:kill|lead|cause|result|put|enable|endanger|ruin|damage|destroy|be used)|abus(?:e|es|ive)\b|risk(?:s|y|ing)?\b|"
    r"exploit\w*|malicious|life-threatening|lethal|deadly|poison\w*|dehumani[sz]\w+|defam\w+|misinformation|"
    r"(?:is|are) (?:wrong|toxic)|without (?:\w+ ){1,3}consent|"
    r"parce qu|car\b|puisqu|en raison|illéga\w+|dangereu\w+|nuire|nuisible|loi\b|risqu\w+|blesser|"
    r"weil\b|denn\b|da (?:es|dies|das|sie|er)\b|aufgrund|wegen\b|illegal\w*|gefähr\w+|strafbar\w*|gesetz\w*|schad\w+|"
    r"verletz\w+|"
    r"porque|ya que|debido|puesto que|ilegal\w*|peligros\w+|daño\w*|dañ\w+|ley\b|riesgo\w*|delito\w*)"
)
_CJK_REASON = re.compile(
    r"(?:な|の|る|た|い|す)ため(?!の|に(?:なる|なり))|(?:の|な|る|た|い|です|ます)ので(?!す|し[たょ]|は|あ)|(?:る|た|い|だ|です|"
    r"ます)から(?![はの])|"
    r"ことから|危険|危害|違法|不法|犯罪|法律|法令|法に(?:触|反|抵)|罪に|有害|害を|害する|傷つけ|被害|倫理|安全(?:上|"
    r"を|性|に)|"
    r"プライバシー|人権|差別|助長|悪用|侵害|恐れ|おそれ|リスク|理由|命に|健康を|損なう|損害|詐欺|中毒|"
    r"因为|因為|由于|由於|危险|危險|违法|違法|非法|有害|伤害|傷害|法律|犯罪|道德|风险|風險|隐私|隱私|后果|"
    r"때문|위험|불법|범죄|법률|법적|해를|해로운|해칠|피해|윤리|안전|침해|하므로|이므로|있으므로"
)
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|[。！？\n]")
_CJK = re.compile(r"[぀-ヿ㐀-鿿가-힣]")


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{phrase})" for phrase in phrases), re.MULTILINE)


_UNSPACED = (
    (_any(*_JA), ("ません", "ない", "不適切", "ず", "かね", "兼ね", "控え", "断り", "拒否", "辞退", "遠慮")),
    (_any(*_ZH), ("无法", "無法", "不", "没", "沒", "拒")),
    (_any(*_KO), ("없", "어렵", "곤란", "않", "거절", "거부", "삼가")),
)
_SPACED = (
    (
        _any(_EN_DECLINES, *_EN_OTHER),
        (
            *("i ca", "i wo", "i will", "i am", "i'", "i’", "i mu", "i ref", "i dec", "i sh", "i ha", "i ne", "i do"),
            *(
                "i la",
                "something i",
                "my gu",
                "my po",
                "my pr",
                "sorry",
                "no, i",
                "no i",
                " request ca",
                " me to",
                "we c",
                "we w",
            ),
        ),
    ),
    (_any(*_FR), ("je ", "impossible")),
    (_any(*_DE), (" nicht", " kein", "ablehn", " ab", "weigere")),
    (
        _any(*_ES),
        ("puedo", "voy a", "podré", "debo", "deseo", "quiero", "estoy", "posible", "niego", "tengo", "prefiero"),
    ),
)
"""The patterns of a language, and words of which any refusal in it has one: most answers have none."""


def find_refusal(text: str) -> str | None:
    """Return the span in which `text`, an answer, declines, or None.

    What is quoted, in code, or in a letter or dialogue that the answer contains, is not the answer's own.
    """
    own = _QUOTED.sub(lambda found: " " * len(found[0]), text[:_HORIZON])
    letter = _LETTER.search(own)
    own = own[: letter.start()] if letter else own
    lower = _lower(own)
    cjk = bool(_CJK.search(own))
    opening = _OPENING // 2 if cjk else _OPENING
    conclusion = _THEREFORE_WORD.search(lower, opening) or _REQUEST.search(lower, opening)
    end = len(lower) if conclusion else opening + _SPAN
    for pattern, words in (*_UNSPACED, *_SPACED) if cjk else _SPACED:
        if any(word in lower for word in words):
            for found in pattern.finditer(lower, 0, end):
                if found.start() < opening or _concludes(lower, found):
                    return own[found.start() : found.end()].strip()
    return None


def _lower(text: str) -> str:
    """Lower-case `text` character by character (İ alone would become two)."""
    return text.replace("İ", "I").lower()


def _concludes(text: str, found: re.Match[str]) -> bool:
    """Tell whether a late refusal is the answer's conclusion: "For these reasons I can't help with this request"."""
    before = text[max(0, found.start() - 80) : found.start()]
    sentence = before[max((end.end() for end in _SENTENCE_END.finditer(before)), default=0) :]
    end = _SENTENCE_END.search(text, found.end())
    whole = sentence + text[found.start() : end.start() if end else len(text)]
    return bool(_THEREFORE.search(sentence) or _REQUEST.search(whole))


def gives_reason(text: str) -> bool:
    """Tell whether `text`, a refusal, says why: a "because", or what the harm or the law is.

    What is said of the alternative does not count ("You could try yoga because it calms").
    """
    lower = _lower(text[:_HORIZON])
    reason = _CJK_REASON if _CJK.search(lower) else _REASON
    if not reason.search(lower):
        return False
    start = 0
    for end in [*(found.end() for found in _SENTENCE_END.finditer(lower)), len(lower)]:
        sentence = lower[start:end]
        offered = find_offer(sentence)
        if reason.search(sentence, 0, offered.start() if offered else len(sentence)):
            return True
        start = end
    return False


def offers_alternative(text: str) -> bool:
    """Tell whether `text`, a refusal, offers something else: other help, or whom to turn to.

    A mere "let me know if there is anything else" is none.
    """
    return find_offer(_lower(text[:_HORIZON])) is not None
