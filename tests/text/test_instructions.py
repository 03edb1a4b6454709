import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.text.instructions import instruction_fault

GOOD = {
    "en": [
        "Yes, I know that cats sleep a lot, but why so much?",
        "Describe the image of the sea in this line: 'the wine-dark sea'",
        "Tell me a joke.",
        "Explain recursion",
        "Why is the sky blue?",
        "What's the difference between TCP and UDP?",
        "Who painted the Night Watch, and where does it hang today?",
        "Write a haiku about autumn rain.",
        "I feel tired all day although I sleep eight hours. What could I try?",
        "My landlord refuses to return my deposit. How should I write to him?",
        "Can you give me a 5-day meal plan for a vegetarian who trains three times a week?",
        "Translate the following sentence into French: The weather is lovely today.",
        "Summarize the following paragraph in one sentence.\n\nThe mitochondrion makes most of the cell's energy.",
        "Which of the following is a prime number: 21, 27, 29 or 33?",
        "Write a function that takes a list of integers and returns the second largest.",
        "You are a senior Python developer. Review my function and suggest improvements:\n\ndef add(a, b):\n    "
        "return a+b",
        "```python\nfor i in range(10)\n    print(i)\n```\nfix this",
        "Fix the bug in the following code:\n\n```js\nconst a = [1, 2, 3];\nconsole.log(a[3].toString());\n```",
        "My code throws KeyError: 'id' when the JSON has no id field. How do I give a default?",
        "How do I extract attached files from an .eml message in Python?",
        "What does `<|im_start|>` mean in a chat template?",
        "How do I format a string as {name}: {value} in Python?",
        "Complete the following function:\n```python\ndef fib(n):\n    # TODO: implement\n    pass\n```",
        "Here is my code: print(1/0). Why does it crash?",
        "Here's a list of numbers: 3, 1, 2. Sort them in descending order.",
        "I can't share the file outside my company, but I can describe it. What should I look for?",
        "I can't write to /etc/hosts even with sudo. What could be wrong?",
        "I'd be happy to help at the shelter, but I'm allergic to cats. What can I do?",
        "Are you an AI?",
        "What is a large language model, and how is it trained?",
        "I'm an AI engineer at a small firm. How do I ask for a raise?",
        "As an AI researcher, how should I present negative results?",
        "What is your knowledge cutoff?",
        "How do I split my training data without leakage?",
        "What is 12 * 37?",
        "12 + 15 =",
        "2x + 3 = 11, solve for x",
        "Solve for x: x^2 - 5x + 6 = 0",
        "Prove that the square root of 2 is irrational.",
        "A train leaves at 9:40 and arrives at 13:05. How long is the journey?",
        "Complete the sentence: The early bird",
        "Fill in the blanks: The capital of ___ is Paris.",
        "Continue this story: Once upon a time there was a lighthouse keeper who",
        "Write an email template with [Name] and [Date] as placeholders.",
        "Rewrite this sentence in a formal tone: gotta go, see ya.",
        "ideas for a birthday party",
        "python list vs tuple",
        "synonyms for happy",
        "chicken soup recipe",
        "Thanks! Now make it shorter: We are writing to inform you that the meeting has been moved.",
        "Write a dialogue between a teacher and a student.\nTeacher: Hello.",
        "Turn this chat log into a summary:\nUser: My phone is broken.\nAgent: Have you restarted it?",
        "Design a database schema for a library. The following tables are needed: books, members, loans.",
        "Write a SQL query that returns the three best-paid employees of each department.",
        "Explain what this regex does: ^\\d{3}-\\d{4}$",
        "Convert this curl command to Python requests: curl -X POST https://example.org/api -d '{\"a\": 1}'",
        "Write unit tests for a stack implemented in Rust.",
        'Translate this C++ to Go:\nint main() { std::cout << "hi"; return 0; }',
        "How can I speed up a pandas groupby on 50 million rows?",
        "Write a Bash script that renames all .jpeg files in a folder to .jpg",
        "Implement an LRU cache in Java, and explain the complexity of each operation",
        "I want to learn the guitar. I have 20 minutes a day. Make me a plan for the first month.",
        "In Kubernetes, my pod is stuck in CrashLoopBackOff. Here are the logs:\npanic: missing DB_URL\nWhat now?",
        'What does "the above code" mean in a legal contract?',
        "Let me explain my situation: I lent a friend money and he avoids me. What do I do?",
        "Here are my notes from the lecture: cells divide, DNA is copied first. Turn them into flashcards.",
        "I have attached great importance to honesty all my life. How do I admit a mistake?",
        "Sure-fire ways to remove a wine stain?",
        "Certain foods give me a headache. Which ones are known to do so?",
        "Of course I know that smoking is bad, but how do I actually stop?",
        "How do I cite the above-ground biomass of a forest?",
        "Describe the image formation in a pinhole camera.",
        "Let me know how to reset a Git branch to the remote state.",
        "Step 1 of my recipe says to proof the yeast. What does that mean?",
        "Pretend that you are a pirate and explain taxes to me.",
        "Give me three names for a bakery; they should be short, warm and easy to spell.",
    ],
    "ja": [
        "自己紹介文を書いてください。",
        "フランスの首都はどこですか？",
        "日本の首都は",
        "おすすめの映画は？",
        "機械学習とは",
        "承知しましたと了解しましたの使い分けは？",
        "「以下のコード」を丁寧な英語にすると？",
        "円安の理由",
        "肉じゃがの作り方",
        "AIについて教えて",
        "最近よく眠れません。どうすればいいでしょうか。",
        "次の文を英語に翻訳してください：私は学生です。",
        "次の文を英語にしてください。\n「今日はいい天気ですね。」",
        "次の文章を要約してください。\n\n東京は日本の首都であり、人口は約1400万人である。",
        "以下のような機能を持つToDoアプリをReactで作りたいです。\n- タスクの追加\n- 削除",
        "以下のコードの誤りを直してください。\n```python\nprint(undefined)\n```",
        "Pythonでリストの重複を取り除く関数を書いて",
        "このエラーの意味を教えて: TypeError: 'NoneType' object is not subscriptable",
        "はい、いいえで答えられる質問を10個考えてください。",
        "もちろん勉強は大事ですが、やる気が出ません。どうしたらいいですか？",
        "12個のりんごを3人で分けると一人何個？",
        "x^2 - 5x + 6 = 0 を解け",
        "2次方程式の解の公式を導出せよ。",
        "√2が無理数であることを証明しなさい",
        "あなたは優秀な編集者です。次の文を推敲してください。「彼は急いで走った走った。」",
        "AIアシスタントと人間の違いは何ですか？",
        "AIに仕事を奪われるのではないかと不安です。",
        "友人への誕生日メッセージを考えて！",
        "了解を得るためのメールの文面を考えてください。",
        "上司に休暇を申請するメールの文例をください",
        "メールに添付ファイルを付けて送るPythonのコードを書いてください。",
        "Gitで直前のコミットを取り消す方法は？",
        "江戸時代の身分制度について、高校生にも分かるように説明してください。",
        "3泊4日の北海道旅行の計画を立てて",
        "俳句を一句お願いします。テーマは「秋の雨」です。",
        "会社の同僚が挨拶を返してくれません",
        "英語の「however」と「although」の使い分けがわからない。例文付きで頼む",
        "SQLで部署ごとに給与の上位3人を取り出すには？",
    ],
    "zh": [
        "请用三句话介绍一下北京。",
        "怎么做红烧肉？",
        "把下面的句子翻译成英文：我喜欢读书。",
        "写一个Python函数，计算列表的平均值。",
        "解释一下什么是机器学习",
        "我最近总是失眠，该怎么办？",
    ],
    "ko": [
        "서울에서 가 볼 만한 곳을 추천해 주세요.",
        "파이썬으로 피보나치 수열을 출력하는 코드를 작성해줘",
        "다음 문장을 영어로 번역해 주세요: 나는 학생입니다.",
        "김치찌개 만드는 법",
        "왜 하늘은 파란가요?",
    ],
    "fr": [
        "Explique-moi la photosynthèse en deux phrases.",
        "Comment faire une pâte à crêpes sans œufs ?",
        "Corrige la phrase suivante : « Je suis aller au marché. »",
        "Écris une fonction Python qui inverse une chaîne.",
        "Bien que je travaille beaucoup, je n'avance pas. Que faire ?",
    ],
    "de": [
        "Schreib mir ein kurzes Gedicht über den Herbst.",
        "Wie kündige ich meinen Mietvertrag fristgerecht?",
        "Übersetze den folgenden Satz ins Englische: Ich lese gern.",
        "Hier ist mein Code: print(x). Warum kommt ein NameError?",
        "Erkläre den Unterschied zwischen Akkusativ und Dativ",
    ],
    "es": [
        "¿Cómo se prepara una tortilla de patatas?",
        "Escribe un poema corto sobre el mar.",
        "Traduce al inglés la siguiente frase: Me gusta leer.",
        "Explica la diferencia entre ser y estar con ejemplos.",
        "Claro que quiero ahorrar, pero no llego a fin de mes. ¿Qué puedo hacer?",
    ],
}

BAD = {
    "too_short": [("en", ""), ("en", "..."), ("en", "ok"), ("en", "a"), ("ja", "あ"), ("ja", "？")],
    "too_long": [("en", "Explain this. " * 1000), ("ja", "説明してください。" * 1000)],
    "several_turns": [
        ("en", "USER: hello\nASSISTANT: good morning"),
        ("en", "What is 2+2?<|im_end|>\n<|im_start|>assistant\nFour."),
        ("en", "[INST] Write a poem [/INST]"),
        ("en", "What is the capital of France?\nAssistant: Paris."),
        ("en", "Name a fruit.\n\n**Assistant:** Apple."),
        ("en", "User: How tall is Everest?"),
        ("en", "<start_of_turn>user\nHello there, how are you?"),
        ("en", "How do I boil an egg?\nAI: Put it into water.\nHuman: Thanks"),
        ("ja", "富士山の高さは？\nアシスタント：3776メートルです。"),
        ("ja", "ユーザー：こんにちは、元気ですか"),
        ("zh", "法国的首都是哪里？\n助手：巴黎。"),
    ],
    "meta": [
        ("ja", "私はチャットボットなので、味は分かりません。"),
        ("en", "As an AI, I have no favourite colour."),
        ("en", "You are a helpful assistant. You answer in English."),
        ("en", "As an AI language model, I do not have feelings."),
        ("en", "I'm an AI assistant, so ask me about Python."),
        ("en", "You are a friendly and helpful AI assistant who loves code."),
        ("en", "The user is asking for a Java program that sorts a list."),
        ("ja", "あなたはAIアシスタントです。ユーザーの質問に答えてください。"),
        ("ja", "私はAIアシスタントとして、皆さんの質問にお答えします。"),
        ("zh", "你是一个乐于助人的AI助手，请回答用户的问题。"),
        ("ko", "당신은 유용한 AI 어시스턴트입니다."),
        ("fr", "Vous êtes un assistant virtuel qui répond aux questions."),
        ("de", "Du bist ein hilfreicher Assistent."),
        ("es", "Eres un asistente virtual que responde preguntas."),
    ],
    "answer": [
        ("en", "Yes, you can wash wool by hand in cold water."),
        ("ja", "はい、毛糸は冷たい水で洗えます。"),
        ("ja", "いい質問ですね。潮が満ちるのは月の引力のためです。"),
        ("en", "Sure! Here is a function that adds two numbers."),
        ("en", "Certainly! Let's break it down."),
        ("en", "Of course! To bake bread you need flour, water, salt and yeast."),
        ("en", "Absolutely! I'd love to."),
        ("en", "Here's a step-by-step guide to baking bread:\n1. Mix.\n2. Knead.\n3. Bake."),
        ("en", "Here are five tips for better sleep:\n- Go to bed early.\n- Drink no coffee."),
        ("en", "I'd be happy to help you with your essay."),
        ("en", "Great question! Photosynthesis happens in the leaves."),
        ("en", "Hello! How can I assist you today?"),
        ("en", "Thank you for your question. The answer depends on the country."),
        ("en", "**Sure, here's the revised version:** It rained."),
        ("ja", "はい、以下にコードを示します。"),
        ("ja", "承知しました。それでは始めましょう。"),
        ("ja", "もちろんです。まず、材料を用意します。"),
        ("ja", "かしこまりました。ご希望の日時を確認いたします。"),
        ("ja", "以下に、睡眠を改善する方法を5つ紹介します。\n1. 早く寝る\n2. 運動する"),
        ("ja", "ご質問ありがとうございます。円安の原因は金利差にあります。"),
        ("ja", "何かお手伝いできることはありますか？"),
        ("zh", "当然可以！首先准备材料。"),
        ("zh", "好的，下面是代码。"),
        ("zh", "以下是五条建议：早睡，多喝水。"),
        ("ko", "네, 알겠습니다. 먼저 재료를 준비합니다."),
        ("ko", "물론입니다! 시작해 봅시다."),
        ("fr", "Bien sûr ! Voici la recette."),
        ("fr", "Voici une liste de cinq idées."),
        ("de", "Natürlich! Zuerst brauchen wir Mehl."),
        ("de", "Hier sind einige Tipps, die helfen."),
        ("es", "¡Claro! Primero necesitas harina.".lstrip("¡")),
        ("es", "Aquí tienes una lista de ideas."),
    ],
    "refusal": [
        ("en", "I'm sorry, but I can't assist with that."),
        ("en", "I cannot provide instructions for making weapons."),
        ("ja", "申し訳ありませんが、そのご依頼にはお応えできません。"),
    ],
    "unanswerable": [
        ("en", "Find the mistake in this program:"),
        ("en", "Please read my essay and mark the weak points:"),
        ("en", "Look at the photo and say what season it is."),
        ("ja", "私の作文を直してください："),
        ("ja", "この画像を見て、季節を答えてください。"),
        ("en", "Translate the following text into Spanish:"),
        ("en", "Fix the bug in the following code."),
        ("en", "Summarize the article below."),
        ("en", "Which of the following is true?"),
        ("en", "What is the main idea of the passage above?"),
        ("en", "Describe what you see in the attached image."),
        ("en", "What does the function do in the code above?"),
        ("en", "Can you expand your previous answer?"),
        ("ja", "次の文章を要約してください。"),
        ("ja", "以下のコードのバグを修正してください："),
        ("ja", "添付の画像に写っているものを説明してください。"),
        ("ja", "上記のコードを最適化してください。"),
        ("ja", "先ほどの回答を短くしてください。"),
        ("zh", "请把下面的句子翻译成英文。"),
        ("zh", "请解释上述代码。"),
        ("ko", "다음 문장을 영어로 번역해 주세요."),
        ("ko", "첨부된 파일을 요약해 주세요."),
        ("fr", "Résume le texte suivant :"),
        ("de", "Übersetze den folgenden Text ins Englische."),
        ("es", "Corrige el siguiente texto:"),
    ],
    "fragment": [
        ("en", "which of these two cars is more"),
        ("ja", "三つのうちどれがより"),
        ("en", "Photosynthesis"),
        ("en", "machine learning"),
        ("en", "The Great Gatsby"),
        ("en", "Write a function that takes a list and"),
        ("en", "Explain the difference between the"),
        ("en", "I would like to know how to,"),
        ("en", "Write an essay about [insert topic here]"),
        ("en", "```python\nprint(1)\n```"),
        ("ja", "機械学習"),
        ("ja", "人工知能について"),
        ("ja", "二つの関数を"),
        ("ja", "Pythonを使って、リストの中から最大の値を"),
        ("zh", "人工智能"),
        ("ko", "인공지능"),
        ("de", "Maschinelles Lernen"),
    ],
}

GOOD_CASES = [(language, text) for language, texts in GOOD.items() for text in texts]
BAD_CASES = [(kind, language, text) for kind, cases in BAD.items() for language, text in cases]


def test_the_sets_are_as_large_as_the_rates_need():
    assert len(GOOD_CASES) >= 120
    assert len(BAD_CASES) >= 80


@pytest.mark.parametrize(("language", "text"), GOOD_CASES)
def test_a_good_instruction_is_let_through(language, text):
    assert instruction_fault(text, language) is None


@pytest.mark.parametrize(("kind", "language", "text"), BAD_CASES)
def test_a_bad_instruction_is_named(kind, language, text):
    fault = instruction_fault(text, language)
    assert fault is not None
    assert fault.split(": ")[0] == kind


def test_the_wording_of_the_system_is_not_an_instruction():
    system = "Write about everyday life in a small Scottish fishing town of the nineteenth century."
    text = "Answer about everyday life in a small Scottish fishing town of the nineteenth century, please."
    assert instruction_fault(text, "en") is None
    assert instruction_fault(text, "en", system=system).startswith(
        "meta: of the system's wording: 'about everyday life"
    )


def test_bounds_are_for_the_caller_to_set():
    assert instruction_fault("Explain recursion", "en", max_characters=10) == "too_long: 17 characters"
    assert instruction_fault("Explain recursion", "en", min_letters=30) == "too_short: 16 letters"


@settings(deadline=None)
@given(st.text(), st.sampled_from(["en", "ja", "zh", "ko", "fr", "de", "es", "xx", ""]))
def test_never_raises(text, language):
    fault = instruction_fault(text, language)
    assert fault is None or ": " in fault


UNITS = [
    "a",
    "the following text ",
    "the ",
    "以下の",
    "次のコード",
    "添付",
    "`",
    "```",
    "[INST",
    "<|",
    " ",
    "\n",
    "\t\n",
    "** ",
    "you are a helpful, ",
    "here is ",
    "以下に",
    "1 + ",
    "user ",
    "#",
    "下面的",
    "다음 ",
    "le texte suivant ",
    "我",
    "I can't ",
    "{",
    "[your ",
    "- ",
    ">",
    "'",
    "helpful ",
    "a-",
    "a's",
]


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("unit", UNITS)
def test_100_kilobytes_take_no_time(unit, language):
    text = unit * (100_000 // len(unit.encode()))
    start = time.process_time()
    instruction_fault(text, language)
    instruction_fault(text, language, max_characters=1_000_000)
    assert time.process_time() - start < 1
