"""Asks one OpenAI-style server over HTTP.

The hot path is aiohttp and orjson: at hundreds of requests in flight the `openai` client's own work per request is
many times the rest of the factory's. The client is used once, when the engine opens, to ask which models there are.
"""

from typing import Any

import aiohttp
import orjson

from factory.engines._answers import read_body
from factory.engines._dialects import OpenAI
from factory.errors import UserError, nearest
from factory.request import Fault, FaultKind, Reply, Request

_TOO_LONG = ("context", "too long", "maximum length", "n_ctx", "max_model_len")
_PREFLIGHT_SECONDS = 20


class HttpEngine:
    """Asks the server that the dialect puts requests to, `slots` of them at once."""

    def __init__(self, dialect: OpenAI, model: str, slots: int, timeout: float, key: str | None = None) -> None:
        self.slots = slots
        self._dialect = dialect
        self._model = model
        self._timeout = timeout
        self._key = key
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Check that the server answers and has the model. Raises UserError, or ConnectionError if nothing answers."""
        import openai

        base_url = self._dialect.base_url
        client = openai.AsyncOpenAI(
            base_url=base_url, api_key=self._key or "none", max_retries=0, timeout=_PREFLIGHT_SECONDS
        )
        try:
            models = [model.id async for model in client.models.list()]
        except openai.APIConnectionError as error:
            cause = error.__cause__ or error
            raise ConnectionError(f"no server answers at {base_url}: {cause}; is it running?") from None
        except (openai.AuthenticationError, openai.PermissionDeniedError):
            raise UserError(f"{base_url} refuses the key; `api_key_env` names the variable that holds it") from None
        except openai.APIStatusError:
            models = []  # some servers have no list of models; the first request will tell
        finally:
            await client.close()
        if models and self._model not in models:
            raise UserError(f"{base_url} has no model {self._model!r}{nearest(self._model, models)}")
        await self.connect()

    async def connect(self) -> None:
        """Make the connection pool."""
        headers = {"Content-Type": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60),
            timeout=aiohttp.ClientTimeout(total=self._timeout, sock_connect=20),
            headers=headers,
        )

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def alive(self) -> bool:
        """Say whether the server answers at all, which it does before it has a model ready or knows the key."""
        if self._session is None:
            await self.connect()
        assert self._session is not None  # noqa: S101 - connected above
        try:
            timeout = aiohttp.ClientTimeout(total=_PREFLIGHT_SECONDS)
            async with self._session.get(f"{self._dialect.base_url}/models", timeout=timeout) as response:
                return response.status < 500
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False

    async def ask(self, request: Request) -> Reply:
        """Post one request."""
        assert self._session is not None  # noqa: S101 - opened before it is asked
        try:
            url, body = self._dialect.put(request)
        except ValueError as error:
            return Reply(fault=Fault("refused", str(error), retry=False))
        try:
            data = orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS)
            async with self._session.post(url, data=data) as response:
                content = await response.read()
                if response.status != 200:
                    return Reply(fault=_status_fault(response.status, response.headers, content))
        except TimeoutError:
            return Reply(fault=Fault("timeout", f"no answer in {self._timeout:g} s"))
        except aiohttp.ClientPayloadError as error:
            return Reply(fault=Fault("malformed", f"the answer broke off: {error}"))
        except (aiohttp.ClientError, OSError) as error:
            return Reply(fault=Fault("connection", f"{type(error).__name__}: {error}"))
        return read_body(content, request, self._model)


def _status_fault(status: int, headers: Any, content: bytes) -> Fault:
    message = f"HTTP {status}: {_error_message(content)}"
    if status == 429:
        return Fault("rate_limit", message, after=_seconds(headers.get("Retry-After")))
    if status in (502, 503, 504, 529):
        return Fault("busy", message, after=_seconds(headers.get("Retry-After")))
    if status in (408, 409, 425) or status >= 500:
        return Fault("server", message)
    if status in (401, 402, 403, 404):
        return Fault("denied", message, retry=False)
    kind: FaultKind = "refused"
    if status in (400, 413, 422) and any(word in message.lower() for word in _TOO_LONG):
        kind = "too_long"
    return Fault(kind, message, retry=False)


def _error_message(content: bytes) -> str:
    try:
        body = orjson.loads(content)
        error = body.get("error", body) if isinstance(body, dict) else body
        text = error.get("message", error) if isinstance(error, dict) else error
    except orjson.JSONDecodeError:
        text = content.decode("utf-8", "replace")
    return " ".join(str(text).split())[:300]


def _seconds(value: str | None) -> float | None:
    """Read Retry-After; a date or nonsense counts as not given."""
    try:
        return min(max(float(value), 0.0), 120.0) if value is not None else None
    except ValueError:
        return None
