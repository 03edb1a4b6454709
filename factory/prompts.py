"""Prompts are Jinja files; a stage renders one with a row.

`prompts/maths/en/solve.j2`, where each tag opens a turn of the chat:

    {% system %}You solve problems of {{ field }}.
    {% user %}{{ problem }}

A file without turns is a raw completion prompt. A last `{% assistant %}` is the beginning of the answer.
A name may hold columns, `maths/{language}/solve`: the row chooses the file. What a row holds can never open
a turn: the mark between turns is a random word that no text can guess.
"""

import re
import secrets
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import PlainSerializer, PlainValidator, ValidationInfo, WithJsonSchema

from factory.errors import UserError, nearest
from factory.request import Ability, Message
from factory.rows import Row, digest
from factory.shipped import shipped

_MARK = f"\0{secrets.token_hex(8)}\0"
_COLUMN = re.compile(r"\{(\w+)\}")


class _Turns(Extension):
    tags = {"system", "user", "assistant"}  # noqa: RUF012 - jinja2 declares it so

    def parse(self, parser: Parser) -> nodes.Output:
        token = next(parser.stream)
        return nodes.Output([nodes.TemplateData(f"{_MARK}{token.value}{_MARK}")], lineno=token.lineno)


_JINJA = ImmutableSandboxedEnvironment(
    undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, extensions=[_Turns]
)


class NoPromptError(ValueError):
    """There is no file for what the row has in the columns of the prompt's name."""


class Prompt:
    """The template (or one template for each value of the columns) behind a prompt's name."""

    def __init__(self, name: str, folders: tuple[Path, ...] = ()) -> None:
        self.name = name
        self._folders = folders
        self.wording: list[str] = []
        """What the templates themselves say, without what rows fill in."""
        self.abilities: set[Ability] = set()
        """What an engine must be able to do to answer it."""
        self.columns: tuple[str, ...] = tuple(_COLUMN.findall(name))
        self.variables: dict[str, tuple[Path, int]] = {}
        self.files: list[Path] = []
        self._templates: dict[tuple[str, ...], Template] = {}
        texts = []
        for values, path in _find(name, (*folders, shipped("prompts"))):
            text = path.read_text(encoding="utf-8")
            texts.append("\n".join([*values, text]))
            self.files.append(path)
            self._templates[values] = self._compile(path, text)
        self.fingerprint = digest(*texts)

    def __reduce__(self) -> tuple[Callable[..., "Prompt"], tuple[str, tuple[Path, ...]]]:
        return _compiled, (self.name, self._folders)

    def _compile(self, path: Path, text: str) -> Template:
        try:
            tree = _JINJA.parse(text, filename=str(path))
            said = (node.data.strip() for node in tree.find_all(nodes.TemplateData) if _MARK not in node.data)
            self.wording.extend(text for text in said if text)
            turns = [node.data.split(_MARK)[1] for node in tree.find_all(nodes.TemplateData) if _MARK in node.data]
            self.abilities |= {"chat"} if turns else {"completion"}
            self.abilities |= {"prefill"} if turns[-1:] == ["assistant"] else set()
            for name in meta.find_undeclared_variables(tree):
                found = re.search(rf"\b{name}\b", re.sub(r"\{#.*?#\}", _blank, text, flags=re.S))
                line = text.count("\n", 0, found.start()) + 1 if found else 1
                self.variables.setdefault(name, (path, line))
            template = _JINJA.from_string(text)
            template.globals = dict(template.globals)  # Jinja's own chain of maps costs more to copy than to render
            return template
        except TemplateSyntaxError as error:
            raise UserError(f"{path}:{error.lineno}: {error.message}") from None

    def covers(self, row: Row, **extra: Any) -> bool:
        """Say whether there is a file for this row's columns."""
        known = {**row, **extra}
        return tuple(str(known[column]) for column in self.columns) in self._templates

    def render(self, row: Row, **extra: Any) -> dict[str, Any]:
        """Fill in the template; gives `{"messages": ...}` or `{"prompt": ...}`, as a `Request` takes it.

        Raises ValueError if the template cannot be rendered with this row.
        """
        known = {**row, **extra}
        values = tuple(str(known[column]) for column in self.columns)
        if values not in self._templates:
            wanted = ", ".join(f"{column} = {value!r}" for column, value in zip(self.columns, values, strict=True))
            raise NoPromptError(f"{self.name}: there is no file for {wanted}")
        try:
            text = self._templates[values].render(known)
        except TemplateError as error:
            raise ValueError(f"prompt {self.name}: {error}") from error
        before, *turns = text.split(_MARK)
        if not turns:
            return {"prompt": before}
        pairs = zip(turns[::2], turns[1::2], strict=True)
        return {"messages": tuple(Message(role=role, content=text.strip()) for role, text in pairs)}  # type: ignore[typeddict-item]


@lru_cache(256)
def _compiled(name: str, folders: tuple[Path, ...]) -> Prompt:
    """Compile a prompt once in each process, however often it comes with the rows of a stage."""
    return Prompt(name, folders)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())


def _find(name: str, folders: tuple[Path, ...]) -> Iterator[tuple[tuple[str, ...], Path]]:
    """Yield (values of the columns, file) for each file that the name stands for, in the first folder with any."""
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise UserError(f"prompt {name!r}: expected a name below prompts/, such as maths/en/solve")
    pattern = _COLUMN.sub("*", name) + ".j2"
    parts = re.compile(re.sub(r"\\\*", "([^/]+)", re.escape(pattern)))
    for folder in folders:
        if paths := sorted(folder.glob(pattern)):
            for path in paths:
                found = parts.fullmatch(path.relative_to(folder).as_posix())
                assert found is not None  # noqa: S101 - it is what was looked for
                yield found.groups(), path
            return
    known = {str(path.relative_to(folder))[:-3] for folder in folders for path in folder.glob("**/*.j2")}
    raise UserError(f"prompt {name!r} is not in {', '.join(map(str, folders))}{nearest(name, known)}")


def _load(value: Any, info: ValidationInfo) -> Prompt:
    if isinstance(value, Prompt):
        return value
    if not isinstance(value, str):
        raise ValueError("expected the name of a prompt, such as maths/en/solve")
    try:
        return Prompt(value, (info.context or {}).get("prompt_folders", ()))
    except UserError as error:
        raise ValueError(str(error)) from None


PromptName = Annotated[
    Prompt,
    PlainValidator(_load),
    PlainSerializer(lambda prompt: f"{prompt.name}@{prompt.fingerprint}", return_type=str),
    WithJsonSchema({"type": "string", "description": "a file under prompts/, without its .j2"}),
]
"""A stage's field that names a prompt: loaded and compiled when the pipeline is read."""
