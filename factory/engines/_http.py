"""Asks an OpenAI-style server over HTTP.

The hot path is aiohttp and orjson: at hundreds of requests in flight the `openai` client's own work per request is
many times the rest of the factory's. The client is used once, when the engine opens, to ask which models there are.
"""

from typing import TYPE_CHECKING, Any

import aiohttp
import orjson

from factory.engines._answers import read_body
from factory.errors import UserError, nearest
from factory.request import Fault, FaultKind, Reply, Request

if TYPE_CHECKING:
    from factory.engines.openai import Spec

_TOO_LONG = ("context", "too long", "maximum length", "n_ctx", "max_model_len")


class HttpEngine:
    """Asks a server at `base_url`, which ends before `/chat/completions`."""

    def __init__(self, spec: "Spec", base_url: str, api_key: str | None) -> None:
        self.slots = spec.concurrency
        self._spec = spec
        self._base_url = base_url
        self._headers = {"Content-Type": "application/json"}
        self._api_key = api_key
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Check that the server answers and has the model. Raises UserError."""
        import openai

        client = openai.AsyncOpenAI(base_url=self._base_url, api_key=self._api_key or "none", max_retries=0, timeout=20)
        try:
            models = [model.id async for model in client.models.list()]
        except openai.APIConnectionError as error:
            cause = error.__cause__ or error
            raise UserError(f"no server answers at {self._base_url}: {cause}; is it running?") from None
        except openai.AuthenticationError:
            variable = self._spec.api_key_env or "api_key_env, which is not given"
            raise UserError(f"{self._base_url} refuses the key (in {variable})") from None
        except openai.APIStatusError:
            models = []  # some servers have no list of models; the first request will tell
        finally:
            await client.close()
        if models and self._spec.model not in models:
            hint = nearest(self._spec.model, models)
            raise UserError(f"{self._base_url} has no model {self._spec.model!r}{hint}")
        await self.connect()

    async def connect(self) -> None:
        """Make the connection pool."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60),
            timeout=aiohttp.ClientTimeout(total=self._spec.timeout, sock_connect=20),
            headers=self._headers,
        )

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def ask(self, request: Request) -> Reply:
        """Post one request."""
        assert self._session is not None  # noqa: S101 - opened before it is asked
        path = "/completions" if request.prompt is not None else "/chat/completions"
        try:
            async with self._session.post(self._base_url + path, data=self._body(request)) as response:
                content = await response.read()
                if response.status != 200:
                    return Reply(fault=_status_fault(response.status, response.headers, content))
        except TimeoutError:
            return Reply(fault=Fault("timeout", f"no answer in {self._spec.timeout:g} s"))
        except aiohttp.ClientPayloadError as error:
            return Reply(fault=Fault("malformed", f"the answer broke off: {error}"))
        except (aiohttp.ClientError, OSError) as error:
            return Reply(fault=Fault("connection", f"{type(error).__name__}: {error}"))
        return read_body(content, request, self._spec.model)

    def _body(self, request: Request) -> bytes:
        body: dict[str, Any] = {
            "model": self._spec.model,
            "n": request.n,
            "temperature": request.temperature,
            "top_p": request.top_p,
            "max_tokens": request.max_tokens,
            "seed": request.seed,
            **self._spec.extra_body,
        }
        if request.prompt is not None:
            body["prompt"] = request.prompt
        else:
            body["messages"] = request.messages
        if request.stop:
            body["stop"] = request.stop
        if request.json_schema is not None:
            schema = {"name": "reply", "schema": request.json_schema, "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        return orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS)


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
