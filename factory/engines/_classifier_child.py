"""The child process of the transformers engine: scores texts until standard input closes.

It reads its settings as one line of JSON, says `{"ready": "cpu"}`, and then answers lines as `_pipe` has them. It
works in rounds: all that is waiting is sorted by length and cut into batches, and what comes meanwhile is the next
round. A batch is as wide as its longest text, so that unlike lengths would mean computing padding for the most part;
and in rounds, unlike in a queue that is always sorted, no text waits for ever behind longer ones.
"""

import json
import os
import queue
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from factory.engines._template import ChatTemplate

_GPU_TOKENS, _CPU_TOKENS = 16384, 1024
"""Tokens of a batch where the settings do not say. A CPU has no more parallel units to fill, only caches to overflow:
SmolLM2 reads 116 tokens a second and core in batches of 1024, and 78 in one of 4096."""


class Text(NamedTuple):
    """A request's id and its tokens."""

    id: int
    tokens: list[int]


class Unreadable(NamedTuple):
    """A request's id, and the fault that it is answered with."""

    id: int
    kind: str
    why: str


class Reader:
    """Makes tokens of chats and texts; of more than `max_length` tokens none are cut off, they are refused."""

    def __init__(self, tokenizer: Any, template: ChatTemplate | None, max_length: int | None) -> None:
        self._tokenizer = tokenizer
        self._template = template
        self._max_length = max_length

    def read(self, asked: dict[str, Any]) -> Text | Unreadable:
        """Give a request's tokens, or why it has none that the model can read."""
        try:
            tokens = self._tokens(asked)
        except ValueError as error:
            return Unreadable(asked["id"], "refused", str(error))
        if not tokens:
            return Unreadable(asked["id"], "refused", "a text without tokens")
        if self._max_length and len(tokens) > self._max_length:
            said = f"{len(tokens)} tokens, and {self._max_length} are read at most (max_length)"
            return Unreadable(asked["id"], "too_long", said)
        return Text(asked["id"], tokens)

    def _tokens(self, asked: dict[str, Any]) -> list[int]:
        if asked["prompt"] is not None:
            found: list[int] = self._tokenizer(asked["prompt"])["input_ids"]
            return found
        if self._template is None:
            raise ValueError("the checkpoint has no chat template to write a chat with")
        # Our own rendering, and not the tokenizer's: in that, Llama 3's template would write today's date.
        text = self._template.render(asked["messages"], add_generation_prompt=False)
        written: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        return written


class Classifier:
    """A model with a head for classes (a reward model has one), on its device."""

    def __init__(self, model: Any) -> None:
        self._model = model.eval()
        self.device: Any = model.device
        self._config = model.config.get_text_config()
        self._config.use_cache = False
        pad = self._config.pad_token_id
        self._pad: int | None = pad if pad is not None and pad >= 0 else None  # Llama's first checkpoints have -1

    def scores(self, batch: Sequence[Text]) -> Iterator[tuple[Text, list[float] | None]]:
        """Give the logits of each text; None for one that not even alone fits in the memory of the GPU."""
        import torch

        try:
            found = self._forward(batch)
        except torch.OutOfMemoryError:
            found = None
        if found is not None:
            yield from zip(batch, found, strict=True)
        elif len(batch) == 1:
            yield batch[0], None
        else:
            torch.cuda.empty_cache()
            half = len(batch) // 2
            yield from self.scores(batch[:half])
            yield from self.scores(batch[half:])

    def _forward(self, batch: Sequence[Text]) -> list[list[float]]:
        import torch

        # transformers takes the score at the last token that is not `pad_token_id`, which is how TRL trains. Where a
        # checkpoint has none, the last token of all is meant, so that padding must be a token that no text has.
        pad = self._pad
        if pad is None:
            used = set().union(*(text.tokens for text in batch))
            pad = next(token for token in range(self._config.vocab_size) if token not in used)
            self._config.pad_token_id = pad
        width = max(len(text.tokens) for text in batch)
        tokens = torch.tensor([text.tokens + [pad] * (width - len(text.tokens)) for text in batch])
        mask = torch.tensor([[1] * len(text.tokens) + [0] * (width - len(text.tokens)) for text in batch])
        with torch.inference_mode():
            logits = self._model(input_ids=tokens.to(self.device), attention_mask=mask.to(self.device)).logits
        found: list[list[float]] = logits.float().tolist()
        return found


def cut(texts: Sequence[Text], size: int, tokens: int) -> Iterator[list[Text]]:
    """Cut into batches of like length, the longest first: of `size` texts and `tokens` tokens at most, padding counted.

    A text of more tokens than that is a batch of its own.
    """
    left = sorted(texts, key=lambda text: len(text.tokens), reverse=True)
    while left:
        most = max(1, min(size, tokens // len(left[0].tokens)))
        yield left[:most]
        left = left[most:]


def load(settings: dict[str, Any]) -> tuple[Reader, Classifier]:
    """Load a checkpoint as the settings say. Raises what transformers raises, and ValueError."""
    import torch
    import transformers

    name, trust = settings["model"], settings["trust_remote_code"]
    device = settings["device"]
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_float32_matmul_precision("highest")  # TF32, if a checkpoint's code turns it on, moves scores by 1e-3
    tokenizer = transformers.AutoTokenizer.from_pretrained(name, trust_remote_code=trust)
    model, loaded = transformers.AutoModelForSequenceClassification.from_pretrained(
        name, dtype=getattr(torch, settings["dtype"]), trust_remote_code=trust, output_loading_info=True
    )
    if missing := sorted(loaded["missing_keys"]):  # transformers would draw them at random
        raise ValueError(f"the checkpoint lacks weights: {', '.join(missing[:3])}")
    try:
        template = ChatTemplate.of(name)
    except ValueError:
        template = None
    limits = (tokenizer.model_max_length, getattr(model.config.get_text_config(), "max_position_embeddings", None))
    own = min((limit for limit in limits if limit), default=None)
    return Reader(tokenizer, template, settings["max_length"] or own), Classifier(model.to(device))


def main() -> None:
    """Answer until the parent is gone."""
    settings = json.loads(sys.stdin.buffer.readline())
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library may print on standard output; only answers belong there
    reader, classifier = load(settings)
    waiting: queue.SimpleQueue[Text | Unreadable] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(reader, waiting), daemon=True).start()

    def say(line: dict[str, Any]) -> None:
        answers.write(json.dumps(line).encode() + b"\n")
        answers.flush()

    say({"ready": str(classifier.device)})
    most = settings["batch_tokens"] or (_CPU_TOKENS if classifier.device.type == "cpu" else _GPU_TOKENS)
    while True:
        texts = []
        for item in _all(waiting):
            if isinstance(item, Unreadable):
                say({"id": item.id, "fault": [item.kind, item.why]})
            else:
                texts.append(item)
        for batch in cut(texts, settings["batch_size"], most):
            for text, numbers in classifier.scores(batch):
                if numbers is None:
                    say({"id": text.id, "fault": ["too_long", "it does not fit in the memory of the GPU"]})
                else:
                    say({"id": text.id, "numbers": numbers, "tokens": len(text.tokens)})


def _all(waiting: "queue.SimpleQueue[Text | Unreadable]") -> Iterator[Text | Unreadable]:
    """Wait for one, and take all that are there."""
    yield waiting.get()
    while not waiting.empty():
        yield waiting.get()


def _listen(reader: Reader, waiting: "queue.SimpleQueue[Text | Unreadable]") -> None:
    """Read requests while the model computes; end the process with its input, or with an error that none foresaw."""
    try:
        for line in sys.stdin.buffer:
            waiting.put(reader.read(json.loads(line)))
    except Exception:  # noqa: BLE001 - left to itself, the thread would end and the process would hang
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    main()
