"""The page of a training's curves, and of its answers if it drew some: one file, no scripts, nothing from outside.

    outputs/sums_grpo/curves.html

What comes from data is escaped by the template, and by the charts.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import polars as pl
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from factory import __version__
from factory.train import answers, curves
from factory.train.linechart import Line, line_chart, short

CHARTS: dict[str, tuple[tuple[str, ...], str]] = {
    "Loss": (("loss",), ""),
    "Reward": (
        ("reward", "reward by …"),
        "Each part as it is, and their sum by the weights. If only the form gets better, nothing was learnt.",
    ),
    "Spread of the rewards": (
        ("reward spread in the group", "groups without spread", "answers unscored"),
        "The standard deviation among the answers to a prompt. A group without any teaches nothing.",
    ),
    "Answer length": (
        ("answer length, mean", "answer length, shortest", "answer length, longest"),
        "In tokens.",
    ),
    "Answers cut": (("answers cut",), "Share of the answers that did not come to their end."),
    "KL": (("KL to the first model",), "How far the model is from where it began, per token."),
    "Reward of the answers": (
        ("reward of the chosen", "reward of the rejected"),
        "By how much likelier an answer has become, times beta.",
    ),
    "Margin": (("reward margin",), "The reward of the chosen less that of the rejected."),
    "Pairs told apart": (("pairs told apart",), "Share of the pairs whose chosen answer has the higher reward."),
    "Entropy": (("entropy",), "Of the next token."),
    "Token accuracy": (("token accuracy",), "Share of the tokens that the model would have chosen too."),
    "Gradient norm": (("gradient norm",), ""),
    "Learning rate": (("learning rate",), ""),
    "Tokens clipped": (("tokens clipped",), "Share of the tokens whose ratio is out of bounds."),
    "Time": (("seconds a step",), ""),
}
"""Title → names of the curves, and what is to be known of them; each with its held-out twin. `…` is any ending."""
_BINS = 10
"""Classes of length."""
_SHOWN_STEPS, _SHOWN_ANSWERS = 3, 8


def render(out: Path) -> str:
    """Make the page of the training in a folder."""
    jinja = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    drawn = answers.read(out)
    lengths = by_length(drawn) if drawn is not None and len(drawn) else []
    return jinja.get_template("curves.html.j2").render(
        version=__version__,
        name=out.absolute().name,
        told=_told(out),
        charts=list(_charts(curves.read(out))),
        lengths=lengths,
        length_charts=_length_charts(lengths),
        groups=_groups(drawn) if drawn is not None else [],
        short=short,
    )


def _told(out: Path) -> list[str]:
    """Say what the training is, as far as training.json does."""
    path = out / "training.json"
    found: Mapping[str, Any] = orjson.loads(path.read_bytes()) if path.is_file() else {}
    base = {"model": (found.get("base_model") or {}).get("model"), **found}
    return [f"{key}: {base[key]}" for key in ("method", "model", "steps") if base.get(key) is not None]


def _charts(frame: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Draw the charts that there are numbers for."""
    there = frame["name"].unique().sort().to_list()
    for title, (names, note) in CHARTS.items():
        known = [name for pattern in names for name in there if _means(pattern, name)]
        twins = [curves.HELD_OUT + name for name in known if curves.HELD_OUT + name in there]
        lines = []
        for name in [*known, *twins]:
            mine = frame.filter(pl.col("name") == name).sort("step")
            lines.append(Line(name, mine["step"].to_list(), mine["value"].to_list()))
        if lines:
            yield {"title": title, "note": note, "svg": line_chart(title, lines, "step")}


def _means(pattern: str, name: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("…") else name == pattern


def by_length(drawn: pl.DataFrame) -> list[dict[str, Any]]:
    """Sort answers into classes of length, and say of each what its answers and their tokens count for.

    1 is what an answer counts for on average in its step (`answer`), and a token (`token`). `up` and `down` are how
    hard a token of a class is pushed, on average over the answers with a positive and with a negative advantage.
    """
    per_step = pl.col("weight").sum().over("step") / pl.len().over("step")
    per_token = pl.col("weight").sum().over("step") / pl.col("tokens").sum().over("step")
    frame = drawn.with_columns(
        answer=pl.col("weight") / per_step,
        token=pl.col("token_weight") / per_token,
    ).with_columns(push=pl.col("token") * pl.col("advantage"))
    tokens = frame["tokens"].to_numpy()
    edges = np.unique(np.quantile(tokens, np.linspace(0, 1, _BINS + 1)).astype(int))
    numbers = np.clip(np.searchsorted(edges, tokens, side="right") - 1, 0, max(len(edges) - 2, 0))
    correct = f"{answers.PART}correct"
    right = pl.col(correct).mean() if correct in frame.columns else pl.lit(None, pl.Float64)
    push = pl.col("push")
    return (
        frame.with_columns(bin=numbers)
        .group_by("bin")
        .agg(
            pl.len().alias("answers"),
            pl.col("tokens").min().alias("shortest"),
            pl.col("tokens").max().alias("longest"),
            pl.col("tokens").mean().alias("tokens"),
            right.alias("right"),
            pl.col("finished").mean(),
            pl.col("answer").mean(),
            pl.col("token").mean(),
            push.filter(push > 0).mean().alias("up"),
            (-push.filter(push < 0)).mean().alias("down"),
        )
        .sort("tokens")
        .to_dicts()
    )


def _length_charts(lengths: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Draw what answers count for over their length."""
    charts = (
        ("What counts for how much", {"token": "a token", "answer": "an answer"}),
        ("How hard a token is pushed", {"up": "up, of answers above their group", "down": "down, of those below"}),
    )
    drawn = []
    for title, keys in charts:
        points = {name: [one for one in lengths if one[key] is not None] for key, name in keys.items()}
        lines = [
            Line(name, [one["tokens"] for one in points[name]], [one[key] for one in points[name]])
            for key, name in keys.items()
            if points[name]
        ]
        if lines:
            drawn.append({"title": title, "svg": line_chart(title, lines, "answer length in tokens")})
    return drawn


def _groups(drawn: pl.DataFrame) -> list[dict[str, Any]]:
    """Choose steps from the beginning to the end, and of each the prompt whose answers differ most in their reward."""
    steps = drawn["step"].unique().sort()
    chosen = sorted({steps[round(at)] for at in np.linspace(0, len(steps) - 1, _SHOWN_STEPS)}) if len(steps) else []
    groups = []
    for step in chosen:
        mine = drawn.filter(pl.col("step") == step)
        spread = mine.group_by("id", maintain_order=True).agg(pl.col("reward").std().fill_null(-1))
        row_id = spread.sort("reward", descending=True, maintain_order=True)["id"][0]
        rows = mine.filter(pl.col("id") == row_id).sort("reward", descending=True, nulls_last=True)
        groups.append(
            {"step": step, "prompt": rows["prompt"][0], "id": row_id, "answers": _answers(rows.head(_SHOWN_ANSWERS))}
        )
    return groups


def _answers(rows: pl.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            **row,
            "parts": {
                name.removeprefix(answers.PART): value for name, value in row.items() if name.startswith(answers.PART)
            },
        }
        for row in rows.iter_rows(named=True)
    ]
