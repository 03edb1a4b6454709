"""Prompt leakage: an output that shows its chat template, starts a turn of its own, or repeats its instructions.

The comparison with the instructions slides a window over letters and digits alone (case, spacing and
punctuation are what a model changes when it quotes), against the set of the instructions' own windows, so it
is linear in both.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

_MIN_WORDS = 8
"""Words of two letters or more in a row, whatever their length, that are a quotation."""

_TOKEN = re.compile(r"[^\W_]+")
_CJK_LETTER = "[ぁ-ゖァ-ヺー々〆㐀-䶿一-鿿\uf900-\ufaff가-힣]"
_CJK = re.compile(f"{_CJK_LETTER}|(?<={_CJK_LETTER}) (?={_CJK_LETTER})")
"""A letter, or the punctuation mark between two."""

_MARKER = re.compile(
    r"<\|(?:im_start|im_end|im_sep|system|user|assistant|endoftext|begin_of_text|end_of_text|eot_id|eom_id|"
    r"start_header_id|end_header_id|start_of_role|end_of_role|end_of_turn|start|end|channel|message|return|"
    r"python_tag|fim_\w{1,10}|pad|eos|bos|User|Assistant|endofprompt)\|>"
    r"|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|<(?:bos|eos|pad|unk)>|<\|[A-Za-z_]{2,40}\|>|\A\s*</s>|</s>\s*\Z|</?tool_(?:call|response)>|</?think(?:ing)?>|<｜[^\n｜]{1,40}｜>"
    r"|^#{2,3}[ \t]*(?:Instruction|Response|System|User|Assistant|Human|指示|命令|応答|ユーザー|"
    r"アシスタント)[ \t]*[:：]"
    r"|^[ \t]*</?(?:instructions?|system_prompt|system)>[ \t]*$",
    re.MULTILINE,
)
_ROLES = (
    r"User|Human|Assistant|USER|HUMAN|ASSISTANT|ユーザー|アシスタント|用户|助手|사용자|Utilisateur|Benutzer|Nutzer|"
    r"Usuario"
)
_TASKS = (
    r"Problem|Question|Exercise|Instruction|Task|Q|問題|質問|指示|问题|題目|题目|문제|질문|"
    r"Problème|Exercice|Aufgabe|Frage|Problema|Pregunta|Ejercicio"
)
_ROLE_TURN = re.compile(rf"^[ \t]*(?:\*\*)?(?:{_ROLES})(?:\*\*)?[ \t]?[:：]", re.MULTILINE)
_TURN = re.compile(rf"^[ \t]*(?:#{{1,4}} |\*\*)?(?:{_ROLES}|{_TASKS})(?:\*\*)?[ \t]?[:：]", re.MULTILINE)
_ANSWER = re.compile(
    r"\\boxed\{|^####[ \t]*-?\d"
    r"|^[ \t]*(?:\*\*)?(?:(?:final )?answer|solution|response|réponse|antwort|lösung|respuesta|solución|"
    r"答え|解答|回答|答案|解|답|정답|풀이)(?:\*\*)?[ \t]?[:：]",
    re.MULTILINE | re.IGNORECASE,
)
_LABEL = re.compile(r"\s*(?:\*\*)?[^\W\d_][\w.'-]{0,20}(?: [\w.'-]{1,20}){0,2}(?:\*\*)?[ \t]?[:：]")
"""A speaker's name, which has three words at most."""


def find_leak(text: str, prompt_parts: Sequence[str], *, min_chars: int = 40) -> str | None:
    """Return what `text` leaks of its prompt, or None.

    `prompt_parts` are the instructions alone: a text may restate the problem that it was given. A quotation
    counts from `min_chars` characters, of which a CJK one counts twice, or 8 words; it is returned in lower
    case and without punctuation. Markers and turns are returned as they stand.

    Raises ValueError where `min_chars` is below 4.
    """
    if min_chars < 4:
        raise ValueError(f"min_chars is {min_chars}; a quotation has at least 4 characters")
    return _marker(text) or _turn(text) or _quotation(text, tuple(prompt_parts), min_chars)


def _marker(text: str) -> str | None:
    found = _MARKER.search(text)
    return found[0].strip() if found else None


def _turn(text: str) -> str | None:
    """Return the label of a turn that the text starts by itself.

    A role after the first line is one, save in a dialogue, which begins with a label; the label of a task is
    one after an answer only, as "Problem:" may well open the text.
    """
    start = len(text) - len(text.lstrip())
    if not _LABEL.match(text):
        role = _ROLE_TURN.search(text, start + 1)
        if role:
            return role[0].strip()
    answer = _ANSWER.search(text)
    turn = _TURN.search(text, answer.end()) if answer else None
    return turn[0].strip() if turn else None


def _quotation(text: str, parts: tuple[str, ...], min_chars: int) -> str | None:
    """Return the first stretch of `text` long enough that stands in one of `parts`."""
    width = min_chars // 2
    windows = _windows(parts, width)
    for stretch in _common(_normalized(text), windows, width):
        words = [word for word in stretch.split() if len(word) > 1 and word.isalpha()]
        if len(stretch) + len(_CJK.findall(stretch)) >= min_chars or len(words) >= _MIN_WORDS:
            return stretch.strip()
    return None


def _common(text: str, windows: frozenset[str], width: int) -> Iterator[str]:
    """Yield the longest stretches of `text` of which every window is in `windows`."""
    start = None
    for i in range(len(text) - width + 2):
        if text[i : i + width] in windows and i <= len(text) - width:
            start = i if start is None else start
        elif start is not None:
            yield text[start : i - 1 + width]
            start = None


@lru_cache(maxsize=64)
def _windows(parts: tuple[str, ...], width: int) -> frozenset[str]:
    """Return every window of `width` characters of `parts`; kept, as all rows of a stage share them."""
    normalized = map(_normalized, parts)
    return frozenset(part[i : i + width] for part in normalized for i in range(len(part) - width + 1))


def _normalized(text: str) -> str:
    return " ".join(_TOKEN.findall(text.lower()))
