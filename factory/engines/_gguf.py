"""Read what the head of a GGUF file says of the model, and not the gigabytes of weights behind it.

    read_metadata(path, {"tokenizer.chat_template"})  # {"tokenizer.chat_template": "{% for message in messages %}…"}

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (little-endian, versions 2 and 3).
"""

import mmap
import struct
from collections.abc import Collection
from pathlib import Path
from typing import Any

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9


def read_metadata(path: Path, keys: Collection[str]) -> dict[str, Any]:
    """Give the values of those `keys` that the file has. Raises ValueError if it cannot be read or is not GGUF."""
    try:
        with path.open("rb") as file:
            if file.read(4) != b"GGUF":
                raise ValueError(f"{path} is not a GGUF file")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _Header(data).read(keys)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from error
    except (struct.error, KeyError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: its GGUF metadata is damaged or cut off") from error


class _Header:
    """The key-value pairs, read from front to back."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._at = 4

    def read(self, keys: Collection[str]) -> dict[str, Any]:
        """Read up to the last of `keys`: what lies between is stepped over."""
        version = self._number("I")
        if version not in (2, 3):
            raise ValueError(f"GGUF version {version} is not known here: 2 and 3 are")
        self._number("Q")  # how many tensors there are
        found: dict[str, Any] = {}
        for _ in range(self._number("Q")):
            key = self._string().decode()
            value = self._value(self._number("I"), wanted=key in keys)
            if key in keys:
                found[key] = value
            if len(found) == len(keys):
                break
        return found

    def _value(self, kind: int, wanted: bool) -> Any:
        if kind == _STRING:
            text = self._string()
            return text.decode() if wanted else None
        if kind != _ARRAY:
            return self._number(_SCALARS[kind])
        kind, count = self._number("I"), self._number("Q")
        if kind in (_STRING, _ARRAY):
            values = (self._value(kind, wanted) for _ in range(count))
            return list(values) if wanted else all(value is None for value in values)
        start, size = self._at, count * struct.calcsize(_SCALARS[kind])
        self._at += size
        return list(struct.unpack_from(f"<{count}{_SCALARS[kind]}", self._data, start)) if wanted else None

    def _number(self, code: str) -> Any:
        (value,) = struct.unpack_from(f"<{code}", self._data, self._at)
        self._at += struct.calcsize(code)
        return value

    def _string(self) -> bytes:
        size = self._number("Q")
        self._at += size
        if self._at > len(self._data):
            raise struct.error("a string goes beyond the file")
        return self._data[self._at - size : self._at]
