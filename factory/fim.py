"""Fill-in-the-middle: texts rearranged so that a left-to-right model learns to write what belongs between two ends.

    document_level("def f(x):\n    return x + 1\n", KNOWN["starcoder"], rate=1, spm_rate=0, seed=153)
    # "<fim_prefix>def f(x)<fim_suffix> + 1\n<fim_middle>:\n    return x"

The method is Bavarian et al., "Efficient Training of Language Models to Fill in the Middle" (arXiv:2207.14255): two
places drawn uniformly among the characters, not the tokens, cut a text into prefix, middle and suffix. PSM writes
prefix, suffix, middle. SPM is the paper's variant that the open models share (StarCoder, arXiv:2305.06161; Code Llama,
arXiv:2308.12950): the suffix first, then prefix and middle joined behind the middle's sentinel, which is PSM with an
empty prefix. A rate of 0.5 for each choice is StarCoder's; the paper finds no harm up to 0.9.

A text that contains a sentinel is refused: whoever reads the shard would take it for a real one.
"""

import random
import unicodedata
from collections.abc import Callable, Container, Iterable, Sequence
from functools import partial
from typing import NamedTuple

from factory.rows import seed_of

_SHORTEST = 3
"""Characters that a text must have to be cut into three."""
_LEAST_ROOM = 16
"""Tokens left in a context that are worth beginning a text which does not fit."""
_CHARACTERS = 8
"""Characters a token looked at first when a text is cut: more than most tokens have."""
_SLACK = 64
"""The part of its room that a piece may leave empty before a longer one is tried."""


class Sentinels(NamedTuple):
    """The special tokens around the three parts, as they are written in a text.

    A family without a `middle` token (Codestral) knows one order only: suffix, then prefix and middle joined.
    """

    prefix: str
    suffix: str
    middle: str
    end_of_text: str = ""


KNOWN = {
    "starcoder": Sentinels("<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<|endoftext|>"),
    "santacoder": Sentinels("<fim-prefix>", "<fim-suffix>", "<fim-middle>", "<|endoftext|>"),
    "qwen2.5-coder": Sentinels("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|endoftext|>"),
    "codegemma": Sentinels("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|file_separator|>"),
    "code-llama": Sentinels("▁<PRE>", "▁<SUF>", "▁<MID>", "▁<EOT>"),
    "deepseek-coder": Sentinels("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>", "<｜end▁of▁sentence｜>"),
    "glm-4.5": Sentinels("<|code_prefix|>", "<|code_suffix|>", "<|code_middle|>", "<|endoftext|>"),
    "codestral": Sentinels("[PREFIX]", "[SUFFIX]", "", "</s>"),
}
"""By model family, from the tokenizers and model cards of each."""


def sentinels_of(vocabulary: Container[str]) -> Sentinels | None:
    """Give the sentinels that a tokenizer has, None where it was not made for filling in.

    Where families share them, the one whose end of text is there too; where none is, `end_of_text` is empty.
    """
    fitting = [known for known in KNOWN.values() if all(mark in vocabulary for mark in known[:3] if mark)]
    for known in fitting:
        if known.end_of_text in vocabulary:
            return known
    return fitting[0]._replace(end_of_text="") if fitting else None


def has_sentinel(text: str, sentinels: Sentinels) -> bool:
    """Tell whether a text contains a sentinel or an end of text, so that it has to be dropped."""
    return any(mark in text for mark in sentinels if mark)


def document_level(text: str, sentinels: Sentinels, *, rate: float, spm_rate: float, seed: int) -> str:
    """Rearrange a text with probability `rate`, and then to SPM with probability `spm_rate`, else PSM.

    The seed alone decides. The middle is never empty; prefix and suffix may be, as at the ends of a file. No cut
    falls inside a combining sequence, an emoji sequence or a line break. A text of fewer than 3 characters is left
    alone. Nothing follows the middle: the trainer's end of text there teaches where to stop, and is needed.

    Raises ValueError if the text contains a sentinel.
    """
    if has_sentinel(text, sentinels):
        raise ValueError("the text contains a sentinel of fill-in-the-middle")
    drawn = random.Random(seed)
    if drawn.random() >= rate or len(text) < _SHORTEST:
        return text
    joined = drawn.random() < spm_rate
    start, end = sorted(drawn.sample(range(len(text) + 1), 2))
    start, end = _place_before(text, start), _place_after(text, end)
    prefix, middle, suffix = text[:start], text[start:end], text[end:]
    if not sentinels.middle:
        return f"{sentinels.suffix}{suffix}{sentinels.prefix}{prefix}{middle}"
    if joined:
        return f"{sentinels.prefix}{sentinels.suffix}{suffix}{sentinels.middle}{prefix}{middle}"
    return f"{sentinels.prefix}{prefix}{sentinels.suffix}{suffix}{sentinels.middle}{middle}"


def restore(text: str, sentinels: Sentinels) -> str:
    """Give back the text that `document_level` had; one that it left alone is returned as it is."""
    first, second = (sentinels.prefix, sentinels.suffix) if sentinels.middle else (sentinels.suffix, sentinels.prefix)
    if not text.startswith(first):
        return text
    before, _, rest = text.removeprefix(first).partition(second)
    if not sentinels.middle:
        return rest + before
    suffix, _, middle = rest.partition(sentinels.middle)
    return before + middle + suffix


def context_level(
    texts: Iterable[str],
    sentinels: Sentinels,
    *,
    length: int,
    encode: Callable[[str], Sequence[int]],
    rate: float,
    spm_rate: float,
    seed: int,
) -> list[str]:
    """Pack texts into contexts of at most `length` tokens and rearrange each piece of a text on its own.

    Chunks cut from texts that are rearranged already hold broken examples, a middle without its suffix (arXiv:
    2207.14255, §3); so the cut comes first. A text that does not fit is cut, and what is left of it opens the next
    context. The paper trims what the sentinels add; here a piece is cut so that it fits with them, and every
    character is in exactly one context. A context is full to within a few tokens; the trainer pads it.

    `end_of_text` follows each text's last piece and each piece that is rearranged; room for one is kept in every
    context, so that a trainer that ends each of its texts with one stays within `length`.

    `encode` gives the tokens of a text, with the sentinels as single tokens and nothing added at the ends. It only
    counts: cuts are made in characters, as decoding tokens would not give back every text.

    Raises ValueError if a text contains a sentinel, if `encode` does not keep the sentinels whole, if they lack an
    end of text, or if `length` has no room for one character.
    """
    _check(sentinels, encode)
    contexts: list[str] = []
    context, room = "", length
    for number, text in enumerate(texts):
        if has_sentinel(text, sentinels):  # as a whole: a cut could fall inside it
            raise ValueError(f"text {number} contains a sentinel of fill-in-the-middle")
        start = part = 0
        while start < len(text):
            write = partial(
                document_level, sentinels=sentinels, rate=rate, spm_rate=spm_rate, seed=seed_of(seed, number, part)
            )
            size, piece, tokens = _first_piece(text, start, room, room == length, write, encode)
            if size:
                start, part = start + size, part + 1
                ended = start == len(text) or has_sentinel(piece, sentinels)
                context, room = context + piece + sentinels.end_of_text * ended, room - tokens
            elif room == length:
                raise ValueError(f"length {length} has no room for one character of text {number} and its sentinels")
            if start < len(text):
                contexts.append(context)
                context, room = "", length
    return [*contexts, context] if context else contexts


def _first_piece(
    text: str,
    start: int,
    room: int,
    alone: bool,
    write: Callable[[str], str],
    encode: Callable[[str], Sequence[int]],
) -> tuple[int, str, int]:
    """Find the longest beginning of `text[start:]` that fits: its characters, itself as written, its tokens.

    Zero characters where none fits, or where the room is too little to begin in. One that is `alone` in its context
    may be cut anywhere if it must, as there is nothing longer to wait for.
    """
    left = len(text) - start
    size = min(left, _CHARACTERS * max(room, 1))
    while size < left and len(encode(text[start : start + size])) <= room:
        size = min(left, 2 * size)
    best, low, high = (0, "", 0), 0, size + 1
    while low < size < high:
        piece = write(text[start : start + size])
        tokens = len(encode(piece)) + 1
        if tokens <= room:
            best, low = (size, piece, tokens), size
            if size == left or room - tokens <= room // _SLACK:
                break
        else:
            high = size
            if room < _LEAST_ROOM and not alone:
                break
        guess = size * room // tokens
        guess = guess if low < guess < high else (low + high) // 2
        size = _place_before(text, start + guess) - start
        if size <= 0 and alone:
            size = guess
    return best


def _check(sentinels: Sentinels, encode: Callable[[str], Sequence[int]]) -> None:
    """Raise ValueError unless contexts can be told apart and their sentinels are tokens of their own."""
    if not sentinels.end_of_text:
        raise ValueError("packing needs an end of text between the texts")
    for mark in filter(None, sentinels):
        if (tokens := len(encode(mark))) != 1:
            raise ValueError(f"encode makes {tokens} tokens of {mark!r}; one is needed, and nothing added")


def _place_before(text: str, at: int) -> int:
    while _inside(text, at):
        at -= 1
    return at


def _place_after(text: str, at: int) -> int:
    while _inside(text, at):
        at += 1
    return at


def _inside(text: str, at: int) -> bool:
    """Tell whether a cut would part what is read as one character (after Unicode Annex 29, a run of flags whole)."""
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    return (
        unicodedata.category(after)[0] == "M"
        or after in "\u200d\uff9e\uff9f"  # zero-width joiner, half-width voicing marks
        or before == "\u200d"
        or "\U0001f3fb" <= after <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= after <= "\U000e007f"  # tags, as in the flag of Scotland
        or "\u1160" <= after <= "\u11ff"  # vowels and finals of decomposed hangul
        or ("\U0001f1e6" <= before <= "\U0001f1ff" and "\U0001f1e6" <= after <= "\U0001f1ff")
        or before + after == "\r\n"
    )
