"""A reward model, or another sequence classifier, run by the transformers library: on a GPU, or without one.

    engines:
      reward: {kind: transformers, model: outputs/reward_model}
      toxicity: {kind: transformers, model: models/toxic-bert, chats: false}

It answers `score` requests with the logits as they are. The model lives in a child process, which is asked over a
pipe: a crash of it is not a crash of the run, and its computing does not hold up the runner. For a large model on a
GPU, `vllm` with `task: score` is faster; the scores are the same.
"""

import asyncio
import contextlib
import json
import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import orjson
from pydantic import Field

from factory.engine import Engine, EngineSpec
from factory.engines import _hub
from factory.engines._weights import fingerprint
from factory.request import Ability

if TYPE_CHECKING:
    from factory.engines._pipe import Pipe
    from factory.engines._template import ChatTemplate

_BATCHES = 4
"""Requests held for each one of a batch: the more of them are sorted together, the less padding there is."""
_LONGEST_LINE = 1 << 24
_AUTO = "AutoModelForSequenceClassification"


class Spec(EngineSpec):
    """The block of an engine that scores with the transformers library."""

    model: str
    """A checkpoint's folder, or its name on the Hugging Face Hub."""
    chats: bool = True
    """Whether it is asked about chats, for which the checkpoint must have a template; without, about plain texts."""
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"
    """Of weights and computing. Half precision moves scores by several hundredths."""
    device: str = Field("auto", pattern=r"^(auto|cpu|cuda(:\d+)?|mps)$")
    """A GPU if there is one, without it."""
    max_length: int | None = Field(None, ge=1)
    """Tokens of a text; a longer one is not cut off but has no score. The checkpoint's own maximum without it."""
    batch_size: int = Field(64, ge=1)
    """Texts computed at once."""
    batch_tokens: int | None = Field(None, ge=1)
    """Tokens computed at once, padding counted: 16384 on a GPU and 1024 on a CPU, which more makes slower, without it.
    A GPU whose memory they do not fit in gets fewer."""
    trust_remote_code: bool = False
    """Run the code that comes with the checkpoint, for a model that the library does not know."""
    timeout: float = Field(3600, gt=0)
    """Seconds until an answer is given up."""
    start_timeout: float = Field(1800, gt=0)
    """Seconds that loading the model may take."""
    restarts: int = Field(3, ge=0)
    """How often a crashed process is started again in one run."""

    @property
    def can(self) -> frozenset[Ability]:
        """A classifier writes no text."""
        return frozenset({"score"})

    def identity(self) -> dict[str, Any]:
        """The checkpoint's name, with what its files are made of if it is a folder, and how exactly it computes."""
        return {"model": self.model_name, "files": self._content, "dtype": self.dtype}

    @cached_property
    def _content(self) -> str | None:
        return fingerprint(Path(self.model)) if Path(self.model).is_dir() else None

    @cached_property
    def own_license(self) -> str | None:
        """What the checkpoint's card says."""
        from factory.engines._license import of_checkpoint

        return of_checkpoint(self.model)

    @property
    def model_name(self) -> str:
        """The folder's name, or the name on the Hub."""
        return Path(self.model).resolve().name if Path(self.model).is_dir() else self.model

    def check(self) -> None:
        """Raise ValueError if the checkpoint is not there, is no classifier, or has no chat template for chats."""
        config = self._config
        kinds = config.get("architectures") or ["model of no kind that its config.json names"]
        own_code = self.trust_remote_code and _AUTO in config.get("auto_map", {})
        if not own_code and not any(kind.endswith("ForSequenceClassification") for kind in kinds):
            expected = "expected a sequence classifier, such as LlamaForSequenceClassification"
            raise ValueError(f"model: {self.model} is a {kinds[0]}; {expected}")
        longest = config.get("max_position_embeddings")
        if self.max_length and longest and self.max_length > longest:
            raise ValueError(f"max_length: {self.model} reads {longest} tokens at most, found {self.max_length}")
        if self.chats:
            try:
                _ = self.chat_template
            except ValueError as error:
                raise ValueError(f"model: {error}; `chats: false` if it is to score plain texts") from None

    @cached_property
    def _config(self) -> dict[str, Any]:
        """Read config.json. Raises ValueError."""
        _hub.check(self.model)
        folder = Path(self.model)
        path = folder / "config.json" if folder.is_dir() else _hub.fetched(self.model, "config.json")
        try:
            config = orjson.loads(path.read_bytes())
        except FileNotFoundError:
            raise ValueError(f"model: {self.model} is no checkpoint's folder: there is no config.json in it") from None
        except (OSError, orjson.JSONDecodeError) as error:
            raise ValueError(f"model: {path} cannot be read: {error}") from None
        if not isinstance(config, dict):
            raise ValueError(f"model: {path} is not a JSON object")
        return config

    @cached_property
    def chat_template(self) -> "ChatTemplate":
        """Read the checkpoint's chat template. Raises ValueError."""
        from factory.engines._template import ChatTemplate

        return ChatTemplate.of(self.model)

    def build(self) -> Engine:
        """Make the engine."""
        from factory.engines._fleet import Fleet, Place
        from factory.engines._limit import Limit
        from factory.engines._managed import ManagedServer

        server = ManagedServer(f"transformers with {self.model_name}", self._start, self._connect, self.restarts)
        return Fleet([Place(server, Limit(fixed=_BATCHES * self.batch_size))], self.patience)

    async def _start(self, folder: Path, key: str) -> asyncio.subprocess.Process:
        """Start the child; a pipe, which nobody else can write to, needs no key."""
        names = {"model", "dtype", "device", "max_length", "batch_size", "batch_tokens", "trust_remote_code"}
        with (folder / "log").open("wb") as log:
            child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "factory.engines._classifier_child",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                limit=_LONGEST_LINE,
                start_new_session=True,  # Ctrl-C is for the run, which lets requests in flight come in
            )
        assert child.stdin  # noqa: S101 - it is a pipe
        child.stdin.write(json.dumps(self.model_dump(include=names)).encode() + b"\n")
        return child

    async def _connect(self, child: asyncio.subprocess.Process, folder: Path, key: str) -> "Pipe | None":
        """Wait until the model is loaded."""
        from factory.engines._pipe import Pipe

        assert child.stdout  # noqa: S101 - it is a pipe
        with contextlib.suppress(TimeoutError):
            if await asyncio.wait_for(child.stdout.readline(), self.start_timeout):
                return Pipe(child, self.model_name, self.timeout)
        return None
