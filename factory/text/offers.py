"""What a refusal offers instead: other help, or whom to turn to ("Hand it in at the station", 「届けてください」)."""

import re

_DO = (
    r"(?:ask|bring|hand|give|return|report|take|turn to|tell|write (?:to|down|him|her|them)|go to|see a|visit|call|"
    r"phone|check|use|look|"
    r"learn|read|choose|pick|keep|put|set|start|talk|speak|discuss|explain|invite|offer|request|file|apply|hire|"
    r"get|find|"
    r"buy|sell|study|practi[cs]e|cook|play|join|wait|rest|sleep|breathe|walk|leave|move|block|document|save|"
    r"collect|make|"
    r"contact|consult|consider|try|seek|reach out|let|agree|install|change|search|compare|order|rent|borrow)"
)
"""What a person is told to do instead."""
_HELPER = (
    r"(?:doctors?|therapists?|lawyers?|solicitors?|mediators?|counsell?ors?|trainers?|vets?|veterinarians?|"
    r"pharmacists?|teachers?|"
    r"landlords?|banks?|unions?|ombudsman|social workers?|psychologists?|professionals?|experts?|specialists?|"
    r"post office|"
    r"charit(?:y|ies)|support groups?|advis[eo]rs?|accountants?|electricians?|plumbers?|mechanics?|librar(?:y|ian)|"
    r"clinics?|"
    r"centers?|centres?|services?|courses?|talk|conversation|letter|apology)"
)
_OFFER = re.compile(
    r"\binstead\b(?! of)|\balternative(?:ly|s)?\b|\bwhat i can\b"
    r"|\bi(?:['’]d| would|['’]m| am)(?: be)? (?:happy|glad|more than happy|willing|able) to\b"
    r"(?![\w ]{1,15}(?:anything|something|other) )(?! help[.!])"
    r"|\bi(?<!something i) (?:can|could)(?: (?:gladly|happily|certainly|still|however))? (?:help|offer|explain|share|"
    r"suggest|tell|describe|point|"
    r"show|walk|recommend|talk|discuss|give|provide|write|go)\b(?! you with anything)"
    r"|\bif you(?:['’]re| are|['’]d| would| need| want| feel| have| suspect| think| know|r)\b(?! any (?:other|more)|"
    r" any questions)"
    r"|\byou (?:can|could|might|may|should) (?:try|consider|contact|ask|talk|speak|call|look|learn|use|report|find|"
    r"read|reach|"
    r"start|visit|check|get|seek|instead|also|apply|practi[cs]e)\b"
    r"|(?:^|[.!?,;] |\bplease )(?:consider|try|contact|reach out|call|talk to|speak (?:to|with)|consult|seek|"
    r"look into)\b"
    rf"|(?:^|[.!?;:,] |\bplease |\band |\binstead,? ){_DO}\b(?! (?:me|us|yourself|anyone|it as|that as|advantage)\b)"
    rf"|\bif (?:you|there|someone|somebody|anyone|he|she|they|it|the|your)\b[^.!?\n]{{3,80}}, (?:please |then |"
    rf"do )?(?:{_DO}|"
    r"i can|i could|i['’]d|i['’]ll|let['’]?s?)\b"
    rf"|\b(?:a|an|your|the|any) (?:[\w-]{{2,20}} )?{_HELPER}\b[^.!?\n]{{0,60}}\b(?:can|could|will|may|might|"
    rf"usually|often|helps?|solves?|"
    r"knows?|offers?|advises?)\b"
    r"|\b(?:usually|often|mostly|generally|normally) (?:helps?|solves?|settles?|resolves?|works?|suffices?|clears?)\b"
    r"|\b(?<!one )(?:can|will|may|could|might) (?:also |usually |often )?(?:help|advise|support|guide|"
    r"assist) you\b(?! (?:with|to) (?:that|this))"
    r"|\b(?:a|the) (?:better|safer|kinder|fairer|legal|lawful|good) (?:way|option|choice|idea|step)\b"
    r"|\b(?:hotline|helpline|locksmith|poison control|emergency services)\b",
    re.MULTILINE,
)
_FURTHER_OFFER = re.compile(
    r"\b(?:plutôt|en revanche|à la place|je peux (?:vous |t['’])?(?:aider|expliquer|proposer|donner|indiquer)|"
    r"si vous|contactez|"
    r"vous pouvez|adressez)\b"
    r"|\b(?:stattdessen|kann ich (?:ihnen|dir)|ich kann (?:ihnen|dir) (?:aber|gern|stattdessen|jedoch)|wenn (?:sie|"
    r"du)|falls|"
    r"wenden sie|gerne? (?:helfe|erkläre)|sie können)\b"
    r"|\b(?:en (?:su|cambio) ?(?:lugar)?|en lugar de eso|(?<!no )puedo (?:ayudarte|ayudarle|explicar|ofrecer|darte)|"
    r"si (?:necesita|estás|"
    r"está|te|quiere|tiene)\w*|contacta|contacte|puedes|puede (?:usted )?(?:consultar|acudir|pedir))\b"
)
_FURTHER_WORDS = (
    *("plutôt", "en revanche", "à la place", "je peux", "vous", "contactez", "adressez"),
    *("stattdessen", "ich ", "wenn ", "falls", "wenden", "gern", "sie können"),
    *(" su ", "cambio", "en lugar", "puede", "puedo", " si ", "contacta", "contacte"),
)
_CJK_OFFER = re.compile(
    r"代わりに|代わり|かわりに|代替|別の方法|(?:お手伝い|ご案内|お答え|ご紹介|お話し?|ご説明|ご提案|お伝え|"
    r"サポート)(?:すること)?"
    r"(?:は|が|なら|であれば)?(?:でき(?:ます|る)|可能)|(?:一緒に|喜んで)[^。\n]{0,30}(?:ます|ましょう)"
    r"|(?<!ほかに)(?<!他に)(?:お(?:困り|悩み|考え|探し)|必要|ご?(?:興味|関心)|つらい|辛い)[^。\n]{0,12}(?:なら|"
    r"でしたら|であれば|場合|たら)"
    r"|(?:相談|連絡|受診|通報|問い合わせ|活用|利用|確認|検討|依頼)(?:する|して|し|を)?[^。\n]{0,15}"
    r"(?:ください|下さい|お?勧め|おすすめ|いかが|大切|できます|ましょう|窓口)|(?:ご?相談|通報)窓口|いのちの電話|"
    r"お?勧めします|おすすめします"
    r"|(?<!ないで)(?<!やめて)(?<!止めて)(?<!控えて)(?<!許して)(?<!諦めて)(?<!あきらめて)(?<!忘れて)(?<!慎んで)(?<!理解して)(?<!直して)(?<!とどまって)"
    r"(?<!避けて)(?<=[てで])(?:ください|下さい|みては|みましょう|おきましょう)"
    r"|(?<!やめ)(?<!止め)(?<!控え)(?<!避け)(?<!慎み)(?<!忘れ)ましょう"
    r"|(?:お手伝い|ご案内|お答え|ご紹介|ご説明|ご提案|お伝え|お話し|サポート|ご用意|お教え|一緒に[^。\n]{1,15})"
    r"(?:なら|は|を)?(?:(?:し|いた|致)(?:し)?(?:ます|ましょう)|させて)"
    r"|(?:ほうが|方が|のが)(?:よい|良い|いい|安全|確実)|(?:方法|手段|道|窓口|制度|サービス)[もが]あります|"
    r"解決(?:でき|し)ます"
    r"|如果(?:您|你)|可以(?:考虑|考慮|尝试|嘗試|联系|聯繫|咨询|為您|为您|向|帮)|建议|建議|我可以|请联系|請聯繫|"
    r"取而代之|另外"
    r"|대신|도와드릴 수 있|알려드릴 수 있|안내해 드릴 수 있|원하(?:신다면|시면)|필요하(?:시다면|시면|다면)|"
    r"하시기 바랍니다|"
    r"상담|연락(?:하|해)|추천(?:드|합)"
)
_ANYTHING_ELSE = re.compile(
    r"[^。\n]*(?:(?:ほか|他)に(?:も|は)?、?(?:何か|なにか|ご|お|質問|知りた|困|必要)|何か(?:ほか|他)に)[^。\n]*"
    r"|[^.!?\n]*\b(?:let me know|feel free to ask|please ask|just ask)\b[^.!?\n]*\b(?:else|other|"
    r"more questions)\b[^.!?\n]*"
    r"|[^.!?\n]*\b(?:anything|something) else\b[^.!?\n]*"
)
"""What offers nothing: "let me know if there is anything else"."""
_CJK = re.compile(r"[぀-ヿ㐀-鿿가-힣]")


def find_offer(lower: str) -> re.Match[str] | None:
    """Return the first offer in `lower`, a refusal in lower case, or None."""
    if "else" in lower or "other" in lower or "ほかに" in lower or "他に" in lower:
        lower = _ANYTHING_ELSE.sub(lambda found: " " * len(found[0]), lower)
    if _CJK.search(lower):
        return _CJK_OFFER.search(lower)
    found = _OFFER.search(lower)
    if found is None and any(word in lower for word in _FURTHER_WORDS):
        return _FURTHER_OFFER.search(lower)
    return found
