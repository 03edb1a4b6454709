"""Any server that speaks OpenAI's API, or several at once: vLLM, llama.cpp, SGLang, a hosted model.

engines:
  generator: {kind: openai, base_url: "http://localhost:8000/v1", model: Qwen/Qwen3-8B, server: vllm}
  judge:
    kind: openai
    model: openai/gpt-oss-120b
    base_url:
      - http://node1:8000/v1
      - {base_url: "https://node2.example.com/v1", api_key_env: NODE2_KEY, concurrency: 64}
"""

import os
import re
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from factory.engine import Engine, EngineSpec
from factory.engines._dialects import DIALECTS, Server
from factory.request import Ability

if TYPE_CHECKING:
    from factory.engines._template import ChatTemplate

_MOST = 2048
_CLOSED = (
    "api.openai.com", "openai.azure.com", "api.anthropic.com", "generativelanguage.googleapis.com",
    "api.x.ai",
)  # fmt: skip
"""Services whose terms forbid to train on answers; an open model behind one of them declares its `license`."""


class Endpoint(BaseModel):
    """One server of several; what it does not say is said by the engine's block."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    base_url: str
    api_key_env: str | None = None
    concurrency: int | None = Field(None, ge=1)

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if not re.fullmatch(r"https?://[^\s@?#]+", value):
            raise ValueError(
                "expected an address such as http://localhost:8000/v1, without a password or a query in it"
            )
        return value


def _endpoints(value: Any) -> Any:
    listed = value if isinstance(value, list | tuple) else [value]
    return tuple({"base_url": item} if isinstance(item, str) else item for item in listed)


class Spec(EngineSpec):
    """The block of an engine that is reached over HTTP."""

    base_url: Annotated[tuple[Endpoint, ...], BeforeValidator(_endpoints)] = Field(min_length=1)
    """The server's address, up to and with its `/v1`; or a list of addresses, of servers with the same model."""
    model: str
    server: Server = "openai"
    """What runs there. It decides what requests may use; `openai` is what nearly all servers can do."""
    api_key_env: str | None = None
    """Name of the environment variable that holds the key; the key itself is never in a file."""
    concurrency: int | None = Field(None, ge=1)
    """Requests held open at once at each server; without it, the number with the best throughput is found."""
    timeout: float = Field(600, gt=0)
    """Seconds until an answer is given up."""
    tokenizer: str | None = None
    """Folder or Hub name of the model's tokenizer, for `instruct` requests, which need its chat template."""
    seeds: bool = True
    """Send each request's seed. vLLM is faster without (see docs/engines.md)."""
    extra_body: dict[str, Any] = Field(default_factory=dict)
    """Sent with each request as it is: settings that one kind of server knows."""

    @property
    def can(self) -> frozenset[Ability]:
        """What the kind of server can do, and the user's turn if the chat template is known."""
        own: set[Ability] = {"instruct"} if self.tokenizer else set()
        return DIALECTS[self.server].can | own

    def identity(self) -> dict[str, Any]:
        """The model, and what is sent along with each request."""
        told = {"server": self.server, "tokenizer": self.tokenizer}
        return {"model": self.model, "extra_body": self.extra_body, **told}

    @property
    def own_license(self) -> str | None:
        """`proprietary` for a service that is known to serve models of its own that are not open."""
        hosts = {urlsplit(endpoint.base_url).hostname or "" for endpoint in self.base_url}
        closed = any(host == name or host.endswith(f".{name}") for host in hosts for name in _CLOSED)
        return "proprietary" if closed else None

    def check(self) -> None:
        """Raise ValueError if a key's environment variable is not set."""
        for variable in {self.api_key_env, *(endpoint.api_key_env for endpoint in self.base_url)} - {None}:
            key = os.environ.get(str(variable))
            if not key:
                raise ValueError(f"the environment variable {variable} is not set")
            if not re.fullmatch(r"[\x21-\x7e]+", key):
                raise ValueError(f"the environment variable {variable} holds blanks, line breaks or letters no key has")

    @cached_property
    def chat_template(self) -> "ChatTemplate":
        """Read the tokenizer's chat template. Raises ValueError."""
        from factory.engines._template import ChatTemplate

        if self.tokenizer is None:
            raise ValueError("give `tokenizer`, the folder or Hub name of the model's tokenizer")
        return ChatTemplate.of(self.tokenizer)

    def build(self) -> Engine:
        """Make the engine."""
        from factory.engines._fleet import Fleet, Place
        from factory.engines._http import HttpEngine
        from factory.engines._limit import Limit

        template, places = self.template(), []
        for endpoint in self.base_url:
            variable = endpoint.api_key_env or self.api_key_env
            key = os.environ.get(variable) if variable else None
            fixed = endpoint.concurrency or self.concurrency
            dialect = DIALECTS[self.server](
                endpoint.base_url.rstrip("/"), self.model, self.extra_body, template, self.seeds
            )
            server = HttpEngine(dialect, self.model, self.timeout, key)
            places.append(Place(server, Limit(_MOST, fixed=fixed)))
        return Fleet(places, self.patience)
