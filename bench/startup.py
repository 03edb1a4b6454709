"""How long a person waits for an answer that needs no model: `factory --help` and `factory plan`.

    python bench/startup.py

Bars: 0.25 s and 1 s. Beside them a bare `python -c pass`, since a busy machine slows all three alike.
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
COMMANDS = {
    "python -c pass": ([sys.executable, "-c", "pass"], None),
    "factory --help": ([sys.executable, "-m", "factory", "--help"], 0.25),
    "factory plan pipelines/math_sft.yaml": (
        [sys.executable, "-m", "factory", "plan", "pipelines/math_sft.yaml"],
        1.0,
    ),
}


def seconds(command: list[str], rounds: int) -> float:
    """Give the median wall time, after one warm-up."""
    taken = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken[1:])


def main() -> None:
    """Print the table; with --smoke, a round each, only to see that the commands work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true")
    rounds = 1 if parser.parse_args().smoke else 9
    for name, (command, bar) in COMMANDS.items():
        taken = seconds(command, rounds)
        print(f"{name:40} {taken:6.3f} s" + (f"   bar {bar} s" if bar else ""))


if __name__ == "__main__":
    main()
