"""Any server that speaks OpenAI's API: vLLM, llama.cpp, SGLang, a hosted model.

engines:
  generator: {kind: openai, base_url: "http://localhost:8000/v1", model: Qwen/Qwen3-8B, concurrency: 256}
"""

import os
from typing import Any

from pydantic import Field

from factory.engine import Engine, EngineSpec


class Spec(EngineSpec):
    """The block of an engine that is reached over HTTP."""

    base_url: str = Field(pattern=r"^https?://[^\s@]+$")
    model: str
    api_key_env: str | None = None
    """Name of the environment variable that holds the key; the key itself is never in a file."""
    concurrency: int = Field(64, ge=1)
    """Requests held open at once."""
    timeout: float = Field(600, gt=0)
    """Seconds until an answer is given up."""
    extra_body: dict[str, Any] = Field(default_factory=dict)
    """Sent with each request as it is: settings that one kind of server knows."""

    def identity(self) -> dict[str, Any]:
        """The model, and what is sent along with each request."""
        return {"model": self.model, "extra_body": self.extra_body}

    def check(self) -> None:
        """Raise ValueError if the key's environment variable is not set."""
        if self.api_key_env and not os.environ.get(self.api_key_env):
            raise ValueError(f"the environment variable {self.api_key_env} is not set")

    def build(self) -> Engine:
        """Make the engine."""
        from factory.engines._http import HttpEngine

        key = os.environ.get(self.api_key_env) if self.api_key_env else None
        return HttpEngine(self, self.base_url.rstrip("/"), key)
