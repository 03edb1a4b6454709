"""vLLM on this machine's GPUs, started and stopped with the run.

    engines:
      generator: {kind: vllm, model: Qwen/Qwen3-32B, tensor_parallel: 4, gpus: [0, 1, 2, 3]}
      reward: {kind: vllm, model: models/reward, task: score, gpus: [4]}

vLLM's own server runs in a child process, one for each replica, and is asked over a socket that only we can open: a
crash of it is not a crash of the run, it may live in an environment of its own (`python:`), and its tokenizing does
not compete with the runner for one interpreter. bench/saturation.py measures it beside vLLM in process.
"""

import asyncio
import contextlib
import importlib.util
import json
import os
import sys
from collections.abc import Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from factory.engine import Engine, EngineSpec
from factory.engines import _hub
from factory.engines._dialects import Vllm
from factory.engines._weights import fingerprint
from factory.request import Ability
from factory.workers import die_with_parent

if TYPE_CHECKING:
    from factory.engines._http import HttpEngine
    from factory.engines._template import ChatTemplate

_AHEAD = 1.25
"""Requests held for each sequence that vLLM decodes at once: a freed place finds the next request waiting."""
_ADAPTER = "adapter"
_QUIET = {
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "VLLM_HTTP_TIMEOUT_KEEP_ALIVE": "3600",
    "PYTHONWARNINGS": "ignore",
}
_SPEED = {
    "async-scheduling", "block-size", "compilation-config", "cpu-offload-gb", "disable-custom-all-reduce",
    "disable-log-stats", "distributed-executor-backend", "enable-chunked-prefill", "enable-expert-parallel",
    "enforce-eager", "kv-cache-memory-bytes", "load-format", "max-parallel-loading-workers",
}  # fmt: skip
"""Arguments that change how fast vLLM is and not what it answers; all others count as the model's identity."""


class Spec(EngineSpec):
    """The block of an engine that vLLM runs. What has no key here goes under `args`, by vLLM's own name."""

    model: str
    """A checkpoint's folder, or its name on the Hugging Face Hub."""
    task: Literal["generate", "embed", "score"] = "generate"
    """What the checkpoint is for: text, sentence embeddings, or a sequence classifier's score (reward models)."""
    tensor_parallel: int = Field(1, ge=1)
    data_parallel: int = Field(1, ge=1)
    pipeline_parallel: int = Field(1, ge=1)
    gpus: tuple[int, ...] | None = None
    """The GPUs to use, by number; the first ones without it. An empty list means the CPU."""
    gpu_memory_utilization: float = Field(0.9, gt=0, le=1)
    max_num_seqs: int = Field(512, ge=1)
    """Sequences decoded at once by each replica. vLLM's own default is too low for a large GPU."""
    max_num_batched_tokens: int = Field(16384, ge=1)
    """Tokens of prompts and answers in one step of each replica."""
    max_model_len: int | None = Field(None, ge=1)
    """Tokens of prompt and answer together; the model's own maximum without it."""
    dtype: str | None = None
    """`auto` without it; float32 where `task` is score, as bfloat16 shifts scores."""
    quantization: str | None = None
    kv_cache_dtype: str | None = None
    adapter: str | None = None
    """A LoRA adapter's folder or Hub name, used for every request."""
    max_lora_rank: int = Field(64, ge=1)
    speculative: dict[str, Any] | None = None
    """vLLM's speculative-config, such as `{method: ngram, num_speculative_tokens: 4, prompt_lookup_max: 4}`."""
    prefix_caching: bool = True
    seeds: bool = False
    """Send each request's seed. A seed of its own for each request slows vLLM's sampler (see docs/engines.md)."""
    args: dict[str, Any] = Field(default_factory=dict)
    """Any other argument of vLLM's server by its name: `{cpu-offload-gb: 8, enforce-eager: true}`."""
    python: Path | None = None
    """The interpreter of an environment that has vLLM, if it is not this one."""
    timeout: float = Field(3600, gt=0)
    """Seconds until an answer is given up."""
    start_timeout: float = Field(1800, gt=0)
    """Seconds that loading the model may take."""
    restarts: int = Field(3, ge=0)
    """How often a crashed server is started again in one run."""

    @property
    def can(self) -> frozenset[Ability]:
        """What vLLM can do with a checkpoint of this kind."""
        if self.task != "generate":
            return frozenset({self.task})
        return (Vllm.can - {"embed", "score"}) | {"instruct"}

    @property
    def room(self) -> dict[str, float]:
        """A share of the memory of each of its GPUs."""
        gpus = [gpu for replica in range(self.data_parallel) for gpu in self._gpus_of(replica)]
        return self.takes or {f"gpu {number}": self.gpu_memory_utilization for number in gpus}

    def identity(self) -> dict[str, Any]:
        """The checkpoint's name, with what its files are made of if it is a folder, and what changes its answers."""
        return {"model": self.model_name, **self._checkpoint}

    @cached_property
    def _checkpoint(self) -> dict[str, Any]:
        return {
            "files": [fingerprint(Path(name)) for name in (self.model, self.adapter) if name and Path(name).is_dir()],
            "task": self.task,
            "dtype": self._dtype,
            "quantization": self.quantization,
            "kv_cache_dtype": self.kv_cache_dtype,
            "adapter": _name_of(self.adapter) if self.adapter else None,
            "args": {name: value for name, value in self._args.items() if name not in _SPEED},
        }

    @cached_property
    def own_license(self) -> str | None:
        """What the cards of the checkpoint and of the adapter say; of either, that it says nothing."""
        from factory.engines._license import of_checkpoint

        found = {of_checkpoint(name) or "unknown" for name in (self.model, self.adapter) if name}
        return " AND ".join(sorted(found))

    @property
    def model_name(self) -> str:
        """The folder's name, or the name on the Hub."""
        return _name_of(self.model)

    @property
    def _args(self) -> dict[str, Any]:
        return {name.replace("_", "-"): value for name, value in self.args.items()}

    @property
    def _dtype(self) -> str:
        return self.dtype or ("float32" if self.task == "score" else "auto")

    def check(self) -> None:
        """Raise ValueError if vLLM or the checkpoint is not there."""
        if self.python is not None and not self.python.is_file():
            raise ValueError(f"python: there is no interpreter {self.python}")
        if self.python is None and importlib.util.find_spec("vllm") is None:
            raise ValueError("vLLM is not installed: pip install 'factory[vllm]', or name an interpreter as `python`")
        if "://" not in self.model:  # as vLLM streams from a bucket
            _hub.check(self.model)
        if self.adapter:
            _hub.check(self.adapter, "adapter")
        wanted = self.tensor_parallel * self.pipeline_parallel * self.data_parallel
        if self.gpus and len(self.gpus) != wanted:
            raise ValueError(f"gpus: {len(self.gpus)} are named, and the three kinds of parallel make {wanted}")
        highest = max(range(wanted) if self.gpus is None else self.gpus, default=0)
        if (allotted := _allotted()) and highest >= len(allotted):
            raise ValueError(f"gpus: number {highest} is not among the {len(allotted)} of CUDA_VISIBLE_DEVICES")

    @cached_property
    def chat_template(self) -> "ChatTemplate":
        """Read the checkpoint's chat template. Raises ValueError."""
        from factory.engines._template import ChatTemplate

        return ChatTemplate.of(self.model)

    def build(self) -> Engine:
        """Make the engine: a server for each replica."""
        from factory.engines._fleet import Fleet, Place
        from factory.engines._limit import Limit
        from factory.engines._managed import ManagedServer

        places = []
        slots = int(_AHEAD * self.max_num_seqs)
        for replica in range(self.data_parallel):
            name = f"vLLM with {self.model_name}" + (f", replica {replica + 1}" if self.data_parallel > 1 else "")
            start = partial(self._start, self._gpus_of(replica))
            server = ManagedServer(name, start, self._connect, self.restarts)
            places.append(Place(server, Limit(fixed=slots)))
        return Fleet(places, self.patience)

    def _gpus_of(self, replica: int) -> Sequence[int]:
        size = self.tensor_parallel * self.pipeline_parallel
        gpus = range(size * self.data_parallel) if self.gpus is None else self.gpus
        return gpus[replica * size : (replica + 1) * size]

    async def _start(self, gpus: Sequence[int], folder: Path, key: str) -> asyncio.subprocess.Process:
        environment = {**os.environ, **_QUIET, "VLLM_API_KEY": key, "CUDA_VISIBLE_DEVICES": _visible(gpus)}
        with (folder / "log").open("wb") as log:
            return await asyncio.create_subprocess_exec(
                str(self.python or sys.executable),
                "-m",
                "vllm.entrypoints.openai.api_server",
                *self._arguments(folder / "socket"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                start_new_session=True,  # Ctrl-C is for the run, which lets requests in flight come in
                preexec_fn=die_with_parent,
            )

    async def _connect(self, child: asyncio.subprocess.Process, folder: Path, key: str) -> "HttpEngine | None":
        """Wait until it serves, on a socket in its own folder: vLLM asks for the key on some of its paths only."""
        from factory.engines._http import HttpEngine

        asked_for = _ADAPTER if self.adapter else self.model_name
        dialect = Vllm("http://localhost/v1", asked_for, {}, self.template(), self.seeds)
        client = HttpEngine(dialect, self.model_name, self.timeout, key, folder / "socket")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.start_timeout):
                while child.returncode is None:
                    if await client.revive():
                        return client
                    await asyncio.sleep(0.5)
        return None

    def _arguments(self, socket: Path) -> list[str]:
        named: dict[str, Any] = {
            "model": self.model,
            "served-model-name": self.model_name,
            "uds": socket,
            "tensor-parallel-size": self.tensor_parallel,
            "pipeline-parallel-size": self.pipeline_parallel,
            "gpu-memory-utilization": self.gpu_memory_utilization,
            "max-num-seqs": self.max_num_seqs,
            "max-num-batched-tokens": self.max_num_batched_tokens,
            "max-model-len": self.max_model_len,
            "dtype": self._dtype,
            "quantization": self.quantization,
            "kv-cache-dtype": self.kv_cache_dtype,
            "speculative-config": self.speculative,
            "enable-prefix-caching": self.prefix_caching if self.task == "generate" else None,
            "generation-config": "vllm",  # samplers that a request does not name are off, whatever the checkpoint says
            # Without white space, which a small model can fill its whole answer with.
            "structured-outputs-config": {"backend": "xgrammar", "disable_any_whitespace": True},
            "disable-log-stats": True,  # counted at each step for each request, as `LLM.chat` does not
            "uvicorn-log-level": "warning",
            "runner": None if self.task == "generate" else "pooling",
            "convert": {"embed": "embed", "score": "classify"}.get(self.task),
        }
        if self.adapter:
            named |= {
                "enable-lora": True,
                "lora-modules": f"{_ADAPTER}={self.adapter}",
                "max-lora-rank": self.max_lora_rank,
            }
        return [word for name, value in (named | self._args).items() for word in _argument(name, value)]


def _argument(name: str, value: Any) -> list[str]:
    """Write an argument as the command line wants it; None leaves it out."""
    if value is None:
        return []
    if isinstance(value, bool):
        return [f"--{name}" if value else f"--no-{name}"]
    if isinstance(value, list | tuple):
        return [f"--{name}", *map(str, value)]
    return [f"--{name}", json.dumps(value) if isinstance(value, dict) else str(value)]


def _name_of(model: str) -> str:
    return Path(model).resolve().name if Path(model).is_dir() else model


def _allotted() -> list[str]:
    """List the GPUs that a scheduler has given to this process; empty if it was not said."""
    return [name for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name]


def _visible(gpus: Sequence[int]) -> str:
    """Name the GPUs as CUDA wants them, among those allotted."""
    allotted = _allotted()
    return ",".join(allotted[number] if allotted else str(number) for number in gpus)
