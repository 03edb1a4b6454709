"""What a program in a sandbox may use, and how it ended: data only."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, Field

Backend = Literal["bwrap", "wasi"]
End = Literal["ok", "error", "timeout", "memory", "output"]

MIB = 2**20
START_SECONDS = 60
"""What a sandbox may take to start on a busy machine, before the program's own time begins."""


class Limits(BaseModel, frozen=True, extra="forbid"):
    """What a program may use; what it is stopped for is the `end` of its outcome."""

    seconds: Annotated[float, Field(gt=0, le=3600)] = 5
    """Of wall time once the sandbox has started; of processor time one more."""
    memory_mb: Annotated[int, Field(ge=64, le=65536)] = 256
    """Of each process, beside 64 MiB of scratch files."""
    processes: Annotated[int, Field(ge=1, le=256)] = 1
    """1: threads, but no other process. More: so many processes and threads together. `wasi` has neither."""
    output_kb: Annotated[int, Field(ge=1, le=65536)] = 256
    """Of standard output, and as much of standard error."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a program ended; bytes that are not UTF-8 become U+FFFD.

    `end` is "ok" for exit code 0, and "error" for another one or a crash. `code` is 128 + N after signal N, and None
    where the program did not come to its end. `seconds` is wall time from the program's beginning.
    """

    stdout: str
    stderr: str
    code: int | None
    end: End
    seconds: float


def make(stdout: bytes, stderr: bytes, code: int | None, end: End | None, seconds: float) -> Outcome:
    """Make an outcome of what was read; without an `end`, the code and the last words say which it is."""
    out, err = stdout.decode("utf-8", "replace"), stderr.decode("utf-8", "replace")
    if end is None:
        end = "ok" if code == 0 else "memory" if "MemoryError" in err[-400:] else "error"
    return Outcome(out, err, code, end, seconds)
