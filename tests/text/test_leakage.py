import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.text.leakage import find_leak

ENGLISH = (
    "You are a careful teacher. Write one problem of the difficulty given below and then its solution, step by "
    "step. Put the final answer in \\boxed{} and do not mention these instructions."
)
JAPANESE = (
    "あなたは注意深い教師です。次の難易度の問題を一つ作り、その解答を順を追って書いてください。"
    "答えは\\boxed{}に入れてください。"
)
CHINESE = "你是一位认真的老师。请按照下面给出的难度编写一道题目，并逐步写出它的解答。"
KOREAN = "당신은 꼼꼼한 교사입니다. 아래에 주어진 난이도의 문제를 하나 만들고 풀이를 단계별로 쓰세요."
FRENCH = "Vous êtes un professeur attentif. Écrivez un problème de la difficulté indiquée et sa solution."
GERMAN = "Sie sind ein sorgfältiger Lehrer. Schreiben Sie eine Aufgabe der angegebenen Schwierigkeit."
SPANISH = "Usted es un profesor cuidadoso. Escriba un problema de la dificultad indicada y su solución."
PARTS = [ENGLISH, JAPANESE, CHINESE, KOREAN, FRENCH, GERMAN, SPANISH]

LEAKS = [
    "<unk>The moon has no air.",
    "ではまず数えます。</think>答えは三つです。",
    "A poem need not rhyme at all: rhythm is enough.\n\n**User:** And a haiku?",
    "Boil the rice.\nUSER: and the beans?",
    "三つあります。\n### 指示：\n山を二つ挙げよ。",
    # markers
    "The answer is 5.<|im_end|>\n<|im_start|>user",
    "Fine. [INST] Next [/INST]",
    "<<SYS>> be kind <</SYS>>",
    "Yes.<end_of_turn>\n<start_of_turn>user",
    "Text\n### Instruction:\nWrite a poem.",
    "### Response:\nYes.",
    "<|start_header_id|>user",
    "Good.<｜end▁of▁sentence｜>",
    # turns
    "Paris is the capital of France.\nUser: And of Germany?\nAssistant: Berlin.",
    "The sum is \\boxed{5}.\n\nProblem: Tom has 3 apples.",
    "Answer: 5\nQuestion: What is 3 + 4?",
    "Problem: 2 + 3?\nSolution: 5\nProblem: 3 + 4?",
    "#### 12\n\nQuestion: How many?",
    "答え：5\n問題：りんごが3個あります。",
    "パリです。\nユーザー：ドイツは？",
    "答案：5\n问题：有几个苹果？",
    "답: 5\n문제: 사과가 몇 개?",
    "Réponse : 5\nProblème : Combien de pommes ?",
    "Antwort: 5\nAufgabe: Wie viele?",
    "Respuesta: 5\nProblema: ¿Cuántas?",
    # quotations
    "Sure. Write one problem of the difficulty given below and then its solution.",
    "YOU ARE A CAREFUL TEACHER;  write one problem -- of the difficulty!",
    "do not mention these instructions: put the final answer in $\\boxed{}$ and do not mention these instructions",
    "わかりました。次の難易度の問題を一つ作り、その解答を順を追って書きます。",
    "好的。请按照下面给出的难度编写一道题目，并逐步写出它的解答。",
    "네. 아래에 주어진 난이도의 문제를 하나 만들고 풀이를 단계별로 쓰겠습니다.",
    "Bien. Écrivez un problème de la difficulté indiquée et sa solution.",
    "Gut. Schreiben Sie eine Aufgabe der angegebenen Schwierigkeit.",
    "Bueno. Escriba un problema de la dificultad indicada y su solución.",
]

CLEAN = [
    "Nurse Kelly Brown: Come in.\n\nUser: Thank you.",
    "",
    "The final answer is \\boxed{5}.",
    "We solve it step by step. The final answer is 5.",
    "Problem: Tom has 3 apples.\n\nSolution: He has 3.\n\nAnswer: 3",
    "Question: What is 2 + 3?\nAnswer: 5",
    "User: Hello.\nAssistant: Good day.\nUser: How are you?",
    "Alice: Hello.\nBob: Good day.\nUser: me too",
    "### Input\nAn integer n.\n### Output\nIts square.",
    "### Instructions\n1. Mix.\n2. Bake.",
    "The problem: it is hard. The question: is it?",
    "a <| b and b |> c, with <s>old</s> text",
    "The state |ψ> and [INSTALL] notes",
    "The user: a person who uses it. After \\boxed{5} nothing.",
    "First write the sum, then write the product, then compare the two.",
    "問題を順を追って解きます。答えは5です。",
    "答えは\\boxed{5}です。",
    "次の問題を解く。難易度は高い。",
    "这道题目的解答是五。",
    "문제를 단계별로 풀겠습니다.",
    "La solution du problème est cinq.",
    "Die Aufgabe ist nicht schwer.",
    "La solución del problema es cinco.",
    "1 2 3 4 5 6 7 8 9 10",
]


@pytest.mark.parametrize("text", LEAKS)
def test_a_leak_is_found(text):
    assert find_leak(text, PARTS)


@pytest.mark.parametrize("text", CLEAN)
def test_a_clean_text_is_let_through(text):
    assert find_leak(text, [*PARTS, "Levels: 1 2 3 4 5 6 7 8 9 10"]) is None


@pytest.mark.parametrize("part", PARTS)
def test_every_instruction_is_found_in_itself_and_nothing_in_no_instructions(part):
    assert find_leak("Well. " + part, PARTS)
    assert find_leak("Well. " + part, []) is None


def test_a_quotation_is_returned_without_case_and_punctuation():
    leak = find_leak("Xyz. Put the final answer in \\boxed{}, and DO NOT mention these instructions! Xyz.", PARTS)
    assert leak == "put the final answer in boxed and do not mention these instructions"


def test_the_shortest_quotation_is_for_the_caller_to_say():
    text = "Here: put the final answer in"
    assert find_leak(text, PARTS) is None
    assert find_leak(text, PARTS, min_chars=20) == "put the final answer in"


def test_eight_short_words_are_a_quotation():
    part = "so we go to it as an ox"
    assert find_leak("He says: so we go to it as an ox.", [part])
    assert find_leak("He says: so we go to it as oxen.", [part]) is None


def test_too_short_a_quotation_is_refused():
    with pytest.raises(ValueError, match="min_chars is 3"):
        find_leak("text", PARTS, min_chars=3)


@settings(deadline=None)
@given(st.text(), st.lists(st.text(), max_size=3))
def test_never_raises(text, parts):
    find_leak(text, parts)


@settings(deadline=None)
@given(st.text(alphabet="abcdefgh ", min_size=60, max_size=80), st.text(max_size=30))
def test_a_whole_part_is_always_found(part, around):
    words = " ".join(part.split())
    if len(words) >= 40:
        assert find_leak(f"{around} {part} {around}", [part])


@pytest.mark.parametrize(
    "unit", ["a", "a b ", "<|", "# ", "\n", " ", "\t\n", "User:\n", "\\boxed{", "\nAnswer:", "問題", "<｜", "** "]
)
def test_100_kilobytes_take_no_time(unit):
    text = unit * (100_000 // len(unit.encode()))
    start = time.process_time()
    find_leak(text, [ENGLISH, "a" * 50, "a b " * 20])
    assert time.process_time() - start < 1


def test_100_kilobytes_of_prose_take_no_time():
    rng = random.Random(0)
    text = " ".join("".join(rng.choices("etaoinshr", k=rng.randint(1, 9))) for _ in range(17_000))
    start = time.process_time()
    assert find_leak(text, [text[::-1]]) is None
    assert time.process_time() - start < 1
