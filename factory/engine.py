"""The seam between the factory and a model: an engine answers requests, a spec is its block in the YAML.

Retries, the journal and the counters each wrap an Engine behind the same three methods.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

from factory.request import Ability, Reply, Request


class Engine(Protocol):
    """Answers requests.

    `slots` is how many it can usefully hold at once; it may change from one moment to the next, and the runner keeps
    that many in flight.
    """

    @property
    def slots(self) -> int: ...

    async def open(self) -> None:
        """Load or connect. Raises UserError with one clear line if that cannot work."""

    async def ask(self, request: Request) -> Reply:
        """Answer one request: a fault is a reply too. Raises RunError only for an engine that is gone for good."""
        ...

    async def close(self) -> None:
        """Free what `open` took; safe to call twice, or without `open`."""


class Wrapper:
    """An engine around another: it is as wide, opened and closed as that one is."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def slots(self) -> int:
        """As many as the engine has."""
        return self._engine.slots

    async def open(self) -> None:
        """Open the engine."""
        await self._engine.open()

    async def ask(self, request: Request) -> Reply:
        """Ask the engine."""
        return await self._engine.ask(request)

    async def close(self) -> None:
        """Close the engine."""
        await self._engine.close()


class EngineSpec(BaseModel):
    """One entry under `engines:`. What `identity` gives is part of fingerprints; how the engine runs is not."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    license: str | None = None
    """License of the model (an SPDX id, such as apache-2.0); goes with each row that the engine made. Without it, what
    the checkpoint says itself."""
    attempts: int = Field(8, ge=1)
    """How often a request is asked in all before its row fails."""
    patience: float = Field(300, ge=0)
    """Seconds to wait for a server that cannot be reached before the run stops."""
    takes: dict[str, float] = Field(default_factory=dict)
    """Shares of devices that the engine takes while it is loaded, such as `{"gpu 0": 0.9}`; engines that would take
    more than the whole of one are loaded one after the other."""

    @property
    def licensed(self) -> str:
        """The license of the model: as declared, or else as the checkpoint says, or else `unknown`."""
        return self.license or self.own_license or "unknown"

    @property
    def own_license(self) -> str | None:
        """What the checkpoint itself says of its license; None if nothing."""
        return None

    @property
    def can(self) -> frozenset[Ability]:
        """List what this engine can do of what not every engine can."""
        raise NotImplementedError

    @property
    def room(self) -> dict[str, float]:
        """Give the shares of devices that it takes while loaded."""
        return self.takes

    @property
    def chat_template(self) -> object:
        """Give the model's chat template, which an `instruct` request needs. Raises ValueError if there is none."""
        raise ValueError("its chat template is not known")

    def template(self) -> Any:
        """Give the chat template, or None: a base model has none, and the plan sees to it that nothing needs it."""
        try:
            return self.chat_template
        except ValueError:
            return None

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


def fit(specs: Iterable[EngineSpec]) -> bool:
    """Say whether engines can be loaded side by side."""
    taken: Counter[str] = Counter()
    for spec in specs:
        taken.update(spec.room)
    return all(share <= 1 + 1e-9 for share in taken.values())
