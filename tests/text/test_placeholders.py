import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.text.placeholders import find_assistant_talk, find_placeholder
from factory.text.refusals import find_refusal

PLACEHOLDERS = [
    "def area(r):\n    # (implementation omitted for clarity)\n    return 0",
    "int f() {\n  // This is just a placeholder\n  return 0;\n}",
    "// To be implemented\nreturn null;",
    "def total():\n    # ここを実装してください\n    return 0",
    "// ここに必要な処理を記述\nreturn 0;",
    "Rent is [price] a month; see [website].",
    "春の味覚です。（ここに写真の説明を挿入）",
    "会議は〇月〇日です。",
    "電話は03-XXXX-XXXXです。",
    "ご自身の意見をここに書いてください。",
    "def solve(n):\n    # TODO: implement\n    pass",
    "TODO",
    "def f():\n    pass  # TODO",
    "TODO implement the parser",
    "// FIXME handle overflow",
    "Results: TBD",
    "```python\ndef f():\n    # your code here\n```",
    "Your answer here",
    "Please write your solution here.",
    "# Write your code here",
    "// implementation goes here",
    "Insert your explanation here",
    "The proof: (insert a short proof here)",
    "# add the sorting logic here",
    "class A:\n    def f(self): ...\n    # ... rest of the code",
    "...rest of the code",
    "// ... existing code ...",
    "The rest of the code remains the same.",
    "def f():\n    x = 1\n    # ...\n    return x",
    "Please fill in the blank here",
    "Lorem ipsum dolor sit amet",
    "Dear [Your Name],",
    "Sincerely,\n[Name]",
    "[Insert diagram of the triangle]",
    "The answer is <answer here>.",
    "The answer is <insert answer>.",
    "Hello {{name}}, welcome.",
    "Hello {{ user.name | title }}!",
    "Write a question about {topic}.",
    "The user {user_name} bought apples.",
    "def f():\n    # ここに実装\n    pass",
    "ここにコードを書いてください。",
    "「ここにコードを」",
    "ここにコードを",
    "ここに回答を記入してください。",
    "証明は次の通り。（省略）",
    "計算を続ける（以下省略）",
    "あとは同じである。以下省略。",
    "この関数は後で実装します。",
    "○○さんは5個のりんごを買いました。",
    "〇〇株式会社 御中",
    "【お名前】様",
    "在此处插入代码",
    "具体步骤（略）",
    "여기에 코드를 작성하세요",
    "나머지 단계 (생략)",
    "# votre code ici",
    "Bonjour [Votre nom],",
    "// Ihr Code hier",
    "Hallo [Ihr Name],",
    "# tu código aquí",
    "Estimado [Su nombre]:",
]

COMPLETE = [
    "# ここで要素を数える\nn = len(items)",
    "二〇年一〇月に完成しました。",
    "See [link](https://example.org) and row[number].",
    "// The result is to be multiplied by two\nreturn 2 * x;",
    "The sequence 1, 2, 3, ..., n has n terms.",
    "... and so on for the rest of the sequence.",
    "x = ?",
    "Fill in the blanks: 3, 6, __, 12.",
    "Build a TODO list app in React.",
    "Add an item to your todo list.",
    "Esto es todo lo que sé; en total, todo.",
    "ESO ES TODO LO QUE HAY",
    "Let S = {a, b, c} and T = {x}.",
    "The set {red, green} has two members.",
    r"\frac{a}{b} + x_{max} + \sqrt{name}",
    r"$\{name\}$ and $x_{value}$",
    r"We write $\frac{{topic}}{{name}}$.",
    r"\text{name} and \mathbf{x}_{input}",
    "```python\nprint(f'Hello {name}')\n```",
    "print(f'Hello {name}, {user_name}')",
    '"Hello {name}".format(name="Ann")',
    "Use `{{ name }}` in a Jinja template.",
    "Send GET /users/{user_id}/posts to the server.",
    "echo ${user_name}",
    "See [the manual](https://example.org) or [click here](https://example.org).",
    "If we insert the value 3 here, we get 9.",
    "Let me explain what your code here does.",
    "There is a bug in your code here that I fixed.",
    "From here, the solution follows.",
    "The remaining code is easy to read.",
    "The interval [0, 1) and the matrix [1 2; 3 4].",
    "for a <b> and c > d, if a < your b then stop",
    "git clone https://github.com/<your-username>/repo.git",
    "ここに3を代入すると、9になる。",
    "ここに入力した値は保存される。",
    "ここにコードがあります。読んでみましょう。",
    "この引数は省略可能です（省略可）。",
    "名前は省略できる。",
    "太郎さんは5個のりんごを買いました。",
    "○に入る数を求めよ。",
    "次の○○●○○●の並びを考える。",
    "後で確認します。",
    "空欄を埋めなさい。",
    "这里有三个苹果，策略是省略第一步。",
    "여기에 사과가 3개 있습니다.",
    "Voici le code complet, écrit ici.",
    "Hier ist der Code.",
    "Aquí está tu código.",
]

# What models write in code (and prose) for what they leave out, and lines that only look so.
LEFT_OUT = [
    "# TODO: implement",
    "def f():\n    pass  # TODO implement",
    "# your code here",
    "// your code here",
    "/* your code here */",
    "<!-- your code here -->",
    "-- your query here",
    "# ... rest of code ...",
    "// ... rest of the code ...",
    "# rest of the code stays the same",
    "// rest of your code",
    "pass  # implement me",
    "pass  # implement this",
    "pass  # placeholder",
    "# ここに実装",
    "# ここに実装を書く",
    "（以下略）",
    "ここにコードを記述",
    "# ここにコードを記述してください",
    "// ここに処理を追加",
    "# implementation goes here",
    "// Implementation here",
    "// Add your logic",
    "// Add your logic here",
    "# Add your code",
    "# Write your code below",
    "raise NotImplementedError  # implement this",
    'raise NotImplementedError("TODO")',
    "def f():\n    # implement this later\n    raise NotImplementedError",
    'throw new Error("Not implemented");',
    'throw new UnsupportedOperationException("Not implemented yet");',
    "unimplemented!()",
    "todo!()",
    "[Your Name]",
    "[your name here]",
    "[Company Name]",
    "[Date]",
    "Best,\n[Your Name]",
    "YOUR_CODE_HERE",
    '"YOUR_TEXT_HERE"',
    "// implement here",
    "# implement your logic",
    "# Implement the function here",
    "# Fill in your code",
    "# FILL IN",
    "// ... (same as before)",
    "# (same as above)",
    "# ... (rest of the function)",
    "// ...existing code...",
    "# ... other methods ...",
    "# other methods...",
    "// Other methods here",
    "// similarly for other cases",
    "# similar for the others",
    "# 以下同様",
    "# 以下略",
    "// 以下省略",
    "# （省略）",
    "// 中略",
    "# 残りは同じ",
    "# 残りのコードは同じ",
    "// 残りの処理",
    "# ここにロジックを実装",
    "# ここに処理を書く",
    "# 処理をここに書く",
    "# 実装は省略",
    "# 実装略",
    "# 未実装",
    "# 後で実装",
    "# ここから実装",
    "ここにあなたの答えを書いてください。",
    "ここに本文が入ります。",
    "【あなたの名前】です。",
    "（ここに名前を入れる）",
    "[氏名]",
    "〇〇様",
    "○○株式会社",
    "// TODO: 実装する",
    "# TODO：実装",
    "# 在此处添加代码",
    "// 在这里写代码",
    "# 你的代码",
    "// 此处省略",
    "# 这里省略若干代码",
    "// 待实现",
    "# 其余代码不变",
    "// 其余部分相同",
    "（此处省略）",
    "[你的名字]",
    "# 여기에 코드 작성",
    "// 코드를 여기에 작성하세요",
    "# 나머지 코드는 동일",
    "# 구현 필요",
    "// 생략",
    "[이름]",
    "[귀하의 이름]",
    "// votre code ici",
    "# Votre code ici",
    "# ajoutez votre code ici",
    "// reste du code",
    "# ... le reste du code ...",
    "# à implémenter",
    "# à compléter",
    "[Votre nom]",
    "[Nom de l'entreprise]",
    "# Hier Ihren Code einfügen",
    "// hier Code einfügen",
    "# rest des Codes",
    "// ... restlicher Code ...",
    "# noch zu implementieren",
    "[Ihr Name]",
    "[Name des Unternehmens]",
    "// su código aquí",
    "# agrega tu código aquí",
    "// resto del código",
    "# ... el resto del código ...",
    "# por implementar",
    "# implementar aquí",
    "[Su nombre]",
    "[Tu nombre]",
    "[Nombre de la empresa]",
    "The answer is [insert answer].",
    "I am writing to [reason].",
    "Your explanation goes here.",
    "(Add details here.)",
    "Add your text here",
    "XXXX大学",
]

WRITTEN_OUT = [
    "def f():\n    raise NotImplementedError",
    'class Base:\n    def area(self):\n        raise NotImplementedError("subclasses must implement area")',
    "class Shape(ABC):\n    @abstractmethod\n    def area(self): ...",
    "try:\n    f()\nexcept ValueError:\n    pass  # nothing to do",
    "pass  # already handled above",
    "# Add the numbers",
    "# Add your own items to the cart",
    "// Add item to list",
    "# Insert the node at the end",
    "# Write the result to the file",
    "# Implement the Shape interface",
    "# Implementation of the sieve",
    "// Other methods inherit the lock",
    "# Same as above but for rows, since the matrix is symmetric",
    "# the rest of the list is sorted",
    "rest = values[1:]",
    "const { a, ...rest } = props;",
    "console.log(...args);",
    "# Fill in the missing values with the mean",
    "df.fillna(0)  # fill in gaps",
    "// Similarly, the right child is at 2i + 2",
    'except NotImplementedError:\n    print("not implemented on this platform")',
    'throw new UnsupportedOperationException("The list is read-only");',
    'api_key = "YOUR_API_KEY"',
    'client = OpenAI(api_key="your-api-key")',
    'git config user.name "Your Name"',
    "配列の残りは同じ手順で並べ替えます。",
    "以下同様に計算すると、5になる。",
    "途中の計算は省略しますが、結果は12です。",
    "引数を省略すると10になります。",
    "# 省略時は10",
    "後で実装の詳細を説明します。",
    "ここに処理時間の合計が表示されます。",
    "ここに記入された名前は公開されません。",
    "其余部分留给下一节讨论。",
    "其余代码与业务无关，不必修改。",
    "나머지 학생들은 같은 방식으로 앉았습니다.",
    "Le reste du code est facile à lire.",
    "Der Rest des Codes ist leicht zu lesen.",
    "El resto del código es fácil de leer.",
    "The rest of the code handles errors.",
    "Die Funktion ist noch nicht implementiert worden, sagte er.",
    "[1] Smith, J. (2020).",
    "Use the [Tab] key, then [Enter].",
    "x[name] = 3",
    "The list [1, 2, 3] has three members.",
    "items: list[str] = []",
    "Vec<String> and Option<T>",
    '<div class="name">Ann</div>',
    "Type `help` here to see the commands.",
    "We can put the value here.",
    "Place your hands here and breathe.",
    "Write your name at the top of the page.",
    "Add your email to the list.",
    "Your code should be readable.",
    "Here, the function returns null.",
    "# implement a stack with two queues\nclass Stack:\n    def __init__(self): self.q = []",
    "// TODOs are stored in an array\nconst todos = [];",
    'const todo = { id: 1, title: "Buy milk" };',
    "# To do this, we sort first",
    "todo!",
    "toDo: string;",
    "まだ未実装の機能があることを、READMEに書きました。",
    "「以下略」と書くのは避けましょう。",
    "# Overview\nTwo parts.\n\n# Other methods\nA heap.",
    "## Omitted\nTwo chapters.",
    "It works -- same as before.",
]

TALK = [
    "As a virtual assistant, I can't hear music.",
    "I'm sorry, but as a chatbot designed to assist with language, I don't have the capability to ask anyone.",
    "As a text-based AI, I don't have the ability to open your files.",
    "As a baby's AI, I'm designed to inform.",
    "As a caring AI, I'm afraid that's a topic for others.",
    "I am a model that was trained by Google.",
    "As a chatbot, I have no hands.",
    "My training data only goes up to 2023.",
    "私はバーチャルアシスタントなので、音は聞こえません。",
    "チャットボットである私に家族はいません。",
    "私はGoogleが開発したモデルです。",
    "私の知識は2022年4月までのものです。",
    "As an AI language model, I do not eat.",
    "As an AI, I have no opinion.",
    "I'm sorry, but I can't assist with that.",
    "I am sorry, but I cannot provide this information.",
    "I’m sorry, but I can’t help you build it.",
    "I cannot help with that request.",
    "I'm just an AI, so take care.",
    "AIとして、個人的な意見はありません。",
    "AIアシスタントとしてお答えします。",
    "私はAIなので食べられません。",
    "申し訳ありませんが、そのご質問にはお答えできません。",
    "作为一个AI语言模型，我没有感情。",
    "抱歉，我无法回答这个问题。",
    "AI 언어 모델로서 저는 의견이 없습니다.",
    "죄송하지만 도와드릴 수 없습니다.",
    "En tant qu'IA, je n'ai pas d'avis.",
    "Je suis désolé, mais je ne peux pas répondre.",
    "Als KI-Sprachmodell habe ich keine Meinung.",
    "Es tut mir leid, aber ich kann dabei nicht helfen.",
    "Como modelo de lenguaje, no tengo opinión.",
    "Lo siento, pero no puedo ayudarte.",
]

NO_TALK = [
    "How do I remove duplicates from my training data?",
    "As a virtual assistant, she keeps the diaries of three managers.",
    "I found an error in my training data, and the loss fell.",
    "私の知識はまだ足りません。",
    "OpenAIが開発したモデルを比べます。",
    "As an AI researcher, she studies learning.",
    "As an AI researcher, I don't have the time to teach.",
    "As a startup that builds AI, we do not sell hardware.",
    "As a child designed to please, I am tired.",
    "I'm an AI engineer at a small firm.",
    "\"I'm sorry, but I can't come to the party,\" said Tom.",
    "I cannot help but notice that x = 5.",
    "The language model is trained on text.",
    "ELIZAは最初の対話AIとして知られている。",
    "「申し訳ありませんが、少し遅れます」と彼は言った。".replace("「", "彼は「", 1),
    "AIの歴史を説明します。",
    "人工智能的历史很长。",
    "인공지능의 역사는 길다.",
    "L'IA progresse vite.",
    "Als Kind war ich gern dort.",
    "La inteligencia artificial avanza.",
]


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_work_not_done_is_found(text):
    found = find_placeholder(text)
    assert found is not None
    assert found in text


@pytest.mark.parametrize("text", COMPLETE)
def test_complete_text_is_let_through(text):
    assert find_placeholder(text) is None


@pytest.mark.parametrize("text", LEFT_OUT)
@pytest.mark.parametrize("around", ["{}", "It is:\n```\nx = 1\n{}\ny = 2\n```\n", "First.\n\n{}\n\nLast."])
def test_what_is_left_out_is_found_wherever_it_stands(text, around):
    # In code, brackets are brackets.
    if "```" not in around or not {"[", "【"} & set(text):
        assert find_placeholder(around.replace("{}", text))


@pytest.mark.parametrize("text", WRITTEN_OUT)
def test_what_only_looks_left_out_is_let_through(text):
    assert find_placeholder(text) is None


@pytest.mark.parametrize("text", TALK)
def test_assistant_talk_or_a_refusal_is_found(text):
    found = find_assistant_talk(text) or find_refusal(text)
    assert found is not None
    assert found in text


@pytest.mark.parametrize("text", NO_TALK)
def test_other_talk_is_let_through(text):
    assert find_assistant_talk(text) is None


@pytest.mark.parametrize("text", [*PLACEHOLDERS, *COMPLETE])
def test_placeholders_are_no_assistant_talk(text):
    assert find_assistant_talk(text) is None


def test_the_first_span_is_returned():
    assert find_placeholder("fine\n# TODO: later\nyour code here") == "# TODO"


@settings(deadline=None)
@given(st.text())
def test_never_raises(text):
    find_placeholder(text)
    find_assistant_talk(text)


UNITS = [
    "{",
    "{{a",
    "[your ",
    "<your ",
    "TODO ",
    "# ",
    "... ",
    "insert ",
    "insert a ",
    "your ",
    "`",
    "$",
    "\\[",
    "\\(",
    " ",
    "\t\n",
    "ここに",
    "（",
    "○",
    "I'm sorry, but ",
    "申し訳ありませんが",
    "as an ",
    "a_",
    "f'{name}",
    "\n- ",
    "add x ",
    "# ...",
    "// (",
    "--",
    "\n--",
    "# your a ",
    "# implement a ",
    "残り",
    "todo!(",
    "throw new ",
    "<!-- other ",
    "[이름",
]


@pytest.mark.parametrize("unit", UNITS)
def test_100_kilobytes_take_no_time(unit):
    text = unit * (100_000 // len(unit.encode()))
    start = time.process_time()
    find_placeholder(text)
    find_assistant_talk(text)
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    "text",
    [
        "// Write your code below.",
        "# Fill in the rest yourself",
        "# Handle the remaining cases here",
        "// Replace it with your own key",
        "# Complete the method",
        "// This is left as an exercise",
        "# 残りの処理...",
        "// その他の関数は省略",
        "[The rest of the proof is skipped]",
        "[Describe your favourite place in one sentence]",
        "The rest of the story goes here.",
        "〇〇大学の△△と申します。",
        "{会社名}までお送りください。",
        "集合は【場所】で、9時です。",
        "[自己紹介を記入]",
        "残りの手順は同様のため省略します。",
    ],
)
def test_more_that_was_left_out_is_found(text):
    assert find_placeholder(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "【場所】市民会館 【時間】午後二時",
        "[Note the rest of the band]",
        "答えは○、×、△のどれかです。",
        "# Complete list of the methods",
        "The rest of the group went home.",
    ],
)
def test_what_is_whole_is_let_through(text):
    assert find_placeholder(text) is None
