"""A finished run of each kind of shard, in two files of train and one of test, for tests of what is made of them."""

import json
from pathlib import Path
from typing import Any

import polars as pl

from factory.export import write_checksums

TOOL = {
    "type": "function",
    "function": {
        "name": "python",
        "description": "Runs it.",
        "parameters": {"type": "object", "properties": {"code": {"type": "string"}}, "required": ["code"]},
    },
}
TOOLS = json.dumps([TOOL])
_FUNCTION = pl.Struct({"name": pl.String, "arguments": pl.Struct({"code": pl.String})})
TURN = pl.Struct(
    {
        "role": pl.String,
        "content": pl.String,
        "reasoning_content": pl.String,
        "name": pl.String,
        "tool_calls": pl.List(pl.Struct({"type": pl.String, "function": _FUNCTION})),
    }
)
ABOUT = {"source": "toy:sums", "license": "mit", "model": "Toy-1B", "score": 0.5}
"""What each row carries beside its data; `score` was asked for under `carry`."""
Turn = dict[str, Any]


def turn(role: str, content: str, **more: Any) -> Turn:
    return {"role": role, "content": content, **more}


def calling(content: str, **more: Any) -> Turn:
    call = {"type": "function", "function": {"name": "python", "arguments": {"code": 'print("5")'}}}
    return turn("assistant", content, tool_calls=[call], **more)


SYSTEM, ASKED = turn("system", "Be brief."), turn("user", "2たす3は？")
THOUGHT = turn("assistant", "5です。", reasoning_content="2と3を足す。")
RESULT = turn("tool", "5", name="python")
CHATS: dict[str, tuple[list[Turn], list[Turn]]] = {
    "thought": ([SYSTEM, ASKED], [THOUGHT]),
    "called": ([turn("user", "Count to 5.")], [calling("Let me count."), RESULT, turn("assistant", "Five.")]),
    "silent": (
        [turn("user", "2 + 3?")],
        [calling("", reasoning_content="A sum."), RESULT, turn("assistant", "It is 5.")],
    ),
    "long": ([turn("user", "Hi"), turn("assistant", "Hello!"), turn("user", "Bye")], [turn("assistant", "Goodbye!")]),
    "mute": ([turn("user", "Go.")], [calling(""), RESULT, turn("assistant", "Done.")]),
    "twice": ([turn("user", "Say two things.")], [turn("assistant", "One."), turn("assistant", "Two.")]),
}
WRONG = turn("assistant", "6です。", reasoning_content="わからない。")


def _sft() -> list[Turn]:
    tools = dict.fromkeys(("called", "silent", "mute"), TOOLS)
    return [
        {"messages": prompt + completion, "prompt": prompt, "completion": completion, "tools": tools.get(name)}
        for name, (prompt, completion) in CHATS.items()
    ]


def _dpo() -> list[Turn]:
    pairs = [{"prompt": prompt, "chosen": completion, "rejected": [WRONG]} for prompt, completion in CHATS.values()]
    return [pairs[0], pairs[3], pairs[5]]  # the last one has an answer of several turns


def _kto() -> list[Turn]:
    chats = [CHATS["thought"], CHATS["long"], CHATS["twice"]]
    good = [{"prompt": prompt, "completion": completion, "label": True} for prompt, completion in chats]
    return [*good, {"prompt": [SYSTEM, ASKED], "completion": [WRONG], "label": False}]


def _reward() -> list[Turn]:
    chats = [CHATS["thought"], CHATS["long"]]
    return [{"chosen": prompt + answer, "rejected": [*prompt, WRONG], "margin": 1.5} for prompt, answer in chats]


SHARDS: dict[str, list[Turn]] = {
    "sft": _sft(),
    "dpo": _dpo(),
    "kto": _kto(),
    "reward": _reward(),
    "grpo": [{"prompt": [SYSTEM, ASKED], "answer": "5"}, {"prompt": [turn("user", "1 + 1?")], "answer": "2"}],
    "cpt": [{"text": "むかしむかし、あるところに。"}, {"text": "Once upon a time."}],
}


def frame(kind: str, rows: list[Turn], split: str) -> pl.DataFrame:
    """Make the records of a shard's file."""
    chats = {name: pl.List(TURN) for name, value in rows[0].items() if isinstance(value, list)}
    rows = [{"id": f"{split}-{number}", **row, **ABOUT} for number, row in enumerate(rows)]
    return pl.DataFrame(rows, schema_overrides=chats | ({"tools": pl.String} if kind == "sft" else {}))


def write_run(root: Path, shards: dict[str, list[Turn]] | None = None, status: str = "done") -> Path:
    """Write the folder of a run: all rows in a first file of train, the first one again in a second, and in test."""
    listed = []
    for kind, rows in (SHARDS if shards is None else shards).items():
        folder = root / "dataset" / kind
        folder.mkdir(parents=True)
        parts = {"train-00000-of-00002": rows, "train-00001-of-00002": rows[:1], "test-00000-of-00001": rows[:1]}
        for name, part in parts.items() if rows else ():
            frame(kind, part, name).write_parquet(folder / f"{name}.parquet")
        counts = {"train": (len(rows) + 1, 2), "test": (1, 1)} if rows else {"train": (0, 0)}
        listed += [{"name": kind, "split": split, "rows": n, "files": files} for split, (n, files) in counts.items()]
    (root / "dataset").mkdir(parents=True, exist_ok=True)
    write_checksums(root / "dataset")
    run = {"pipeline": "toy", "plan_hash": "0a1b2c3d", "status": status, "seed": 1, "shards": listed}
    run |= {"licenses": {"Toy-1B": "mit"}, "stages": [], "notes": []}
    (root / "run.json").write_text(json.dumps(run), encoding="utf-8")
    return root
