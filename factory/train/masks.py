"""Which tokens of a chat the assistant says, found from the model's own chat template.

    <|im_start|>user⏎2 + 3?<|im_end|>⏎<|im_start|>assistant⏎5<|im_end|>⏎
                                                           └───────────┘ learnt: the answer and its end of turn

A template that marks what the model generates (`{% generation %}`) says so itself. Otherwise the chat is rendered up to
each turn of the assistant, with the generation prompt that a model is asked with, and up to the turn's end. If both
begin the whole chat, what lies between them is what the model will have to say.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import orjson

from factory.errors import UserError
from factory.train.data import IGNORED, Row, Tokens, cut_short

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

WAY_OUT = "set loss_on: all, or give the model a chat template with {% generation %} markers"
_OTHER_TEMPLATE = "give the model a chat template whose generation prompt is what stands before an answer"
Turns = list[dict[str, Any]]


class Chat(NamedTuple):
    """A chat of a row; the assistant's turns from number `first` on are learnt."""

    where: str
    turns: Turns
    first: int
    tools: list[dict[str, Any]] | None


def chat_of(row: Row) -> Chat:
    """Read a row of an SFT shard: `messages`, of which all turns of the assistant are learnt, or `prompt` and
    `completion`, of which those of the completion are; `tools` is the JSON text of a list.
    """
    tools = orjson.loads(row["tools"]) if isinstance(row.get("tools"), str) else row.get("tools")
    if "messages" in row:
        return Chat(f"row {row['id']}", row["messages"], 0, tools)
    return Chat(f"row {row['id']}", row["prompt"] + row["completion"], len(row["prompt"]), tools)


class Template:
    """A tokenizer's chat template, and the tokens of chats by it."""

    def __init__(self, tokenizer: "PreTrainedTokenizerBase") -> None:
        """Raise UserError if the tokenizer has no chat template."""
        from trl.chat_template_utils import has_generation_markers

        if not tokenizer.chat_template:
            raise UserError(
                f"{tokenizer.name_or_path}: the tokenizer has no chat template; train on texts (shard: cpt), or put a "
                "chat_template.jinja into the model's folder"
            )
        self.tokenizer = tokenizer
        self.name = tokenizer.name_or_path
        self.marked = has_generation_markers(tokenizer.chat_template)
        self.endless = False
        """Whether a turn was met that no token ends, so that the model does not learn to stop there."""
        self.special = {*tokenizer.all_special_ids, *tokenizer.get_added_vocab().values()}

    def render(self, chat: Chat, turns: Turns, **settings: Any) -> Any:
        """Apply the template to some of a chat's turns. Raises UserError if the template refuses them."""
        from jinja2 import TemplateError

        try:
            return self.tokenizer.apply_chat_template(turns, tools=chat.tools, **settings)  # type: ignore[arg-type]
        except (TemplateError, ValueError) as error:
            raise UserError(f"{chat.where}: the chat template of {self.name} refuses the chat: {error}") from None

    def prompt_and_answers(self, chat: Chat, prompt: Turns, answers: Sequence[Turns]) -> list[list[int]]:
        """Tokenise a prompt, and what each answer adds to it. Raises UserError if that changes the prompt."""
        before = self.render(chat, prompt, tokenize=False, add_generation_prompt=True)
        texts = [self.render(chat, prompt + answer, tokenize=False) for answer in answers]
        asked, *found = self._ids([before, *texts])
        for at, text in enumerate(texts):
            if not text.startswith(before):
                raise self._unstable(chat, len(prompt), _OTHER_TEMPLATE)
            if found[at][: len(asked)] != asked:
                found[at] = [*asked, *self._ids([text.removeprefix(before)])[0]]
        return [asked, *(self._ended(ids, len(asked), len(ids)) for ids in found)]

    def encode(self, chats: Sequence[Chat], loss_on: Literal["assistant", "all"]) -> Iterator[Tokens]:
        """Give the tokens of each chat; those that are not learnt have the label -100."""
        if loss_on == "all":
            texts = [self.render(chat, chat.turns, tokenize=False) for chat in chats]
            for ids in self._ids(texts):
                yield Tokens(ids, [IGNORED, *ids[1:]])
            return
        found = (self._marked(chat) for chat in chats) if self.marked else self._compared(chats)
        for ids, spans in found:
            labels = [IGNORED] * len(ids)
            for start, stop in spans:
                learnt = slice(max(start, 1), self._end(ids, start, stop))
                labels[learnt] = ids[learnt]
            yield Tokens(ids, labels)

    def _marked(self, chat: Chat) -> tuple[list[int], list[tuple[int, int]]]:
        """Take the spans that the template's markers say."""
        made = self.render(chat, chat.turns, return_dict=True, return_assistant_tokens_mask=True)
        mask = [0, *made["assistant_masks"], 0]
        starts = [at for at in range(len(mask) - 1) if mask[at] < mask[at + 1]]
        stops = [at for at in range(len(mask) - 1) if mask[at] > mask[at + 1]]
        said = sum(turn["role"] == "assistant" for turn in chat.turns[: max(chat.first, 1)])
        ids = made["input_ids"]
        return ids, [(start, self._whole(ids, start, stop)) for start, stop in zip(starts, stops, strict=True)][said:]

    def _whole(self, ids: list[int], start: int, stop: int) -> int:
        """Take in the other tokens of the last character: the mask ends with its first one."""
        while stop < len(ids) and ids[stop] not in self.special and cut_short(self.tokenizer, ids[start:stop]):
            stop += 1
        return stop

    def _compared(self, chats: Sequence[Chat]) -> Iterator[tuple[list[int], list[tuple[int, int]]]]:
        """Find the spans by rendering each chat up to its turns; the texts of all chats are tokenised at once."""
        texts: list[str] = []
        turns: list[list[int]] = []
        for chat in chats:
            first = max(chat.first, 1)  # nothing asks for a greeting
            at = [at for at, turn in enumerate(chat.turns) if turn["role"] == "assistant" and at >= first]
            turns.append(at)
            texts.append(self.render(chat, chat.turns, tokenize=False))
            for end in at:
                texts.append(self.render(chat, chat.turns[:end], tokenize=False, add_generation_prompt=True))
                texts.append(self.render(chat, chat.turns[: end + 1], tokenize=False))
        different = list(dict.fromkeys(texts))  # a chat up to its last turn is the whole chat, too
        known = dict(zip(different, self._ids(different), strict=True))
        rendered = iter(texts)
        for chat, at in zip(chats, turns, strict=True):
            text = next(rendered)
            whole, borders, spans = known[text], [(next(rendered), next(rendered)) for _ in at], []
            for end, (before, upto) in zip(at, borders, strict=True):
                if not text.startswith(before) or not text.startswith(upto.rstrip()):
                    raise self._unstable(chat, end, WAY_OUT)
                stop = self._shared(whole, known[upto])
                if stop is not None and whole[: len(known[before])] == known[before]:
                    spans.append((len(known[before]), stop))
            yield (whole, spans) if len(spans) == len(at) else self._cut(text, borders)

    def _cut(self, text: str, borders: Sequence[tuple[str, str]]) -> tuple[list[int], list[tuple[int, int]]]:
        """Tokenise a chat in pieces, as it comes to be: else what a turn begins with merges with what asks for it."""
        ids: list[int] = []
        spans, at = [], 0
        for before, upto in borders:
            said = text[len(before) : len(upto.rstrip())]
            for piece in (text[at : len(before)], said):
                start = len(ids)
                ids += self._ids([piece])[0]
            spans.append((start, len(ids)))
            at = len(before) + len(said)
        return ids + self._ids([text[at:]])[0], spans

    def count(self, text: str) -> int:
        """Count the tokens of a rendered text."""
        return len(self._ids([text])[0])

    def _ids(self, texts: list[str]) -> list[list[int]]:
        found: list[list[int]] = self.tokenizer(texts, add_special_tokens=False)["input_ids"] if texts else []
        return found

    def _shared(self, whole: list[int], upto: list[int]) -> int | None:
        """Count the tokens that the beginning of a chat shares with all of it; None if more than white space differs.

        White space at the end is often one token, and another one where a turn follows.
        """
        count = next((at for at, pair in enumerate(zip(whole, upto, strict=False)) if pair[0] != pair[1]), len(upto))
        return None if str(self.tokenizer.decode(upto[count:])).strip() else count

    def _unstable(self, chat: Chat, turn: int, way_out: str) -> UserError:
        return UserError(
            f"{chat.where}: with the chat template of {self.name} the text before turn {turn + 1} changes when turns "
            f"are added, so what the assistant says cannot be told apart; {way_out}"
        )

    def _ended(self, ids: list[int], start: int, stop: int) -> list[int]:
        return ids[start : self._end(ids, start, stop)]

    def _end(self, ids: list[int], start: int, stop: int) -> int:
        """Move the end of what is learnt right behind the end-of-turn token, which the model has to say to stop."""
        end = self.tokenizer.eos_token_id
        if start < stop < len(ids) and ids[stop] == end != ids[stop - 1]:
            return stop + 1  # behind markers that leave it out, whatever token an answer ends with
        last = stop
        while (
            last > start
            and ids[last - 1] not in self.special
            and not str(self.tokenizer.decode([ids[last - 1]])).strip()
        ):
            last -= 1
        if last > start and ids[last - 1] in self.special:
            return last
        if stop < len(ids) and ids[stop] in self.special:
            return stop + 1
        self.endless = True
        return last
