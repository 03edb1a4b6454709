"""How each kind of server wants a request put: the path and the JSON body.

What OpenAI's API has words for is said in them. For the rest (constrained decoding, a prefilled answer, the model's
own template) each server has words of its own. Samplers that a request does not name are switched off, so that the
same request means the same distribution everywhere; `extra_body` has the last word.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from urllib.parse import urlsplit

from factory.engines._answers import read_body
from factory.request import Ability, Message, Reply, Request

if TYPE_CHECKING:
    from factory.engines._template import ChatTemplate

Server = Literal["openai", "vllm", "llama.cpp"]


class OpenAI:
    """OpenAI's own words, which nearly all servers know."""

    can: ClassVar[frozenset[Ability]] = frozenset({"chat", "completion", "logprobs", "json_schema", "embed"})
    samplers: ClassVar[dict[str, Any]] = {}
    most_stops: ClassVar[int | None] = 4

    def __init__(
        self,
        base_url: str,
        model: str,
        extra_body: dict[str, Any],
        template: "ChatTemplate | None" = None,
        seeds: bool = True,
    ) -> None:
        self.base_url = base_url
        self._path = urlsplit(base_url).path
        self._model = model
        self._extra_body = extra_body
        self._template = template
        self._seeds = seeds
        self._prequery = lru_cache(1024)(self._render_prequery)

    def put(self, request: Request) -> tuple[str, dict[str, Any]]:
        """Give the path and the body. Raises ValueError for what this server has no words for."""
        if request.task == "embed":
            return f"{self._path}/embeddings", {"model": self._model, **self._input(request), **self._extra_body}
        if request.task not in ("answer", "instruct"):
            raise ValueError(f"this server has no words for {request.task!r}")
        body: dict[str, Any] = {
            "model": self._model,
            "n": request.n,
            "temperature": request.temperature,
            "top_p": request.top_p,
            "max_tokens": request.max_tokens,
            **self.samplers,
        }
        if self._seeds and request.seed is not None:
            body["seed"] = request.seed
        if request.stop:
            body["stop"] = request.stop
        if request.json_schema is not None:
            schema = {"name": "reply", "schema": request.json_schema, "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        if request.regex is not None or request.choice:
            body |= self._constraint(request)
        if request.task == "instruct":
            path, body = "completions", body | self._user_turn(request)
        elif request.prompt is not None:
            path, body["prompt"] = "completions", request.prompt
        else:
            path, body["messages"] = "chat/completions", request.messages
            if request.messages[-1]["role"] == "assistant":
                body |= self._prefill()
        if request.logprobs:
            body |= self._logprobs(request)
        return f"{self._path}/{path}", body | self._extra_body

    def read(self, content: bytes, request: Request) -> Reply:
        """Make a reply of the body of an answer."""
        return read_body(content, request, self._model)

    def _input(self, request: Request) -> dict[str, Any]:
        if request.prompt is None:
            raise ValueError("this server embeds texts and not chats")
        return {"input": request.prompt}

    def _logprobs(self, request: Request) -> dict[str, Any]:
        if request.prompt is not None:
            return {"logprobs": request.logprobs}
        return {"logprobs": True, "top_logprobs": request.logprobs}

    def _constraint(self, request: Request) -> dict[str, Any]:
        raise ValueError("this server has no words for a regex or a choice")

    def _prefill(self) -> dict[str, Any]:
        raise ValueError("this server cannot go on from the beginning of an answer")

    def _user_turn(self, request: Request) -> dict[str, Any]:
        """Put the chat as a raw text up to where the user's next turn begins, and stop where that turn ends."""
        if self._template is None:
            raise ValueError("the model's chat template is not known: give `tokenizer`")
        stops = dict.fromkeys((*self._template.stops, *request.stop))
        prompt = self._prequery(tuple((turn["role"], turn["content"]) for turn in request.messages))
        return {"prompt": prompt, "stop": list(stops)[: self.most_stops]}

    def _render_prequery(self, turns: tuple[tuple[Any, str], ...]) -> str:
        assert self._template is not None  # noqa: S101 - looked at before
        return self._template.prequery([Message(role=role, content=content) for role, content in turns])


class Vllm(OpenAI):
    """vLLM: https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html."""

    can = OpenAI.can | {"regex", "choice", "prefill", "score", "likelihood"}
    samplers: ClassVar[dict[str, Any]] = {"top_k": 0, "min_p": 0, "repetition_penalty": 1}
    most_stops: ClassVar[int | None] = None

    def put(self, request: Request) -> tuple[str, dict[str, Any]]:
        """Give the path and the body."""
        if request.task == "score":
            body = {"model": self._model, **self._input(request), "use_activation": False}
            return f"{self._path.removesuffix('/v1')}/classify", body | self._extra_body
        if request.task == "likelihood":
            body = {"model": self._model, "prompt": request.prompt, "max_tokens": 1, "prompt_logprobs": 0}
            return f"{self._path}/completions", body | self._extra_body
        return super().put(request)

    def _input(self, request: Request) -> dict[str, Any]:
        return {"messages": request.messages} if request.messages else {"input": request.prompt}

    def _constraint(self, request: Request) -> dict[str, Any]:
        return {"structured_outputs": {"choice": request.choice} if request.choice else {"regex": request.regex}}

    def _prefill(self) -> dict[str, Any]:
        return {"add_generation_prompt": False, "continue_final_message": True}

    def _user_turn(self, request: Request) -> dict[str, Any]:
        # The template writes its own special tokens, and the turn's end is one that must be seen to stop there.
        return {**super()._user_turn(request), "add_special_tokens": False, "skip_special_tokens": False}


class LlamaCpp(OpenAI):
    """llama.cpp's server: https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md."""

    can = OpenAI.can | {"choice", "prefill"}
    # Log-probabilities always: its usage counts the tokens of one choice only, and they count those of all.
    samplers: ClassVar[dict[str, Any]] = {"top_k": 0, "min_p": 0, "logprobs": True, "top_logprobs": 1}
    most_stops: ClassVar[int | None] = None

    def read(self, content: bytes, request: Request) -> Reply:
        """Leave out the beginning of the answer that the request gave: this server repeats it."""
        reply = super().read(content, request)
        if not request.messages or request.messages[-1]["role"] != "assistant":
            return reply
        given = request.messages[-1]["content"]
        own = (replace(choice, text=choice.text.removeprefix(given)) for choice in reply.choices)
        return replace(reply, choices=tuple(own))

    def _constraint(self, request: Request) -> dict[str, Any]:
        if request.regex is not None:
            return super()._constraint(request)
        return {"grammar": f"root ::= {' | '.join(_quoted(text) for text in request.choice)}"}

    def _prefill(self) -> dict[str, Any]:
        return {}

    def _user_turn(self, request: Request) -> dict[str, Any]:
        turn = super()._user_turn(request)
        if self._template is not None and self._template.adds_bos is not False:
            turn["prompt"] = turn["prompt"].removeprefix(self._template.bos_token)  # the server puts it there itself
        return turn


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'


DIALECTS: Mapping[Server, type[OpenAI]] = {"openai": OpenAI, "vllm": Vllm, "llama.cpp": LlamaCpp}
