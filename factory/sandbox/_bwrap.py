"""Runs a program in bubblewrap, with this very interpreter, limited from within before the program begins.

A short program of ours starts first. Under root it becomes a user that nobody else has, as root is held by no
limit; it sets the limits, which nobody but root can raise again, and then compiles the program and runs it. Limits
that are set inside a user namespace count only what is in it, and another user's count is another one: so sandboxes
do not take from each other, nor from us.
"""

import fcntl
import itertools
import math
import os
import platform
import selectors
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from factory.errors import RunError
from factory.sandbox import _seccomp
from factory.sandbox._outcome import MIB, START_SECONDS, End, Limits, Outcome, make

_SCRATCH = 64 * MIB
_THREADS = 64
_FILES = 64
_STARTED = b"\x06"
"""What the sandbox writes to standard output before the program begins."""
_BOOT = """
def boot():
    import os, resource, sys
    uid, memory, seconds, processes, files, scratch = map(int, sys.argv[1:])
    os.closerange(3, 1024)
    if uid:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    limits = dict(AS=memory, CPU=seconds, NPROC=processes, NOFILE=files, FSIZE=scratch, CORE=0, MSGQUEUE=0, MEMLOCK=0)
    for name, most in limits.items():
        resource.setrlimit(getattr(resource, "RLIMIT_" + name), (most, most))
    def say(kind, error, trace):
        while trace is not None and trace.tb_frame.f_code.co_filename == "<string>":
            trace = trace.tb_next
        sys.__excepthook__(kind, error.with_traceback(trace), trace)
    sys.excepthook = say
    sys.argv[:] = ["/program.py"]
    os.write(1, b"\\x06")
    with open("/program.py", encoding="utf-8") as file:
        return compile(file.read(), "/program.py", "exec", dont_inherit=True)
exec(globals().pop("boot")())
"""
_ENVIRONMENT = {
    "HOME": "/tmp",  # noqa: S108 - inside
    "LANG": "C.UTF-8",
    "LD_LIBRARY_PATH": "/python/lib",
    "MALLOC_ARENA_MAX": "1",  # an arena per thread would use up the address space
    "PYTHONHASHSEED": "0",
}
_UIDS = itertools.count()
"""Users 61184 to 65519 are for services that have none of their own (https://systemd.io/UIDS-GIDS)."""


def run(program: bytes, stdin: bytes, limits: Limits) -> Outcome:
    """Run a program. Raises RunError if the sandbox does not start."""
    bwrap = shutil.which("bwrap") or "bwrap"
    with (
        _in_memory(program) as code,
        _in_memory(stdin) as given,
        _in_memory(_seccomp.make(limits.processes > 1)) as rules,
    ):
        process = subprocess.Popen(  # noqa: S603
            [bwrap, *_view(), "--perms", "0444", "--ro-bind-data", str(code), "/program.py", "--remount-ro", "/",
             "--seccomp", str(rules), *_python(limits)],
            stdin=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=_ENVIRONMENT, pass_fds=(code, rules),
            cwd="/", start_new_session=True,  # a Ctrl-C is for us: a training finishes its step
        )  # fmt: skip
    try:
        stdout, stderr, end, seconds = _watch(process, limits)
    finally:
        process.kill()  # and with it all that is in the sandbox (--die-with-parent)
        for pipe in (process.stdout, process.stderr):
            assert pipe is not None  # noqa: S101 - asked for above
            pipe.close()
        status = process.wait()
    if not stdout.startswith(_STARTED):
        said = stderr.decode("utf-8", "replace").strip() or f"exit code {status}"
        raise RunError(f"the sandbox did not start: {said.splitlines()[-1]}")
    if status == 128 + 24:  # SIGXCPU
        end = "timeout"
    return make(stdout[1:], stderr, status if end is None else None, end, seconds)


@contextmanager
def _in_memory(content: bytes) -> Iterator[int]:
    """Open a file that is nowhere on disk and that nobody can change."""
    file = os.memfd_create("", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        left = memoryview(content)
        while left:
            left = left[os.write(file, left) :]
        os.lseek(file, 0, os.SEEK_SET)
        seals = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
        fcntl.fcntl(file, fcntl.F_ADD_SEALS, seals)
        yield file
    finally:
        os.close(file)


@cache
def _view() -> tuple[str, ...]:
    """Give the options that say what the sandbox shares and shows: nothing, and the interpreter with its libraries."""
    options = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    options += ["--die-with-parent", "--new-session", "--hostname", "sandbox", "--cap-drop", "ALL"]
    if os.geteuid() == 0:
        options += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]  # to become another user, and then none
    else:
        # bubblewrap's own first process would be the same user's, and open to the program by way of /proc.
        options += ["--unshare-user", "--uid", "65534", "--gid", "65534", "--as-pid-1"]
    for folder in ("/python", "/python/bin", "/usr", "/usr/share", "/etc", "/dev"):
        options += ["--perms", "0755", "--dir", folder]
    executable = Path(os.path.realpath(getattr(sys, "_base_executable", sys.executable)))
    options += ["--ro-bind", str(executable), "/python/bin/python"]
    options += ["--ro-bind", f"{os.path.realpath(sys.base_prefix)}/{sys.platlibdir}", f"/python/{sys.platlibdir}"]
    if sys.platlibdir != "lib":
        options += ["--ro-bind-try", f"{os.path.realpath(sys.base_prefix)}/lib", "/python/lib"]
    for shown in ("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/etc/ld.so.cache", "/usr/share/zoneinfo"):
        options += ["--ro-bind-try", shown, shown]
    for device in ("null", "zero", "full", "random", "urandom"):
        options += ["--dev-bind", f"/dev/{device}", f"/dev/{device}"]
    options += ["--proc", "/proc", "--perms", "1777", "--size", str(_SCRATCH), "--tmpfs", "/tmp", "--chdir", "/tmp"]  # noqa: S108
    return tuple(options)


def _python(limits: Limits) -> list[str]:
    # The process's own number keeps the workers of a run, which are forks of each other, apart.
    uid = 61184 + (61 * os.getpid() + next(_UIDS)) % 4336 if os.geteuid() == 0 else 0
    processes = limits.processes if limits.processes > 1 else _THREADS
    numbers = (uid, limits.memory_mb * MIB, math.ceil(limits.seconds) + 1, processes, _FILES, _SCRATCH)
    # Not -I, which would ignore the fixed hash seed; -P, -s and -S are the rest of it.
    return ["/python/bin/python", "-P", "-s", "-S", "-B", "-X", "utf8", "-c", _BOOT, *map(str, numbers)]


def _watch(process: "subprocess.Popen[bytes]", limits: Limits) -> tuple[bytes, bytes, End | None, float]:
    """Read both streams until they end or a limit is reached; the seconds count from the program's beginning."""
    assert process.stdout is not None and process.stderr is not None  # noqa: S101 - asked for above
    streams = {process.stdout.fileno(): bytearray(), process.stderr.fileno(): bytearray()}
    stdout, stderr = streams.values()
    most = 1024 * limits.output_kb
    began = time.monotonic()
    deadline = began + START_SECONDS
    end: End | None = None
    with selectors.PollSelector() as selector:
        for stream in streams:
            selector.register(stream, selectors.EVENT_READ)
        while selector.get_map() and end is None:
            ready = selector.select(max(0.0, deadline - time.monotonic()))
            if not ready:
                end = "timeout"
            for key, _ in ready:
                chunk = os.read(key.fd, 65536)
                if not chunk:
                    selector.unregister(key.fd)
                elif key.fd == process.stdout.fileno() and not stdout:
                    began = time.monotonic()
                    deadline = began + limits.seconds
                streams[key.fd] += chunk
                if len(streams[key.fd]) > most + (streams[key.fd] is stdout):
                    end = "output"
    if end is None:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            end = "timeout"
    seconds = time.monotonic() - began
    return bytes(stdout[: most + 1]), bytes(stderr[:most]), end, seconds


@cache
def why_not() -> str:
    """Say why this cannot be used here; "" if it can. Tried once."""
    if shutil.which("bwrap") is None:
        return "bubblewrap is not installed: apt-get install bubblewrap"
    if platform.machine() not in _seccomp.ARCHITECTURES:
        return f"bwrap is set up for {' and '.join(_seccomp.ARCHITECTURES)}, not for {platform.machine()}"
    try:
        outcome = run(b"print(1)", b"", Limits(seconds=START_SECONDS))
    except RunError as error:
        return f"bwrap does not work here ({error}){_advice()}"
    return "" if outcome.end == "ok" else f"bwrap runs nothing here: {outcome.stderr.strip()[-200:]}"


def _advice() -> str:
    if os.geteuid() == 0:
        return ": start the container with --cap-add SYS_ADMIN, or with --privileged"
    wanted = {
        "kernel.unprivileged_userns_clone": "1", "kernel.apparmor_restrict_unprivileged_userns": "0",
        "user.max_user_namespaces": "10000",
    }  # fmt: skip
    for name, value in wanted.items():
        file = Path("/proc/sys", *name.split("."))
        if file.exists() and (file.read_text().strip() == "0") == (value != "0"):
            return f": user namespaces are off: sysctl -w {name}={value}"
    return ": this user may not make user namespaces, and bubblewrap needs them or root"
