"""A chat server that answers anything after 50 ms, with next to no work of its own: what is measured is its client.

    python bench/peers/mock_server.py      # prints its port, serves until it is killed

An asyncio protocol with just enough of HTTP/1.1: requests with a Content-Length, and connections that stay open
unless the client asks for their end.
"""

import asyncio
import json
import re
from collections import deque
from typing import ClassVar

import uvloop

DELAY = 0.05
MODEL = "mock"
TEXT = (
    "We are told how many there were at first and how many came later, so the two numbers are to be added. "
    "First the tens: forty and thirty make seventy. Then the units: seven and five make twelve. "
    "Seventy and twelve make eighty-two, which is what we wanted to know about the whole of it. \\boxed{82}"
)
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


def _response(body: dict[str, object]) -> bytes:
    content = json.dumps(body).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


MODELS = _response({"object": "list", "data": [{"id": MODEL, "object": "model", "created": 1, "owned_by": "bench"}]})
ANSWER = _response(
    {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_763_640_000,
        "model": MODEL,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": TEXT},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 60, "completion_tokens": 80, "total_tokens": 140},
    }
)


class Connection(asyncio.Protocol):
    """One client's connection: each complete request is answered after the delay."""

    due: ClassVar[deque[tuple[float, "Connection"]]] = deque()
    loop: asyncio.AbstractEventLoop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.received = b""
        self.last = False

    def data_received(self, data: bytes) -> None:
        self.received += data
        while (end := self.received.find(b"\r\n\r\n")) >= 0:
            found = _LENGTH.search(self.received, 0, end)
            size = end + 4 + (int(found[1]) if found else 0)
            if len(self.received) < size:
                return
            self.last = b"\r\nconnection: close" in self.received[:end].lower()
            if self.received.startswith(b"GET"):
                self.transport.write(MODELS)
            else:
                self.due.append((self.loop.time() + DELAY, self))
                if len(self.due) == 1:
                    self.loop.call_later(DELAY, self.answer)
            self.received = self.received[size:]

    @classmethod
    def answer(cls) -> None:
        """Answer all whose time has come: one timer serves every connection, since every delay is the same."""
        now = cls.loop.time()
        while cls.due and cls.due[0][0] <= now:
            connection = cls.due.popleft()[1]
            connection.transport.write(ANSWER)
            if connection.last:
                connection.transport.close()
        if cls.due:
            cls.loop.call_later(cls.due[0][0] - now, cls.answer)


async def serve() -> None:
    Connection.loop = asyncio.get_running_loop()
    server = await Connection.loop.create_server(Connection, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve())
