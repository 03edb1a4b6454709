"""How often the chosen answer of a pair is truly the better one, by the policy that picks the rejected one.

    python bench/pair_policies.py [--rows 200] [--noise 1.0] [--smoke]

A scripted model writes five candidates for each of 200 prompts, of a quality that is known: normally distributed, with
longer texts a little better, as they are. A scripted reward model sees the quality with noise of the same size, and
likes length more than it deserves, as reward models do (Singhal et al., arXiv:2310.03716). Each policy then makes its
pairs in a real `factory run`; the first asks the models, the others reuse every answer.

The bar: farthest and random beat nearest in the share of pairs whose chosen answer is truly the better one; changing
the policy asks nothing again.
"""

import argparse
import json
import math
import os
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import polars as pl

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
from factory.request import Reply, Request  # noqa: E402
from factory.rows import seed_of  # noqa: E402
from factory.stages._pairing import POLICIES  # noqa: E402

CANDIDATES = 5
PIPELINE = """\
name: policies
engines:
  generator: {{kind: scripted, script: "bench.pair_policies:answer", model: writer}}
  reward: {{kind: scripted, script: "bench.pair_policies:rate", model: judge}}
stages:
  - read: {{file: "{rows}", columns: {{instruction: text}}, constants: {{language: en}}}}
  - respond: {{engine: generator, n: {candidates}}}
  - score_reward: {{engine: reward}}
  - pair: {{by: reward, policy: nearest, band: [0.0, null], on_unscored: reject}}
export:
  test_share: 0
  carry: [margin, length_difference]
  dpo: {{prompt: instruction}}
"""


def answer(request: Request) -> list[str]:
    """Write candidates whose first word says how good each is."""
    draw = random.Random(request.seed)
    texts = []
    for _ in range(request.n):
        length = draw.randint(10, 60)
        quality = draw.gauss(0, 1) + 0.3 * (length - 35) / 15
        texts.append(f"quality={quality:.4f} " + " ".join(["word"] * length))
    return texts


def rate(request: Request) -> Reply:
    """Say how good an answer is, with an error of its own for each text."""
    text = request.messages[-1]["content"]
    noise = random.Random(seed_of(text)).gauss(0, float(os.environ["FACTORY_BENCH_NOISE"]))
    return Reply(numbers=(quality_of(text) + 0.3 * (len(text.split()) - 36) / 15 + noise,), model="judge")


def quality_of(text: str) -> float:
    """Read how good an answer truly is."""
    return float(re.findall(r"^quality=(-?[\d.]+)", text)[0])


def measure(folder: Path, policy: str, noise: float) -> dict[str, Any]:
    """Run the pipeline with a policy; gives what its pairs are like."""
    band = ["--set", "stages.pair.band=[0.5, 2.0]"] if policy == "margin" else []
    command = [sys.executable, "-m", "factory", "run", str(folder / "policies.yaml"), "--out", str(folder / "runs/out")]
    environment = {**os.environ, "FACTORY_BENCH_NOISE": str(noise), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*command, "--set", f"stages.pair.policy={policy}", *band],
        check=False,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(done.stderr)
    pairs = pl.read_parquet(folder / "runs/out/dataset/dpo/*.parquet")
    texts = [(row["chosen"][0]["content"], row["rejected"][0]["content"]) for row in pairs.to_dicts()]
    gaps = [quality_of(chosen) - quality_of(rejected) for chosen, rejected in texts]
    lengths = [len(chosen) - len(rejected) for chosen, rejected in texts]
    run = json.loads((folder / "runs/out/run.json").read_text())
    return {
        "pairs": len(gaps),
        "better": sum(gap > 0 for gap in gaps) / len(gaps),
        "gap": sum(gaps) / len(gaps),
        "margin": float(pairs["margin"].to_numpy().mean()),
        "length": sum(lengths) / len(lengths),
        "sent": run["last"]["requests"]["sent"],
    }


def main() -> int:
    """Print the table; gives 1 if a bar is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--noise", type=float, default=1.0)
    parser.add_argument("--smoke", action="store_true")
    arguments = parser.parse_args()
    rows = 100 if arguments.smoke else arguments.rows
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        records = "".join(json.dumps({"instruction": f"Prompt number {number}."}) + "\n" for number in range(rows))
        (folder / "rows.jsonl").write_text(records)
        text = PIPELINE.format(rows=folder / "rows.jsonl", candidates=CANDIDATES)
        (folder / "policies.yaml").write_text(text)
        found = {policy: measure(folder, policy, arguments.noise) for policy in POLICIES}
    print(
        f"{rows * CANDIDATES:,} candidates for {rows} prompts, noise of the reward {arguments.noise:g} of the quality's"
    )
    print("policy    pairs  truly better  true gap  margin  chosen longer by  requests sent")
    for policy, got in found.items():
        error = math.sqrt(got["better"] * (1 - got["better"]) / got["pairs"])
        print(
            f"{policy:9}{got['pairs']:6}   {got['better']:5.1%} ±{error:4.1%}{got['gap']:10.2f}{got['margin']:8.2f}"
            f"{got['length']:12.0f} chars{got['sent']:12}"
        )
    beaten = all(found[policy]["better"] > found["nearest"]["better"] for policy in ("farthest", "random"))
    reused = all(found[policy]["sent"] == 0 for policy in POLICIES[1:])
    print(f"farthest and random beat nearest: {'yes' if beaten else 'NO'}")
    print(f"another policy asks nothing: {'yes' if reused else 'NO'}")
    return 0 if beaten and reused else 1


if __name__ == "__main__":
    sys.exit(main())
