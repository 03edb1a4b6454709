"""Health checks of an instruction that a model wrote by itself, given its chat template up to the user's turn.

That is Magpie (Xu et al. 2024, arXiv:2406.08464). What comes out is mostly a request, but at times something else:
a word, half a sentence, the assistant's turn ("Sure! Here is a step-by-step guide"), a whole conversation, the
system's wording, or a task about a text that nobody attached. A bad instruction costs four answers and their
judging, and a good one lost costs the sampling of another, so precision comes first: what is not surely bad passes.

The phrases are known for en, ja, zh, ko, fr, de and es.
"""

import re

from factory.text.leakage import find_leak
from factory.text.placeholders import find_placeholder
from factory.text.refusals import find_refusal
from factory.text.truncation import looks_truncated

_CJK = re.compile(r"[ぁ-ゖァ-ヺー々〆㐀-䶿一-鿿\uf900-\ufaff가-힣]")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_CODE = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|`[^`\n]{1,300}`", re.DOTALL)
_FENCE = re.compile(r"```|~~~|^(?: {4}|\t)\S|[{};]\s*$", re.MULTILINE)
_NAMES_CODE = re.compile(r"\w\(|\w\.\w|[=<>{}_$\\#/+*]|\d")
"""Marks of code, a formula or a file's name: a line of it is a request to explain it or to solve it."""

_LONG = 8_000
"""Characters of an instruction beyond which it is a runaway, in default of the caller's own bound."""
_HEAD, _TAIL = 200, 160
"""Characters of the beginning and of the end in which a fault shows."""
_HALF = re.compile(
    r"\b(?:is|are|was|were|be) (?:more|less|very|so|too|the|a|an)\Z|[がはも](?:より|もっと|最も)\Z"
    r"|(?:^|。)(?:なぜなら|だから|しかし|つまり|そして)、?[^。]{0,15}[はがをに]\Z",
    re.IGNORECASE,
)
"""Half a comparison, half a reason."""
_LONE = 3
"""Words up to which a text without a verb is a name and no request; 10 characters in CJK."""

_REQUEST = re.compile(
    r"[?？؟]|\b(?:please|can you|could you|would you|help me|help with|how (?:do|can|to|should|would)|i need|"
    r"i want|i['’]d like|"
    r"what|why|fix|explain|write|rewrite|convert|translate|refactor|debug|optimi[sz]e|improve|summari[sz]e|solve|"
    r"make it|"
    r"tell me|give me|show me|implement|add|create|review|edit|correct|find|change|sort|count|list|compare|"
    r"describe|check|complete|continue|rank|"
    r"analy[sz]e|simplify|which|where|who|bitte|trie|corrige|explique|traduis|erkläre|übersetze|corrige|explica|"
    r"traduce|kannst|können|wie|warum|"
    r"peux|pouvez|s['’]il|comment|pourquoi|puedes|podría|por favor|cómo|ayuda)\b"
    r"|ください|下さい|教えて|(?:して|って|んで|いて|えて|べて|めて|けて|せて)(?:ほしい|欲しい|くれ|もらえ|"
    r"いただけ|ね|よ|。|$)|"
    r"ですか|ますか|でしょうか|直して|お願い|何|なぜ|どう|请|請|帮|幫|怎么|怎麼|如何|什么|什麼|吗|嗎|"
    r"주세요|줘|까요|나요|뭐|무엇|어떻게|왜|해 ?주|세요",
    re.IGNORECASE | re.MULTILINE,
)

_ANSWER = re.compile(
    r"\s*[*#_> ]{0,4}(?:"
    r"(?:sure|certainly|of course|absolutely|no problem|great question|good question|great choice|you['’]re welcome)"
    r"(?:[!,.]|[ ][-–—]| thing\b)"
    r"|i(?:['’](?:d|ll) be|['’]m| am|(?: would| will) be) (?:happy|glad|delighted) to (?:help|assist|explain|"
    r"provide)(?! (?:out )?(?:at|"
    r"with (?:the|my|your|our) ))"
    r"|(?:thank you|thanks) for (?:your (?:question|request|message|inquiry)|asking|reaching out|providing)"
    r"|(?:let me|i['’]ll) (?:walk you|break (?:it|this) down|show you|help you)"
    r"|i hope this (?:helps|email finds you)|how (?:can|may) i (?:help|assist) you(?: today)?\b"
    r"|(?:hello|hi)(?: there)?[!,.] (?:how (?:can|may) i (?:help|assist)|i['’]?(?:m| am) (?:here|happy|glad) to)"
    r"|(?:yes|no), (?:you (?:can|may|should)|(?:it|that|this) is|(?:it|that)['’]s|(?:they|these) are|there (?:is|"
    r"are)|i can)\b"
    r"(?![^?\n]*\?)"
    r"|(?:大変|とても)?(?:よい|良い|いい|素晴らしい|すばらしい|鋭い|面白い)ご?質問(?:です|だ)"
    r"|(?:(?:こんにちは|こんばんは|おはようございます|いらっしゃいませ)[！!。、 ]?)?(?:今日|本日)?は?、?"
    r"(?:どのような|どういった|どんな|何の)(?:ご用件|ご質問|お手伝い)"
    r"|はい、(?:以下|こちら|もちろん|承知|わかりました|分かりました|喜んで|お手伝い|お答え|ご説明|説明し)"
    r"|もちろん(?:です|、|！|ございます)|(?:承知|了解)(?:です|(?:し|いたし|致し)ました)(?![とのはをっ」])|"
    r"かしこまりました(?![とのは」])|喜んで"
    r"|(?:わかりました|分かりました)[。、！]|ご質問(?:いただき)?(?:、)?ありがとう|"
    r"お問い合わせ(?:いただき)?ありがとう|お答えします|"
    r"(?:どのような|何か)[^。\n]{0,15}お手伝い(?:できること|できます|しましょう|いたします)"
    r"|(?:当然|好的|没问题|沒問題)(?:可以)?[，。！!,]|以下是(?!我)|(?:很高兴|很高興)(?:为|為|能)|(?:您好|"
    r"你好)[！，。!,]?(?:请问)?有什么(?:可以|能)|感谢(?:您|你)的(?:提问|咨询)"
    r"|(?:네|물론(?:입니다|이죠)|알겠습니다)[,.! ]|다음은[^.\n]{1,60}(?:입니다|예요|예시)|무엇을 도와드릴까요"
    r"|(?:bien sûr|certainement|avec plaisir|d['’]accord)[ ]?[!,.:]"
    r"|(?:natürlich|gerne|selbstverständlich|klar)[!,.:]"
    r"|(?:claro(?: que sí)?|por supuesto|desde luego|con gusto)[!,.:]|aquí (?:tienes|tiene|te presento|hay (?:un|"
    r"una|algunos))\b"
    r")",
    re.IGNORECASE,
)
"""How assistants begin and users do not."""
_GIVES = re.compile(
    r"\s*[*#_> ]{0,4}(?:(?:here(?:['’]s| is| are)|below (?:is|are)) (?:an?|the|some|how|what|your|one|two|"
    r"three|four|five|\d+)\b"
    r"|(?:yes|no|indeed|exactly)[,.!] \w|(?:はい|いいえ|ええ)、"
    r"|(?:the answer is|let me explain|to (?:solve|answer|fix) this\b[^?\n]{0,80}, (?:we|you)|(?:step|schritt|étape|"
    r"paso) 1\b)"
    r"|以下(?:に|が|は|の(?:よう|通り|とおり))[^。\n？]{0,60}(?:示し|説明し|紹介し|まとめ(?!た)|(?:よう|通り|"
    r"とおり)(?:です|になり))|以下の(?:通り|とおり|よう)(?:です|になり)|こちら(?:が|は)[^。\n？]{1,40}です"
    r"|以下是|下面是|다음은|voici\b|hier (?:ist|sind)\b)",
    re.IGNORECASE,
)
"""How both may begin: "Here is the code" is an answer where no request follows."""

_ROLE = re.compile(
    r"^[ \t>*#]{0,6}(?:Assistant|ASSISTANT|AI|ChatGPT|Bot|アシスタント|助手|어시스턴트|Assistent|"
    r"Asistente)[ \t]?\*{0,2}[ \t]?[:：]"
    r"|^[ \t>*#]{0,6}(?:User|USER|Human|HUMAN|ユーザー|用户|사용자|Utilisateur|Benutzer|"
    r"Usuario)[ \t]?\*{0,2}[ \t]?[:：]",
    re.MULTILINE,
)
_ABOUT_DIALOGUE = re.compile(
    r"dialog|conversation|transcript|chat|log|template|token|prompt|会話|対話|チャット|ログ|テンプレート|对话|"
    r"對話|대화|gespräch",
    re.I,
)

_META = re.compile(
    r"\b(?:as an ai(?: language)? (?:model|assistant),? (?:i|you)\b|as an ai,? i (?:do|don['’]t|can|can['’]t|"
    r"cannot|have|am)\b|i(?:['’]m| am) (?:just |"
    r"only )?an? (?:ai\b(?: (?:language )?model|"
    r" assistant)?(?=[,. ])(?! \w+(?:er|or|ist)\b)|(?:large )?language model|virtual assistant)"
    r"|you are (?:an? )?(?:(?:helpful|friendly|harmless|honest|knowledgeable|"
    r"useful)[, ]+(?:and )?){1,3}(?:ai )?(?:assistant|chatbot)"
    r"|you are (?:chatgpt|qwen|llama|gemma|mistral|smollm|claude|gemini|deepseek|an ai (?:assistant|language model))\b"
    r"|i am (?:chatgpt|qwen|llama|gemma|smollm|claude|gemini|deepseek)\b|(?:the|this) (?:system prompt|"
    r"user will (?:ask|provide))"
    r"|the (?:user|assistant) (?:is asking|asks|wants|should (?:respond|answer|reply)|will respond)|"
    r"my knowledge cut-?off)"
    r"|(?:あなたは|私は)(?:[^。\n]{0,12})?(?:AIアシスタント|ＡＩアシスタント|AIです|人工知能アシスタント|"
    r"大規模言語モデル|言語モデルです)"
    r"|(?:私は)(?:ただの|単なる)?(?:AI|人工知能|バーチャルアシスタント|仮想アシスタント|チャットボット)(?:です|"
    r"なので|ですので|として|であ)"
    r"|(?:AI|大規模)?言語モデルとして、[^。\n？?]{0,40}(?:ません|ない)|AI(?:アシスタント|"
    r"言語モデル)?として、?(?:私|お答え|回答)|(?:親切|役立つ|有能|"
    r"優秀)な(?:AI)?アシスタント(?:です|として)|ユーザー(?:は|が)(?:質問|尋ね)"
    r"|(?:你是|您是|我是)(?:一个|一名|一位|一個)?(?:乐于助人的|有用的|友好的)?(?:AI|人工智能|智能)(?:助手|助理|"
    r"语言模型|模型)|作为(?:一个)?(?:AI|人工智能)(?:语言模型|助手)"
    r"|(?:당신은|저는)[^.\n]{0,15}(?:AI|인공지능) ?(?:어시스턴트|비서|언어 ?모델|모델)"
    r"|(?:tu es|vous êtes|je suis) (?:un |une )?(?:assistant(?:e)? (?:ia|virtuel|utile|serviable)|(?:ia|"
    r"modèle de langage)\b)"
    r"|(?:du bist|sie sind|ich bin) (?:ein |eine )?(?:hilfreicher |freundlicher )?(?:ki-?(?:assistent|modell|"
    r"sprachmodell)|sprachmodell|assistent\b)"
    r"|(?:eres|soy|usted es) (?:un |una )?(?:asistente (?:útil|virtual|de ia)|modelo de lenguaje|ia\b)",
    re.IGNORECASE,
)

_TEXTS = (
    r"(?:(?:[\w-]{2,20} ){0,2}(?:text|texts|code|passage|paragraph|article|sentences?|function|snippet|program|"
    r"script|query|table|"
    r"data|dataset|image|picture|email|e-mail|essay|excerpt|poem|story|document|list|lists|equations?|expressions?|"
    r"questions?|problem|numbers|words|statements?|conversation|dialogue|review|letter|class|method|json|schema|"
    r"options))"
)
_NOTHING_FOLLOWS = re.compile(
    rf"\b(?:the|this|these) (?:following|below) {_TEXTS}\b[^:：\"“'‘`\n.?!]{{0,80}}[:.?!]*\s*\Z"
    rf"|\b(?:the|this) {_TEXTS} (?:below|that follows)\b[^:：\"“'‘`\n.?!]{{0,60}}[:.?!]*\s*\Z"
    r"|\bwhich of (?:the following|these)\b[^:：\"“'‘`\n?]{0,80}\?\s*\Z"
    r"|(?:以下|次|下記|下)の(?:[ぁ-んァ-ヶー一-龠A-Za-z0-9#+]{0,14}?)(?:文章|文|テキスト|コード|プログラム|関数|"
    r"段落|記事|問題|質問|式|方程式|"
    r"データ|表|リスト|クエリ|画像|図|グラフ|メール|会話|単語|数列|数式|選択肢|うち|中)(?!を(?:書|作|"
    r"出力))[^：:「『\n\"`。？?]{0,50}[。：:？?]?\s*\Z"
    r"|(?:以下|下面|下列|下方)(?:的)?(?:这|這)?(?:段|篇|个|個|句|些)?(?:的)?[^：:“「\n，。]{0,8}?(?:文本|文章|"
    r"代码|代碼|句子|段落|文字|函数|程序|问题|数据|表格|图片|邮件|选项)[^：:“「\n。？]{0,30}[。：:？]?\s*\Z"
    r"|다음(?:의)? [^:“\"\n.]{0,12}?(?:글|문장|코드|텍스트|단락|기사|함수|문제|데이터|표|이메일|질문)(?:을|를|의|"
    r"에|이|은|는|에서)?[^:“\"'\n.?]{0,40}[.:?]?\s*\Z"
    r"|\b(?:le|la|les|ce|cette|l['’])\s?(?:texte|code|paragraphe|phrases?|fonction|article|extrait|passage|"
    r"données|tableau|e-?mail|équations?) "
    r"(?:suivante?s?|ci-dessous)\b[^:«\"\n.?!]{0,60}[:.?! ]*\Z"
    r"|\b(?:folgende[nmrs]?|untenstehende[nmrs]?) (?:text|code|absatz|sätze?|funktion|artikel|abschnitt|daten|"
    r"tabelle|e-?mail|gleichung(?:en)?)\b"
    r"[^:„\"\n.?!]{0,60}[:.?!]*\s*\Z"
    r"|\b(?:el|la|los|las|este|esta) (?:siguientes? )?(?:texto|código|párrafo|frases?|oración(?:es)?|función|"
    r"artículo|fragmento|datos|tabla|correo|ecuación)"
    r"(?: (?:siguientes?|a continuación)|(?<=siguiente texto)|(?<=siguiente código)|(?<=siguiente párrafo)|"
    r"(?<=siguiente frase)|(?<=siguiente oración))"
    r"(?!\w)[^:«\"\n.?!]{0,60}[:.?!]*\s*\Z",
    re.IGNORECASE,
)
_QUOTATION = re.compile(r"「[^」\n]{0,200}」|“[^”\n]{0,200}”|\"[^\"\n]{0,200}\"|«[^»\n]{0,200}»|„[^“”\n]{0,200}[“”]")
_ABSENT = re.compile(
    r"\b(?:the|this|my|an) (?:attached|enclosed|uploaded) (?:image|picture|photo|file|document|pdf|spreadsheet|"
    r"csv|dataset|screenshot|code|"
    r"text|report|chart|data|figure|diagram|audio|video)\b(?! (?:to (?:an?|the|my|each|every)|from|in an? )\b)"
    r"|\bi(?:['’]ve| have)? (?:attached|uploaded|enclosed)\b(?! (?:great|much|\w+ )?(?:importance|value|myself))|"
    r"\bsee (?:the )?attach(?:ed|ment)\b"
    r"|\b(?:in|of|from) the (?:image|picture|photo|screenshot|diagram|figure|graph|chart|table|passage) (?:above|"
    r"below|shown|provided|attached)\b"
    r"|\b(?:in|from|based on|according to|using) the (?:above|given|provided) (?:passage|text|article|paragraph|"
    r"image|picture|code|conversation)\b"
    r"|\b(?:the|this) (?:code|text|passage|article|paragraph|example|image|table|conversation|function|"
    r"above code) above\b|\bthe above (?:code|text|passage|"
    r"article|paragraph|example|image|table|function|program|conversation)\b"
    r"|\b(?:your|the) (?:previous|last|earlier) (?:answer|response|message|reply)\b|\b(?:as|that) (?:i|you|"
    r"we) (?:mentioned|said|discussed) (?:above|earlier|before)\b"
    rf"|\b(?:this|these|my|the) {_TEXTS}\b[^:：.?!\n]{{0,60}}[:：]\s*\Z"
    r"|\b(?:look(?:ing)? at|see|examine|study|observe|describe|based on|using) (?:the|this) (?:picture|image|"
    r"photo(?:graph)?|"
    r"screenshot|figure|diagram|graph|chart)(?=[.,:!?]|\Z| (?:and|to (?:answer|describe|find|tell|decide)|below|"
    r"above)\b)"
    r"|(?:この|次の|私の|以下の|下記の)(?:コード|プログラム|文章|文|作文|エッセイ|テキスト|記事|メール|関数|"
    r"レポート|小説|詩|履歴書|問題|表|"
    r"データ|画像|写真|式|段落|原稿|論文|英文|日本語)[^。：:\n]{0,30}(?:。|ください|下さい|)[：:]\s*\Z"
    r"|(?:^|[。、\n]|この)(?:写真|画像|図|イラスト|絵|グラフ|スクリーンショット)(?:を(?:見|参照し|参考に|もと|基)|"
    r"に基づ)[^。\n]{0,4}、"
    r"|添付(?:の|した|された|いたし)(?=[^。\n]{0,12}(?:画像|写真|ファイル|資料|図|表|データ|コード|文書|文章|PDF|"
    r"グラフ|しま))|(?:この|上の|上記の)(?:画像|写真|スクリーンショット)"
    r"|(?:上記|上)の(?:コード|文章|テキスト|プログラム|図|表|グラフ|関数|会話|記事|問題|例)|(?:先ほど|さっき|"
    r"前回|前)の(?:回答|答え|質問|コード|話|説明|文章)"
    r"|(?:附件|附上)(?:的|中)|(?:上述|上面的|以上的?)(?:代码|文章|文本|段落|图片|表格|对话)|(?:这张|這張|上图|"
    r"如图)(?:图片|照片|所示)?"
    r"|첨부(?:된|한)|위(?:의)? (?:코드|글|문장|그림|표|텍스트|이미지|대화)"
    r"|\bci-joint|\b(?:le|la) (?:code|texte|image|tableau|passage|fonction) ci-dessus\b|\b(?:im|der|den|das|"
    r"dem) (?:obige[nmrs]?|angehängte[nmrs]?|beigefügte[nmrs]?)\b"
    r"|\b(?:adjunt[oa]s?|código anterior|texto anterior|la imagen (?:de arriba|anterior|adjunta))\b",
    re.IGNORECASE,
)
_BRACKETS = frozenset("[<{【［")
_TEMPLATE = re.compile(r"template|placeholder|format|テンプレ|雛形|ひな形|模板|vorlage|modèle|plantilla", re.IGNORECASE)
_GO_ON = re.compile(
    r"complet|continu|finish|fill|story|続き|続け|完成|埋め|续写|續寫|填|이어|완성|vervollständig|fortsetz|"
    r"weiter|ergänz",
    re.I,
)
_VERB_FIRST = re.compile(
    r"(?:who|what|when|where|why|how|which|whose|is|are|am|was|were|do|does|did|can|could|should|would|will|have|"
    r"has|may|tell|"
    r"write|explain|define|describe|list|name|give|make|create|compare|solve|find|prove|translate|summari[sz]e|"
    r"convert|fix|"
    r"calculate|compute|show|help|suggest|recommend|teach|discuss|draw|design|plan|generate|say|sing|play|let['’]?s?|"
    r"i|i['’]\w+|we|you|my|please|evaluate|simplify|factor|integrate|differentiate|implement|code|build|outline|"
    r"analy[sz]e|"
    r"review|improve|rewrite|paraphrase|proofread|correct|debug|refactor|optimi[sz]e|test|count|sort|reverse|"
    r"guess|imagine|"
    r"brainstorm|continue|complete|classify|identify|spell|conjugate|rhyme|pick|choose|rate|draft|compose|invent|roast|"
    r"qui|que|quoi|quel(?:le)?s?|où|quand|comment|pourquoi|combien|est|écris|écrivez|explique[zr]?|donne[zr]?|traduis|"
    r"traduisez|raconte[zr]?|résume[zr]?|aide|décris|cite[zr]?|liste[zr]?|calcule[zr]?|résous|"
    r"wer|wie|wo|wann|warum|wieso|welche[rsn]?|ist|sind|kann|kannst|schreib\w*|erklär\w*|nenne\w*|übersetz\w*|"
    r"erzähl\w*|"
    r"beschreib\w*|gib|hilf|berechne\w*|löse\w*|vergleich\w*|fasse|zeig\w*|"
    r"quién|qué|cuándo|dónde|cómo|cuál(?:es)?|cuánt[oa]s?|por|es|escrib\w*|explic\w*|dame|traduc\w*|cuent\w*|resum\w*|"
    r"describ\w*|nombra|ayud\w*|calcul\w*|resuelv\w*|compar\w*|haz|dime|define|enumera)\Z",
    re.IGNORECASE,
)
_VERB_LATER = re.compile(
    r"\b(?:is|are|was|were|do|does|did|has|have|can|can['’]t|won['’]t|isn['’]t|doesn['’]t|not|vs|versus|how|what|"
    r"why|to|meaning|"
    r"definition|synonyms?|please|fails?|failed|error|works?|crash(?:es|ed)|joke|recipe|ideas?|tips|help)\b",
    re.IGNORECASE,
)
_JA_NOUN = re.compile(r"[ァ-ヺー一-龠々A-Za-z0-9・のとや]+")
_JA_DOES = re.compile(
    r"(?:方法|理由|違い|意味|作り方|使い方|解説|説明|紹介|翻訳|要約|作成|計算|比較|案|例|一覧|"
    r"レシピ|おすすめ|教|何|誰|解)[^の]{0,2}\Z"
)
_JA_ABOUT = re.compile(r"[^。、？?！\n]{1,20}(?:について|に関して|に関する|における)")
_ZH_DOES = re.compile(
    "[用实實写寫译譯述析释釋解求算编編画畫列举舉比较較给給请請帮幫说說谈談教推荐薦"
    "讲講做改找查如何什么怎吗嗎设計设计证證总總背翻介绍紹]"
)
_KO_DOES = re.compile(r"(?:요|까|줘|니|다|라|해|법|이유|차이|뜻|오|자|지|나|냐)\Z")


def instruction_fault(
    text: str, language: str, *, system: str = "", min_letters: int = 4, max_characters: int = _LONG
) -> str | None:
    """Return what is wrong with `text` as a user's turn in `language` (ISO 639-1), as "kind: detail", or None.

    Kinds: "too_short" (fewer than `min_letters` letters, a CJK one for two), "too_long", "several_turns" (template
    tokens, "Assistant:"), "meta" (being an AI, or a quotation from `system`), "answer", "refusal", "unanswerable"
    (about a text, an image or an answer that is not there) and "fragment" (half a sentence, a lone noun, an empty
    shell, code alone). The first of them in this order is returned.
    """
    prose = _CODE.sub(" ", text)
    letters = sum(len(word) for word in _WORD.findall(text[:200]))
    if letters + len(_CJK.findall(text[:200])) < min_letters and not _NAMES_CODE.search(text):
        return f"too_short: {letters} letters"
    if len(text) > max_characters:
        return f"too_long: {len(text):,} characters"
    return (
        _turns(text, prose)
        or _meta(prose, system)
        or _answer(prose)
        or _unanswerable(text, prose)
        or _fragment(text, prose, language.lower().replace("_", "-").split("-")[0])
    )


def _turns(text: str, prose: str) -> str | None:
    roles = _ROLE.findall(prose)
    if roles and not (_ABOUT_DIALOGUE.search(prose) and not _ROLE.match(prose)):
        return f"several_turns: {roles[0].strip()!r}"
    leak = find_leak(prose[:_LONG], ()) if _BRACKETS.intersection(prose) or "#" in prose else None
    if leak and leak[0] in "<[#" and not _ABOUT_DIALOGUE.search(prose.replace(leak, "")):
        return f"several_turns: {leak!r}"
    return None


def _meta(prose: str, system: str) -> str | None:
    found = _META.search(prose[: 2 * _HEAD])
    if found:
        return f"meta: {found[0].strip()!r}"
    quoted = find_leak(prose[:_LONG], (system,)) if system else None
    return f"meta: of the system's wording: {quoted!r}" if quoted else None


def _answer(prose: str) -> str | None:
    found = _ANSWER.match(prose)
    if found:
        return f"answer: begins {found[0].strip()!r}"
    given = _GIVES.match(prose)
    if given and not _REQUEST.search(prose, given.end()):
        return f"answer: begins {given[0].strip()!r}"
    refused = find_refusal(prose[: 2 * _HEAD])
    # A user says "I can't provide a password there" too, and then asks.
    if refused and not _REQUEST.search(prose.replace(refused, "")):
        return f"refusal: {refused!r}"
    return None


def _unanswerable(text: str, prose: str) -> str | None:
    # A longer text, lines of its own or code may well be what it speaks of.
    if len(text) > 2 * _HEAD or _FENCE.search(text):
        return None
    prose = _QUOTATION.sub("「」", prose)
    found = _NOTHING_FOLLOWS.search(prose, max(0, len(prose) - _TAIL))
    if found and "\n\n" not in prose[: found.start()].strip():
        return f"unanswerable: nothing follows {found[0].strip()!r}"
    found = _ABSENT.search(prose) if "\n" not in text.strip() else None
    return f"unanswerable: {found[0].strip()!r} is not there" if found else None


def _fragment(text: str, prose: str, language: str) -> str | None:
    bare = prose.strip()
    if not _WORD.search(bare):
        code = bool(_CODE.search(text))
        return "fragment: code alone" if code else None if _NAMES_CODE.search(text) else "fragment: no word"
    if _lone(bare, language):
        return f"fragment: {bare!r} asks nothing"
    if _HALF.search(bare[-40:]):
        return f"fragment: ends in {bare[-30:]!r}"
    placeholder = find_placeholder(bare[: 4 * _HEAD]) if _BRACKETS.intersection(bare) else None
    if placeholder and placeholder[0] in _BRACKETS and not _TEMPLATE.search(bare):
        return f"fragment: {placeholder!r} to fill in"
    # Gaps to fill and texts to go on with end so by right. A formula has to be seen whole.
    end = bare if "$" in bare or "\\" in bare else bare[-_HEAD:]
    if (
        bare[-1] not in ":：=＝_は—"
        and "```" not in text
        and looks_truncated(end, language)
        and not _GO_ON.search(bare)
    ):
        return f"fragment: ends in {bare[-30:]!r}"
    return None


def _lone(text: str, language: str) -> bool:
    """Tell whether `text` is a name or a heading: few words, none of them a verb, no question mark."""
    if len(text) > 60 or _NAMES_CODE.search(text) or text[-1] in "?？!！。":
        return False
    characters = len(_CJK.findall(text))
    if characters:
        if language == "ja":
            return bool(
                (_JA_NOUN.fullmatch(text) and characters <= 12 and not _JA_DOES.search(text))
                or _JA_ABOUT.fullmatch(text)
            )
        if language == "zh":
            return characters <= 8 and not _ZH_DOES.search(text)
        return (
            language == "ko"
            and characters <= 10
            and len(text.split()) <= _LONE
            and not _KO_DOES.search(text.rstrip("."))
        )
    words = _WORD.findall(text)
    return len(words) <= _LONE and not _VERB_FIRST.match(words[0]) and not _VERB_LATER.search(text)
