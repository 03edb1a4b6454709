"""The openai client as its README shows it: AsyncOpenAI, a semaphore of 256; replies go to a file as they come.

    python bench/peers/bare_openai.py URL PROMPTS.jsonl OUT.jsonl

It runs in the factory's own environment.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any, TextIO

from openai import AsyncOpenAI


async def ask_all(url: str, rows: list[dict[str, Any]], kept: TextIO) -> None:
    semaphore = asyncio.Semaphore(256)
    async with AsyncOpenAI(base_url=url, api_key="none") as client:

        async def ask(row: dict[str, Any]) -> None:
            async with semaphore:
                reply = await client.chat.completions.create(model="mock", messages=row["messages"], temperature=0.7)
            kept.write(json.dumps({**row, "text": reply.choices[0].message.content}) + "\n")

        await asyncio.gather(*(ask(row) for row in rows))


def main(url: str, prompts: str, out: str) -> None:
    rows = [json.loads(line) for line in Path(prompts).read_text().splitlines()]
    with Path(out).open("w") as kept:
        asyncio.run(ask_all(url, rows, kept))
    print(Path(out).read_bytes().count(b"\n"))


if __name__ == "__main__":
    main(*sys.argv[1:])
