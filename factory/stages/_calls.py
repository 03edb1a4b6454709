"""A solution in the midst of which the model runs programs: what it wrote, what they printed, and how it goes on.

    There are 12 multiples …
    ```python
    print(sum(n for n in range(100) if n % 8 == 0))
    ```
    ```output
    624
    ```
    So the answer is \\boxed{624}.

The model writes a ```python block and stops where the block with the output would begin; the program is run in the
sandbox, what it prints is put there, and the model goes on behind it. Reasoning and programs in turns are ToRA's (Gou
et al., arXiv:2309.17452); that the program does the arithmetic, PoT's (Chen et al., arXiv:2211.12588). Names that a
block defines are there in the next one, as in a notebook.
"""

from typing_extensions import TypedDict

from factory.code.blocks import blocks
from factory.request import Choice, Message
from factory.stages._sandboxed import Sandboxed

STOP = "```output"
_MOST_SHOWN = 1000
"""Characters of an output that the model is shown."""
_LAST_LINES = 4
"""Lines of a traceback that it is shown."""


class Draft(TypedDict):
    """A solution on its way. `ran` is the code of the calls that ended well, `printed` what that prints."""

    turns: list[Message]
    thinking: str | None
    finish: str
    model: str
    ran: str
    printed: str
    waiting: bool


def begin(choice: Choice, model: str) -> Draft:
    """Make a draft of the first that the model wrote."""
    said = Message(role="assistant", content=choice.text.strip())
    return Draft(
        turns=[said], thinking=choice.reasoning, finish=choice.finish, model=model, ran="", printed="", waiting=False
    )


def go_on(draft: Draft, choice: Choice) -> Draft:
    """Add what the model wrote behind the last output."""
    said = Message(role="assistant", content=choice.text.strip())
    return {**draft, "turns": [*draft["turns"], said], "finish": choice.finish, "waiting": False}


def answered(draft: Draft, calls: Sandboxed, most: int) -> Draft:
    """Run the program that the draft ends in, if it does: it is then `waiting` for the model to go on.

    A call beyond the `most` that a solution may make is not run, and cuts it off.
    """
    said = draft["turns"][-1]["content"]
    code = _call(said) if draft["finish"] == "stop" else None
    if code is None:
        return draft
    if sum(turn["role"] == "tool" for turn in draft["turns"]) >= most:
        return {**draft, "finish": "length"}
    whole = draft["ran"] + code + "\n"
    outcome = calls.execute(whole)
    printed = outcome.stdout.removeprefix(draft["printed"])
    turns: list[Message] = [*draft["turns"][:-1], Message(role="assistant", content=_closed(said))]
    if outcome.end == "ok":
        turns.append(Message(role="tool", content=_shown(printed)))
        return {**draft, "turns": turns, "ran": whole, "printed": outcome.stdout, "waiting": True}
    why = "\n".join(outcome.stderr.strip().split("\n")[-_LAST_LINES:])
    why = why if outcome.end == "error" else f"stopped: {outcome.end}"
    turns.append(Message(role="tool", content="\n".join(filter(None, [_shown(printed), _shown(why)]))))
    return {**draft, "turns": turns, "waiting": True}


def so_far(turns: list[Message], prefill: bool) -> list[Message]:
    """Give the turns as the model is shown them: all as the beginning of its own, or outputs as the user's turns."""
    if prefill:
        return [Message(role="assistant", content=written(turns))]
    return [
        Message(role="user", content=f"{STOP}\n{turn['content']}\n```") if turn["role"] == "tool" else turn
        for turn in turns
    ]


def written(turns: list[Message]) -> str:
    """Write the turns out as the one text that they are."""
    parts = (
        f"{STOP}\n{turn['content']}\n```" if turn["role"] == "tool" else turn["content"]
        for turn in turns
        if turn["content"] or turn["role"] == "tool"
    )
    return "\n".join(parts)


def _call(said: str) -> str | None:
    """Give the code of the ```python block that the text ends in; it may lack its end, as the stop comes with it."""
    last = blocks(said)[-1:]
    if not last or last[0].language != "python" or said.replace("\r\n", "\n")[last[0].end :].strip():
        return None
    return last[0].code or None


def _closed(said: str) -> str:
    return said if blocks(said)[-1].closed else f"{said}\n```"


def _shown(output: str) -> str:
    """Cut an output to what is shown of it; nothing in it can end the block that it stands in."""
    text = output.strip("\n").replace("```", "'''")
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]} …"
