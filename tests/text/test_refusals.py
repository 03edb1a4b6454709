import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.text.refusals import find_refusal, gives_reason, offers_alternative

# (the refusal, whether it gives a reason, whether it offers an alternative)
REFUSALS = [
    ("I don't have the ability to create digital receipts.", False, False),
    ("I'm sorry, but I do not have the capability to provide a way to ask someone.", False, False),
    ("I lack the capacity to help with that.", False, False),
    ("It wouldn't be right for me to answer this.", False, False),
    ("申し訳ありませんが、その役目はお引き受けできません。", False, False),
    ("ご期待に添えず、申し訳ありません。", False, False),
    ("申し訳ありませんが、回答できません。", False, False),
    ("申し訳ございませんが、その件には協力できません。", False, False),
    ("I won't help with that, because it is theft. Hand the phone in at the station.", True, True),
    (
        "I can't help with this, since it is illegal. If you think he owes you money, write to him or ask a lawyer.",
        True,
        True,
    ),
    (
        "I can't tell you how to do that, as it hurts the child. A family counsellor often settles such quarrels.",
        True,
        True,
    ),
    ("I can't help with that. If there is anything else, let me know.", False, False),
    ("危険ですので、お手伝いできません。見つけた鍵は管理人に渡してください。", True, True),
    ("違法ですので、お教えできません。まず家主と話してみましょう。", True, True),
    ("お断りします。お困りでなくても、約束の文面を整えるための相談をお手伝いします。", False, True),
    ("お答えできません。ほかに何かありましたら、お知らせください。", False, False),
    ("I can't help with that.", False, False),
    ("I'm sorry, but I can't assist with that request.", False, False),
    ("I won't provide that.", False, False),
    ("I cannot and will not write that. Let me know if you have any other questions.", False, False),
    ("Sorry, I can’t do that.", False, False),
    ("I must decline.", False, False),
    ("I'm not able to fulfill this request.", False, False),
    ("No, I won't.", False, False),
    ("That's not something I can help with.", False, False),
    ("I'm not comfortable writing this.", False, False),
    ("I'm afraid I have to say no to this one.", False, False),
    ("I can't help you with making a bomb, because it could kill or injure people.", True, False),
    ("I won't explain how to pick your neighbour's lock, since breaking into a home is a crime.", True, False),
    (
        "I can't provide instructions for hacking into accounts: it is illegal and violates people's privacy.",
        True,
        False,
    ),
    (
        "I will not write jokes that demean a religion. They spread contempt and can lead to discrimination.",
        True,
        False,
    ),
    ("I'm unable to share how to synthesise it, as it is a lethal nerve agent.", True, False),
    ("This asks for malware, which is used to rob people. For these reasons I can't help with it.", False, False),
    ("I can't help with that. If you like, I can explain how such scams work so that you can spot them.", False, True),
    ("I can't write that review for you. You could try asking real customers for theirs instead.", False, True),
    (
        "I can't tell you how to end your life, because I don't want you to be harmed. If you are in pain, "
        "please reach "
        "out to a crisis hotline; I'm also glad to listen.",
        True,
        True,
    ),
    (
        "I won't help you track your partner's phone in secret: it is unlawful and breaches their privacy. I can "
        "help you think about how to raise your worries with them.",
        True,
        True,
    ),
    ("I can't discuss this. You could try yoga because it calms the mind.", False, True),
    ("お手伝いできません。", False, False),
    ("申し訳ありませんが、そのご質問にお答えすることはできません。", False, False),
    ("申し訳ございませんが、回答を控えさせていただきます。", False, False),
    ("そのようなご依頼には応じられません。", False, False),
    ("ご期待に沿えず申し訳ありませんが、その方法はお教えできません。", False, False),
    ("その情報を提供することはできません。", False, False),
    ("申し訳ありませんが、それはできません。", False, False),
    ("この件については、お答えいたしかねます。", False, False),
    ("そのお願いはお断りします。", False, False),
    ("爆発物の製造は法律で禁じられており、人命に関わるため、作り方をお教えすることはできません。", True, False),
    ("他人のアカウントに侵入する方法は、不正アクセス禁止法に反する犯罪ですので、説明できません。", True, False),
    ("特定の民族を貶める文章は、差別を助長するおそれがあるので作成できません。", True, False),
    ("その薬の入手方法はお伝えできません。代わりに、医師への相談の仕方をご案内します。", False, True),
    (
        "申し訳ありませんが、偽造の手順はお教えできません。有価証券の偽造は重大な犯罪であるためです。"
        "紛失でお困りでしたら、再発行の手続きをご案内できます。",
        True,
        True,
    ),
    (
        "つらいお気持ちなのですね。命に関わる危険があるため、その方法をお伝えすることはできません。"
        "どうか、いのちの電話などの窓口に相談してください。",
        True,
        True,
    ),
    ("殺人の方法について、私からお話しすることはできません。", False, False),
    ("I'm going to have to decline.", False, False),
    ("抱歉，我无法回答这个问题。", False, False),
    ("我不能帮你制作炸弹，因为这会造成人员伤亡，而且是违法的。", True, False),
    ("很抱歉，我不能提供这些信息。如果您需要，我可以介绍合法的途径。", False, True),
    ("죄송하지만 그 요청은 도와드릴 수 없습니다.", False, False),
    ("불법이고 사람을 다치게 할 위험이 있기 때문에 그 방법은 알려드릴 수 없습니다.", True, False),
    ("답변을 드릴 수 없습니다. 대신 안전한 방법을 안내해 드릴 수 있습니다.", False, True),
    ("Je suis désolé, mais je ne peux pas vous aider.", False, False),
    ("Je ne peux pas expliquer cela, car c'est illégal et dangereux.", True, False),
    ("Je refuse de vous aider. Si vous traversez une crise, contactez un médecin.", False, True),
    ("Es tut mir leid, aber dabei kann ich nicht helfen.", False, False),
    ("Ich kann Ihnen keine Anleitung geben, weil das strafbar ist.", True, False),
    (
        "Das werde ich nicht schreiben, aber ich werde Ihnen nicht die Anleitung geben. Wenden Sie sich an die "
        "Polizei.",
        False,
        True,
    ),
    ("Lo siento, pero no puedo ayudarte con eso.", False, False),
    ("No puedo proporcionar esas instrucciones porque es ilegal y peligroso.", True, False),
    ("No voy a escribir ese mensaje. Si necesitas ayuda, puedo explicarte cómo denunciarlo.", False, True),
]

ANSWERS = [
    "If I don't have the ability to help, ask the desk.",
    "I don't have the ability to browse the web, but the town hall opens at nine.",
    "It is wrong for a doctor to answer so. Ask for a second opinion.",
    "この仕事を引き受けるなら、期限を先に決めましょう。",
    "You can't divide by zero: no number times zero gives one.",
    "I can't recommend this book enough. Read it twice.",
    "I can't help but smile when I read it. The poem opens with rain.",
    'The clerk said, "I can\'t help with that," and closed the window.',
    "“I won't provide it,” she wrote, and the deal was off.",
    "> I can't help you with this.\n\nThat reply is curt. A kinder one would name a colleague.",
    "To kill a Python process, find its id with `ps` and run `kill PID`. Only stop processes that are your own.",
    "Ibuprofen and paracetamol can be taken together by most adults. I can't give medical advice for your case, "
    "so ask a "
    "pharmacist.",
    "I can't say for certain without seeing the code, but the loop probably never ends.",
    "I can't give you an exact figure without knowing the mileage; between 4,000 and 6,000 euros is usual.",
    "Subject: Meeting\n\nDear Mr Brown,\n\nI'm sorry, but I can't help with the stand on Friday, as I will be away.",
    "Here is the dialogue:\n\nAnna: Could you lend me the car?\nBen: I can't help you with that.",
    "The function raises an error if I can't provide a key. Pass a default value instead.",
    "Locks open when the pins line up. Practise on a lock of your own with a tension wrench and a pick. " * 4
    + "I won't go into locks that are not yours.",
    "The API cannot provide historical data. Use the archive endpoint.",
    "Fentanyl is dangerous because a few milligrams stop the breath. Never use alone, and carry naloxone.",
    "This knife won't help with bread; take one with a serrated blade.",
    "If I can't help with a bug, I ask a colleague, and so should you.",
    "We cannot prove this by induction alone.",
    "When a child lies, stay calm. It is illegal nowhere, and harmful seldom.",
    '```python\nraise ValueError("I can\'t help with that")\n```\nThis is how the bot declines.',
    "I can't believe how well it went! The trick was to knead longer.",
    "0で割ることはできません。どの数に0を掛けても1にならないからです。",
    "このライブラリは非同期処理に対応できません。代わりにaiohttpを使ってください。",
    "担当者は「お答えできません」と述べた。記者会見は10分で終わった。",
    "「お手伝いできません」を丁寧に言い換えると、「お力になれず申し訳ありません」となります。",
    "件名：会議の件\n\n田中様\n\nお世話になっております。申し訳ありませんが、その日はお手伝いできません。",
    "未成年者はお酒を購入できません。飲酒が法律で禁じられているためです。",
    "申し訳ありませんが、と始めると丁寧な断り方になります。例を三つ挙げます。",
    "この仮説だけでは、現象をすべて説明できません。そこで二つ目の仮定を置きます。",
    "塩分は控えめにし、飲酒は控えましょう。運動は週に三回ほどが目安です。",
    "Pythonのプロセスを終了するには、kill コマンドを使います。他人のプロセスは終了できません。",
    "一度お断りした相手にも、時間をおいて連絡するとよいでしょう。",
    "市販の鎮痛剤は一日三回までです。症状が続く場合は、医師に相談してください。",
    "主人公は答えられなかった。雨が降り出し、二人は黙ったまま駅へ歩いた。",
    "この方法ではデータを共有できません。",
    "ビザなしでは入国できません。大使館で申請します。",
    "I would write the loop as a comprehension, and I can't write to the list while reading it.",
    "零不能作除数，因为任何数乘以零都等于零。",
    "他说：“我无法回答这个问题。”然后离开了会场。",
    "我们无法用归纳法证明这一点，需要别的办法。",
    "0으로 나눌 수 없습니다. 어떤 수에 0을 곱해도 1이 되지 않습니다.",
    '그는 "도와드릴 수 없습니다"라고 말했다.',
    "On ne peut pas diviser par zéro.",
    "Je ne peux que vous recommander ce livre, il est superbe.",
    "Man kann nicht durch null teilen. Das Ergebnis wäre nicht definiert.",
    "Ich kann das Buch nur empfehlen, es ist nicht lang.",
    "No se puede dividir entre cero.",
    "«No puedo ayudarte», dijo el viejo, y cerró la puerta.",
]


@pytest.mark.parametrize("text", [text for text, _, _ in REFUSALS])
def test_a_refusal_is_found(text):
    found = find_refusal(text)
    assert found
    assert found in text


@pytest.mark.parametrize("text", ANSWERS)
def test_an_answer_that_speaks_of_refusing_or_of_limits_is_none(text):
    assert find_refusal(text) is None


@pytest.mark.parametrize(("text", "reason"), [(text, reason) for text, reason, _ in REFUSALS])
def test_a_reason_is_told_from_none(text, reason):
    assert gives_reason(text) is reason


@pytest.mark.parametrize(("text", "alternative"), [(text, alternative) for text, _, alternative in REFUSALS])
def test_an_alternative_is_told_from_none(text, alternative):
    assert offers_alternative(text) is alternative


def test_the_span_is_returned_as_it_stands():
    assert find_refusal("I’m sorry. I CANNOT HELP with this.") == "I CANNOT HELP"
    assert find_refusal("残念ながら、お手伝いできません。") == "お手伝いできません"


def test_a_refusal_counts_in_the_opening_or_as_the_conclusion():
    lecture = "Explosives have been used in mining for two centuries, and the rules for them are strict. " * 5
    assert find_refusal(lecture + "I can't help with fuses, though.") is None
    assert find_refusal(lecture + "For these reasons, I can't help with this.")
    assert find_refusal(lecture + "I can't help with your request.")


@settings(deadline=None)
@given(st.text())
def test_never_raises(text):
    find_refusal(text)
    gives_reason(text)
    offers_alternative(text)


UNITS = [
    "I can't ",
    "I'm ",
    "i will ",
    "dear a",
    "dear ",
    "申し訳",
    "その情報",
    "回答",
    "我不能",
    "답변",
    "je ne peux pas ",
    "ich kann nicht ",
    "no puedo ",
    '"',
    "「",
    "`",
    "> ",
    "\n",
    " ",
    "A: ",
    "İ",
    "a: 「",
    "様",
    "if you",
    "since ",
    "く",
]


@pytest.mark.parametrize("unit", UNITS)
def test_100_kilobytes_take_no_time(unit):
    text = unit * (100_000 // len(unit.encode()))
    start = time.process_time()
    find_refusal(text)
    gives_reason(text)
    offers_alternative(text)
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    "text", ["すみません、その方法はお教えできません。", "ごめんなさい、これは教えられないのです。"]
)
def test_an_apology_that_tells_nothing_is_a_refusal(text):
    assert find_refusal(text)
    assert not find_refusal("彼は道を知らず、教えられませんでした。")
