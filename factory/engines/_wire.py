"""HTTP/1.1 as far as a model server needs it: post a body, read a body, keep the connection.

At hundreds of requests in flight a general HTTP client costs more than all the rest of the factory does for a row
(bench/client_overhead.py has the figures). httptools, the parser of uvicorn, reads the answers. No redirects, no
cookies, no compression: none of it is asked for.
"""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, cast
from urllib.parse import urlsplit

import httptools

_SECONDS = 20.0
"""For making a connection, and for an answer that needs no model."""
_FRESH_SECONDS = 2.0
"""A connection idle for longer is not used again: servers close theirs after 5 s or more, perhaps at that moment."""


class Answer(NamedTuple):
    """What a server sent; the names of header fields are in small letters."""

    status: int
    fields: dict[bytes, bytes]
    body: bytes


class BrokenOffError(ConnectionError):
    """The answer ended before it was whole, or was not HTTP."""


class Wire:
    """The connections to one server (by TCP, or on a Unix socket), as many as there are requests at once.

    `timeout` is the seconds that an answer may take.
    """

    def __init__(self, base_url: str, headers: Mapping[str, str], timeout: float, unix: Path | None = None) -> None:
        parts = urlsplit(base_url)
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        fields = {"Host": parts.netloc, "Content-Type": "application/json", **headers}
        self._fields = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self._timeout = timeout
        self._unix = unix
        self._idle: list[_Connection] = []

    async def get(self, path: str) -> Answer:
        """Get what lies at `path`, on a connection of its own. Raises TimeoutError or OSError."""
        connection = await self._connect()
        try:
            return await self._ask(connection, f"GET {path} HTTP/1.1\r\n{self._fields}\r\n".encode("latin-1"), _SECONDS)
        finally:
            connection.abort()

    async def post(self, path: str, body: bytes) -> Answer:
        """Send `body` to `path`. Raises TimeoutError, BrokenOffError or another OSError."""
        head = f"POST {path} HTTP/1.1\r\n{self._fields}Content-Length: {len(body)}\r\n\r\n"
        message = head.encode("latin-1") + body
        while self._idle:
            connection = self._idle.pop()
            if connection.open and asyncio.get_running_loop().time() - connection.used < _FRESH_SECONDS:
                return await self._keeping(connection, message)
            connection.abort()
        return await self._keeping(await self._connect(), message)

    async def _keeping(self, connection: "_Connection", message: bytes) -> Answer:
        answer = await self._ask(connection, message, self._timeout)
        if connection.open:
            connection.used = asyncio.get_running_loop().time()
            self._idle.append(connection)
        return answer

    async def _ask(self, connection: "_Connection", message: bytes, timeout: float) -> Answer:  # noqa: ASYNC109
        late = asyncio.get_running_loop().call_later(timeout, connection.fail, TimeoutError())
        try:
            return await connection.ask(message)
        except BaseException:  # cancellation too: what comes in later must not answer another request
            connection.abort()
            raise
        finally:
            late.cancel()

    async def _connect(self) -> "_Connection":
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_SECONDS):
                if self._unix is not None:
                    return (await loop.create_unix_connection(_Connection, str(self._unix)))[1]
                return (await loop.create_connection(_Connection, self._host, self._port, ssl=self._tls))[1]
        except TimeoutError:  # a machine that is gone, which says nothing of the request
            raise ConnectionError(f"no connection in {_SECONDS:g} s") from None

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop().abort()


class _Connection(asyncio.Protocol):
    """One connection, one request at a time. The methods that begin with `on_` are called by the parser."""

    def __init__(self) -> None:
        self.open = False
        self.used = 0.0
        self._reply: asyncio.Future[Answer] | None = None

    def ask(self, message: bytes) -> "asyncio.Future[Answer]":
        """Send a request; the future is its answer."""
        self._reply = asyncio.get_running_loop().create_future()
        self._parser = httptools.HttpResponseParser(self)
        self._fields: dict[bytes, bytes] = {}
        self._body: list[bytes] = []
        self._began = self._headed = False
        reply = self._reply
        if self.open:
            self._transport.write(message)
        else:
            self.fail(ConnectionResetError("the server closed the connection"))
        return reply

    def abort(self) -> None:
        """Close at once."""
        self.open = False
        self._transport.abort()

    def fail(self, error: Exception) -> None:
        """Let the request fail."""
        reply, self._reply = self._reply, None
        if reply is not None and not reply.done():
            reply.set_exception(error)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.open = True
        if (plain := transport.get_extra_info("socket")) is not None:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)  # a long answer is a long silence

    def data_received(self, data: bytes) -> None:
        if self._reply is None:  # nothing was asked: the connection cannot be trusted any more
            self.abort()
            return
        self._began = True
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self.open = False
            self.fail(BrokenOffError(f"not HTTP: {error}"))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._fields[name.lower()] = value

    def on_headers_complete(self) -> None:
        self._headed = self._parser.get_status_code() >= 200

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        if not self._headed:  # "100 Continue" and the like
            self._fields.clear()
            return
        self.open = self.open and self._parser.should_keep_alive()
        reply, self._reply = self._reply, None
        if reply is not None and not reply.done():
            reply.set_result(Answer(self._parser.get_status_code(), self._fields, b"".join(self._body)))

    def connection_lost(self, error: Exception | None) -> None:
        self.open = False
        if self._reply is None:
            return
        sized = {b"content-length", b"transfer-encoding"} & self._fields.keys()
        if self._headed and not sized and error is None:
            self.on_message_complete()  # an answer that ends with its connection
        elif self._began:
            self.fail(BrokenOffError("the server closed the connection in the middle of an answer"))
        else:
            self.fail(error or ConnectionResetError("the server closed the connection"))
