"""Asks one OpenAI-style server over HTTP.

The `openai` client is used once, when the engine opens, to ask which models there are; at hundreds of requests in
flight its own work for each would be many times the rest of the factory's, and `_wire` takes its place.
"""

import errno
import resource
import ssl
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import orjson

from factory.engines._dialects import OpenAI
from factory.engines._wire import BrokenOffError, Wire
from factory.errors import RunError, UserError, nearest
from factory.request import Fault, FaultKind, Reply, Request

_TOO_LONG = ("context", "too long", "maximum length", "n_ctx", "max_model_len")
_PREFLIGHT_SECONDS = 20


class HttpEngine:
    """Asks the server that the dialect puts requests to; on a Unix `socket` if one is given."""

    def __init__(
        self,
        dialect: OpenAI,
        model: str,
        timeout: float,
        key: str | None = None,
        socket: Path | None = None,
    ) -> None:
        self._answered = False
        self._dialect = dialect
        self._model = model
        self._timeout = timeout
        self._key = key
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._wire = Wire(dialect.base_url, headers, timeout, socket)

    async def open(self) -> None:
        """Check that the server answers and has the model. Raises UserError, or ConnectionError if nothing answers."""
        import openai

        base_url = self._dialect.base_url
        # No proxy, no redirect and the system's certificates: just as it will be for the requests.
        plain = openai.DefaultAsyncHttpxClient(
            trust_env=False, follow_redirects=False, verify=ssl.create_default_context()
        )
        client = openai.AsyncOpenAI(
            base_url=base_url,
            api_key=self._key or "none",
            max_retries=0,
            timeout=_PREFLIGHT_SECONDS,
            http_client=plain,
        )
        try:
            models = [model.id async for model in client.models.list()]
        except openai.APIConnectionError as error:
            cause = error.__cause__ or error
            raise ConnectionError(f"no server answers at {base_url}: {cause}; is it running?") from None
        except (openai.AuthenticationError, openai.PermissionDeniedError):
            raise UserError(f"{base_url} refuses the key; `api_key_env` names the variable that holds it") from None
        except AttributeError:  # what the client makes of a page that is not JSON
            raise UserError(f"{base_url} does not speak OpenAI's API; does the address lack its /v1?") from None
        except openai.APIStatusError:
            models = []  # some servers have no list of models; the first request will tell
        finally:
            await client.close()
        if models and self._model not in models:
            raise UserError(f"{base_url} has no model {self._model!r}{nearest(self._model, models)}")

    async def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    async def revive(self) -> bool:
        """Look whether the server answers, which it does before it has a model ready or knows the key."""
        try:
            answer = await self._wire.get(f"{urlsplit(self._dialect.base_url).path}/models")
        except (OSError, TimeoutError):
            return False
        return answer.status < 500

    async def ask(self, request: Request) -> Reply:
        """Post one request."""
        try:
            path, body = self._dialect.put(request)
        except ValueError as error:
            return Reply(fault=Fault("refused", str(error), retry=False))
        try:
            answer = await self._wire.post(path, orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS))
        except TimeoutError:
            return Reply(fault=Fault("timeout", f"no answer in {self._timeout:g} s"))
        except BrokenOffError as error:
            return Reply(fault=Fault("malformed", str(error)))
        except OSError as error:
            if error.errno == errno.EMFILE:
                limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
                message = f"too many open files, one for each request at once: the limit is {limit}"
                raise RunError(f"{message}; raise it, or lower `concurrency`") from None
            return Reply(fault=Fault("connection", f"{type(error).__name__}: {error}"))
        if answer.status != 200:
            fault = _status_fault(answer.status, answer.fields, self._complaint(answer.body))
            # Once the key has been good for others, it is the request that is forbidden: some hosts moderate so.
            forbidden = answer.status == 403 and self._answered
            return Reply(fault=replace(fault, kind="refused") if forbidden else fault)
        self._answered = True
        return self._dialect.read(answer.body, request)

    def _complaint(self, content: bytes) -> str:
        """Read what the server says is wrong, without the key: some repeat it."""
        try:
            body = orjson.loads(content)
            error = body.get("error", body) if isinstance(body, dict) else body
            text = str(error.get("message", error) if isinstance(error, dict) else error)
        except orjson.JSONDecodeError:
            text = content.decode("utf-8", "replace")
        return " ".join(text.replace(self._key or "\0", "<key>").split())[:300]


def _status_fault(status: int, fields: Mapping[bytes, bytes], complaint: str) -> Fault:
    message = f"HTTP {status}: {complaint}"
    if status == 429:
        return Fault("rate_limit", message, after=_seconds(fields.get(b"retry-after")))
    if status == 504:  # a gateway's own limit: the answer takes too long for it
        return Fault("timeout", message)
    if status in (502, 503, 529):
        return Fault("busy", message, after=_seconds(fields.get(b"retry-after")))
    if status in (408, 409, 425) or status >= 500:
        return Fault("server", message)
    if status in (401, 402, 403, 404) or 300 <= status < 400:
        return Fault("denied", message, retry=False)
    kind: FaultKind = "refused"
    if status in (400, 413, 422) and any(word in message.lower() for word in _TOO_LONG):
        kind = "too_long"
    return Fault(kind, message, retry=False)


def _seconds(value: bytes | None) -> float | None:
    """Read Retry-After; a date or nonsense counts as not given."""
    try:
        return min(max(float(value), 0.0), 120.0) if value is not None else None
    except ValueError:
        return None
