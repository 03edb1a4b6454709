"""What a run makes of a server that fails in every way there is: rows lost, rows hung, faults counted, time taken.

    python bench/faults.py [--rows 10000] [--share 0.2] [--outage 60] [--smoke]

Three servers, each in a process of its own, before a real `factory run`:
- one of whose replies a share is faulty, by turns in each way that tests/server.py lists. A prompt that is said to be
  too long is so each time, and its row must be rejected with that reason; the rest is drawn anew for each request.
  Beside it the same run with no faults.
- one that goes down in mid-run and comes back `--outage` seconds later: the run waits and goes on.
- one that goes down for good: exit code 1, what was answered is on disk, the same command asks only the rest.

Bars: 0 rows lost, 0 hung, the faults that the run counted those that the server made.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
from tests.server import FAULTS, Server  # noqa: E402

IN_FLIGHT = 256
ANSWER_SECONDS = 0.1
PATIENCE = 1
HUNG_SECONDS = 600
KINDS = {
    "closed without a word": "connection",
    "reset in mid-answer": "malformed",
    "never answers": "timeout",
    "429 with Retry-After": "rate_limit",
    "500": "server",
    "502": "busy",
    "503": "busy",
    "truncated body": "malformed",
    "not JSON": "malformed",
    "wrong shape": "malformed",
    "wrong n": "malformed",
    "empty choice": "empty",
    "context overflow": "too_long",
}
"""What the run calls each way to fail."""
PIPELINE = """\
name: faults
engines:
  generator:
    kind: openai
    base_url: "{url}"
    model: toy
    concurrency: {in_flight}
    timeout: 2
    patience: {patience}
    attempts: 10  # of the default 6, all are faulty for one row in 200,000 at 13 % of faults that count
stages:
  - read: {{file: "{rows}", columns: {{problem: text, answer: text}}, constants: {{language: en}}}}
  - solve: {{engine: generator, n: 2}}
export:
  grpo: {{prompt: problem, answer: answer}}
  carry: [solutions]
"""


def serve(share: float) -> None:
    """Serve, and do what each line of the standard input says: start, stop, or tell what was counted."""
    made: Counter[str] = Counter()
    others = [name for name in FAULTS if name != "context overflow"]

    async def behave(body: dict[str, Any], before: int) -> Any:
        prompt = body["messages"][-1]["content"]
        kind = None
        if random.Random(prompt).random() < share / len(FAULTS):
            kind = "context overflow"
        else:
            draw = random.Random(f"{before} {prompt}")
            if draw.random() < share:
                kind = draw.choice(others)
        if kind is None:
            return None
        made[kind] += 1
        return FAULTS[kind]

    server = Server(behave, seconds=ANSWER_SECONDS)
    with server:
        print(server.url, flush=True)
        for line in sys.stdin:
            if line == "stop\n":
                server.stop()
            elif line == "start\n":
                server.start()
            print(
                json.dumps({"asked": sum(server.asked.values()), "rows": len(server.asked), "made": made}), flush=True
            )


class Remote:
    """A server in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.url = self._line()

    def tell(self, command: str = "count") -> dict[str, Any]:
        """Let it start, stop or only count; gives what it has counted."""
        assert self._process.stdin  # noqa: S101 - it is a pipe
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        counted: dict[str, Any] = json.loads(self._line())
        return counted

    def _line(self) -> str:
        assert self._process.stdout  # noqa: S101 - it is a pipe
        return self._process.stdout.readline().strip()

    def asked(self, wanted: int) -> dict[str, Any]:
        """Wait until it has been asked so often."""
        deadline = time.monotonic() + HUNG_SECONDS
        while (counted := self.tell())["asked"] < wanted and time.monotonic() < deadline:
            time.sleep(0.02)
        return counted


@contextmanager
def remote(share: float) -> Iterator[Remote]:
    command = [sys.executable, __file__, "--serve", str(share)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Remote(process)
        finally:
            process.kill()


class Folder:
    """A pipeline of so many rows, and where its run is kept."""

    def __init__(self, folder: Path, url: str, rows: int, patience: float = 120) -> None:
        folder.mkdir()
        self._folder = folder
        problems = [{"problem": f"Problem {number}: what is {number} + 1?", "answer": "2"} for number in range(rows)]
        (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, problems)))
        text = PIPELINE.format(url=url, in_flight=IN_FLIGHT, rows=folder / "rows.jsonl", patience=patience)
        (folder / "faults.yaml").write_text(text)

    def start(self) -> "subprocess.Popen[str]":
        """Start the command, as a user would."""
        with (self._folder / "stderr").open("w") as err:
            command = [sys.executable, "-m", "factory", "run", "faults.yaml", "--out", "outputs/faults"]
            return subprocess.Popen(command, cwd=self._folder, stdout=subprocess.DEVNULL, stderr=err, text=True)

    def run(self) -> tuple[int | None, float]:
        """Run to the end; gives the exit code, None if it hung, and the seconds."""
        began = time.monotonic()
        return ended(self.start()), time.monotonic() - began

    @property
    def told(self) -> dict[str, Any]:
        """What run.json holds."""
        run: dict[str, Any] = json.loads((self._folder / "outputs" / "faults" / "run.json").read_text())
        return run

    @property
    def complaint(self) -> str:
        """What stderr got."""
        return (self._folder / "stderr").read_text().strip()


def ended(process: "subprocess.Popen[str]") -> int | None:
    try:
        return process.wait(HUNG_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return None


def faultless(folder: Path, rows: int) -> bool:
    """Run without faults, for the time it takes."""
    with remote(0) as server:
        code, seconds = Folder(folder / "plain", server.url, rows).run()
    print(f"no faults: {rows:,} rows, {seconds:.1f} s, exit code {code}", flush=True)
    return code == 0


def faulty(folder: Path, rows: int, share: float) -> bool:
    """Run with faults."""
    with remote(share) as server:
        run = Folder(folder / "faulty", server.url, rows)
        code, seconds = run.run()
        counted = server.tell()
    made = Counter(counted["made"])
    solved = run.told["stages"][1]
    lost = rows - solved["accepted"] - made["context overflow"]
    print(
        f"{sum(made.values()) / counted['asked']:.0%} of replies faulty: {seconds:.1f} s, exit code {code}; "
        f"{solved['accepted']:,} accepted, {solved['rejected']:,} rejected as too long, {solved['failed']:,} failed"
    )
    print(f"rows lost: {lost}   runs hung: {int(code is None)}")
    requests = run.told["requests"]
    counts_agree = compare(made, requests.get("faults", {}))
    print(f"asked: {counted['asked']:,} by the server's count, {requests['sent']:,} by the run's")
    agree = counts_agree and counted["asked"] == requests["sent"]
    return code == 0 and lost == 0 and solved["rejected"] == made["context overflow"] and agree


def compare(made: Counter[str], counted: dict[str, int]) -> bool:
    """Print the faults by kind, by the server's count and by the run's; says whether they agree."""
    agree = True
    for kind in dict.fromkeys(KINDS.values()):
        ways = [name for name in KINDS if KINDS[name] == kind]
        total = sum(made[name] for name in ways)
        agree &= total == counted.get(kind, 0)
        detail = ", ".join(f"{name} {made[name]}" for name in ways)
        print(f"  {kind:<11} made {total:>5}   counted {counted.get(kind, 0):>5}   ({detail})")
    return agree


def outage(folder: Path, rows: int, seconds: float) -> bool:
    """Take the server down in mid-run and bring it back."""
    with remote(0) as server:
        run = Folder(folder / "outage", server.url, rows, patience=max(4 * seconds, 30))
        process = run.start()
        server.asked(rows // 3)
        server.tell("stop")
        time.sleep(seconds)
        waited = process.poll() is None
        server.tell("start")
        back = time.monotonic()
        server.asked(rows // 3 + 2 * IN_FLIGHT)
        again = time.monotonic() - back
        code = ended(process)
        counted = server.tell()
    solved = run.told["stages"][1]
    print(
        f"down for {seconds:g} s: exit code {code}, {rows - solved['accepted']} of {rows:,} rows lost, "
        f"{counted['asked'] - rows} asked again ({IN_FLIGHT} were in flight), at work again {again:.1f} s after"
    )
    print(f"  the run's count: {run.told['requests']}")
    return waited and code == 0 and solved["accepted"] == rows and counted["asked"] - rows <= IN_FLIGHT


def gone(folder: Path, rows: int) -> bool:
    """Take the server down for good, then run again."""
    with remote(0) as server:
        run = Folder(folder / "gone", server.url, rows, patience=PATIENCE)
        process = run.start()
        server.asked(rows // 2)
        done = server.tell("stop")["asked"]
        down = time.monotonic()
        code = ended(process)
        took = time.monotonic() - down
        complaint = run.complaint
        server.tell("start")
        again = ended(run.start())
        counted = server.tell()
    twice = counted["asked"] - rows
    print(f"down for good, patience {PATIENCE} s: exit code {code} after {took:.1f} s, {done:,} of {rows:,} asked")
    print(f"  {complaint}")
    print(
        f"  again: exit code {again}, {counted['asked'] - done:,} asked, {twice} of them twice ({IN_FLIGHT} were open)"
    )
    told = complaint.count("\n") == 0 and "the same command goes on from here" in complaint
    return code == 1 and told and again == 0 and twice <= IN_FLIGHT and run.told["stages"][1]["accepted"] == rows


def main() -> int:
    """Print what came of it all; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--share", type=float, default=0.2, help="of replies that are faulty")
    parser.add_argument("--outage", type=float, default=60, help="seconds")
    parser.add_argument("--smoke", action="store_true", help="few rows and a short outage")
    parser.add_argument("--serve", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve is not None:
        serve(options.serve)
        return 0
    rows, seconds = (200, 0.5) if options.smoke else (options.rows, options.outage)
    with tempfile.TemporaryDirectory() as name:
        held = [
            options.smoke or faultless(Path(name), rows),
            faulty(Path(name), rows, options.share),
            outage(Path(name), max(rows // 2, 600), seconds),
            gone(Path(name), max(rows // 2, 600)),
        ]
    print("all bars held" if all(held) else "a bar was missed")
    return int(not all(held))


if __name__ == "__main__":
    sys.exit(main())
