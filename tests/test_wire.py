"""The HTTP client against servers that answer in every way HTTP allows, and in some that it does not."""

import asyncio
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from factory.engines._wire import Answer, BrokenOffError, Wire

OK = b"HTTP/1.1 200 OK\r\n"
WAYS = {
    "with its length": (OK + b"Content-Length: 5\r\n\r\nhello", b"hello"),
    "in chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n", b"hello"),
    "until the connection ends": (OK + b"Connection: close\r\n\r\nhello", b"hello"),
    "after 100 Continue": (b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 5\r\n\r\nhello", b"hello"),
    "with nothing": (OK + b"Content-Length: 0\r\n\r\n", b""),
    "as HTTP/1.0": (b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
}
BROKEN = {
    "cut off": OK + b"Content-Length: 50\r\n\r\nhello",
    "cut off in a chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhe",
    "cut off in the head": OK + b"Content-Le",
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "chunks that are none": OK + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
}


class Raw:
    """Sends the bytes it is given for each request, piece by piece, and counts connections."""

    def __init__(self, answer: bytes, size: int = 10**6, hang_up: bool = False) -> None:
        self.answer, self.size, self.hang_up = answer, size, hang_up
        self.connections = 0
        self.heads: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.heads.append(head)
                length = next((int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length")), 0)
                await reader.readexactly(length)
                for at in range(0, len(self.answer), self.size):
                    writer.write(self.answer[at : at + self.size])
                    await writer.drain()
                    await asyncio.sleep(0)
                if self.hang_up:
                    break
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        writer.close()


def talk(raw: Raw, times: int = 1, timeout: float = 5, tls: ssl.SSLContext | None = None) -> list[Answer]:
    async def session() -> list[Answer]:
        server = await asyncio.start_server(raw.serve, "127.0.0.1", 0, ssl=tls)
        port = server.sockets[0].getsockname()[1]
        wire = Wire(f"http{'s' if tls else ''}://localhost:{port}/v1", {"Authorization": "Bearer x"}, timeout)
        try:
            return [await wire.post("/v1/chat/completions", b'{"n": 1}') for _ in range(times)]
        finally:
            wire.close()
            server.close()

    return asyncio.run(session())


@pytest.mark.parametrize("size", [1, 7, 10**6])
@pytest.mark.parametrize("way", WAYS)
def test_an_answer_is_read_whole_however_it_comes(way, size):
    sent, body = WAYS[way]
    raw = Raw(sent, size, hang_up="connection" in way)
    (answer,) = talk(raw)
    assert (answer.status, answer.body) == (200, body)
    assert raw.heads[0].startswith(b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost:")
    assert b"\r\nAuthorization: Bearer x\r\n" in raw.heads[0]


@pytest.mark.parametrize("way", BROKEN)
def test_an_answer_that_is_none_is_an_error(way):
    with pytest.raises(BrokenOffError):
        talk(Raw(BROKEN[way], hang_up=True))


def test_a_connection_is_used_again_unless_the_server_says_no():
    kept, closed = Raw(WAYS["in chunks"][0]), Raw(WAYS["until the connection ends"][0], hang_up=True)
    assert len(talk(kept, times=5)) == len(talk(closed, times=5)) == 5
    assert (kept.connections, closed.connections) == (1, 5)


def test_no_answer_in_time_and_no_word_at_all():
    with pytest.raises(TimeoutError):
        talk(Raw(b""), timeout=0.2)
    with pytest.raises(ConnectionError):
        talk(Raw(b"", hang_up=True))


def test_an_answer_that_comes_too_late_is_never_taken_for_another():
    late = {"first": True}

    async def session() -> bytes:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n{}")
            first, late["first"] = late["first"], False
            await asyncio.sleep(0.4 if first else 0.6)
            writer.write(OK + b"Content-Length: 5\r\n\r\n" + (b"first" if first else b"other"))
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        wire = Wire(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", {}, 5)
        asking = asyncio.create_task(wire.post("/", b"{}"))
        await asyncio.sleep(0.2)
        asking.cancel()
        answer = await wire.post("/", b"{}")
        server.close()
        return answer.body

    assert asyncio.run(session()) == b"other"


@contextmanager
def certificate(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ssl.SSLContext]:
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert], check=True, capture_output=True,
    )  # fmt: skip
    monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    yield context


def test_tls_with_a_certificate_that_is_trusted_and_not_with_another(tmp_path, monkeypatch):
    with certificate(tmp_path, monkeypatch) as context:
        assert talk(Raw(WAYS["in chunks"][0]), times=2, tls=context)[1].body == b"hello"
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(ssl.SSLCertVerificationError):
            talk(Raw(WAYS["in chunks"][0]), tls=context)
