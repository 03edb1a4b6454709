"""The seam between the factory and a model: an engine answers requests, a spec is its block in the YAML.

Retries, the journal and the counters each wrap an Engine behind the same three methods.
"""

from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

from factory.request import Reply, Request


class Engine(Protocol):
    """Answers requests. `slots` is how many it can usefully hold at once; the runner keeps that many in flight."""

    @property
    def slots(self) -> int: ...

    async def open(self) -> None:
        """Load or connect. Raises UserError with one clear line if that cannot work."""

    async def ask(self, request: Request) -> Reply:
        """Answer one request: a fault is a reply too. Raises RunError only for an engine that is gone for good."""
        ...

    async def close(self) -> None:
        """Free what `open` took; safe to call twice, or without `open`."""


class EngineSpec(BaseModel):
    """One entry under `engines:`. What `identity` gives is part of fingerprints; how the engine runs is not."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    license: str | None = None
    """License of the model (an SPDX id, such as apache-2.0); goes with each row that the engine made."""
    attempts: int = Field(6, ge=1)
    """How often a request is asked in all before its row fails."""
    patience: float = Field(300, ge=0)
    """Seconds to wait for a server that cannot be reached before the run stops."""

    def identity(self) -> dict[str, Any]:
        """Say which model answers: the same identity gives the same replies."""
        raise NotImplementedError

    @property
    def model_name(self) -> str:
        """The model's name, as rows and the dataset card show it."""
        return str(self.identity()["model"])

    def check(self) -> None:
        """Check what can be checked without starting anything. Raises ValueError with one clear line."""

    def build(self) -> Engine:
        """Make the engine; nothing heavy happens before its `open`."""
        raise NotImplementedError
