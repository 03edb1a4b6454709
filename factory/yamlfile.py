"""Read a YAML file together with the line of every key in it, so that an error can name the line."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from factory.errors import UserError

Loc = tuple[Hashable, ...]


class YamlFile:
    """The data of a YAML file (or of `text` in its place) and, for each path in it, its line (counted from 1)."""

    def __init__(self, path: Path, text: str | None = None) -> None:
        self.path = path
        self._lines: dict[Loc, int] = {}
        try:
            loader = yaml.SafeLoader(path.read_text(encoding="utf-8") if text is None else text)
            node = loader.get_single_node()
            if node is not None:
                self._index(node, ())
            self.data: Any = loader.construct_document(node) if node is not None else {}
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            raise UserError(f"{path}:{line}: not valid YAML: {error.problem or error.context}") from None
        except yaml.YAMLError as error:
            raise UserError(f"{path}: not valid YAML: {str(error).splitlines()[0]}") from None
        except UnicodeDecodeError as error:
            raise UserError(f"{path}: not UTF-8 text: {error.reason} at byte {error.start}") from None
        except (TypeError, ValueError) as error:  # an unquoted {{ x }}, the 45th of a month
            raise UserError(f"{path}: not valid YAML: {error}; is a text there that needs quotes?") from None
        except OSError as error:
            raise UserError(f"{path}: cannot be read: {error.strerror}") from None

    def _index(self, node: yaml.Node, loc: Loc) -> None:
        self._lines.setdefault(loc, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                inner = (*loc, key.value)
                if inner in self._lines:
                    raise UserError(f"{self.path}:{key.start_mark.line + 1}: {key.value!r} is given twice")
                self._lines[inner] = key.start_mark.line + 1
                self._index(value, inner)
        elif isinstance(node, yaml.SequenceNode):
            for position, value in enumerate(node.value):
                self._index(value, (*loc, position))

    def where(self, loc: Loc) -> str:
        """Give `file:line` of the path, or of the nearest path above it that is in the file."""
        loc = tuple(part if isinstance(part, int) else str(part) for part in loc)
        while loc and loc not in self._lines:
            loc = loc[:-1]
        return f"{self.path}:{self._lines.get(loc, 1)}"
