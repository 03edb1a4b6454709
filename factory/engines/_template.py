"""A model's chat template, and where in it the user's turn begins and ends: all that Magpie needs to know of a model.

    template = ChatTemplate.of_folder("models/Qwen2.5-7B-Instruct")
    template.prequery([{"role": "system", "content": "You are X."}])
        # "<|im_start|>system\\nYou are X.<|im_end|>\\n<|im_start|>user\\n"
    template.stops
        # ("<|im_end|>", "<|im_start|>")

An aligned model that is given its template up to the user's text writes that text itself (Xu et al., "Magpie",
arXiv:2406.08464). Others keep such texts in a table of models; here they are read off the template, by rendering it
with a marker in the user's place, so that any model that has a template can be asked.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import orjson

from factory.engines import _gguf
from factory.engines._jinja import fill
from factory.request import Message

# Plain small letters: they pass unchanged through `trim`, `lower`, `tojson` and the like.
_USER, _SYSTEM, _EARLIER, _ANSWER = (f"zq{name}qz" for name in ("user", "system", "earlier", "answer"))
_MARKUP = r"<[^<>\s]+>|\[/?[A-Z_]+\]"
"""What looks like a token of markup: `<|im_end|>`, `</s>`, `[/INST]`. Not all of them are special in all tokenizers."""
_CONTROL = 3
"""The type of a special token in a GGUF file."""
_FILES = ["chat_template.jinja", "tokenizer_config.json", "tokenizer.json", "special_tokens_map.json"]


@dataclass(frozen=True)
class ChatTemplate:
    """A chat template in Jinja with the special tokens of its tokenizer.

    The constructors raise ValueError with one line if there is no template to be had; the rest, if the
    template does not compile, fails, takes too long, or does not show the user's text.
    """

    source: str
    bos_token: str = ""
    eos_token: str = ""
    special_tokens: tuple[str, ...] = ()
    adds_bos: bool | None = None
    """Whether the tokenizer puts `bos_token` before any text; None where its files do not say."""

    @classmethod
    def of(cls, model: str) -> "ChatTemplate":
        """Read a checkpoint's folder, or fetch the files of a model by its name on the Hub."""
        return cls.of_folder(model) if Path(model).is_dir() else cls.of_hub(model)

    @classmethod
    def of_folder(cls, path: Path | str) -> "ChatTemplate":
        """Read a checkpoint's folder, as `save_pretrained` of transformers writes it."""
        folder = Path(path)
        config, tokenizer, named = (_json(folder / name) for name in _FILES[1:])
        source = _named_default(config.get("chat_template"), folder)
        if (file := folder / "chat_template.jinja").is_file():
            source = file.read_text(encoding="utf-8")
        if not source:
            raise ValueError(f"{folder} has no chat template: neither chat_template.jinja nor tokenizer_config.json")
        bos, eos = (_text(config.get(key) or named.get(key)) for key in ("bos_token", "eos_token"))
        added = [*config.get("added_tokens_decoder", {}).values(), *tokenizer.get("added_tokens", [])]
        special = [_text(token) for token in added if token.get("special")]
        for value in named.values():
            special += [_text(token) for token in (value if isinstance(value, list) else [value])]
        adds = config.get("add_bos_token")
        if adds is None and tokenizer and bos:
            adds = _puts_first(tokenizer.get("post_processor"), bos)
        return cls(source, bos, eos, _unique([bos, eos, *special]), adds)

    @classmethod
    def of_gguf(cls, path: Path | str) -> "ChatTemplate":
        """Read the metadata of a GGUF file."""
        names = {
            name: f"tokenizer.{name if name == 'chat_template' else f'ggml.{name}'}"
            for name in ("chat_template", "bos_token_id", "eos_token_id", "tokens", "token_type", "add_bos_token")
        }
        found = _gguf.read_metadata(Path(path), set(names.values()))
        data = {name: found.get(key) for name, key in names.items()}
        if not data["chat_template"]:
            raise ValueError(f"{path} has no chat template (tokenizer.chat_template)")
        tokens = data["tokens"] or []
        bos, eos = (tokens[at] if (at := data[key]) is not None else "" for key in ("bos_token_id", "eos_token_id"))
        special = [token for token, kind in zip(tokens, data["token_type"] or [], strict=False) if kind == _CONTROL]
        return cls(data["chat_template"], bos, eos, _unique([bos, eos, *special]), data["add_bos_token"])

    @classmethod
    def of_hub(cls, name: str) -> "ChatTemplate":
        """Fetch the tokenizer's files of a model on the Hugging Face Hub, or take them from its cache."""
        import huggingface_hub

        try:
            folder = huggingface_hub.snapshot_download(name, allow_patterns=_FILES)
        except Exception as error:  # a proxy, a gate, a wrong name: its client has no common class
            why = " ".join(str(error).split()) or type(error).__name__
            raise ValueError(f"the tokenizer of {name} cannot be had: {why}") from error
        return cls.of_folder(folder)

    def render(self, messages: Sequence[Message], add_generation_prompt: bool = True) -> str:
        """Write out a conversation as the model was trained to see it."""
        turns: list[Any] = list(messages)
        if self._takes_parts:
            turns = [{**turn, "content": _parts(turn["content"])} for turn in messages]
        return self._fill(turns, add_generation_prompt)

    def prequery(self, messages: Sequence[Message] = ()) -> str:
        """Give the text up to where the user's next text begins, the template's own default system turn included.

        `messages` is the conversation so far: nothing, a system turn, or that and whole exchanges. A template
        without a system role gets its text at the beginning of the first user's turn, with a blank line after it,
        as Gemma 3's own template puts it. Spaces at the end (of Mistral's "[INST] ") are left off: a tokenizer
        takes a space together with the word after it, so a model that has been given the space writes none.
        """
        turns: list[Message] = [*messages, _turn("user", _USER)]
        if turns[0]["role"] == "system" and not _shows_system(self, tuple(turn["role"] for turn in turns)):
            system, first, *rest = turns
            turns = [_turn("user", f"{system['content']}\n\n{first['content']}"), *rest]
        return self._around(turns)[0].rstrip(" ")

    @cached_property
    def stops(self) -> tuple[str, ...]:
        """Texts at which the user's turn ends, four at most: what follows it, eos, and the start of another turn."""
        start, end = self._around([_turn("user", _USER)])
        try:
            exchange = [_turn("user", _EARLIER), _turn("assistant", _ANSWER), _turn("user", _USER)]
            later, _ = self._around(exchange)
        except ValueError:  # a template for one exchange only
            later = ""
        whole = re.search(f"{_EARLIER}(.*){_ANSWER}(.*)", later, re.DOTALL)
        between, again = whole.groups() if whole else ("", "")
        marks = self._marks(end if end.strip() else between)
        ends = marks[:1]
        if ends and not self._is_token(ends[0]):  # a header, or a switch such as "/think" before the token: both stop
            ends += [mark for mark in marks if self._is_token(mark)][:1]
        found = [*ends, self.eos_token, *self._opening(self._marks(start), self._marks(again), {*ends, self.eos_token})]
        if not (stops := _unique(found)):
            raise ValueError("chat template: nothing in it says where the user's turn ends, and there is no eos token")
        return stops

    @cached_property
    def _takes_parts(self) -> bool:
        """Whether content has to come as a list of parts, as some vision models have it."""
        ways: tuple[Any, Any] = (_USER, _parts(_USER))
        as_text, as_parts = (self._shows([{"role": "user", "content": way}]) for way in ways)
        return as_parts and not as_text

    def _shows(self, turns: list[Any]) -> bool:
        try:
            return _USER in self._fill(turns, add_generation_prompt=True)
        except ValueError:
            return False

    def _around(self, turns: list[Message]) -> tuple[str, str]:
        """Split what is rendered at the user's text."""
        before, *after = self.render(turns).split(_USER)
        if len(after) != 1:
            raise ValueError(f"chat template: it shows the user's text {len(after) or 'no'} times, and not once")
        return before, after[0]

    def _fill(self, turns: list[Any], add_generation_prompt: bool) -> str:
        return fill(
            self.source,
            messages=turns,
            add_generation_prompt=add_generation_prompt,
            bos_token=self.bos_token,
            eos_token=self.eos_token,
            tools=None,
            documents=None,
        )

    @cached_property
    def _tokens(self) -> "re.Pattern[str]":
        longest_first = sorted(self.special_tokens, key=len, reverse=True)
        return re.compile("|".join([*map(re.escape, longest_first), _MARKUP]))

    def _is_token(self, mark: str) -> bool:
        return self._tokens.fullmatch(mark) is not None

    def _marks(self, text: str) -> list[str]:
        """Split into tokens of markup, and the lines of text between: these with "\\n" where they begin a line."""
        marks, at = [], 0
        for token in [*self._tokens.finditer(text), None]:
            first, *lines = text[at : token.start() if token else None].split("\n")
            marks += [first.strip(), *(line.strip() and f"\n{line.strip()}" for line in lines)]
            if token:
                marks.append(token[0])
                at = token.end()
        return [mark for mark in marks if mark.strip()]

    def _opening(self, first: list[str], later: list[str], known: set[str]) -> list[str]:
        """Give the mark that opens a user's turn: the first that a later one shares with the first one, if any."""
        shared: list[str] = []
        for one, other in zip(reversed(first), reversed(later), strict=False):
            if one.strip() != other.strip():
                break
            shared.insert(0, other)
        unknown = [mark for mark in shared if mark not in known]
        return [mark for mark in unknown[:1] if self._is_token(mark) or mark.startswith("\n")]


@lru_cache(maxsize=256)
def _shows_system(template: ChatTemplate, roles: tuple[str, ...]) -> bool:
    """Say whether a system turn gets into what comes before the user's text: some templates raise, others drop it."""
    turns = [_turn("system", _SYSTEM), *(_turn(role, _EARLIER) for role in roles[1:-1]), _turn("user", _USER)]
    try:
        return _SYSTEM in template._around(turns)[0]
    except ValueError:
        return False


def _turn(role: Any, content: str) -> Message:
    return {"role": role, "content": content}


def _parts(text: str) -> list[dict[str, str]]:
    return [{"type": "text", "text": text}]


def _unique(texts: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text.strip()))


def _json(path: Path) -> dict[str, Any]:
    try:
        content = orjson.loads(path.read_bytes()) if path.is_file() else {}
    except (OSError, orjson.JSONDecodeError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} is not a JSON object")
    return content


def _named_default(value: Any, folder: Path) -> str:
    """Take the template; of several with names, the one named "default"."""
    if not isinstance(value, list):
        return value or ""
    named = {entry["name"]: entry["template"] for entry in value}
    if "default" not in named:
        raise ValueError(f'{folder} has no chat template named "default", only {", ".join(sorted(named))}')
    return str(named["default"])


def _text(token: str | Mapping[str, Any] | None) -> str:
    """Take a token's text: it may come with flags, as an AddedToken."""
    return str(token["content"]) if isinstance(token, Mapping) else token or ""


def _puts_first(processor: Mapping[str, Any] | None, token: str) -> bool:
    """Say whether a post-processor of tokenizer.json begins every text with the token."""
    processor = processor or {}
    if processor.get("single"):
        return bool(processor["single"][0].get("SpecialToken", {}).get("id") == token)
    return any(_puts_first(step, token) for step in processor.get("processors", []))
