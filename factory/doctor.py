"""What to run first when something is wrong: what is installed, which GPUs there are, whether each engine answers.

    engine generator: Qwen/Qwen3-8B
      ok       start         0.4 s
      ok       answer        a short one took 0.31 s
      ok       probe         41.20 requests/s, 4,870 tokens/s written, 5,310 read; 127.5 in flight of 128; median 3.10 s
      ok       requests      512 of the pipeline's own (solve); answers cut at 128 tokens
    engine judge: openai/gpt-oss-120b
      wrong    start         no server answers at http://node1:8000/v1: All connection attempts failed; is it running?
                             do: start it there, such as with `vllm serve openai/gpt-oss-120b`, or correct `base_url`

An engine is asked directly, around the journal and the store: nothing is written.
"""

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from factory import machine
from factory.engine import Engine, EngineSpec, fit
from factory.errors import RunError, UserError
from factory.machine import Finding, Mark
from factory.plan import Plan, Step
from factory.probe import MAX_TOKENS, Own, Probe, again_and_again, any_requests, measure, own_requests
from factory.report import duration
from factory.request import FaultKind, Request

_STYLES: dict[Mark, str] = {"ok": "green", "note": "yellow", "missing": "bold red", "wrong": "bold red"}
_OWN_FILES = 128
"""Files that a run holds open beside one connection for each request in flight."""
_ANSWER_SECONDS = 60
_ENOUGH = 10
"""Answers from which a rate says something about the time a run takes."""
ADVICE: dict[FaultKind, str] = {
    "connection": "see that the server runs (that its memory does not run out) and that `base_url` is its address",
    "busy": "wait until it has loaded its model; if it is overloaded, lower `concurrency`",
    "rate_limit": "lower `concurrency`, or ask for a higher limit",
    "denied": "see that the key in the variable named by `api_key_env` is valid and that `model` is served there",
    "timeout": "raise `timeout`, or lower `concurrency` or `max_tokens`",
    "server": "read the server's log",
    "malformed": "see that `base_url` ends where the API begins (mostly /v1) and that `server` names what runs there",
    "empty": "try the prompt by hand: the model has nothing to say to it",
    "too_long": "shorten the prompts, or start the server with a longer context",
    "refused": "see that `server` names what runs there; `extra_body` may have a key that it does not know",
}


def examine(plan: Plan | None, root: Path, seconds: float, console: Console) -> bool:
    """Print what is there and try the plan's engines one after the other; False if something needed is not right.

    `root` is where the run would be kept; each engine is probed for `seconds`. Raises UserError if the pipeline's
    own files are wrong.
    """
    right = _print(console, "machine", machine.resources(root))
    right &= _print(console, "GPUs", machine.gpus(plan.engines if plan else {}))
    right &= _print(console, "packages", machine.packages())
    slots = []
    for name, spec in plan.engines.items() if plan else ():
        assert plan is not None  # noqa: S101 - it has engines
        with console.status(f"engine {name}: starting, then asked for {seconds:g} s"):
            found, most = asyncio.run(try_engine(plan, name, spec, seconds))
        right &= _print(console, f"engine {name}: {spec.model_name}", found)
        slots.append(most)
    together = fit(plan.engines.values()) if plan else True
    held = sum(slots) if together else max(slots)
    files = machine.open_files()
    if held + _OWN_FILES > files:
        said = f"the engines hold {held:,} requests at once, and only {files:,} files may be open"
        right &= _print(console, "limits", [Finding("wrong", "open files", said, machine.more_files())])
    console.print("all that is needed is there" if right else "something that is needed is not right: see above")
    return right


def _print(console: Console, title: str, findings: Iterable[Finding]) -> bool:
    found = list(findings)
    console.print(Text(title, style="bold"))
    for mark, name, said, do in found:
        console.print(Text.assemble("  ", (f"{mark:<9}", _STYLES[mark]), f"{name:<14}", said))
        if do:
            console.print(Text(f"{'':25}do: {do}"))
    return not any(finding.mark in ("missing", "wrong") for finding in found)


async def try_engine(plan: Plan, name: str, spec: EngineSpec, seconds: float) -> tuple[list[Finding], int]:
    """Start an engine, ask it something short, probe it for `seconds`, close it: what was found, and its most slots."""
    steps = [step for step in plan.steps if step.engine == name]
    own = await asyncio.to_thread(own_requests, plan, name)
    requests = again_and_again(own.requests) if own.requests else any_requests(spec, steps)
    engine, found, slots = spec.build(), list[Finding](), 0
    try:
        began = time.monotonic()
        await engine.open()
        found.append(Finding("ok", "start", f"{time.monotonic() - began:.1f} s"))
        for place in getattr(engine, "places", ()):  # one of several servers may be away
            if place.out:
                found.append(_failed(spec, "start", place.out.message))
        slots = engine.slots
        found.append(await _short_answer(engine, next(requests)))
        if found[-1].mark == "ok" and seconds > 0:
            probe = await measure(engine, requests, seconds)
            slots = probe.slots[1]
            found += [*_measured(probe, own), *_faults(probe), *_time_left(plan, probe, own, steps)]
    except (UserError, RunError) as error:
        found.append(_failed(spec, "answer" if found else "start", str(error)))
    except Exception as error:  # noqa: BLE001 - a bug of one engine must not hide what is to be said of the others
        said = f"{type(error).__name__}: {error}"
        found.append(Finding("wrong", "answer" if found else "start", said, "report it: this is a bug of the engine"))
    finally:
        await engine.close()
    return found, slots


def _failed(spec: EngineSpec, name: str, said: str) -> Finding:
    """Say what to do about an engine that does not open, by what its block says."""
    block = spec.model_dump()
    do = "correct the engine's block under `engines:`"
    if "no server answers" in said:
        start = "llama-server -m FILE.gguf" if block.get("server") == "llama.cpp" else f"vllm serve {spec.model_name}"
        do = f"start it there, such as with `{start}`, or correct `base_url`"
    elif "refuses the key" in said:
        variables = " or ".join(f"${name}" for name in _variables(block))
        do = f"put a valid key into {variables}" if variables else "give `api_key_env: NAME`, and the key in $NAME"
    elif "has no model" in said:
        do = "correct `model`, or serve that one there"
    elif "memory" in said.lower():
        do = "see with nvidia-smi what else takes memory, or lower `gpu_memory_utilization` or `max_model_len`"
    return Finding("wrong", name, said, do)


def _variables(block: Any) -> list[str]:
    """Name the variables that a block takes keys from."""
    if isinstance(block, list | tuple):
        return [name for item in block for name in _variables(item)]
    if not isinstance(block, dict):
        return []
    own = block.get("api_key_env")
    return ([own] if own else []) + [name for value in block.values() for name in _variables(value)]


async def _short_answer(engine: Engine, request: Request) -> Finding:
    began = time.monotonic()
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            reply = await engine.ask(replace(request, n=1, max_tokens=32))
    except TimeoutError:
        return Finding("wrong", "answer", f"none to a short request in {_ANSWER_SECONDS} s", ADVICE["busy"])
    if reply.fault is not None:
        return Finding("wrong", "answer", str(reply.fault), ADVICE[reply.fault.kind])
    return Finding("ok", "answer", f"a short one took {time.monotonic() - began:.2f} s")


def _measured(probe: Probe, own: Own) -> Iterator[Finding]:
    if not probe.latencies:
        if not probe.faults:
            said = f"none of {probe.unfinished} requests was answered {probe.seconds:g} s and half a minute long"
            yield Finding("wrong", "probe", said, "too slow for this: a smaller model, a GPU, or lower `concurrency`")
        return
    least, most = probe.slots
    slots = f"{most}" if least == most else f"{least} to {most}"
    yield Finding(
        "ok",
        "probe",
        f"{probe.per_second(probe.requests):,.2f} requests/s, {probe.per_second(probe.written):,.0f} tokens/s written, "
        f"{probe.per_second(probe.read):,.0f} read; {probe.in_flight:.1f} in flight of {slots}; "
        f"median {probe.median_latency:.2f} s",
    )
    if own.requests:
        asked = f"{len(own.requests)} of the pipeline's own ({', '.join(sorted(own.stages))})"
    else:
        asked = "generic ones; what the pipeline asks here depends on other answers"
    cut = f"; answers cut at {MAX_TOKENS} tokens" if own.cut or not own.requests else ""
    late = f"; {probe.unfinished} not answered half a minute later" if probe.unfinished else ""
    yield Finding("ok", "requests", asked + cut + late)


def _faults(probe: Probe) -> Iterator[Finding]:
    for kind, count in probe.faults.most_common():
        said = f"{count} of {len(probe.latencies) + probe.faults.total()}: {probe.examples[kind]}"
        few = count <= 0.1 * len(probe.latencies)
        yield Finding("note" if few else "wrong", "faults", said, ADVICE[kind])


def _time_left(plan: Plan, probe: Probe, own: Own, steps: Sequence[Step]) -> Iterator[Finding]:
    """Estimate how long the requests seen take for all rows; not where answers were cut or the rate is unsure."""
    steady = probe.slots[0] == probe.slots[1] and not probe.faults and len(probe.latencies) >= _ENOUGH
    if not own.requests or own.cut or not steady:
        return
    rows = sum(stop - start for start, stop in plan.ranges)
    seconds = rows * len(own.requests) / own.rows / probe.per_second(probe.requests)
    later = {step.label for step in steps} - own.stages
    more = f"; {', '.join(sorted(later))} come on top" if later else ""
    yield Finding("ok", "time", f"about {duration(seconds)} for these requests of all {rows:,} rows{more}")
