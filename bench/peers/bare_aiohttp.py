"""aiohttp and orjson with nothing around them: 256 workers; replies go to a file as they come.

    python bench/peers/bare_aiohttp.py URL PROMPTS.jsonl OUT.jsonl

It runs in the factory's own environment.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any, BinaryIO

import aiohttp
import orjson
import uvloop


async def ask_all(url: str, rows: list[dict[str, Any]], kept: BinaryIO) -> None:
    left = iter(rows)
    connector = aiohttp.TCPConnector(limit=0)
    headers = {"Content-Type": "application/json"}
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

        async def worker() -> None:
            for row in left:
                body = orjson.dumps({"model": "mock", "messages": row["messages"], "temperature": 0.7})
                async with session.post(f"{url}/chat/completions", data=body) as response:
                    text = orjson.loads(await response.read())["choices"][0]["message"]["content"]
                kept.write(orjson.dumps({**row, "text": text}, option=orjson.OPT_APPEND_NEWLINE))

        await asyncio.gather(*(worker() for _ in range(256)))


def main(url: str, prompts: str, out: str) -> None:
    rows = [orjson.loads(line) for line in Path(prompts).read_bytes().splitlines()]
    with Path(out).open("wb") as kept:
        uvloop.run(ask_all(url, rows, kept))
    print(Path(out).read_bytes().count(b"\n"))


if __name__ == "__main__":
    main(*sys.argv[1:])
