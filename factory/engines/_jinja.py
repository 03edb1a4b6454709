"""Fill in a chat template as transformers does, but for two things: it may not run on, and today never comes.

A chat template is a program that comes with a model, from a stranger. It runs in Jinja's sandbox, for a bounded
time, and may write a bounded text; a single huge string operation is the one thing that nothing here can interrupt.
What such templates may use: https://huggingface.co/docs/transformers/main/en/chat_templating_writing
"""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from types import FrameType
from typing import Any, NoReturn

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

_SECONDS = 5.0
_CHARACTERS = 10_000_000
_TODAY = date(2024, 7, 26)
"""The date that Llama 3's template falls back on. Today's would make of one pipeline another request every day: its
fingerprints would change at midnight, and the journal would know no reply."""


class _Generation(Extension):
    """`{% generation %}` marks what the assistant wrote, for training; here its body stands as it is."""

    tags = {"generation"}  # noqa: RUF012 - Jinja's own way

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        return nodes.Scope(parser.parse_statements(("name:endgeneration",), drop_needle=True), lineno=line)


def fill(source: str, **values: Any) -> str:
    """Fill in a template. Raises ValueError with one line if it does not compile, fails, or does not come to an end."""
    try:
        template, written, size = _compile(source), [], 0
        with _deadline():
            for piece in template.generate(values):
                written.append(piece)
                size += len(piece)
                if size > _CHARACTERS:
                    raise jinja2.TemplateError(f"it writes more than {_CHARACTERS:,} characters")
    except jinja2.TemplateSyntaxError as error:
        raise ValueError(f"chat template, line {error.lineno}: {error.message}") from error
    except Exception as error:  # a stranger's program fails in whatever way it likes
        why = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(f"chat template: {why}") from error
    return "".join(written)


@lru_cache(maxsize=64)
def _compile(source: str) -> jinja2.Template:
    return _environment().from_string(source)


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, "jinja2.ext.loopcontrols"]
    )
    environment.filters["tojson"] = _tojson
    environment.globals["raise_exception"] = _raise
    environment.globals["strftime_now"] = _TODAY.strftime
    return environment


def _tojson(
    value: Any, ensure_ascii: bool = False, indent: Any = None, separators: Any = None, sort_keys: bool = False
) -> str:
    # Jinja's own writes < as \u003c: a template is for a model, not for a browser.
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def _raise(message: str) -> NoReturn:
    raise jinja2.TemplateError(message)


@contextmanager
def _deadline() -> Iterator[None]:
    """End what runs in this thread after its seconds, by the hook that debuggers use: nothing lighter stops a loop."""
    end = time.monotonic() + _SECONDS

    def watch(frame: FrameType, _event: str, _argument: Any) -> Any:
        if time.monotonic() > end:
            raise jinja2.TemplateError(f"it has not come to an end in {_SECONDS:g} seconds")
        return watch if frame.f_code.co_filename == "<template>" else None  # line by line in the template only

    before = sys.gettrace()
    sys.settrace(watch)
    try:
        yield
    finally:
        sys.settrace(before)
