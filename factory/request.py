"""What a stage asks of an engine, and what comes back: data only. An error is a reply too.

A chat request and its reply; a question to a reward model and its reply:

    Request(messages=({"role": "user", "content": "What is 2 + 3?"},), n=2, temperature=0.4, seed=7)
    Reply(choices=(Choice("2 + 3 = \\boxed{5}"), Choice("The sum is \\boxed{5}")), prompt_tokens=14, ...)

    Request(messages=({"role": "user", ...}, {"role": "assistant", ...}), task="score")
    Reply(numbers=(1.72,), prompt_tokens=31, ...)
"""

import hashlib
from dataclasses import dataclass
from typing import Any, Literal

import orjson
from typing_extensions import TypedDict

Task = Literal["answer", "instruct", "embed", "score", "likelihood"]
Ability = Literal[
    "chat", "completion", "prefill", "logprobs", "json_schema", "regex", "choice",
    "instruct", "embed", "score", "likelihood",
]  # fmt: skip
"""What a request may use and not every engine can do; `can` of an engine's block lists what it can."""
FaultKind = Literal[
    "connection", "busy", "rate_limit", "denied", "timeout", "server", "malformed", "empty", "too_long",
    "refused",
]  # fmt: skip


class Message(TypedDict):
    """One turn of a chat; a last turn of the assistant is the beginning of the answer (prefill).

    What a tool gave back is a turn of its own, behind the turn in which the assistant called it.
    """

    role: Literal["system", "user", "assistant", "tool"]
    content: str


@dataclass(frozen=True, slots=True)
class Request:
    """One question to an engine: a chat (`messages`) or a raw text (`prompt`), never both.

    What comes back depends on the `task`:
    - `answer`: n choices that go on from the chat or the text;
    - `instruct`: n choices that are the user's next turn, written by the model itself (Magpie, arXiv:2406.08464);
    - `embed`: the text's or the chat's embedding, as `numbers`;
    - `score`: the logits of a sequence classifier, as `numbers`: one, for a reward model;
    - `likelihood`: the natural log-probability of each token of the text but the first, as `numbers`.
    """

    messages: tuple[Message, ...] = ()
    prompt: str | None = None
    task: Task = "answer"
    n: int = 1
    temperature: float = 0.7
    top_p: float = 1.0
    max_tokens: int = 512
    stop: tuple[str, ...] = ()
    seed: int | None = None
    json_schema: dict[str, Any] | None = None
    regex: str | None = None
    choice: tuple[str, ...] = ()
    """The answer is one of these texts."""
    logprobs: int = 0
    """How many alternatives to give for each token of an answer, with their log-probabilities."""

    @property
    def abilities(self) -> set[Ability]:
        """Name what an engine must be able to do to answer this."""
        if self.task != "answer":
            return {self.task}
        used: dict[Ability, object] = {
            "completion": self.prompt is not None,
            "chat": self.messages,
            "prefill": self.messages and self.messages[-1]["role"] == "assistant",
            "logprobs": self.logprobs,
            "json_schema": self.json_schema,
            "regex": self.regex,
            "choice": self.choice,
        }
        return {ability for ability, value in used.items() if value}

    @property
    def opening(self) -> str:
        """The beginning, by which requests that share it can be asked one after the other."""
        return self.prompt[:200] if self.prompt is not None else str(self.messages[:2])[:400]

    def key(self, model: dict[str, Any]) -> str:
        """Give the name under which the journal keeps the reply: what was asked, and of which model."""
        content = orjson.dumps([model, self], option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
        return hashlib.blake2b(content, digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the n answers; `reasoning` where it is kept apart.

    `finish` is "stop", "length", "invalid" (it does not follow the request's JSON schema) or the server's word.
    `logprobs` has, for each token, the alternatives asked for: the token's text to its log-probability.
    """

    text: str
    finish: str = "stop"
    reasoning: str | None = None
    logprobs: tuple[dict[str, float], ...] | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Why there is no answer; `retry` says whether asking again can help, `after` the seconds a server asks to wait."""

    kind: FaultKind
    message: str
    retry: bool = True
    after: float | None = None

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"


@dataclass(frozen=True, slots=True)
class Reply:
    """What an engine made of a request: `choices` or `numbers`, or a `fault`, with the tokens it took."""

    choices: tuple[Choice, ...] = ()
    prompt_tokens: int = 0
    completion_tokens: int = 0
    model: str = ""
    numbers: tuple[float, ...] = ()
    fault: Fault | None = None

    @property
    def text(self) -> str:
        """The first choice's text; empty if there is none."""
        return self.choices[0].text if self.choices else ""

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Reply":
        """Read a reply back from the journal."""
        return cls(
            choices=tuple(Choice(**choice) for choice in data["choices"]),
            prompt_tokens=data["prompt_tokens"],
            completion_tokens=data["completion_tokens"],
            model=data["model"],
            numbers=tuple(data["numbers"]),
        )
